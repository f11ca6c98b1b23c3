import { network } from "hardhat";

import type { ChainlinkSource as ChainlinkSourceNS } from "../../typechain-types/contracts/oracle/sources/ChainlinkSource.js";
import type { ChainlinkSource, IndexOracle, TestAggregator } from "../../typechain-types/index.js";

export const WAD = 10n ** 18n;
export const MARKET = 0;
export const GAS_LIMIT = 100_000n;
export const HEARTBEAT = 3_600n;

/** What may become of a reading; the order of the contract's enumeration. */
export const Status = {
  OK: 0n,
  STALE: 1n,
  UNREACHABLE: 2n,
  SHORT_HISTORY: 3n,
  NO_DEPTH: 4n,
  INCOMPLETE: 5n,
  UNCONFIGURED: 6n,
  SEQUENCER_DOWN: 7n,
  SEQUENCER_RESTARTED: 8n,
  RATE_TOO_HIGH: 9n,
  RATE_TOO_LOW: 10n,
  UNSURE: 11n,
  OUTLIER: 12n,
  MALFORMED: 13n,
  NOT_POSITIVE: 14n,
  FUTURE: 15n,
  OUT_OF_RANGE: 16n,
} as const;

/** An index tolerance wide enough not to be what a test is about. */
export const TOLERANT = { quorum: 1n, maxDispersion: 10_000n, maxConfidence: 10_000n };

/** A Chainlink feed of our own behind its real adapter, and how it was set. */
export interface Feed {
  aggregator: TestAggregator;
  source: ChainlinkSource;
  config: ChainlinkSourceNS.FeedStruct;
}

/** Options of a feed; depth is its weight in whole quote units, deviation is in parts per million. */
export interface FeedOptions {
  decimals?: number;
  depth?: bigint;
  deviation?: bigint;
  heartbeat?: bigint;
}

/** A chain with an access manager, an index and as many feeds as a test asks for. */
export async function deployIndex() {
  const { ethers, networkHelpers, provider } = await network.create();
  const [admin, stranger] = await ethers.getSigners();
  const authority = await ethers.deployContract("AccessManager", [admin!]);
  const oracle: IndexOracle = await ethers.deployContract("IndexOracle", [authority]);

  async function deployFeed(options: FeedOptions = {}): Promise<Feed> {
    const aggregator: TestAggregator = await ethers.deployContract("TestAggregator", [options.decimals ?? 8]);
    const source: ChainlinkSource = await ethers.deployContract("ChainlinkSource", [authority]);
    const config = {
      aggregator,
      heartbeat: options.heartbeat ?? HEARTBEAT,
      deviation: options.deviation ?? 0n,
      depth: options.depth ?? 1_000_000n,
      decimals: 0n,
    };
    await source.setFeed(MARKET, config);
    return { aggregator, source, config };
  }

  /** Makes these the market's sources. */
  async function use(sources: { getAddress(): Promise<string> }[], config = TOLERANT): Promise<void> {
    const entries = sources.map((source) => ({ source, gasLimit: GAS_LIMIT, maxDepth: 10n ** 12n, interval: 0n }));
    await oracle.setSources(MARKET, entries, config);
  }

  /** Reports prices (whole quote units, 8 decimals kept) on feeds in one block, `ago` seconds before it. */
  async function report(feed: Feed, price: number, ago = 0): Promise<void> {
    const decimals = Number(await feed.aggregator.decimals());
    const answer =
      decimals >= 8 ? BigInt(Math.round(price * 1e8)) * 10n ** BigInt(decimals - 8) : BigInt(Math.round(price));
    const at = (await networkHelpers.time.latest()) + 1;
    await networkHelpers.time.setNextBlockTimestamp(at);
    await feed.aggregator.setRound(1n, answer, at - ago, 1n);
  }

  return {
    ethers,
    networkHelpers,
    provider,
    admin: admin!,
    stranger: stranger!,
    authority,
    oracle,
    deployFeed,
    use,
    report,
  };
}

/** A price in whole quote units as WAD, exact to eight decimals. */
export function wad(price: number): bigint {
  return BigInt(Math.round(price * 1e8)) * 10n ** 10n;
}
