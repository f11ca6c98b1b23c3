import { UNLIMITED } from "./arithmetic.js";
import { refuseIf } from "./refusal.js";
import { pair, type State } from "./state.js";

/** Tokens outside the ledger: ordinary ERC-20s, in their own decimals. */

export function balanceOf(state: State, token: string, holder: string): bigint {
  return state.balances.get(pair(token, holder));
}

export function mint(state: State, token: string, to: string, amount: bigint): void {
  add(state, token, to, amount);
}

export function approve(state: State, token: string, owner: string, spender: string, amount: bigint): void {
  state.approvals.set(approvalKey(token, owner, spender), amount);
}

export function transferTokens(state: State, token: string, from: string, to: string, amount: bigint): void {
  const balance = balanceOf(state, token, from);
  refuseIf(balance < amount, "ERC20InsufficientBalance", from, balance, amount);
  add(state, token, from, -amount);
  add(state, token, to, amount);
}

/** A transfer by somebody approved for it. */
export function pullTokens(
  state: State,
  token: string,
  spender: string,
  from: string,
  to: string,
  amount: bigint,
): void {
  const key = approvalKey(token, from, spender);
  const approved = state.approvals.get(key);
  if (approved !== UNLIMITED) {
    refuseIf(approved < amount, "ERC20InsufficientAllowance", spender, approved, amount);
    state.approvals.set(key, approved - amount);
  }
  transferTokens(state, token, from, to, amount);
}

function add(state: State, token: string, holder: string, amount: bigint): void {
  state.balances.set(pair(token, holder), balanceOf(state, token, holder) + amount);
}

function approvalKey(token: string, owner: string, spender: string): string {
  return pair(token, pair(owner, spender));
}
