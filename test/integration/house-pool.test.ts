import { expect } from "chai";

import { type HouseFixture, loadHouse } from "../support/house.js";
import { MARKET, networkHelpers, usdc, Validity, WAD, wad } from "../support/ledger.js";
import { DUST, isClose } from "../support/liquidation.js";

const COOLDOWN = 3n * 86_400n;

/** The pool is 50 short at 2,020 against Alice, with 100,000 of equity and 1,000 of spread: full, at leverage one. */
async function full() {
  const exchange = await loadHouse();
  await exchange.offer({ equityShare: 1_000_000n, notional: 100_000n }, { single: 100_000n, capacity: 100_000n });
  await exchange.deal(exchange.first, true, 50n * WAD);
  return exchange;
}

/** Asks for all of the lender's shares and waits until they may be redeemed. */
async function ripen({ pool, lender }: HouseFixture): Promise<void> {
  await pool.connect(lender).requestRedeem(await pool.balanceOf(lender));
  await networkHelpers.time.increase(COOLDOWN);
}

describe("The house pool under its margin", () => {
  it("is liquidated on the book like any account, and deals on afterwards", async () => {
    const exchange = await full();
    const { engine, pool, main, rest, open, dave, setMark, sizeOf, equityOf, first, deal } = exchange;
    const maker = await open(dave, 100_000);
    // 100,000 + 50 * (2,020 - 3,900) = 6,000 against 9,750 of maintenance.
    await setMark(wad(3_900));
    expect(isClose(await equityOf(main), wad(6_000), DUST)).to.be.true;
    expect(await engine.isLiquidatable(main)).to.be.true;
    await rest(maker, false, wad(3_900), 50n * WAD);
    await engine.liquidate(main, MARKET);
    const left = await sizeOf(main);
    expect(left).to.be.greaterThan(-50n * WAD);
    expect(left).to.be.lessThan(0n);
    expect(await engine.isLiquidatable(main)).to.be.false;
    // Its orders, of which it has none, were voided: the pool deals with the epoch of now.
    await deal(first, false, WAD, { reduceOnly: true });
    expect(await sizeOf(main)).to.equal(left + WAD);
    expect((await pool.quote(MARKET, true, WAD)).room).to.equal(0n);
  });

  it("that is bankrupt is closed against the winners, who are paid all there is", async () => {
    const { engine, pool, main, first, lender, setMark, sizeOf, equityOf, give, carol } = await full();
    // 100,000 - 104,000: 4,000 are missing, and Alice is the only winner.
    await setMark(wad(4_100));
    expect(isClose(await equityOf(main), -wad(4_000), DUST)).to.be.true;
    await engine.liquidate(main, MARKET);
    expect(await sizeOf(main)).to.equal(0n);
    expect(await sizeOf(first)).to.equal(0n);
    expect(isClose(await equityOf(first), wad(200_000), DUST)).to.be.true;
    expect(isClose(await equityOf(main), 0n, DUST)).to.be.true;
    expect(await pool.totalAssets()).to.equal(0n);
    // Whoever comes next owns what he brings.
    await pool.connect(carol).deposit(await give(carol, 1_000, await pool.getAddress()), carol);
    expect(await pool.convertToAssets(await pool.balanceOf(carol))).to.be.greaterThan(usdc("999.9"));
    expect(await pool.convertToAssets(await pool.balanceOf(lender))).to.be.lessThan(usdc("0.1"));
  });

  it("has its own position torn up when somebody else is bankrupt, and knows what it holds", async () => {
    const { engine, pool, main, trader, carol, deal, setMark, sizeOf, equityOf } = await loadHouse();
    const poor = await trader(carol, 2_500);
    await deal(poor, true, 10n * WAD);
    // 2,500 + 10 * (1,700 - 2,014) = -640: the pool is the only winner and bears what is missing.
    await setMark(wad(1_700));
    await engine.liquidate(poor, MARKET);
    expect(await sizeOf(main)).to.equal(0n);
    expect((await pool.inventoryOf(MARKET))[0]).to.equal(0n);
    expect(isClose(await equityOf(main), wad(102_500), DUST)).to.be.true;
    expect(isClose(await equityOf(poor), 0n, DUST)).to.be.true;
    // With nothing left to lean on its prices are even again.
    expect(wad(1_700) - (await pool.quote(MARKET, false, WAD)).price).to.equal(
      (await pool.quote(MARKET, true, WAD)).price - wad(1_700),
    );
  });

  it("still takes inventory off while it is due for liquidation itself", async () => {
    const { pool, main, first, deal, setMark, equityOf, house } = await full();
    await setMark(wad(3_900));
    await expect(deal(first, true, WAD)).to.be.revertedWithCustomError(pool, "ExceedsRoom");
    const before = await house.health(main);
    await deal(first, false, 20n * WAD, { reduceOnly: true });
    const after = await house.health(main);
    expect(after.equity).to.be.greaterThan(before.equity);
    expect(await equityOf(main)).to.be.at.least(after.maintenanceMargin);
  });
});

