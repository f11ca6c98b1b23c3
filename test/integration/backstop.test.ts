import { expect } from "chai";

import { MARKET, networkHelpers, usdc, WAD, wad } from "../support/ledger.js";
import { aliceLong, DUST, isClose, loadExchange, shortHandedOn, type ExchangeFixture } from "../support/liquidation.js";

const COOLDOWN = 3n * 86_400n;

/** The vault holds 50,000, 10,000 of them allotted to the market at no more than five times leverage. */
async function backed() {
  const exchange = await loadExchange();
  const account = await exchange.back(50_000, 10_000);
  return { ...exchange, account };
}

/** Deals the vault's account 10 long at 1,800 with 100 of margin: Alice's position, equity 100 against 900. */
async function holding(exchange: ExchangeFixture) {
  const { long, short } = await aliceLong(exchange);
  await exchange.setMark(wad(1_800));
  await exchange.engine.liquidate(long, MARKET);
  return { long, short };
}

describe("Step 2: the backstop takes over", () => {
  it("takes the position at mark with the margin that is left, when two thirds of maintenance are gone", async () => {
    const exchange = await backed();
    const { engine, setMark, equityOf, sizeOf, eventOf, account } = exchange;
    const { long, short } = await aliceLong(exchange);
    // 1,850: equity 600 against 925 is 0.6486 of maintenance; 1,860: 700 against 930 is 0.7527.
    await setMark(wad(1_860));
    await expect(engine.liquidate(long, MARKET)).to.be.revertedWithCustomError(engine, "NothingToDo");
    await setMark(wad(1_850));
    const event = (await eventOf(await engine.liquidate(long, MARKET), "PositionTakenOver"))!;
    expect(event.size).to.equal(10n * WAD);
    expect(event.price).to.equal(wad(1_850));
    expect(isClose(event.cash as bigint, wad(600), DUST)).to.be.true;
    expect(await sizeOf(account)).to.equal(10n * WAD);
    expect(await sizeOf(long)).to.equal(0n);
    expect(isClose(await equityOf(account), wad(10_600), DUST)).to.be.true;
    // P4, P5: the winner notices nothing.
    expect(await sizeOf(short)).to.equal(-10n * WAD);
    expect(await equityOf(short)).to.equal(wad(21_500));
  });

  it("takes part of it within its notional limit and leaves the margin ratio as it was", async () => {
    const exchange = await backed();
    const { engine, vault, house, setMark, sizeOf, account } = exchange;
    await vault.setLimits(MARKET, { notional: 9_000n, loss: 10_000n, window: 3_600n, leverage: 5_000_000n });
    const { long } = await aliceLong(exchange);
    await setMark(wad(1_800));
    const before = await house.health(long);
    await engine.liquidate(long, MARKET);
    // 9,000 / 1,800 = 5, with 5 / 10 of the 100
    expect(await sizeOf(account)).to.equal(5n * WAD);
    const after = await house.health(long);
    expect(isClose(after.equity, wad(50), DUST)).to.be.true;
    expect(after.equity * before.maintenanceMargin).to.be.at.least(before.equity * after.maintenanceMargin);
    await expect(engine.liquidate(long, MARKET)).to.be.revertedWithCustomError(engine, "NothingToDo");
  });

  it("takes no more than its leverage allows", async () => {
    const exchange = await backed();
    const { engine, vault, setMark, sizeOf, account } = exchange;
    await vault.setLimits(MARKET, { notional: 1_000_000n, loss: 10_000n, window: 3_600n, leverage: 900_000n });
    const { long } = await aliceLong(exchange);
    await setMark(wad(1_800));
    await engine.liquidate(long, MARKET);
    // 0.9 * 10,000 / 1,800
    expect(await sizeOf(account)).to.equal(5n * WAD);
  });

  it("takes the inventory of a bankrupt account too, and insurance pays the deficit", async () => {
    const exchange = await backed();
    const { engine, insure, setMark, equityOf, sizeOf, eventOf, account } = exchange;
    await insure(1_000);
    const { long, short } = await aliceLong(exchange);
    await setMark(wad(1_750));
    const transaction = await engine.liquidate(long, MARKET);
    expect((await eventOf(transaction, "PositionTakenOver"))!.cash).to.equal(0n);
    expect((await eventOf(transaction, "DeficitInsured"))!.paid).to.equal(wad(400));
    expect(await sizeOf(account)).to.equal(10n * WAD);
    expect(await sizeOf(short)).to.equal(-10n * WAD);
    expect(isClose(await equityOf(long), 0n, DUST)).to.be.true;
  });

  it("stops for a window when it has lost what it may, and starts again after it", async () => {
    const exchange = await backed();
    const { engine, vault, setMark, open, meet, carol, dave, sizeOf, account } = exchange;
    await vault.setLimits(MARKET, { notional: 1_000_000n, loss: 400n, window: 3_600n, leverage: 5_000_000n });
    const second = await open(carol, 2_100);
    await meet(second, await open(dave, 20_000), 10n * WAD);
    await holding(exchange);
    // 10 bought at 1,800: 490 lost at 1,761 less the 100 that came with it is 290; at 1,741, 490.
    await setMark(wad(1_741));
    await engine.liquidate(second, MARKET);
    expect(await sizeOf(account)).to.equal(10n * WAD);
    expect(await sizeOf(second)).to.equal(0n);
    const third = await open(carol, 2_100, 1);
    await setMark(wad(2_000));
    await meet(third, await open(dave, 20_000, 1), 10n * WAD);
    await networkHelpers.time.increase(3_600);
    await setMark(wad(1_800));
    await engine.liquidate(third, MARKET);
    expect(await sizeOf(account)).to.equal(20n * WAD);
  });

  it("pays the liquidator out of the margin that would have gone to the vault", async () => {
    const exchange = await backed();
    const { engine, pace, setMark, open, keeper, equityOf, account } = exchange;
    await pace({ rewardRate: 250n });
    const { long } = await aliceLong(exchange);
    const earner = await open(keeper);
    await setMark(wad(1_800));
    await engine.connect(keeper).liquidate(long, MARKET);
    // 0.025 % of 18,000 is 4.5 of the 100
    expect(isClose(await equityOf(earner), wad("4.5"), DUST)).to.be.true;
    expect(isClose(await equityOf(account), wad("10095.5"), DUST)).to.be.true;
  });

  it("is bankrupt like anyone when its capital is gone: not fed from itself, and the rest of the vault untouched", async () => {
    const exchange = await backed();
    const { engine, vault, house, insure, setMark, sizeOf, equityOf, eventOf, account } = exchange;
    const { short } = await holding(exchange);
    await insure(100);
    // 10,100 of capital on 10 bought at 1,800: bankrupt below 790. At 780 it owes 100.
    await setMark(wad(780));
    expect(await vault.totalAssets()).to.equal(usdc(40_000));
    const main = await vault.MAIN_ACCOUNT();
    const transaction = await engine.liquidate(account, MARKET);
    expect(await eventOf(transaction, "PositionTakenOver")).to.equal(undefined);
    expect(isClose((await eventOf(transaction, "DeficitInsured"))!.paid as bigint, wad(100), DUST)).to.be.true;
    expect(await sizeOf(account)).to.equal(0n);
    expect(await sizeOf(short)).to.equal(0n);
    expect((await house.accountData(main)).cash).to.equal(wad(40_000));
    expect(isClose(await equityOf(account), 0n, DUST)).to.be.true;
  });

  it("says it is full by the inventory of record, until it is told that deleveraging has shrunk it", async () => {
    const exchange = await backed();
    const { engine, vault, setMark, meet, open, carol, dave, sizeOf, account } = exchange;
    await vault.setLimits(MARKET, { notional: 18_000n, loss: 10_000n, window: 3_600n, leverage: 5_000_000n });
    await holding(exchange);
    // The vault's long is in profit at 2,300 and is torn up against Carol's bankrupt short.
    await setMark(wad(2_000));
    const short = await open(carol, 2_100);
    await meet(await open(dave, 20_000), short, 10n * WAD);
    await setMark(wad(2_300));
    await engine.liquidate(short, MARKET);
    const left = await sizeOf(account);
    expect(left).to.be.lessThan(10n * WAD);
    await vault.sync(MARKET);
    expect((await vault.marketView(MARKET)).inventory).to.equal(left);
  });
});

