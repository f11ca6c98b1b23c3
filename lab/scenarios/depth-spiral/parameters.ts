import type { Parameters } from "../../scenario/parameters.js";

/** What is done to the world. */
export const shocks = {
  weeks: {
    default: 4,
    low: 1,
    high: 26,
    whole: true,
    unit: "weeks",
    why: "Each with a crash on its fifth day: the first is that of 10 October 2025, second by second as recorded; in two hours the price is back.",
  },
  fading: {
    default: 0.1,
    low: 0,
    high: 0.9,
    unit: "of the crash before",
    why: "By how much each crash falls short of the one before it, in every second of it. Not on record; at 0 the recorded one comes every week.",
  },
  withdrawn: {
    default: 0.94,
    low: 0,
    high: 0.99,
    unit: "share of depth",
    why: "Makers withdrew 90 to 98 % of their depth in the crash of 10 October 2025.",
  },
} as const satisfies Parameters;

/** How people are assumed to behave, and how large everything is. */
export const assumptions = {
  tolerance: {
    default: 0.05,
    low: 0,
    high: 1.1,
    unit: "share of a maker's short",
    why: "What deleveraging may close of it in one go before the maker leaves: beyond a twentieth the venue calls spot and short no hedge any more (mechanism section 4); more than 1 for never. Not on record.",
  },
  absence: {
    default: 2,
    low: 0.5,
    high: 52,
    unit: "weeks",
    why: "How long those who left stay away. Not on record; longer than the run is for good.",
  },
  scarcity: {
    default: 1,
    low: 0,
    high: 10,
    unit: "times the spread",
    why: "How much wider makers quote when all others are away. Not on record.",
  },
  elsewhere: {
    default: 0.4,
    low: 0,
    high: 1,
    unit: "share of makers",
    why: "Makers whose spot is on another venue: this one cannot see that hedge. As in the scenario crossfire.",
  },
  shortsTolerance: {
    default: 1.1,
    low: 0,
    high: 1.1,
    unit: "share of a short",
    why: "The same of directional shorts, who are closed in makers' stead under hedge last; they stay by default. Not on record.",
  },
  makers: { default: 6, low: 2, high: 40, whole: true, unit: "accounts", why: "Delta-neutral market makers." },
  longs: {
    default: 50,
    low: 10,
    high: 500,
    whole: true,
    unit: "accounts",
    why: "Levered longs; each is back the week after, liquidated or not.",
  },
  shorts: { default: 12, low: 2, high: 200, whole: true, unit: "accounts", why: "Directional shorts." },
  shortShare: {
    default: 0.4,
    low: 0.02,
    high: 0.9,
    unit: "share of the longs' notional",
    why: "How much of the other side is directional. As in the scenario crossfire.",
  },
  depth: {
    default: 0.134,
    low: 0.005,
    high: 2,
    unit: "share of the longs' notional, within 1 %",
    why: "BTC on record: $240 M within 1 % at midnight against $1,789.6 M liquidated.",
  },
  backstop: {
    default: 0.01,
    low: 0.0001,
    high: 0.5,
    unit: "share of the longs' notional",
    why: "Capital of the backstop vault, as in the scenario crossfire.",
  },
  insurance: {
    default: 0.0001,
    low: 0.000001,
    high: 0.1,
    unit: "share of the longs' notional",
    why: "Capital of the insurance fund, as in the scenario crossfire.",
  },
} as const satisfies Parameters;

/** Everything a run can be told. */
export const parameters = { ...shocks, ...assumptions } as const;
