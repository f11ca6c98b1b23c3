import { type LayerId, withoutLayers } from "./defences.js";
import { type HouseOptions, houseOptions } from "./house.js";
import { DEFAULT_MARKET, type MarketParameters } from "./parameters.js";
import type { SourceOptions } from "./sources.js";

/** The token that is bought and sold against the quote token, which has six decimals. */
export interface BaseOptions {
  readonly name: string;
  readonly symbol: string;
  readonly decimals: number;
}

/** The real Uniswap v3 pool beside the exchange. */
export interface PoolOptions {
  /** Parts per million: 100, 500, 3000 or 10000. */
  readonly fee: number;
  /** Quote reserve on one side at the start, whole units: what the closed forms call Q. */
  readonly depth: number;
  /** Where the liquidity lies, as multiples of the start price; over the full range without it. */
  readonly range?: readonly [lower: number, upper: number];
  /** Observations the pool records: one a block in which it trades. */
  readonly cardinality: number;
}

/** What the index is made of and how its sources are judged together. */
export interface IndexOptions {
  readonly sources: readonly SourceOptions[];
  readonly quorum: number;
  /** Mean distance of the sources from the median, and of their own half widths, beyond which it is UNCERTAIN; parts per million. */
  readonly maxDispersion: number;
  readonly maxConfidence: number;
  /** Seconds for which every source is silent after the chain's sequencer restarts; without it, or at 0, sources are read bare. */
  readonly grace?: number;
  /** Name of the source that is left alone where the median is switched off; the first without it. */
  readonly exposed?: string;
}

/** What the insurance fund may spend on the market, quote, whole units: at once, and in a day. */
export interface InsuranceLimits {
  readonly single: number;
  readonly capacity: number;
}

/** What the market may cost the backstop, quote, whole units, and its leverage in parts per million. */
export interface BackstopLimits {
  readonly allotted: number;
  readonly loss: number;
  readonly notional: number;
  readonly leverage: number;
}

/** Caps on open interest beside the static one, parts per million; zero for none. They are armed by `armCaps`. */
export interface CapOptions {
  /** Open interest, quote, per quote of the pool's depth. */
  readonly kappa: number;
  /** Jump of the price that backstop and insurance shall bear. */
  readonly adverseMove: number;
  /** Move of the pool's price, either way, that liquidity must cover to count as depth; at zero it counts where it stands. */
  readonly reach: number;
}

/**
 * How the market is guarded. Rates are parts per million, times seconds, the volume an auction must match quote in whole units,
 * and closed hours are hours of the week from Monday 00:00 UTC.
 */
export interface GuardOptions {
  readonly band: number;
  readonly closedBand: number;
  readonly window: number;
  readonly limitTime: number;
  readonly pauseTime: number;
  readonly auctionTime: number;
  readonly minimumVolume: number;
  readonly closedHours: readonly number[];
}

/** What a deployment may be told; everything has a default. */
export interface DeploymentOptions {
  readonly market?: Partial<MarketParameters>;
  readonly base?: Partial<BaseOptions>;
  /** The spot pool; false for none. */
  readonly pool?: Partial<PoolOptions> | false;
  /** Quote reserve of the spot pool on one side, whole units: the same as `pool.depth`. */
  readonly poolDepth?: number;
  readonly index?: Partial<IndexOptions>;
  /** The market guard; false for none. */
  readonly guard?: Partial<GuardOptions> | false;
  /** Money of the insurance fund and of the backstop at the start, quote, whole units; minted, so only on test chains. */
  readonly insurance?: number;
  readonly backstop?: number;
  /** What they may spend; everything they have, within a day, without it. */
  readonly insuranceLimits?: Partial<InsuranceLimits>;
  readonly backstopLimits?: Partial<BackstopLimits>;
  readonly caps?: Partial<CapOptions>;
  /** Whether unsafe parameters are let through; they are when a defence is switched off. */
  readonly unlinted?: boolean;
  /** The house pool; none without it. */
  readonly house?: Partial<HouseOptions>;
  /** Seconds from asking to redeem shares of the backstop until it may be done; three days without it. */
  readonly vaultCooldown?: number;
  /** Defences that are switched off, by layer. */
  readonly off?: readonly LayerId[];
}

/** A deployment decided to the last number. */
export interface Settings {
  readonly market: MarketParameters;
  readonly base: BaseOptions;
  readonly pool: PoolOptions | undefined;
  readonly index: IndexOptions;
  readonly guard: GuardOptions | undefined;
  readonly insurance: number;
  readonly backstop: number;
  readonly insuranceLimits: InsuranceLimits;
  readonly backstopLimits: BackstopLimits;
  readonly house: HouseOptions | undefined;
  readonly caps: CapOptions;
  readonly vaultCooldown: number;
  /** Contracts are linked with the parameter lints that check nothing, so that unsafe parameters can be had. */
  readonly unlinted: boolean;
}

