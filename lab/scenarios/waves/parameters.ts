import type { Parameters } from "../../scenario/parameters.js";

/** What is done to the world. */
export const shocks = {
  gap: {
    default: 0.00717,
    low: 0.003,
    high: 0.03,
    unit: "of the mark",
    why: "How far bankruptcy prices lie beyond the mark: $15.08 M needed over $2,103.1 M of recorded deleveraging.",
  },
} as const satisfies Parameters;

/** How people are assumed to stand. */
export const assumptions = {
  winners: {
    default: 1.25,
    low: 1.01,
    high: 5,
    unit: "times what the waves close",
    why: "Size of the shorts opposite. The record has the closed ones only; a quarter more leaves something to choose from to the end.",
  },
} as const satisfies Parameters;

export const parameters = { ...shocks, ...assumptions };
