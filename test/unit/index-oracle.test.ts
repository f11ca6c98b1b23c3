import { expect } from "chai";
import { ZeroAddress } from "ethers";

import type { IndexOracle } from "../../typechain-types/index.js";
import { deployIndex, GAS_LIMIT, HEARTBEAT, MARKET, Status, TOLERANT, wad, WAD } from "../support/prices.js";
import type { Feed } from "../support/prices.js";

const VALID = 0n;
const UNCERTAIN = 1n;
const STALE = 2n;
const INVALID = 3n;

describe("The index", () => {
  /** Feeds with these depths, all in use. */
  async function world(depths: bigint[], config = TOLERANT) {
    const base = await deployIndex();
    const feeds: Feed[] = [];
    for (const depth of depths) feeds.push(await base.deployFeed({ depth }));
    await base.use(
      feeds.map(({ source }) => source),
      config,
    );
    return { ...base, feeds, index: () => base.oracle.indexOf(MARKET) };
  }

  /** One good feed of 3000 and one contract that answers as it is told. */
  async function hostile() {
    const base = await deployIndex();
    const good = await base.deployFeed();
    const bad = await base.ethers.deployContract("HostileFeed");
    await base.use([good.source, bad]);
    await base.report(good, 3_000);
    const answer = (...words: bigint[]) =>
      base.ethers.AbiCoder.defaultAbiCoder().encode(
        words.map(() => "uint256"),
        words,
      );
    return { ...base, good, bad, answer };
  }

  describe("as a median", () => {
    it("is the price at which half of the depth lies on either side, whatever the order of the sources", async () => {
      const { feeds, report, index } = await world([30n, 30n, 41n], { ...TOLERANT, maxDispersion: 500_000n });
      for (const prices of [
        [100, 110, 90],
        [110, 100, 90],
      ]) {
        for (const [i, feed] of feeds.entries()) await report(feed, prices[i]!);
        expect((await index()).value).to.equal(wad(100));
      }
      await report(feeds[2]!, 200);
      expect((await index()).value).to.equal(wad(110));
    });

    it("is the heavier of two sources, and the mean of two equal ones with the older time", async () => {
      const { feeds, report, index, networkHelpers } = await world([5n, 5n], { ...TOLERANT, maxDispersion: 500_000n });
      await report(feeds[0]!, 101, 20);
      const older = (await networkHelpers.time.latest()) - 20;
      await report(feeds[1]!, 100);
      const even = await index();
      expect(even.value).to.equal(wad(100.5));
      expect(even.publishedAt).to.equal(older);

      const uneven = await world([5n, 6n], { ...TOLERANT, maxDispersion: 500_000n });
      await uneven.report(uneven.feeds[0]!, 101);
      await uneven.report(uneven.feeds[1]!, 100);
      expect((await uneven.index()).value).to.equal(wad(100));
    });

    it("takes its time from the very source it takes its value from", async () => {
      const { feeds, report, index, networkHelpers } = await world([1n, 1n, 1n], {
        ...TOLERANT,
        maxDispersion: 500_000n,
      });
      await report(feeds[0]!, 99, 5);
      await report(feeds[1]!, 100, 500);
      const middle = (await networkHelpers.time.latest()) - 500;
      await report(feeds[2]!, 101, 1);
      const { value, publishedAt } = await index();
      expect(value).to.equal(wad(100));
      expect(publishedAt).to.equal(middle);
    });

    it("counts no depth beyond a source's cap", async () => {
      const { feeds, report, index, oracle } = await world([1_000_000n, 10n, 10n], {
        ...TOLERANT,
        maxDispersion: 500_000n,
      });
      for (const [i, price] of [150, 100, 101].entries()) await report(feeds[i]!, price);
      expect((await index()).value).to.equal(wad(150));
      const sources = feeds.map(({ source }) => ({ source, gasLimit: GAS_LIMIT, maxDepth: 10n, interval: 0n }));
      await oracle.setSources(MARKET, sources, { ...TOLERANT, maxDispersion: 500_000n });
      expect((await index()).value).to.equal(wad(101));
    });

    it("takes up to eight sources", async () => {
      const { feeds, report, index, oracle } = await world(Array<bigint>(8).fill(3n), { ...TOLERANT, quorum: 8n });
      for (const [i, feed] of feeds.entries()) await report(feed, 1_000 + ((i * 5) % 8));
      expect((await index()).value).to.equal(wad(1_003.5));
      expect((await index()).validity).to.equal(VALID);
      expect(await oracle.readingsOf(MARKET)).to.have.length(8);
    });
  });

  describe("judges itself", () => {
    it("uncertain when the sources lie apart, with a confidence that covers their mean distance", async () => {
      const { feeds, report, index } = await world([3n, 1n]);
      await report(feeds[0]!, 1_000);
      await report(feeds[1]!, 1_040);
      const edge = await index();
      expect(edge.validity).to.equal(VALID);
      expect(edge.confidence).to.equal(wad(10));
      await report(feeds[1]!, 1_040.01);
      expect((await index()).validity).to.equal(UNCERTAIN);
      expect((await index()).value).to.equal(wad(1_000));
    });

    it("uncertain when the sources are so of themselves", async () => {
      const { deployFeed, use, report, oracle } = await deployIndex();
      const feed = await deployFeed({ deviation: 10_001n });
      await use([feed.source]);
      await report(feed, 1_000);
      const price = await oracle.indexOf(MARKET);
      expect(price.validity).to.equal(UNCERTAIN);
      expect(price.confidence).to.equal((wad(1_000) * 10_001n) / 1_000_000n);
    });

    it("invalid when its sources contradict each other by more than the price itself", async () => {
      const { feeds, report, index } = await world([5n, 4n]);
      await report(feeds[0]!, 1);
      await report(feeds[1]!, 4);
      expect((await index()).validity).to.equal(INVALID);
    });

    it("stale without a quorum, with the last good value and the time that belongs to it", async () => {
      const { feeds, report, index, oracle, networkHelpers } = await world([1n, 1n, 1n], { ...TOLERANT, quorum: 2n });
      for (const feed of feeds) await report(feed, 1_000);
      await oracle.update(MARKET);
      const good = await index();
      await networkHelpers.time.increase(HEARTBEAT);
      await report(feeds[0]!, 2_000);
      const stale = await index();
      expect(stale.validity).to.equal(STALE);
      expect(stale.value).to.equal(wad(1_000));
      expect(stale.publishedAt).to.equal(good.publishedAt);
      expect(stale.confidence).to.equal(0n);
      await oracle.update(MARKET);
      expect((await index()).value).to.equal(wad(1_000));
      await report(feeds[1]!, 2_000);
      expect((await index()).validity).to.equal(VALID);
      expect((await index()).value).to.equal(wad(2_000));
    });

    it("invalid, not stale, when the quorum fails because of nonsense", async () => {
      const { feeds, report, index, oracle } = await world([1n, 1n], { ...TOLERANT, quorum: 2n });
      for (const feed of feeds) await report(feed, 1_000);
      await oracle.update(MARKET);
      for (const nonsense of [0, -1]) {
        await report(feeds[0]!, nonsense);
        const price = await index();
        expect(price.validity).to.equal(INVALID);
        expect(price.value).to.equal(wad(1_000));
      }
    });

    it("invalid and zero before it ever was good, and in a market without sources", async () => {
      const { index, oracle } = await world([1n]);
      for (const price of [await index(), await oracle.indexOf(9)]) {
        expect(price.validity).to.equal(INVALID);
        expect(price.value).to.equal(0n);
      }
    });
  });

  describe("names the source that is to blame:", () => {
    const blame = async (oracle: IndexOracle) => [...(await oracle.failureOf(MARKET))];

    it("nobody while it is VALID, and nobody in a market without sources", async () => {
      const { feeds, report, oracle } = await world([1n]);
      await report(feeds[0]!, 1_000);
      expect(await blame(oracle)).to.deep.equal([ZeroAddress, Status.OK]);
      expect([...(await oracle.failureOf(9))]).to.deep.equal([ZeroAddress, Status.UNCONFIGURED]);
    });

    it("the first that is absent, unless another talks nonsense", async () => {
      const { feeds, report, oracle, networkHelpers } = await world([1n, 1n, 1n], { ...TOLERANT, quorum: 3n });
      for (const feed of feeds) await report(feed, 1_000);
      await networkHelpers.time.increase(HEARTBEAT + 1n);
      await report(feeds[0]!, 1_000);
      expect(await blame(oracle)).to.deep.equal([await feeds[1]!.source.getAddress(), Status.STALE]);
      await report(feeds[2]!, 0);
      expect(await blame(oracle)).to.deep.equal([await feeds[2]!.source.getAddress(), Status.NOT_POSITIVE]);
    });

    it("the farthest one when they lie apart, which every update says in an event", async () => {
      const { feeds, report, oracle, index } = await world([5n, 3n, 3n]);
      for (const [i, price] of [1_000, 1_005, 960].entries()) await report(feeds[i]!, price);
      const low = await feeds[2]!.source.getAddress();
      expect((await index()).validity).to.equal(UNCERTAIN);
      expect(await blame(oracle)).to.deep.equal([low, Status.OUTLIER]);
      for (let i = 0; i < 2; ++i) {
        await expect(oracle.update(MARKET))
          .to.emit(oracle, "SourceOutlying")
          .withArgs(MARKET, low, wad(960), wad(1_000), wad(40));
      }
    });

    it("one far from the rest though it is too light to make them uncertain, and none exactly at the tolerance", async () => {
      const { feeds, report, oracle, index } = await world([90n, 1n]);
      await report(feeds[0]!, 1_000);
      await report(feeds[1]!, 1_010);
      await expect(oracle.update(MARKET)).not.to.emit(oracle, "SourceOutlying");
      await report(feeds[1]!, 1_010.000_01);
      expect((await index()).validity).to.equal(VALID);
      await expect(oracle.update(MARKET))
        .to.emit(oracle, "SourceOutlying")
        .withArgs(MARKET, await feeds[1]!.source.getAddress(), wad(1_010.000_01), wad(1_000), wad(10.000_01));
      expect(await blame(oracle)).to.deep.equal([ZeroAddress, Status.OK]);
    });

    it("the farthest one when they contradict each other by more than the price", async () => {
      const { feeds, report, oracle } = await world([5n, 4n]);
      await report(feeds[0]!, 1);
      await report(feeds[1]!, 4);
      const far = await feeds[1]!.source.getAddress();
      expect(await blame(oracle)).to.deep.equal([far, Status.OUTLIER]);
      await expect(oracle.update(MARKET)).to.emit(oracle, "SourceOutlying");
    });

    it("the least sure when their own confidence is too wide", async () => {
      const { deployFeed, use, report, oracle } = await deployIndex();
      const feeds = [await deployFeed({ deviation: 100n }), await deployFeed({ deviation: 50_000n })];
      await use(feeds.map(({ source }) => source));
      for (const feed of feeds) await report(feed, 1_000);
      expect(await blame(oracle)).to.deep.equal([await feeds[1]!.source.getAddress(), Status.UNSURE]);
    });
  });

  describe("keeps value and time together", () => {
    it("when a feed repeats its value with a new time, and its time with a new value", async () => {
      const { feeds, oracle, networkHelpers } = await world([1n]);
      const { aggregator } = feeds[0]!;
      const now = BigInt(await networkHelpers.time.latest());
      await aggregator.setRound(1n, 100n * 10n ** 8n, now, 1n);
      await expect(oracle.update(MARKET)).to.emit(oracle, "IndexUpdated").withArgs(MARKET, wad(100), now);
      await expect(oracle.update(MARKET)).not.to.emit(oracle, "IndexUpdated");
      await aggregator.setRound(2n, 100n * 10n ** 8n, now + 1n, 2n);
      await expect(oracle.update(MARKET))
        .to.emit(oracle, "IndexUpdated")
        .withArgs(MARKET, wad(100), now + 1n);
      await aggregator.setRound(3n, 105n * 10n ** 8n, now + 1n, 3n);
      await expect(oracle.update(MARKET))
        .to.emit(oracle, "IndexUpdated")
        .withArgs(MARKET, wad(105), now + 1n);
    });

    it("and never remembers an uncertain value as a good one", async () => {
      const { feeds, report, oracle, networkHelpers } = await world([2n, 1n]);
      for (const feed of feeds) await report(feed, 1_000);
      await oracle.update(MARKET);
      await report(feeds[0]!, 1_500);
      await expect(oracle.update(MARKET)).not.to.emit(oracle, "IndexUpdated");
      await networkHelpers.time.increase(HEARTBEAT + 1n);
      expect((await oracle.indexOf(MARKET)).value).to.equal(wad(1_000));
    });
  });

  describe("survives a source that", () => {
    const cases: [string, number, (now: bigint) => bigint[], bigint][] = [
      ["reverts", 1, () => [], Status.UNREACHABLE],
      ["reverts with 128 KiB of data", 4, () => [], Status.UNREACHABLE],
      ["burns its gas", 2, () => [], Status.UNREACHABLE],
      ["returns 128 KiB of zeros", 3, () => [], Status.NOT_POSITIVE],
      ["returns nothing", 0, () => [], Status.UNREACHABLE],
      ["returns four words", 0, (now) => [0n, wad(9), 0n, now], Status.MALFORMED],
      ["returns a status that does not exist", 0, (now) => [17n, wad(9), 0n, now, WAD], Status.MALFORMED],
      ["says it is stale", 0, (now) => [1n, wad(9), 0n, now, WAD], Status.STALE],
      ["says zero", 0, (now) => [0n, 0n, 0n, now, WAD], Status.NOT_POSITIVE],
      ["says less than any price may be", 0, (now) => [0n, 999_999n, 0n, now, WAD], Status.OUT_OF_RANGE],
      ["says more than any price may be", 0, (now) => [0n, 10n ** 26n + 1n, 0n, now, WAD], Status.OUT_OF_RANGE],
      ["says the largest number there is", 0, (now) => [0n, (1n << 256n) - 1n, 0n, now, WAD], Status.OUT_OF_RANGE],
      ["is less sure than its own price", 0, (now) => [0n, wad(9), wad(9), now, WAD], Status.OUT_OF_RANGE],
      ["speaks of the future", 0, (now) => [0n, wad(9), 0n, now + 1_000n, WAD], Status.FUTURE],
      ["does not say when", 0, () => [0n, wad(9), 0n, 0n, WAD], Status.INCOMPLETE],
      ["has less than a whole unit of depth", 0, (now) => [0n, wad(9), 0n, now, WAD - 1n], Status.NO_DEPTH],
    ];
    for (const [name, mode, words, status] of cases) {
      it(`${name}, and names what failed`, async () => {
        const { oracle, bad, answer, networkHelpers } = await hostile();
        await bad.behave(mode, answer(...words(BigInt(await networkHelpers.time.latest()))));
        const price = await oracle.indexOf(MARKET);
        expect(price.validity).to.equal(VALID);
        expect(price.value).to.equal(wad(3_000));
        expect((await oracle.readingsOf(MARKET))[1]!.status).to.equal(status);
        const receipt = await (await oracle.update(MARKET, { gasLimit: 1_000_000n })).wait();
        expect(receipt!.gasUsed).to.be.below(21_000n + 2n * GAS_LIMIT);
      });
    }

    it("is no contract at all", async () => {
      const { oracle, good, stranger, use } = await hostile();
      await use([{ getAddress: () => stranger.getAddress() }, good.source]);
      expect((await oracle.indexOf(MARKET)).value).to.equal(wad(3_000));
      expect((await oracle.readingsOf(MARKET))[0]!.status).to.equal(Status.UNREACHABLE);
    });

    it("claims depth without end", async () => {
      const { oracle, good, bad, answer, networkHelpers, report } = await hostile();
      const most = (1n << 256n) - 1n;
      await oracle.setSources(
        MARKET,
        [
          { source: good.source, gasLimit: GAS_LIMIT, maxDepth: 10n ** 9n, interval: 0n },
          { source: bad, gasLimit: GAS_LIMIT, maxDepth: 999_999n, interval: 0n },
        ],
        { ...TOLERANT, maxDispersion: 500_000n },
      );
      await report(good, 3_000);
      await bad.behave(0, answer(0n, wad(3_300), 0n, BigInt(await networkHelpers.time.latest()), most));
      expect((await oracle.indexOf(MARKET)).value).to.equal(wad(3_000));
    });
  });

  describe("with an interval", () => {
    async function kept() {
      const base = await hostile();
      const source = { source: base.bad, gasLimit: GAS_LIMIT, maxDepth: 1n, interval: 30n };
      await base.oracle.setSources(MARKET, [source], TOLERANT);
      const say = async (price: bigint, depth = WAD) => {
        const now = BigInt(await base.networkHelpers.time.latest());
        await base.bad.behave(0, base.answer(0n, price, price / 3n ** 10n, now, depth));
        return now;
      };
      return { ...base, source, say };
    }

    it("uses a good reading again, value and time together, until the interval has passed", async () => {
      const { oracle, say, networkHelpers } = await kept();
      const said = await say(wad(50));
      await oracle.update(MARKET);
      const readAt = await networkHelpers.time.latest();
      await say(wad(60));
      await networkHelpers.time.increaseTo(readAt + 29);
      const price = await oracle.indexOf(MARKET);
      expect([price.value, price.publishedAt]).to.deep.equal([wad(50), said]);
      await networkHelpers.time.increaseTo(readAt + 30);
      expect((await oracle.indexOf(MARKET)).value).to.equal(wad(60));
    });

    it("gives the same answer kept as new, to the last digit", async () => {
      const { oracle, say } = await kept();
      await say(wad(50) + 1n, 2n * WAD - 1n);
      const fresh = await oracle.indexOf(MARKET);
      await oracle.update(MARKET);
      expect([...(await oracle.indexOf(MARKET))]).to.deep.equal([...fresh]);
    });

    it("keeps no failure, and nothing of a source that is replaced", async () => {
      const { oracle, say, bad, source } = await kept();
      await bad.behave(1, "0x");
      await oracle.update(MARKET);
      await say(wad(50));
      expect((await oracle.indexOf(MARKET)).value).to.equal(wad(50));
      await oracle.update(MARKET);
      await say(wad(60));
      expect((await oracle.indexOf(MARKET)).value).to.equal(wad(50));
      await oracle.setSources(MARKET, [source], TOLERANT);
      expect((await oracle.indexOf(MARKET)).value).to.equal(wad(60));
    });
  });

  it("takes the lowest and the highest price there may be", async () => {
    const { oracle, bad, answer, networkHelpers, use } = await hostile();
    await use([bad]);
    const now = BigInt(await networkHelpers.time.latest());
    for (const price of [10n ** 6n, 10n ** 26n]) {
      await bad.behave(0, answer(0n, price, 0n, now, (1n << 256n) - 1n));
      await oracle.update(MARKET);
      expect((await oracle.indexOf(MARKET)).value).to.equal(price);
      expect((await oracle.indexOf(MARKET)).validity).to.equal(VALID);
    }
  });

  it("cannot be made to ignore a source by calling it with too little gas", async () => {
    const { feeds, report, oracle } = await world([9n, 1n], { ...TOLERANT, maxDispersion: 500_000n });
    await report(feeds[0]!, 100);
    await report(feeds[1]!, 101);
    const fits = await oracle.update.estimateGas(MARKET);
    let refused = 0;
    for (let gasLimit = 30_000n; gasLimit < fits + 20_000n; gasLimit += 1_500n) {
      try {
        expect((await oracle.indexOf(MARKET, { gasLimit })).value).to.equal(wad(100));
      } catch (error) {
        if (error instanceof Error && error.name === "AssertionError") throw error;
        ++refused;
      }
    }
    expect(refused).to.be.above(10);
    await expect(oracle.indexOf(MARKET, { gasLimit: 80_000n })).to.be.revertedWithCustomError(oracle, "NotEnoughGas");
  });

  it("keeps its sources as they were set, and forgets those that are left out", async () => {
    const { feeds, oracle, report, use, index } = await world([1n, 1n, 1n]);
    await use([feeds[2]!.source]);
    await report(feeds[2]!, 7);
    const [sources, config] = await oracle.sourcesOf(MARKET);
    expect(sources.map(({ source }) => source)).to.deep.equal([await feeds[2]!.source.getAddress()]);
    expect(config.quorum).to.equal(1n);
    expect((await index()).value).to.equal(wad(7));
  });

  it("takes its sources from its authority only, and refuses unsafe ones", async () => {
    const { feeds, oracle, stranger } = await world([1n, 1n]);
    const entry = { source: feeds[0]!.source, gasLimit: GAS_LIMIT, maxDepth: 1n, interval: 0n };
    const other = { ...entry, source: feeds[1]!.source };
    const refused = (parameter: string, sources: object[], change: object = {}) =>
      expect(oracle.setSources(MARKET, sources as never, { ...TOLERANT, ...change }))
        .to.be.revertedWithCustomError(oracle, "ParameterOutOfRange")
        .withArgs(
          parameter,
          (value: bigint) => typeof value === "bigint",
          () => true,
          () => true,
        );
    await refused("sources", []);
    await refused("sources", Array<object>(9).fill(entry));
    await refused("quorum", [entry], { quorum: 0n });
    await refused("quorum", [entry], { quorum: 2n });
    await refused("maxDispersion", [entry], { maxDispersion: 99n });
    await refused("maxDispersion", [entry], { maxDispersion: 500_001n });
    await refused("maxConfidence", [entry], { maxConfidence: 0n });
    await refused("gasLimit", [{ ...entry, gasLimit: 19_999n }]);
    await refused("gasLimit", [entry, { ...other, gasLimit: 2_000_001n }]);
    await refused("maxDepth", [{ ...entry, maxDepth: 0n }]);
    await refused("interval", [{ ...entry, interval: 301n }]);
    await expect(oracle.setSources(MARKET, [entry, other, entry], TOLERANT))
      .to.be.revertedWithCustomError(oracle, "DuplicateSource")
      .withArgs(MARKET, await entry.source.getAddress());
    await expect(oracle.connect(stranger).setSources(MARKET, [entry], TOLERANT))
      .to.be.revertedWithCustomError(oracle, "AccessManagedUnauthorized")
      .withArgs(stranger.address);
  });
});
