import { expect } from "chai";

import { bankruptLong } from "../../support/bankrupt-long.js";
import { ethers, MARKET, networkHelpers, OTHER_MARKET, usdc, WAD, wad } from "../../support/ledger.js";

const { time } = networkHelpers;

/** Seconds over which profit matures, and half of them, for which a pool collects it. */
const MATURITY = 10_000;
const HALF = MATURITY / 2;

/** Rounding of a few touches. */
const DUST = 10n ** 6n;

/** The mark at which all profit below is closed. */
const MARK = 1_800n * WAD;

/**
 * A long of 1 at 2,000 is bankrupt and gone, a rich one has the shorts' other sides; the mark is 1,800 and a half maturity has just
 * begun. `close` buys a short back from the rich one at a price.
 */
async function deal(shorts: readonly { size?: bigint; price: bigint }[], maturity = MATURITY) {
  const fixture = await bankruptLong();
  const { house, configure, short, enter, leave, setPrice, meet, rich, carol, dave, erin, victim } = fixture;
  await configure({ maturity: BigInt(maturity) });
  const owners = [carol, dave, erin];
  const accounts: bigint[] = [];
  for (const [place, { size = WAD, price }] of shorts.entries()) {
    accounts.push(await short(owners[place % 3] ?? carol, size, price, 10_000, Math.floor(place / 3)));
  }
  await enter();
  await leave();
  await setPrice({ mark: MARK });
  await nextHalf();
  const close = (account: bigint, size = WAD, price = MARK) => meet(account, rich, size, price);
  const charge = (deficit: bigint) => fixture.deleverage(MARK, deficit);
  const standing = (account: bigint, isShort = true) => house.closedProfit(account, MARKET, isShort);
  const events = await ethers.getContractAt("ClosedProfitLogic", await house.getAddress());
  return { ...fixture, accounts: accounts as [bigint, bigint, bigint], close, charge, standing, events, victim };
}

async function nextHalf(): Promise<void> {
  const now = await time.latest();
  await time.increaseTo(now - (now % HALF) + HALF);
}

