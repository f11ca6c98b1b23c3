import { expect } from "chai";

import { MARKET, networkHelpers, WAD, wad } from "../support/ledger.js";
import { aliceLong, DUST, isClose, loadExchange } from "../support/liquidation.js";

describe("Who may be liquidated", () => {
  it("refuses an account whose equity covers its maintenance, with both numbers", async () => {
    const exchange = await loadExchange();
    const { engine, setMark } = exchange;
    const { long } = await aliceLong(exchange);
    await setMark(wad(1_890));
    // equity 2,100 - 1,100 = 1,000; maintenance 945
    await expect(engine.liquidate(long, MARKET))
      .to.be.revertedWithCustomError(engine, "NotLiquidatable")
      .withArgs(long, wad(1_000), wad(945));
    expect(await engine.isLiquidatable(long)).to.be.false;
  });

  it("agrees to the wei with the liquidation price it shows", async () => {
    const exchange = await loadExchange();
    const { engine, setMark, rest, open, erin } = exchange;
    const { long, short } = await aliceLong(exchange);
    // long: 2,000 - (2,100 - 1,000) / (10 * 0.95) = 1,884.2105...
    const price = await engine.liquidationPrice(long, MARKET);
    expect(isClose(price, wad("1884.210526315789473684"), 2n)).to.be.true;
    await rest(await open(erin, 50_000), true, wad(1_880), 10n * WAD);
    await setMark(price);
    expect(await engine.isLiquidatable(long)).to.be.false;
    await expect(engine.liquidate(long, MARKET)).to.be.revertedWithCustomError(engine, "NotLiquidatable");
    await setMark(price - 10n);
    expect(await engine.isLiquidatable(long)).to.be.true;
    // The bound lies at the mark, so nothing is filled; but the account is found liquidatable.
    await expect(engine.liquidate(long, MARKET)).to.be.revertedWithCustomError(engine, "NothingToDo");
    // short: 2,000 + (20,000 - 1,000) / (10 * 1.05) = 3,809.52...
    await setMark(wad(2_000));
    const upper = await engine.liquidationPrice(short, MARKET);
    expect(isClose(upper, wad("3809.523809523809523809"), 2n)).to.be.true;
    await setMark(upper);
    expect(await engine.isLiquidatable(short)).to.be.false;
    await setMark(upper + 10n);
    expect(await engine.isLiquidatable(short)).to.be.true;
  });

  it("shows the bankruptcy price and liquidation price of nothing as zero", async () => {
    const { engine, open, alice } = await loadExchange();
    const account = await open(alice, 10);
    expect(await engine.bankruptcyPrice(account, MARKET)).to.equal(0n);
    expect(await engine.liquidationPrice(account, MARKET)).to.equal(0n);
  });

  it("refuses a market in which the account holds nothing while it holds others", async () => {
    const exchange = await loadExchange();
    const { engine, setMark } = exchange;
    const { long } = await aliceLong(exchange);
    await setMark(wad(1_850));
    await expect(engine.liquidate(long, 1)).to.be.revertedWithCustomError(engine, "NoPosition").withArgs(long, 1);
  });

  it("liquidates nobody at a stale, dead or zero-confidence invalid price", async () => {
    const exchange = await loadExchange();
    const { engine, prices, setMark } = exchange;
    const { long } = await aliceLong(exchange);
    for (const validity of [2n, 3n]) {
      await setMark(wad(1_500), MARKET, validity);
      await expect(engine.liquidate(long, MARKET)).to.be.revertedWithCustomError(prices, "PriceNotUsable");
      expect(await engine.isLiquidatable(long)).to.be.false;
    }
    await prices.setDead(MARKET, true);
    await expect(engine.liquidate(long, MARKET)).to.be.revertedWithCustomError(prices, "Dead");
  });

  it("at an uncertain price asks that the account be liquidatable at the bound that favours it, and uses the book only", async () => {
    const exchange = await loadExchange();
    const { engine, setMark, rest, open, insure, back, sizeOf, erin } = exchange;
    const { long } = await aliceLong(exchange);
    await back(50_000, 20_000);
    await insure(10_000);
    await rest(await open(erin, 50_000), true, wad(1_780), 4n * WAD);
    // At 1,850 + 40 = 1,890: equity 1,000 against 945.
    await setMark(wad(1_850), MARKET, 1n, wad(40));
    expect(await engine.isLiquidatable(long)).to.be.false;
    await expect(engine.liquidate(long, MARKET))
      .to.be.revertedWithCustomError(engine, "NotLiquidatable")
      .withArgs(long, wad(1_000), wad(945));
    // At 1,780 + 10 = 1,790: equity 0. The backstop, insurance and winners are not asked to trust such a price.
    await setMark(wad(1_780), MARKET, 1n, wad(10));
    expect(await engine.isLiquidatable(long)).to.be.true;
    await engine.liquidate(long, MARKET);
    expect(await sizeOf(long)).to.equal(6n * WAD);
    await expect(engine.liquidate(long, MARKET)).to.be.revertedWithCustomError(engine, "NothingToDo");
  });
});

