import { requireExists, requireOwner } from "./accounts.js";
import { timesUp, up, PPM } from "./arithmetic.js";
import { moveCash } from "./cash.js";
import { keptAfterWithdrawal, measuredForWithdrawal, needsPrice, NOBODY } from "./money.js";
import { priceFor } from "./mark.js";
import type { SpotAssetRules } from "./parameters.js";
import { Refusal, refuseIf } from "./refusal.js";
import { of, type State } from "./state.js";
import { pullTokens, transferTokens } from "./tokens.js";

/** Spot counts as a hedge only after it has been held this long (section 4). */
const TENURE = 3_600n;

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
  debitSpot(state, account, asset, tokens * 10n ** (18n - rules.decimals));
  if (state.accounts.get(account).cash < 0n || needsPrice(state, account)) {
    const health = measuredForWithdrawal(state, account);
    const required = keptAfterWithdrawal(health);
    refuseIf(health.equity < required, "SpotNeeded", account, health.equity, required);
  }
  transferTokens(state, rules.token, state.house.clearingHouse, to, tokens);
}

/** Sells an account's spot to another at the index less the discount. Up, against the buyer. Returns what was paid. */
export function sellSpot(state: State, account: number, buyer: number, asset: number, amount: bigint): bigint {
  const rules = listed(state, asset);
  refuseIf(account === buyer, "SelfPurchase", account);
  const paid = spotPrice(rules, priceFor(state, rules.market, "LIQUIDATE").index, amount);
  debitSpot(state, account, asset, amount);
  creditSpot(state, buyer, asset, amount);
  moveCash(state, account, paid);
  const { cash } = state.accounts.get(buyer);
  refuseIf(cash < paid, "InsufficientCash", buyer, cash, paid);
  moveCash(state, buyer, -paid);
  return paid;
}

/** What a buyer of liquidated spot pays. */
export function spotPrice(rules: SpotAssetRules, index: bigint, amount: bigint): bigint {
  return up(timesUp(amount, index) * (PPM - rules.discount), PPM);
}

/** Rule of the average tenure: what was waiting and what is new wait together, on average by amount. Up, against the hedge. */
function creditSpot(state: State, account: number, asset: number, amount: bigint): void {
  const { amount: held, seasonedAt } = state.spot.get(of(account, asset));
  const waiting = seasonedAt > state.now ? seasonedAt - state.now : 0n;
  const wait = up(held * waiting + amount * TENURE, held + amount);
  state.spot.set(of(account, asset), { amount: held + amount, seasonedAt: state.now + wait });
  const { spotAssets } = state.accounts.get(account);
  state.accounts.change(account, { spotAssets: spotAssets | (1 << asset) });
}

function debitSpot(state: State, account: number, asset: number, amount: bigint): void {
  const { amount: held } = state.spot.get(of(account, asset));
  refuseIf(amount > held, "ExceedsSpot", account, asset, amount, held);
  state.spot.change(of(account, asset), { amount: held - amount });
  if (amount !== held) return;
  const { spotAssets } = state.accounts.get(account);
  state.accounts.change(account, { spotAssets: spotAssets & ~(1 << asset) });
}

function listed(state: State, asset: number): SpotAssetRules {
  const rules = state.spotAssets.get(asset);
  if (rules === undefined) throw new Refusal("UnknownAsset", asset);
  return rules;
}
