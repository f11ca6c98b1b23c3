import { mayTrade } from "./accounts.js";
import { down, min, PPM, up, WAD } from "./arithmetic.js";
import { type Health, measure, spotOf } from "./health.js";
import { uncoveredSpot } from "./hedges.js";
import { lookAtMarket } from "./markets.js";
import { priceFor } from "./mark.js";
import { withdrawable } from "./money.js";
import type { SpotAssetRules } from "./parameters.js";
import { refuseIf, refuseUnless } from "./refusal.js";
import { sellSpot, spotPrice } from "./spot.js";
import type { State } from "./state.js";
import { examine, liquidate, requireLiquidatable } from "./waterfall.js";

/**
 * Sells spot of an account below maintenance, or in debt without positions, to a buyer at the index less the discount; at most
 * what the account needs (section 4). Anyone who may trade for the buyer. Returns what was sold.
 */
export function liquidateSpot(
  state: State,
  caller: string,
  account: number,
  buyer: number,
  asset: number,
  amount: bigint,
): bigint {
  refuseUnless(buyer !== account && mayTrade(state, buyer, caller), "InvalidBuyer", buyer, caller);
  // Rule of the unlisted asset: it is looked up as one of market 0, and there is none of it to sell.
  const rules = state.spotAssets.get(asset) ?? { token: "", decimals: 0n, market: 0, haircut: 0n, discount: 0n };
  const found = examine(state, account, rules.market);
  const { health } = found;
  const inDebt = health.notional === 0n && health.cash < 0n;
  if (!inDebt) requireLiquidatable(state, account, rules.market, found);
  const { index } = priceFor(state, rules.market, "LIQUIDATE");
  // What covers a short is sold together with it.
  const free = uncoveredSpot(state, account, asset, lookAtMarket(state, rules.market));
  const sold = min(min(amount, free), needed(health, rules, index, state.waterfall.value.buffer));
  refuseIf(sold === 0n, "NoSpotToSell", account, asset, health.equity, health.maintenanceMargin);
  const price = spotPrice(index, sold, rules.discount);
  const most = withdrawable(state, buyer);
  refuseIf(price > most, "BuyerCannotPay", buyer, price, most);
  sellSpot(state, account, buyer, asset, sold, rules.discount);
  if (health.notional === 0n) settleDebt(state, caller, account, rules.market);
  return sold;
}

/** Rule of the last spot: what an account without positions still owes once it is sold is final, and is settled at once. */
function settleDebt(state: State, caller: string, account: number, market: number): void {
  if (spotOf(state, account).length !== 0 || measure(state, account, "LIQUIDATE").equity >= 0n) return;
  liquidate(state, caller, account, market);
}

/**
 * Enough to bring the account to its buffer, since a sale ends the haircut at the price of the discount; or enough proceeds to pay
 * what an account without positions owes. Up.
 */
function needed(health: Health, rules: SpotAssetRules, index: bigint, buffer: bigint): bigint {
  if (health.notional === 0n) {
    const proceeds = down(index * (PPM - rules.discount), PPM);
    return health.cash >= 0n || proceeds === 0n ? 0n : up(-health.cash * WAD, proceeds);
  }
  const gain = down(index * (rules.haircut - rules.discount), PPM);
  const target = up(health.maintenanceMargin * (PPM + buffer), PPM);
  return gain === 0n || health.equity >= target ? 0n : up((target - health.equity) * WAD, gain);
}
