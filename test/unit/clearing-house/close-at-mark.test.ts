import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { Action, loadLedger, MARKET, MAX_UINT, Validity, WAD, wad } from "../../support/ledger.js";

/** Bob is long 2 @ 2,000 against Carol; shorts sold at 1,700 to Erin are under water at the mark of 1,800. */
async function losersOnly() {
  const fixture = await loadLedger();
  const { house, engine, open, meet, setPrice, alice, bob, carol, dave } = fixture;
  const victim = await open(bob, 400);
  const winner = await open(carol, 10_000);
  const loser = await open(dave, 10_000);
  const rich = await open(alice, 100_000);
  await meet(victim, winner, 2n * WAD);
  await setPrice({ mark: 1_700n * WAD });
  await meet(rich, loser, 3n * WAD, 1_700n * WAD);
  await setPrice({ mark: 1_800n * WAD });
  const close = (size: bigint, tranches = 10n) => house.connect(engine).closeAtMark(victim, MARKET, size, tranches);
  return { ...fixture, victim, winner, loser, rich, close };
}

describe("Closing at mark against positions that are not in profit", () => {
  it("is refused while anybody on the other side is in profit, with that tranche's key", async () => {
    const { close, logic, positionOf, winner } = await losersOnly();
    await expect(close(WAD))
      .to.be.revertedWithCustomError(logic.deleveraging, "ProfitRemains")
      .withArgs(MARKET, (await positionOf(winner)).key);
  });

  it("is refused for a profit in a class that would be reached later", async () => {
    const { configure, policies, close, house, logic, meet, setPrice, positionOf, open, erin, rich, winner } =
      await losersOnly();
    await configure({ policy: await policies.leverageFirst.getAddress() });
    // Erin is short 5 @ 1,790 with 1,000: leverage 9, an earlier class than Carol's profit at leverage 1/3.
    await setPrice({ mark: 1_790n * WAD });
    const levered = await open(erin, 1_000);
    await meet(rich, levered, 5n * WAD, 1_790n * WAD);
    await house.poke(winner, MARKET);
    await setPrice({ mark: 1_800n * WAD });
    expect((await positionOf(levered)).key).to.be.lessThan((await positionOf(winner)).key);
    await expect(close(WAD))
      .to.be.revertedWithCustomError(logic.deleveraging, "ProfitRemains")
      .withArgs(MARKET, (await positionOf(winner)).key);
  });

  it("changes nobody's equity, and takes what was asked", async () => {
    const { house, logic, engine, close, equityOf, positionOf, cashOf, victim, winner, loser, rich } =
      await losersOnly();
    await house.connect(engine).transferPosition(rich, winner, MARKET, 2n * WAD, 1_800n * WAD, 0n, false);
    const half = wad("1.5");
    const before = await Promise.all([victim, winner, loser, rich].map(equityOf));
    expect(await house.connect(engine).closeAtMark.staticCall(victim, MARKET, half, 10n)).to.equal(half);
    await expect(close(half)).to.emit(logic.deleveraging, "TrancheDeleveraged");
    const after = await Promise.all([victim, winner, loser, rich].map(equityOf));
    for (const [i, equity] of after.entries()) {
      expect(equity).to.be.closeTo(before[i]!, 2n);
      expect(equity).to.be.lessThanOrEqual(before[i]!);
    }
    expect((await positionOf(victim)).size).to.equal(WAD / 2n);
    expect((await positionOf(loser)).size).to.equal(-half);
    expect((await positionOf(loser)).breakEven).to.equal(1_700n * WAD);
    expect(await cashOf(victim)).to.equal(100n * WAD);
    // The loser's realised part, 1.5 * (1,700 - 1,800), waits for its next touch.
    expect((await positionOf(loser)).pending).to.equal(wad(-150));
  });

  it("takes no more than the account holds, than there is, and than the tranches allow", async () => {
    const { house, engine, close, positionOf, victim, winner, rich } = await losersOnly();
    await house.connect(engine).transferPosition(rich, winner, MARKET, 2n * WAD, 1_800n * WAD, 0n, false);
    await close(WAD, 0n);
    await close(0n);
    expect((await positionOf(victim)).size).to.equal(2n * WAD);
    await close(MAX_UINT);
    expect((await positionOf(victim)).size).to.equal(0n);
    const state = await house.marketState(MARKET);
    expect(state.longOpenInterest).to.equal(WAD);
    expect(state.shortOpenInterest).to.equal(WAD);
  });

  it("needs a position and a valid price", async () => {
    const { house, engine, logic, prices, setPrice, open, close, victim, erin } = await losersOnly();
    const nobody = await open(erin);
    await expect(house.connect(engine).closeAtMark(nobody, MARKET, WAD, 10n))
      .to.be.revertedWithCustomError(logic.deleveraging, "NoPosition")
      .withArgs(nobody, MARKET);
    expect(victim).not.to.equal(nobody);
    await setPrice({ mark: 1_800n * WAD, validity: Validity.UNCERTAIN });
    await expect(close(WAD))
      .to.be.revertedWithCustomError(prices, "PriceNotUsable")
      .withArgs(MARKET, Action.DELEVERAGE, Validity.UNCERTAIN, ZeroAddress, 0n);
  });
});
