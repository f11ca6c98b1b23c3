import { RAY } from "./arithmetic.js";
import type { Phase } from "./market-guard.js";
import type { SourceStatus } from "./source-status.js";
import type { OrderRequest } from "./orders.js";
import type { BackstopRules, MarketRules, WaterfallRules } from "./parameters.js";

/** An account (section 1). `maturing` is realised profit not yet withdrawable, in millionths of a unit (section 6). */
export interface Account {
  readonly owner: string;
  readonly subaccount: number;
  readonly cash: bigint;
  readonly maturing: bigint;
  readonly maturingSince: bigint;
  readonly maturesAt: bigint;
  /** Bit m: the account has had a position or an order in market m that was not closed since. */
  readonly openMarkets: number;
  /** Bit a: the account holds spot asset a. */
  readonly spotAssets: number;
  /** Bit m: longs in market m have realised profit that a charge may reach, or that is not settled; bit 16 + m: shorts. */
  readonly closedProfit: number;
}

/** Profit an account has realised on a side of a market within a half maturity (section 6): `factor` is its pool's when last settled. */
export interface ClosedProfit {
  readonly amount: bigint;
  readonly factor: bigint;
  readonly start: bigint;
  readonly span: bigint;
  readonly generation: number;
}

/** The same of everybody together: what is left of it, and of a unit that was there before the first charge, 1e24. */
export interface ClosedPool {
  readonly amount: bigint;
  readonly factor: bigint;
}

/** Spot collateral, WAD (section 4): the part that has not been held for the hedge tenure yet, and until when, milliseconds. */
export interface SpotBalance {
  readonly amount: bigint;
  readonly waiting: bigint;
  readonly seasonedAt: bigint;
}

/** How an account wants spot sold that a tear-up has freed: where, how far below the index at most, and for what tip of the proceeds, ppm. */
export interface Mandate {
  readonly pool: string;
  readonly worst: bigint;
  readonly tip: bigint;
}

/** A pool of the underlying beside the exchange: its liquidity, its square root of price in 2^-96, and which token counts as the first. */
export interface SpotPool {
  readonly liquidity: bigint;
  readonly root: bigint;
  readonly fee: bigint;
  readonly tickSpacing: bigint;
  readonly spotFirst: boolean;
}

/** A position (section 2): n, u, and its snapshots A0, C0 and of what its tranche had been charged. */
export interface Position {
  readonly shares: bigint;
  readonly cost: bigint;
  readonly sizePerShare: bigint;
  readonly cashPerShare: bigint;
  readonly chargedPerBase: bigint;
  readonly key: number;
  readonly generation: number;
}

/** A generation of a tranche (section 2): S, U, A, C, and what it was charged over the generation per base that was there. */
export interface Tranche {
  readonly shares: bigint;
  readonly cost: bigint;
  readonly sizePerShare: bigint;
  readonly cashPerShare: bigint;
  readonly charged: bigint;
  /** The market's funding index up to which C includes funding. */
  readonly fundingIndex: bigint;
  readonly opened: boolean;
  /** In generation 0 only: the generation new members join, and the oldest that still has size. */
  readonly current: number;
  readonly oldest: number;
}

/** What moves in a market: funding, open interest, and the initial margin rate that rises with it. */
export interface MarketState {
  readonly fundingIndex: bigint;
  readonly fundingAt: bigint;
  readonly initialRate: bigint;
  readonly longOpenInterest: bigint;
  readonly shortOpenInterest: bigint;
  /** The cap in force, in billionths of a unit, and when it was computed; `STATIC_CAP` if nothing but the rules decides it. */
  readonly cap: bigint;
  readonly cappedAt: bigint;
}

/** What an account's resting orders reserve in a market; orders of an older epoch are void. */
export interface Reservation {
  readonly bids: bigint;
  readonly asks: bigint;
  readonly epoch: number;
  readonly cooldownUntil: bigint;
}

/** A resting order. `index` counts the orders ever placed at its price and side. */
export interface Order {
  readonly index: number;
  readonly account: number;
  readonly epoch: number;
  readonly size: bigint;
  readonly reduceOnly: boolean;
}

/** The queue at one price, first in first out, and how many orders were ever placed in it. */
export interface Level {
  readonly placed: number;
  readonly orders: readonly Order[];
}

