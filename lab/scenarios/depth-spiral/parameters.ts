import type { Parameters } from "../../scenario/parameters.js";
import { assumptions as crossfire, withdrawn } from "../crossfire/parameters.js";

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
  withdrawn,
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
  elsewhere: crossfire.elsewhere,
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
  shortShare: crossfire.shortShare,
  depth: crossfire.depth,
  backstop: crossfire.backstop,
  insurance: crossfire.insurance,
} as const satisfies Parameters;

/** Everything a run can be told. */
export const parameters = { ...shocks, ...assumptions } as const;
