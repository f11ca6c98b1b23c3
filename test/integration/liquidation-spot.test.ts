import { expect } from "chai";

import { MARKET, WAD, wad } from "../support/ledger.js";
import { DUST, isClose, loadExchange } from "../support/liquidation.js";

/**
 * Ether is collateral at a haircut of 20 %, sold at 5 % off. Alice holds 1 of it (1,600 of equity at 2,000), 500 of cash and is long
 * 10 at 2,000. At p her equity is 500 + 0.8 p - 10 (2,000 - p), her maintenance 0.5 p.
 */
async function loadSpot() {
  const exchange = await loadExchange();
  const { house, spotToken, open, meet, alice, bob, carol } = exchange;
  await house.listSpotAsset(0, {
    token: spotToken,
    decimals: 18,
    market: MARKET,
    haircut: 200_000n,
    discount: 50_000n,
  });
  const long = await open(alice, 500);
  await spotToken.mint(alice, WAD);
  await spotToken.connect(alice).approve(house, WAD);
  await house.connect(alice).depositSpot(long, 0, WAD);
  await meet(long, await open(bob, 20_000), 10n * WAD);
  const buyer = await open(carol, 5_000);
  const held = async (account: bigint) => (await house.spotBalance(account, 0)).amount;
  return { ...exchange, long, buyer, held };
}

describe("Selling spot collateral", () => {
  it("sells what brings the account back to its buffer, at the index less the discount", async () => {
    const exchange = await loadSpot();
    const { engine, house, setMark, equityOf, carol, long, buyer, held } = exchange;
    // equity 500 + 1,520 - 1,000 = 1,020 against 950: fine; at 1,890 500 + 1,512 - 1,100 = 912 against 945.
    await setMark(wad(1_890));
    const before = await house.health(long);
    // target 1,039.5: 127.5 at 1,890 * 15 % = 283.5 a unit -> 0.449735...
    const sold = 449_735_449_735_449_736n;
    const paid = (sold * 1_890n * 95n) / 100n;
    expect(await engine.connect(carol).liquidateSpot.staticCall(long, buyer, 0, WAD)).to.deep.equal([sold, paid]);
    await engine.connect(carol).liquidateSpot(long, buyer, 0, WAD);
    expect(await held(long)).to.equal(WAD - sold);
    expect(await held(buyer)).to.equal(sold);
    expect(isClose(await equityOf(long), wad("1039.5"), DUST)).to.be.true;
    // P10
    const after = await house.health(long);
    expect(after.equity * before.maintenanceMargin).to.be.at.least(before.equity * after.maintenanceMargin);
    await expect(engine.connect(carol).liquidateSpot(long, buyer, 0, WAD)).to.be.revertedWithCustomError(
      engine,
      "NotLiquidatable",
    );
  });

  it("sells no more than asked", async () => {
    const { engine, setMark, carol, long, buyer, held } = await loadSpot();
    await setMark(wad(1_890));
    await engine.connect(carol).liquidateSpot(long, buyer, 0, WAD / 10n);
    expect(await held(buyer)).to.equal(WAD / 10n);
    await expect(engine.connect(carol).liquidateSpot(long, buyer, 0, 0n)).to.be.revertedWithCustomError(
      engine,
      "NoSpotToSell",
    );
  });

  it("refuses a buyer that is not the caller's, is the seller, or cannot pay from free cash", async () => {
    const { engine, open, setMark, alice, carol, dave, long, buyer } = await loadSpot();
    const poor = await open(dave, 10);
    await setMark(wad(1_890));
    await expect(engine.connect(dave).liquidateSpot(long, buyer, 0, WAD))
      .to.be.revertedWithCustomError(engine, "InvalidBuyer")
      .withArgs(buyer, dave.address);
    await expect(engine.connect(alice).liquidateSpot(long, long, 0, WAD)).to.be.revertedWithCustomError(
      engine,
      "InvalidBuyer",
    );
    await expect(engine.connect(dave).liquidateSpot(long, poor, 0, WAD)).to.be.revertedWithCustomError(
      engine,
      "BuyerCannotPay",
    );
    await expect(engine.connect(carol).liquidateSpot(buyer, long, 0, WAD)).to.be.revertedWithCustomError(
      engine,
      "InvalidBuyer",
    );
  });

  it("refuses a healthy account and an unusable price", async () => {
    const { engine, prices, setMark, carol, long, buyer } = await loadSpot();
    await expect(engine.connect(carol).liquidateSpot(long, buyer, 0, WAD)).to.be.revertedWithCustomError(
      engine,
      "NotLiquidatable",
    );
    await setMark(wad(1_890), MARKET, 2n);
    await expect(engine.connect(carol).liquidateSpot(long, buyer, 0, WAD)).to.be.revertedWithCustomError(
      prices,
      "PriceNotUsable",
    );
  });

  it("socialises only what the spot of a bankrupt account does not back", async () => {
    const exchange = await loadSpot();
    const { engine, house, setMark, sizeOf, eventOf, carol, long, buyer, held } = exchange;
    // 500 + 1,550 * 95 % - 4,500 = -2,527.5, charged to Bob's profit of 4,500; left are -1,472.5 of cash and the ether.
    await setMark(wad(1_550));
    const event = (await eventOf(await engine.liquidate(long, MARKET), "PositionDeleveraged"))!;
    expect(isClose(event.charged as bigint, wad("2527.5"), DUST)).to.be.true;
    expect(await sizeOf(long)).to.equal(0n);
    expect(await house.socialisedLoss()).to.equal(0n);
    // All of it pays the debt, to the last wei.
    await engine.connect(carol).liquidateSpot(long, buyer, 0, WAD);
    expect(isClose(await held(buyer), WAD, DUST)).to.be.true;
    expect(isClose((await house.accountData(long)).cash, 0n, DUST)).to.be.true;
  });
});
