import { Cell, Journal, Table } from "./journal.js";
import type {
  BackstopRules,
  BookRules,
  CapRules,
  FeeSplit,
  GuardRules,
  HouseTerms,
  IndexRules,
  MarketRules,
  MarkRules,
  SourceRules,
  SpotAssetRules,
  WaterfallRules,
} from "./parameters.js";
import type {
  Account,
  Allowance,
  Auction,
  DepthWindow,
  Level,
  Exposure,
  GuardState,
  KeptReading,
  LastGoodIndex,
  Mandate,
  MarketState,
  PriceSnapshot,
  Averages,
  ClosedPool,
  ClosedProfit,
  Position,
  Redemption,
  Reservation,
  Round,
  FeedRules,
  Reading,
  SpotBalance,
  SpotPool,
  Tranche,
  Trigger,
} from "./records.js";
import * as blank from "./records.js";

/** Ledger accounts and addresses of the exchange's own parts. */
export interface House {
  readonly quoteToken: string;
  readonly clearingHouse: string;
  readonly fund: string;
  readonly vault: string;
  readonly treasuryAccount: number;
  readonly fundAccount: number;
  /** The vault's free cash; each market it backs has an account of its own. */
  readonly vaultAccount: number;
  readonly split: FeeSplit;
  /** The house pool and its ledger account, and the contract of triggered orders; empty without one. */
  readonly pool: string;
  readonly poolAccount: number;
  readonly triggers: string;
  /** Seconds from a request for vault shares until it may be redeemed, and from then until it lapses. */
  readonly cooldown: bigint;
  readonly redemptionWindow: bigint;
  readonly hasFund: boolean;
  /** The sale of freed spot; nowhere if there is none. */
  readonly sale: string;
  readonly hasVault: boolean;
  readonly hasGuard: boolean;
  readonly hasCaps: boolean;
}

/**
 * Everything the exchange knows. Each record is replaced and never changed, so a copy shares all of them and costs as much as
 * the tables' keys; every write is in the journal, so a refused action leaves nothing.
 */
export class State {
  readonly journal = new Journal();
  /** The time of the block being made, unix seconds. */
  now = 0n;
  /** Its number. */
  block = 0;
  house!: House;

  // section 1: accounts and collateral
  accountCount = new Cell(this.journal, 0);
  accounts = new Table<number, Account>(this.journal, blank.NO_ACCOUNT);
  accountNumbers = new Table<string, number>(this.journal, 0);
  operators = new Table<string, boolean>(this.journal, false);
  spot = new Table<number, SpotBalance>(this.journal, blank.NO_SPOT);
  /** Spot that covered a hedge which was torn up, and covers nothing now. */
  freed = new Table<number, bigint>(this.journal, 0n);
  /** How freed spot is to be sold, and the pools it may be sold in. */
  mandates = new Table<number, Mandate | undefined>(this.journal, undefined);
  spotPools = new Table<string, SpotPool | undefined>(this.journal, undefined);
  spotAssets = new Table<number, SpotAssetRules | undefined>(this.journal, undefined);
  balances = new Table<string, bigint>(this.journal, 0n);
  approvals = new Table<string, bigint>(this.journal, 0n);

  // section 2: positions in tranches
  positions = new Table<number, Position | undefined>(this.journal, undefined);
  tranches = new Table<number, Tranche>(this.journal, blank.NO_TRANCHE);
  ranks = new Table<number, readonly number[]>(this.journal, []);

  /** When an account last paid for having its class refreshed. */
  rewardedAt = new Table<number, bigint>(this.journal, 0n);

  // section 3: trading
  rules = new Table<number, MarketRules>(this.journal, blank.UNLISTED);
  markets = new Table<number, MarketState>(this.journal, blank.NO_MARKET);
  reservations = new Table<number, Reservation>(this.journal, blank.NO_ORDERS);
  bookRules = new Table<number, BookRules | undefined>(this.journal, undefined);
  /** By side of a market: ticks with orders, ascending. */
  ticks = new Table<number, readonly number[]>(this.journal, []);
  levels = new Table<number, Level>(this.journal, blank.EMPTY_LEVEL);
  lastTraded = new Table<number, number>(this.journal, 0);
  feesAccrued = new Cell(this.journal, 0n);
  socialisedLoss = new Cell(this.journal, 0n);

