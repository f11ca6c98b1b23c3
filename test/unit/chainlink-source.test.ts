import { expect } from "chai";

import { deployIndex, HEARTBEAT, MARKET, Status, wad, WAD } from "../support/prices.js";

const { OK, STALE, UNREACHABLE, INCOMPLETE, UNCONFIGURED, MALFORMED, NOT_POSITIVE, FUTURE, OUT_OF_RANGE } = Status;

describe("The Chainlink source", () => {
  async function world(options = {}) {
    const base = await deployIndex();
    return { ...base, ...(await base.deployFeed(options)) };
  }

  async function hostile() {
    const base = await deployIndex();
    const feed = await base.ethers.deployContract("HostileFeed");
    const { AbiCoder } = base.ethers;
    const answer = (...words: bigint[]) =>
      AbiCoder.defaultAbiCoder().encode(
        words.map(() => "uint256"),
        words,
      );
    await feed.behave(0, answer(8n));
    const source = await base.ethers.deployContract("ChainlinkSource", [base.authority]);
    await source.setFeed(MARKET, {
      aggregator: feed,
      heartbeat: HEARTBEAT,
      deviation: 0n,
      depth: 1n,
      decimals: 0n,
    });
    return { ...base, feed, source, answer };
  }

  for (const [decimals, answer] of [
    [0, 3_000n],
    [6, 3_000_000_000n],
    [8, 300_000_000_000n],
    [18, 3_000n * WAD],
  ] as const) {
    it(`scales an answer of ${decimals} decimals to WAD`, async () => {
      const { aggregator, source } = await world({ decimals });
      await aggregator.report(answer);
      const reading = await source.read(MARKET);
      expect(reading.status).to.equal(OK);
      expect(reading.price).to.equal(3_000n * WAD);
    });
  }

  it("reports the feed's own time, its nominal depth and its deviation as confidence", async () => {
    const { aggregator, source, networkHelpers } = await world({ depth: 7n, deviation: 5_000n });
    await aggregator.report(300_000_000_000n);
    const reading = await source.read(MARKET);
    expect(reading.publishedAt).to.equal(await networkHelpers.time.latest());
    expect(reading.depth).to.equal(7n * WAD);
    expect(reading.confidence).to.equal(wad(15));
  });

  it("is stale one second after its heartbeat and not before", async () => {
    const { aggregator, source, networkHelpers } = await world();
    await aggregator.report(300_000_000_000n);
    const at = await networkHelpers.time.latest();
    await networkHelpers.time.increaseTo(at + Number(HEARTBEAT));
    expect((await source.read(MARKET)).status).to.equal(OK);
    await networkHelpers.time.increaseTo(at + Number(HEARTBEAT) + 1);
    expect((await source.read(MARKET)).status).to.equal(STALE);
  });

  it("judges each feed by its own heartbeat", async () => {
    const { aggregator, source, config, networkHelpers } = await world({ heartbeat: 60n });
    await source.setFeed(1, { ...config, heartbeat: 86_400n });
    await aggregator.report(300_000_000_000n);
    await networkHelpers.time.increase(61);
    expect((await source.read(MARKET)).status).to.equal(STALE);
    expect((await source.read(1)).status).to.equal(OK);
  });

  it("refuses zero, negative, unanswered, future and absurd answers, each by its name", async () => {
    const { aggregator, source, networkHelpers } = await world();
    const now = BigInt(await networkHelpers.time.latest());
    const cases: [bigint, bigint, bigint, bigint, bigint][] = [
      [1n, 0n, now, 1n, NOT_POSITIVE],
      [1n, -1n, now, 1n, NOT_POSITIVE],
      [1n, -(1n << 255n), now, 1n, NOT_POSITIVE],
      [2n, 300_000_000_000n, now, 1n, INCOMPLETE],
      [1n, 300_000_000_000n, 0n, 1n, INCOMPLETE],
      [1n, 300_000_000_000n, now + 1_000n, 1n, FUTURE],
      [1n, 300_000_000_000n, (1n << 256n) - 1n, 1n, FUTURE],
      [1n, 1n << 128n, now, 1n, OUT_OF_RANGE],
      [1n, (1n << 255n) - 1n, now, 1n, OUT_OF_RANGE],
      [1n, 1n, now, 2n, OK],
    ];
    for (const [id, answer, updatedAt, answeredInRound, status] of cases) {
      await aggregator.setRound(id, answer, updatedAt, answeredInRound);
      expect((await source.read(MARKET)).status).to.equal(status);
    }
  });

  it("survives a feed that reverts, burns its gas, returns too little, too much or words out of type", async () => {
    const { feed, source, answer, networkHelpers } = await hostile();
    const now = BigInt(await networkHelpers.time.latest());
    await feed.behave(1, "0x");
    expect((await source.read(MARKET)).status).to.equal(UNREACHABLE);
    await feed.behave(4, "0x");
    expect((await source.read(MARKET)).status).to.equal(UNREACHABLE);
    await feed.behave(2, "0x");
    expect((await source.read(MARKET, { gasLimit: 200_000n })).status).to.equal(UNREACHABLE);
    await feed.behave(0, "0x");
    expect((await source.read(MARKET)).status).to.equal(UNREACHABLE);
    await feed.behave(0, answer(1n, 300_000_000_000n, now, now));
    expect((await source.read(MARKET)).status).to.equal(MALFORMED);
    await feed.behave(0, answer(1n << 80n, 300_000_000_000n, now, now, 1n << 80n));
    expect((await source.read(MARKET)).status).to.equal(MALFORMED);
    await feed.behave(0, answer(1n, 300_000_000_000n, now, now, 1n, 99n, 99n));
    expect((await source.read(MARKET)).status).to.equal(OK);
  });

  it("knows no feed for a market until one is set, nor after it is removed", async () => {
    const { aggregator, source, config, ethers } = await world();
    await aggregator.report(1n);
    expect((await source.read(5)).status).to.equal(UNCONFIGURED);
    await expect(source.setFeed(MARKET, { ...config, aggregator: ethers.ZeroAddress })).to.emit(source, "FeedSet");
    expect((await source.read(MARKET)).status).to.equal(UNCONFIGURED);
  });

  it("reads decimals from the feed whatever is passed, and refuses unsafe parameters", async () => {
    const { source, config, ethers, authority, stranger } = await world({ decimals: 18 });
    expect((await source.feedOf(MARKET)).decimals).to.equal(18n);
    await source.setFeed(MARKET, { ...config, decimals: 3n });
    expect((await source.feedOf(MARKET)).decimals).to.equal(18n);

    const refused = (parameter: string, value: bigint, low: bigint, high: bigint, change: object) =>
      expect(source.setFeed(MARKET, { ...config, ...change }))
        .to.be.revertedWithCustomError(source, "ParameterOutOfRange")
        .withArgs(parameter, value, low, high);
    await refused("heartbeat", 0n, 1n, 172_800n, { heartbeat: 0n });
    await refused("heartbeat", 172_801n, 1n, 172_800n, { heartbeat: 172_801n });
    await refused("deviation", 100_001n, 0n, 100_000n, { deviation: 100_001n });
    await refused("depth", 0n, 1n, (1n << 32n) - 1n, { depth: 0n });
    const odd = await ethers.deployContract("TestAggregator", [19]);
    await refused("decimals", 19n, 0n, 18n, { aggregator: odd });

    await expect(source.connect(stranger).setFeed(MARKET, config))
      .to.be.revertedWithCustomError(source, "AccessManagedUnauthorized")
      .withArgs(stranger.address);
    expect(await source.authority()).to.equal(await authority.getAddress());
  });
});
