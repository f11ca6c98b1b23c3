import { expect } from "chai";

import { UniswapV3 } from "../../lab/spot/uniswap.js";
import { ETHER, withHedges } from "../support/hedges.js";
import { ethers, MARKET, Module, usdc, Validity, WAD, wad } from "../support/ledger.js";
import { DUST, isClose, loadExchange } from "../support/liquidation.js";

const MARK = 1_780;

/**
 * Alice is short `short` against Bob's `bankrupt` and Carol's rest, at 2,000, covered by as much seasoned ether. At 1,780 Bob is
 * bankrupt, and Alice's hedge is all there is on the other side. A real pool holds 2 M a side at 1,780.
 */
async function loadFreed(bankrupt: number, short = 10) {
  const fixture = await withHedges(await loadExchange());
  const { house, engine, token, ether, prices, admin, alice, bob, carol } = fixture;
  const { open, meet, stock, season, setMark } = fixture;
  const uniswap = await UniswapV3.deploy(admin);
  const base = { address: await ether.getAddress(), decimals: 18 };
  const quote = { address: await token.getAddress(), decimals: 6 };
  const pool = await uniswap.createPool({ base, quote, fee: 500, price: wad(MARK) });
  await token.mint(admin, usdc(10_000_000));
  await ether.mint(admin, wad(10_000));
  await uniswap.approve(admin, base, quote);
  await pool.addLiquidity(admin, { depth: wad(2_000_000) });
  const accounts = await ethers.getContractAt("AccountLogic", await house.getAddress());
  const sale = await ethers.deployContract("FreedSpotSale", [house, prices, uniswap.factory.target]);
  await house.setModule(sale, Module.SALE);

  const account = await open(alice, 100);
  await stock(alice, account, wad(short));
  await season();
  const loser = await open(bob, bankrupt * 210);
  const other = await open(carol, 100_000);
  await meet(loser, account, wad(bankrupt));
  if (short > bankrupt) await meet(other, account, wad(short - bankrupt));
  await setMark(wad(MARK));
  const mandate = { pool: pool.address, worst: 15_000n, tip: 1_000n };
  const owner = sale.connect(alice);
  const spotOf = async () => (await house.spotBalance(account, ETHER)).amount;
  const freedOf = async () => (await house.positionOf(account, MARKET)).freed;
  const tear = () => engine.liquidate(loser, MARKET);
  return { ...fixture, accounts, uniswap, pool, sale, owner, account, loser, other, mandate, spotOf, freedOf, tear };
}