/** What one round of a feed says. */
export interface Round {
  readonly id: bigint;
  readonly answer: bigint;
  readonly updatedAt: bigint;
  readonly answeredIn: bigint;
}

/** A feed: seconds until an answer is stale, half width of its uncertainty (parts per million), weight in whole units. */
export interface FeedRules {
  readonly aggregator: string;
  readonly heartbeat: bigint;
  readonly deviation: bigint;
  readonly depth: bigint;
  readonly decimals: bigint;
}

/** What a source says, and whether that is worth anything. */
export interface Reading {
  readonly status: SourceStatus;
  readonly price: bigint;
  readonly confidence: bigint;
  readonly publishedAt: bigint;
  readonly depth: bigint;
}

/** A good reading as it is kept: depth in whole units, confidence in parts per million of the price. */
export interface KeptReading {
  readonly price: bigint;
  readonly publishedAt: bigint;
  readonly readAt: bigint;
  readonly depth: bigint;
  readonly confidence: bigint;
}

/** The last VALID index and its time, only ever updated together. */
export interface LastGoodIndex {
  readonly value: bigint;
  readonly publishedAt: bigint;
}

/** What the market guard remembers: its phase and that one's earliest end, and averages of the book's price and of the index. */
export interface GuardState {
  readonly phase: Phase;
  /** Seconds spent LIMITED, as of the last return to OPEN. */
  readonly limited: bigint;
  /** Earliest end of the phase; of OPEN when `limited` is forgotten. */
  readonly until: bigint;
  readonly observedAt: bigint;
  readonly bookAverage: bigint;
  readonly indexAverage: bigint;
}

/** Where the counting of an auction stands on a side: the order next to be counted, and what of it is. */
export interface Cursor {
  readonly tick: number;
  readonly index: number;
  readonly used: bigint;
}

/** The end of an auction, from call to call; ticks beyond the band count as its edge. */
export interface Auction {
  readonly stage: "PRICING" | "MATCHING" | "LAPSING";
  readonly low: number;
  readonly high: number;
  readonly index: number;
  /** The next bid and the next ask to count; none after the last. */
  readonly bid: Cursor | undefined;
  readonly ask: Cursor | undefined;
  /** Ticks of the last pair counted, and the volume so far. */
  readonly lastBid: number;
  readonly lastAsk: number;
  readonly counted: bigint;
  /** The one price, which side takes, and what was dealt. */
  readonly clearing: number;
  readonly bidsTake: boolean;
  readonly executed: bigint;
}

/** A market's prices of one block. `premium` in 2e-9, `confidence` in 0.01 % of the index, `validity` 0 (VALID) to 3 (INVALID), `phase` 0 (OPEN) to 4. */
export interface PriceSnapshot {
  readonly mark: bigint;
  readonly index: bigint;
  readonly updatedAt: bigint;
  readonly premium: bigint;
  readonly confidence: bigint;
  readonly validity: number;
  readonly phase: number;
}

/** The averages a mark is made of: bases in quote per base, the premium in 1e-12. */
export interface Averages {
  readonly mid: bigint;
  readonly quoted: bigint;
  readonly premium: bigint;
  readonly sampledAt: bigint;
}

/** An allowance that refills evenly: whole quote units, seconds, and what is used in millionths of a unit. */
export interface Allowance {
  readonly single: bigint;
  readonly capacity: bigint;
  readonly window: bigint;
  readonly usedAt: bigint;
  readonly used: bigint;
}

/** What the backstop vault holds in a market of record, and the equity a window's loss is measured from. */
export interface Exposure {
  readonly account: number;
  readonly inventory: bigint;
  readonly baseline: bigint;
  readonly since: bigint;
}

/** The lowest depth seen in each of the last seven spans of five minutes, quote, whole units; span n is kept at place n modulo 7. */
export interface DepthWindow {
  readonly latest: bigint;
  readonly lows: readonly bigint[];
}

/** An order that waits for the mark (section 3): at or above the trigger, or at or below. `expiry` 0 stands for none. */
export interface Trigger {
  readonly account: number;
  readonly epoch: number;
  /** Block in which it was armed. */
  readonly armedAt: number;
  readonly above: boolean;
  readonly trigger: bigint;
  readonly tip: bigint;
  readonly expiry: bigint;
  readonly order: OrderRequest;
}