describe("Closed profit", () => {
  it("pays a charge beside open profit, in proportion", async () => {
    const { accounts, close, charge, standing, cashOf, positionOf, victim, events } = await deal([
      { price: 2_100n * WAD },
      { price: 1_900n * WAD },
    ]);
    const [closed, open] = accounts;
    await close(closed);
    await expect(charge(100n * WAD)).to.emit(events, "ClosedProfitCharged");
    expect(await standing(closed)).to.deep.equal([75n * WAD, 225n * WAD]);
    expect(await cashOf(closed)).to.equal(10_225n * WAD);
    expect((await positionOf(open)).breakEven).to.equal(1_875n * WAD);
    expect(await cashOf(victim)).to.equal(350n * WAD);
  });

  it("is settled by whatever touches the account, and by a withdrawal, and counts everywhere before", async () => {
    const { house, accounts, close, charge, standing, cashOf, equityOf, events, carol } = await deal([
      { price: 2_100n * WAD },
    ]);
    const [closed] = accounts;
    await close(closed);
    await charge(75n * WAD);
    expect(await cashOf(closed)).to.equal(10_225n * WAD);
    expect(await equityOf(closed)).to.equal(10_225n * WAD);
    expect(await house.maturing(closed)).to.be.greaterThan(224n * WAD);
    expect(await house.withdrawable(closed)).to.equal(10_000n * WAD);
    await expect(house.connect(carol).withdraw(closed, usdc(10_000), carol))
      .to.emit(events, "ClosedProfitSettled")
      .withArgs(closed, MARKET, 75n * WAD);
    expect(await standing(closed)).to.deep.equal([0n, 225n * WAD]);
    expect(await cashOf(closed)).to.equal(225n * WAD);
    expect(await house.withdrawable(closed)).to.equal(0n);
  });

  it("cannot be withdrawn while a charge may reach it, and can once it is out of reach: within one maturity", async () => {
    const { house, accounts, close, charge, standing, carol, cashOf } = await deal([{ price: 2_100n * WAD }]);
    const [closed] = accounts;
    await close(closed);
    const at = await time.latest();
    await nextHalf();
    await time.increase(HALF - 20);
    expect(await house.withdrawable(closed)).to.equal(10_000n * WAD);
    expect((await standing(closed))[1]).to.equal(300n * WAD);
    await nextHalf();
    expect((await time.latest()) <= at + MATURITY).to.equal(true);
    expect(await standing(closed)).to.deep.equal([0n, 0n]);
    await charge(100n * WAD);
    expect(await cashOf(closed)).to.equal(10_300n * WAD);
    await time.increaseTo(at + MATURITY);
    await house.connect(carol).withdraw(closed, usdc(10_300), carol);
    expect((await house.accountData(closed)).closedProfit).to.equal(0n);
  });

  it("of the last half is reached beside that of the present one", async () => {
    const { accounts, close, charge, standing, house } = await deal([{ price: 2_000n * WAD, size: 2n * WAD }]);
    const [closed] = accounts;
    await close(closed);
    await nextHalf();
    await close(closed);
    const [, amounts] = await house.closedPools(MARKET, true);
    expect(amounts).to.deep.equal([200n * WAD, 200n * WAD]);
    await charge(100n * WAD);
    expect(await standing(closed)).to.deep.equal([100n * WAD, 300n * WAD]);
    await nextHalf();
    await house.poke(closed, MARKET);
    expect(await standing(closed)).to.deep.equal([0n, 150n * WAD]);
  });

  it("is charged no more than there is, and what comes after in the same half no less", async () => {
    const { accounts, close, charge, standing, cashOf, victim } = await deal([
      { price: 2_000n * WAD },
      { price: 2_000n * WAD },
    ]);
    const [first, second] = accounts;
    await close(second, WAD / 2n);
    await close(first);
    // The open half of the second stands beside them; all of it is less than is asked.
    const before = await cashOf(victim);
    await charge(1_000n * WAD);
    expect(await standing(first)).to.deep.equal([200n * WAD, 0n]);
    expect(await standing(second)).to.deep.equal([100n * WAD, 0n]);
    const charged = (await cashOf(victim)) - before;
    expect(charged >= 380n * WAD && charged <= 400n * WAD).to.equal(true);
    await close(second, WAD / 2n);
    const [, left] = await standing(second);
    expect(left > 0n).to.equal(true);
    await charge(left);
    expect((await cashOf(victim)) - before - charged).to.equal(left);
    expect((await standing(second))[1]).to.equal(0n);
    expect(await cashOf(first)).to.equal(10_000n * WAD);
  });

  it("of one wei is charged one wei, and twice nothing more", async () => {
    const { accounts, close, charge, standing, cashOf } = await deal([{ price: 2_000n * WAD }]);
    const [closed] = accounts;
    await close(closed, WAD, 2_000n * WAD - 1n);
    expect(await standing(closed)).to.deep.equal([0n, 1n]);
    await charge(1n);
    await charge(1n);
    expect(await standing(closed)).to.deep.equal([1n, 0n]);
    expect(await cashOf(closed)).to.equal(10_000n * WAD);
  });

  it("is burnt by a loss that comes after it, and not by one before", async () => {
    const { accounts, close, standing, meet, rich, setPrice, house } = await deal([
      { price: 2_000n * WAD, size: 2n * WAD },
    ]);
    const [account] = accounts;
    await close(account);
    await setPrice({ mark: 2_150n * WAD });
    await close(account, WAD, 2_150n * WAD);
    expect(await standing(account)).to.deep.equal([0n, 50n * WAD]);
    const [, [inPool]] = await house.closedPools(MARKET, true);
    expect(inPool).to.equal(50n * WAD);
    await meet(rich, account, WAD, 2_150n * WAD);
    await setPrice({ mark: 2_100n * WAD });
    await close(account, WAD, 2_100n * WAD);
    expect(await standing(account)).to.deep.equal([0n, 100n * WAD]);
  });

  it("is gone where the cash behind it is lost elsewhere, so that no charge leaves an account in debt", async () => {
    const { house, accounts, close, standing, meet, setPrice, rich, cashOf } = await deal([{ price: 2_100n * WAD }]);
    const [account] = accounts;
    await close(account);
    await meet(account, rich, (51n * WAD) / 10n, 2_000n * WAD, OTHER_MARKET);
    await setPrice({ mark: WAD }, OTHER_MARKET);
    await meet(rich, account, (51n * WAD) / 10n, WAD, OTHER_MARKET);
    // 10,300 less 5.1 times 1,999.
    expect(await cashOf(account)).to.equal(wad("105.1"));
    expect(await standing(account)).to.deep.equal([0n, wad("105.1")]);
    expect((await house.closedPools(MARKET, true))[1][0]).to.equal(wad("105.1"));
  });

  it("of the account that others pay for is lost, and it is not asked to share", async () => {
    const { accounts, close, charge, standing, meet, setPrice, rich, cashOf, victim } = await deal([
      { price: 2_100n * WAD },
    ]);
    const [closed] = accounts;
    await close(closed);
    await meet(rich, victim, WAD, MARK);
    await setPrice({ mark: 1_700n * WAD });
    await meet(victim, rich, WAD, 1_700n * WAD);
    await setPrice({ mark: MARK });
    expect(await standing(victim)).to.deep.equal([0n, 100n * WAD]);
    const before = await cashOf(victim);
    await charge(75n * WAD);
    expect(await standing(victim)).to.deep.equal([0n, 0n]);
    expect((await cashOf(victim)) - before).to.equal(75n * WAD);
    expect(await standing(closed)).to.deep.equal([75n * WAD, 225n * WAD]);
  });

  it("split over accounts pays the same, whichever is settled first", async () => {
    const whole = await deal([{ price: 2_000n * WAD, size: 3n * WAD }]);
    await whole.close(whole.accounts[0], 3n * WAD);
    await whole.charge(wad("123.456789"));
    const due = 10_600n * WAD - (await whole.cashOf(whole.accounts[0]));
    const split = await deal([{ price: 2_000n * WAD }, { price: 2_000n * WAD, size: 2n * WAD }]);
    await split.close(split.accounts[0]);
    await split.close(split.accounts[1], 2n * WAD);
    await split.charge(wad("100"));
    await split.house.poke(split.accounts[1], MARKET);
    await split.charge(wad("23.456789"));
    await split.house.poke(split.accounts[0], MARKET);
    const paid = 20_600n * WAD - (await split.cashOf(split.accounts[0])) - (await split.cashOf(split.accounts[1]));
    expect(paid >= due && paid - due < DUST, `${paid} and ${due}`).to.equal(true);
    expect(due >= wad("123.456789") && due - wad("123.456789") < DUST).to.equal(true);
  });

  it("of longs is not reached by what a long has lost", async () => {
    const { house, accounts, close, charge, standing, meet, setPrice, rich, cashOf } = await deal([
      { price: 2_000n * WAD },
    ]);
    const [account] = accounts;
    await close(account);
    await meet(account, rich, WAD, MARK);
    await setPrice({ mark: 1_900n * WAD });
    await meet(rich, account, WAD, 1_900n * WAD);
    await setPrice({ mark: MARK });
    expect(await standing(account, false)).to.deep.equal([0n, 100n * WAD]);
    await charge(1_000n * WAD);
    expect(await standing(account, false)).to.deep.equal([0n, 100n * WAD]);
    expect(await standing(account, true)).to.deep.equal([200n * WAD, 0n]);
    expect(await cashOf(account)).to.equal(10_100n * WAD);
    expect((await house.closedPools(MARKET, false))[1][0]).to.equal(100n * WAD);
  });

  it("does not exist where nothing matures", async () => {
    const { house, accounts, close, charge, standing, cashOf } = await deal([{ price: 2_100n * WAD }], 0);
    const [closed] = accounts;
    await close(closed);
    expect((await house.accountData(closed)).closedProfit).to.equal(0n);
    expect(await standing(closed)).to.deep.equal([0n, 0n]);
    await charge(100n * WAD);
    expect(await cashOf(closed)).to.equal(10_300n * WAD);
    expect(await house.withdrawable(closed)).to.equal(10_300n * WAD);
  });
});