describe("Step 1: the book", () => {
  it("closes what brings the account back to its buffer, within the sliding bound, and no more", async () => {
    const exchange = await loadExchange();
    const { engine, setMark, rest, open, keeper, erin, equityOf, sizeOf, eventOf, house } = exchange;
    const { long } = await aliceLong(exchange);
    await setMark(wad(1_860));
    // equity 700, maintenance 930 -> ratio 0.7527; bankruptcy 1,860 - 70 = 1,790
    // bound 1,860 - 70 * (1 - 700/930) = 1,842.688...
    const maker = await open(erin, 50_000);
    await rest(maker, true, wad(1_850), 10n * WAD);
    const transaction = await engine.connect(keeper).liquidate(long, MARKET);
    const event = (await eventOf(transaction, "PositionLiquidated"))!;
    expect(event.bankruptcy).to.equal(wad(1_790));
    expect(isClose(event.limit as bigint, wad("1842.688172043010752688"), 2n)).to.be.true;
    // target 930 * 1.1 = 1,023; relief a unit 1,860 * 0.05 * 1.1 = 102.3, cost a unit 17.3118...
    // size (1,023 - 700) / (102.3 - 17.311827...) = 3.80052...
    const closed = event.size as bigint;
    expect(isClose(closed, wad("3.800528852844798137"), 10n)).to.be.true;
    expect(await sizeOf(long)).to.equal(10n * WAD - closed);
    expect(await sizeOf(maker)).to.equal(closed);
    // Filled at 1,850 instead of the bound: ten off the mark for each.
    expect(isClose(await equityOf(long), wad(700) - closed * 10n, DUST)).to.be.true;
    const health = await house.health(long);
    expect(health.equity * 10n).to.be.greaterThan(health.maintenanceMargin * 11n);
    await expect(engine.liquidate(long, MARKET)).to.be.revertedWithCustomError(engine, "NotLiquidatable");
  });

  it("does not sell below the bound, and says so when nothing else can be done", async () => {
    const exchange = await loadExchange();
    const { engine, setMark, rest, open, erin, sizeOf } = exchange;
    const { long } = await aliceLong(exchange);
    await setMark(wad(1_860));
    await rest(await open(erin, 50_000), true, wad("1842.68"), 10n * WAD);
    await expect(engine.liquidate(long, MARKET)).to.be.revertedWithCustomError(engine, "NothingToDo");
    expect(await sizeOf(long)).to.equal(10n * WAD);
  });

  it("bounds an account without equity at the mark", async () => {
    const exchange = await loadExchange();
    const { engine, setMark, rest, open, insure, erin, equityOf, sizeOf } = exchange;
    const { long, short } = await aliceLong(exchange);
    await insure(1_000);
    // equity 2,100 - 2,400 = -300
    await setMark(wad(1_760));
    const maker = await open(erin, 50_000);
    await rest(maker, true, wad("1759.99"), 10n * WAD);
    await engine.liquidate(long, MARKET);
    // The bid below the mark stays; the fund pays 300 and Bob is closed at the mark.
    expect(await sizeOf(maker)).to.equal(0n);
    expect(await sizeOf(long)).to.equal(0n);
    expect(await sizeOf(short)).to.equal(0n);
    expect(isClose(await equityOf(long), 0n, DUST)).to.be.true;
  });

  it("closes a short as it closes a long", async () => {
    const exchange = await loadExchange();
    const { engine, setMark, rest, open, meet, alice, bob, erin, sizeOf, eventOf, house } = exchange;
    const short = await open(alice, 2_100);
    const long = await open(bob, 20_000);
    await meet(long, short, 10n * WAD);
    // equity 2,100 - 1,300 = 800, maintenance 1,065; bankruptcy 2,130 + 80 = 2,210
    await setMark(wad(2_130));
    const maker = await open(erin, 50_000);
    await rest(maker, false, wad(2_140), 10n * WAD);
    const event = (await eventOf(await engine.liquidate(short, MARKET), "PositionLiquidated"))!;
    expect(event.bankruptcy).to.equal(wad(2_210));
    // bound 2,130 + 80 * (1 - 800/1,065) = 2,149.906...
    expect(isClose(event.limit as bigint, wad("2149.906103286384976525"), 2n)).to.be.true;
    expect(await sizeOf(short)).to.equal(-10n * WAD - (event.size as bigint));
    const health = await house.health(short);
    expect(health.equity * 10n).to.be.greaterThan(health.maintenanceMargin * 11n);
  });

  it("voids the account's orders in the market, so that nothing it rests stands in the way", async () => {
    const exchange = await loadExchange();
    const { engine, book, house, setMark, rest, open, alice, erin, sizeOf } = exchange;
    const { long } = await aliceLong(exchange);
    await house.connect(alice).deposit(long, await exchange.give(alice, 3_000, await house.getAddress()));
    await rest(long, true, wad(1_900), 10n * WAD);
    await rest(long, false, wad(2_200), 3n * WAD);
    const epoch = await house.orderEpoch(long, MARKET);
    // equity 5,100 - 10 * 430 = 800, maintenance 785; at 1,560: 700 against 780
    await setMark(wad(1_560));
    await rest(await open(erin, 50_000), true, wad(1_556), 10n * WAD);
    await engine.liquidate(long, MARKET);
    const reservation = await house.reservation(long, MARKET);
    expect(reservation.epoch).to.equal(epoch + 1n);
    expect(reservation.bids).to.equal(0n);
    expect(reservation.asks).to.equal(0n);
    expect(await sizeOf(long)).to.be.lessThan(10n * WAD);
    const [bestBid, bestAsk] = await book.quotes(MARKET);
    expect(bestBid).to.equal(wad(1_556));
    expect(bestAsk).to.equal(0n);
  });

  it("leaves no dust: a rest below the market's minimum is closed with the others", async () => {
    const exchange = await loadExchange();
    const { engine, configure, setMark, rest, open, erin, sizeOf } = exchange;
    const { long } = await aliceLong(exchange);
    // What would be left is 6.2 * 1,860 = 11,532.
    await configure({ minimumNotional: 12_000n });
    await setMark(wad(1_860));
    await rest(await open(erin, 50_000), true, wad(1_850), 10n * WAD);
    await engine.liquidate(long, MARKET);
    expect(await sizeOf(long)).to.equal(0n);
  });

  it("closes a position of one wei like any other", async () => {
    const exchange = await loadExchange();
    const { engine, house, admin, setMark, rest, open, erin, dave, sizeOf } = exchange;
    const { long } = await aliceLong(exchange);
    const maker = await open(erin, 50_000);
    await rest(maker, true, wad(1_800), 1n * WAD);
    // Dave is handed all but one wei at 2,000, and 2,110 of cash with it: -10 of equity behind one wei.
    const heir = await open(dave, 50_000);
    await house.setModule(admin, 2n);
    await house.transferPosition(long, heir, MARKET, 10n * WAD - 1n, wad(2_000), wad(2_110), false);
    await setMark(wad(1_800));
    expect(await sizeOf(long)).to.equal(1n);
    await engine.liquidate(long, MARKET);
    expect(await sizeOf(long)).to.equal(0n);
    expect(await sizeOf(maker)).to.equal(1n);
  });

  it("takes at most a fifth of a large position, then waits, unless two thirds of maintenance are gone", async () => {
    const exchange = await loadExchange();
    const { engine, house, setMark, rest, open, meet, alice, bob, erin, sizeOf } = exchange;
    const long = await open(alice, 21_000);
    const short = await open(bob, 200_000);
    await meet(long, short, 100n * WAD);
    const maker = await open(erin, 500_000);
    await rest(maker, true, wad(1_855), 100n * WAD);
    // equity 7,000, maintenance 9,300, notional 186,000: 38 would recover it, a slice is 20.
    await setMark(wad(1_860));
    await engine.liquidate(long, MARKET);
    expect(await sizeOf(long)).to.equal(80n * WAD);
    const { cooldownUntil } = await house.reservation(long, MARKET);
    // 7,000 - 20 * 5 = 6,900 against 7,440: still liquidatable, but not at once.
    expect(await engine.isLiquidatable(long)).to.be.true;
    await expect(engine.liquidate(long, MARKET))
      .to.be.revertedWithCustomError(engine, "CoolingDown")
      .withArgs(long, MARKET, cooldownUntil);
    // 1,850: equity 6,100 against 7,400; 80 * 1,850 is still large, and a fifth of it is 16.
    await setMark(wad(1_850));
    await networkHelpers.time.setNextBlockTimestamp(cooldownUntil);
    await engine.liquidate(long, MARKET);
    expect(await sizeOf(long)).to.equal(64n * WAD);
    // 1,830: equity 6,100 + 16 * 5 - 64 * 20 = 4,900 against 5,856, notional 117,120: above two thirds, so it waits.
    await setMark(wad(1_830));
    await expect(engine.liquidate(long, MARKET)).to.be.revertedWithCustomError(engine, "CoolingDown");
    // 1,815: equity 3,940 against 5,808 is 0.678; 1,812: 3,748 against 5,798.4 is 0.646. No more waiting, no more slices.
    await setMark(wad(1_812));
    await engine.liquidate(long, MARKET);
    expect(await sizeOf(long)).to.be.lessThan(64n * WAD - (64n * WAD) / 5n);
  });

  it("starts no cooldown when the book did not take the whole slice, so a thin book buys nobody time", async () => {
    const exchange = await loadExchange();
    const { engine, house, setMark, rest, open, meet, alice, bob, erin, sizeOf } = exchange;
    const long = await open(alice, 21_000);
    await meet(long, await open(bob, 200_000), 100n * WAD);
    const maker = await open(erin, 500_000);
    await setMark(wad(1_860));
    await rest(maker, true, wad(1_855), 1n * WAD);
    await engine.liquidate(long, MARKET);
    expect(await sizeOf(long)).to.equal(99n * WAD);
    expect((await house.reservation(long, MARKET)).cooldownUntil).to.equal(0n);
    await rest(maker, true, wad(1_855), 1n * WAD);
    await engine.liquidate(long, MARKET);
    expect(await sizeOf(long)).to.equal(98n * WAD);
  });
});
