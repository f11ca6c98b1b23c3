import { down, PPM, up } from "./arithmetic.js";
import type { SpotPool } from "./records.js";
import { rootAt, tickAt } from "./ticks.js";

/**
 * A Uniswap v3 pool with one range of liquidity, as far as a sale of the underlying needs it: the arithmetic of its white paper. The fee
 * comes off what goes in; all rounds for the pool.
 */

const Q96 = 1n << 96n;

/** Ticks are looked up in words of so many, and a sale stops to round at the end of each. */
const WORD = 256n;

/** One way through part of the price range: what it takes in, without the fee, what it pays, and where it ends. */
interface Stretch {
  readonly taken: bigint;
  readonly paid: bigint;
  readonly root: bigint;
}

/** What a sale brings, and the pool's square root of price after it. */
export function sellInPool(pool: SpotPool, amount: bigint): { proceeds: bigint; root: bigint } {
  let { root } = pool;
  let tick = tickAt(root);
  let [left, proceeds] = [amount, 0n];
  while (left !== 0n) {
    const end = endOfWord(pool, tick);
    const whole = stretch(pool, root, rootAt(end));
    const net = down(left * (PPM - pool.fee), PPM);
    if (net < whole.taken) {
      const rest = partly(pool, root, net);
      return { proceeds: proceeds + rest.paid, root: rest.root };
    }
    left -= whole.taken + up(whole.taken * pool.fee, PPM - pool.fee);
    proceeds += whole.paid;
    root = whole.root;
    tick = pool.spotFirst ? end - 1n : end;
  }
  return { proceeds, root };
}

/** The last tick of a word on the way: down if the underlying is the first token, and otherwise up. */
function endOfWord({ spotFirst, tickSpacing }: SpotPool, tick: bigint): bigint {
  const compressed = down(tick, tickSpacing);
  if (spotFirst) return down(compressed, WORD) * WORD * tickSpacing;
  return (down(compressed + 1n, WORD) * WORD + WORD - 1n) * tickSpacing;
}

/** From one price to another. */
function stretch(pool: SpotPool, from: bigint, to: bigint): Stretch {
  const { liquidity, spotFirst } = pool;
  const [low, high] = spotFirst ? [to, from] : [from, to];
  const first = liquidity * Q96 * (high - low);
  const second = liquidity * (high - low);
  return spotFirst
    ? { taken: up(up(first, high), low), paid: down(second, Q96), root: to }
    : { taken: up(second, Q96), paid: down(down(first, high), low), root: to };
}

/** As far as an amount, less its fee, goes. */
function partly(pool: SpotPool, from: bigint, net: bigint): Stretch {
  const { liquidity, spotFirst } = pool;
  const weighted = liquidity * Q96;
  const to = spotFirst ? up(weighted * from, weighted + net * from) : from + down(net * Q96, liquidity);
  return stretch(pool, from, to);
}
