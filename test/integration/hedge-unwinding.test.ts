import { expect } from "chai";

import { loadHedge, priceOf } from "../support/hedged-account.js";
import { ETHER, isHedged } from "../support/hedges.js";
import { MARKET, networkHelpers, Validity, WAD, wad } from "../support/ledger.js";
import { DUST, isClose } from "../support/liquidation.js";

describe("A covered account whose cash funding has eaten", () => {
  it("loses both legs together, as much of them as brings it to its buffer, and is never naked", async () => {
    const exchange = await loadHedge();
    const { engine, house, account, buyer, carol, payFunding, spotOf, sizeOf, eventOf } = exchange;
    await payFunding(25);
    const before = await house.health(account);
    // 25 hours at 80 an hour and unit leave 100 of 20,100; one poke is a second of it.
    expect(isClose(before.equity, wad(100), wad("0.6"))).to.equal(true);
    expect(before.maintenanceMargin).to.equal(wad(200));
    const sent = await engine.connect(carol).unwindHedge(account, buyer, MARKET, 10n * WAD);
    const event = (await eventOf(sent, "HedgeUnwound"))!;
    const unwound = event.amount as bigint;
    // Half of the equity behind a unit is 5, a quarter per cent; a unit frees 22 of buffered margin: 120 / 17 = 7.06.
    expect(isClose(unwound, wad(120) / 17n, wad("0.1"))).to.equal(true);
    expect(isClose(event.paid as bigint, (unwound * 1_995n * WAD) / WAD, (unwound * 3n) / 100n)).to.equal(true);
    expect(await spotOf(account)).to.equal(10n * WAD - unwound);
    expect(await sizeOf(account)).to.equal(unwound - 10n * WAD);
    expect(await spotOf(buyer)).to.equal(unwound);
    expect(await sizeOf(buyer)).to.equal(-unwound);
    const after = await house.health(account);
    // At its buffer, 10 % above maintenance, and at a better ratio than before (P10).
    expect(isClose(after.equity * 10n, after.maintenanceMargin * 11n, wad("0.001"))).to.equal(true);
    expect(after.equity * before.maintenanceMargin > before.equity * after.maintenanceMargin).to.equal(true);
    expect(isHedged((await house.positionOf(account, MARKET)).key)).to.equal(true);
  });

  it("cannot be made to lose its short alone, nor its spot alone", async () => {
    const { engine, house, account, buyer, carol, payFunding, rest, long } = await loadHedge();
    await payFunding(25);
    await rest(long, false, wad(2_000), 10n * WAD);
    expect(await engine.isLiquidatable(account)).to.equal(true);
    await expect(engine.connect(carol).liquidate(account, MARKET))
      .to.be.revertedWithCustomError(engine, "HedgeCovered")
      .withArgs(account, MARKET, 10n * WAD);
    await expect(engine.connect(carol).liquidateSpot(account, buyer, ETHER, WAD)).to.be.revertedWithCustomError(
      engine,
      "NoSpotToSell",
    );
    expect((await house.spotBalance(account, ETHER)).amount).to.equal(10n * WAD);
  });

  it("goes to a buyer that can bear the short, in steps of any size", async () => {
    const { engine, transfers, account, open, meet, give, house, carol, dave, buyer, payFunding } = await loadHedge();
    await payFunding(25);
    const poor = await open(dave, 1_000);
    await expect(engine.connect(dave).unwindHedge(account, poor, MARKET, WAD)).to.be.revertedWithCustomError(
      transfers,
      "InsufficientCash",
    );
    // 2,500 less 1,995 for an ether that counts 1,600 is 2,105, against 2,200 for eleven elsewhere and 200 for the short.
    await house.connect(dave).deposit(poor, await give(dave, 1_500, await house.getAddress()));
    await meet(poor, buyer, 11n * WAD, wad(2_000), 1);
    await expect(engine.connect(dave).unwindHedge(account, poor, MARKET, WAD)).to.be.revertedWithCustomError(
      engine,
      "BuyerUndermargined",
    );
    await house.connect(dave).deposit(poor, await give(dave, 300, await house.getAddress()));
    await engine.connect(dave).unwindHedge(account, poor, MARKET, WAD);
    await engine.connect(carol).unwindHedge(account, buyer, MARKET, 1n);
    await expect(engine.connect(carol).unwindHedge(account, buyer, MARKET, 0n)).to.be.revertedWithCustomError(
      engine,
      "NoHedge",
    );
    await expect(engine.connect(carol).unwindHedge(account, poor, MARKET, WAD))
      .to.be.revertedWithCustomError(engine, "InvalidBuyer")
      .withArgs(poor, carol.address);
    await expect(engine.connect(carol).unwindHedge(account, account, MARKET, WAD)).to.be.revertedWithCustomError(
      engine,
      "InvalidBuyer",
    );
  });

  it("has its resting orders in the market voided", async () => {
    const { engine, house, account, buyer, carol, payFunding, rest } = await loadHedge();
    await rest(account, true, wad(1_500), WAD);
    await payFunding(25);
    await engine.connect(carol).unwindHedge(account, buyer, MARKET, WAD);
    expect((await house.reservation(account, MARKET)).bids).to.equal(0n);
  });

  it("is left alone under a doubtful price, where the buyer could not open", async () => {
    const { engine, prices, account, buyer, carol, payFunding } = await loadHedge();
    await payFunding(25);
    await prices.setPrice(MARKET, priceOf({ validity: Validity.UNCERTAIN, confidence: wad(100) }));
    await expect(engine.connect(carol).unwindHedge(account, buyer, MARKET, WAD)).to.be.revertedWithCustomError(
      prices,
      "PriceNotUsable",
    );
  });

  it("is settled by the waterfall once its equity is gone, and the spot pays what it can", async () => {
    const exchange = await loadHedge();
    const { engine, house, account, buyer, long, carol, payFunding, spotOf, sizeOf, setMark, equityOf } = exchange;
    await payFunding(25.5);
    expect((await house.health(account)).equity < 0n).to.equal(true);
    await expect(engine.connect(carol).unwindHedge(account, buyer, MARKET, WAD)).to.be.revertedWithCustomError(
      engine,
      "NoHedge",
    );
    // Bob's long has to be in profit by more than its bucket to be charged.
    await setMark(wad(2_200));
    const [winner, debtor] = [await equityOf(long), await house.health(account)];
    // Spot at what a buyer pays, 2 % off: about -300 - 440.
    const missing = 440n * WAD - debtor.equity;
    await engine.liquidate(account, MARKET);
    expect(await sizeOf(account)).to.equal(0n);
    expect(isClose(winner - (await equityOf(long)), missing, DUST)).to.equal(true);
    expect(await house.socialisedLoss()).to.equal(0n);
    await engine.connect(carol).liquidateSpot(account, buyer, ETHER, 10n * WAD);
    expect(isClose(await spotOf(account), 0n, DUST)).to.equal(true);
    expect(isClose((await house.accountData(account)).cash, 0n, DUST)).to.equal(true);
  });
});

