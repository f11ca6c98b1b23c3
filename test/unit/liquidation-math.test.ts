import { expect } from "chai";

import { deployLinked, ethers, MAX_UINT, networkHelpers, WAD, wad } from "../support/ledger.js";

/** A short at 2,000 with equity 700 and maintenance 930, as in the waterfall's tests; changed as a test needs. */
function recovery(changes: Record<string, bigint> = {}) {
  return {
    equity: wad(700),
    maintenance: wad(930),
    size: wad(10),
    mark: wad(1_860),
    limit: wad(1_860),
    maintenanceRate: wad("0.05"),
    costRate: 0n,
    buffer: 100_000n,
    ...changes,
  };
}

describe("The arithmetic of a liquidation", () => {
  async function deployMath() {
    const harness = await deployLinked("LiquidationMathHarness", []);
    return ethers.getContractAt("LiquidationMathHarness", await harness.getAddress());
  }

  it("rounds maintenance up, as the ledger does", async () => {
    const math = await networkHelpers.loadFixture(deployMath);
    expect(await math.maintenanceOf(wad(10), wad(1_860), wad("0.05"))).to.equal(wad(930));
    expect(await math.maintenanceOf(1n, 1n, 1n)).to.equal(1n);
    expect(await math.maintenanceOf(0n, wad(1), wad(1))).to.equal(0n);
  });

  it("gives a position its share of equity, rounded down on both sides of zero", async () => {
    const math = await networkHelpers.loadFixture(deployMath);
    expect(await math.equityShare(10n, 1n, 3n)).to.equal(3n);
    expect(await math.equityShare(-10n, 1n, 3n)).to.equal(-4n);
    expect(await math.equityShare(10n, 3n, 3n)).to.equal(10n);
    expect(await math.equityShare(-10n, 0n, 0n)).to.equal(-10n);
  });

  it("puts the bankruptcy price where the share is gone, rounded so that the account ends at zero or above", async () => {
    const math = await networkHelpers.loadFixture(deployMath);
    expect(await math.bankruptcyPrice(true, wad(10), wad(1_860), wad(700))).to.equal(wad(1_790));
    expect(await math.bankruptcyPrice(false, wad(10), wad(2_130), wad(800))).to.equal(wad(2_210));
    expect(await math.bankruptcyPrice(true, wad(10), wad(1_750), wad(-400))).to.equal(wad(1_790));
    expect(await math.bankruptcyPrice(false, wad(10), wad(2_250), wad(-400))).to.equal(wad(2_210));
    expect(await math.bankruptcyPrice(true, 3n * WAD, wad(100), -1n)).to.equal(wad(100) + 1n);
    expect(await math.bankruptcyPrice(false, 3n * WAD, wad(100), -1n)).to.equal(wad(100) - 1n);
  });

  it("keeps the bankruptcy price above zero", async () => {
    const math = await networkHelpers.loadFixture(deployMath);
    expect(await math.bankruptcyPrice(true, 1n, wad(100), wad(1))).to.equal(1n);
    expect(await math.bankruptcyPrice(false, 1n, wad(100), wad(-1))).to.equal(1n);
  });

  it("slides the bound from the mark at full maintenance to the bankruptcy price at none", async () => {
    const math = await networkHelpers.loadFixture(deployMath);
    const at = (equity: bigint) => math.slidingLimit(true, wad(1_860), wad(1_790), equity, wad(900));
    expect(await at(wad(900))).to.equal(wad(1_860));
    // half of maintenance: half of the 70 between mark and bankruptcy
    expect(await at(wad(450))).to.equal(wad(1_825));
    // nearly none: nearly all of it
    expect(await at(1n)).to.equal(wad(1_790) + 1n);
    expect(await math.slidingLimit(false, wad(2_130), wad(2_210), wad(450), wad(900))).to.equal(wad(2_170));
  });

  it("bounds an account without equity, or with more than its maintenance, at the mark", async () => {
    const math = await networkHelpers.loadFixture(deployMath);
    expect(await math.slidingLimit(true, wad(100), wad(120), 0n, wad(5))).to.equal(wad(100));
    expect(await math.slidingLimit(true, wad(100), wad(120), wad(-5), wad(5))).to.equal(wad(100));
    expect(await math.slidingLimit(false, wad(100), wad(80), wad(6), wad(5))).to.equal(wad(100));
  });

  it("asks for the size that recovers the account, rounded up", async () => {
    const math = await networkHelpers.loadFixture(deployMath);
    // (1,023 - 700) / (1,860 * 5 % * 1.1) = 3.15738...
    expect(await math.sizeToRecover(recovery())).to.equal(3_157_380_254_154_447_703n);
    // ten off the mark and 1 % of costs on 1,850: 323 / (102.3 - 10 - 18.5)
    expect(await math.sizeToRecover(recovery({ limit: wad(1_850), costRate: 10_000n }))).to.equal(
      4_376_693_766_937_669_377n,
    );
  });

  it("asks for all of it when closing frees less than it costs, or equity is gone", async () => {
    const math = await networkHelpers.loadFixture(deployMath);
    expect(await math.sizeToRecover(recovery({ limit: wad(1_750) }))).to.equal(wad(10));
    expect(await math.sizeToRecover(recovery({ equity: 0n }))).to.equal(wad(10));
    expect(await math.sizeToRecover(recovery({ equity: wad(-1) }))).to.equal(wad(10));
  });

  it("asks for nothing of an account above its buffer", async () => {
    const math = await networkHelpers.loadFixture(deployMath);
    expect(await math.sizeToRecover(recovery({ equity: wad(1_023) }))).to.equal(0n);
  });

  it("shows the price at which equity meets maintenance, and none where there is none", async () => {
    const math = await networkHelpers.loadFixture(deployMath);
    const rate = wad("0.05");
    // 2,000 - 1,100 / 9.5 and 2,000 + 1,100 / 10.5
    expect(await math.liquidationPrice(true, wad(10), wad(2_000), wad(2_100), wad(1_000), rate)).to.equal(
      1_884_210_526_315_789_473_685n,
    );
    expect(await math.liquidationPrice(false, wad(10), wad(2_000), wad(2_100), wad(1_000), rate)).to.equal(
      2_104_761_904_761_904_761_904n,
    );
    expect(await math.liquidationPrice(true, wad(1), wad(100), wad(1_000), wad(5), rate)).to.equal(0n);
  });

  it("scores a queue by profit and leverage, and puts accounts without equity first", async () => {
    const math = await networkHelpers.loadFixture(deployMath);
    // long bought at 100, now 150: 1.5 * 3,000 / 1,000
    expect(await math.queueScore(true, wad(150), wad(100), wad(3_000), wad(1_000))).to.equal(wad("4.5"));
    // short sold at 150, now 100: the same
    expect(await math.queueScore(false, wad(100), wad(150), wad(3_000), wad(1_000))).to.equal(wad("4.5"));
    expect(await math.queueScore(false, wad(100), wad(150), wad(3_000), 0n)).to.equal(MAX_UINT);
    expect(await math.queueScore(true, wad(100), 0n, wad(1), wad(1))).to.be.greaterThan(0n);
  });
});
