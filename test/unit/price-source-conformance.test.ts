import { expect } from "chai";

import { deployPool } from "../support/pools.js";
import { deployIndex, MARKET, Status, wad, WAD } from "../support/prices.js";
import type { HostileFeed, IPriceSource } from "../../typechain-types/index.js";

const { NOT_POSITIVE, STALE, OK, UNCONFIGURED, MALFORMED } = Status;
const PRICE = 3_000;
const DAY = 86_400;

/** An adapter in front of a healthy far end that says 3,000, and what can be done to that far end. */
interface Fixture {
  readonly source: IPriceSource;
  readonly networkHelpers: Awaited<ReturnType<typeof deployIndex>>["networkHelpers"];
  /** Parts of the price by which the far end cannot be exact. */
  readonly tolerance?: number;
  /** Makes the far end say a price that is no price, where it can. */
  readonly say?: (price: bigint) => Promise<unknown>;
  /** Makes it say that its price is of a time to come, where it can. */
  readonly future?: () => Promise<unknown>;
  /** Whether the price ages when nobody brings a new one. */
  readonly ages: boolean;
  /** Puts a hostile contract in the place of the far end, where the adapter reads one. */
  readonly hostile?: (far: HostileFeed) => Promise<unknown>;
}

const feed = (decimals: number) => async (): Promise<Fixture> => {
  const base = await deployIndex();
  const { aggregator, source, config } = await base.deployFeed({ decimals });
  const say = async (price: bigint) => aggregator.report(price);
  await say(BigInt(PRICE) * 10n ** BigInt(decimals));
  return {
    ...base,
    source,
    say,
    ages: true,
    future: async () => aggregator.setRound(1n, 1n, (await base.networkHelpers.time.latest()) + 1_000, 1n),
    hostile: async (far) => {
      await far.behave(0, base.ethers.toBeHex(decimals, 32));
      return source.setFeed(MARKET, { ...config, aggregator: far });
    },
  };
};

const pool =
  (contract: "UniswapV3TwapSource" | "TruncatedPoolSource", baseDecimals: number, quoteDecimals: number) =>
  async (): Promise<Fixture> => {
    const base = await deployPool({ baseDecimals, quoteDecimals });
    await base.pool.growCardinality(50);
    await base.pass(600);
    const place = [MARKET, base.pool.address, base.base.address, 600] as const;
    if (contract === "UniswapV3TwapSource") {
      const source = await base.ethers.deployContract(contract, [base.authority]);
      await source.setPool(...place);
      return { ...base, source, tolerance: 0.0001, ages: false };
    }
    const source = await base.ethers.deployContract(contract, [base.authority]);
    await source.setPool(...place, 9_116, 12);
    await base.pass(600);
    return { ...base, source, tolerance: 0.0001, ages: false };
  };

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
  return { ...base, source, say, ages: true };
}

async function redemption(): Promise<Fixture> {
  const inner = await feed(8)();
  const base = inner as Fixture & Awaited<ReturnType<typeof deployIndex>>;
  const rate = await base.ethers.deployContract("TestRate");
  await rate.setRate(WAD);
  const source = await base.ethers.deployContract("RedemptionRateSource", [base.authority]);
  const asset = {
    provider: rate,
    kind: 0,
    maxGrowth: 0,
    slack: 0,
    maxFall: 1_000_000,
    underlying: inner.source,
    underlyingMarket: MARKET,
  };
  await source.setAsset(MARKET, asset);
  return {
    ...inner,
    source,
    hostile: async (far) => {
      await far.behave(0, base.ethers.toBeHex(WAD, 32));
      return source.setAsset(MARKET, { ...asset, provider: far });
    },
  };
}

async function guarded(): Promise<Fixture> {
  const inner = await feed(8)();
  const base = inner as Fixture & Awaited<ReturnType<typeof deployIndex>>;
  const uptime = await base.ethers.deployContract("HostileFeed");
  const up = [1n, 0n, 1n, 1n, 1n];
  await uptime.behave(0, base.ethers.AbiCoder.defaultAbiCoder().encode(Array<string>(5).fill("uint256"), up));
  const source = await base.ethers.deployContract("SequencerGuardedSource", [inner.source, uptime, 3_600]);
  return { ...inner, source };
}