/** The window of the pool's average, and so the fewest observations it must hold, seconds. */
const MINUTE = 60;

/** The feed outweighs the pool: a liquid market's price comes from elsewhere. */
const DEFAULT_SOURCES: readonly SourceOptions[] = [
  { kind: "feed", name: "feed", heartbeat: 3_600, deviation: 500, depth: 100_000_000 },
  { kind: "pool-average", name: "pool", window: MINUTE, maxDepth: 10_000_000, interval: 5 },
];

/**
 * The band is twice the mark's: a book that swings from one edge of that to the other is one the mark follows, and stops nothing. A
 * pause costs everybody, while the mark's band alone keeps the book from liquidating whoever opened at the index (`settingsFor` fills it in). Reference, limit state and
 * pause last as long as in the United States' limit-up limit-down plan. An auction collects for ten blocks of twelve seconds: a
 * proposer with a fifth of the slots has so many in a row once in four and a half years. It counts if it matches ten times what the premium is sampled at.
 */
export const DEFAULT_GUARD: GuardOptions = {
  band: 2 * DEFAULT_MARKET.markBand,
  closedBand: 0,
  window: 300,
  limitTime: 15,
  pauseTime: 300,
  auctionTime: 120,
  minimumVolume: 100_000,
  closedHours: [],
};

const THREE_DAYS = 3 * 86_400;

/** Fills in what was not said, and switches off what is to be off. */
export function settingsFor(options: DeploymentOptions): Settings {
  const insurance = Math.floor(options.insurance ?? 1_000_000);
  const backstop = Math.floor(options.backstop ?? 1_000_000);
  const off = options.off ?? [];
  const market = { ...scaledTo(options.market?.startPrice ?? DEFAULT_MARKET.startPrice), ...options.market };
  const settings: Settings = {
    market,
    base: { name: "Test Ether", symbol: "tETH", decimals: 18, ...options.base },
    pool: poolOptions(options),
    index: indexOptions(options),
    guard:
      options.guard === false
        ? undefined
        : { ...DEFAULT_GUARD, band: Math.min(2 * market.markBand, 500_000), ...options.guard },
    insurance,
    backstop,
    insuranceLimits: { single: insurance, capacity: insurance, ...options.insuranceLimits },
    backstopLimits: {
      allotted: backstop,
      loss: backstop,
      notional: backstop * 5,
      leverage: 5_000_000,
      ...options.backstopLimits,
    },
    caps: { kappa: 0, adverseMove: 0, reach: 100_000, ...options.caps },
    vaultCooldown: options.vaultCooldown ?? THREE_DAYS,
    unlinted: options.unlinted ?? off.length > 0,
    house: options.house && houseOptions(options.house),
  };
  return withoutLayers(settings, off);
}

function poolOptions({ pool, poolDepth }: DeploymentOptions): PoolOptions | undefined {
  if (pool === false) return undefined;
  return { fee: 500, depth: poolDepth ?? 20_000_000, cardinality: MINUTE, ...pool };
}

function indexOptions({ index, pool }: DeploymentOptions): IndexOptions {
  const sources = pool === false ? DEFAULT_SOURCES.filter(({ kind }) => kind === "feed") : DEFAULT_SOURCES;
  return { sources, quorum: 1, maxDispersion: 30_000, maxConfidence: 10_000, ...index };
}

/** The default market with its grid and its open interest at another price: the same in quote, to a power of ten. */
function scaledTo(startPrice: number): MarketParameters {
  const decades = Math.floor(Math.log10(startPrice)) - Math.floor(Math.log10(DEFAULT_MARKET.startPrice));
  const { tickSize, lotSize, minimumSize, openInterestLow, openInterestHigh, openInterestCap } = DEFAULT_MARKET;
  const [up, down] = [10n ** BigInt(Math.max(decades, 0)), 10n ** BigInt(Math.max(-decades, 0))];
  const size = (amount: bigint): bigint => (amount * down) / up;
  return {
    ...DEFAULT_MARKET,
    startPrice,
    tickSize: (tickSize * up) / down,
    lotSize: size(lotSize),
    minimumSize: size(minimumSize),
    openInterestLow: size(openInterestLow),
    openInterestHigh: size(openInterestHigh),
    openInterestCap: size(openInterestCap),
  };
}
