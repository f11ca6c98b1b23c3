import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { Action, allTo, ethers, MARKET, usdc, Validity, WAD, wad } from "../../support/ledger.js";
import { aliceLong, DUST, isClose, loadExchange, type ExchangeFixture } from "../../support/liquidation.js";

const OTHER = 1;
const ETHER = 0;

const TERMS = { decimals: 18n, market: OTHER, haircut: 200_000n, discount: 50_000n };

/** Lists spot ether, priced by the other market at 2,000, with a 20 % haircut and a 5 % discount for its buyer. */
async function listSpot({ house, spotToken }: ExchangeFixture): Promise<void> {
  await house.listSpotAsset(ETHER, { ...TERMS, token: spotToken });
}

/** Anybody puts spot into an account. */
async function giveSpot({ house, spotToken, carol }: ExchangeFixture, account: bigint, amount: bigint): Promise<void> {
  await spotToken.mint(carol, amount);
  await spotToken.connect(carol).approve(house, amount);
  await house.connect(carol).depositSpot(account, ETHER, amount);
}

describe("A deficit counts spot at what it sells for", () => {
  /** Alice is long 10 at 2,000 with 500 of cash and one ether of spot, worth 1,600 as collateral and 1,900 when sold. */
  async function longWithSpot(exchange: ExchangeFixture) {
    const { open, meet, insure, alice, bob } = exchange;
    await listSpot(exchange);
    const long = await open(alice, 500);
    await giveSpot(exchange, long, WAD);
    await meet(long, await open(bob, 20_000), 10n * WAD);
    await insure(1_000);
    return { long };
  }

  it("so insurance pays nothing while the sale would cover the loss", async () => {
    const exchange = await loadExchange();
    const { engine, fund, setMark, equityOf, open, carol } = exchange;
    const { long } = await longWithSpot(exchange);
    // 2,100 - 2,200 = -100 after the haircut, 2,400 - 2,200 = 200 when sold.
    await setMark(wad(1_780));
    expect(await equityOf(long)).to.equal(-100n * WAD);
    await expect(engine.liquidate(long, MARKET)).to.be.revertedWithCustomError(engine, "NothingToDo");
    expect(await fund.balance()).to.equal(wad(1_000));
    await engine.connect(carol).liquidateSpot(long, await open(carol, 5_000), ETHER, WAD);
    expect(await equityOf(long)).to.equal(200n * WAD);
  });

  it("so the owner keeps none of the spot that was insured", async () => {
    const exchange = await loadExchange();
    const { engine, house, setMark, eventOf, open, carol } = exchange;
    const { long } = await longWithSpot(exchange);
    // 500 + 1,900 - 2,600 = -200.
    await setMark(wad(1_740));
    const insured = (await eventOf(await engine.liquidate(long, MARKET), "DeficitInsured"))!;
    expect(insured.paid).to.equal(wad(200));
    await engine.connect(carol).liquidateSpot(long, await open(carol, 5_000), ETHER, WAD);
    expect(isClose((await house.accountData(long)).cash, 0n, DUST)).to.equal(true);
    expect((await house.spotBalance(long, ETHER)).amount < DUST).to.equal(true);
  });
});

