import type { Parameters, Values } from "../../scenario/parameters.js";

export const PRICE = 2_000;

/** Seconds from one block to the next. */
export const BLOCK = 3;

/** Trading fee per side, as a fraction: the market's taker fee. */
export const TAKER = 0.0004;

/** Half width that is signed with a price, as a fraction of it, and the step to which the exchange rounds it up. */
export const CONFIDENCE = 0.0002;
export const ROUNDING = 0.0001;

/** What a house keeps beyond the feed's deviation, parts per million: as much as the default terms do. */
export const BEYOND = 500;

/** How far its prices move against a full inventory, parts per million: the default terms'. */
export const SKEW = 4_000;

/** Seconds after which an unmoved price is brought again, and after which it is stale. */
export const HEARTBEAT = 1_800;
export const MAX_AGE = 3_600;

export const HOUR = 3_600;
export const YEAR = 365 * 24 * HOUR;

/** Seconds for which an attacker waits for prices that lie far enough apart. */
export const PATIENCE = 300;

/** Money of the house, quote. */
export const LENT = 1_000_000;

/** What the attacker's contract brings, quote. */
export const MARGIN = 100_000;

/** Makers' half spread, and base on each side, where they rest around the index. */
export const SPREAD = 0.0005;
export const DEPTH = 50;

export const shocks = {
  deviation: {
    default: 0.005,
    low: 0.0005,
    high: 0.01,
    unit: "share",
    why: "Move at which a report is due: 0.5 %, the usual one of push feeds.",
  },
  delay: {
    default: 12,
    low: BLOCK,
    high: 60,
    whole: true,
    unit: "seconds",
    why: "From the move to its report: 3 to 60 s on record; a block of the chain on which most feeds report.",
  },
  volatility: {
    default: 0.7,
    low: 0.3,
    high: 20,
    unit: "a year",
    why: "Of the price elsewhere: an ordinary year's for ETH.",
  },
} as const satisfies Parameters;

export const assumptions = {
  size: {
    default: 200_000,
    low: 1_000,
    high: 500_000,
    unit: "quote",
    why: "Notional of each trade, if the house takes it.",
  },
  reports: { default: 6, low: 1, high: 40, whole: true, unit: "reports", why: "How many are traded ahead of." },
  picks: {
    default: 6,
    low: 0,
    high: 40,
    whole: true,
    unit: "times",
    why: "How often the best of several prices is picked.",
  },
  window: {
    default: 60,
    low: 10,
    high: 600,
    whole: true,
    unit: "seconds",
    why: "How old a signed price may be where whoever brings it chooses: the vendor's default.",
  },
  period: {
    default: 10,
    low: 1,
    high: 60,
    whole: true,
    unit: "seconds",
    why: "In which there is one price, the first. Not shorter than the slowest reports that are to be of use.",
  },
} as const satisfies Parameters;

export const parameters = { ...shocks, ...assumptions };
export type Numbers = Values<typeof parameters>;