async function smoothed(): Promise<Fixture> {
  const base = await deployIndex();
  const book = await base.ethers.deployContract("TestQuotes");
  const source = await base.ethers.deployContract("SmoothedBookSource", [book, base.authority]);
  await source.setSmoothing(MARKET, { tau: 28_800, maxStep: 60, maxAge: 3_600, depth: 5n }, wad(PRICE));
  return { ...base, source, ages: true };
}

/** Every adapter, with the decimals of its far end where they vary. A new one is a line here. */
const ADAPTERS: [string, () => Promise<Fixture>][] = [
  ["Chainlink, no decimals", feed(0)],
  ["Chainlink, 8 decimals", feed(8)],
  ["Chainlink, 18 decimals", feed(18)],
  ["Pyth", pyth],
  ["Uniswap v3, 18 and 6 decimals", pool("UniswapV3TwapSource", 18, 6)],
  ["Uniswap v3, 8 and 18 decimals", pool("UniswapV3TwapSource", 8, 18)],
  ["Uniswap v3, 0 and 0 decimals", pool("UniswapV3TwapSource", 0, 0)],
  ["truncated pool, 18 and 6 decimals", pool("TruncatedPoolSource", 18, 6)],
  ["redemption rate", redemption],
  ["sequencer guard", guarded],
  ["smoothed book", smoothed],
];

for (const [name, load] of ADAPTERS) {
  describe(`As a price source, ${name}`, () => {
    it("is unconfigured in a market it does not know, up to the last one there can be", async () => {
      const { source } = await load();
      for (const market of [1, 15, 255]) expect((await source.read(market)).status).to.equal(UNCONFIGURED);
    });

    it("gives a healthy price in WAD, of a time that is not to come, with some depth", async () => {
      const { source, networkHelpers, tolerance = 0 } = await load();
      const reading = await source.read(MARKET);
      expect(reading.status).to.equal(OK);
      expect(Math.abs(Number(reading.price) / 1e18 / PRICE - 1)).to.be.at.most(tolerance);
      expect(reading.publishedAt).to.be.within(1n, BigInt(await networkHelpers.time.latest()));
      expect(reading.depth).to.be.at.least(WAD);
      expect(reading.confidence).to.be.below(reading.price);
    });

    it("never gives an old price a new time: it ages, or it is an average that ends now", async () => {
      const { source, networkHelpers, ages } = await load();
      const before = await source.read(MARKET);
      await networkHelpers.time.increase(600);
      const later = await source.read(MARKET);
      expect(later.publishedAt).to.equal(ages ? before.publishedAt : BigInt(await networkHelpers.time.latest()));
      await networkHelpers.time.increase(DAY);
      expect((await source.read(MARKET)).status).to.equal(ages ? STALE : OK);
    });

    it("takes neither zero nor less for a price, nor a price of the future, where its far end can say so", async () => {
      const { source, say, future } = await load();
      if (say !== undefined) {
        for (const price of [0n, -1n]) {
          await say(price);
          expect((await source.read(MARKET)).status).to.equal(NOT_POSITIVE);
        }
      }
      if (future !== undefined) {
        await future();
        expect((await source.read(MARKET)).status).to.equal(Status.FUTURE);
      }
    });

    it("reverts never and says what is wrong, whatever the far end it reads does", async () => {
      const fixture = await load();
      const { source, hostile } = fixture;
      if (hostile === undefined) return;
      const { ethers } = fixture as Fixture & Awaited<ReturnType<typeof deployIndex>>;
      const far = await ethers.deployContract("HostileFeed");
      await hostile(far);
      for (const [mode, answer] of [
        [0, "0x"],
        [0, "0x01"],
        [0, `0x${"ff".repeat(160)}`],
        [1, "0x"],
        [2, "0x"],
        [3, "0x"],
        [4, "0x"],
      ] as const) {
        await far.behave(mode, answer);
        const { status } = await source.read(MARKET, { gasLimit: 500_000n });
        expect(status, `mode ${mode}`).not.to.equal(OK);
        if (answer === "0x01") expect(status).to.equal(MALFORMED);
      }
    });
  });
}
