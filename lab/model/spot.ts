import { requireExists, requireOwner } from "./accounts.js";
import { PPM, timesUp, up } from "./arithmetic.js";
import { moveCash } from "./cash.js";
import { lockedProfit, settleClosedProfit } from "./closed-profit.js";
import { covered, coverOf, creditSpot, debitSpot, refuseUncovering } from "./hedges.js";
import { openMarket } from "./markets.js";
import { keptAfterWithdrawal, measuredForWithdrawal, needsPrice, NOBODY } from "./money.js";
import { priceFor } from "./mark.js";
import type { SpotAssetRules } from "./parameters.js";
import { positionOf } from "./positions.js";
import { Refusal, refuseIf } from "./refusal.js";
import { of, type State } from "./state.js";
import { pullTokens, transferTokens } from "./tokens.js";
import { afterSpotLeft } from "./trades.js";

/** Spot in. Anyone, for any account. */
export function depositSpot(state: State, payer: string, account: number, asset: number, tokens: bigint): void {
  requireExists(state, account);
  const rules = listed(state, asset);
  refuseIf(tokens === 0n, "ZeroAmount");
  const { clearingHouse } = state.house;
  pullTokens(state, rules.token, clearingHouse, payer, clearingHouse, tokens);
  creditSpot(state, account, asset, tokens * 10n ** (18n - rules.decimals));
}

/** Spot out, if what stays is what a withdrawal of cash would have to leave. */
export function withdrawSpot(
  state: State,
  caller: string,
  account: number,
  asset: number,
  tokens: bigint,
  to: string,
): void {
  requireOwner(state, account, caller);
  const rules = listed(state, asset);
  refuseIf(tokens === 0n, "ZeroAmount");
  refuseIf(to === NOBODY, "ZeroAddress");
  takeOut(state, account, asset, tokens * 10n ** (18n - rules.decimals), rules.market);
  settleClosedProfit(state, account);
  if (state.accounts.get(account).cash < 0n || needsPrice(state, account)) {
    const health = measuredForWithdrawal(state, account);
    const required = keptAfterWithdrawal(health);
    refuseIf(health.equity < required, "SpotNeeded", account, health.equity, required);
  }
  afterSpotLeft(state, account, asset, rules.market);
  transferTokens(state, rules.token, state.house.clearingHouse, to, tokens);
}

/** Sells an account's spot to another at the index less a discount. Up, against the buyer. Returns what was paid. */
export function sellSpot(
  state: State,
  account: number,
  buyer: number,
  asset: number,
  amount: bigint,
  discount: bigint,
): bigint {
  const rules = listed(state, asset);
  refuseIf(account === buyer, "SelfPurchase", account);
  const paid = spotPrice(priceFor(state, rules.market, "LIQUIDATE").index, amount, discount);
  debitSpot(state, account, asset, amount);
  creditSpot(state, buyer, asset, amount);
  moveCash(state, account, paid);
  settleClosedProfit(state, buyer);
  // Rule of the matured payment: spot and the seller's cash may leave at once, so profit that matures buys none.
  const cash = state.accounts.get(buyer).cash - lockedProfit(state, buyer);
  refuseIf(cash < paid, "InsufficientCash", buyer, cash, paid);
  moveCash(state, buyer, -paid);
  afterSpotLeft(state, account, asset, rules.market);
  return paid;
}

/** What a buyer of liquidated spot pays. */
export function spotPrice(index: bigint, amount: bigint, discount: bigint): bigint {
  return up(timesUp(amount, index) * (PPM - discount), PPM);
}

/** Takes spot out for its owner; under stress nothing leaves that covers a short. */
function takeOut(state: State, account: number, asset: number, amount: bigint, id: number): void {
  const covers = state.rules.get(id).spotAsset === asset && state.positions.get(of(account, id)) !== undefined;
  if (!covers) {
    debitSpot(state, account, asset, amount);
    return;
  }
  const market = openMarket(state, id, "CANCEL");
  const { size } = positionOf(state, account, id, market.fundingIndex);
  const before = covered(coverOf(state, account, market), size);
  debitSpot(state, account, asset, amount);
  refuseUncovering(state, account, market, size, before);
}

function listed(state: State, asset: number): SpotAssetRules {
  const rules = state.spotAssets.get(asset);
  if (rules === undefined) throw new Refusal("UnknownAsset", asset);
  return rules;
}
