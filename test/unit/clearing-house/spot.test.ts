import { expect } from "chai";
import { ZeroAddress } from "ethers";

import type { LedgerFixture } from "../../support/ledger.js";
import {
  Action,
  ethers,
  loadLedger,
  MARKET,
  Misbehaviour,
  networkHelpers,
  usdc,
  Validity,
  WAD,
  wad,
} from "../../support/ledger.js";

const { time } = networkHelpers;
const ETHER = 0;
const WRAPPED = 3;
const HOUR = 3_600;
const DISCOUNT = 50_000n;

/** Asset 0 has 18 decimals, a haircut of 20 % and a discount of 5 %; asset 3 has 8 decimals. Alice holds both and account 1. */
async function spotLedger() {
  const fixture = await loadLedger();
  const { house, open, alice } = fixture;
  const ether = await ethers.deployContract("HostileToken", [18]);
  const wrapped = await ethers.deployContract("TestToken", ["Wrapped", "WRP", 8]);
  const asset = { market: MARKET, haircut: 200_000n, discount: 50_000n };
  await house.listSpotAsset(ETHER, { ...asset, token: ether, decimals: 18n });
  await house.listSpotAsset(WRAPPED, { ...asset, token: wrapped, decimals: 8n });
  const account = await open(alice);
  for (const token of [ether, wrapped]) {
    await token.mint(alice, 1_000n * WAD);
    await token.connect(alice).approve(house, 1_000n * WAD);
  }
  return { ...fixture, ether, wrapped, account, owner: house.connect(alice) };
}

async function longOne(fixture: LedgerFixture, account: bigint): Promise<void> {
  await fixture.meet(account, await fixture.open(fixture.bob, 1_000), WAD);
}