describe("Inventory back to the book", () => {
  it("goes within the slippage bound and the allowance, for anyone", async () => {
    const exchange = await backed();
    const { vault, rest, open, stranger, erin, sizeOf, account } = exchange;
    await holding(exchange);
    // At most 1 % off the mark of 1,800, and 3,600 a time: 2.
    await vault.setUnwindLimits(MARKET, 10_000n, 3_600n, 7_200n, 3_600n);
    const maker = await open(erin, 50_000);
    await rest(maker, true, wad(1_781), 10n * WAD);
    await expect(vault.connect(stranger).unwind(MARKET, 10n * WAD)).to.be.revertedWithCustomError(
      vault,
      "NothingUnwound",
    );
    await rest(maker, true, wad(1_782), 10n * WAD);
    await vault.connect(stranger).unwind(MARKET, 10n * WAD);
    expect(await sizeOf(account)).to.equal(8n * WAD);
    await vault.connect(stranger).unwind(MARKET, WAD / 2n);
    expect(await sizeOf(account)).to.equal((15n * WAD) / 2n);
    await vault.connect(stranger).unwind(MARKET, 10n * WAD);
    // 7,200 in all and a few seconds of refill
    expect(await sizeOf(account)).to.be.greaterThan(59n * (WAD / 10n));
    expect(await sizeOf(account)).to.be.at.most(6n * WAD);
    expect((await vault.unwindLimitsOf(MARKET)).slippage).to.equal(10_000n);
  });

  it("finds nothing to do without inventory", async () => {
    const { vault } = await backed();
    await vault.setUnwindLimits(MARKET, 10_000n, 3_600n, 7_200n, 3_600n);
    await expect(vault.unwind(MARKET, WAD)).to.be.revertedWithCustomError(vault, "NothingUnwound");
  });
});

