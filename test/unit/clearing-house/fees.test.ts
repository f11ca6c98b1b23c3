import { expect } from "chai";

import { loadLedger, MARKET, WAD, wad } from "../../support/ledger.js";

/** Fees of 13.333333333333333333 stand; the split is 30 % to Carol (insurance), 20 % to Dave (backstop), the rest to Erin. */
async function withFees() {
  const fixture = await loadLedger();
  const { house, open, meet, configure, alice, bob, carol, dave, erin } = fixture;
  const insurance = await open(carol);
  const backstop = await open(dave);
  const treasury = await open(erin);
  const split = {
    insuranceAccount: insurance,
    backstopAccount: backstop,
    treasuryAccount: treasury,
    insuranceShare: 300_000n,
    backstopShare: 200_000n,
  };
  await configure({ makerFee: 0n, takerFee: 10_000n });
  await meet(await open(alice, 1_000), await open(bob, 1_000), wad("0.666666666666666666"));
  return { ...fixture, insurance, backstop, treasury, split, house };
}

describe("Fees", () => {
  it("are kept apart until somebody distributes them by the split, the rounding to the treasury", async () => {
    const { house, stranger, logic, split, insurance, backstop, treasury, cashOf } = await withFees();
    const fees = wad("13.33333333333333332");
    expect(await house.feesAccrued()).to.equal(fees);
    await expect(house.setFeeSplit(split)).to.emit(logic.listing, "FeeSplitChanged");
    const [first, second] = [(fees * 3n) / 10n, fees / 5n];
    await expect(house.connect(stranger).distributeFees())
      .to.emit(logic.accounts, "FeesDistributed")
      .withArgs(0n, first, second, fees - first - second);
    expect(await cashOf(insurance)).to.equal(first);
    expect(await cashOf(backstop)).to.equal(second);
    expect(await cashOf(treasury)).to.equal(fees - first - second);
    expect(await house.feesAccrued()).to.equal(0n);
  });

  it("distributed twice are paid once", async () => {
    const { house, split, treasury, cashOf } = await withFees();
    await house.setFeeSplit(split);
    await house.distributeFees();
    const cash = await cashOf(treasury);
    await house.distributeFees();
    expect(await cashOf(treasury)).to.equal(cash);
  });

  it("wait for a split rather than go to an account nobody owns", async () => {
    const { house, logic, split } = await withFees();
    const fees = await house.feesAccrued();
    await expect(house.distributeFees()).to.be.revertedWithCustomError(logic.accounts, "UnknownAccount").withArgs(0n);
    expect(await house.feesAccrued()).to.equal(fees);
    await house.setFeeSplit(split);
    await house.distributeFees();
    expect(await house.feesAccrued()).to.equal(0n);
  });

  it("are split among accounts that exist, by at most 100 %", async () => {
    const { house, logic, split } = await withFees();
    for (const name of ["insuranceAccount", "backstopAccount", "treasuryAccount"] as const) {
      for (const unknown of [0n, 99n]) {
        await expect(house.setFeeSplit({ ...split, [name]: unknown }))
          .to.be.revertedWithCustomError(logic.accounts, "UnknownAccount")
          .withArgs(unknown);
      }
    }
    await expect(house.setFeeSplit({ ...split, backstopShare: 700_001n }))
      .to.be.revertedWithCustomError(logic.listing, "UnsafeParameter")
      .withArgs("fee shares at most 100 %", 1_000_001n, 1_000_000n);
    await house.setFeeSplit({ ...split, backstopShare: 700_000n });
    expect((await house.feeSplit()).backstopShare).to.equal(700_000n);
  });

  it("are rounded up, to the wei", async () => {
    const { house, configure, meet, open, alice, bob } = await loadLedger();
    await configure({ makerFee: 1n, takerFee: 1n });
    await meet(await open(alice, 1_000), await open(bob, 1_000), wad("0.005") + 1n);
    // (0.005e18 + 1) * 2,000 * 1e-6 = 10,000,000,000,000.002 from each.
    expect(await house.feesAccrued()).to.equal(2n * 10_000_000_000_001n);
  });

  it("come out of profit before it matures", async () => {
    const { house, configure, meet, setPrice, open, cashOf, alice, bob } = await loadLedger();
    const winner = await open(alice, 1_000);
    const loser = await open(bob, 1_000);
    await meet(winner, loser, WAD);
    await configure({ maturity: 10_000n, makerFee: 10_000n });
    await setPrice({ mark: 2_100n * WAD });
    await meet(loser, winner, WAD, 2_100n * WAD);
    // 100 of profit less 1 % of 2,100.
    expect(await cashOf(winner)).to.equal(1_079n * WAD);
    expect(await house.maturing(winner)).to.equal(79n * WAD);
    expect((await house.marketConfig(MARKET)).makerFee).to.equal(10_000n);
  });
});
