import type { Parameters } from "../../scenario/parameters.js";
import { assumptions as crossfire, withdrawn } from "../crossfire/parameters.js";

/** What is done to the world. */
export const shocks = { withdrawn } as const satisfies Parameters;

/** How people are assumed to behave, and how large everything is. */
export const assumptions = {
  hurdle: {
    default: 0.04,
    low: 0,
    high: 0.5,
    unit: "of capital a year",
    why: "What the capital earns without risk elsewhere; below it no more comes.",
  },
  holding: {
    default: 90,
    low: 1,
    high: 365,
    whole: true,
    unit: "days",
    why: "Over which the cost of the way in and out is spread: a quarter, as of a dated future. Not on record.",
  },
  roundTrip: {
    default: 0.006,
    low: 0,
    high: 0.05,
    unit: "of notional",
    why: "What carry traders expect the way in and out to cost: each way 5 bp to the pool, 4 bp to the exchange, and some 20 bp of impact, as two clips take 2.7 % of the longs' notional of the 6.7 % that rest within 1 % on a side.",
  },
  cash: {
    default: 0.1,
    low: 0,
    high: 1,
    unit: "of notional",
    why: "Quote that carry traders deposit beside the spot, which alone would do. Not on record.",
  },
  carriers: {
    default: 6,
    low: 1,
    high: 30,
    whole: true,
    unit: "accounts",
    why: "Carry traders; each adds a clip at every level of capital.",
  },
  clip: {
    default: 0.0133,
    low: 0.002,
    high: 0.1,
    unit: "share of the longs' notional",
    why: "What a carry trader adds at each level; six of them 8 %.",
  },
  levels: {
    default: 9,
    low: 1,
    high: 40,
    whole: true,
    unit: "levels of four days",
    why: "At most; a level adds nothing if the yield of the one before was below the hurdle.",
  },
  touching: {
    default: 1,
    low: 0,
    high: 1,
    unit: "share of carry traders",
    why: "Who have their position touched once new spot has been there for its hedge tenure: until then the venue does not count it as hedged.",
  },
  longs: { default: 60, low: 10, high: 500, whole: true, unit: "accounts", why: "Levered longs." },
  each: {
    default: 100,
    low: 1,
    high: 10_000,
    unit: "times",
    why: "All sizes together are the recorded quantiles, times this: funding is sampled at an impact of $10,000, which a book of sixty wallets does not hold at one price.",
  },
  reservation: {
    default: 0.5,
    low: 0.02,
    high: 2,
    unit: "of notional a year",
    why: "Mean of the funding at which a long wants nothing, exponentially distributed over them; demand is linear in funding. Not on record.",
  },
  shortShare: {
    ...crossfire.shortShare,
    default: 0.1,
    why: "Directional shorts, there before the capital. Not on record.",
  },
  makers: {
    default: 3,
    low: 1,
    high: 20,
    whole: true,
    unit: "accounts",
    why: "Market makers who hold inventory and hedge nothing.",
  },
  capacity: {
    default: 0.3,
    low: 0.02,
    high: 2,
    unit: "share of the longs' notional",
    why: "Largest inventory of all makers together. Not on record; at half of it the basis follows single orders.",
  },
  skew: {
    default: 0.002,
    low: 0.0005,
    high: 0.02,
    unit: "of price",
    why: "How far a maker whose inventory is full shifts its quotes: at it funding is about 130 % a year. Not on record.",
  },
  depth: crossfire.depth,
  pool: {
    default: 50,
    low: 1,
    high: 1_000,
    unit: "times the longs' notional",
    why: "Quote in the spot pool; arbitrage brings it back to the outside price after every purchase.",
  },
  backstop: crossfire.backstop,
  insurance: crossfire.insurance,
} as const satisfies Parameters;

/** Everything a run can be told. */
export const parameters = { ...shocks, ...assumptions } as const;
