/** 1 with 18 decimals: sizes, prices, quote amounts. */
export const WAD = 10n ** 18n;

/** 1 with 27 decimals: what belongs to one share of a tranche, and the funding index. */
export const RAY = 10n ** 27n;

/** A whole in parts per million: rates and fees. */
export const PPM = 1_000_000n;

/** Beyond every number the exchange knows: "no limit". */
export const UNLIMITED = (1n << 256n) - 1n;

/** dividend / divisor, rounded down (towards minus infinity). The divisor is positive. */
export function down(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend < 0n && quotient * divisor !== dividend ? quotient - 1n : quotient;
}

/** dividend / divisor, rounded up (towards plus infinity). The divisor is positive. */
export function up(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend > 0n && quotient * divisor !== dividend ? quotient + 1n : quotient;
}

/** dividend / divisor, rounded towards zero. */
export function towardsZero(dividend: bigint, divisor: bigint): bigint {
  return dividend / divisor;
}

/** The product of two WAD numbers, rounded down. */
export function timesDown(left: bigint, right: bigint): bigint {
  return down(left * right, WAD);
}

/** The product of two WAD numbers, rounded up. */
export function timesUp(left: bigint, right: bigint): bigint {
  return up(left * right, WAD);
}

export function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

export function min(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}

export function max(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}

/** The value, or what is left of it above zero. */
export function positive(value: bigint): bigint {
  return value > 0n ? value : 0n;
}

export function clamp(value: bigint, low: bigint, high: bigint): bigint {
  return value < low ? low : value > high ? high : value;
}

/** The middle one of three. */
export function middle(a: bigint, b: bigint, c: bigint): bigint {
  return max(min(a, b), min(max(a, b), c));
}
