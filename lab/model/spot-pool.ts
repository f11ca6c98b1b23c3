import { PPM } from "./arithmetic.js";
import type { SpotPool } from "./records.js";

/** A Uniswap v3 pool with one range of liquidity, as far as a sale of the underlying needs it: the arithmetic of its white paper. */

const Q96 = 1n << 96n;

/** What a sale brings, and the pool's square root of price after it. The fee comes off what goes in; all rounds for the pool. */
export function sellInPool(pool: SpotPool, amount: bigint): { proceeds: bigint; root: bigint } {
  const { liquidity, root, fee, spotFirst } = pool;
  const net = (amount * (PPM - fee)) / PPM;
  if (spotFirst) {
    const weighted = liquidity * Q96;
    const after = ceil(weighted * root, weighted + net * root);
    return { proceeds: (liquidity * (root - after)) / Q96, root: after };
  }
  const after = root + (net * Q96) / liquidity;
  return { proceeds: (liquidity * Q96 * (after - root)) / after / root, root: after };
}

function ceil(numerator: bigint, denominator: bigint): bigint {
  return (numerator + denominator - 1n) / denominator;
}