describe("A dead price elsewhere shields only what depends on it", () => {
  it("so a small position in a market without a price does not stop a liquidation", async () => {
    const exchange = await loadExchange();
    const { engine, setMark, meet, open, rest, carol, sizeOf } = exchange;
    const { long, short } = await aliceLong(exchange);
    await meet(long, short, wad("0.01"), wad(2_000), OTHER);
    await rest(await open(carol, 20_000), true, wad(1_850), 10n * WAD);
    await setMark(wad(1_850));
    await setMark(wad(2_000), OTHER, Validity.STALE);
    expect(await engine.isLiquidatable(long)).to.equal(true);
    await engine.liquidate(long, MARKET);
    expect((await sizeOf(long)) < 10n * WAD).to.equal(true);
    await expect(engine.liquidate(long, OTHER)).to.be.revert(ethers);
  });

  it("so a wei of spot without a price does not stop a liquidation", async () => {
    const exchange = await loadExchange();
    const { engine, setMark, open, rest, dave, sizeOf } = exchange;
    await listSpot(exchange);
    const { long } = await aliceLong(exchange);
    await giveSpot(exchange, long, 1n);
    await rest(await open(dave, 20_000), true, wad(1_850), 10n * WAD);
    await setMark(wad(1_850));
    await setMark(wad(2_000), OTHER, Validity.STALE);
    await engine.liquidate(long, MARKET);
    expect((await sizeOf(long)) < 10n * WAD).to.equal(true);
  });

  for (const [haircut, words] of [
    [200_000n, "a wei of spot without a price"],
    [1_000_000n, "spot that counts for nothing, without a price,"],
  ] as const) {
    it(`so ${words} does not stop the book from taking the whole of a bankrupt position, and its debt waits for the sale`, async () => {
      const exchange = await loadExchange();
      const { engine, house, fund, insure, setMark, open, rest, dave, spotToken, equityOf, sizeOf } = exchange;
      await listSpot(exchange);
      const { long } = await aliceLong(exchange);
      await giveSpot(exchange, long, 1n);
      await house.listSpotAsset(ETHER, { ...TERMS, token: spotToken, haircut });
      await insure(1_000);
      await rest(await open(dave, 20_000), true, wad(1_750), 10n * WAD);
      // 2,100 - 2,500, and what a wei of ether is worth.
      const worth = 2_000n;
      await setMark(wad(1_750));
      await setMark(wad(2_000), OTHER, Validity.STALE);
      await engine.liquidate(long, MARKET);
      expect(await sizeOf(long)).to.equal(0n);
      expect(await house.socialisedLoss()).to.equal(0n);
      expect(isClose(await equityOf(long), wad(-400), DUST + worth)).to.equal(true);
      await expect(engine.liquidate(long, MARKET)).to.be.revertedWithCustomError(engine, "NothingToDo");
      await setMark(wad(2_000), OTHER);
      await engine.liquidate(long, MARKET);
      expect(isClose(await equityOf(long), 0n, DUST + worth)).to.equal(true);
      expect(await house.socialisedLoss()).to.equal(0n);
      expect(isClose(await fund.balance(), wad(600), DUST + worth)).to.equal(true);
    });
  }

  it("and an account whose health may rest on it is left alone", async () => {
    const exchange = await loadExchange();
    const { engine, setMark, meet } = exchange;
    const { long, short } = await aliceLong(exchange);
    await meet(long, short, wad("0.5"), wad(2_000), OTHER);
    await setMark(wad(1_850));
    await setMark(wad(2_000), OTHER, Validity.STALE);
    expect(await engine.isLiquidatable(long)).to.equal(false);
    await expect(engine.liquidate(long, MARKET)).to.be.revertedWithCustomError(engine, "NotLiquidatable");
  });

  it("so spot sent to a trader does not stop its trades, nor spot sent to the vault its shares", async () => {
    const exchange = await loadExchange();
    const { vault, setMark, back, give, open, meet, lender, alice, bob } = exchange;
    await listSpot(exchange);
    const backed = await back(10_000, 5_000);
    const long = await open(alice, 1_000);
    const short = await open(bob, 1_000);
    await giveSpot(exchange, backed, 1n);
    await giveSpot(exchange, long, 1n);
    await setMark(wad(2_000), OTHER, Validity.STALE);
    await meet(long, short, WAD);
    await vault.connect(lender).deposit(await give(lender, 1_000, await vault.getAddress()), lender);
  });
});

describe("What leaves or changes hands asks for a price that is good enough", () => {
  it("so a withdrawal under an UNCERTAIN price is measured at the adverse bound", async () => {
    const exchange = await loadExchange();
    const { house, setMark, meet, open, alice, bob } = exchange;
    const long = await open(alice, 1_000);
    await meet(long, await open(bob, 1_000), WAD);
    await setMark(wad(2_000), MARKET, Validity.UNCERTAIN, wad(100));
    // Equity 1,000 - 100, less 20 % of 2,100.
    expect(await house.withdrawable(long)).to.equal(wad(480));
    await expect(house.connect(alice).withdraw(long, usdc(480) + 1n, alice)).to.be.revert(ethers);
    await house.connect(alice).withdraw(long, usdc(480), alice);
  });

  it("so the treasury takes over dust at a VALID mark only", async () => {
    const exchange = await loadExchange();
    const { house, prices, setMark, configure, meet, open, alice, bob, carol, sizeOf } = exchange;
    const long = await open(alice, 1_000);
    await meet(long, await open(bob, 1_000), wad("0.1"));
    const treasuryAccount = await open(carol, 1_000);
    await house.setFeeSplit(allTo(treasuryAccount));
    await configure({ minimumNotional: 1_000n });
    await setMark(wad(2_000), MARKET, Validity.STALE);
    await expect(house.connect(alice).closeDust(long, MARKET))
      .to.be.revertedWithCustomError(prices, "PriceNotUsable")
      .withArgs(MARKET, Action.DELEVERAGE, Validity.STALE, ZeroAddress, 0n);
    await setMark(wad(2_000));
    await house.connect(alice).closeDust(long, MARKET);
    expect(await sizeOf(treasuryAccount)).to.equal(wad("0.1"));
  });
});

describe("Void orders in front of a liquidation", () => {
  it("are gone after it, though it met nothing else", async () => {
    const exchange = await loadExchange();
    const { engine, book, setMark, pace, open, rest, carol, dave, sizeOf } = exchange;
    const { long } = await aliceLong(exchange);
    const spammer = await open(carol, 20_000);
    for (let i = 0; i < 3; ++i) await rest(spammer, true, wad(1_860), WAD);
    await book.connect(carol).cancelAll(spammer, MARKET);
    await rest(await open(dave, 20_000), true, wad(1_850), 10n * WAD);
    await pace({ maxMakers: 2n });
    await setMark(wad(1_850));
    await engine.liquidate(long, MARKET);
    expect(await sizeOf(long)).to.equal(10n * WAD);
    await engine.liquidate(long, MARKET);
    expect((await sizeOf(long)) < 10n * WAD).to.equal(true);
  });
});
