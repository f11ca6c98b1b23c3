/** 1 in 18-decimal fixed point: the ledger's unit for sizes, prices and quote amounts. */
export const WAD = 10n ** 18n;

/** Decimals kept when a decimal number becomes fixed point; a double holds about 15 digits. */
const KEPT_DECIMALS = 9;
const KEPT = 10 ** KEPT_DECIMALS;

/** A decimal number as 18-decimal fixed point, rounded to nine decimals first so that it prints the same everywhere. */
export function toWad(value: number): bigint {
  const whole = Math.trunc(value);
  const fraction = Math.round((value - whole) * KEPT);
  return BigInt(whole) * WAD + BigInt(fraction) * 10n ** BigInt(18 - KEPT_DECIMALS);
}

/** 18-decimal fixed point as a decimal number, for decisions and reports; never for accounting. */
export function fromWad(value: bigint): number {
  const whole = value / WAD;
  return Number(whole) + Number(value - whole * WAD) / 1e18;
}

/** A quote amount as tokens of a 6-decimal currency, rounded down. */
export function toTokens(value: number, decimals = 6): bigint {
  return toWad(value) / 10n ** BigInt(18 - decimals);
}

/** Tokens of a currency as a decimal number, for decisions and reports; never for accounting. */
export function fromTokens(amount: bigint, decimals = 6): number {
  return Number(amount) / 10 ** decimals;
}

/** The absolute value. */
export function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** The smaller of two. */
export function min(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}

/** The larger of two. */
export function max(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}

/** The sum. */
export function sum(values: Iterable<bigint>): bigint {
  let total = 0n;
  for (const value of values) total += value;
  return total;
}

/** The product of two WAD numbers, towards zero. */
export function mulWad(left: bigint, right: bigint): bigint {
  return (left * right) / WAD;
}
