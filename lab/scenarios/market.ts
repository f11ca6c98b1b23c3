import { DEFAULT_MARKET, type MarketParameters, widestMarkBand } from "../deployment/parameters.js";
import type { Regime } from "../scenario/scenario.js";
import { toWad } from "../units.js";

/** Seconds a keeper needs: the mark may not cross maintenance margin in less. */
const KEEPER_SECONDS = 4;

/** Open interest at which a market's limits stand, as a multiple of what is expected: out of the way. */
const ROOM = 10;

/** A market's margin at a leverage, with the widest band and the highest speed the ledger's lints then take, if below the usual ones. */
export function leveredTo(
  maximumLeverage: number,
): Pick<MarketParameters, "initialMarginRate" | "markBand" | "markSpeed"> {
  const initialMarginRate = Math.floor(1e6 / maximumLeverage);
  return {
    initialMarginRate,
    markBand: Math.min(DEFAULT_MARKET.markBand, widestMarkBand(initialMarginRate)),
    markSpeed: Math.min(DEFAULT_MARKET.markSpeed, Math.floor(initialMarginRate / 2 / KEEPER_SECONDS)),
  };
}

/** A market's limits on open interest where so much base is expected to be held. */
export function roomFor(
  base: number,
): Pick<MarketParameters, "openInterestLow" | "openInterestHigh" | "openInterestCap"> {
  const room = toWad(base * ROOM);
  return { openInterestLow: room, openInterestHigh: 2n * room, openInterestCap: room };
}

/** How a market deleverages under a regime. */
export function rulesOf(regime: Regime): Pick<MarketParameters, "policy" | "deleveraging"> {
  return regime === "Queue"
    ? { policy: "ProRata", deleveraging: "QUEUE" }
    : { policy: regime, deleveraging: "TRANCHES" };
}
