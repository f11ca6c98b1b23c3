import { expect } from "chai";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";

import {
  deployLinked,
  deployVault,
  ethers,
  MARKET,
  MAX_UINT,
  Misbehaviour,
  networkHelpers,
  usdc,
  WAD,
  wad,
} from "../support/ledger.js";
import { isClose, loadExchange, MAIN_SUBACCOUNT } from "../support/liquidation.js";

const COOLDOWN = 3n * 86_400n;
const WINDOW = 86_400n;

/** Shares have six more decimals than the token. */
const SHARES = 10n ** 6n;

/** Alice has put 1,000 into an empty vault. */
async function loadVault() {
  const exchange = await loadExchange();
  const { vault, give, alice } = exchange;
  const address = await vault.getAddress();
  const invest = async (owner: HardhatEthersSigner, amount: number | string) =>
    vault.connect(owner).deposit(await give(owner, amount, address), owner);
  await invest(alice, 1_000);
  const main = await vault.MAIN_ACCOUNT();
  /** Asks for shares and waits until they may be redeemed. */
  const ripen = async (owner: HardhatEthersSigner, shares: bigint) => {
    await vault.connect(owner).requestRedeem(shares);
    await networkHelpers.time.increase(COOLDOWN);
  };
  return { ...exchange, address, invest, main, ripen };
}

describe("Shares of the backstop vault", () => {
  it("are an ERC-4626 over the quote token, with six more decimals", async () => {
    const { vault, token, house, main, address } = await loadVault();
    expect(await vault.asset()).to.equal(await token.getAddress());
    expect(await vault.decimals()).to.equal(12n);
    expect(await house.accountOf(address, MAIN_SUBACCOUNT)).to.equal(main);
    expect(await vault.totalAssets()).to.equal(usdc(1_000));
    expect((await house.accountData(main)).cash).to.equal(wad(1_000));
    expect(await token.balanceOf(address)).to.equal(0n);
  });

  it("previews exactly what it does, and rounds against whoever calls", async () => {
    const { vault, house, token, give, ripen, main, address, alice, bob, lender } = await loadVault();
    // A gain of a third makes every price uneven.
    await give(lender, "333.333333", await house.getAddress());
    await house.connect(lender).deposit(main, usdc("333.333333"));
    await give(bob, 1_000, address);
    const shares = await vault.previewDeposit(usdc(10) + 1n);
    expect(await vault.connect(bob).deposit.staticCall(usdc(10) + 1n, bob)).to.equal(shares);
    await vault.connect(bob).deposit(usdc(10) + 1n, bob);
    expect(await vault.balanceOf(bob)).to.equal(shares);
    expect(await vault.convertToAssets(shares)).to.be.at.most(usdc(10) + 1n);
    const wanted = 7n * SHARES * 10n ** 6n + 1n;
    const cost = await vault.previewMint(wanted);
    const before = await token.balanceOf(bob);
    await vault.connect(bob).mint(wanted, bob);
    expect(before - (await token.balanceOf(bob))).to.equal(cost);
    expect(await vault.convertToAssets(wanted)).to.be.at.most(cost);
    await ripen(alice, await vault.balanceOf(alice));
    const burnt = await vault.previewWithdraw(usdc(3) + 1n);
    const held = await vault.balanceOf(alice);
    await vault.connect(alice).withdraw(usdc(3) + 1n, alice, alice);
    expect(held - (await vault.balanceOf(alice))).to.equal(burnt);
    expect(await vault.convertToAssets(burnt)).to.be.at.least(usdc(3) + 1n);
    const paid = await vault.previewRedeem(wanted);
    const had = await token.balanceOf(alice);
    await vault.connect(alice).redeem(wanted, alice, alice);
    expect((await token.balanceOf(alice)) - had).to.equal(paid);
  });

  it("cannot be inflated by the first depositor's donation", async () => {
    const { vault, house, give, address, bob, carol } = await loadExchange().then(async (exchange) => ({
      ...exchange,
      address: await exchange.vault.getAddress(),
    }));
    const main = await vault.MAIN_ACCOUNT();
    // Bob owns one wei of the asset in shares and donates 10,000 to make Carol's 5,000 round to nothing.
    await give(bob, 20_000, address);
    await vault.connect(bob).deposit(1n, bob);
    await give(bob, 10_000, await house.getAddress());
    await house.connect(bob).deposit(main, usdc(10_000));
    await give(carol, 5_000, address);
    await vault.connect(carol).deposit(usdc(5_000), carol);
    // The million virtual shares take half of the donation; Carol loses less than a hundredth of a percent.
    const worth = await vault.convertToAssets(await vault.balanceOf(carol));
    expect(worth).to.be.greaterThan(usdc("4999.5"));
    expect(await vault.convertToAssets(await vault.balanceOf(bob))).to.be.lessThan(usdc(5_001));
  });

  it("takes nothing for nothing and refuses more than there is", async () => {
    const { vault, alice, bob } = await loadVault();
    expect(await vault.connect(alice).deposit.staticCall(0n, alice)).to.equal(0n);
    expect(await vault.maxDeposit(alice)).to.equal(MAX_UINT);
    expect(await vault.maxMint(alice)).to.equal(MAX_UINT);
    await expect(vault.connect(bob).deposit(1n, bob)).to.be.revert(ethers);
    await expect(vault.connect(bob).redeem(1n, bob, bob)).to.be.revertedWithCustomError(
      vault,
      "ERC4626ExceededMaxRedeem",
    );
    await expect(vault.connect(bob).withdraw(1n, bob, bob)).to.be.revertedWithCustomError(
      vault,
      "ERC4626ExceededMaxWithdraw",
    );
  });

  it("refuses a token that takes a fee, and one that calls back", async () => {
    const { book, prices, authority, admin } = await loadExchange();
    const token = await ethers.deployContract("HostileToken", [6]);
    const house = await deployLinked("ClearingHouse", [token, authority]);
    const vault = await deployVault([house, book, prices, token, authority]);
    await token.mint(admin, usdc(100));
    await token.approve(vault, usdc(100));
    await token.misbehave(Misbehaviour.FEE, admin, "0x");
    await expect(vault.deposit(usdc(100), admin))
      .to.be.revertedWithCustomError(vault, "InexactTransfer")
      .withArgs(usdc(100), usdc(99));
    const callback = vault.interface.encodeFunctionData("deposit", [1n, admin.address]);
    await token.misbehave(Misbehaviour.REENTERS, vault, callback);
    await expect(vault.deposit(usdc(100), admin)).to.be.revertedWithCustomError(vault, "ReentrancyGuardReentrantCall");
  });
});

