import { expect } from "chai";
import { ZeroAddress } from "ethers";

import {
  Action,
  ethers,
  loadLedger,
  MARKET,
  MAX_UINT,
  networkHelpers,
  OTHER_MARKET,
  usdc,
  Validity,
  WAD,
  wad,
} from "../../support/ledger.js";

const { time } = networkHelpers;

describe("Withdrawing quote", () => {
  it("pays exactly what is there, and not one unit more", async () => {
    const { house, token, logic, open, alice, bob } = await loadLedger();
    const account = await open(alice, 1_000);
    const owner = house.connect(alice);
    expect(await house.withdrawable(account)).to.equal(1_000n * WAD);
    await expect(owner.withdraw(account, usdc("1000.000001"), bob))
      .to.be.revertedWithCustomError(logic.accounts, "ExceedsWithdrawable")
      .withArgs(account, wad("1000.000001"), 1_000n * WAD);
    await expect(owner.withdraw(account, usdc(1_000), bob))
      .to.emit(logic.accounts, "Withdrawn")
      .withArgs(account, bob.address, 1_000n * WAD, usdc(1_000));
    expect(await token.balanceOf(bob)).to.equal(usdc(1_000));
    expect(await house.withdrawable(account)).to.equal(0n);
  });

  it("is refused for nothing, to nobody, and to anyone but the owner", async () => {
    const { house, logic, open, alice, bob } = await loadLedger();
    const account = await open(alice, 1);
    const owner = house.connect(alice);
    await expect(owner.withdraw(account, 0n, bob)).to.be.revertedWithCustomError(logic.accounts, "ZeroAmount");
    await expect(owner.withdraw(account, 1n, ethers.ZeroAddress)).to.be.revertedWithCustomError(
      logic.accounts,
      "ZeroAddress",
    );
    for (const other of [account, account + 1n, 0n]) {
      await expect(house.connect(bob).withdraw(other, 1n, bob))
        .to.be.revertedWithCustomError(logic.accounts, "NotAuthorised")
        .withArgs(other, bob.address);
    }
  });

  it("is refused for the maximum amount", async () => {
    const { house, logic, open, alice } = await loadLedger();
    const account = await open(alice, 1);
    await expect(house.connect(alice).withdraw(account, MAX_UINT / 10n ** 12n, alice)).to.be.revertedWithCustomError(
      logic.accounts,
      "ExceedsWithdrawable",
    );
    await expect(house.connect(alice).withdraw(account, MAX_UINT, alice))
      .to.be.revertedWithCustomError(logic.accounts, "ExceedsWithdrawable")
      .withArgs(account, MAX_UINT, WAD);
  });

  it("keeps 20 % of the notional behind a position even where initial margin is lower", async () => {
    const { house, logic, open, meet, alice, bob } = await loadLedger();
    const account = await open(alice, 1_000);
    await meet(account, await open(bob, 1_000), WAD);
    // Long 1 @ 2,000: initial margin 10 % = 200, kept 20 % = 400, so 1,000 - 400 = 600 may go.
    expect(await house.withdrawable(account)).to.equal(600n * WAD);
    await expect(house.connect(alice).withdraw(account, usdc("600.000001"), alice))
      .to.be.revertedWithCustomError(logic.accounts, "ExceedsWithdrawable")
      .withArgs(account, wad("600.000001"), 600n * WAD);
    await house.connect(alice).withdraw(account, usdc(600), alice);
    expect(await house.withdrawable(account)).to.equal(0n);
  });

  it("keeps initial margin where that is more, resting orders included", async () => {
    const { house, configure, open, meet, rest, alice, bob } = await loadLedger();
    await configure({ initialMarginRate: 250_000n, keptRate: 0n });
    const account = await open(alice, 1_000);
    await meet(account, await open(bob, 1_000), WAD);
    expect(await house.withdrawable(account)).to.equal(500n * WAD);
    // |1 + 0.5| * 2,000 * 25 % = 750.
    await rest(account, true, WAD / 2n);
    expect(await house.withdrawable(account)).to.equal(250n * WAD);
  });

  it("never pays out unrealised profit", async () => {
    const { house, open, meet, setPrice, alice, bob } = await loadLedger();
    const account = await open(alice, 1_000);
    await meet(account, await open(bob, 2_000), WAD);
    await setPrice({ mark: 3_000n * WAD });
    // Equity 2,000, kept 20 % of 3,000 = 600: 1,400 free, but only 1,000 of it is cash.
    expect(await house.withdrawable(account)).to.equal(1_000n * WAD);
  });

  it("counts an unrealised loss at once", async () => {
    const { house, open, meet, setPrice, alice, bob } = await loadLedger();
    const account = await open(alice, 1_000);
    await meet(account, await open(bob, 1_000), WAD);
    await setPrice({ mark: 1_900n * WAD });
    // Equity 900 - kept 380.
    expect(await house.withdrawable(account)).to.equal(520n * WAD);
    await setPrice({ mark: 1_100n * WAD });
    expect(await house.withdrawable(account)).to.equal(0n);
  });

  it("with a position asks for a price that is good enough, and names what is wrong with it", async () => {
    const { house, prices, open, meet, setPrice, alice, bob } = await loadLedger();
    const account = await open(alice, 1_000);
    await meet(account, await open(bob, 1_000), WAD);
    for (const validity of [Validity.STALE, Validity.INVALID]) {
      await setPrice({ validity });
      await expect(house.connect(alice).withdraw(account, 1n, alice))
        .to.be.revertedWithCustomError(prices, "PriceNotUsable")
        .withArgs(MARKET, Action.WITHDRAW, validity, ZeroAddress, 0n);
    }
    await setPrice({ validity: Validity.UNCERTAIN });
    await house.connect(alice).withdraw(account, 1n, alice);
    await prices.setDead(MARKET, true);
    await expect(house.connect(alice).withdraw(account, 1n, alice)).to.be.revertedWithCustomError(prices, "Dead");
  });

  it("under an uncertain price leaves what the bound worse for the account asks for", async () => {
    const { house, logic, open, meet, setPrice, alice, bob } = await loadLedger();
    const long = await open(alice, 1_000);
    const short = await open(bob, 1_000);
    await meet(long, short, WAD);
    await setPrice({ validity: Validity.UNCERTAIN, confidence: 100n * WAD });
    // Either side: 100 less of equity, and 20 % of 2,100 kept.
    for (const [owner, account] of [
      [alice, long],
      [bob, short],
    ] as const) {
      expect(await house.withdrawable(account)).to.equal(480n * WAD);
      await expect(house.connect(owner).withdraw(account, usdc("480.000001"), owner))
        .to.be.revertedWithCustomError(logic.accounts, "ExceedsWithdrawable")
        .withArgs(account, wad("480.000001"), 480n * WAD);
      await house.connect(owner).withdraw(account, usdc(480), owner);
    }
  });

  it("without a position asks for no price at all", async () => {
    const { house, prices, open, alice } = await loadLedger();
    const account = await open(alice, 1_000);
    await prices.setDead(MARKET, true);
    await house.connect(alice).withdraw(account, usdc(1_000), alice);
  });

  it("asks for no price once every order is cancelled, one by one or all at once", async () => {
    const { house, book, prices, open, rest, alice, bob } = await loadLedger();
    const account = await open(alice, 1_000);
    const other = await open(bob, 1_000);
    const epoch = await rest(account, true, WAD);
    await house.connect(book).release(account, MARKET, WAD, 0n, epoch, alice);
    await rest(other, false, WAD);
    await house.connect(book).releaseAll(other, MARKET, bob);
    await prices.setDead(MARKET, true);
    await house.connect(alice).withdraw(account, usdc(1_000), alice);
    await house.connect(bob).withdraw(other, usdc(1_000), bob);
  });
});

