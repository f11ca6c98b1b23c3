import type { Parameter, Parameters } from "../../scenario/parameters.js";

/** What is done to the world. */
export const shocks = {
  withdrawnLow: {
    default: 0.9,
    low: 0,
    high: 0.99,
    unit: "share of depth",
    why: "Makers withdrew 90 to 98 % of their depth in the crash; each maker draws its share between the two bounds.",
  },
  withdrawnHigh: {
    default: 0.98,
    low: 0,
    high: 0.99,
    unit: "share of depth",
    why: "See withdrawnLow.",
  },
} as const satisfies Parameters;

/** What all makers withdraw in a scenario in which they do not differ. */
export const withdrawn = {
  default: 0.94,
  low: 0,
  high: 0.99,
  unit: "share of depth",
  why: "Makers withdrew 90 to 98 % of their depth in the crash of 10 October 2025.",
} as const satisfies Parameter;

/** How people are assumed to behave, and how large everything is. */
export const assumptions = {
  crowd: {
    default: 420,
    low: 20,
    high: 2_000,
    whole: true,
    unit: "accounts",
    why: "Levered longs. Enough that no single account decides the outcome.",
  },
  shorts: {
    default: 80,
    low: 5,
    high: 500,
    whole: true,
    unit: "accounts",
    why: "Directional shorts; entries and leverage are those of the 50 shorts named in the recorded ETH burst, in turn.",
  },
  makers: { default: 10, low: 2, high: 40, whole: true, unit: "accounts", why: "Delta-neutral market makers." },
  elsewhere: {
    default: 0.4,
    low: 0,
    high: 1,
    unit: "share of makers",
    why: "Makers whose spot is on another venue: this one cannot see that hedge, and does not protect it. Not on record.",
  },
  largestLevel: {
    default: 0.98,
    low: 0.5,
    high: 0.999,
    unit: "quantile",
    why: "Position sizes are the recorded quantiles of notional up to this level: the ten largest then hold half, on record 45.8 %.",
  },
  leverageLevel: {
    default: 0.95,
    low: 0,
    high: 0.98,
    unit: "quantile",
    why: "The crowd is the recorded leverage distribution above this level (5.7x) up to the venue's 25x: below, nobody was close to liquidation.",
  },
  shortShare: {
    default: 0.4,
    low: 0.05,
    high: 0.9,
    unit: "share of the crowd's notional",
    why: "How much of the other side is directional. Not on record; the rest is market makers.",
  },
  depth: {
    default: 0.134,
    low: 0.005,
    high: 2,
    unit: "share of the crowd's notional, within 1 %",
    why: "BTC on record: $240 M within 1 % at midnight against $1,789.6 M liquidated.",
  },
  backstop: {
    default: 0.01,
    low: 0.0001,
    high: 0.5,
    unit: "share of the crowd's notional",
    why: "Capital of the backstop vault, which may hold five times as much. Not on record.",
  },
  insurance: {
    default: 0.0001,
    low: 0.000001,
    high: 0.1,
    unit: "share of the crowd's notional",
    why: "A tenth of what would have been needed on record ($15.08 M for $5,511 M liquidated, 0.27 %), of the two fifths of the crowd that are liquidated: the venue had no fund beside its vault.",
  },
  stopShare: {
    default: 0.2,
    low: 0,
    high: 1,
    unit: "share of the crowd",
    why: "Traders who close by themselves when equity falls below twice maintenance. Not on record.",
  },
  crashPace: {
    default: 2,
    low: 1,
    high: 12,
    whole: true,
    unit: "seconds per block",
    why: "Pace of blocks in the crash.",
  },
} as const satisfies Parameters;

/** Everything a run can be told. */
export const parameters = { ...shocks, ...assumptions } as const;
