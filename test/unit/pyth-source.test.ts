import { expect } from "chai";

import { deployIndex, MARKET, Status, wad, WAD } from "../support/prices.js";

const { OK, STALE, INCOMPLETE, UNCONFIGURED, NOT_POSITIVE, OUT_OF_RANGE } = Status;
const ID = `0x${"11".repeat(32)}`;
const OTHER = `0x${"22".repeat(32)}`;
const FEE = 10n;
const PERIOD = 10;
const MAX_AGE = 60;
const MOST = (1n << 63n) - 1n;

/** What a signed price says, times 10^exponent. */
interface Said {
  price?: bigint;
  confidence?: bigint;
  exponent?: number;
  id?: string;
}

describe("The Pyth source", () => {
  /** The vendor's contract as the far end, one feed, and a clock at the beginning of a period. */
  async function world(change: object = {}) {
    const base = await deployIndex();
    const { ethers, networkHelpers, authority } = base;
    const pyth = await ethers.deployContract("TestPyth", [FEE]);
    const source = await ethers.deployContract("PythSource", [pyth, authority]);
    const feed = { id: ID, maxAge: MAX_AGE, period: PERIOD, depth: 7n, ...change };
    await source.setFeed(MARKET, feed);
    const start = (Math.floor((await networkHelpers.time.latest()) / PERIOD) + 2) * PERIOD;

    /** A price published at a time, the one before it at another. */
    const sign = (at: number, before: number, said: Said = {}) =>
      pyth.createPriceFeedUpdateData(
        said.id ?? ID,
        said.price ?? 300_000_000_000n,
        said.confidence ?? 100_000_000n,
        said.exponent ?? -8,
        0n,
        0n,
        at,
        before,
      );
    /** Brings signed prices in a block at a time. */
    const bring = async (now: number, data: string[], value = FEE) => {
      await networkHelpers.time.setNextBlockTimestamp(now);
      return source.update(MARKET, data, { value });
    };
    /** Brings what was said as the first price of the period that begins at `at`. */
    const say = async (at: number, said: Said = {}) => bring(at, [await sign(at, at - 1, said)]);
    return { ...base, pyth, source, feed, start, sign, bring, say };
  }

  it("reads a price with its confidence, its time and its nominal depth", async () => {
    const { source, say, start } = await world();
    await expect(say(start))
      .to.emit(source, "PriceBrought")
      .withArgs(MARKET, 300_000_000_000n, 100_000_000n, -8, start);
    const reading = await source.read(MARKET);
    expect(reading.status).to.equal(OK);
    expect(reading.price).to.equal(wad(3_000));
    expect(reading.confidence).to.equal(WAD);
    expect(reading.publishedAt).to.equal(start);
    expect(reading.depth).to.equal(7n * WAD);
    expect((await source.latestOf(MARKET)).price).to.equal(300_000_000_000n);
  });

  describe("of an exponent", () => {
    const cases: [number, bigint, bigint, bigint, bigint][] = [
      [-8, 300_000_000_000n, 1n, 3_000n * WAD, 10n ** 10n],
      [0, 3_000n, 1n, 3_000n * WAD, WAD],
      [3, 3n, 1n, 3_000n * WAD, 1_000n * WAD],
      [-18, 5n, 2n, 5n, 2n],
      [-19, 59n, 1n, 5n, 1n],
      [-36, MOST, 1n, 9n, 1n],
      [19 - 18, MOST, 1n, MOST * 10n * WAD, 10n * WAD],
    ];
    for (const [exponent, price, confidence, wadPrice, wadConfidence] of cases) {
      it(`${exponent} scales ${price}, the price down and the confidence up`, async () => {
        const { source, say, start } = await world();
        await say(start, { price, confidence, exponent });
        const reading = await source.read(MARKET);
        expect([reading.status, reading.price, reading.confidence]).to.deep.equal([OK, wadPrice, wadConfidence]);
      });
    }

    for (const [exponent, price] of [
      [-37, MOST],
      [19, 1n],
      [18, MOST],
      [-36, 1n],
      [2_147_483_647, 1n],
      [-2_147_483_648, 1n],
    ] as const) {
      it(`${exponent} on ${price} is out of range`, async () => {
        const { source, say, start } = await world();
        await say(start, { price, exponent });
        expect((await source.read(MARKET)).status).to.equal(OUT_OF_RANGE);
      });
    }
  });

  it("takes zero and negative prices for what they are, and no older one in their place", async () => {
    const { source, say, start } = await world();
    await say(start);
    for (const [i, price] of [0n, -1n, -(1n << 63n)].entries()) {
      await say(start + (i + 1) * PERIOD, { price });
      expect((await source.read(MARKET)).status).to.equal(NOT_POSITIVE);
    }
    await say(start + 4 * PERIOD, { price: 1n });
    expect((await source.read(MARKET)).status).to.equal(OK);
  });

  it("is incomplete before its first price and stale one second after its age", async () => {
    const { source, say, start, networkHelpers } = await world();
    expect((await source.read(MARKET)).status).to.equal(INCOMPLETE);
    await say(start);
    await networkHelpers.time.increaseTo(start + MAX_AGE);
    expect((await source.read(MARKET)).status).to.equal(OK);
    await networkHelpers.time.increaseTo(start + MAX_AGE + 1);
    expect((await source.read(MARKET)).status).to.equal(STALE);
  });

  describe("leaves no choice:", () => {
    /** Prices signed in one period: at its beginning, in its middle and one of before it. */
    async function signed() {
      const base = await world();
      const { start, sign } = base;
      return {
        ...base,
        early: await sign(start - 1, start - 2, { price: 310_000_000_000n }),
        first: await sign(start + 1, start - 1, { price: 300_000_000_000n }),
        second: await sign(start + 2, start + 1, { price: 290_000_000_000n }),
        third: await sign(start + 9, start + 2, { price: 320_000_000_000n }),
      };
    }

    it("of all prices signed so far only the first of the present period is taken", async () => {
      const { source, pyth, bring, start, early, first, second, third } = await signed();
      for (const [i, data] of [early, second, third].entries()) {
        await expect(bring(start + 5 + i, [data])).to.be.revertedWithCustomError(pyth, "PriceFeedNotFoundWithinRange");
      }
      await bring(start + 8, [first]);
      expect((await source.read(MARKET)).price).to.equal(wad(3_000));
    });

    it("once it is there nothing replaces it in its period, and the fee goes back", async () => {
      const { source, bring, start, first, second, third, admin, ethers } = await signed();
      await bring(start + 5, [first]);
      for (const [i, data] of [second, third, first].entries()) {
        await expect(bring(start + 6 + i, [data])).not.to.emit(source, "PriceBrought");
      }
      expect((await source.read(MARKET)).price).to.equal(wad(3_000));
      expect(await source.update.staticCall(MARKET, [], { value: 5n })).to.equal(false);
      await expect(source.update(MARKET, [third], { value: 5n })).to.changeEtherBalance(ethers, admin, 0n);
    });

    it("in the next period the last one's prices are worth nothing, so time never goes back", async () => {
      const { source, pyth, bring, sign, start, first, third } = await signed();
      const next = await sign(start + PERIOD + 1, start + 9);
      await bring(start + PERIOD + 1, [next]);
      for (const [i, data] of [first, third].entries()) {
        await bring(start + PERIOD + 2 + i, [data]);
        expect((await source.read(MARKET)).publishedAt).to.equal(start + PERIOD + 1);
      }
      for (const [i, data] of [first, third, next].entries()) {
        await expect(bring(start + 2 * PERIOD + i, [data])).to.be.revertedWithCustomError(
          pyth,
          "PriceFeedNotFoundWithinRange",
        );
      }
    });

    it("not even of a price that Pyth's contract itself has stored meanwhile", async () => {
      const { source, pyth, bring, start, first, third } = await signed();
      await bring(start + 5, [first]);
      await pyth.updatePriceFeeds([third], { value: FEE });
      expect((await pyth.getPriceUnsafe(ID)).publishTime).to.equal(start + 9);
      expect((await source.read(MARKET)).publishedAt).to.equal(start + 1);
    });

    it("a price of after the block is refused", async () => {
      const { pyth, bring, sign, start } = await signed();
      const future = await sign(start + 4, start - 1);
      await expect(bring(start + 3, [future])).to.be.revertedWithCustomError(pyth, "PriceFeedNotFoundWithinRange");
      await bring(start + 4, [future]);
    });
  });

  it("refuses what a broken far end returns: another feed, the past, the future", async () => {
    const { ethers, authority, networkHelpers, start, feed } = await world();
    const far = await ethers.deployContract("HostileFeed");
    const source = await ethers.deployContract("PythSource", [far, authority]);
    await source.setFeed(MARKET, feed);
    const price = "tuple(int64 price, uint64 conf, int32 expo, uint256 publishTime)";
    const answer = (id: string, at: number) => {
      const said = [1n, 0n, 0, at];
      return ethers.AbiCoder.defaultAbiCoder().encode(
        [`tuple(bytes32 id, ${price} price, ${price} ema)[]`, "uint64[]"],
        [[[id, said, said]], [1n]],
      );
    };
    for (const [i, [id, at]] of (
      [
        [OTHER, start],
        [ID, start - 1],
        [ID, start + 9],
      ] as const
    ).entries()) {
      // The same words answer the question for the fee: 64 wei.
      await far.behave(0, answer(id, at));
      await networkHelpers.time.setNextBlockTimestamp(start + i + 1);
      await expect(source.update(MARKET, [], { value: 64n }))
        .to.be.revertedWithCustomError(source, "NotThePrice")
        .withArgs(id, at, start, start + i + 1);
    }
    await far.behave(1, "0x");
    await expect(source.update(MARKET, [], { value: 64n })).to.be.revertedWithCustomError(far, "Refused");
    expect((await source.read(MARKET)).status).to.equal(INCOMPLETE);
  });

  describe("takes of what is sent", () => {
    it("the fee and not a wei more", async () => {
      const { ethers, source, pyth, sign, start, networkHelpers, admin } = await world();
      const data = [await sign(start, start - 1)];
      await networkHelpers.time.setNextBlockTimestamp(start);
      await expect(source.update(MARKET, data, { value: 10n ** 18n })).to.changeEtherBalances(
        ethers,
        [admin, pyth, source],
        [-FEE, FEE, 0n],
      );
    });

    it("nothing less: without the fee nothing happens", async () => {
      const { source, sign, bring, start } = await world();
      const data = [await sign(start, start - 1)];
      for (const [i, value] of [0n, FEE - 1n].entries()) {
        await expect(bring(start + i, data, value))
          .to.be.revertedWithCustomError(source, "FeeNotPaid")
          .withArgs(value, FEE);
      }
    });

    it("nothing at all from a caller that does not take its surplus back, which loses it nothing", async () => {
      const { ethers, source, sign, start, networkHelpers } = await world();
      const keeper = await ethers.deployContract("DeafKeeper", [source]);
      const data = [await sign(start, start - 1)];
      await networkHelpers.time.setNextBlockTimestamp(start);
      await expect(keeper.update(MARKET, data, { value: FEE + 1n }))
        .to.be.revertedWithCustomError(source, "RefundRefused")
        .withArgs(await keeper.getAddress(), 1n);
      await keeper.update(MARKET, data, { value: FEE });
      expect((await source.read(MARKET)).status).to.equal(OK);
    });
  });

  it("knows a feed only while one is set, and forgets its price with it", async () => {
    const { source, say, start, feed, ethers } = await world();
    expect((await source.read(5)).status).to.equal(UNCONFIGURED);
    await expect(source.update(5, [])).to.be.revertedWithCustomError(source, "FeedNotSet").withArgs(5);
    await say(start);
    await expect(source.setFeed(MARKET, { ...feed, id: OTHER })).to.emit(source, "FeedSet");
    expect((await source.read(MARKET)).status).to.equal(INCOMPLETE);
    await source.setFeed(MARKET, { ...feed, id: ethers.ZeroHash });
    expect((await source.read(MARKET)).status).to.equal(UNCONFIGURED);
    expect((await source.feedOf(MARKET)).id).to.equal(ethers.ZeroHash);
    expect(await source.periodStart(5)).to.be.above(start);
  });

  it("takes its feeds from its authority only, and refuses unsafe ones", async () => {
    const { source, feed, stranger } = await world();
    const refused = (parameter: string, value: number, low: number, high: number, change: object) =>
      expect(source.setFeed(MARKET, { ...feed, ...change }))
        .to.be.revertedWithCustomError(source, "ParameterOutOfRange")
        .withArgs(parameter, value, low, high);
    await refused("maxAge", 0, 1, 3_600, { maxAge: 0 });
    await refused("maxAge", 3_601, 1, 3_600, { maxAge: 3_601 });
    await refused("period", 0, 1, MAX_AGE, { period: 0 });
    await refused("period", MAX_AGE + 1, 1, MAX_AGE, { period: MAX_AGE + 1 });
    await refused("depth", 0, 1, 4_294_967_295, { depth: 0 });
    await expect(source.connect(stranger).setFeed(MARKET, feed))
      .to.be.revertedWithCustomError(source, "AccessManagedUnauthorized")
      .withArgs(stranger.address);
  });
});