describe("Redemption by request and cooldown", () => {
  it("is worth zero until the cooldown is over and again once the window has passed", async () => {
    const { vault, alice } = await loadVault();
    const shares = await vault.balanceOf(alice);
    expect(await vault.maxRedeem(alice)).to.equal(0n);
    await vault.connect(alice).requestRedeem(shares);
    const { readyAt, expiresAt } = await vault.requestOf(alice);
    expect(expiresAt - readyAt).to.equal(WINDOW);
    await networkHelpers.time.increaseTo(readyAt - 1n);
    expect(await vault.maxRedeem(alice)).to.equal(0n);
    expect(await vault.maxWithdraw(alice)).to.equal(0n);
    await networkHelpers.time.increaseTo(readyAt);
    expect(await vault.maxRedeem(alice)).to.equal(shares);
    expect(await vault.maxWithdraw(alice)).to.equal(usdc(1_000));
    await networkHelpers.time.increaseTo(expiresAt);
    expect(await vault.maxRedeem(alice)).to.equal(0n);
    await expect(vault.connect(alice).redeem(1n, alice, alice)).to.be.revertedWithCustomError(
      vault,
      "ERC4626ExceededMaxRedeem",
    );
  });

  it("is paid at the price of the redemption, not of the request", async () => {
    const { vault, house, give, token, ripen, main, alice, lender } = await loadVault();
    await ripen(alice, await vault.balanceOf(alice));
    await give(lender, 500, await house.getAddress());
    await house.connect(lender).deposit(main, usdc(500));
    await vault.connect(alice).redeem(await vault.balanceOf(alice), alice, alice);
    expect(isClose(await token.balanceOf(alice), usdc(1_500), 2n)).to.be.true;
  });

  it("may be made in parts, by an approved other, up to the request", async () => {
    const { vault, token, ripen, alice, bob } = await loadVault();
    const half = (await vault.balanceOf(alice)) / 2n;
    await ripen(alice, half);
    await vault.connect(alice).approve(bob, half);
    await vault.connect(bob).redeem(half / 2n, bob, alice);
    expect(await token.balanceOf(bob)).to.equal(usdc(250));
    expect(await vault.maxRedeem(alice)).to.equal(half - half / 2n);
    await expect(vault.connect(bob).redeem(half, bob, alice)).to.be.revertedWithCustomError(
      vault,
      "ERC4626ExceededMaxRedeem",
    );
    await vault.connect(alice).redeem(half - half / 2n, alice, alice);
    expect((await vault.requestOf(alice)).shares).to.equal(0n);
  });

  it("spends the allowance of whoever redeems for another", async () => {
    const { vault, ripen, alice, bob } = await loadVault();
    await ripen(alice, 10n);
    await expect(vault.connect(bob).redeem(10n, bob, alice)).to.be.revertedWithCustomError(
      vault,
      "ERC20InsufficientAllowance",
    );
  });

  it("locks the shares it is for, so that no open request can be lent", async () => {
    const { vault, alice, bob } = await loadVault();
    const shares = await vault.balanceOf(alice);
    await vault.connect(alice).requestRedeem(shares - 5n);
    await vault.connect(alice).transfer(bob, 5n);
    await expect(vault.connect(alice).transfer(bob, 1n))
      .to.be.revertedWithCustomError(vault, "SharesLocked")
      .withArgs(alice.address, shares - 5n, shares - 5n, 1n);
    // Shares received later are free and not part of the request.
    await vault.connect(bob).transfer(alice, 5n);
    await networkHelpers.time.increase(COOLDOWN);
    expect(await vault.maxRedeem(alice)).to.equal(shares - 5n);
    await vault.connect(alice).transfer(bob, 5n);
    await vault.connect(alice).cancelRequest();
    await vault.connect(alice).transfer(bob, shares - 5n);
  });

  it("frees the shares when the request lapses", async () => {
    const { vault, alice, bob } = await loadVault();
    const shares = await vault.balanceOf(alice);
    await vault.connect(alice).requestRedeem(shares);
    await networkHelpers.time.increase(COOLDOWN + WINDOW);
    await vault.connect(alice).transfer(bob, shares);
  });

  it("starts the cooldown anew with every request", async () => {
    const { vault, alice } = await loadVault();
    await vault.connect(alice).requestRedeem(10n);
    await networkHelpers.time.increase(COOLDOWN);
    await vault.connect(alice).requestRedeem(20n);
    expect(await vault.maxRedeem(alice)).to.equal(0n);
  });

  it("can be asked for what one holds, and not for nothing", async () => {
    const { vault, alice, bob } = await loadVault();
    const shares = await vault.balanceOf(alice);
    await expect(vault.connect(alice).requestRedeem(shares + 1n))
      .to.be.revertedWithCustomError(vault, "InvalidRequest")
      .withArgs(shares + 1n, shares);
    await expect(vault.connect(alice).requestRedeem(0n)).to.be.revertedWithCustomError(vault, "InvalidRequest");
    await expect(vault.connect(bob).cancelRequest())
      .to.be.revertedWithCustomError(vault, "NoRequest")
      .withArgs(bob.address);
  });

  it("is limited to the cash that is not allotted to markets", async () => {
    const { vault, ripen, alice } = await loadVault();
    await vault.allot(MARKET, wad(600));
    await ripen(alice, await vault.balanceOf(alice));
    expect(await vault.totalAssets()).to.equal(usdc(1_000));
    expect(await vault.maxWithdraw(alice)).to.equal(usdc(400));
    await vault.connect(alice).withdraw(usdc(400), alice, alice);
    expect(await vault.maxWithdraw(alice)).to.equal(0n);
    await vault.recall(MARKET, wad(600));
    expect(await vault.maxWithdraw(alice)).to.equal(usdc(600));
  });
});

