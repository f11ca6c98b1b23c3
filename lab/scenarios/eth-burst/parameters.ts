import type { Parameters } from "../../scenario/parameters.js";

/** What is done to the world. */
export const shocks = {
  bankruptcy: {
    default: 3_561.2,
    low: 3_530,
    high: 3_700,
    unit: "$",
    why: "Price at which the bankrupt long's equity is zero: every fill of the recorded burst was at 3,561.2, 40.2 above the mark.",
  },
} as const satisfies Parameters;

/** How people are assumed to stand and behave. */
export const assumptions = {
  tailEntry: {
    default: 4_114.2,
    low: 3_600,
    high: 4_900,
    unit: "$",
    why: "Entry of the 41.5 ETH whose accounts are not named: the median of the 50.",
  },
  tailLeverage: {
    default: 2.3,
    low: 0.5,
    high: 10,
    unit: "times",
    why: "Their leverage at the mark: the median of the 50.",
  },
  touched: {
    default: 1,
    low: 0,
    high: 1,
    whole: true,
    unit: "yes or no",
    why: "Whether somebody pokes every account after the fall, so that classes are by the leverage of now and not of the entry.",
  },
} as const satisfies Parameters;

export const parameters = { ...shocks, ...assumptions };
