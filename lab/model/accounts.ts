import { refuseIf, refuseUnless } from "./refusal.js";
import { pair, type State } from "./state.js";

/** Opens or finds the account of an owner's subaccount (section 1). */
export function openAccount(state: State, owner: string, subaccount: number): number {
  const key = `${owner}/${subaccount}`;
  const known = state.accountNumbers.get(key);
  if (known !== 0) return known;
  const account = state.accountCount.value + 1;
  state.accountCount.value = account;
  state.accountNumbers.set(key, account);
  state.accounts.change(account, { owner, subaccount });
  return account;
}

/** The number of an owner's account; 0 if it was never opened. */
export function accountNumber(state: State, owner: string, subaccount: number): number {
  return state.accountNumbers.get(`${owner}/${subaccount}`);
}

/** Lets an address trade for an account, never withdraw. */
export function setOperator(state: State, caller: string, account: number, operator: string, allowed: boolean): void {
  requireOwner(state, account, caller);
  state.operators.set(pair(String(account), operator), allowed);
}

export function requireExists(state: State, account: number): void {
  refuseIf(account === 0 || account > state.accountCount.value, "UnknownAccount", account);
}

export function requireOwner(state: State, account: number, caller: string): void {
  refuseUnless(state.accounts.get(account).owner === caller, "NotAuthorised", account, caller);
}

export function requireMayTrade(state: State, account: number, caller: string): void {
  refuseUnless(mayTrade(state, account, caller), "NotAuthorised", account, caller);
}

export function mayTrade(state: State, account: number, caller: string): boolean {
  const { owner } = state.accounts.get(account);
  return owner !== "" && (owner === caller || state.operators.get(pair(String(account), caller)));
}
