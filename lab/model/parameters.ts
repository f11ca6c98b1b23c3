import type { PolicyName } from "./policies.js";

/** What a market lets traders do. */
export type Status = "UNLISTED" | "ACTIVE" | "REDUCE_ONLY";

/** Who pays the deficit of a bankrupt account (section 8). */
export type DeficitMode = "ALL_WINNERS" | "TORN_UP";

/** Who finds the counterparties of a bankrupt position (section 8). */
export type Deleveraging = "TRANCHES" | "QUEUE";

/** A market in the ledger. Rates are parts per million, sizes base WAD, `minimumNotional` whole quote units, times seconds. */
export interface MarketRules {
  readonly status: Status;
  readonly initialMarginRate: bigint;
  readonly makerFee: bigint;
  readonly takerFee: bigint;
  readonly liquidationFee: bigint;
  readonly backstopThreshold: bigint;
  /** The longest of any market: cash is one for all. */
  readonly maturity: bigint;
  /** Part of the notional a withdrawal leaves. */
  readonly keptRate: bigint;
  readonly deficitMode: DeficitMode;
  readonly deleveraging: Deleveraging;
  /** The spot asset that is the market's underlying, if one is listed. */
  readonly spotAsset: number | undefined;
  readonly minimumNotional: bigint;
  /** Maintenance rate of the part of a short that spot covers (section 4); 0 recognises no hedge. */
  readonly hedgedMaintenance: bigint;
  /** What a stale class to its holder's advantage pays whoever refreshes it, quote, hundredths. */
  readonly refreshReward: bigint;
  readonly openInterestLow: bigint;
  readonly openInterestHigh: bigint;
  readonly openInterestCap: bigint;
  readonly policy: PolicyName;
}

/** A market's book: its grid and how far beyond the mark a taker may trade (parts per million). */
export interface BookRules {
  readonly tickSize: bigint;
  readonly lotSize: bigint;
  readonly minimumSize: bigint;
  readonly priceBand: bigint;
}

/** How a market's mark is made: band and speed per second in parts per million, times in seconds. */
export interface MarkRules {
  readonly band: bigint;
  readonly speed: bigint;
  readonly midTau: bigint;
  readonly quoteTau: bigint;
  readonly premiumTau: bigint;
  readonly premiumInterval: bigint;
  readonly impactNotional: bigint;
  readonly impactOrders: number;
}

/**
 * How a market is guarded: bands in parts per million, times in seconds, the least volume of an auction in whole quote units, and
 * bit h of the closed hours for hour h of the week, from Monday 00:00 UTC. A band of 0: not at all.
 */
export interface GuardRules {
  readonly band: bigint;
  readonly closedBand: bigint;
  readonly window: bigint;
  readonly limitTime: bigint;
  readonly pauseTime: bigint;
  readonly auctionTime: bigint;
  readonly minimumVolume: bigint;
  readonly closedHours: bigint;
}

/**
 * What bounds a market's open interest beside its static cap, parts per million, each off at 0: open interest per quote of spot depth,
 * and the jump of the price that backstop and insurance shall bear.
 */
export interface CapRules {
  /** Where the reading of the spot source is kept. */
  readonly depthSource: string;
  readonly kappa: bigint;
  readonly adverseMove: bigint;
}

/** On which terms the house pool deals in a market: parts per million, and its most inventory in whole quote units. */
export interface HouseTerms {
  readonly spread: bigint;
  readonly skew: bigint;
  readonly deviation: bigint;
  readonly equityShare: bigint;
  readonly gap: bigint;
  readonly notional: bigint;
}

/** How readings are judged together: a quorum, and parts per million of the index. */
export interface IndexRules {
  readonly quorum: number;
  readonly maxDispersion: bigint;
  readonly maxConfidence: bigint;
}

/** One of a market's sources: depth beyond `maxDepth` (whole units) counts for nothing; a good reading serves `interval` seconds. */
export interface SourceRules {
  readonly source: string;
  readonly maxDepth: bigint;
  readonly interval: bigint;
}

/** A token accepted as collateral; haircut and discount in parts per million of the index. */
export interface SpotAssetRules {
  readonly token: string;
  readonly decimals: bigint;
  readonly market: number;
  readonly haircut: bigint;
  readonly discount: bigint;
}

/** How the waterfall is paced (section 7). Rates in parts per million, money in whole quote units, times in seconds. */
export interface WaterfallRules {
  readonly buffer: bigint;
  readonly slice: bigint;
  readonly sliceAbove: bigint;
  readonly cooldown: bigint;
  readonly rewardRate: bigint;
  readonly maxReward: bigint;
  readonly maxMakers: number;
  readonly maxTranches: number;
}

/**
 * What a market may cost the backstop vault: whole quote units, seconds, and leverage in parts per million. The gap is how far its
 * mark may be from the index while shares are dealt in, parts per million; zero for any distance.
 */
export interface BackstopRules {
  readonly notional: bigint;
  readonly loss: bigint;
  readonly window: bigint;
  readonly leverage: bigint;
  readonly gap: bigint;
}

/** Where fees go, in parts per million; the treasury takes the rest and the rounding. */
export interface FeeSplit {
  readonly insuranceShare: bigint;
  readonly backstopShare: bigint;
}
