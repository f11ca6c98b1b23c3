import { expect } from "chai";

import { ETHER, isHedged, withHedges } from "../support/hedges.js";
import { MARKET, WAD, wad } from "../support/ledger.js";
import { DUST, isClose, loadExchange } from "../support/liquidation.js";

// The worked example of docs/adl.md with a hedge in it, number by number. Change one and the other has to follow.

/** The page's example, but Cat holds 20 ether, seasoned, and Max has 5,300. At 1,800 Lou is bankrupt. */
async function loadExample() {
  const fixture = await withHedges(await loadExchange());
  const { house, fund, open, meet, stock, season, give, hedging, setMark, lender } = fixture;
  const { alice: lou, bob: ann, carol: ben, dave: cat, erin: max } = fixture;
  await hedging({ initialMarginRate: 50_000n });
  await fund.connect(lender).topUp(await give(lender, 1_000, await fund.getAddress()));
  await fund.setMarketLimit(MARKET, 300n, 1_000n, 3_600n);
  await fund.setTotalLimit(1_000n, 1_000n, 3_600n);
  const accounts = {
    lou: await open(lou, 3_300),
    ann: await open(ann, 4_000),
    ben: await open(ben, 5_000),
    cat: await open(cat, 20_000),
    max: await open(max, 5_300),
  };
  await stock(cat, accounts.cat, wad(20));
  await season();
  for (const [long, short, size, price] of [
    [accounts.lou, accounts.ann, 10, 2_040],
    [accounts.lou, accounts.ben, 10, 2_010],
    [accounts.max, accounts.cat, 20, 1_980],
  ] as const) {
    await setMark(wad(price));
    await meet(long, short, wad(size), wad(price));
  }
  await setMark(wad(1_800));

  async function expectOutcome(outcomes: Partial<Record<keyof typeof accounts, [number, number, number]>>) {
    for (const [name, [cash, size, equity]] of Object.entries(outcomes)) {
      const account = accounts[name as keyof typeof accounts];
      await house.poke(account, MARKET);
      const found = await house.health(account);
      expect(isClose((await house.accountData(account)).cash, wad(cash), DUST), `${name}'s cash`).to.equal(true);
      expect((await house.positionOf(account, MARKET)).size, `${name}'s size`).to.equal(wad(size));
      expect(isClose(found.equity, wad(equity), DUST), `${name}'s equity`).to.equal(true);
    }
  }
  return { ...fixture, accounts, expectOutcome };
}

describe("The worked example with a hedge of docs/adl.md", () => {
  it("closes Ann and Ben, charges them 45 a unit, and leaves Cat's hedge as it was", async () => {
    const { house, engine, accounts, expectOutcome } = await loadExample();
    expect(isHedged((await house.positionOf(accounts.cat, MARKET)).key)).to.equal(true);
    // 20,000 + 3,600 + 20 * 1,800.
    expect((await house.health(accounts.cat)).equity).to.equal(wad(59_600));
    await engine.liquidate(accounts.lou, MARKET);
    await expectOutcome({
      lou: [0, 0, 0],
      ann: [5_950, 0, 5_950],
      ben: [6_650, 0, 6_650],
      cat: [20_000, -20, 59_600],
      max: [5_300, 20, 1_700],
    });
  });

  it("closes Cat when nobody else is left, who then has 20 ether free to sell and ends flat", async () => {
    const { house, engine, accounts, admin, setMark, expectOutcome, ether } = await loadExample();
    await engine.liquidate(accounts.lou, MARKET);
    await setMark(wad(1_700));
    // Max is at 5,300 - 20 * 280 = -300, which the fund pays.
    await engine.liquidate(accounts.max, MARKET);
    expect((await house.positionOf(accounts.cat, MARKET)).freed).to.equal(20n * WAD);
    // Covering nothing, the ether counts with its haircut of 20 %: 25,600 + 27,200.
    await expectOutcome({ max: [0, 0, 0], cat: [25_600, 0, 52_800] });
    await house.setModule(admin, 6n);
    await house.connect(admin).releaseFreedSpot(accounts.cat, MARKET, 20n * WAD);
    expect(await ether.balanceOf(admin)).to.equal(20n * WAD);
    expect((await house.spotBalance(accounts.cat, ETHER)).amount).to.equal(0n);
  });
});