describe("Capital and limits of the backstop vault", () => {
  it("keeps every market's capital in an account of its own", async () => {
    const { vault, house } = await loadVault();
    await expect(vault.allot(MARKET, wad(300))).to.emit(vault, "CapitalAllotted");
    await vault.allot(1, wad(200));
    const first = await vault.marketView(MARKET);
    expect(first.equity).to.equal(wad(300));
    expect((await house.accountData(first.account)).subaccount).to.equal(0n);
    expect((await vault.marketView(1)).equity).to.equal(wad(200));
    expect((await vault.marketView(2)).account).to.equal(0n);
    await expect(vault.recall(2, 1n)).to.be.revertedWithCustomError(vault, "MarketNotBacked").withArgs(2);
    await expect(vault.sync(2)).to.be.revertedWithCustomError(vault, "MarketNotBacked");
    await expect(vault.unwind(2, 1n)).to.be.revertedWithCustomError(vault, "MarketNotBacked");
    await expect(vault.allot(16, 1n)).to.be.revertedWithCustomError(vault, "UnsafeParameter");
  });

  it("refuses unsafe limits with the rule they break", async () => {
    const { vault } = await loadVault();
    await vault.allot(MARKET, wad("100.9"));
    const limits = { notional: 1n, loss: 100n, window: 1n, leverage: 10_000_000n };
    await vault.setLimits(MARKET, limits);
    expect((await vault.limitsOf(MARKET)).leverage).to.equal(10_000_000n);
    for (const changed of [
      { ...limits, window: 0n },
      { ...limits, leverage: 10_000_001n },
      { ...limits, loss: 101n },
    ]) {
      await expect(vault.setLimits(MARKET, changed)).to.be.revertedWithCustomError(vault, "UnsafeParameter");
    }
    await expect(vault.setUnwindLimits(MARKET, 1_000_000n, 1n, 1n, 1n)).to.be.revertedWithCustomError(
      vault,
      "UnsafeParameter",
    );
    await expect(vault.setUnwindLimits(MARKET, 1n, 1n, 1n, 0n)).to.be.revertedWithCustomError(vault, "UnsafeParameter");
    await expect(vault.setUnwindLimits(MARKET, 1n, 2n, 1n, 1n)).to.be.revertedWithCustomError(vault, "UnsafeParameter");
    await expect(vault.setGap(MARKET, 1_000_000n))
      .to.be.revertedWithCustomError(vault, "UnsafeParameter")
      .withArgs("gap below 100 %", 1_000_000n, 1_000_000n);
    await expect(vault.setGap(MARKET, 999_999n)).to.emit(vault, "GapSet").withArgs(MARKET, 999_999n);
  });

  it("lets no capital be recalled that a limit counts on", async () => {
    const { vault } = await loadVault();
    await vault.allot(MARKET, wad(150));
    const limits = { notional: 1n, loss: 100n, window: 1n, leverage: 10_000_000n };
    await vault.setLimits(MARKET, limits);
    await expect(vault.recall(MARKET, wad(50) + 1n))
      .to.be.revertedWithCustomError(vault, "UnsafeParameter")
      .withArgs("loss at most the allotted capital", 100n, 99n);
    await vault.recall(MARKET, wad(50));
    expect((await vault.marketView(MARKET)).equity).to.equal(wad(100));
    await vault.setLimits(MARKET, { ...limits, loss: 0n });
    await vault.recall(MARKET, wad(100));
    expect((await vault.marketView(MARKET)).equity).to.equal(0n);
  });

  it("takes over only for the engine", async () => {
    const { vault, stranger } = await loadVault();
    await expect(vault.connect(stranger).absorb(MARKET, WAD, wad(2_000)))
      .to.be.revertedWithCustomError(vault, "NotEngine")
      .withArgs(stranger.address);
  });

  it("is governed by its authority alone", async () => {
    const { vault, stranger } = await loadVault();
    const outsider = vault.connect(stranger);
    const limits = { notional: 1n, loss: 1n, window: 1n, leverage: 1n };
    for (const attempt of [
      () => outsider.setEngine(stranger),
      () => outsider.setLimits(0, limits),
      () => outsider.setUnwindLimits(0, 1n, 1n, 1n, 1n),
      () => outsider.setGap(0, 1n),
      () => outsider.allot(0, 1n),
      () => outsider.recall(0, 1n),
    ]) {
      await expect(attempt()).to.be.revertedWithCustomError(vault, "AccessManagedUnauthorized");
    }
  });

  it("answers the engine with nothing where it has no limit, no room or no money", async () => {
    const { vault, keeper } = await loadVault();
    await vault.setEngine(keeper);
    const offered = vault.connect(keeper).absorb;
    expect((await offered.staticCall(MARKET, WAD, wad(2_000))).taken).to.equal(0n);
    // Limits, but no account and so no equity.
    const limits = { notional: 10_000n, loss: 0n, window: 60n, leverage: 5_000_000n };
    await vault.setLimits(MARKET, limits);
    expect((await offered.staticCall(MARKET, WAD, wad(2_000))).taken).to.equal(0n);
    await vault.allot(MARKET, wad(1_000));
    await vault.setLimits(MARKET, { ...limits, loss: 100n });
    // Five times 1,000 at 2,000: 2.5 at most, of either side.
    expect((await offered.staticCall(MARKET, 10n * WAD, wad(2_000))).taken).to.equal((5n * WAD) / 2n);
    expect((await offered.staticCall(MARKET, -10n * WAD, wad(2_000))).taken).to.equal((5n * WAD) / 2n);
    expect((await offered.staticCall(MARKET, 1n, wad(2_000))).taken).to.equal(1n);
    await vault.setLimits(MARKET, { notional: 1_000n, loss: 100n, window: 60n, leverage: 5_000_000n });
    expect((await offered.staticCall(MARKET, 10n * WAD, wad(2_000))).taken).to.equal(WAD / 2n);
  });
});
