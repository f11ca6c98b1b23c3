import { expect } from "chai";

import { ETHER, isHedged, TENURE, withHedges } from "../../support/hedges.js";
import { loadLedger, MARKET, networkHelpers, OTHER_MARKET, START, Validity, WAD, wad } from "../../support/ledger.js";

/** Alice holds so much ether and 100 of cash and is short so much against Bob, at 2,000. All in units. */
async function hedge(spot: number | string, short: number | string) {
  const fixture = await withHedges(await loadLedger());
  const { open, meet, stock, alice, bob, house } = fixture;
  const account = await open(alice, 100);
  const other = await open(bob, 100_000);
  await stock(alice, account, wad(spot));
  if (short !== 0) await meet(other, account, wad(short));
  const keyOf = async () => (await house.positionOf(account, MARKET)).key;
  return { ...fixture, account, other, keyOf, owner: house.connect(alice) };
}

/** The same, with the spot seasoned and the class brought up to date. */
async function seasoned(spot: number | string, short: number | string) {
  const fixture = await hedge(spot, short);
  await fixture.season();
  if (short !== 0) await fixture.house.poke(fixture.account, MARKET);
  return fixture;
}

describe("A short with its underlying in the same account", () => {
  it("is covered once the spot has been held for the tenure, and not a second before", async () => {
    const { house, account, positionOf } = await hedge(10, 10);
    const { seasonedAt } = await house.spotBalance(account, ETHER);
    await networkHelpers.time.increaseTo(seasonedAt - 1n);
    // 100 + 10 * 2,000 * 80 %; 5 % and 10 % of 20,000.
    let health = await house.health(account);
    expect([health.equity, health.maintenanceMargin, health.initialMargin]).to.deep.equal([
      wad(16_100),
      wad(1_000),
      wad(2_000),
    ]);
    expect((await positionOf(account)).covered).to.equal(0n);
    await networkHelpers.time.increaseTo(seasonedAt);
    // 100 + 10 * 2,000; 1 % and 2 %.
    health = await house.health(account);
    expect([health.equity, health.maintenanceMargin, health.initialMargin]).to.deep.equal([
      wad(20_100),
      wad(200),
      wad(400),
    ]);
    expect((await positionOf(account)).covered).to.equal(10n * WAD);
    expect(TENURE).to.equal(3_600);
  });

  it("has the same equity at any price, when mark and index agree", async () => {
    const { house, account, setPrice } = await seasoned(10, 10);
    for (const price of [1_000, 1_999, 3_500, 9_000]) {
      await setPrice({ mark: wad(price) });
      expect((await house.health(account)).equity).to.equal(wad(20_100));
    }
  });

  it("is covered as far as the spot goes, and the spot counts in full as far as the short goes", async () => {
    const part = await seasoned(6, 10);
    // 6 of 10: 6 * 2,000 * 1 % + 4 * 2,000 * 5 %, and twice that.
    let health = await part.house.health(part.account);
    expect([health.equity, health.maintenanceMargin, health.initialMargin]).to.deep.equal([
      wad(12_100),
      wad(520),
      wad(1_040),
    ]);
    const more = await seasoned(15, 10);
    // The five beyond keep their haircut.
    health = await more.house.health(more.account);
    expect([health.equity, health.maintenanceMargin]).to.deep.equal([wad(28_100), wad(200)]);
  });

  it("asks no more for the covered part however much open interest has raised the market's rate", async () => {
    const { house, account, hedging } = await seasoned(6, 10);
    await hedging({ openInterestLow: 0n, openInterestHigh: 20n * WAD });
    // 10 of 20: 10 % + 90 % / 2 = 55 % for the four that are not covered.
    expect((await house.health(account)).initialMargin).to.equal(wad(240) + wad(4_400));
  });

  it("is hedged from 95 % cover on, to the wei", async () => {
    for (const [spot, hedged] of [
      ["9.5", true],
      ["9.499999999999999999", false],
    ] as const) {
      const { keyOf } = await seasoned(spot, 10);
      expect(isHedged(await keyOf())).to.equal(hedged);
    }
  });

  it("enters the hedged class with its own trade as well as by anybody's poke", async () => {
    const { account, other, meet, keyOf } = await seasoned(12, 10);
    expect(isHedged(await keyOf())).to.equal(true);
    await meet(other, account, wad(2));
    expect(isHedged(await keyOf())).to.equal(true);
    // 12 of 12.7 is 94.5 %.
    await meet(other, account, wad("0.7"));
    expect(isHedged(await keyOf())).to.equal(false);
  });

  it("covers nothing in a market that recognises no hedges, names no asset, or is not the one the asset names", async () => {
    const { house, account, hedging, spot } = await seasoned(10, 10);
    const covered = async () => (await house.positionOf(account, MARKET)).covered;
    expect(await covered()).to.equal(wad(10));
    await hedging({ hedgedMaintenance: 0n });
    expect(await covered()).to.equal(0n);
    await hedging({ spotAsset: 0n });
    expect(await covered()).to.equal(0n);
    await hedging();
    await house.listSpotAsset(ETHER, { ...spot, market: OTHER_MARKET });
    expect(await covered()).to.equal(0n);
  });

  it("covers in one market only, so the same spot never stands behind two shorts", async () => {
    const { house, account, other, config, hedgeLast, meet } = await seasoned(10, 10);
    const policy = await hedgeLast.getAddress();
    await house.setMarket(OTHER_MARKET, { ...config, spotAsset: 1n, hedgedMaintenance: 10_000n, policy });
    await meet(other, account, wad(10), START, OTHER_MARKET);
    expect((await house.positionOf(account, MARKET)).covered).to.equal(wad(10));
    expect((await house.positionOf(account, OTHER_MARKET)).covered).to.equal(0n);
    expect((await house.health(account)).maintenanceMargin).to.equal(wad(1_200));
  });

  it("is no long: spot beside a long covers nothing", async () => {
    const { house, account, other, meet } = await seasoned(10, 0);
    await meet(account, other, wad(1));
    const health = await house.health(account);
    expect([health.equity, health.maintenanceMargin]).to.deep.equal([wad(16_100), wad(100)]);
  });

  it("lets resting orders count on the cover that is left for them", async () => {
    const { house, account, rest } = await seasoned(12, 10);
    await rest(account, false, wad(5));
    // Short 15 if all asks fill: 12 * 2,000 * 2 % + 3 * 2,000 * 10 %.
    expect((await house.health(account)).initialMargin).to.equal(wad(480) + wad(600));
    await rest(account, true, wad(25));
    // Long 15 if all bids do.
    expect((await house.health(account)).initialMargin).to.equal(wad(3_000));
  });

  it("has one leg make good what the other loses, so an uncertain price costs its covered part nothing", async () => {
    const { house, account, setPrice, owner, alice, logic } = await seasoned(6, 10);
    await setPrice({ validity: Validity.UNCERTAIN, confidence: wad(100) });
    // Four uncovered lose 400. Kept: 20 % of 10 * 2,100 = 4,200. Equity 12,100 - 400 = 11,700; cash is the limit.
    expect(await house.withdrawable(account)).to.equal(wad(100));
    await expect(owner.withdrawSpot(account, ETHER, wad(6), alice))
      .to.be.revertedWithCustomError(logic.hedges, "HedgeLocked")
      .withArgs(account, MARKET, wad(6), 0n);
  });

  it("asks a reducing trade below maintenance to keep the ratio, the haircut on what it uncovers included", async () => {
    const { house, logic, account, other, meet, setPrice } = await seasoned(10, 10);
    // Mark above index by 10.05 %: equity 20,100 - 20,100 = 0, below any maintenance.
    await setPrice({ mark: wad(4_010), index: wad(2_000) });
    expect((await house.health(account)).equity).to.equal(0n);
    await expect(meet(account, other, wad(1), wad(4_010)))
      .to.be.revertedWithCustomError(logic.trades, "MarginRatioWorsened")
      // Uncovering one costs 400.
      .withArgs(account, wad(-400), wad("360.9"));
  });
});

