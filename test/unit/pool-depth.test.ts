import { expect } from "chai";

import { apart, deployPool, POOL_DEPTH as DEPTH, POOL_PRICE as PRICE } from "../support/pools.js";
import type { PoolOptions } from "../support/pools.js";
import { MARKET, Status, WAD } from "../support/prices.js";

const { OK, SHORT_HISTORY, NO_DEPTH, UNCONFIGURED } = Status;
const WINDOW = 60;

/** A tenth, in ticks. */
const TENTH = 954;

/** Fees and the tick spacings that go with them, and the reach that is tested with each. */
const FEES = [
  [100, 1, 128],
  [500, 10, TENTH],
  [3_000, 60, TENTH],
  [10_000, 200, TENTH],
] as const;

/** A price by which a fraction is gained or lost. */
const off = (fraction: number): bigint => (PRICE * BigInt(Math.round((1 + fraction) * 1e6))) / 1_000_000n;

/** A real pool of full-range liquidity, its depth read as far as `reach` and as it stands, once its window has passed. */
async function world({ reach = TENTH, ...options }: PoolOptions & { reach?: number } = {}) {
  const fixture = await deployPool(options);
  const { ethers, authority, pool, base, admin, pass } = fixture;
  const source = await ethers.deployContract("PoolDepthSource", [authority]);
  const standing = await ethers.deployContract("UniswapV3TwapSource", [authority]);
  await source.setPool(MARKET, pool.address, base.address, WINDOW, reach);
  await standing.setPool(MARKET, pool.address, base.address, WINDOW);
  await pass(WINDOW);
  /** Shows liquidity, worth `depth` where it is, between two parts of the price, for longer than the window. */
  async function show(depth: bigint, lower: number, upper: number): Promise<void> {
    await pool.addLiquidity(admin, { depth, lower: off(lower), upper: off(upper) });
    await pass(WINDOW);
  }
  const depth = async () => (await source.read(MARKET)).depth;
  return { ...fixture, source, standing, show, depth };
}