/** A request to redeem vault shares. */
export interface Redemption {
  readonly shares: bigint;
  readonly readyAt: bigint;
  readonly expiresAt: bigint;
}

export const NO_ACCOUNT: Account = {
  owner: "",
  subaccount: 0,
  cash: 0n,
  maturing: 0n,
  maturingSince: 0n,
  maturesAt: 0n,
  openMarkets: 0,
  spotAssets: 0,
  closedProfit: 0,
};
export const NO_CLOSED_PROFIT: ClosedPool = { amount: 0n, factor: 10n ** 24n };
export const NO_SPOT: SpotBalance = { amount: 0n, waiting: 0n, seasonedAt: 0n };
export const NO_TRANCHE: Tranche = {
  shares: 0n,
  cost: 0n,
  sizePerShare: 0n,
  cashPerShare: 0n,
  charged: 0n,
  fundingIndex: 0n,
  opened: false,
  current: 0,
  oldest: 0,
};
/** A generation's beginning: one base per share, no cash. */
export const FRESH_TRANCHE: Tranche = { ...NO_TRANCHE, sizePerShare: RAY, opened: true };
export const NO_MARKET: MarketState = {
  fundingIndex: 0n,
  fundingAt: 0n,
  initialRate: 0n,
  longOpenInterest: 0n,
  shortOpenInterest: 0n,
  cap: 0n,
  cappedAt: 0n,
};
/** When a cap was computed that never will be anew. */
export const STATIC_CAP = (1n << 32n) - 1n;
export const NO_DEPTH: DepthWindow = { latest: 0n, lows: [0n, 0n, 0n, 0n, 0n, 0n, 0n] };
export const NO_ORDERS: Reservation = { bids: 0n, asks: 0n, epoch: 0, cooldownUntil: 0n };
export const EMPTY_LEVEL: Level = { placed: 0, orders: [] };
export const NO_ROUND: Round = { id: 0n, answer: 0n, updatedAt: 0n, answeredIn: 0n };
export const NO_INDEX: LastGoodIndex = { value: 0n, publishedAt: 0n };
export const NO_PRICE: PriceSnapshot = {
  mark: 0n,
  index: 0n,
  updatedAt: 0n,
  premium: 0n,
  confidence: 0n,
  validity: 0,
  phase: 0,
};
export const UNGUARDED: GuardState = {
  phase: "OPEN",
  limited: 0n,
  until: 0n,
  observedAt: 0n,
  bookAverage: 0n,
  indexAverage: 0n,
};
export const NO_AVERAGES: Averages = { mid: 0n, quoted: 0n, premium: 0n, sampledAt: 0n };
export const NOTHING_ALLOWED: Allowance = { single: 0n, capacity: 0n, window: 0n, usedAt: 0n, used: 0n };
export const NO_EXPOSURE: Exposure = { account: 0, inventory: 0n, baseline: 0n, since: 0n };
export const NO_REDEMPTION: Redemption = { shares: 0n, readyAt: 0n, expiresAt: 0n };
export const NOT_BACKED: BackstopRules = { notional: 0n, loss: 0n, window: 0n, leverage: 0n, gap: 0n };
export const UNLISTED: MarketRules = {
  status: "UNLISTED",
  initialMarginRate: 0n,
  makerFee: 0n,
  takerFee: 0n,
  liquidationFee: 0n,
  backstopThreshold: 0n,
  maturity: 0n,
  keptRate: 0n,
  deficitMode: "ALL_WINNERS",
  deleveraging: "TRANCHES",
  spotAsset: undefined,
  minimumNotional: 0n,
  hedgedMaintenance: 0n,
  refreshReward: 0n,
  openInterestLow: 0n,
  openInterestHigh: 0n,
  openInterestCap: 0n,
  policy: "ProRata",
};
export const DEFAULT_WATERFALL: WaterfallRules = {
  buffer: 100_000n,
  slice: 200_000n,
  sliceAbove: 100_000n,
  cooldown: 30n,
  rewardRate: 250n,
  maxReward: 500n,
  maxMakers: 96,
  maxTranches: 64,
};
