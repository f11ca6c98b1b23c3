import { down, max, min, PPM, timesDown, timesUp, towardsZero, UNLIMITED, up, WAD } from "./arithmetic.js";

/** Maintenance margin of a position. Up, as an account's. */
export function maintenanceOf(size: bigint, mark: bigint, rate: bigint): bigint {
  return timesUp(timesUp(size, mark), rate);
}

/** The part of an account's equity behind one of its positions. Down, against the account; all of it without any maintenance. */
export function equityShare(equity: bigint, part: bigint, whole: bigint): bigint {
  return whole === 0n || part >= whole ? equity : down(equity * part, whole);
}

/**
 * The price at which a position's share of equity is zero (section 7). Rule of the favour: a long's is rounded up and a short's
 * down, so that an account closed at it ends at zero or above. At least one wei.
 */
export function bankruptcyPrice(long: boolean, size: bigint, mark: bigint, share: bigint): bigint {
  const offset = down(share * WAD, size);
  return max(1n, long ? mark - offset : mark + offset);
}

/**
 * The bound of the book step. Rule of the slide: it lies (1 - equity / maintenance) of the way from the mark to the bankruptcy
 * price, so a fill costs at most the equity it frees; at the mark once equity is gone. Down, in the account's favour.
 */
export function slidingBound(
  long: boolean,
  mark: bigint,
  bankruptcy: bigint,
  equity: bigint,
  maintenance: bigint,
): bigint {
  if (equity <= 0n || equity >= maintenance) return mark;
  const gap = mark > bankruptcy ? mark - bankruptcy : bankruptcy - mark;
  const distance = down(gap * (maintenance - equity), maintenance);
  return long ? mark - distance : mark + distance;
}

/** The smallest size whose closing at the bound brings the account back to maintenance and its buffer. Up; the whole if none does. */
export function sizeToRecover(from: {
  readonly equity: bigint;
  readonly maintenance: bigint;
  readonly size: bigint;
  readonly mark: bigint;
  readonly bound: bigint;
  readonly maintenanceRate: bigint;
  /** Fee and reward, ppm of the notional closed. */
  readonly costRate: bigint;
  readonly buffer: bigint;
}): bigint {
  const { equity, size, mark, bound } = from;
  if (equity <= 0n) return size;
  const target = up(from.maintenance * (PPM + from.buffer), PPM);
  if (equity >= target) return 0n;
  const relief = towardsZero(timesDown(mark, from.maintenanceRate) * (PPM + from.buffer), PPM);
  const slippage = mark > bound ? mark - bound : bound - mark;
  const cost = slippage + up(bound * from.costRate, PPM);
  if (relief <= cost) return size;
  return min(up((target - equity) * WAD, relief - cost), size);
}

/** How attractive a position is to the queue: (mark / entry)^+-1 * notional / equity. Down; without limit once equity is gone. */
export function queueScore(long: boolean, mark: bigint, entry: bigint, notional: bigint, equity: bigint): bigint {
  if (equity <= 0n) return UNLIMITED;
  const gain = long ? down(mark * WAD, max(entry, 1n)) : down(entry * WAD, mark);
  return down(gain * notional, equity);
}
