import { expect } from "chai";

import { apart, deployPool, POOL_DEPTH as DEPTH, POOL_PRICE as PRICE } from "../support/pools.js";
import { MARKET, Status, WAD } from "../support/prices.js";

const { OK, SHORT_HISTORY, NO_DEPTH, UNCONFIGURED } = Status;
const WINDOW = 1_800;
const BLOCK = 12;

describe("The Uniswap v3 source", () => {
  /** A real pool with one observation, its source set but not yet old enough to be read. */
  async function world(order: "base" | "quote" = "base", depth = DEPTH) {
    const fixture = await deployPool({ order, depth });
    const source = await fixture.ethers.deployContract("UniswapV3TwapSource", [fixture.authority]);
    await source.setPool(MARKET, fixture.pool.address, fixture.base.address, WINDOW);
    return { ...fixture, source };
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

  it("makes its pool record a window's blocks when it is set, and no more of them than it needs", async () => {
    const { pool, source, base, quote, uniswap } = await world();
    const slots = async (one: typeof pool) => ((await one.contract.getFunction("slot0").staticCall()) as bigint[])[4];
    expect(await slots(pool)).to.equal(WINDOW / BLOCK);
    await source.setPool(MARKET, pool.address, base.address, 60);
    expect(await slots(pool)).to.equal(WINDOW / BLOCK);
    const fresh = await uniswap.createPool({ base, quote, fee: 3000, price: PRICE });
    await source.setPool(MARKET, fresh.address, base.address, 60);
    expect(await slots(fresh)).to.equal(5n);
  });

  it("leaves longer histories to anyone, five hundred blocks a call", async () => {
    const { pool, source, base, stranger } = await world();
    const day = 86_400;
    await expect(source.setPool(MARKET, pool.address, base.address, day))
      .to.be.revertedWithCustomError(source, "CardinalityTooLow")
      .withArgs(pool.address, 650, day / BLOCK);
    expect(await source.connect(stranger).remember.staticCall(pool.address, 12_000)).to.equal(650);
    await source.connect(stranger).remember(pool.address, 12_000);
    await source.connect(stranger).remember(pool.address, 12_000);
    expect(await source.remember.staticCall(pool.address, 12_000)).to.equal(1_000);
    await source.setPool(MARKET, pool.address, base.address, 12_000);
    expect((await source.poolOf(MARKET)).window).to.equal(12_000n);
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
    const odd = await ethers.deployContract("TestToken", ["Token", "TKN", 19]);
    const strange = await uniswap.createPool({
      base: { address: await odd.getAddress(), decimals: 18 },
      quote,
      fee: 500,
      price: PRICE,
    });
    await expect(source.setPool(MARKET, strange.address, odd, WINDOW))
      .to.be.revertedWithCustomError(source, "ParameterOutOfRange")
      .withArgs("baseDecimals", 19, 0, 18);
    await expect(source.connect(stranger).setPool(MARKET, pool.address, base.address, WINDOW))
      .to.be.revertedWithCustomError(source, "AccessManagedUnauthorized")
      .withArgs(stranger.address);
    expect((await source.poolOf(MARKET)).pool).to.equal(pool.address);
  });
});
