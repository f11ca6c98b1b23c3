import { expect } from "chai";

import { Phase } from "../support/guard.js";
import { ethers, MARKET, NO_FUNDING, WAD, wad } from "../support/ledger.js";
import { aliceLong, DUST, isClose, loadExchange } from "../support/liquidation.js";

const HELD = [
  ["LIMITED", Phase.LIMITED],
  ["PAUSED", Phase.PAUSED],
  ["AUCTION", Phase.AUCTION],
  ["CLOSED", Phase.CLOSED],
] as const;

/**
 * Alice is long 10 at 2,000 with 2,100 of margin at 5 % maintenance: liquidatable below 1,884.2, bankrupt below 1,790. Mark and
 * index are set apart, and the market is in a phase of its guard, whose band is 1 %.
 */
async function guarded() {
  const exchange = await loadExchange();
  const { prices, book, authority } = exchange;
  const accounts = await aliceLong(exchange);
  const guard = await ethers.deployContract("MarketGuard", [prices, book, authority]);
  await guard.setMarket(MARKET, {
    band: 10_000,
    closedBand: 10_000,
    window: 300,
    limitTime: 15,
    pauseTime: 300,
    auctionTime: 120,
    minimumVolume: 1,
    closedHours: 1,
  });
  await prices.setGuard(guard);
  const hold = (phase: bigint, mark: number, index: number) =>
    prices.setPrice(MARKET, {
      mark: wad(mark),
      index: wad(index),
      premium: NO_FUNDING,
      confidence: 0n,
      validity: 0n,
      phase,
    });
  return { ...exchange, ...accounts, hold };
}

describe("Liquidation while the guard holds the market", () => {
  for (const [name, phase] of HELD) {
    it(`spares who is solvent at the index in ${name}, long and short, and says at what`, async () => {
      const { engine, long, short, hold } = await guarded();
      await hold(phase, 1_850, 1_900);
      expect(await engine.isLiquidatable(long)).to.equal(false);
      await expect(engine.liquidate(long, MARKET))
        .to.be.revertedWithCustomError(engine, "NotLiquidatable")
        .withArgs(long, wad(1_100), wad(950));
      await hold(phase, 3_900, 3_700);
      expect(await engine.isLiquidatable(short)).to.equal(false);
      await expect(engine.liquidate(short, MARKET))
        .to.be.revertedWithCustomError(engine, "NotLiquidatable")
        .withArgs(short, wad(3_000), wad(1_850));
    });
  }

  it("is at mark again as soon as the market is open", async () => {
    const { engine, long, hold, rest, open, erin } = await guarded();
    await rest(await open(erin, 50_000), true, wad(1_849), 10n * WAD);
    await hold(Phase.OPEN, 1_850, 1_900);
    expect(await engine.isLiquidatable(long)).to.equal(true);
    await engine.liquidate(long, MARKET);
  });

  it("does not make an account that is fine at mark liquidatable at an index that is worse", async () => {
    const { engine, long, hold } = await guarded();
    await hold(Phase.PAUSED, 1_900, 1_700);
    await expect(engine.liquidate(long, MARKET)).to.be.revertedWithCustomError(engine, "NotLiquidatable");
  });

  for (const [name, phase] of HELD.filter(([, value]) => value !== Phase.AUCTION)) {
    it(`goes ahead on the book in ${name} when the index bears the mark out`, async () => {
      const { engine, long, hold, rest, open, erin, sizeOf } = await guarded();
      await rest(await open(erin, 50_000), true, wad(1_845), 10n * WAD);
      await hold(phase, 1_850, 1_850);
      expect(await engine.isLiquidatable(long)).to.equal(true);
      await engine.liquidate(long, MARKET);
      expect(await sizeOf(long)).to.be.below(10n * WAD);
    });
  }

  it("keeps what it sells on the book inside the guard's band", async () => {
    const { engine, long, hold, rest, open, erin, sizeOf } = await guarded();
    const maker = await open(erin, 50_000);
    // Equity 10 at a mark of 1,791 makes the bound 1,790; 1 % below an index of 1,830 is 1,811.7.
    await rest(maker, true, wad(1_811), 5n * WAD);
    await rest(maker, true, wad(1_812), 5n * WAD);
    await hold(Phase.PAUSED, 1_791, 1_830);
    await engine.liquidate(long, MARKET);
    expect(await sizeOf(long)).to.equal(5n * WAD);
  });

  it("leaves the book alone in an auction, and lets the backstop take over without waiting for it", async () => {
    const { engine, long, hold, rest, open, erin, back, book, sizeOf } = await guarded();
    await rest(await open(erin, 50_000), true, wad(1_830), 10n * WAD);
    await back(50_000, 20_000);
    await hold(Phase.AUCTION, 1_830, 1_830);
    await engine.liquidate(long, MARKET);
    expect(await sizeOf(long)).to.equal(0n);
    const [best] = await book.depth(MARKET, true, 1);
    expect(best!.size).to.equal(10n * WAD);
  });

  it("says there is nothing to do in an auction for an account the backstop is not for yet", async () => {
    const { engine, long, hold, back } = await guarded();
    await back(50_000, 20_000);
    await hold(Phase.AUCTION, 1_880, 1_880);
    await expect(engine.liquidate(long, MARKET)).to.be.revertedWithCustomError(engine, "NothingToDo");
  });

  it("makes nobody pay for an account that owes at mark and not at the index", async () => {
    const { engine, long, hold, back, insure, sizeOf } = await guarded();
    await back(50_000, 20_000);
    await insure(10_000);
    await hold(Phase.PAUSED, 1_780, 1_800);
    await expect(engine.liquidate(long, MARKET)).to.be.revertedWithCustomError(engine, "NothingToDo");
    expect(await sizeOf(long)).to.equal(10n * WAD);
  });

  it("settles what is missing at mark once the account is bankrupt at the index as well", async () => {
    const { engine, long, hold, insure, sizeOf, equityOf, eventOf } = await guarded();
    await insure(10_000);
    await hold(Phase.PAUSED, 1_700, 1_750);
    const settled = await engine.liquidate(long, MARKET);
    const insured = await eventOf(settled, "DeficitInsured");
    expect(isClose(insured!.paid as bigint, wad(900), DUST)).to.equal(true);
    expect(await sizeOf(long)).to.equal(0n);
    expect(isClose(await equityOf(long), 0n, DUST)).to.equal(true);
  });

  it("counts another market of the account at its index too", async () => {
    const exchange = await guarded();
    const { engine, prices, long, hold, setMark, open, rest, house, alice, erin, give } = exchange;
    await house.connect(alice).deposit(long, await give(alice, 1_000, await house.getAddress()));
    const other = await open(erin, 50_000);
    await rest(other, false, wad(2_000), 2n * WAD, 1);
    await rest(long, true, wad(2_000), 2n * WAD, 1);
    // 3,100 - 1,500 - 400 = 1,200 against 925 + 180: fine. At 1,600 in the other market 800 against 1,085; at its index of 1,800 fine.
    await hold(Phase.OPEN, 1_850, 1_850);
    await prices.setPrice(1, {
      mark: wad(1_600),
      index: wad(1_800),
      premium: NO_FUNDING,
      confidence: 0n,
      validity: 0n,
      phase: Phase.PAUSED,
    });
    await expect(engine.liquidate(long, MARKET)).to.be.revertedWithCustomError(engine, "NotLiquidatable");
    await setMark(wad(1_600), 1);
    expect(await engine.isLiquidatable(long)).to.equal(true);
  });
});
