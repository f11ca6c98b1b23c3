/** How far the index may be trusted, from best to worst; the order of the contract's enumeration. */
export const VALIDITIES = ["VALID", "UNCERTAIN", "STALE", "INVALID"] as const;

/** One account in the market as the ledger holds it, in WAD; wallet quote in tokens of 6 decimals. */
export interface LedgerRow {
  readonly account: number;
  /** Tranche key of its position: side << 15 | class << 11 | bucket rank. */
  readonly key: number;
  readonly generation: number;
  /** Settled cash. */
  readonly cash: bigint;
  /** Cash that touching the position would credit. */
  readonly pending: bigint;
  /** Base, long positive. */
  readonly size: bigint;
  /** Minus what was paid for the position, plus what was received. */
  readonly quote: bigint;
  /** Spot collateral, and the part of it that has not been held for the hedge tenure before `seasonedAt`, unix seconds. */
  readonly spot: bigint;
  readonly waiting: bigint;
  readonly seasonedAt: number;
  /** Base reserved by resting bids and asks. */
  readonly bids: bigint;
  readonly asks: bigint;
  readonly walletQuote: bigint;
  readonly walletSpot: bigint;
}

/** An account valued at mark and index. */
export interface AccountRow extends LedgerRow {
  /** Part of a short that seasoned spot in the account covers. */
  readonly covered: bigint;
  /** Spot collateral after haircut included; in full where it covers a short. */
  readonly equity: bigint;
  /** Below this equity the account is liquidated. */
  readonly maintenance: bigint;
}

/** The market as a whole, in WAD. */
export interface MarketRow {
  readonly mark: bigint;
  readonly index: bigint;
  readonly premium: bigint;
  readonly confidence: bigint;
  readonly validity: (typeof VALIDITIES)[number];
  readonly longOpenInterest: bigint;
  readonly shortOpenInterest: bigint;
  /** Quote paid by one unit of long base since listing, in 1e-27. */
  readonly fundingIndex: bigint;
  readonly bestBid: bigint;
  readonly bestAsk: bigint;
  readonly last: bigint;
  readonly tokensHeld: bigint;
  readonly socialisedLoss: bigint;
}

/** The world after a block, as everybody in it sees it. */
export interface View {
  readonly step: number;
  /** Timestamp of the last block, unix seconds. */
  readonly time: number;
  /** When the next block will be mined. */
  readonly next: number;
  /** Name of the scenario's stage. */
  readonly stage: string;
  /** Price on the outside markets now: the recorded one. Known to whoever watches them. */
  readonly reference: number;
  /** Standard deviation of the reference's logarithmic return per square root of a second, averaged over about a minute. */
  readonly volatility: number;
  /** Price in the spot pool. */
  readonly poolPrice: number;
  /** Mark, index and best quotes as decimal numbers; a missing quote is 0. */
  readonly mark: number;
  readonly index: number;
  readonly bestBid: number;
  readonly bestAsk: number;
  readonly market: MarketRow;
  /** Base, WAD, that deleveraging has closed of each account so far; its holder is told. */
  readonly deleveraged: ReadonlyMap<number, bigint>;
  /** All accounts, by number. */
  readonly accounts: ReadonlyMap<number, AccountRow>;
}

/** The row of an account that must exist. */
export function rowOf(view: View, account: number): AccountRow {
  const row = view.accounts.get(account);
  if (row === undefined) throw new RangeError(`account ${account} was never opened`);
  return row;
}
