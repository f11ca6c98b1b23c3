import type { Deployed } from "../deployment/artifacts.js";
import { encode } from "../deployment/encode.js";
import type { Chain } from "./chain.js";
import { type LedgerRow, type MarketRow, VALIDITIES } from "./view.js";

/** Hexadecimal digits of a word, of an account's six, and of half a word. */
const WORD = 64;
const ROW = WORD * 6;
const HALF = WORD / 2;
const TWO_TO_127 = 1n << 127n;
const TWO_TO_128 = 1n << 128n;

/** Reads the market and many of its accounts in one call each, through the ExchangeLens contract. */
export class Lens {
  readonly #chain: Chain;
  readonly #contract: Deployed;
  readonly #market: number;
  readonly #spotToken: string;
  readonly #marketCall: string;

  constructor(chain: Chain, contract: Deployed, market: number, spotToken: string) {
    this.#chain = chain;
    this.#contract = contract;
    this.#market = market;
    this.#spotToken = spotToken;
    this.#marketCall = contract.interface.encodeFunctionData("readMarket", [market]);
  }

  /** The market as a whole. */
  async market(): Promise<MarketRow> {
    const answer = await this.#chain.call(this.#contract.address, this.#marketCall);
    const [row] = this.#contract.interface.decodeFunctionResult("readMarket", answer) as unknown as [RawMarket];
    return {
      mark: row.price.mark,
      index: row.price.index,
      premium: row.price.premium,
      confidence: row.price.confidence,
      validity: VALIDITIES[Number(row.price.validity)] ?? "INVALID",
      longOpenInterest: row.state.longOpenInterest,
      shortOpenInterest: row.state.shortOpenInterest,
      fundingIndex: row.state.fundingIndex,
      bestBid: row.bestBid,
      bestAsk: row.bestAsk,
      last: row.last,
      tokensHeld: row.tokensHeld,
      socialisedLoss: row.socialisedLoss,
    };
  }

  /** Accounts as they stand. */
  async accounts(accounts: readonly number[]): Promise<LedgerRow[]> {
    return this.#rows("read", accounts);
  }

  /** Accounts as they stood before the last block. */
  async accountsBefore(accounts: readonly number[]): Promise<LedgerRow[]> {
    return this.#parsed(await this.#chain.callBefore(this.#contract.address, this.#encoded("read", accounts)));
  }

  /** Accounts as they would be if they were settled in this order now. Changes nothing. */
  async settled(accounts: readonly number[]): Promise<LedgerRow[]> {
    return this.#rows("settleThenRead", accounts);
  }

  async #rows(method: string, accounts: readonly number[]): Promise<LedgerRow[]> {
    return this.#parsed(await this.#chain.call(this.#contract.address, this.#encoded(method, accounts)));
  }

  #encoded(method: string, accounts: readonly number[]): string {
    return encode(this.#contract.interface, method, [accounts, this.#market, this.#spotToken]);
  }

  #parsed(answer: string): LedgerRow[] {
    // Offset and length of the bytes come first.
    const count = parseInt(answer.slice(2 + WORD, 2 + 2 * WORD), 16) / (ROW / 2);
    return Array.from({ length: count }, (_, index) => parseRow(answer, 2 + 2 * WORD + index * ROW));
  }
}

interface RawMarket {
  readonly price: { mark: bigint; index: bigint; premium: bigint; confidence: bigint; validity: bigint };
  readonly state: { longOpenInterest: bigint; shortOpenInterest: bigint; fundingIndex: bigint };
  readonly bestBid: bigint;
  readonly bestAsk: bigint;
  readonly last: bigint;
  readonly tokensHeld: bigint;
  readonly socialisedLoss: bigint;
}

/** The layout is that of ExchangeLens.read. */
function parseRow(text: string, at: number): LedgerRow {
  const high = (word: number): bigint => unsigned(text, at + word * WORD);
  const low = (word: number): bigint => unsigned(text, at + word * WORD + HALF);
  const small = (from: number): number => parseInt(text.slice(at + 3 * WORD + from, at + 3 * WORD + from + 8), 16);
  return {
    cash: signed(high(0)),
    pending: signed(low(0)),
    size: signed(high(1)),
    quote: signed(low(1)),
    bids: high(2),
    asks: low(2),
    spot: high(3),
    account: small(HALF + 8),
    key: small(HALF + 16),
    generation: small(HALF + 24),
    walletQuote: high(4),
    walletSpot: low(4),
    waiting: high(5),
    seasonedAt: Number(low(5)),
  };
}

function unsigned(text: string, at: number): bigint {
  return BigInt(`0x${text.slice(at, at + HALF)}`);
}

function signed(half: bigint): bigint {
  return half >= TWO_TO_127 ? half - TWO_TO_128 : half;
}
