import { expect } from "chai";

import { withHedges } from "../../support/hedges.js";
import { isDustBelow, loadLedger, MARKET, START, WAD, wad } from "../../support/ledger.js";

/** Rounding of a few touches. */
const DUST = 1_000n;

/**
 * Alice is short 10 at 2,000 and holds 10 ether, Carol is short 10 at a price, both against Bob. At 1,800 Alice has gained 2,000.
 * The bucket of 2,000 begins at 1,967.28: at most 167.28 a unit may be charged.
 */
async function load(carols = START) {
  const fixture = await withHedges(await loadLedger());
  const { house, engine, open, meet, stock, season, setPrice, alice, bob, carol } = fixture;
  const [hedged, directional] = [await open(alice, 20_000), await open(carol, 20_000)];
  const long = await open(bob, 500_000);
  await stock(alice, hedged, wad(10));
  await season();
  await meet(long, hedged, wad(10));
  await meet(long, directional, wad(10), carols);
  await setPrice({ mark: wad(1_800) });
  const sizes = async () => [(await fixture.positionOf(directional)).size, (await fixture.positionOf(hedged)).size];
  const deleverage = (size: number, deficit = 0, most = 64, price = 1_800) =>
    house.connect(engine).deleverage(long, MARKET, wad(size), wad(price), wad(deficit), most);
  return { ...fixture, hedged, directional, long, sizes, deleverage };
}

describe("Under HedgeLast (P9)", () => {
  it("no hedge is torn up while a directional position in profit is left", async () => {
    const { sizes, deleverage } = await load();
    await deleverage(6);
    expect(await sizes()).to.deep.equal([wad(-4), wad(-10)]);
    await deleverage(10);
    expect(await sizes()).to.deep.equal([0n, wad(-4)]);
  });

  it("directional profit pays a deficit as far as it can, hedged profit only what is then missing", async () => {
    const { hedged, directional, equityOf, deleverage } = await load();
    const [one, two] = [await equityOf(directional), await equityOf(hedged)];
    await deleverage(0, 1_000);
    expect(isDustBelow(await equityOf(directional), one - wad(1_000), DUST)).to.equal(true);
    expect(await equityOf(hedged)).to.equal(two);
    // 672.8 are left to charge of Carol's 1,672.8.
    await deleverage(0, 1_000);
    const paid = one - (await equityOf(directional));
    expect(paid > wad("1672.7") && paid < wad("1672.9")).to.equal(true);
    expect(isDustBelow(await equityOf(hedged), two - (wad(2_000) - paid), DUST)).to.equal(true);
  });

  it("a tranche that was charged and then torn down to a twentieth still comes before hedges, for what is left of it", async () => {
    const { hedged, equityOf, sizes, deleverage } = await load();
    const two = await equityOf(hedged);
    await deleverage(0, 1_600);
    await deleverage(9.5);
    expect(await sizes()).to.deep.equal([wad("-0.5"), wad(-10)]);
    // Of 167.28 a unit 160 were charged: 7.28 are left to charge on each unit that is left, and every unit can be torn up.
    await deleverage(0, 3);
    expect(await equityOf(hedged)).to.equal(two);
    await deleverage(0.4);
    expect(await sizes()).to.deep.equal([wad("-0.1"), wad(-10)]);
  });

  it("a bound on the tranches leaves hedges out before anybody else", async () => {
    const { sizes, deleverage } = await load();
    await deleverage(20, 0, 1);
    expect(await sizes()).to.deep.equal([0n, wad(-10)]);
  });

  it("newcomers of a later generation come before hedges of an earlier one", async () => {
    const { open, meet, dave, long, sizes, positionOf, setPrice, deleverage } = await load();
    await deleverage(10);
    expect(await sizes()).to.deep.equal([0n, wad(-10)]);
    const late = await open(dave, 20_000);
    await setPrice({});
    await meet(long, late, wad(3));
    await setPrice({ mark: wad(1_800) });
    expect((await positionOf(late)).generation).to.equal(1n);
    await deleverage(2);
    // Shorts round up by a wei.
    expect((await positionOf(late)).size + wad(1)).to.be.within(-1n, 0n);
    expect((await sizes())[1]).to.equal(wad(-10));
  });

  it("a worse price than the mark reaches no hedge while a directional position is in profit at mark (TORN_UP)", async () => {
    // Sold at 1,850: the bucket begins at 1,817.5, in profit at 1,800 and not at 1,840.
    const { sizes, deleverage } = await load(wad(1_850));
    await deleverage(5, 0, 64, 1_840);
    expect(await sizes()).to.deep.equal([wad(-10), wad(-10)]);
    await deleverage(10);
    expect(await sizes()).to.deep.equal([0n, wad(-10)]);
    await deleverage(5, 0, 64, 1_840);
    expect(await sizes()).to.deep.equal([0n, wad(-5)]);
  });

  it("the last step, at mark, closes directional losers before hedged ones", async () => {
    const { house, engine, long, sizes, setPrice } = await load();
    await setPrice({ mark: wad(2_200) });
    await house.connect(engine).closeAtMark(long, MARKET, wad(12), 64);
    expect(await sizes()).to.deep.equal([0n, wad(-8)]);
  });

  it("a hedge is no better off than anybody else once the market's policy knows none", async () => {
    const { house, hedged, proRata, hedging, sizes, deleverage } = await load();
    await hedging({ policy: await proRata.getAddress() });
    await house.poke(hedged, MARKET);
    await deleverage(10);
    expect(await sizes()).to.deep.equal([wad(-5), wad(-5)]);
  });

  it("a deficit of a position that stays is charged without closing it, and neither size nor deficit is refused", async () => {
    const { house, engine, logic, long, sizes, deleverage } = await load();
    await deleverage(0, 10);
    expect(await sizes()).to.deep.equal([wad(-10), wad(-10)]);
    await expect(house.connect(engine).deleverage(long, MARKET, 0n, wad(1_800), 0n, 64))
      .to.be.revertedWithCustomError(logic.deleveraging, "NotItsSide")
      .withArgs(long, MARKET, 20n * WAD, 0n);
  });
});
