import { expect } from "chai";

import { UniswapV3 } from "../../lab/spot/uniswap.js";
import type { SpotToken } from "../../lab/spot/uniswap.js";
import { deployIndex, MARKET, Status, WAD } from "../support/prices.js";

const { OK, SHORT_HISTORY, NO_DEPTH, UNCONFIGURED } = Status;
const PRICE = 3_000n * WAD;
const DEPTH = 5_000_000n * WAD;
const WINDOW = 1_800;
const BLOCK = 12;

/** |a - b| / b. */
function apart(a: bigint, b: bigint): number {
  return Math.abs(Number(a - b) / Number(b));
}

describe("The Uniswap v3 source", () => {
  /** A real pool with one observation, its source set but not yet old enough to be read. */
  async function world(order: "base" | "quote" = "base", depth = DEPTH) {
    const index = await deployIndex();
    const { ethers, admin, networkHelpers } = index;
    const uniswap = await UniswapV3.deploy(admin);
    const token = async (decimals: number): Promise<SpotToken> => {
      const contract = await ethers.deployContract("TestToken", ["Token", "TKN", decimals]);
      await contract.mint(admin, 10n ** 30n);
      return { address: await contract.getAddress(), decimals };
    };
    const base = await token(18);
    let quote = await token(6);
    while (BigInt(base.address) < BigInt(quote.address) !== (order === "base")) quote = await token(6);
    await uniswap.approve(admin, base, quote);
    const pool = await uniswap.createPool({ base, quote, fee: 500, price: PRICE });
    if (depth > 0n) await pool.addLiquidity(admin, { depth });
    await pool.growCardinality(200);
    const source = await ethers.deployContract("UniswapV3TwapSource", [index.authority]);
    await source.setPool(MARKET, pool.address, base.address, WINDOW);
    /** Mines a block so that it is `seconds` after the last one. */
    const pass = (seconds: number) => networkHelpers.time.increase(seconds);
    return { ...index, uniswap, pool, base, quote, source, pass };
  }

  for (const order of ["base", "quote"] as const) {
    describe(`with the ${order} as token0`, () => {
      it("reads price and depth of a quiet pool as the pool has them", async () => {
        const { pool, source, pass, networkHelpers } = await world(order);
        await pass(WINDOW);
        const reading = await source.read(MARKET);
        expect(reading.status).to.equal(OK);
        // A pool accumulates whole ticks, so the average is up to one tick (0.01 %) below its ratio.
        expect(apart(reading.price, await pool.price())).to.be.below(0.0001);
        expect(apart(reading.depth, await pool.depth())).to.be.below(0.0001);
        expect(reading.confidence).to.equal(0n);
        expect(reading.publishedAt).to.equal(await networkHelpers.time.latest());
      });

      for (const [blocks, factor] of [
        [1, 1_508],
        [2, 38.8],
        [5, 4.32],
        [15, 1.63],
        [15, 1 / 1.63],
      ] as const) {
        it(`moves by R^(t / W) when a factor of ${factor.toFixed(3)} is held for ${blocks} blocks`, async () => {
          const { pool, source, pass, admin } = await world(order);
          await pass(WINDOW);
          const before = (await source.read(MARKET)).price;
          await pool.pushTo(admin, (PRICE * BigInt(Math.round(factor * 1e6))) / 1_000_000n);
          await pass(blocks * BLOCK);
          const shift = Number((await source.read(MARKET)).price) / Number(before);
          const closed = Math.pow(factor, (blocks * BLOCK) / WINDOW);
          expect(Math.abs(shift / closed - 1)).to.be.below(0.0001);
          expect(Math.abs(shift - closed) / Math.abs(closed - 1)).to.be.below(0.01);
        });
      }
    });
  }

  it("follows a price that has held for the whole window", async () => {
    const { pool, source, pass, admin } = await world();
    await pass(WINDOW);
    await pool.pushTo(admin, 2_500n * WAD);
    await pass(WINDOW);
    expect(apart((await source.read(MARKET)).price, 2_500n * WAD)).to.be.below(0.0001);
  });

  it("gives depth shown for one block its share of the window and no more", async () => {
    const { pool, source, pass, admin } = await world();
    await pass(WINDOW);
    const flash = await pool.addLiquidity(admin, { depth: 1_000n * DEPTH });
    await pass(BLOCK);
    const { depth } = await source.read(MARKET);
    // Harmonic mean: 1 / ((1 - t / W) / Q + t / W / 1001 Q).
    expect(apart(depth, DEPTH)).to.be.below((1.01 * BLOCK) / (WINDOW - BLOCK));
    await pool.removeLiquidity(admin, flash.tokenId, flash.liquidity);
  });

  it("has a short history until its pool remembers the whole window", async () => {
    const { source, pass } = await world();
    expect((await source.read(MARKET)).status).to.equal(SHORT_HISTORY);
    await pass(WINDOW);
    expect((await source.read(MARKET)).status).to.equal(OK);
  });

  it("has a short history again when trades overwrite what too few slots can hold", async () => {
    const { pool, source, pass, admin } = await world();
    await pass(WINDOW);
    // Only a trade that moves the tick writes an observation.
    for (let i = 0; i < 200; ++i) await pool.swap(admin, "quote", 2_000_000_000n);
    expect((await source.read(MARKET)).status).to.equal(SHORT_HISTORY);
  });

  it("gives a pool without liquidity no weight", async () => {
    const { source, pass, oracle, use } = await world("base", 0n);
    await pass(WINDOW);
    const reading = await source.read(MARKET);
    expect(reading.depth).to.be.below(WAD);
    await use([source]);
    expect((await oracle.readingsOf(MARKET))[0]!.status).to.equal(NO_DEPTH);
  });

  it("knows no pool until one is set, nor after it is removed", async () => {
    const { source, ethers } = await world();
    expect((await source.read(7)).status).to.equal(UNCONFIGURED);
    await expect(source.setPool(MARKET, ethers.ZeroAddress, ethers.ZeroAddress, 0)).to.emit(source, "PoolSet");
    expect((await source.read(MARKET)).status).to.equal(UNCONFIGURED);
  });

  it("takes its pools from its authority only, and refuses those it could not average", async () => {
    const { source, pool, base, uniswap, quote, stranger, ethers } = await world();
    await expect(source.setPool(MARKET, pool.address, stranger.address, WINDOW))
      .to.be.revertedWithCustomError(source, "BaseNotInPool")
      .withArgs(pool.address, stranger.address);
    for (const window of [0, 59, 86_401]) {
      await expect(source.setPool(MARKET, pool.address, base.address, window))
        .to.be.revertedWithCustomError(source, "ParameterOutOfRange")
        .withArgs("window", window, 60, 86_400);
    }
    const young = await uniswap.createPool({ base, quote, fee: 3000, price: PRICE });
    await expect(source.setPool(MARKET, young.address, base.address, WINDOW))
      .to.be.revertedWithCustomError(source, "CardinalityTooLow")
      .withArgs(young.address, 1, WINDOW / BLOCK);
    const odd = await ethers.deployContract("TestToken", ["Token", "TKN", 19]);
    const strange = await uniswap.createPool({
      base: { address: await odd.getAddress(), decimals: 18 },
      quote,
      fee: 500,
      price: PRICE,
    });
    await strange.growCardinality(200);
    await expect(source.setPool(MARKET, strange.address, odd, WINDOW))
      .to.be.revertedWithCustomError(source, "ParameterOutOfRange")
      .withArgs("baseDecimals", 19, 0, 18);
    await expect(source.connect(stranger).setPool(MARKET, pool.address, base.address, WINDOW))
      .to.be.revertedWithCustomError(source, "AccessManagedUnauthorized")
      .withArgs(stranger.address);
    expect((await source.poolOf(MARKET)).pool).to.equal(pool.address);
  });
});
