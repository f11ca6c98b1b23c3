import { requireExists, requireOwner } from "./accounts.js";
import { down, max, min, positive, PPM, UNLIMITED } from "./arithmetic.js";
import { moveCash } from "./cash.js";
import { lockedProfit, settleClosedProfit, settledCash } from "./closed-profit.js";
import { atAdverseBound, type Health, look, measure } from "./health.js";
import { liveMarkets } from "./positions.js";
import { refuseIf, refuseUnless } from "./refusal.js";
import type { State } from "./state.js";
import { balanceOf, pullTokens, transferTokens } from "./tokens.js";

/** Quote tokens have 6 decimals: a token is this many wei of the ledger. */
export const QUOTE_SCALE = 10n ** 12n;

/** Nobody to pay. */
export const NOBODY = `0x${"0".repeat(40)}`;

/** Tokens in, credited exactly. Anyone, for any account. */
export function deposit(state: State, payer: string, account: number, tokens: bigint): void {
  requireExists(state, account);
  refuseIf(tokens === 0n, "ZeroAmount");
  const { quoteToken, clearingHouse } = state.house;
  pullTokens(state, quoteToken, clearingHouse, payer, clearingHouse, tokens);
  moveCash(state, account, tokens * QUOTE_SCALE);
}

/** Tokens out, of what is free and has matured (section 6). Returns what was paid. */
export function withdraw(state: State, caller: string, account: number, tokens: bigint, to: string): bigint {
  requireOwner(state, account, caller);
  refuseIf(tokens === 0n, "ZeroAmount");
  refuseIf(to === NOBODY, "ZeroAddress");
  // Beyond what a word holds nobody has anything: it is refused like any other excess.
  const amount = min(tokens * QUOTE_SCALE, UNLIMITED);
  requireWithdrawable(state, account, amount);
  moveCash(state, account, -amount);
  const paid = payable(state, tokens);
  const { quoteToken, clearingHouse } = state.house;
  transferTokens(state, quoteToken, clearingHouse, to, paid);
  return paid;
}

/** Cash from one account of an owner to another, as freely as it could be withdrawn. */
export function transfer(state: State, caller: string, from: number, to: number, amount: bigint): void {
  requireOwner(state, from, caller);
  refuseUnless(state.accounts.get(to).owner === caller, "DifferentOwners", from, to);
  refuseIf(amount === 0n, "ZeroAmount");
  requireWithdrawable(state, from, amount);
  moveCash(state, from, -amount);
  moveCash(state, to, amount);
}

/** Fees repay a socialised loss first, then go to fund, vault and treasury. Down; the treasury takes the rest. */
export function distributeFees(state: State): void {
  const { treasuryAccount, fundAccount, vaultAccount, split } = state.house;
  requireExists(state, treasuryAccount);
  const fees = state.feesAccrued.value;
  const repaid = min(fees, state.socialisedLoss.value);
  state.feesAccrued.value = 0n;
  state.socialisedLoss.value -= repaid;
  const left = fees - repaid;
  const insurance = down(left * split.insuranceShare, PPM);
  const backstop = down(left * split.backstopShare, PPM);
  moveCash(state, fundAccount, insurance);
  moveCash(state, vaultAccount, backstop);
  moveCash(state, treasuryAccount, left - insurance - backstop);
}

/** What could be withdrawn now: min(free collateral, cash that neither matures nor is within reach of a charge). */
export function withdrawable(state: State, account: number): bigint {
  const health = needsPrice(state, account)
    ? atAdverseBound(state, account, look(state, account))
    : cashAlone(state, account);
  return free(state, account, health);
}

/** Health for taking something out: at the adverse bound while a price is UNCERTAIN. */
export function measuredForWithdrawal(state: State, account: number): Health {
  return atAdverseBound(state, account, measure(state, account, "WITHDRAW"));
}

/** Rule of cash alone: without positions and orders no price, nor spot that anybody may have sent, stands in the way. */
export function needsPrice(state: State, account: number): boolean {
  return liveMarkets(state, account).length !== 0;
}

/** What a withdrawal must leave: max(initial margin, the markets' kept rates of notional). */
export function keptAfterWithdrawal({ initialMargin, kept }: Health): bigint {
  return max(initialMargin, kept);
}

/**
 * What the ledger pays for a claim of `tokens`: assets / claims of it while a socialised loss stands, of which 1 / 1 is the usual
 * case. Numerator and denominator in WAD.
 */
export function payout(state: State): { numerator: bigint; denominator: bigint } {
  const loss = state.socialisedLoss.value;
  if (loss === 0n) return { numerator: 1n, denominator: 1n };
  const assets = balanceOf(state, state.house.quoteToken, state.house.clearingHouse) * QUOTE_SCALE;
  return { numerator: assets, denominator: assets + loss };
}

function requireWithdrawable(state: State, account: number, amount: bigint): void {
  settleClosedProfit(state, account);
  const health = needsPrice(state, account) ? measuredForWithdrawal(state, account) : cashAlone(state, account);
  const most = free(state, account, health);
  refuseIf(amount > most, "ExceedsWithdrawable", account, amount, most);
}

function cashAlone(state: State, account: number): Health {
  const cash = settledCash(state, account);
  return { equity: cash, cash, initialMargin: 0n, maintenanceMargin: 0n, notional: 0n, kept: 0n };
}

/** Rule of pending settlement: what it adds counts only once it is settled, what it takes counts now. */
function free(state: State, account: number, health: Health): bigint {
  const collateral = health.equity - keptAfterWithdrawal(health);
  const settled = min(health.cash, settledCash(state, account));
  return positive(min(collateral, settled - lockedProfit(state, account)));
}

/** Down, against who withdraws; what is not paid repays the loss. */
function payable(state: State, tokens: bigint): bigint {
  const loss = state.socialisedLoss.value;
  if (loss === 0n) return tokens;
  const { numerator, denominator } = payout(state);
  const paid = down(tokens * numerator, denominator);
  state.socialisedLoss.value = loss - min(loss, (tokens - paid) * QUOTE_SCALE);
  return paid;
}