describe("Maturing profit", () => {
  /**
   * Alice has realised a profit of 500 over a maturity of 10,000 s in the block this returns the time of: the last second of a half
   * maturity, so that a charge may reach it for 5,000 s more.
   */
  async function profitOf500() {
    const fixture = await loadLedger();
    const { open, meet, setPrice, configure, alice, bob } = fixture;
    await configure({ maturity: 10_000n });
    const winner = await open(alice, 1_000);
    const loser = await open(bob, 2_000);
    await meet(winner, loser, WAD);
    await setPrice({ mark: 2_500n * WAD });
    const now = await time.latest();
    await time.increaseTo(now - (now % 5_000) + 2 * 5_000 - 3);
    await meet(loser, winner, WAD, 2_500n * WAD);
    return { ...fixture, winner, loser, at: await time.latest() };
  }

  it("becomes withdrawable linearly once a charge cannot reach it: nothing at once, half half way, all at the end", async () => {
    const { house, winner, cashOf, at } = await profitOf500();
    expect(await cashOf(winner)).to.equal(1_500n * WAD);
    expect(await house.maturing(winner)).to.equal(500n * WAD);
    expect(await house.withdrawable(winner)).to.equal(1_000n * WAD);
    await time.increaseTo(at + 5_000);
    expect(await house.maturing(winner)).to.equal(250n * WAD);
    expect(await house.withdrawable(winner)).to.equal(1_000n * WAD);
    await time.increaseTo(at + 5_001);
    expect(await house.withdrawable(winner)).to.equal(wad("1250.05"));
    await time.increaseTo(at + 9_990);
    expect(await house.withdrawable(winner)).to.equal(wad("1499.5"));
    await time.increaseTo(at + 10_000);
    expect(await house.maturing(winner)).to.equal(0n);
    expect(await house.withdrawable(winner)).to.equal(1_500n * WAD);
  });

  it("rounds what has not matured up, to the millionth", async () => {
    const { house, winner, at } = await profitOf500();
    await time.increaseTo(at + 10);
    // 500 * 9,990 / 10,000 = 499.5 exactly; after 3 s of 7 the thirds would show.
    expect(await house.maturing(winner)).to.equal(wad("499.5"));
  });

  it("cannot be withdrawn or transferred early, and can to the unit", async () => {
    const { house, logic, winner, at, open, alice } = await profitOf500();
    const other = await open(alice, 0, 1);
    await time.setNextBlockTimestamp(at + 5_000);
    await expect(house.connect(alice).withdraw(winner, usdc("1000.000001"), alice))
      .to.be.revertedWithCustomError(logic.accounts, "ExceedsWithdrawable")
      .withArgs(winner, wad("1000.000001"), 1_000n * WAD);
    await time.setNextBlockTimestamp(at + 5_010);
    await expect(house.connect(alice).withdraw(winner, usdc("1250.500001"), alice))
      .to.be.revertedWithCustomError(logic.accounts, "ExceedsWithdrawable")
      .withArgs(winner, wad("1250.500001"), wad("1250.5"));
    await time.setNextBlockTimestamp(at + 6_000);
    await expect(house.connect(alice).transfer(winner, other, 1_300n * WAD + 1n)).to.be.revertedWithCustomError(
      logic.accounts,
      "ExceedsWithdrawable",
    );
    await time.setNextBlockTimestamp(at + 6_010);
    await house.connect(alice).transfer(winner, other, wad("1300.5"));
    expect(await house.withdrawable(winner)).to.equal(0n);
  });

  it("is margin from the first second: only leaving is delayed", async () => {
    const { house, winner } = await profitOf500();
    expect((await house.health(winner)).equity).to.equal(1_500n * WAD);
  });

  it("joins what was maturing, over the average of the time each had left by amount", async () => {
    const { house, winner, loser, meet, setPrice, at } = await profitOf500();
    // At +4,000 s: 300 left with 6,000 s to go. 100 more with 10,000 s: (300 * 6,000 + 100 * 10,000) / 400 = 7,000 s.
    await meet(winner, loser, WAD, 2_500n * WAD);
    await setPrice({ mark: 2_600n * WAD });
    await time.increaseTo(at + 3_998);
    await meet(loser, winner, WAD, 2_600n * WAD);
    expect(await time.latest()).to.equal(at + 4_000);
    expect(await house.maturing(winner)).to.equal(400n * WAD);
    await time.increaseTo(at + 4_000 + 3_500);
    expect(await house.maturing(winner)).to.equal(200n * WAD);
    await time.increaseTo(at + 4_000 + 7_000);
    expect(await house.maturing(winner)).to.equal(0n);
  });

  it("is eaten by losses first, and the rest matures at the time it would have", async () => {
    const { house, winner, loser, meet, setPrice, cashOf, at } = await profitOf500();
    await meet(winner, loser, WAD, 2_500n * WAD);
    await setPrice({ mark: 2_350n * WAD });
    await time.increaseTo(at + 4_998);
    await meet(loser, winner, WAD, 2_350n * WAD);
    // 250 were left at +5,000; the loss of 150 leaves 100, and cash 1,350.
    expect(await time.latest()).to.equal(at + 5_000);
    expect(await cashOf(winner)).to.equal(1_350n * WAD);
    expect(await house.maturing(winner)).to.equal(100n * WAD);
    // A charge may still reach 500 less the loss, for a second.
    expect(await house.withdrawable(winner)).to.equal(1_000n * WAD);
    await time.increaseTo(at + 5_001);
    expect(await house.withdrawable(winner)).to.equal(wad("1250.02"));
    await time.increaseTo(at + 7_500);
    expect(await house.maturing(winner)).to.equal(50n * WAD);
    await time.increaseTo(at + 10_000);
    expect(await house.maturing(winner)).to.equal(0n);
  });

  it("is gone after a larger loss, of which the cash bears the rest", async () => {
    const { house, winner, loser, meet, setPrice } = await profitOf500();
    await meet(winner, loser, WAD, 2_500n * WAD);
    await setPrice({ mark: 1_900n * WAD });
    await meet(loser, winner, WAD, 1_900n * WAD);
    expect(await house.maturing(winner)).to.equal(0n);
    expect(await house.withdrawable(winner)).to.equal(900n * WAD);
  });

  it("is not made by deposits, and a market without maturity adds none", async () => {
    const { house, configure, open, meet, setPrice, alice, bob } = await loadLedger();
    await configure({ maturity: 0n });
    const winner = await open(alice, 1_000);
    const loser = await open(bob, 2_000);
    expect(await house.maturing(winner)).to.equal(0n);
    await meet(winner, loser, WAD);
    await setPrice({ mark: 2_500n * WAD });
    await meet(loser, winner, WAD, 2_500n * WAD);
    expect(await house.maturing(winner)).to.equal(0n);
    expect(await house.withdrawable(winner)).to.equal(1_500n * WAD);
  });

  it("takes as long in every market as in the slowest, so that losing it to oneself elsewhere gains nothing", async () => {
    const { house, configure, open, meet, setPrice, alice, bob } = await loadLedger();
    await configure({ maturity: 10_000n });
    const [winner, loser] = [await open(alice, 1_000), await open(bob, 2_000)];
    await meet(winner, loser, WAD);
    await setPrice({ mark: 2_500n * WAD });
    await meet(loser, winner, WAD, 2_500n * WAD);
    // 500 of profit. Alice loses them to herself in a market that would let profit go at once: bought dear, sold cheap.
    const own = await open(alice, 1_000, 1);
    await meet(winner, own, WAD, 2_200n * WAD, OTHER_MARKET);
    await meet(own, winner, WAD, 1_700n * WAD, OTHER_MARKET);
    expect(await house.maturing(winner)).to.equal(0n);
    // Nor would a charge on the longs of the first market miss them.
    expect(await house.closedProfit(own, MARKET, false)).to.deep.equal([0n, 500n * WAD]);
    expect(await house.withdrawable(own)).to.equal(1_000n * WAD);
    expect((await house.maturing(own)) > wad("499.9")).to.equal(true);
    await configure({ maturity: 0n });
    expect((await house.maturing(own)) > wad("499.8"), "what matures keeps its time").to.equal(true);
  });

  it("goes along with cash that the engine moves, for the time it had left", async () => {
    const { house, configure, engine, open, meet, setPrice, alice, bob, carol } = await loadLedger();
    await configure({ maturity: 10_000n });
    const [winner, loser, keeper] = [await open(alice, 1_000), await open(bob, 2_000), await open(carol)];
    await meet(winner, loser, WAD);
    await setPrice({ mark: 2_500n * WAD });
    await meet(loser, winner, WAD, 2_500n * WAD);
    const at = await time.latest();
    await time.setNextBlockTimestamp(at + 5_000);
    // 1,500 of cash, 250 of it maturing: the first 1,250 carry nothing along, the last 100 do.
    await house.connect(engine).transferCash(winner, keeper, 1_250n * WAD);
    expect(await house.maturing(keeper)).to.equal(0n);
    await time.setNextBlockTimestamp(at + 6_000);
    await house.connect(engine).transferCash(winner, keeper, 150n * WAD);
    expect(await house.maturing(winner)).to.equal(100n * WAD);
    expect(await house.maturing(keeper)).to.equal(100n * WAD);
    expect(await house.withdrawable(keeper)).to.equal(1_300n * WAD);
    await time.increaseTo(at + 10_000);
    expect(await house.withdrawable(keeper)).to.equal(1_400n * WAD);
  });
});

