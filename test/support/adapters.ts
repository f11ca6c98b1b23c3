import { deployPool } from "./pools.js";
import { deployIndex, MARKET, Status, wad, WAD } from "./prices.js";
import type { IPriceSource } from "../../typechain-types/index.js";

const { NOT_POSITIVE, OUT_OF_RANGE, FUTURE, INCOMPLETE, STALE, MALFORMED, NO_DEPTH } = Status;

/** What every healthy far end says, quote per base. */
export const PRICE = 3_000;

/** An answer in the far end's own words that is wrong, and what is to be made of it. */
export type Lie = readonly [what: string, words: readonly bigint[], status: bigint];

/** An adapter in front of a healthy far end that says 3,000, and what can be done to that far end. */
export interface Fixture extends Pick<
  Awaited<ReturnType<typeof deployIndex>>,
  "ethers" | "networkHelpers" | "oracle" | "deployFeed" | "admin"
> {
  readonly source: IPriceSource;
  /** Where the far end is, so that a test can put other code in its place. */
  readonly far: string;
  /** Asks the far end for news, where that is not done by reading. */
  readonly bring?: () => Promise<unknown>;
  /** What the far end could say that is shaped as it should be and no price, at a time, seconds. */
  readonly lies?: (now: bigint) => readonly Lie[];
  /** Parts of the price by which the far end cannot be exact. */
  readonly tolerance?: number;
  /** Makes the far end say a price that is no price, where it can. */
  readonly say?: (price: bigint) => Promise<unknown>;
  /** Makes it say that its price is of a time to come, where it can. */
  readonly future?: () => Promise<unknown>;
  /** Whether the price ages when nobody brings a new one. */
  readonly ages: boolean;
}

const HUGE = 2n ** 255n - 1n;

const feed = (decimals: number) => async (): Promise<Fixture> => {
  const base = await deployIndex();
  const { aggregator, source } = await base.deployFeed({ decimals });
  const say = async (price: bigint) => aggregator.report(price);
  const good = BigInt(PRICE) * 10n ** BigInt(decimals);
  await say(good);
  return {
    ...base,
    source,
    far: await aggregator.getAddress(),
    say,
    ages: true,
    future: async () => aggregator.setRound(1n, 1n, (await base.networkHelpers.time.latest()) + 1_000, 1n),
    lies: (now) => [
      ["zero", [2n, 0n, now, now, 2n], NOT_POSITIVE],
      ["a negative answer", [2n, -good, now, now, 2n], NOT_POSITIVE],
      ["the least answer there is", [2n, -HUGE - 1n, now, now, 2n], NOT_POSITIVE],
      ["the largest answer there is", [2n, HUGE, now, now, 2n], OUT_OF_RANGE],
      ["a time to come", [2n, good, now, now + 1_000n, 2n], FUTURE],
      ["the end of time", [2n, good, now, HUGE, 2n], FUTURE],
      ["a time that goes back beyond the heartbeat", [2n, good, now, now - 7_200n, 2n], STALE],
      ["no time", [2n, good, now, 0n, 2n], INCOMPLETE],
      ["an answer of an earlier round", [2n, good, now, now, 1n], INCOMPLETE],
      ["a round that is none", [HUGE, good, now, now, HUGE], MALFORMED],
    ],
  };
};

const pool =
  (
    contract: "UniswapV3TwapSource" | "PoolDepthSource" | "TruncatedPoolSource",
    baseDecimals: number,
    quoteDecimals: number,
  ) =>
  async (): Promise<Fixture> => {
    const base = await deployPool({ baseDecimals, quoteDecimals });
    await base.pool.growCardinality(50);
    await base.pass(600);
    const place = [MARKET, base.pool.address, base.base.address, 600] as const;
    const shared = { ...base, far: base.pool.address, tolerance: 0.0001, ages: false };
    if (contract !== "TruncatedPoolSource") {
      const source = await spotSource(contract, base, place);
      const most = 887_272n * 600n;
      // Two arrays of two, ticks and seconds by liquidity: their places, then each with its length.
      return {
        ...shared,
        source,
        lies: () => [
          ["a tick beyond all prices", [64n, 160n, 2n, 0n, most + 1n, 2n, 0n, 1n], MALFORMED],
          ["one as far below", [64n, 160n, 2n, 0n, -most - 1n, 2n, 0n, 1n], MALFORMED],
          ["no liquidity ever", [64n, 160n, 2n, 0n, 0n, 2n, 5n, 5n], NO_DEPTH],
          ["arrays of another length", [64n, 160n, 3n, 0n, 0n, 2n, 0n, 1n], MALFORMED],
          ["arrays elsewhere", [96n, 160n, 2n, 0n, 0n, 2n, 0n, 1n], MALFORMED],
        ],
      };
    }
    const source = await base.ethers.deployContract(contract, [base.authority]);
    await source.setPool(...place, 9_116, 12);
    await base.pass(600);
    return { ...shared, source, bring: async () => source.record(MARKET) };
  };

async function spotSource(
  contract: "UniswapV3TwapSource" | "PoolDepthSource",
  { ethers, authority }: Awaited<ReturnType<typeof deployPool>>,
  place: readonly [market: number, pool: string, base: string, window: number],
): Promise<IPriceSource> {
  if (contract === "PoolDepthSource") {
    const source = await ethers.deployContract(contract, [authority]);
    await source.setPool(...place, 954);
    return source;
  }
  const source = await ethers.deployContract(contract, [authority]);
  await source.setPool(...place);
  return source;
}

