import { fromWad } from "../units.js";
import type { View } from "../world/view.js";

/** Interest in funding per eight hours, how far the clamp lets it pull the premium, and the cap (mechanism section 5). */
const INTEREST = 0.0001;
const CLAMP = 0.0005;
const CAP = 0.32;

/** Periods of eight hours in a year. */
export const PERIODS_A_YEAR = 3 * 365;

/** What shorts receive of longs in a year at a premium, simple interest on notional, as fractions. */
export function fundingPerYear(premium: number): number {
  const pull = Math.max(-CLAMP, Math.min(CLAMP, INTEREST - premium));
  return Math.max(-CAP, Math.min(CAP, premium + pull)) * PERIODS_A_YEAR;
}

/** The same at the premium of the last block. */
export function fundingNow({ market }: View): number {
  return fundingPerYear(fromWad(market.premium));
}