describe("Taking out spot that covers a short", () => {
  it("drops the class in the same call", async () => {
    const { owner, account, keyOf, alice, house } = await seasoned(10, 10);
    expect(isHedged(await keyOf())).to.equal(true);
    await owner.withdrawSpot(account, ETHER, wad("0.5"), alice);
    expect(isHedged(await keyOf())).to.equal(true);
    await owner.withdrawSpot(account, ETHER, 1n, alice);
    expect(isHedged(await keyOf())).to.equal(false);
    expect((await house.positionOf(account, MARKET)).covered).to.equal(wad("9.5") - 1n);
  });

  it("needs no price of the market if the account has no position in it", async () => {
    const { owner, account, prices, alice, ether } = await seasoned(10, 0);
    await prices.setDead(MARKET, true);
    await owner.withdrawSpot(account, ETHER, wad(10), alice);
    expect(await ether.balanceOf(alice)).to.equal(wad(10));
  });

  it("is locked while mark and index are more than 1 % apart; what covers nothing may go", async () => {
    const { owner, account, logic, alice, setPrice } = await seasoned(12, 10);
    await setPrice({ mark: wad(2_000) + 1n, index: (wad(2_000) * 100n) / 101n });
    await expect(owner.withdrawSpot(account, ETHER, wad(2) + 1n, alice))
      .to.be.revertedWithCustomError(logic.hedges, "HedgeLocked")
      .withArgs(account, MARKET, wad(10), wad(10) - 1n);
    await owner.withdrawSpot(account, ETHER, wad(2), alice);
    await setPrice({ mark: wad(2_020), index: wad(2_000) });
    await owner.withdrawSpot(account, ETHER, 1n, alice);
  });

  it("is locked for 30 minutes after a deleveraging of the market", async () => {
    const { owner, account, logic, alice, carol, dave, house, engine, open, meet, setPrice } = await seasoned(10, 10);
    const [long, short] = [await open(carol, 10_000), await open(dave, 10_000)];
    await meet(long, short, wad(1), wad(2_200));
    await setPrice({ mark: wad(2_000) });
    await house.connect(engine).deleverage(long, MARKET, wad(1), wad(2_000), 0n, 8);
    const at = await networkHelpers.time.latest();
    await networkHelpers.time.setNextBlockTimestamp(at + 1_799);
    await expect(owner.withdrawSpot(account, ETHER, 1n, alice)).to.be.revertedWithCustomError(
      logic.hedges,
      "HedgeLocked",
    );
    await networkHelpers.time.setNextBlockTimestamp(at + 1_800);
    await owner.withdrawSpot(account, ETHER, 1n, alice);
  });

  it("is locked under no stress for spot that has not seasoned, and so has covered nothing", async () => {
    const { owner, account, alice, setPrice } = await hedge(10, 10);
    await setPrice({ mark: wad(2_100), index: wad(2_000) });
    await owner.withdrawSpot(account, ETHER, wad(1), alice);
  });
});