async function pyth(): Promise<Fixture> {
  const base = await deployIndex();
  const { ethers, networkHelpers } = base;
  const far = await ethers.deployContract("TestPyth", [0n]);
  const source = await ethers.deployContract("PythSource", [far, base.authority]);
  const id = `0x${"11".repeat(32)}`;
  await source.setFeed(MARKET, { id, maxAge: 3_600, period: 1, depth: 5n });
  const say = async (price: bigint) => {
    const at = (await networkHelpers.time.latest()) + 10;
    const data = await far.createPriceFeedUpdateData(id, price, 0n, -8, 0n, 0n, at, at - 1);
    await networkHelpers.time.setNextBlockTimestamp(at);
    return source.update(MARKET, [data]);
  };
  await say(BigInt(PRICE) * 10n ** 8n);
  const bring = async () => source.update(MARKET, ["0x"], { gasLimit: 1_000_000n });
  return { ...base, source, far: await far.getAddress(), say, bring, ages: true };
}

async function redemption(): Promise<Fixture> {
  const inner = await feed(8)();
  const { ethers } = inner;
  const rate = await ethers.deployContract("TestRate");
  await rate.setRate(WAD);
  const source = await ethers.deployContract("RedemptionRateSource", [await authorityOf(inner)]);
  await source.setAsset(MARKET, {
    provider: rate,
    kind: 0,
    maxGrowth: 100_000,
    slack: 1_000,
    maxFall: 50_000,
    underlying: inner.source,
    underlyingMarket: MARKET,
  });
  return {
    ...inner,
    source,
    far: await rate.getAddress(),
    lies: () => [
      ["zero", [0n], NOT_POSITIVE],
      ["a rate of another scale, 27 decimals", [10n ** 27n], Status.RATE_TOO_HIGH],
      ["a rate of another scale, 8 decimals", [10n ** 8n], Status.RATE_TOO_LOW],
      ["a wei less than the floor", [(WAD * 95n) / 100n - 1n], Status.RATE_TOO_LOW],
      ["the largest word", [-1n], OUT_OF_RANGE],
    ],
  };
}

async function guarded(): Promise<Fixture> {
  const inner = await feed(8)();
  const uptime = await inner.ethers.deployContract("HostileFeed");
  const up = [1n, 0n, 1n, 1n, 1n];
  await uptime.behave(0, inner.ethers.AbiCoder.defaultAbiCoder().encode(Array<string>(5).fill("uint256"), up));
  const source = await inner.ethers.deployContract("SequencerGuardedSource", [inner.source, uptime, 3_600]);
  return {
    ...inner,
    source,
    far: await uptime.getAddress(),
    lies: (now) => [
      ["down", [1n, 1n, now - 7_200n, now, 1n], Status.SEQUENCER_DOWN],
      ["neither up nor down", [1n, 2n, 1n, now, 1n], MALFORMED],
      ["less than nothing", [1n, -1n, 1n, now, 1n], MALFORMED],
      ["up since a time to come", [1n, 0n, now + 1_000n, now, 1n], FUTURE],
      ["up since never", [1n, 0n, 0n, now, 1n], INCOMPLETE],
      ["up since a moment ago", [1n, 0n, now - 5n, now, 1n], Status.SEQUENCER_RESTARTED],
    ],
  };
}

async function smoothed(): Promise<Fixture> {
  const base = await deployIndex();
  const book = await base.ethers.deployContract("TestQuotes");
  const source = await base.ethers.deployContract("SmoothedBookSource", [book, base.authority]);
  await source.setSmoothing(MARKET, { tau: 28_800, maxStep: 60, maxAge: 3_600, depth: 5n }, wad(PRICE));
  const bring = async () => source.record(MARKET, { gasLimit: 1_000_000n });
  return { ...base, source, far: await book.getAddress(), bring, ages: true };
}

/** Every adapter, with the decimals of its far end where they vary. A new one is a line here. */
export const ADAPTERS: [string, () => Promise<Fixture>][] = [
  ["Chainlink, no decimals", feed(0)],
  ["Chainlink, 8 decimals", feed(8)],
  ["Chainlink, 18 decimals", feed(18)],
  ["Pyth", pyth],
  ["Uniswap v3, 18 and 6 decimals", pool("UniswapV3TwapSource", 18, 6)],
  ["Uniswap v3, 8 and 18 decimals", pool("UniswapV3TwapSource", 8, 18)],
  ["Uniswap v3, 0 and 0 decimals", pool("UniswapV3TwapSource", 0, 0)],
  ["pool depth, 18 and 6 decimals", pool("PoolDepthSource", 18, 6)],
  ["pool depth, 0 and 0 decimals", pool("PoolDepthSource", 0, 0)],
  ["truncated pool, 18 and 6 decimals", pool("TruncatedPoolSource", 18, 6)],
  ["redemption rate", redemption],
  ["sequencer guard", guarded],
  ["smoothed book", smoothed],
];

async function authorityOf({ oracle }: Pick<Fixture, "oracle">): Promise<string> {
  return oracle.authority();
}
