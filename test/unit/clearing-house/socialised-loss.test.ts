import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { Action, allTo, ethers, loadLedger, MARKET, START, usdc, Validity, WAD, wad } from "../../support/ledger.js";

/**
 * Carol and Dave put in 350 each and are owed 500 each; Bob put in 200 and owes 100 without a position. The ledger holds 900
 * against claims of 1,000: a loss of 10 %.
 */
async function debt() {
  const fixture = await loadLedger();
  const { house, engine, open, meet, setPrice, bob, carol, dave } = fixture;
  const ledger = house.connect(engine);
  const debtor = await open(bob, 200);
  const early = await open(carol, 350);
  const late = await open(dave, 350);
  await meet(debtor, early, WAD / 2n);
  await meet(debtor, late, WAD / 2n);
  await setPrice({ mark: 1_700n * WAD });
  for (const winner of [early, late]) {
    await ledger.transferPosition(debtor, winner, MARKET, WAD / 2n, 1_700n * WAD, 0n, false);
  }
  return { ...fixture, ledger, debtor, early, late };
}

describe("A loss nobody was left to bear", () => {
  it("is written off the account and put on record", async () => {
    const { house, ledger, logic, debtor, early, late, cashOf } = await debt();
    expect(await cashOf(debtor)).to.equal(-100n * WAD);
    await expect(ledger.socialiseLoss(debtor))
      .to.emit(logic.transfers, "LossSocialised")
      .withArgs(debtor, 100n * WAD, 100n * WAD);
    expect(await cashOf(debtor)).to.equal(0n);
    expect(await house.socialisedLoss()).to.equal(100n * WAD);
    for (const winner of [early, late]) expect(await cashOf(winner)).to.equal(500n * WAD);
  });

  it("costs the early and the late withdrawer the same 10 %", async () => {
    const { house, ledger, logic, token, debtor, early, late, cashOf, carol, dave } = await debt();
    await ledger.socialiseLoss(debtor);
    // 900 / 1,000 of 500.
    await expect(house.connect(carol).withdraw(early, usdc(500), carol))
      .to.emit(logic.accounts, "Withdrawn")
      .withArgs(early, carol.address, 500n * WAD, usdc(450));
    expect(await token.balanceOf(carol)).to.equal(usdc(450));
    expect(await cashOf(early)).to.equal(0n);
    // What was not paid repaid its part: 450 / 500 is 90 % again.
    expect(await house.socialisedLoss()).to.equal(50n * WAD);
    await house.connect(dave).withdraw(late, usdc(500), dave);
    expect(await token.balanceOf(dave)).to.equal(usdc(450));
    expect(await house.socialisedLoss()).to.equal(0n);
    expect(await token.balanceOf(house)).to.equal(0n);
  });

  it("costs the same in many small withdrawals as in one, up to a unit each, never less", async () => {
    const { house, ledger, token, debtor, early, carol } = await debt();
    await ledger.socialiseLoss(debtor);
    for (const part of ["100.000001", "199.999998", "200.000001"]) {
      await house.connect(carol).withdraw(early, usdc(part), carol);
    }
    const paid = await token.balanceOf(carol);
    expect(paid).to.be.lessThanOrEqual(usdc(450));
    expect(paid).to.be.greaterThanOrEqual(usdc(450) - 3n);
  });

  it("is repaid by fees first, and then withdrawals are whole again", async () => {
    const { house, ledger, logic, token, configure, open, meet, debtor, late, early, alice, erin, carol, dave } =
      await debt();
    await ledger.socialiseLoss(debtor);
    await house.connect(carol).withdraw(early, usdc(500), carol);
    // 1 % of 8,500 = 85 of fees: 50 repay the loss, 35 go where fees go.
    const treasury = await open(erin, 10_000);
    await house.setFeeSplit(allTo(treasury));
    await configure({ takerFee: 10_000n });
    await meet(await open(alice, 10_000), treasury, 5n * WAD, 1_700n * WAD);
    expect(await house.feesAccrued()).to.equal(85n * WAD);
    await expect(house.distributeFees())
      .to.emit(logic.accounts, "FeesDistributed")
      .withArgs(50n * WAD, 0n, 0n, 35n * WAD);
    expect(await house.socialisedLoss()).to.equal(0n);
    await house.connect(dave).withdraw(late, usdc(500), dave);
    expect(await token.balanceOf(dave)).to.equal(usdc(500));
  });

  it("cannot be repaid by fees beyond what it is", async () => {
    const { house, ledger, logic, configure, open, meet, debtor, alice, erin } = await debt();
    await ledger.socialiseLoss(debtor);
    const treasury = await open(erin, 10_000);
    await configure({ takerFee: 10_000n });
    await meet(await open(alice, 10_000), treasury, WAD, 1_700n * WAD);
    await house.setFeeSplit(allTo(treasury));
    await expect(house.distributeFees())
      .to.emit(logic.accounts, "FeesDistributed")
      .withArgs(17n * WAD, 0n, 0n, 0n);
    expect(await house.socialisedLoss()).to.equal(83n * WAD);
  });

  it("is nothing for an account that owes nothing, and adds up over accounts", async () => {
    const { house, ledger, early, debtor } = await debt();
    expect(await ledger.socialiseLoss.staticCall(early)).to.equal(0n);
    await ledger.socialiseLoss(early);
    expect(await house.socialisedLoss()).to.equal(0n);
    await ledger.socialiseLoss(debtor);
    await ledger.socialiseLoss(debtor);
    expect(await house.socialisedLoss()).to.equal(100n * WAD);
  });

  it("is not final while the account holds a position", async () => {
    const { ledger, logic, meet, setPrice, open, erin, early } = await debt();
    const debtor = await open(erin, 200);
    await setPrice({});
    await meet(debtor, early, WAD);
    await setPrice({ mark: 1_000n * WAD });
    await expect(ledger.socialiseLoss(debtor))
      .to.be.revertedWithCustomError(logic.transfers, "PositionsRemain")
      .withArgs(debtor, 1n);
  });

  it("is what spot, sold at its discount, would not cover", async () => {
    const { house, ledger, prices, setPrice, debtor, bob, cashOf } = await debt();
    const ether = await ethers.deployContract("TestToken", ["Ether", "ETH", 18]);
    await house.listSpotAsset(0, { token: ether, decimals: 18n, market: MARKET, haircut: 200_000n, discount: 50_000n });
    await ether.mint(bob, WAD);
    await ether.connect(bob).approve(house, WAD);
    await setPrice({});
    await house.connect(bob).depositSpot(debtor, 0, wad("0.05"));
    // A buyer would pay 0.05 * 2,000 * 95 % = 95 of the 100; that the haircut is 20 % does not matter here.
    await ledger.socialiseLoss(debtor);
    expect(await house.socialisedLoss()).to.equal(5n * WAD);
    expect(await cashOf(debtor)).to.equal(-95n * WAD);
    await setPrice({ mark: START, validity: Validity.UNCERTAIN });
    await expect(ledger.socialiseLoss(debtor))
      .to.be.revertedWithCustomError(prices, "PriceNotUsable")
      .withArgs(MARKET, Action.DELEVERAGE, Validity.UNCERTAIN, ZeroAddress, 0n);
  });

  it("counts what a torn-up position has still to settle", async () => {
    const { house, ledger, setPrice, meet, open, alice, erin, cashOf } = await debt();
    const winner = await open(alice, 1_000);
    const victim = await open(erin, 1_000);
    await setPrice({});
    await meet(winner, victim, WAD);
    await setPrice({ mark: 2_500n * WAD });
    await ledger.deleverage(victim, MARKET, -WAD, 2_500n * WAD, 0n, 10n);
    // The winner's cash is untouched so far; taking all of it leaves the 500 still pending.
    await ledger.transferCash(winner, victim, 1_000n * WAD);
    expect(await ledger.socialiseLoss.staticCall(winner)).to.equal(0n);
    await house.poke(winner, MARKET);
    expect(await cashOf(winner)).to.equal(500n * WAD);
  });

  it("never lets a withdrawal of one unit be paid in full", async () => {
    const { house, ledger, token, debtor, early, carol } = await debt();
    await ledger.socialiseLoss(debtor);
    await house.connect(carol).withdraw(early, 1n, carol);
    expect(await token.balanceOf(carol)).to.equal(0n);
  });
});
