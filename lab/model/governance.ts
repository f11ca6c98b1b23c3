import { resetCap } from "./caps.js";
import { scaleInitialRate } from "./markets.js";
import type { MarketRules } from "./parameters.js";
import type { State } from "./state.js";

/** Changes some of a market's parameters; the initial margin rate follows. Who may is not the model's matter. */
export function setMarket(state: State, market: number, changes: Partial<MarketRules>): void {
  state.rules.change(market, changes);
  scaleInitialRate(state, market);
  resetCap(state, market);
}

/** Stops opening trades in a market; closing, withdrawing and liquidating go on. */
export function restrictMarket(state: State, market: number): void {
  if (state.rules.get(market).status === "ACTIVE") state.rules.change(market, { status: "REDUCE_ONLY" });
}
