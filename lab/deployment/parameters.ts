import { WAD } from "../units.js";

/** Policies that ship with the exchange: the contracts' names. HedgeLast is the default, over ProRata. */
export const POLICIES = ["HedgeLast", "ProRata", "ProfitFirst", "LeverageFirst", "LeverageLevel"] as const;
export type Policy = (typeof POLICIES)[number];

/** Who pays the deficit of a bankrupt account (mechanism section 8); the order of the contract's enumeration. */
export const DEFICIT_MODES = ["ALL_WINNERS", "TORN_UP"] as const;
export type DeficitMode = (typeof DEFICIT_MODES)[number];

/** Who finds the counterparties of a bankrupt position; the order of the contract's enumeration. */
export const DELEVERAGINGS = ["TRANCHES", "QUEUE"] as const;
export type Deleveraging = (typeof DELEVERAGINGS)[number];

/** The one market a deployment lists: ETH against the quote token. Rates are fractions of a million unless named otherwise. */
export interface MarketParameters {
  readonly policy: Policy;
  readonly deficitMode: DeficitMode;
  readonly deleveraging: Deleveraging;
  readonly initialMarginRate: number;
  readonly makerFee: number;
  readonly takerFee: number;
  readonly liquidationFee: number;
  readonly backstopThreshold: number;
  /** Seconds over which realised profit matures. */
  readonly maturity: number;
  /** Part of its notional that a withdrawal leaves in an account; 0 leaves it to initial margin. */
  readonly keptRate: number;
  /** Quote, whole units. */
  readonly minimumNotional: number;
  /** Maintenance rate of what spot in the same account covers of a short; 0 recognises no hedges. */
  readonly hedgedMaintenance: number;
  /** What a stale class that was to its holder's advantage costs when somebody pokes it, quote, hundredths. */
  readonly refreshReward: number;
  /** Base, WAD: where initial margin starts to rise, where it reaches 100 %, and where opening ends. */
  readonly openInterestLow: bigint;
  readonly openInterestHigh: bigint;
  readonly openInterestCap: bigint;
  /** Quote and base, WAD. */
  readonly tickSize: bigint;
  readonly lotSize: bigint;
  readonly minimumSize: bigint;
  /** How far beyond the mark a taker may trade. */
  readonly priceBand: number;
  /** Farthest the mark may be from the index, and farthest it may move in a second. */
  readonly markBand: number;
  readonly markSpeed: number;
  /** Haircut on spot collateral, and the discount at which a liquidator buys it. */
  readonly spotHaircut: number;
  readonly spotDiscount: number;
  /** Quote per base at which the feed and the spot pool start. */
  readonly startPrice: number;
}

/**
 * The widest band of a mark that the ledger's lints take at an initial margin, parts per million: with the mark at its edge whoever
 * opened at the index still has maintenance margin, half of the initial, a short of a notional that has grown by the band.
 */
export function widestMarkBand(initialMarginRate: number): number {
  return Math.floor((initialMarginRate * 1e6) / (2e6 + initialMarginRate));
}

/** A market like a liquid one on an established venue: 25x, a basis point to makers, four to takers. */
export const DEFAULT_MARKET: MarketParameters = {
  policy: "HedgeLast",
  deficitMode: "ALL_WINNERS",
  deleveraging: "TRANCHES",
  initialMarginRate: 40_000,
  makerFee: 100,
  takerFee: 400,
  liquidationFee: 5_000,
  backstopThreshold: 666_667,
  maturity: 3_600,
  keptRate: 200_000,
  minimumNotional: 10,
  hedgedMaintenance: 10_000,
  refreshReward: 50,
  openInterestLow: 500_000n * WAD,
  openInterestHigh: 2_000_000n * WAD,
  openInterestCap: 1_000_000n * WAD,
  tickSize: WAD / 100n,
  lotSize: WAD / 10_000n,
  minimumSize: WAD / 1_000n,
  priceBand: 50_000,
  markBand: 19_600,
  markSpeed: 3_334,
  spotHaircut: 100_000,
  spotDiscount: 25_000,
  startPrice: 4_000,
};