describe("Trading ahead of the index", () => {
  for (const buy of [true, false]) {
    it(`does not pay with a ${buy ? "rise" : "fall"} of the feed's deviation, closed here or elsewhere`, async () => {
      const { first, deal, setMark, equityOf } = await loadHouse();
      const before = await equityOf(first);
      await deal(first, buy, 10n * WAD);
      await setMark(buy ? wad(2_010) : wad(1_990));
      // Closed elsewhere at the true price, without any cost: what the position is worth at mark.
      expect(await equityOf(first)).to.be.at.most(before);
      await deal(first, !buy, 10n * WAD, { reduceOnly: true });
      expect(await equityOf(first)).to.be.lessThan(before - wad(100));
    });
  }

  it("earns in a jump no more than the jump on what may be added while the feed lags", async () => {
    const { pool, first, second, deal, setMark, equityOf, main } = await loadHouse();
    const before = await equityOf(main);
    // Two accounts take all they can at the old price; the index then turns out to be 3 % higher.
    for (const account of [first, second]) {
      for (;;) {
        const { room } = await pool.quote(MARKET, true, WAD);
        if (room < WAD / 10n) break;
        await deal(account, true, room);
      }
    }
    await setMark(wad(2_060));
    const lost = before - (await equityOf(main));
    // 20,000 in a minute, and what refills in the seconds of these trades: 3 % less 0.5 % and the skew.
    expect(lost).to.be.lessThan(wad(500));
  });
});

