import { expect } from "chai";
import type { BaseContract } from "ethers";

import { UniswapV3 } from "../../lab/spot/uniswap.js";
import { loadHedge } from "../support/hedged-account.js";
import { ETHER } from "../support/hedges.js";
import { ethers, MARKET, usdc, WAD, wad } from "../support/ledger.js";
import { Kind } from "../support/liquidation.js";

/** Both legs of so much are unwound. */
const SIZE = 5n * WAD;

/** What is borrowed and deposited, and what the lender asks for it: 100 ppm. */
const BORROWED = usdc(10_000);
const FEE = usdc(1);

const UINT_128 = (1n << 128n) - 1n;

/**
 * The hedge of ten with funding eaten down to 100 of equity, a bid and ask of Bob's at the mark, a real pool that holds 20 M a side at
 * 2,000 and 5 bp, a lender, and Dave's contract: an account on the exchange, and not a token of its own.
 */
async function loadFlash() {
  const fixture = await loadHedge();
  const { house, book, engine, token, ether, admin, dave, account, long, payFunding, rest } = fixture;
  const uniswap = await UniswapV3.deploy(admin);
  const base = { address: await ether.getAddress(), decimals: 18 };
  const quote = { address: await token.getAddress(), decimals: 6 };
  const pool = await uniswap.createPool({ base, quote, fee: 500, price: wad(2_000) });
  await token.mint(admin, usdc(100_000_000));
  await ether.mint(admin, wad(100_000));
  await uniswap.approve(admin, base, quote);
  await pool.addLiquidity(admin, { depth: wad(20_000_000) });
  const lender = await ethers.deployContract("FlashLender", [100]);
  await token.mint(lender, usdc(1_000_000));
  const wallet = await ethers.deployContract("ContractWallet", dave);
  await wallet.execute([{ to: house, data: house.interface.encodeFunctionData("openAccount", [0]) }]);
  const own = await house.accountOf(wallet, 0);
  await payFunding(25);
  await rest(long, false, wad(2_000), SIZE);

  const call = (to: Pick<BaseContract, "interface" | "target">, name: string, ...args: unknown[]) => ({
    to: to.target,
    data: to.interface.encodeFunctionData(name, args),
  });
  const buy = { market: MARKET, buy: true, kind: Kind.FILL_OR_KILL, reduceOnly: true, maxMakers: 0 };
  const { router } = uniswap;

  /** Pay, take both legs, close the short on the book, sell the spot in the pool, and all money out. What is not paid back is left. */
  const liquidate = (paid: bigint) =>
    wallet.borrow(lender, token, BORROWED, [
      call(token, "approve", house.target, BORROWED),
      call(house, "deposit", own, BORROWED),
      call(engine, "unwindHedge", account, own, MARKET, SIZE),
      call(book, "place", own, { ...buy, price: wad(2_000), size: SIZE }),
      call(house, "withdrawSpot", own, ETHER, SIZE, wallet.target),
      call(ether, "approve", router.target, SIZE),
      call(router, "exactInputSingle", {
        tokenIn: base.address,
        tokenOut: quote.address,
        fee: 500,
        recipient: wallet.target,
        deadline: UINT_128,
        amountIn: SIZE,
        amountOutMinimum: 0n,
        sqrtPriceLimitX96: 0n,
      }),
      call(house, "withdraw", own, BORROWED - paid, wallet.target),
    ]);
  return { ...fixture, pool, lender, wallet, own, liquidate };
}

describe("A hedge unwound with borrowed money", () => {
  it("leaves whoever does it the discount less what book, pool and lender ask, and nothing open", async () => {
    const exchange = await loadFlash();
    const { house, engine, token, ether, pool, lender, wallet, own, account, carol, buyer, liquidate } = exchange;
    const { sizeOf, spotOf } = exchange;
    const before = await house.health(account);
    const [size, paid] = await engine.connect(carol).unwindHedge.staticCall(account, buyer, MARKET, SIZE);
    expect(size).to.equal(SIZE);
    // Half of the equity of 100 behind ten of each leg: 5 a unit below the index of 2,000.
    expect(paid > wad(9_974) && paid < wad(9_976)).to.equal(true);
    const tokens = (paid + 10n ** 12n - 1n) / 10n ** 12n;
    const sale = await pool.quoteSale("base", SIZE);
    await liquidate(tokens);
    const profit = await token.balanceOf(wallet);
    expect(profit).to.equal(sale - tokens - FEE);
    // 25 of discount, less 5 of the pool's fee, 5 of its slippage and 1 of the lender's: 14.
    expect(profit > usdc(13) && profit < usdc(15)).to.equal(true);
    expect(await token.balanceOf(lender)).to.equal(usdc(1_000_000) + FEE);
    expect([await sizeOf(own), await spotOf(own), await ether.balanceOf(wallet)]).to.deep.equal([0n, 0n, 0n]);
    expect([await sizeOf(account), await spotOf(account)]).to.deep.equal([-SIZE, SIZE]);
    const after = await house.health(account);
    expect(after.equity * before.maintenanceMargin > before.equity * after.maintenanceMargin).to.equal(true);
  });

  it("does nothing at all where the pool pays less for the spot than the discount leaves", async () => {
    const exchange = await loadFlash();
    const { house, engine, token, pool, admin, lender, wallet, own, account, long, carol, buyer } = exchange;
    const { liquidate, sizeOf, spotOf } = exchange;
    // 0.25 % lower: 5 a unit, all of the discount; with the fee and the slippage it brings 10 too little.
    await pool.pushTo(admin, wad(1_995));
    const [, paid] = await engine.connect(carol).unwindHedge.staticCall(account, buyer, MARKET, SIZE);
    const tokens = (paid + 10n ** 12n - 1n) / 10n ** 12n;
    const missing = tokens + FEE - (await pool.quoteSale("base", SIZE));
    expect(missing > usdc(10) && missing < usdc(12)).to.equal(true);
    const look = async () => [
      await house.accountData(account),
      await house.accountData(own),
      await Promise.all([account, own, long].map((one) => sizeOf(one))),
      await Promise.all([account, own].map(spotOf)),
      await house.reservation(long, MARKET),
      await pool.sqrtRatio(),
      await token.balanceOf(wallet),
      await token.balanceOf(lender),
    ];
    const before = await look();
    await expect(liquidate(tokens))
      .to.be.revertedWithCustomError(token, "ERC20InsufficientBalance")
      .withArgs(wallet, BORROWED + FEE - missing, BORROWED + FEE);
    expect(await look()).to.deep.equal(before);
  });
});
