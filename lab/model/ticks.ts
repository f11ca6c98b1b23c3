/**
 * Ticks of a Uniswap v3 pool (white paper, 6.1): the square root of 1.0001 to the power of a tick, with 96 binary places. The pool
 * multiplies powers that are rounded to 128 binary places, so the last places are those of that product and not of the power itself.
 */

/** Places the powers are computed with before they are rounded. */
const PRECISION = 512n;

const PLACES = 128n;
const LAST = 887_272n;
const ALL = (1n << 256n) - 1n;

/** The root of 1 / 1.0001, squared again and again: one factor for each bit of a tick. */
const FACTORS = factors();

/** The square root of the price at a tick, 96 binary places, rounded up. */
export function rootAt(tick: bigint): bigint {
  let ratio = 1n << PLACES;
  const size = tick < 0n ? -tick : tick;
  for (const [bit, factor] of FACTORS.entries()) {
    if (((size >> BigInt(bit)) & 1n) === 1n) ratio = (ratio * factor) >> PLACES;
  }
  if (tick > 0n) ratio = ALL / ratio;
  return (ratio + (1n << 32n) - 1n) >> 32n;
}

/** The last tick whose root is not above a root. */
export function tickAt(root: bigint): bigint {
  let [low, high] = [-LAST, LAST];
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (rootAt(middle) <= root) low = middle;
    else high = middle - 1n;
  }
  return low;
}

function factors(): readonly bigint[] {
  let power = squareRoot((10_000n << (2n * PRECISION)) / 10_001n);
  return Array.from({ length: LAST.toString(2).length }, () => {
    const rounded = (power + (1n << (PRECISION - PLACES - 1n))) >> (PRECISION - PLACES);
    power = (power * power) >> PRECISION;
    return rounded;
  });
}

function squareRoot(value: bigint): bigint {
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
