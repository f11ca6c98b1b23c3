import { type Deployed, type Deployer } from "./artifacts.js";
import type { Contracts } from "./exchange.js";
import { toWad } from "../units.js";

/** What every source of the index has: a name for tables, and at most how much its depth counts, quote, whole units. */
interface Common {
  readonly name: string;
}

/** A Chainlink feed. Of the feeds of a market the first is the deployment's `feed`; others get an aggregator of their own. */
export interface FeedOptions extends Common {
  readonly kind: "feed";
  /** Seconds after which an answer is stale. */
  readonly heartbeat: number;
  /** Half width of an answer's uncertainty, parts per million. */
  readonly deviation: number;
  /** Its weight, quote, whole units. */
  readonly depth: number;
}

/** The time-weighted average of the spot pool. */
export interface PoolAverageOptions extends Common {
  readonly kind: "pool-average";
  /** Seconds averaged over, from a minute to a day. */
  readonly window: number;
  readonly maxDepth: number;
  /** Seconds for which a reading is used again. */
  readonly interval: number;
}

/** The spot pool's price of this moment. */
export interface PoolSpotOptions extends Common {
  readonly kind: "pool-spot";
  readonly maxDepth: number;
  readonly interval: number;
}

/** The last price of the exchange's own book. */
export interface OwnBookOptions extends Common {
  readonly kind: "own-book";
  /** Its weight, quote, whole units. */
  readonly depth: number;
}

/** A slow average of the exchange's own book, for an asset that trades nowhere else; a `BookRecorder` keeps it up to date. */
export interface SmoothedBookOptions extends Common {
  readonly kind: "smoothed-book";
  /** Where the average starts, quote per base. */
  readonly start: number;
  /** Its time constant, most seconds one recording counts for, and seconds without quotes after which it is stale. */
  readonly tau: number;
  readonly maxStep: number;
  readonly maxAge: number;
  /** Its weight, quote, whole units. */
  readonly depth: number;
}

/** An asset worth what it can be redeemed for: a rate times the price of what is behind it, which a feed tells. */
export interface RedemptionOptions extends Common {
  readonly kind: "redemption";
  /** Underlying per asset at the start. */
  readonly rate: number;
  /** Most the rate may grow in a year, at once, and fall, parts per million; no growth cap at 0, no floor at a million. */
  readonly maxGrowth: number;
  readonly slack: number;
  readonly maxFall: number;
  /** The underlying's feed; it reports the reference over the rate of the start unless told otherwise. */
  readonly underlying: Omit<FeedOptions, "kind" | "name">;
}

/** A feed whose signed prices anyone brings on chain. Nothing is brought at deployment: the index is INVALID until somebody does. */
export interface PullOptions extends Common {
  readonly kind: "pull";
  /** Seconds after which a price is stale. */
  readonly maxAge: number;
  /** Seconds in which there is one price, the first that was signed; at 0 whoever brings one chooses which. */
  readonly period: number;
  /** Half width of a price's uncertainty where it is not signed with it, parts per million. */
  readonly confidence: number;
  /** Its weight, quote, whole units. */
  readonly depth: number;
}

/** Any other adapter: deployed and configured by whoever asks for it. */
export interface AdapterOptions extends Common {
  readonly kind: "adapter";
  readonly maxDepth: number;
  readonly interval: number;
  readonly deploy: (deployer: Deployer, contracts: Contracts, market: number) => Promise<Deployed>;
}

/** A source of the index. */
export type SourceOptions =
  | FeedOptions
  | PoolAverageOptions
  | PoolSpotOptions
  | OwnBookOptions
  | SmoothedBookOptions
  | RedemptionOptions
  | PullOptions
  | AdapterOptions;

/** A source as it was deployed. */
export interface Source {
  readonly name: string;
  readonly kind: SourceOptions["kind"];
  readonly adapter: Deployed;
  /** The aggregator behind a feed, and what it reports of the reference price: a part of it under a redemption rate. */
  readonly feed?: Deployed;
  readonly scale?: number;
  /** Who tells a redemption rate: `setRate`, WAD. */
  readonly rate?: Deployed;
  /** Who takes signed prices: `update` where there is a vendor that verifies and signs them, else `setRound`. */
  readonly pull?: Deployed;
  readonly vendor?: Deployed;
  /** The chain's uptime feed, if the source is silent while the sequencer is down: `report` 1 for down, 0 for up. */
  readonly uptime?: Deployed;
}

/** Decimals of the feeds' answers. */
export const FEED_DECIMALS = 8;

/** The vendor's name of the feed that is signed. */
export const SIGNED_FEED = `0x${"01".repeat(32)}`;

/** Gas a source may spend on one reading. */
const GAS = { feed: 200_000, pool: 400_000 };

/** What a source is given to work with. */
interface Ground {
  readonly deployer: Deployer;
  readonly contracts: Contracts;
  readonly market: number;
  /** Address of the spot pool, if there is one. */
  readonly pool: string | undefined;
}

/**
 * Deploys and configures the sources of a market and returns them with what the index is told of each. With a grace all of them are
 * guarded by one uptime feed: a source that still spoke would be the index.
 */
export async function deploySources(
  ground: Ground,
  sources: readonly SourceOptions[],
  grace = 0,
): Promise<{ readonly deployed: readonly Source[]; readonly configs: readonly Record<string, unknown>[] }> {
  const deployed: Source[] = [];
  const configs: Record<string, unknown>[] = [];
  const uptime = grace === 0 ? undefined : await deployUptime(ground.deployer);
  for (const options of sources) {
    const first = options.kind === "feed" && deployed.every(({ kind }) => kind !== "feed");
    const bare = await deploySource(ground, options, first);
    const source = uptime === undefined ? bare : await guarded(ground.deployer, bare, uptime, grace);
    deployed.push(source);
    configs.push({
      source: source.adapter.address,
      gasLimit: options.kind === "feed" ? GAS.feed : GAS.pool,
      maxDepth: depthOf(options),
      interval: "interval" in options ? options.interval : 0,
    });
  }
  return { deployed, configs };
}

