import { expect } from "chai";
import { network } from "hardhat";

import { squareRoot, UniswapV3 } from "../../lab/spot/uniswap.js";
import type { SpotToken } from "../../lab/spot/uniswap.js";

const WAD = 10n ** 18n;
const PRICE = 3_000n * WAD;
const DEPTH = 5_000_000n * WAD;

/** |a - b| / b in parts per million. */
function apart(a: bigint, b: bigint): bigint {
  return ((a > b ? a - b : b - a) * 1_000_000n) / b;
}

describe("A real Uniswap v3 pool", () => {
  for (const order of ["base", "quote"] as const) {
    describe(`whose token0 is the ${order}`, () => {
      async function world() {
        const { ethers, networkHelpers } = await network.create();
        const [signer] = await ethers.getSigners();
        if (signer === undefined) throw new Error("no signer");
        const uniswap = await UniswapV3.deploy(signer);
        let base: SpotToken | undefined;
        let quote: SpotToken | undefined;
        while (base === undefined || quote === undefined) {
          const decimals = base === undefined ? 18 : 6;
          const token = await ethers.deployContract("TestToken", ["Token", "TKN", decimals]);
          await token.mint(signer, 10n ** 30n);
          const spot = { address: await token.getAddress(), decimals };
          if (base === undefined) base = spot;
          else if (BigInt(base.address) < BigInt(spot.address) === (order === "base")) quote = spot;
        }
        await uniswap.approve(signer, base, quote);
        const pool = await uniswap.createPool({ base, quote, fee: 500, price: PRICE });
        return { signer, pool, networkHelpers };
      }

      it("opens at the price it is given", async () => {
        const { pool } = await world();
        expect(pool.baseIsToken0).to.equal(order === "base");
        expect(apart(await pool.price(), PRICE)).to.be.at.most(0n);
      });

      it("shows the depth that was put in, over the full range and a narrow one", async () => {
        const { signer, pool } = await world();
        await pool.addLiquidity(signer, { depth: DEPTH });
        expect(apart(await pool.depth(), DEPTH)).to.be.at.most(1n);
        const narrow = { depth: DEPTH, lower: 2_800n * WAD, upper: 3_200n * WAD };
        const position = await pool.addLiquidity(signer, narrow);
        expect(apart(await pool.depth(), 2n * DEPTH)).to.be.at.most(1n);
        await pool.removeLiquidity(signer, position.tokenId, position.liquidity);
        expect(apart(await pool.depth(), DEPTH)).to.be.at.most(1n);
      });

      it("costs Q (sqrt r - 1) and the fee to push up by r", async () => {
        const { signer, pool } = await world();
        await pool.addLiquidity(signer, { depth: DEPTH });
        const trade = await pool.pushTo(signer, (PRICE * 121n) / 100n);
        expect(apart(await pool.price(), (PRICE * 121n) / 100n)).to.be.at.most(1n);
        const spent = (DEPTH / 10n ** 12n / 10n) * 1_000_000n;
        expect(apart(trade.quote, spent / 999_500n)).to.be.at.most(2n);
      });

      it("pays what it quoted, both ways, and takes no more than it must for an exact amount", async () => {
        const { signer, pool } = await world();
        await pool.addLiquidity(signer, { depth: DEPTH });
        const quoted = await pool.quoteSale("base", 10n * WAD);
        expect((await pool.swap(signer, "base", 10n * WAD)).quote).to.equal(quoted);
        const base = await pool.quoteSale("quote", 10_000_000_000n);
        expect((await pool.swap(signer, "quote", 10_000_000_000n)).base).to.equal(base);
        expect((await pool.swapFor(signer, "base", WAD)).base).to.equal(WAD);
        expect((await pool.swapFor(signer, "quote", 1_000_000n)).quote).to.equal(1_000_000n);
      });

      it("stops at a limit price", async () => {
        const { signer, pool } = await world();
        await pool.addLiquidity(signer, { depth: DEPTH });
        await pool.swap(signer, "base", 10n ** 24n, (PRICE * 9n) / 10n);
        expect(apart(await pool.price(), (PRICE * 9n) / 10n)).to.be.at.most(1n);
      });

      it("records more observations once it is told to", async () => {
        const { pool } = await world();
        await pool.growCardinality(700);
        const slot = (await pool.contract.getFunction("slot0").staticCall()) as bigint[];
        expect(slot[4]).to.equal(700n);
      });
    });
  }

  it("takes integer square roots exactly", () => {
    for (const root of [0n, 1n, 2n, 3n, 10n ** 18n, (1n << 128n) - 1n]) {
      expect(squareRoot(root * root)).to.equal(root);
      expect(squareRoot(root * root + root)).to.equal(root);
    }
  });
});