describe("The depth of a Uniswap v3 pool", () => {
  for (const [fee, spacing, reach] of FEES) {
    for (const order of ["base", "quote"] as const) {
      it(`is that of its full-range liquidity, with ticks ${spacing} apart and the ${order} as token0`, async () => {
        const { pool, source, standing, networkHelpers } = await world({ fee, reach, order });
        const reading = await source.read(MARKET);
        const other = await standing.read(MARKET);
        expect(reading.status).to.equal(OK);
        expect(apart(reading.depth, other.depth)).to.be.below(1e-9);
        expect(apart(reading.depth, await pool.depth())).to.be.below(0.0001);
        expect(reading.price).to.equal(other.price);
        expect(reading.confidence).to.equal(0n);
        expect(reading.publishedAt).to.equal(await networkHelpers.time.latest());
      });
    }

    it(`does not count a wall that stands closer than the reach, with ticks ${spacing} apart`, async () => {
      const { standing, show, depth } = await world({ fee, reach });
      const before = await depth();
      const near = reach / 20_000;
      await show(300n * DEPTH, -near, near);
      expect((await standing.read(MARKET)).depth).to.be.above(200n * DEPTH);
      expect(apart(await depth(), before)).to.be.below(1e-9);
    });

    it(`counts a wall that covers the reach in full, with ticks ${spacing} apart`, async () => {
      const { show, depth } = await world({ fee, reach });
      const far = 1.0001 ** (reach + 2 * spacing) - 1;
      await show(3n * DEPTH, -far / (1 + far), far);
      expect(apart(await depth(), 4n * DEPTH)).to.be.below(0.001);
    });
  }

  it("counts liquidity on one side as far as the other side has it", async () => {
    for (const [lower, upper] of [
      [-0.2, 0.001],
      [-0.001, 0.2],
      [-0.2, 0.06],
    ] as const) {
      const { show, depth } = await world();
      await show(9n * DEPTH, lower, upper);
      expect(apart(await depth(), DEPTH)).to.be.below(0.0001);
    }
  });

  it("is the thinnest place within reach, wherever that is, and not what lies beyond", async () => {
    const { show, depth } = await world();
    await show(9n * DEPTH, -0.2, 0.02);
    expect(apart(await depth(), DEPTH)).to.be.below(0.0001);
    await show(4n * DEPTH, -0.02, 0.05);
    expect(apart(await depth(), DEPTH)).to.be.below(0.0001);
    await show(2n * DEPTH, 0.01, 0.12);
    expect(apart(await depth(), 3n * DEPTH)).to.be.below(0.001);
  });

  it("is none with a gap within reach, and some once the gap is beyond it", async () => {
    const { show, source, pool, base, pass } = await world({ depth: 0n });
    expect((await source.read(MARKET)).status).to.equal(NO_DEPTH);
    await show(DEPTH, -0.08, 0.2);
    expect((await source.read(MARKET)).status).to.equal(NO_DEPTH);
    await source.setPool(MARKET, pool.address, base.address, WINDOW, 700);
    await pass(WINDOW);
    const { status, depth } = await source.read(MARKET);
    expect(status).to.equal(OK);
    expect(apart(depth, DEPTH)).to.be.below(0.0001);
  });

  it("does not count what is shown for a moment, though it covers the reach", async () => {
    const { pool, admin, depth, pass } = await world();
    await pool.addLiquidity(admin, { depth: 1_000n * DEPTH, lower: off(-0.2), upper: off(0.2) });
    await pass(1);
    expect(await depth()).to.be.below((DEPTH * 110n) / 100n);
  });

  it("counts what stands out of range as it is when somebody looks, and no more than what stood in range", async () => {
    const { pool, admin, show, depth, pass } = await world();
    await show(99n * DEPTH, -0.012, 0.012);
    const before = await depth();
    // What borrowed liquidity could do in one transaction beside a wall that stands.
    const sides = [
      [-0.2, -0.01],
      [0.01, 0.2],
    ] as const;
    const lent = [];
    for (const [lower, upper] of sides) {
      lent.push(await pool.addLiquidity(admin, { depth: 999n * DEPTH, lower: off(lower), upper: off(upper) }));
    }
    expect(await depth()).to.be.within(90n * DEPTH, 100n * DEPTH);
    for (const { tokenId, liquidity } of lent) await pool.removeLiquidity(admin, tokenId, liquidity);
    await pass(1);
    expect(apart(await depth(), before)).to.be.below(1e-6);
  });

  it("follows the mean price, so that pushing the pool for a moment into a thick place or out of one changes nothing", async () => {
    const { pool, admin, show, depth } = await world();
    await show(9n * DEPTH, 0.3, 0.9);
    const before = await depth();
    await pool.pushTo(admin, off(0.5));
    // A second has passed since the last trade, of a window of sixty.
    expect(apart(await depth(), before)).to.be.below(0.02);
    await pool.pushTo(admin, off(2));
    expect(apart(await depth(), before)).to.be.below(0.05);
  });

  it("is never more than what any move within reach costs to make, nor than what is lost of it when the price comes back", async () => {
    for (const [lower, upper] of [
      [-0.012, 0.012],
      [-0.12, 0.12],
      [-0.05, 0.2],
    ] as const) {
      for (const move of [0.005, 0.03, 0.095, -0.005, -0.03, -0.09]) {
        const { pool, admin, show, depth } = await world({ fee: 500 });
        await show(20n * DEPTH, lower, upper);
        const said = Number((await depth()) / WAD);
        const there = await pool.pushTo(admin, off(move));
        const root = Math.sqrt(1 + move);
        const quote = Number(there.quote) / 1e6;
        // What the base that was traded is worth once others have brought the price back.
        const lost = Math.abs(quote - (Number(there.base) / 1e18) * Number(PRICE / WAD));
        const closed = { spent: said * Math.abs(root - 1), lost: said * (root + 1 / root - 2) };
        const [spent, loss] = [quote / closed.spent, lost / closed.lost];
        expect(spent >= 0.999 && loss >= 0.999, `${lower} to ${upper}, ${move}: ${spent}, ${loss}`).to.equal(true);
      }
    }
  });

  it("costs little gas to read by full-range liquidity, and a bounded sum with a position at every tick", async () => {
    const { pool, admin, source, standing, show, depth } = await world();
    const plain = Number(await source.read.estimateGas(MARKET));
    for (let step = 1; step <= 95; ++step) {
      const width = step * 10;
      await pool.addLiquidity(admin, {
        depth: DEPTH / 100n,
        lower: off(1.0001 ** -width - 1),
        upper: off(1.0001 ** width - 1),
      });
    }
    await show(DEPTH / 100n, -0.01, 0.01);
    expect(apart(await depth(), DEPTH)).to.be.below(0.01);
    const dense = Number(await source.read.estimateGas(MARKET));
    const bare = Number(await standing.read.estimateGas(MARKET));
    expect(plain - bare).to.be.below(20_000);
    expect(plain).to.be.below(66_000);
    expect((dense - plain) / 190).to.be.below(11_500);
  });

  it("has a short history until its pool remembers the window, and knows no pool unless one is set", async () => {
    const { source, uniswap, base, quote, ethers } = await world();
    const young = await uniswap.createPool({ base, quote, fee: 3_000, price: PRICE });
    await source.setPool(1, young.address, base.address, 600, TENTH);
    expect((await source.read(1)).status).to.equal(SHORT_HISTORY);
    expect((await source.read(7)).status).to.equal(UNCONFIGURED);
    await expect(source.setPool(MARKET, ethers.ZeroAddress, ethers.ZeroAddress, 0, 0)).to.emit(source, "PoolSet");
    expect((await source.read(MARKET)).status).to.equal(UNCONFIGURED);
  });

  it("takes its pools from its authority only, and refuses a reach of less than 1 % or of more ticks than it looks at", async () => {
    const { source, pool, base, stranger } = await world();
    const set = (reach: number) => source.setPool(MARKET, pool.address, base.address, WINDOW, reach);
    for (const reach of [99, 1_281]) {
      await expect(set(reach))
        .to.be.revertedWithCustomError(source, "ParameterOutOfRange")
        .withArgs("reach", reach, 100, 1_280);
    }
    for (const reach of [100, 1_280]) await set(reach);
    expect((await source.poolOf(MARKET)).reach).to.equal(1_280n);
    await expect(source.connect(stranger).setPool(MARKET, pool.address, base.address, WINDOW, TENTH))
      .to.be.revertedWithCustomError(source, "AccessManagedUnauthorized")
      .withArgs(stranger.address);
    expect(await source.remember.staticCall(pool.address, 60)).to.be.at.least(5n);
  });
});
