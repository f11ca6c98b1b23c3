import { DEFAULT_MARKET, type MarketParameters, widestMarkBand } from "../deployment/parameters.js";

/** Seconds a keeper needs: the mark may not cross maintenance margin in less. */
const KEEPER_SECONDS = 4;

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
