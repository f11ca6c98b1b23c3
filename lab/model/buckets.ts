import { towardsZero, UNLIMITED } from "./arithmetic.js";
import { exp, ln } from "./exponential.js";

/*
 * Tranches group positions whose break-even prices share a geometric bucket 2 % wide (section 2). A rank orders the buckets of a
 * side from the most to the least profitable, an order that no mark changes (section 8); a policy's class comes before it.
 */

/** ln 1.02, WAD. */
const WIDTH = 19802627296179713n;

/** Rule of the range: buckets reach from 1.02^-1050 to 1.02^998 quote per base; what lies beyond is in the first or last. */
const OFFSET = 1050n;
const LAST = 2047;

/** Rule of the edge: edges are widened by one part in 10^12, more than the error of exp and ln, against the bucket's profit. */
const SLACK = 10n ** 12n;

const SHORT = 1 << 15;

/** The edges in use are few, and each costs an exponential. */
const edges = new Map<number, bigint>();

/** The bucket of a break-even price of at least one wei. */
export function bucketOf(price: bigint): number {
  const logarithm = ln(price);
  let bucket = towardsZero(logarithm, WIDTH);
  if (logarithm < 0n && bucket * WIDTH !== logarithm) bucket -= 1n;
  return Math.min(Math.max(Number(bucket + OFFSET), 0), LAST);
}

/** The key of the tranche for a side, a class and a break-even price. */
export function keyOf(short: boolean, trancheClass: number, price: bigint): number {
  const bucket = bucketOf(price);
  return (short ? SHORT : 0) | (trancheClass << 11) | (short ? LAST - bucket : bucket);
}

export function isShort(key: number): boolean {
  return key >= SHORT;
}

export function classOf(key: number): number {
  return (key >> 11) & 15;
}

/** Whether a key's class carries the bit of hedged positions, bit 3: they come behind every directional one. */
export function isHedged(key: number): boolean {
  return classOf(key) >= 8;
}

/** The place of a key among those of its side: class first, then rank of the bucket. */
export function placeOf(key: number): number {
  return key & (SHORT - 1);
}

/** The key at a place of a side. */
export function keyAt(short: boolean, place: number): number {
  return (short ? SHORT : 0) | place;
}

/** Break-even of the least profitable position a tranche may hold. Outwards, against its profit. */
export function leastProfitableEdge(key: number): bigint {
  const known = edges.get(key);
  if (known !== undefined) return known;
  const edge = computedEdge(key);
  edges.set(key, edge);
  return edge;
}

function computedEdge(key: number): bigint {
  const short = isShort(key);
  const rank = key & LAST;
  const bucket = short ? LAST - rank : rank;
  if (short) {
    if (bucket === 0) return 0n;
    const lower = exp((BigInt(bucket) - OFFSET) * WIDTH);
    return lower - lower / SLACK - 1n;
  }
  if (bucket === LAST) return UNLIMITED;
  const upper = exp((BigInt(bucket) - OFFSET + 1n) * WIDTH);
  return upper + upper / SLACK + 1n;
}