describe("The vault's share price while it holds positions", () => {
  it("follows the equity of its accounts at mark", async () => {
    const exchange = await backed();
    const { vault, setMark } = exchange;
    await holding(exchange);
    // 50,000 + 100 of margin; 10 long
    expect(isClose(await vault.totalAssets(), usdc(50_100), 1n)).to.be.true;
    await setMark(wad(1_900));
    expect(isClose(await vault.totalAssets(), usdc(51_100), 1n)).to.be.true;
    await setMark(wad(1_700));
    expect(isClose(await vault.totalAssets(), usdc(49_100), 1n)).to.be.true;
  });

  it("is not dealt on while the price is not VALID, nor while a liquidation of its own is due", async () => {
    const exchange = await backed();
    const { vault, prices, give, setMark, lender, alice } = exchange;
    await holding(exchange);
    await vault.connect(lender).requestRedeem(await vault.balanceOf(lender));
    await networkHelpers.time.increase(COOLDOWN);
    expect(await vault.maxRedeem(lender)).to.be.greaterThan(0n);
    await give(alice, 100, await vault.getAddress());
    const refused = async (contract: typeof prices | typeof vault, error: string) => {
      for (const view of [vault.maxDeposit, vault.maxMint, vault.maxRedeem, vault.maxWithdraw]) {
        expect(await view(lender)).to.equal(0n);
      }
      for (const attempt of [
        () => vault.connect(alice).deposit(usdc(100), alice),
        () => vault.connect(alice).mint(1n, alice),
        () => vault.connect(lender).redeem(1n, lender, lender),
        () => vault.connect(lender).withdraw(1n, lender, lender),
      ]) {
        await expect(attempt()).to.be.revertedWithCustomError(contract, error);
      }
    };
    for (const validity of [1n, 2n, 3n]) {
      await setMark(wad(1_800), MARKET, validity);
      await refused(prices, "PriceNotUsable");
    }
    // Equity 10,100 - 9,700 = 400 against 415.
    await setMark(wad(830));
    await refused(vault, "LiquidationDue");
    await setMark(wad(1_800));
    expect(await vault.maxDeposit(lender)).to.be.greaterThan(0n);
  });

  it("is not dealt on while the mark of what it holds is still on its way to an index that has jumped", async () => {
    const exchange = await backed();
    const { vault, prices, give, setMark, lender, alice } = exchange;
    await vault.setGap(MARKET, 10_000n);
    await holding(exchange);
    await vault.connect(lender).requestRedeem(await vault.balanceOf(lender));
    await networkHelpers.time.increase(COOLDOWN);
    await give(alice, 100, await vault.getAddress());
    const apart = (mark: bigint) =>
      prices.setPrice(MARKET, { mark, index: wad(1_800), premium: 0n, confidence: 0n, validity: 0n, phase: 0n });
    for (const mark of [wad(1_818) + 1n, wad(1_782) - 1n]) {
      await apart(mark);
      for (const view of [vault.maxDeposit, vault.maxMint, vault.maxRedeem, vault.maxWithdraw]) {
        expect(await view(lender)).to.equal(0n);
      }
      for (const attempt of [
        () => vault.connect(alice).deposit(usdc(100), alice),
        () => vault.connect(alice).mint(1n, alice),
        () => vault.connect(lender).redeem(1n, lender, lender),
        () => vault.connect(lender).withdraw(1n, lender, lender),
      ]) {
        await expect(attempt()).to.be.revertedWithCustomError(vault, "MarkAstray").withArgs(MARKET, mark, wad(1_800));
      }
    }
    for (const mark of [wad(1_818), wad(1_782)]) {
      await apart(mark);
      expect(await vault.maxRedeem(lender)).to.be.greaterThan(0n);
      await vault.connect(lender).redeem(10n ** 6n, lender, lender);
    }
    await apart(wad(1_700));
    await vault.setGap(MARKET, 0n);
    expect(await vault.maxDeposit(lender)).to.be.greaterThan(0n);
    await setMark(wad(1_800));
  });

  it("is dealt on whatever the marks of markets are in which it holds nothing", async () => {
    const exchange = await backed();
    const { vault, prices, give, alice } = exchange;
    await vault.setGap(MARKET, 1n);
    const price = { mark: wad(1_000), index: wad(2_000), premium: 0n, confidence: 0n, validity: 2n, phase: 0n };
    await prices.setPrice(MARKET, price);
    await vault.connect(alice).deposit(await give(alice, 100, await vault.getAddress()), alice);
    expect(await vault.balanceOf(alice)).to.be.greaterThan(0n);
  });

  it("lets nobody leave ahead of a loss: early and late redeemers are paid the same price", async () => {
    const exchange = await backed();
    const { vault, give, setMark, token, lender, alice } = exchange;
    await vault.connect(alice).deposit(await give(alice, 50_000, await vault.getAddress()), alice);
    await holding(exchange);
    const before = await token.balanceOf(alice);
    await vault.connect(alice).requestRedeem(await vault.balanceOf(alice));
    await vault.connect(lender).requestRedeem(await vault.balanceOf(lender));
    await networkHelpers.time.increase(COOLDOWN);
    await setMark(wad(1_700));
    // 100,000 + 100 - 1,000 over two equal holders
    const half = 10_000n * 10n ** 12n;
    await vault.connect(alice).redeem(half, alice, alice);
    const early = (await token.balanceOf(alice)) - before;
    const had = await token.balanceOf(lender);
    await vault.connect(lender).redeem(half, lender, lender);
    const late = (await token.balanceOf(lender)) - had;
    expect(isClose(early, late, 1n)).to.be.true;
    expect(isClose(early, usdc(9_910), 1n)).to.be.true;
  });

  it("is paid at assets / claims while a socialised loss stands, and takes no deposits", async () => {
    const exchange = await backed();
    const { vault, house, engine, token, lender } = exchange;
    await vault.setLimits(MARKET, { notional: 0n, loss: 0n, window: 1n, leverage: 0n });
    const { long } = await shortHandedOn(exchange);
    await engine.liquidate(long, MARKET);
    const loss = await house.socialisedLoss();
    expect(isClose(loss, wad(900), DUST)).to.be.true;
    expect(await vault.maxDeposit(lender)).to.equal(0n);
    // 92,100 tokens against 93,000 of claims: 50,000 are worth 49,516.129032
    expect(isClose(await vault.totalAssets(), usdc("49516.129032"), 1n)).to.be.true;
    await vault.connect(lender).requestRedeem(await vault.balanceOf(lender));
    await networkHelpers.time.increase(COOLDOWN);
    const most = await vault.maxWithdraw(lender);
    // 40,000 are free: 39,612.903225
    expect(isClose(most, usdc("39612.903225"), 1n)).to.be.true;
    await vault.connect(lender).withdraw(most, lender, lender);
    expect(await token.balanceOf(lender)).to.equal(most);
  });
});