describe("Transferring between one's own accounts", () => {
  it("moves WAD cash to the wei under the conditions of a withdrawal", async () => {
    const { house, logic, open, meet, cashOf, alice, bob } = await loadLedger();
    const from = await open(alice, 1_000, 0);
    const to = await open(alice, 0, 1);
    await meet(from, await open(bob, 1_000), WAD);
    const owner = house.connect(alice);
    await expect(owner.transfer(from, to, 600n * WAD + 1n))
      .to.be.revertedWithCustomError(logic.accounts, "ExceedsWithdrawable")
      .withArgs(from, 600n * WAD + 1n, 600n * WAD);
    await expect(owner.transfer(from, to, 1n))
      .to.emit(logic.accounts, "Transferred")
      .withArgs(from, to, 1n);
    await owner.transfer(from, to, 600n * WAD - 1n);
    expect(await cashOf(to)).to.equal(600n * WAD);
    expect(await cashOf(from)).to.equal(400n * WAD);
  });

  it("is refused to another's account, for nothing and for the maximum", async () => {
    const { house, logic, open, alice, bob } = await loadLedger();
    const from = await open(alice, 1_000);
    const to = await open(bob, 0);
    const owner = house.connect(alice);
    await expect(owner.transfer(from, to, 1n))
      .to.be.revertedWithCustomError(logic.accounts, "DifferentOwners")
      .withArgs(from, to);
    await expect(owner.transfer(from, 99n, 1n)).to.be.revertedWithCustomError(logic.accounts, "DifferentOwners");
    await expect(owner.transfer(from, from, 0n)).to.be.revertedWithCustomError(logic.accounts, "ZeroAmount");
    await expect(owner.transfer(from, from, MAX_UINT)).to.be.revertedWithCustomError(
      logic.accounts,
      "ExceedsWithdrawable",
    );
    await expect(house.connect(bob).transfer(from, to, 1n)).to.be.revertedWithCustomError(
      logic.accounts,
      "NotAuthorised",
    );
  });

  it("to the same account changes nothing", async () => {
    const { house, open, cashOf, alice } = await loadLedger();
    const account = await open(alice, 1_000);
    await house.connect(alice).transfer(account, account, 1_000n * WAD);
    expect(await cashOf(account)).to.equal(1_000n * WAD);
  });
});
