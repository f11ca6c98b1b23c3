import { expect } from "chai";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";

import { deployLinked, ethers, MARKET, Misbehaviour, networkHelpers, usdc, WAD, wad } from "../support/ledger.js";
import { loadExchange } from "../support/liquidation.js";

const DAY = 86_400n;
const HOUR = 3_600n;

/** The fund with 1,000 in it, and a plain account that may have deficits paid. */
async function loadFund() {
  const exchange = await loadExchange();
  const { fund, insure, open, keeper, alice } = exchange;
  await insure(1_000);
  await fund.setPayer(keeper, true);
  const account = await open(alice);
  const payer = fund.connect(keeper);
  const due = async (amount: bigint, market = MARKET) => payer.pay.staticCall(market, account, amount);
  return { ...exchange, payer, account, due };
}

/** A fund of its own over a hostile token, of which its deployer has 100 approved for it. */
async function hostileFund() {
  const [admin] = (await ethers.getSigners()) as [HardhatEthersSigner];
  const authority = await ethers.deployContract("AccessManager", [admin]);
  const token = await ethers.deployContract("HostileToken", [6]);
  const house = await deployLinked("ClearingHouse", [token, authority]);
  const fund = await ethers.deployContract("InsuranceFund", [house, authority]);
  await token.mint(admin, usdc(100));
  await token.approve(fund, usdc(100));
  return { admin, token, fund };
}

describe("The insurance fund", () => {
  it("pays a deficit from its own account into another's", async () => {
    const { fund, house, payer, account } = await loadFund();
    await expect(payer.pay(MARKET, account, wad(300)))
      .to.emit(fund, "DeficitPaid")
      .withArgs(MARKET, account, wad(300), wad(300));
    expect((await house.accountData(account)).cash).to.equal(wad(300));
    expect(await fund.balance()).to.equal(wad(700));
  });

  it("pays what it has and no more", async () => {
    const { fund, payer, account, due } = await loadFund();
    expect(await due(wad(5_000))).to.equal(wad(1_000));
    await payer.pay(MARKET, account, wad(5_000));
    expect(await fund.balance()).to.equal(0n);
    expect(await due(1n)).to.equal(0n);
  });

  it("pays nothing for nothing, to itself, or for a market without a limit", async () => {
    const { fund, payer, due } = await loadFund();
    expect(await due(0n)).to.equal(0n);
    expect(await payer.pay.staticCall(MARKET, await fund.ACCOUNT(), wad(1))).to.equal(0n);
    expect(await due(wad(1), 1)).to.equal(0n);
    expect(await fund.available(1)).to.equal(0n);
  });

  it("pays one wei, and counts it against the limit as a millionth", async () => {
    const { fund, payer, account } = await loadFund();
    await payer.pay(MARKET, account, 1n);
    expect((await fund.marketLimit(MARKET)).used).to.equal(1n);
  });

  it("keeps to the market's limit for one payment and for a window that refills evenly", async () => {
    const { fund, payer, account, due } = await loadFund();
    await fund.setMarketLimit(MARKET, 100n, 300n, HOUR);
    expect(await due(wad(1_000))).to.equal(wad(100));
    for (let i = 0; i < 3; ++i) await payer.pay(MARKET, account, wad(1_000));
    // 300 an hour is a twelfth of a quote unit a second, so a few seconds refill less than one unit.
    expect(await due(wad(1_000))).to.be.lessThan(wad(1));
    await networkHelpers.time.increase(HOUR / 6n);
    const refilled = await due(wad(1_000));
    expect(refilled).to.be.at.least(wad(50));
    expect(refilled).to.be.lessThan(wad(51));
    await networkHelpers.time.increase(HOUR);
    expect(await due(wad(1_000))).to.equal(wad(100));
  });

  it("keeps all markets together to the total limit", async () => {
    const { fund, insure, payer, account, due } = await loadFund();
    await insure(0, 1);
    await fund.setTotalLimit(150n, 200n, HOUR);
    await payer.pay(MARKET, account, wad(1_000));
    await payer.pay(1, account, wad(40));
    expect(await due(wad(1_000), 1)).to.be.lessThan(wad(11));
    expect(await fund.available(1)).to.be.lessThan(wad(11));
  });

  it("refills nothing at once when its limit is raised", async () => {
    const { fund, payer, account, due } = await loadFund();
    await fund.setMarketLimit(MARKET, 300n, 300n, HOUR);
    await payer.pay(MARKET, account, wad(300));
    await fund.setMarketLimit(MARKET, 400n, 400n, HOUR);
    const room = await due(wad(1_000));
    expect(room).to.be.at.least(wad(100));
    expect(room).to.be.lessThan(wad(101));
  });

  it("refuses a limit without a window, or with a payment above it", async () => {
    const { fund } = await loadFund();
    await expect(fund.setMarketLimit(MARKET, 1n, 2n, 0n))
      .to.be.revertedWithCustomError(fund, "UnsafeLimit")
      .withArgs(1n, 2n, 0n);
    await expect(fund.setTotalLimit(3n, 2n, 1n))
      .to.be.revertedWithCustomError(fund, "UnsafeLimit")
      .withArgs(3n, 2n, 1n);
  });

  it("pays only for those governance named", async () => {
    const { fund, account, stranger, keeper } = await loadFund();
    await expect(fund.connect(stranger).pay(MARKET, account, 1n))
      .to.be.revertedWithCustomError(fund, "NotPayer")
      .withArgs(stranger.address);
    await fund.setPayer(keeper, false);
    await expect(fund.connect(keeper).pay(MARKET, account, 1n)).to.be.revertedWithCustomError(fund, "NotPayer");
  });

  it("is governed by its authority alone", async () => {
    const { fund, stranger } = await loadFund();
    const outsider = fund.connect(stranger);
    for (const attempt of [
      () => outsider.setPayer(stranger, true),
      () => outsider.setMarketLimit(0, 1n, 1n, 1n),
      () => outsider.setTotalLimit(1n, 1n, 1n),
      () => outsider.announceWithdrawal(1n),
      () => outsider.cancelWithdrawal(),
      () => outsider.withdraw(stranger),
    ]) {
      await expect(attempt()).to.be.revertedWithCustomError(fund, "AccessManagedUnauthorized");
    }
  });
});

