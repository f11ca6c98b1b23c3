import { expect } from "chai";

import { bankruptLong } from "../../support/bankrupt-long.js";
import { MARKET, MAX_UINT, START, WAD, wad } from "../../support/ledger.js";

describe("A charge", () => {
  it("of 100 is shared 3 : 1 by profits of 300 and 100", async () => {
    const { setPrice, short, enter, leave, deleverage, preview, positionOf, cashOf, carol, dave, victim } =
      await bankruptLong();
    const three = await short(carol, WAD, 2_100n * WAD);
    const one = await short(dave, WAD, 1_900n * WAD);
    await enter();
    await setPrice({ mark: 1_800n * WAD });
    await leave();
    expect((await preview(1_800n * WAD, 100n * WAD)).charged).to.equal(100n * WAD);
    await deleverage(1_800n * WAD, 100n * WAD);
    // It comes out of profit, not out of cash: the break-even moves by what was paid per unit.
    expect((await positionOf(three)).breakEven).to.equal(2_025n * WAD);
    expect((await positionOf(one)).breakEven).to.equal(1_875n * WAD);
    expect((await positionOf(three)).size).to.equal(-WAD);
    expect((await positionOf(three)).pending).to.equal(0n);
    expect(await cashOf(victim)).to.equal(350n * WAD);
  });

  it("inside a tranche is shared by size", async () => {
    const { setPrice, short, enter, deleverage, equityOf, carol, dave } = await bankruptLong();
    const three = await short(carol, 3n * WAD);
    const one = await short(dave, WAD);
    await enter();
    await setPrice({ mark: 1_800n * WAD });
    await deleverage(1_800n * WAD, 100n * WAD, 1n);
    expect(await equityOf(three)).to.be.closeTo(wad(10_000 + 600 - 75), 10_000n);
    expect(await equityOf(one)).to.be.closeTo(wad(10_000 + 200 - 25), 10_000n);
  });

  it("is exactly the deficit, with a tear-up in the same call (P6)", async () => {
    const { setPrice, short, enter, deleverage, preview, cashOf, positionOf, carol, victim } = await bankruptLong();
    const one = await short(carol, 2n * WAD);
    await enter();
    // Mark 1,700: the victim lost 300 of its 250. Torn up at mark, the 50 missing are charged.
    await setPrice({ mark: 1_700n * WAD });
    const result = await preview(1_700n * WAD, 50n * WAD);
    expect(result.tornUp).to.equal(WAD);
    expect(result.charged).to.equal(50n * WAD);
    await deleverage(1_700n * WAD, 50n * WAD);
    expect(await cashOf(victim)).to.equal(0n);
    // Half of 600 realised, and 25 of the 50 come out of it; the other 25 come out of the half that is left.
    expect((await positionOf(one)).pending).to.equal(275n * WAD);
    expect((await positionOf(one)).breakEven).to.equal(1_975n * WAD);
    expect((await positionOf(one)).size).to.equal(-WAD);
  });

  it("is never more than the least profitable member of a bucket may have gained, however often it comes", async () => {
    const { setPrice, short, enter, deleverage, preview, positionOf, equityOf, carol } = await bankruptLong();
    const one = await short(carol, WAD);
    await enter();
    await setPrice({ mark: 1_800n * WAD });
    // 2,000 lies in a bucket 2 % wide, so between 160 and 200 may be charged.
    const most = (await preview(1_800n * WAD, MAX_UINT / 2n ** 40n, 1n)).charged;
    expect(most).to.be.greaterThan(160n * WAD - 10n);
    expect(most).to.be.lessThanOrEqual(200n * WAD);
    await deleverage(1_800n * WAD, 10_000n * WAD, 1n);
    expect((await preview(1_800n * WAD, 10_000n * WAD, 1n)).charged).to.be.lessThanOrEqual(1_000n);
    expect(await equityOf(one)).to.be.greaterThanOrEqual(10_000n * WAD);
    // A further fall of 100 makes 100 a unit more of room.
    await setPrice({ mark: 1_700n * WAD });
    expect((await preview(1_700n * WAD, 10_000n * WAD, 1n)).charged).to.be.closeTo(100n * WAD, 10_000n);
    expect((await positionOf(one)).size).to.be.closeTo(-WAD, 2n);
  });

  it("beyond some tranches' room goes to where there is room", async () => {
    const { setPrice, short, enter, preview, deleverage, equityOf, carol, dave } = await bankruptLong();
    const far = await short(carol, WAD, 2_400n * WAD);
    const near = await short(dave, WAD, 1_850n * WAD);
    await enter();
    await setPrice({ mark: 1_800n * WAD });
    const all = (await preview(1_800n * WAD, 10_000n * WAD, 1n)).charged;
    expect((await preview(1_800n * WAD, all - WAD, 1n)).charged).to.equal(all - WAD);
    await deleverage(1_800n * WAD, all, 1n);
    for (const account of [far, near]) expect(await equityOf(account)).to.be.greaterThanOrEqual(10_000n * WAD - 10n);
  });

  it("of nothing, or with nobody in profit, takes nothing", async () => {
    const { setPrice, short, enter, preview, carol } = await bankruptLong();
    await short(carol, WAD);
    await enter();
    expect((await preview(START, 100n * WAD)).charged).to.equal(0n);
    await setPrice({ mark: 1_800n * WAD });
    expect((await preview(1_800n * WAD, 0n)).charged).to.equal(0n);
  });

  it("of one wei is paid, rounded against the winners", async () => {
    const { setPrice, short, enter, deleverage, preview, equityOf, carol } = await bankruptLong();
    const one = await short(carol, WAD);
    await enter();
    await setPrice({ mark: 1_800n * WAD });
    const before = await equityOf(one);
    expect((await preview(1_800n * WAD, 1n, 1n)).charged).to.equal(1n);
    await deleverage(1_800n * WAD, 1n, 1n);
    expect(await equityOf(one)).to.be.lessThan(before);
  });

  it("takes the break-even with it: what was paid is no profit any more, whoever pokes and wherever the position goes", async () => {
    const { house, setPrice, short, enter, leave, deleverage, preview, positionOf, cashOf, equityOf, carol } =
      await bankruptLong();
    const one = await short(carol, WAD);
    await enter();
    await leave();
    await setPrice({ mark: 1_800n * WAD });
    await deleverage(1_800n * WAD, 150n * WAD);
    const equity = await equityOf(one);
    expect(equity).to.equal(10_050n * WAD);
    await house.poke(one, MARKET);
    // Sold at 2,000, charged 150: as if sold at 1,850.
    expect((await positionOf(one)).breakEven).to.equal(1_850n * WAD);
    expect(await cashOf(one)).to.equal(10_000n * WAD);
    expect(await equityOf(one)).to.equal(equity);
    expect((await preview(1_800n * WAD, 10_000n * WAD)).charged).to.be.lessThanOrEqual(50n * WAD);
  });

  it("of a tranche that emptied since is forgotten with its members", async () => {
    const { setPrice, short, enter, leave, meet, deleverage, preview, positionOf, carol, dave, rich } =
      await bankruptLong();
    const one = await short(carol, WAD);
    const { key } = await positionOf(one);
    await enter();
    await leave();
    await setPrice({ mark: 1_800n * WAD });
    await deleverage(1_800n * WAD, 150n * WAD);
    await meet(one, rich, WAD, 1_800n * WAD);
    const two = await short(dave, WAD);
    expect((await positionOf(two)).key).to.equal(key);
    await setPrice({ mark: 1_800n * WAD });
    expect((await preview(1_800n * WAD, 155n * WAD)).charged).to.equal(155n * WAD);
  });

  it("does not follow a member that joins afterwards", async () => {
    const { setPrice, short, enter, leave, deleverage, equityOf, positionOf, carol, dave } = await bankruptLong();
    const one = await short(carol, WAD);
    await enter();
    await leave();
    await setPrice({ mark: 1_800n * WAD });
    await deleverage(1_800n * WAD, 100n * WAD);
    const two = await short(dave, WAD);
    expect((await positionOf(two)).key).to.equal((await positionOf(one)).key);
    expect((await positionOf(two)).pending).to.equal(0n);
    expect(await equityOf(two)).to.equal(10_000n * WAD);
    expect((await positionOf(one)).breakEven).to.equal(1_900n * WAD);
  });

  it("is not asked for twice of a member that moved to another tranche in between", async () => {
    const { setPrice, short, enter, leave, house, deleverage, preview, positionOf, carol } = await bankruptLong();
    const one = await short(carol, WAD);
    await enter();
    await setPrice({ mark: 1_800n * WAD });
    await leave();
    const most = (await preview(1_800n * WAD, 10_000n * WAD)).charged;
    await deleverage(1_800n * WAD, most);
    const before = (await positionOf(one)).key;
    await house.poke(one, MARKET);
    expect((await positionOf(one)).key).not.to.equal(before);
    expect((await preview(1_800n * WAD, 10_000n * WAD)).charged).to.be.lessThanOrEqual(200n * WAD - most);
  });
});