describe("Spot collateral", () => {
  it("counts at the index less its haircut, not at the mark", async () => {
    const { owner, account, logic, alice, house, setPrice } = await spotLedger();
    await expect(owner.depositSpot(account, ETHER, 2n * WAD))
      .to.emit(logic.accounts, "SpotDeposited")
      .withArgs(account, ETHER, alice.address, 2n * WAD);
    await setPrice({ mark: 2_500n * WAD, index: 1_900n * WAD });
    // 2 * 1,900 * 80 %.
    expect((await house.health(account)).equity).to.equal(3_040n * WAD);
    expect((await house.accountData(account)).spotAssets).to.equal(1n << BigInt(ETHER));
    expect((await house.spotBalance(account, ETHER)).amount).to.equal(2n * WAD);
  });

  it("is kept in WAD whatever the token's decimals, both ways", async () => {
    const { owner, account, house, wrapped, bob } = await spotLedger();
    await owner.depositSpot(account, WRAPPED, 3n);
    expect((await house.spotBalance(account, WRAPPED)).amount).to.equal(3n * 10n ** 10n);
    await owner.withdrawSpot(account, WRAPPED, 2n, bob);
    expect(await wrapped.balanceOf(bob)).to.equal(2n);
    expect((await house.spotBalance(account, WRAPPED)).amount).to.equal(10n ** 10n);
  });

  it("backs positions but never quote withdrawals", async () => {
    const fixture = await spotLedger();
    const { owner, account, house, logic, alice } = fixture;
    await owner.depositSpot(account, ETHER, WAD);
    await longOne(fixture, account);
    expect((await fixture.positionOf(account)).size).to.equal(WAD);
    expect(await house.withdrawable(account)).to.equal(0n);
    await expect(owner.withdraw(account, 1n, alice)).to.be.revertedWithCustomError(
      logic.accounts,
      "ExceedsWithdrawable",
    );
  });

  it("leaves down to what a withdrawal of cash would have to leave, to the wei", async () => {
    const fixture = await spotLedger();
    const { owner, account, logic, ether, bob, alice } = fixture;
    await owner.depositSpot(account, ETHER, WAD);
    await longOne(fixture, account);
    // Kept: 20 % of 2,000 = 400 = 0.25 * 2,000 * 80 %.
    await expect(owner.withdrawSpot(account, ETHER, wad("0.75") + 1n, bob))
      .to.be.revertedWithCustomError(logic.accounts, "SpotNeeded")
      .withArgs(account, 400n * WAD - 1_600n, 400n * WAD);
    await expect(owner.withdrawSpot(account, ETHER, wad("0.75"), alice))
      .to.emit(logic.accounts, "SpotWithdrawn")
      .withArgs(account, ETHER, alice.address, wad("0.75"));
    expect(await ether.balanceOf(alice)).to.equal(wad("999.75"));
  });

  it("under an uncertain price is valued, and its leaving judged, at the bound worse for the account", async () => {
    const fixture = await spotLedger();
    const { owner, account, house, logic, setPrice, alice } = fixture;
    await owner.depositSpot(account, ETHER, WAD);
    await longOne(fixture, account);
    await setPrice({ validity: Validity.UNCERTAIN, confidence: 400n * WAD });
    // The long loses 400 and 20 % of 2,400 is kept; a unit of spot is worth 1,600 * 80 %: 880 / 1,280 = 0.6875 must stay.
    await expect(owner.withdrawSpot(account, ETHER, wad("0.3125") + 1n, alice))
      .to.be.revertedWithCustomError(logic.accounts, "SpotNeeded")
      .withArgs(account, 480n * WAD - 1_280n, 480n * WAD);
    await owner.withdrawSpot(account, ETHER, wad("0.3125"), alice);
    expect((await house.spotBalance(account, ETHER)).amount).to.equal(wad("0.6875"));
  });

  it("drops out of the margin loop with its last wei", async () => {
    const { owner, account, house, bob } = await spotLedger();
    await owner.depositSpot(account, ETHER, 2n);
    await owner.withdrawSpot(account, ETHER, 1n, bob);
    expect((await house.accountData(account)).spotAssets).to.equal(1n);
    await owner.withdrawSpot(account, ETHER, 1n, bob);
    expect((await house.accountData(account)).spotAssets).to.equal(0n);
  });

  it("seasons for an hour, a later deposit making only itself wait, by its weight among what waits", async () => {
    const { owner, account, house, alice } = await spotLedger();
    const at = (await time.latest()) + 10;
    const balance = async () => {
      const { amount, waiting, seasonedAt } = await house.spotBalance(account, ETHER);
      return [amount, waiting, seasonedAt];
    };
    await time.setNextBlockTimestamp(at);
    await owner.depositSpot(account, ETHER, 3n * WAD);
    expect(await balance()).to.deep.equal([3n * WAD, 3n * WAD, at + HOUR]);
    // After half an hour: (3 * 1,800 + 1 * 3,600) / 4 = 2,250 s more.
    await time.setNextBlockTimestamp(at + HOUR / 2);
    await owner.depositSpot(account, ETHER, WAD);
    expect(await balance()).to.deep.equal([4n * WAD, 4n * WAD, at + HOUR / 2 + 2_250]);
    // Long seasoned: the four stay so, and four more wait for an hour.
    await time.setNextBlockTimestamp(at + 10 * HOUR);
    await owner.depositSpot(account, ETHER, 4n * WAD);
    expect(await balance()).to.deep.equal([8n * WAD, 4n * WAD, at + 11 * HOUR]);
    // What leaves is taken from what waits first.
    await owner.withdrawSpot(account, ETHER, 3n * WAD, alice);
    expect(await balance()).to.deep.equal([5n * WAD, WAD, at + 11 * HOUR]);
    await owner.withdrawSpot(account, ETHER, 2n * WAD, alice);
    expect(await balance()).to.deep.equal([3n * WAD, 0n, at + 11 * HOUR]);
  });

  it("is seasoned to the second, and a gift of dust holds nothing up", async () => {
    const { owner, account, house, ether, bob } = await spotLedger();
    const at = (await time.latest()) + 10;
    await time.setNextBlockTimestamp(at);
    await owner.depositSpot(account, ETHER, 3n * WAD);
    await ether.mint(bob, 100n);
    await ether.connect(bob).approve(house, 100n);
    // A millisecond each, and only for what waits.
    for (let i = 0; i < 20; i++) {
      await time.setNextBlockTimestamp(at + 20 + i);
      await house.connect(bob).depositSpot(account, ETHER, 1n);
    }
    expect((await house.spotBalance(account, ETHER)).seasonedAt).to.equal(at + HOUR + 1);
    await time.increaseTo(at + HOUR);
    expect((await house.spotBalance(account, ETHER)).waiting).to.equal(3n * WAD + 20n);
    await time.increaseTo(at + HOUR + 1);
    expect((await house.spotBalance(account, ETHER)).waiting).to.equal(0n);
    await house.connect(bob).depositSpot(account, ETHER, 1n);
    expect((await house.spotBalance(account, ETHER)).waiting).to.equal(1n);
  });

  it("is refused for nothing, to nobody, beyond the balance, if unlisted, and to others", async () => {
    const { owner, account, house, logic, alice, bob } = await spotLedger();
    const { accounts } = logic;
    await owner.depositSpot(account, ETHER, WAD);
    await expect(owner.depositSpot(account, ETHER, 0n)).to.be.revertedWithCustomError(accounts, "ZeroAmount");
    await expect(owner.depositSpot(99n, ETHER, 1n))
      .to.be.revertedWithCustomError(accounts, "UnknownAccount")
      .withArgs(99n);
    await expect(owner.depositSpot(account, 9, 1n))
      .to.be.revertedWithCustomError(accounts, "UnknownAsset")
      .withArgs(9n);
    await expect(owner.withdrawSpot(account, 9, 1n, alice)).to.be.revertedWithCustomError(accounts, "UnknownAsset");
    await expect(owner.withdrawSpot(account, ETHER, 0n, alice)).to.be.revertedWithCustomError(accounts, "ZeroAmount");
    await expect(owner.withdrawSpot(account, ETHER, 1n, ethers.ZeroAddress)).to.be.revertedWithCustomError(
      accounts,
      "ZeroAddress",
    );
    await expect(owner.withdrawSpot(account, ETHER, WAD + 1n, alice))
      .to.be.revertedWithCustomError(accounts, "ExceedsSpot")
      .withArgs(account, ETHER, WAD + 1n, WAD);
    await expect(house.connect(bob).withdrawSpot(account, ETHER, 1n, bob))
      .to.be.revertedWithCustomError(accounts, "NotAuthorised")
      .withArgs(account, bob.address);
  });

  it("of a token that keeps a fee, lies, or calls back is refused", async () => {
    const { owner, account, house, ether, logic } = await spotLedger();
    await ether.misbehave(Misbehaviour.FEE, ethers.ZeroAddress, "0x");
    await expect(owner.depositSpot(account, ETHER, 1_000n))
      .to.be.revertedWithCustomError(logic.accounts, "InexactTransfer")
      .withArgs(await ether.getAddress(), 1_000n, 990n);
    await ether.misbehave(Misbehaviour.RETURNS_FALSE, ethers.ZeroAddress, "0x");
    await expect(owner.depositSpot(account, ETHER, 1n)).to.be.revertedWithCustomError(
      logic.accounts,
      "SafeERC20FailedOperation",
    );
    const data = house.interface.encodeFunctionData("depositSpot", [account, ETHER, 1n]);
    await ether.misbehave(Misbehaviour.REENTERS, house, data);
    await expect(owner.depositSpot(account, ETHER, 1n)).to.be.revertedWithCustomError(
      house,
      "ReentrancyGuardReentrantCall",
    );
  });

  it("whose token blocks a receiver can go to another", async () => {
    const { owner, account, ether, alice, bob } = await spotLedger();
    await owner.depositSpot(account, ETHER, WAD);
    await ether.misbehave(Misbehaviour.BLOCKS, alice, "0x");
    await expect(owner.withdrawSpot(account, ETHER, WAD, alice)).to.be.revertedWithCustomError(ether, "Blocked");
    await owner.withdrawSpot(account, ETHER, WAD, bob);
    expect(await ether.balanceOf(bob)).to.equal(WAD);
  });

  it("forced on an account by a stranger does not tie its cash to an oracle", async () => {
    const { owner, account, house, prices, token, ether, alice, bob } = await spotLedger();
    await token.mint(alice, usdc(100));
    await token.connect(alice).approve(house, usdc(100));
    await owner.deposit(account, usdc(100));
    await ether.mint(bob, 1n);
    await ether.connect(bob).approve(house, 1n);
    await house.connect(bob).depositSpot(account, ETHER, 1n);
    await prices.setDead(MARKET, true);
    await owner.withdraw(account, usdc(100), alice);
    await owner.withdrawSpot(account, ETHER, 1n, alice);
  });

  it("backs a negative cash balance only as far as a price says", async () => {
    const fixture = await spotLedger();
    const { owner, account, house, logic, prices, meet, setPrice, open, alice, bob } = fixture;
    await owner.depositSpot(account, ETHER, WAD);
    const seller = await open(bob, 5_000);
    await meet(account, seller, WAD);
    await setPrice({ mark: 1_000n * WAD, index: 2_000n * WAD });
    await meet(seller, account, WAD, 1_000n * WAD);
    // Cash -1,000 against spot worth 2,000 * 80 %: 0.625 must stay.
    expect((await house.health(account)).equity).to.equal(600n * WAD);
    await expect(owner.withdrawSpot(account, ETHER, wad("0.375") + 1n, alice)).to.be.revertedWithCustomError(
      logic.accounts,
      "SpotNeeded",
    );
    await prices.setValidity(MARKET, Validity.STALE);
    await expect(owner.withdrawSpot(account, ETHER, 1n, alice))
      .to.be.revertedWithCustomError(logic.accounts, "SpotNeeded")
      .withArgs(account, -1_000n * WAD, 0n);
    await prices.setValidity(MARKET, Validity.VALID);
    await owner.withdrawSpot(account, ETHER, wad("0.375"), alice);
    expect((await house.health(account)).equity).to.equal(0n);
  });
});