describe("Money into the insurance fund", () => {
  it("comes from anyone, and is credited exactly", async () => {
    const { fund, give, stranger } = await loadFund();
    const tokens = await give(stranger, "12.345678", await fund.getAddress());
    await expect(fund.connect(stranger).topUp(tokens)).to.emit(fund, "ToppedUp").withArgs(stranger.address, tokens);
    expect(await fund.balance()).to.equal(wad("1012.345678"));
    await expect(fund.topUp(0n)).to.be.revertedWithCustomError(fund, "ZeroAmount");
  });

  it("is refused from a token that takes a fee", async () => {
    const { admin, token, fund } = await hostileFund();
    await token.misbehave(Misbehaviour.FEE, admin, "0x");
    await expect(fund.topUp(usdc(100)))
      .to.be.revertedWithCustomError(fund, "InexactTransfer")
      .withArgs(usdc(100), usdc(99));
  });

  it("cannot reenter it through a hostile token", async () => {
    const { token, fund } = await hostileFund();
    await token.misbehave(Misbehaviour.REENTERS, fund, fund.interface.encodeFunctionData("topUp", [1n]));
    await expect(fund.topUp(usdc(100))).to.be.revertedWithCustomError(fund, "ReentrancyGuardReentrantCall");
  });
});

describe("Money out of the insurance fund", () => {
  it("leaves three days after it was announced, once", async () => {
    const { fund, token, stranger } = await loadFund();
    await fund.announceWithdrawal(usdc(400));
    const { opensAt, closesAt } = await fund.withdrawal();
    expect(closesAt - opensAt).to.equal(7n * DAY);
    await expect(fund.withdraw(stranger))
      .to.be.revertedWithCustomError(fund, "OutsideWithdrawalWindow")
      .withArgs(opensAt, closesAt);
    await networkHelpers.time.setNextBlockTimestamp(opensAt);
    await expect(fund.withdraw(stranger)).to.emit(fund, "Withdrawn").withArgs(stranger.address, usdc(400), usdc(400));
    expect(await token.balanceOf(stranger)).to.equal(usdc(400));
    expect(await fund.balance()).to.equal(wad(600));
    await expect(fund.withdraw(stranger)).to.be.revertedWithCustomError(fund, "NothingAnnounced");
  });

  it("lapses a week later, and can be taken back before", async () => {
    const { fund, stranger } = await loadFund();
    await fund.announceWithdrawal(usdc(400));
    const { closesAt } = await fund.withdrawal();
    await networkHelpers.time.setNextBlockTimestamp(closesAt);
    await expect(fund.withdraw(stranger)).to.be.revertedWithCustomError(fund, "OutsideWithdrawalWindow");
    await expect(fund.cancelWithdrawal()).to.emit(fund, "WithdrawalCancelled").withArgs(usdc(400));
    await expect(fund.cancelWithdrawal()).to.be.revertedWithCustomError(fund, "NothingAnnounced");
    await expect(fund.announceWithdrawal(0n)).to.be.revertedWithCustomError(fund, "ZeroAmount");
  });

  it("does not keep an announced sum from being paid for deficits meanwhile", async () => {
    const { fund, house, payer, account, stranger } = await loadFund();
    await fund.announceWithdrawal(usdc(400));
    await payer.pay(MARKET, account, 900n * WAD);
    await networkHelpers.time.increase(3n * DAY + 1n);
    const accounts = await ethers.getContractAt("AccountLogic", await house.getAddress());
    await expect(fund.withdraw(stranger)).to.be.revertedWithCustomError(accounts, "ExceedsWithdrawable");
  });
});