  // section 5: prices
  indexRules = new Table<number, IndexRules | undefined>(this.journal, undefined);
  sources = new Table<number, readonly SourceRules[]>(this.journal, []);
  feeds = new Table<string, FeedRules | undefined>(this.journal, undefined);
  rounds = new Table<string, Round>(this.journal, blank.NO_ROUND);
  readings = new Table<string, Reading | undefined>(this.journal, undefined);
  keptReadings = new Table<number, readonly (KeptReading | undefined)[]>(this.journal, []);
  lastGoodIndices = new Table<number, LastGoodIndex>(this.journal, blank.NO_INDEX);
  /** A perpetual elsewhere that the mark looks at: where its reading is kept. */
  perpetuals = new Table<number, string | undefined>(this.journal, undefined);
  guardRules = new Table<number, GuardRules | undefined>(this.journal, undefined);
  /** How far the end of a market's auction has got, if it has begun. */
  auctions = new Table<number, Auction | undefined>(this.journal, undefined);
  guards = new Table<number, GuardState>(this.journal, blank.UNGUARDED);
  markRules = new Table<number, MarkRules | undefined>(this.journal, undefined);
  snapshots = new Table<number, PriceSnapshot>(this.journal, blank.NO_PRICE);
  averages = new Table<number, Averages>(this.journal, blank.NO_AVERAGES);

  // caps on open interest
  capRules = new Table<number, CapRules | undefined>(this.journal, undefined);
  depths = new Table<number, DepthWindow>(this.journal, blank.NO_DEPTH);

  // section 6: closed profit within reach of a charge, by account and side; pools, and which generation of a half is open
  closedProfits = new Table<number, readonly ClosedProfit[]>(this.journal, []);
  closedPools = new Table<string, ClosedPool>(this.journal, blank.NO_CLOSED_PROFIT);
  closedGenerations = new Table<string, number>(this.journal, 0);

  // section 7: the waterfall
  deleveragedAt = new Table<number, bigint>(this.journal, 0n);
  waterfall = new Cell<WaterfallRules>(this.journal, blank.DEFAULT_WATERFALL);
  queuedAt = new Table<number, bigint>(this.journal, 0n);
  fundLimits = new Table<number, Allowance>(this.journal, blank.NOTHING_ALLOWED);
  backed = new Cell<readonly number[]>(this.journal, []);
  backstopRules = new Table<number, BackstopRules>(this.journal, blank.NOT_BACKED);
  exposures = new Table<number, Exposure>(this.journal, blank.NO_EXPOSURE);
  unwinding = new Table<number, Allowance>(this.journal, blank.NOTHING_ALLOWED);
  unwindSlippage = new Table<number, bigint>(this.journal, 0n);

  // the house pool
  houseTerms = new Table<number, HouseTerms | undefined>(this.journal, undefined);
  houseAllowances = new Table<number, Allowance>(this.journal, blank.NOTHING_ALLOWED);

  // triggered orders
  triggerCount = new Cell(this.journal, 0);
  triggers = new Table<number, Trigger | undefined>(this.journal, undefined);

  // section 9: vault shares; keys begin with the vault
  shares = new Table<string, bigint>(this.journal, 0n);
  shareSupplies = new Table<string, bigint>(this.journal, 0n);
  shareApprovals = new Table<string, bigint>(this.journal, 0n);
  redemptions = new Table<string, Redemption>(this.journal, blank.NO_REDEMPTION);

  /** The same state, to be changed apart from this one. */
  copy(): State {
    const copy = new State();
    copy.now = this.now;
    copy.block = this.block;
    copy.house = this.house;
    for (const [name, part] of Object.entries(this)) {
      if (part instanceof Table || part instanceof Cell)
        Object.assign(copy, { [name]: part.copy(copy.journal) as unknown });
    }
    return copy;
  }
}

/** A key for what an account has in a market, or of an asset: both are below 16. */
export function of(account: number, market: number): number {
  return account * 16 + market;
}

/** A key for what belongs to one side of a market. */
export function sideOf(market: number, second: boolean): number {
  return market * 2 + (second ? 1 : 0);
}

/** A key for what belongs to a pair of addresses. */
export function pair(first: string, second: string): string {
  return `${first}/${second}`;
}