describe("An account covered in part", () => {
  it("loses the part that is not covered first, on the book like any other, and keeps its hedge", async () => {
    const { engine, house, account, long, payFunding, rest, sizeOf } = await loadHedge(12);
    // 12 units pay 96 an hour each 80: 20,100 - 20,000 leaves 100 under a maintenance of 200 + 200.
    await payFunding(20.8);
    const before = await house.health(account);
    expect(before.equity > 0n && before.equity < wad(400)).to.equal(true);
    expect(await engine.bankruptcyPrice(account, MARKET)).to.equal(
      wad(2_000) + (((before.equity * wad(200)) / before.maintenanceMargin) * WAD) / wad(2),
    );
    await rest(long, false, wad(2_000), 12n * WAD);
    await engine.liquidate(account, MARKET);
    expect(await sizeOf(account)).to.equal(-10n * WAD);
    const after = await house.health(account);
    expect(after.maintenanceMargin).to.equal(wad(200));
    expect(isClose(after.equity, before.equity, DUST)).to.equal(true);
    await expect(engine.liquidate(account, MARKET)).to.be.revertedWithCustomError(
      engine,
      after.equity < wad(200) ? "HedgeCovered" : "NotLiquidatable",
    );
  });

  it("is charged for without its hedge being closed for it", async () => {
    const { engine, house, account, long, payFunding, rest, sizeOf, setMark } = await loadHedge(12);
    await payFunding(21.2);
    await setMark(wad(2_200));
    expect((await house.health(account)).equity < -wad(440)).to.equal(true);
    // The book takes the two that are not covered; their part of the deficit is charged to Bob's profit.
    await rest(long, false, wad(2_200), 2n * WAD);
    await engine.liquidate(account, MARKET);
    expect(await sizeOf(account)).to.equal(-10n * WAD);
    expect((await house.spotBalance(account, ETHER)).amount).to.equal(10n * WAD);
  });
});

