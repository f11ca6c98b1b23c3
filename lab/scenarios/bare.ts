import type { DeploymentOptions } from "../deployment/options.js";

/** The index is the feed alone, so that the mark of an empty book is the price on record. */
export const FEED_ALONE: DeploymentOptions = {
  index: { sources: [{ kind: "feed", name: "feed", heartbeat: 3_600, deviation: 500, depth: 100_000_000 }] },
};

/** Neither backstop nor insurance spends anything: a bankrupt position goes to deleveraging whole, and so does its deficit. */
export const NO_CUSHION: DeploymentOptions = {
  insuranceLimits: { single: 0, capacity: 0 },
  backstopLimits: { notional: 0, loss: 0 },
};