describe("Spot that a torn-up hedge has freed", () => {
  it("is sold whole in the pool its holder has named, who ends flat, for a tip to whoever sells it", async () => {
    const exchange = await loadFreed(10);
    const { house, accounts, sale, owner, token, account, mandate, keeper, tear, freedOf, spotOf, sizeOf } = exchange;
    await owner.setMandate(account, MARKET, mandate);
    expect(await freedOf()).to.equal(0n);
    await tear();
    expect(await sizeOf(account)).to.equal(0n);
    expect(await freedOf()).to.equal(wad(10));
    const cash = (await house.health(account)).cash;
    await sale.connect(keeper).sell(account, MARKET, wad(100));
    expect(await spotOf()).to.equal(0n);
    const gained = (await house.accountData(account)).cash - cash;
    const tip = await token.balanceOf(keeper);
    // 17,800 less 5 bp of fee, less 10 / 1,123 of the pool's price: 0.9 %; of that a thousandth is the tip.
    expect(gained > wad(17_533) && gained < wad(17_800)).to.equal(true);
    expect(isClose(tip * 10n ** 12n * 999n, gained, 1_000n * 10n ** 12n)).to.equal(true);
    expect(await token.balanceOf(sale)).to.equal(0n);
    expect(await freedOf()).to.equal(0n);
    await expect(sale.connect(keeper).sell(account, MARKET, wad(1))).to.be.revertedWithCustomError(
      accounts,
      "NothingFreed",
    );
  });

  it("is exactly what was torn up, and what covers the rest of the short stays", async () => {
    const { house, sale, owner, account, mandate, tear, freedOf, spotOf, sizeOf } = await loadFreed(4);
    await owner.setMandate(account, MARKET, mandate);
    await tear();
    expect(isClose(await freedOf(), wad(4), DUST)).to.equal(true);
    await sale.sell(account, MARKET, wad(1));
    await sale.sell(account, MARKET, wad(9));
    expect(await spotOf()).to.be.at.least(-(await sizeOf(account)));
    expect(isClose(await spotOf(), wad(6), DUST)).to.equal(true);
    const { covered, size } = await house.positionOf(account, MARKET);
    expect(covered).to.equal(-size);
  });

  it("is none of it what its holder's own trade has uncovered", async () => {
    const { house, accounts, sale, owner, account, other, mandate, freedOf, meet } = await loadFreed(4);
    await owner.setMandate(account, MARKET, mandate);
    await meet(account, other, wad(3), wad(MARK));
    expect(await freedOf()).to.equal(0n);
    await house.poke(account, MARKET);
    await expect(sale.sell(account, MARKET, wad(1))).to.be.revertedWithCustomError(accounts, "NothingFreed");
  });

  it("is freed no more once it covers a new short, or has left, and does not come back", async () => {
    const { house, account, other, alice, ether, tear, freedOf, meet, stock } = await loadFreed(10);
    await tear();
    await meet(other, account, wad(3), wad(MARK));
    expect(await freedOf()).to.equal(wad(7));
    await meet(account, other, wad(3), wad(MARK));
    expect(await freedOf()).to.equal(wad(7));
    await house.connect(alice).withdrawSpot(account, ETHER, wad(8), alice);
    expect(await freedOf()).to.equal(wad(2));
    expect(await ether.balanceOf(alice)).to.equal(wad(8));
    await stock(alice, account, wad(8));
    expect(await freedOf()).to.equal(wad(2));
    await house.connect(alice).withdrawSpot(account, ETHER, wad(10), alice);
    await stock(alice, account, wad(8));
    expect(await freedOf()).to.equal(0n);
  });

  it("is not sold below the worst price its holder has named, nor so that its equity would fall", async () => {
    const { sale, owner, account, admin, mandate, pool, tear, spotOf, house } = await loadFreed(10);
    await owner.setMandate(account, MARKET, mandate);
    await tear();
    await pool.pushTo(admin, wad(1_700));
    await expect(sale.sell(account, MARKET, wad(10))).to.be.revertedWithCustomError(sale, "WorseThanNamed");
    expect(await spotOf()).to.equal(wad(10));
    // A holder who names anything gets no worse than the haircut, 20 %: 1,424.
    await owner.setMandate(account, MARKET, { ...mandate, worst: 900_000n });
    await pool.pushTo(admin, wad(1_400));
    await expect(sale.sell(account, MARKET, wad(10))).to.be.revertedWithCustomError(sale, "WorseThanNamed");
    await pool.pushTo(admin, wad(1_450));
    const before = (await house.health(account)).equity;
    await sale.sell(account, MARKET, wad(10));
    expect((await house.health(account)).equity).to.be.at.least(before);
  });

  it("is not sold without a mandate, by its withdrawal, or at a price that is not valid", async () => {
    const { sale, owner, account, mandate, prices, tear } = await loadFreed(10);
    await tear();
    await expect(sale.sell(account, MARKET, wad(10)))
      .to.be.revertedWithCustomError(sale, "NoMandate")
      .withArgs(account, MARKET);
    await owner.setMandate(account, MARKET, mandate);
    expect((await sale.mandateOf(account, MARKET)).pool).to.equal(mandate.pool);
    await prices.setValidity(MARKET, Validity.UNCERTAIN);
    await expect(sale.sell(account, MARKET, wad(10))).to.be.revertedWithCustomError(prices, "PriceNotUsable");
    await owner.setMandate(account, MARKET, { ...mandate, pool: ethers.ZeroAddress });
    await expect(sale.sell(account, MARKET, wad(10))).to.be.revertedWithCustomError(sale, "NoMandate");
  });

  it("goes by the owner's word alone, to a real pool of the two tokens, below 100 %", async () => {
    const { sale, owner, account, mandate, carol, uniswap, ether, token, house } = await loadFreed(10);
    await house.connect(owner.runner).setOperator(account, carol, true);
    await expect(sale.connect(carol).setMandate(account, MARKET, mandate))
      .to.be.revertedWithCustomError(sale, "NotOwner")
      .withArgs(account, carol.address);
    await expect(owner.setMandate(account, MARKET, { ...mandate, worst: 1_000_000n })).to.be.revertedWithCustomError(
      sale,
      "UnsafeMandate",
    );
    await expect(owner.setMandate(account, MARKET, { ...mandate, tip: 1_000_000n })).to.be.revertedWithCustomError(
      sale,
      "UnsafeMandate",
    );
    const stranger = await ethers.deployContract("TestToken", ["Other", "OTH", 18]);
    const base = { address: await stranger.getAddress(), decimals: 18 };
    const quote = { address: await token.getAddress(), decimals: 6 };
    const wrong = await uniswap.createPool({ base, quote, fee: 500, price: wad(MARK) });
    await expect(owner.setMandate(account, MARKET, { ...mandate, pool: wrong.address }))
      .to.be.revertedWithCustomError(sale, "UnknownPool")
      .withArgs(wrong.address, await ether.getAddress(), quote.address);
  });

  it("leaves the ledger to nobody but the sale, and the sale to nobody but its pool", async () => {
    const { house, sale, account, carol } = await loadFreed(10);
    await expect(house.connect(carol).releaseFreedSpot(account, MARKET, WAD)).to.be.revertedWithCustomError(
      house,
      "NotModule",
    );
    await expect(sale.connect(carol).uniswapV3SwapCallback(1n, 0n, "0x"))
      .to.be.revertedWithCustomError(sale, "UnexpectedCallback")
      .withArgs(carol.address);
  });
});