describe("A hedge whose holder wants out", () => {
  it("goes to another account at mark and index, and changes nobody's equity but for the haircut", async () => {
    const { engine, house, account, buyer, alice, carol, equityOf, setMark, sizeOf } = await loadHedge();
    await setMark(wad(2_500));
    const before = await equityOf(account);
    await expect(engine.connect(carol).unwindHedge(account, buyer, MARKET, WAD)).to.be.revertedWithCustomError(
      engine,
      "NotLiquidatable",
    );
    await house.connect(carol).setOperator(buyer, alice, true);
    await expect(engine.connect(alice).unwindHedge(account, buyer, MARKET, 20n * WAD))
      .to.emit(engine, "HedgeUnwound")
      .withArgs(account, buyer, MARKET, 10n * WAD, wad(25_000));
    expect(await sizeOf(account)).to.equal(0n);
    expect(await equityOf(account)).to.equal(before);
    expect((await house.accountData(account)).cash).to.equal(before);
    expect(await equityOf(buyer)).to.equal(wad(100_000) - wad(5_000));
    await expect(engine.connect(alice).unwindHedge(account, buyer, MARKET, WAD)).to.be.revertedWithCustomError(
      engine,
      "NoHedge",
    );
  });

  it("is not paid for with profit that still matures: its spot could leave at once, and the seller's cash too", async () => {
    const { engine, house, transfers, account, long, alice, dave, hedging, open, meet, setMark } = await loadHedge();
    await hedging({ maturity: 3_600n });
    const winner = await open(dave, 20_000);
    await meet(winner, long, 10n * WAD);
    await setMark(wad(2_400));
    await meet(long, winner, 10n * WAD, wad(2_400));
    await house
      .connect(dave)
      .withdraw(winner, await house.withdrawable(winner).then((free) => free / 10n ** 12n), dave);
    expect((await house.accountData(winner)).cash).to.equal(wad(4_000));
    await house.connect(dave).setOperator(winner, alice, true);
    await expect(engine.connect(alice).unwindHedge(account, winner, MARKET, WAD))
      .to.be.revertedWithCustomError(transfers, "InsufficientCash")
      .withArgs(winner, 0n, wad(2_400));
    await networkHelpers.time.increase(3_600);
    await setMark(wad(2_400));
    await engine.connect(alice).unwindHedge(account, winner, MARKET, WAD);
    expect((await house.accountData(winner)).cash).to.equal(wad(1_600));
  });

  it("shows the price at which its margin meets its equity, a hundred times away", async () => {
    const { engine, account, setMark, house } = await loadHedge();
    // 20,100 = 1 % of ten times 201,000.
    const shown = await engine.liquidationPrice(account, MARKET);
    expect(isClose(shown, wad(2_000) + (wad(19_900) * 100n) / 10n, DUST)).to.equal(true);
    await setMark(wad(201_000));
    expect((await house.health(account)).maintenanceMargin).to.equal(wad(20_100));
    expect(await engine.isLiquidatable(account)).to.equal(false);
    await setMark(wad(201_001));
    expect(await engine.isLiquidatable(account)).to.equal(true);
    expect(await engine.bankruptcyPrice(account, MARKET)).to.equal(0n);
  });
});
