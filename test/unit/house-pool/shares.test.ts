import { expect } from "chai";

import { loadHouse } from "../../support/house.js";
import { deployLinked, ethers, MARKET, Misbehaviour, usdc, WAD, wad } from "../../support/ledger.js";
import { isClose } from "../../support/liquidation.js";

describe("Shares of the house pool", () => {
  it("are an ERC-4626 over the quote token worth the equity of the pool's account at mark", async () => {
    const { pool, token, first, deal, setMark, lender } = await loadHouse();
    expect(await pool.asset()).to.equal(await token.getAddress());
    expect(await pool.decimals()).to.equal(12n);
    expect(await pool.totalAssets()).to.equal(usdc(100_000));
    await deal(first, true, 10n * WAD);
    expect(await pool.totalAssets()).to.equal(usdc(100_140));
    await setMark(wad(2_114));
    expect(await pool.totalAssets()).to.equal(usdc(99_000));
    const worth = await pool.convertToAssets(await pool.balanceOf(lender));
    expect(isClose(worth, usdc(99_000), 1n)).to.be.true;
  });

  it("refuse a token that takes a fee, and one that calls back into a trade", async () => {
    const { prices, authority, admin } = await loadHouse();
    const token = await ethers.deployContract("HostileToken", [6]);
    const house = await deployLinked("ClearingHouse", [token, authority]);
    const address = await (await deployLinked("HousePool", [house, prices, token, authority])).getAddress();
    const pool = await ethers.getContractAt("HousePool", address);
    await token.mint(admin, usdc(100));
    await token.approve(pool, usdc(100));
    await token.misbehave(Misbehaviour.FEE, admin, "0x");
    await expect(pool.deposit(usdc(100), admin))
      .to.be.revertedWithCustomError(pool, "InexactTransfer")
      .withArgs(usdc(100), usdc(99));
    const callback = pool.interface.encodeFunctionData("trade", [1n, MARKET, true, WAD, WAD, false]);
    await token.misbehave(Misbehaviour.REENTERS, pool, callback);
    await expect(pool.deposit(usdc(100), admin)).to.be.revertedWithCustomError(pool, "ReentrancyGuardReentrantCall");
  });
});