/** An uptime feed that has said since long ago that the sequencer is up. */
async function deployUptime(deployer: Deployer): Promise<Deployed> {
  const uptime = await deployer.deploy("TestAggregator", 0);
  await deployer.execute(uptime, "setRound", 1, 0, 1, 1);
  return uptime;
}

async function guarded(deployer: Deployer, source: Source, uptime: Deployed, grace: number): Promise<Source> {
  const adapter = await deployer.deploy("SequencerGuardedSource", source.adapter.address, uptime.address, grace);
  return { ...source, adapter, uptime };
}

async function deploySource(ground: Ground, options: SourceOptions, first: boolean): Promise<Source> {
  const { deployer, contracts, market } = ground;
  const { name, kind } = options;
  switch (options.kind) {
    case "feed":
      return { name, kind, ...(await deployFeed(ground, options, first)) };
    case "pool-average": {
      const { poolSource, spotToken } = contracts;
      await deployer.execute(poolSource, "setPool", market, poolOf(ground, name), spotToken.address, options.window);
      return { name, kind, adapter: poolSource };
    }
    case "pool-spot": {
      const adapter = await deployer.deploy("RawPoolSource");
      await deployer.execute(adapter, "setPool", market, poolOf(ground, name), contracts.spotToken.address);
      return { name, kind, adapter };
    }
    case "own-book":
      return {
        name,
        kind,
        adapter: await deployer.deploy("OwnBookSource", contracts.orderBook.address, toWad(options.depth)),
      };
    case "smoothed-book":
      return { name, kind, adapter: await deploySmoothedBook(ground, options) };
    case "redemption":
      return { name, kind, ...(await deployRedemption(ground, options)) };
    case "pull":
      return { name, kind, ...(await deployPull(ground, options)) };
    case "adapter":
      return { name, kind, adapter: await options.deploy(deployer, contracts, market) };
  }
}

async function deployFeed(
  { deployer, contracts, market }: Ground,
  { heartbeat, deviation, depth }: FeedOptions,
  first: boolean,
): Promise<{ adapter: Deployed; feed: Deployed }> {
  const feed = first ? contracts.feed : await deployer.deploy("TestAggregator", FEED_DECIMALS);
  const manager = contracts.authority.address;
  const adapter = first ? contracts.chainlinkSource : await deployer.deploy("ChainlinkSource", manager);
  const entry = { aggregator: feed.address, heartbeat, deviation, depth, decimals: FEED_DECIMALS };
  await deployer.execute(adapter, "setFeed", market, entry);
  return { adapter, feed };
}

async function deploySmoothedBook(
  { deployer, contracts, market }: Ground,
  { start, tau, maxStep, maxAge, depth }: SmoothedBookOptions,
): Promise<Deployed> {
  const { orderBook, authority } = contracts;
  const adapter = await deployer.deploy("SmoothedBookSource", orderBook.address, authority.address);
  await deployer.execute(adapter, "setSmoothing", market, { tau, maxStep, maxAge, depth }, toWad(start));
  return adapter;
}

async function deployRedemption(
  ground: Ground,
  { rate: start, maxGrowth, slack, maxFall, underlying }: RedemptionOptions,
): Promise<Omit<Source, "name" | "kind">> {
  const { deployer, contracts, market } = ground;
  const { adapter: below, feed } = await deployFeed(ground, { ...underlying, kind: "feed", name: "" }, false);
  const rate = await deployer.deploy("TestRate");
  await deployer.execute(rate, "setRate", toWad(start));
  const adapter = await deployer.deploy("RedemptionRateSource", contracts.authority.address);
  await deployer.execute(adapter, "setAsset", market, {
    provider: rate.address,
    kind: 0,
    maxGrowth,
    slack,
    maxFall,
    underlying: below.address,
    underlyingMarket: market,
  });
  return { adapter, feed, rate, scale: 1 / start };
}

async function deployPull(
  { deployer, contracts, market }: Ground,
  { maxAge, period, confidence: deviation, depth }: PullOptions,
): Promise<Omit<Source, "name" | "kind">> {
  const manager = contracts.authority.address;
  if (period === 0) {
    const pull = await deployer.deploy("TestAggregator", FEED_DECIMALS);
    const adapter = await deployer.deploy("ChainlinkSource", manager);
    const entry = { aggregator: pull.address, heartbeat: maxAge, deviation, depth, decimals: FEED_DECIMALS };
    await deployer.execute(adapter, "setFeed", market, entry);
    return { adapter, pull };
  }
  const vendor = await deployer.deploy("TestPyth", 0);
  const adapter = await deployer.deploy("PythSource", vendor.address, manager);
  await deployer.execute(adapter, "setFeed", market, { id: SIGNED_FEED, maxAge, period, depth });
  return { adapter, pull: adapter, vendor };
}

/** At most how much of its depth counts, quote, whole units. */
function depthOf(options: SourceOptions): number {
  if ("maxDepth" in options) return options.maxDepth;
  return options.kind === "redemption" ? options.underlying.depth : options.depth;
}

function poolOf({ pool }: Ground, name: string): string {
  if (pool === undefined) throw new Error(`source ${name} needs a spot pool, and the deployment has none`);
  return pool;
}
