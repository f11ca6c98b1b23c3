import type { DeploymentOptions } from "../../deployment/options.js";
import type { Setting } from "../../scenario/scenario.js";
import { leveredTo, roomFor, rulesOf } from "../market.js";
import type { parameters } from "./parameters.js";
import type { Population } from "./population.js";

/** What of a setting decides the exchange. */
type Decisive = Setting<Pick<typeof parameters, "backstop" | "insurance">>;

/** The exchange a population trades on. The spot pool holds so many times its notional as quote: spot is deeper than the book. */
export function exchangeFor(
  { base, notional, maximumLeverage }: Population,
  { regime, deficitMode, values: { backstop, insurance } }: Decisive,
  poolDepth: number,
  startPrice: number,
): DeploymentOptions {
  return {
    poolDepth: Math.round(notional * poolDepth),
    insurance: notional * insurance,
    backstop: notional * backstop,
    market: { ...rulesOf(regime), ...leveredTo(maximumLeverage), ...roomFor(base), deficitMode, startPrice },
  };
}
