import type { Deployed } from "../deployment/artifacts.js";
import type { Chain } from "./chain.js";
import { type AccountRow, type MarketRow, VALIDITIES } from "./view.js";

/** Hexadecimal digits of a word and of an account's eight. */
const WORD = 64;
const ROW = WORD * 8;
const HALF = WORD / 2;
const TWO_TO_127 = 1n << 127n;
const TWO_TO_128 = 1n << 128n;

/** Reads the whole market in two calls a block, through the ExchangeLens contract. */
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
      bestBid: row.bestBid,
      bestAsk: row.bestAsk,
      last: row.last,
      tokensHeld: row.tokensHeld,
      socialisedLoss: row.socialisedLoss,
    };
  }

  /** Accounts 1 to `last`. */
  async accounts(last: number): Promise<Map<number, AccountRow>> {
    const rows = await this.#rows("readRange", [1, last, this.#market, this.#spotToken]);
    return new Map(rows.map((row) => [row.account, row]));
  }

  /** Accounts as they would be if they were settled in this order now. Changes nothing. */
  async settled(accounts: readonly number[]): Promise<AccountRow[]> {
    return this.#rows("settleThenRead", [accounts, this.#market, this.#spotToken]);
  }

  async #rows(method: string, args: readonly unknown[]): Promise<AccountRow[]> {
    const data = this.#contract.interface.encodeFunctionData(method, args);
    const answer = await this.#chain.call(this.#contract.address, data);
    // Offset and length of the bytes come first.
    const count = parseInt(answer.slice(2 + WORD, 2 + 2 * WORD), 16) / (ROW / 2);
    return Array.from({ length: count }, (_, index) => parseRow(answer, 2 + 2 * WORD + index * ROW));
  }
}

interface RawMarket {
  readonly price: { mark: bigint; index: bigint; premium: bigint; confidence: bigint; validity: bigint };
  readonly state: { longOpenInterest: bigint; shortOpenInterest: bigint };
  readonly bestBid: bigint;
  readonly bestAsk: bigint;
  readonly last: bigint;
  readonly tokensHeld: bigint;
  readonly socialisedLoss: bigint;
}

/** The layout is that of ExchangeLens.read. */
function parseRow(text: string, at: number): AccountRow {
  const high = (word: number): bigint => unsigned(text, at + word * WORD);
  const low = (word: number): bigint => unsigned(text, at + word * WORD + HALF);
  const identity = text.slice(at, at + WORD);
  return {
    owner: `0x${identity.slice(0, 40)}`,
    key: parseInt(identity.slice(56, 60), 16),
    generation: parseInt(identity.slice(60, 64), 16),
    cash: signed(high(1)),
    pending: signed(low(1)),
    size: signed(high(2)),
    quote: signed(low(2)),
    equity: signed(high(3)),
    maintenance: low(3),
    initial: high(4),
    spot: low(4),
    bids: high(5),
    asks: low(5),
    walletQuote: high(6),
    walletSpot: low(6),
    account: parseInt(text.slice(at + 7 * WORD + HALF, at + 8 * WORD), 16),
  };
}

function unsigned(text: string, at: number): bigint {
  return BigInt(`0x${text.slice(at, at + HALF)}`);
}

function signed(half: bigint): bigint {
  return half >= TWO_TO_127 ? half - TWO_TO_128 : half;
}
