import { expect } from "chai";

import { sellInPool } from "../../lab/model/spot-pool.js";
import { rootAt, tickAt } from "../../lab/model/ticks.js";
import { deployPool } from "../support/pools.js";
import { WAD } from "../support/prices.js";

const LAST = 887_272n;

describe("Reference model: a sale in a Uniswap v3 pool", () => {
  it("has the pool's own first and last root of price, and finds each tick again", () => {
    expect(rootAt(-LAST)).to.equal(4_295_128_739n);
    expect(rootAt(LAST)).to.equal(1_461_446_703_485_210_103_287_273_052_203_988_822_378_723_970_342n);
    expect(rootAt(0n)).to.equal(1n << 96n);
    for (const tick of [-LAST, -200_311n, -1n, 0n, 1n, 77_777n, LAST]) {
      expect(tickAt(rootAt(tick))).to.equal(tick);
      if (tick > -LAST) expect(tickAt(rootAt(tick) - 1n)).to.equal(tick - 1n);
    }
  });

  for (const order of ["base", "quote"] as const) {
    it(`pays what the pool pays, to the unit, however many words of ticks it crosses, with ${order} as the first token`, async () => {
      for (const fee of [500, 3_000, 10_000]) {
        const { pool, admin } = await deployPool({ order, fee, depth: 600_000n * WAD });
        const liquidity = (await pool.contract.getFunction("liquidity").staticCall()) as bigint;
        const tickSpacing = (await pool.contract.getFunction("tickSpacing").staticCall()) as bigint;
        for (const amount of [1n, WAD / 7n, 80_317_120_938_153_637_537n, 2_000n * WAD]) {
          const root = await pool.sqrtRatio();
          const said = sellInPool(
            { liquidity, root, fee: BigInt(fee), tickSpacing, spotFirst: order === "base" },
            amount,
          );
          expect(said.proceeds).to.equal(await pool.quoteSale("base", amount));
          await pool.swap(admin, "base", amount);
          expect(said.root).to.equal(await pool.sqrtRatio());
        }
      }
    });
  }
});