describe("Selling spot collateral inside the ledger", () => {
  it("pays the index less the discount, rounded up against the buyer", async () => {
    const { owner, account, house, engine, logic, open, cashOf, bob } = await spotLedger();
    await owner.depositSpot(account, ETHER, WAD);
    const buyer = await open(bob, 2_000);
    // 0.5 * 2,000 * 95 %.
    await expect(house.connect(engine).sellSpot(account, buyer, ETHER, WAD / 2n, DISCOUNT))
      .to.emit(logic.transfers, "SpotSold")
      .withArgs(account, buyer, ETHER, WAD / 2n, 950n * WAD);
    expect(await cashOf(account)).to.equal(950n * WAD);
    expect(await cashOf(buyer)).to.equal(1_050n * WAD);
    expect((await house.spotBalance(account, ETHER)).amount).to.equal(WAD / 2n);
    expect((await house.spotBalance(buyer, ETHER)).amount).to.equal(WAD / 2n);
    expect((await house.accountData(buyer)).spotAssets).to.equal(1n);
    // One wei of spot is worth 2,000 wei, 1,900 after the discount.
    await house.connect(engine).sellSpot(account, buyer, ETHER, 1n, DISCOUNT);
    expect(await cashOf(account)).to.equal(950n * WAD + 1_900n);
  });

  it("takes no more than the buyer has and the account holds, from another, of a listed asset, at a price", async () => {
    const { owner, account, house, engine, logic, prices, open, bob } = await spotLedger();
    const buyer = await open(bob, 1_899);
    await owner.depositSpot(account, ETHER, WAD);
    const sell = house.connect(engine);
    await expect(sell.sellSpot(account, buyer, ETHER, WAD, DISCOUNT))
      .to.be.revertedWithCustomError(logic.transfers, "InsufficientCash")
      .withArgs(buyer, 1_899n * WAD, 1_900n * WAD);
    await expect(sell.sellSpot(account, buyer, ETHER, WAD + 1n, DISCOUNT)).to.be.revertedWithCustomError(
      logic.accounts,
      "ExceedsSpot",
    );
    await expect(sell.sellSpot(account, account, ETHER, 1n, DISCOUNT))
      .to.be.revertedWithCustomError(logic.transfers, "SelfPurchase")
      .withArgs(account);
    await expect(sell.sellSpot(account, buyer, ETHER, 1n, DISCOUNT + 1n))
      .to.be.revertedWithCustomError(logic.transfers, "DiscountTooLarge")
      .withArgs(ETHER, DISCOUNT + 1n, DISCOUNT);
    await expect(sell.sellSpot(account, buyer, 9, 1n, DISCOUNT))
      .to.be.revertedWithCustomError(logic.accounts, "UnknownAsset")
      .withArgs(9n);
    await prices.setValidity(MARKET, Validity.STALE);
    await expect(sell.sellSpot(account, buyer, ETHER, 1n, DISCOUNT))
      .to.be.revertedWithCustomError(prices, "PriceNotUsable")
      .withArgs(MARKET, Action.LIQUIDATE, Validity.STALE, ZeroAddress, 0n);
  });

  it("never leaves the account worse than it was valued, since the discount is at most the haircut", async () => {
    const { owner, account, house, engine, open, bob } = await spotLedger();
    await owner.depositSpot(account, ETHER, WAD);
    const before = (await house.health(account)).equity;
    await house.connect(engine).sellSpot(account, await open(bob, 2_000), ETHER, WAD, DISCOUNT);
    expect((await house.health(account)).equity).to.be.greaterThanOrEqual(before);
  });
});
