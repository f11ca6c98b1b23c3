import { expect } from "chai";

import { deployIndex, MARKET, Status, wad, WAD } from "../support/prices.js";

const TAU = 28_800;
const STEP = 60;
const SMOOTHING = { tau: TAU, maxStep: STEP, maxAge: 3_600, depth: 5n };

describe("The smoothed-book source", () => {
  async function world() {
    const base = await deployIndex();
    const { ethers, authority, networkHelpers } = base;
    const book = await ethers.deployContract("TestQuotes");
    const source = await ethers.deployContract("SmoothedBookSource", [book, authority]);
    await source.setSmoothing(MARKET, SMOOTHING, wad(1));
    const show = (bid: number, ask: number) =>
      book.show({ bid: wad(bid), ask: wad(ask), last: 0n, impactBid: 0n, impactAsk: 0n });
    /** Records so many seconds after the last block. */
    const record = async (seconds: number) => {
      const at = (await networkHelpers.time.latest()) + seconds;
      await networkHelpers.time.setNextBlockTimestamp(at);
      await source.record(MARKET);
      return at;
    };
    const value = async () => Number((await source.read(MARKET)).price) / 1e18;
    return { ...base, book, source, show, record, value };
  }

  it("moves by 1 - exp(-t / tau) of the way to a quote that stands", async () => {
    const { show, record, value } = await world();
    await show(1.99, 2.01);
    await record(STEP - 1);
    expect(await value()).to.equal(1);
    for (let i = 0; i < 60; ++i) await record(STEP);
    expect(Math.abs((await value()) - (2 - Math.exp(-3_600 / TAU)))).to.be.below(1e-9);
  });

  it("counts a recording for a minute at most, however long nobody recorded", async () => {
    const { show, record, value } = await world();
    await show(1.99, 2.01);
    await record(1);
    await record(3_000);
    expect(Math.abs((await value()) - (2 - Math.exp(-STEP / TAU)))).to.be.below(1e-9);
  });

  it("is not moved by a quote that stands for one recording only, and by the nearer of two that differ", async () => {
    const { show, record, value } = await world();
    await show(1, 1);
    await record(STEP);
    await show(1_000, 1_000);
    await record(STEP);
    expect(await value()).to.equal(1);
    await show(0.5, 0.5);
    await record(STEP);
    expect(await value()).to.equal(1);
    await show(2, 2);
    await record(STEP);
    await show(1_000, 1_000);
    await record(STEP);
    expect(await value()).to.be.below(1 + STEP / TAU);
    expect(await value()).to.be.above(1);
  });

  it("goes stale without both quotes, and its time never runs ahead of its value", async () => {
    const { source, show, record, networkHelpers } = await world();
    await show(1, 1);
    await record(STEP);
    const confirmed = await record(STEP);
    for (const [bid, ask] of [
      [0, 1],
      [1, 0],
      [0, 0],
    ] as const) {
      await show(bid, ask);
      await record(STEP);
      expect((await source.read(MARKET)).publishedAt).to.equal(confirmed);
    }
    await networkHelpers.time.increaseTo(confirmed + 3_600);
    expect((await source.read(MARKET)).status).to.equal(Status.OK);
    await networkHelpers.time.increaseTo(confirmed + 3_601);
    expect((await source.read(MARKET)).status).to.equal(Status.STALE);
  });

  it("records once a block, and nothing where nothing is set", async () => {
    const { source, show, record, provider, networkHelpers } = await world();
    await show(2, 2);
    await record(1);
    await provider.request({ method: "evm_setAutomine", params: [false] });
    const sent = [
      await source.record(MARKET, { gasLimit: 200_000n }),
      await source.record(MARKET, { gasLimit: 200_000n }),
    ];
    await networkHelpers.mine();
    await provider.request({ method: "evm_setAutomine", params: [true] });
    const [first, second] = [await sent[0]!.wait(), await sent[1]!.wait()];
    expect([first!.logs.length, second!.logs.length]).to.deep.equal([1, 0]);
    await expect(source.record(9)).not.to.emit(source, "AverageRecorded");
    expect((await source.read(9)).status).to.equal(Status.UNCONFIGURED);
  });

  it("ignores quotes that are no prices", async () => {
    const { source, book, record, value } = await world();
    const most = (1n << 256n) - 1n;
    await book.show({ bid: most, ask: most, last: 0n, impactBid: 0n, impactAsk: 0n });
    await record(STEP);
    await record(STEP);
    expect(await value()).to.equal(1);
    expect((await source.averageOf(MARKET)).average.quote).to.equal(0n);
    expect((await source.read(MARKET)).depth).to.equal(5n * WAD);
  });

  it("is set up by its authority only, and refuses unsafe parameters", async () => {
    const { source, stranger } = await world();
    const refused = (parameter: string, change: object, start = WAD) =>
      expect(source.setSmoothing(MARKET, { ...SMOOTHING, ...change }, start))
        .to.be.revertedWithCustomError(source, "ParameterOutOfRange")
        .withArgs(
          parameter,
          () => true,
          () => true,
          () => true,
        );
    await refused("tau", { tau: 59 });
    await refused("tau", { tau: 604_801 });
    await refused("maxStep", { maxStep: 0 });
    await refused("maxStep", { tau: 60, maxStep: 61 });
    await refused("maxAge", { maxAge: 0 });
    await refused("maxAge", { maxAge: 172_801 });
    await refused("depth", { depth: 0n });
    await refused("start", {}, 0n);
    await refused("start", {}, 1n << 96n);
    await expect(source.connect(stranger).setSmoothing(MARKET, SMOOTHING, WAD))
      .to.be.revertedWithCustomError(source, "AccessManagedUnauthorized")
      .withArgs(stranger.address);
    await source.setSmoothing(MARKET, { ...SMOOTHING, tau: 0 }, 0n);
    expect((await source.read(MARKET)).status).to.equal(Status.UNCONFIGURED);
  });
});
