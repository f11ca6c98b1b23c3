import { expect } from "chai";

import { apart, deployPool, POOL_PRICE } from "../support/pools.js";
import { MARKET, Status } from "../support/prices.js";

const WINDOW = 1_800;
const BLOCK = 12;
/** Ticks a block: a factor of 2.49. */
const MOVE = 9_116;

describe("The truncated pool source", () => {
  /** A pool a window old, its recorder another window old, and a clock on the grid of blocks the recorder knows. */
  async function world(order: "base" | "quote" = "base") {
    const fixture = await deployPool({ order });
    const { ethers, authority, pool, base, pass, networkHelpers } = fixture;
    const source = await ethers.deployContract("TruncatedPoolSource", [authority]);
    await source.remember(pool.address, WINDOW);
    await pass(WINDOW);
    await source.setPool(MARKET, pool.address, base.address, WINDOW, MOVE, BLOCK);
    const setAt = await networkHelpers.time.latest();
    await networkHelpers.time.increaseTo(setAt + WINDOW);
    let block = setAt + WINDOW;
    /** Makes the next transaction's block the one so many blocks on. */
    const next = async (blocks = 1) => {
      block += blocks * BLOCK;
      await networkHelpers.time.setNextBlockTimestamp(block);
    };
    const price = async () => {
      const reading = await source.read(MARKET);
      expect(reading.status).to.equal(Status.OK);
      return reading.price;
    };
    return { ...fixture, source, setAt, next, price, start: () => block };
  }

  for (const order of ["base", "quote"] as const) {
    it(`agrees with a quiet pool when the ${order} is token0, in price, depth and time`, async () => {
      const { source, pool, networkHelpers } = await world(order);
      const reading = await source.read(MARKET);
      expect(apart(reading.price, await pool.price())).to.be.below(0.0001);
      expect(apart(reading.depth, await pool.depth())).to.be.below(0.0001);
      expect(reading.publishedAt).to.equal(await networkHelpers.time.latest());
    });
  }

  // Percent the average moves by while the push is held, and by the time the truncated tick is back (formulas).
  for (const [blocks, held, back] of [
    [1, 0.61, 0.61],
    [2, 1.84, 2.46],
    [3, 3.71, 5.62],
    [5, 9.5, 16.4],
    [10, 39.7, 83.6],
  ] as const) {
    it(`moves by ${held} % when any push is held for ${blocks} blocks, and by ${back} % on the way back`, async () => {
      const { pool, admin, next, price, networkHelpers } = await world();
      const before = await price();
      await next();
      await pool.pushTo(admin, POOL_PRICE * 20_000n);
      await next(blocks);
      await pool.pushTo(admin, POOL_PRICE);
      expect(Math.abs((Number(await price()) / Number(before) - 1) * 100 - held)).to.be.below(0.06);
      await networkHelpers.time.increase(blocks * BLOCK);
      expect(Math.abs((Number(await price()) / Number(before) - 1) * 100 - back)).to.be.below(0.06);
    });
  }

  it("gives the same whoever records and however often", async () => {
    const readings: bigint[] = [];
    for (const every of [0, 1, 3]) {
      const { pool, source, admin, stranger, next, price } = await world();
      for (let i = 1; i <= 9; ++i) {
        await next();
        await pool.pushTo(admin, (POOL_PRICE * BigInt([1, 9, 2, 7][i % 4]!)) / 3n);
        if (every !== 0 && i % every === 0) await source.connect(stranger).record(MARKET);
      }
      await next();
      await source.record(MARKET);
      readings.push(await price());
    }
    // All that differs is the whole tick by which the beginning of the window is rounded.
    for (const reading of readings) expect(apart(reading, readings[0]!)).to.be.below(1e-6);
  });

  it("follows a price that lasts", async () => {
    const { pool, admin, source, next, price, networkHelpers } = await world();
    await next();
    await pool.pushTo(admin, 2n * POOL_PRICE);
    for (let i = 0; i < 40; ++i) {
      await networkHelpers.time.increase(60);
      await source.record(MARKET);
    }
    expect(apart(await price(), 2n * POOL_PRICE)).to.be.below(0.0001);
  });

  it("is not moved by a push in the block of the push, recorded there or not", async () => {
    const { pool, source, admin, next, price } = await world();
    const before = await price();
    await source.record(MARKET);
    await next();
    await pool.pushTo(admin, POOL_PRICE * 100n);
    expect(await price()).to.equal(before);
  });

  it("is STALE when more has happened than a reading replays, until somebody records it", async () => {
    const { pool, source, admin, next, stranger } = await world();
    for (let i = 0; i < 34; ++i) {
      await next();
      await pool.pushTo(admin, (POOL_PRICE * BigInt(101 + (i % 2))) / 100n);
    }
    expect((await source.read(MARKET)).status).to.equal(Status.STALE);
    await expect(source.connect(stranger).record(MARKET)).to.emit(source, "Recorded");
    expect((await source.read(MARKET)).status).to.equal(Status.OK);
  });

  it("has a short history for a window after it is set, and needs one of the pool to start from", async () => {
    const { source, pool, base, quote, uniswap } = await world();
    await source.setPool(1, pool.address, base.address, WINDOW, MOVE, BLOCK);
    expect((await source.read(1)).status).to.equal(Status.SHORT_HISTORY);
    expect(await source.record.staticCall(1)).to.be.above(0n);
    const young = await uniswap.createPool({ base, quote, fee: 3000, price: POOL_PRICE });
    await expect(source.setPool(2, young.address, base.address, WINDOW, MOVE, BLOCK))
      .to.be.revertedWithCustomError(source, "HistoryTooShort")
      .withArgs(young.address, Status.SHORT_HISTORY);
  });

  it("knows no pool until one is set, nor after it is removed, and records nothing there", async () => {
    const { source, ethers } = await world();
    expect((await source.read(7)).status).to.equal(Status.UNCONFIGURED);
    await expect(source.record(7)).not.to.emit(source, "Recorded");
    await expect(source.setPool(MARKET, ethers.ZeroAddress, ethers.ZeroAddress, 0, 0, 0)).to.emit(source, "PoolSet");
    expect((await source.read(MARKET)).status).to.equal(Status.UNCONFIGURED);
    expect((await source.recorderOf(MARKET)).path.time).to.equal(0n);
  });

  it("takes its pools from its authority only, and refuses unsafe paces", async () => {
    const { source, pool, base, stranger } = await world();
    const set = (move: number, slot: number) => source.setPool(MARKET, pool.address, base.address, WINDOW, move, slot);
    for (const [move, slot, parameter] of [
      [0, BLOCK, "maxMove"],
      [887_273, BLOCK, "maxMove"],
      [MOVE, 0, "slot"],
      [MOVE, 61, "slot"],
    ] as const) {
      await expect(set(move, slot))
        .to.be.revertedWithCustomError(source, "ParameterOutOfRange")
        .withArgs(parameter, parameter === "slot" ? slot : move, 1, parameter === "slot" ? 60 : 887_272);
    }
    await expect(source.connect(stranger).setPool(MARKET, pool.address, base.address, WINDOW, MOVE, BLOCK))
      .to.be.revertedWithCustomError(source, "AccessManagedUnauthorized")
      .withArgs(stranger.address);
  });
});