describe("The house pool's shares while it holds positions", () => {
  it("are not dealt in while the price is not VALID, a liquidation is due, or the mark is still on its way to the index", async () => {
    const exchange = await full();
    const { pool, prices, lender, alice, give, setMark, setPrice } = exchange;
    await ripen(exchange);
    expect(await pool.maxRedeem(lender)).to.be.greaterThan(0n);
    await give(alice, 100, await pool.getAddress());
    const refused = async (contract: typeof prices | typeof pool, error: string) => {
      for (const view of [pool.maxDeposit, pool.maxMint, pool.maxRedeem, pool.maxWithdraw]) {
        expect(await view(lender)).to.equal(0n);
      }
      for (const attempt of [
        () => pool.connect(alice).deposit(usdc(100), alice),
        () => pool.connect(alice).mint(1n, alice),
        () => pool.connect(lender).redeem(1n, lender, lender),
        () => pool.connect(lender).withdraw(1n, lender, lender),
      ]) {
        await expect(attempt()).to.be.revertedWithCustomError(contract, error);
      }
    };
    for (const validity of [Validity.UNCERTAIN, Validity.STALE, Validity.INVALID]) {
      await setMark(wad(2_000), MARKET, validity);
      await refused(prices, "PriceNotUsable");
    }
    await setMark(wad(3_900));
    await refused(pool, "LiquidationDue");
    await setMark(wad(4_100));
    await refused(pool, "LiquidationDue");
    for (const mark of [wad(2_020) + 1n, wad(1_980) - 1n]) {
      await setPrice(wad(2_000), mark);
      await refused(pool, "MarkAstray");
    }
    await setPrice(wad(2_000), wad(2_020));
    expect(await pool.maxDeposit(lender)).to.be.greaterThan(0n);
    await pool.connect(lender).redeem(1n, lender, lender);
  });

  it("need no price while it holds nothing", async () => {
    const { pool, prices, lender, alice, give } = await loadHouse();
    await prices.setDead(MARKET, true);
    await pool.connect(alice).deposit(await give(alice, 100, await pool.getAddress()), alice);
    await pool.connect(lender).requestRedeem(await pool.balanceOf(lender));
    await networkHelpers.time.increase(COOLDOWN);
    await pool.connect(lender).redeem(await pool.balanceOf(lender), lender, lender);
  });

  it("are paid at one price whoever comes first, and nobody leaves ahead of a loss", async () => {
    const exchange = await full();
    const { pool, token, alice, lender, give, setMark, setPrice } = exchange;
    await pool.connect(alice).deposit(await give(alice, 101_000, await pool.getAddress()), alice);
    await pool.connect(alice).requestRedeem(await pool.balanceOf(alice));
    await ripen(exchange);
    // The index has risen by a tenth; the mark has yet to follow. Whoever knows may not leave before it has.
    await setPrice(wad(2_200), wad(2_010));
    expect(await pool.maxRedeem(alice)).to.equal(0n);
    await setMark(wad(2_200));
    const part = 20_000n * 10n ** 12n;
    const paid = async (owner: typeof alice) => {
      const had = await token.balanceOf(owner);
      await pool.connect(owner).redeem(part, owner, owner);
      return (await token.balanceOf(owner)) - had;
    };
    const early = await paid(alice);
    const late = await paid(lender);
    expect(isClose(early, late, 1n)).to.be.true;
    // 202,000 less 10,000 of loss over 200,000 shares.
    expect(isClose(early, usdc(19_200), 10n)).to.be.true;
  });

  it("can be redeemed as far as the pool's own margin allows", async () => {
    const exchange = await full();
    const { pool, lender, main, house } = exchange;
    await ripen(exchange);
    // 101,000 of equity, the profit of the spread unrealised; 20 % of 100,000 stay.
    expect(await pool.maxWithdraw(lender)).to.equal(usdc(81_000));
    await pool.connect(lender).withdraw(usdc(81_000), lender, lender);
    expect(await pool.maxWithdraw(lender)).to.equal(0n);
    const { equity, initialMargin } = await house.health(main);
    expect(equity).to.be.at.least(initialMargin);
    // Beyond its limit now, it takes nothing more on.
    expect((await pool.quote(MARKET, true, WAD)).room).to.equal(0n);
    expect((await pool.quote(MARKET, false, WAD)).room).to.be.at.least(50n * WAD);
  });

  it("gain what traders lose and lose what they gain", async () => {
    const { pool, first, second, deal, setMark, equityOf, refill } = await loadHouse();
    await deal(first, true, 6n * WAD);
    await refill();
    await setMark(wad(2_100));
    await deal(second, false, 9n * WAD);
    await setMark(wad(1_950));
    await deal(first, false, 6n * WAD, { reduceOnly: true });
    await refill();
    await setMark(wad(2_250));
    await deal(second, true, 9n * WAD, { reduceOnly: true });
    const traders = (await equityOf(first)) + (await equityOf(second)) - wad(200_000);
    expect(traders).to.be.lessThan(-wad(1_000));
    expect(isClose((await pool.totalAssets()) * 10n ** 12n, wad(100_000) - traders, 10n ** 12n)).to.be.true;
  });
});

describe("Book and house pool side by side", () => {
  it("net in the ledger: what was opened here can be closed there, with the same margin", async () => {
    const { first, second, rest, deal, sizeOf, main, house } = await loadHouse();
    await deal(first, true, 10n * WAD);
    await rest(first, false, wad(2_000), 10n * WAD);
    await rest(second, true, wad(2_000), 10n * WAD);
    expect(await sizeOf(first)).to.equal(0n);
    expect(await sizeOf(second)).to.equal(10n * WAD);
    expect(await sizeOf(main)).to.equal(-10n * WAD);
    await deal(second, false, 10n * WAD, { reduceOnly: true });
    expect(await sizeOf(main)).to.equal(0n);
    const { longOpenInterest, shortOpenInterest } = await house.marketState(MARKET);
    expect(longOpenInterest).to.equal(0n);
    expect(shortOpenInterest).to.equal(0n);
  });
});
