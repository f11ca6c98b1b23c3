import type { DeploymentOptions } from "../deployment/options.js";

/** An insurance fund of so much quote, of which a market may have a twentieth at once and a tenth in a day. */
export function insuredBy(fund: number): Pick<DeploymentOptions, "insurance" | "insuranceLimits"> {
  return { insurance: fund, insuranceLimits: { single: fund / 20, capacity: fund / 10 } };
}

/** A backstop vault of so much quote, with what is allotted to the market at the market's own leverage. Initial margin in parts per million. */
export function backedBy(
  vault: number,
  allotted: number,
  initialMargin: number,
): Pick<DeploymentOptions, "backstop" | "backstopLimits"> {
  return {
    backstop: vault,
    backstopLimits: {
      allotted,
      loss: allotted,
      notional: Math.floor((allotted * 1e6) / initialMargin),
      leverage: (1e6 / initialMargin) * 1e6,
    },
  };
}
