import { settledCash } from "./closed-profit.js";
import { roomOf, spent } from "./allowance.js";
import { min, positive } from "./arithmetic.js";
import { deposit } from "./money.js";
import { refuseIf } from "./refusal.js";
import type { State } from "./state.js";
import { approve, pullTokens } from "./tokens.js";
import { transferCash } from "./transfers.js";

/** The key of the limit over all markets, beside those of the markets. */
export const ALL_MARKETS = -1;

/** Adds money to the fund. Anyone. */
export function topUp(state: State, payer: string, tokens: bigint): void {
  refuseIf(tokens === 0n, "ZeroAmount");
  const { fund, quoteToken, clearingHouse, fundAccount } = state.house;
  pullTokens(state, quoteToken, fund, payer, fund, tokens);
  approve(state, quoteToken, fund, clearingHouse, tokens);
  deposit(state, fund, fundAccount, tokens);
}

/** What the fund would pay of one deficit in a market. */
export function available(state: State, market: number): bigint {
  const balance = positive(settledCash(state, state.house.fundAccount));
  const room = (limit: number): bigint => roomOf(state.fundLimits.get(limit), state.now);
  return min(balance, min(room(market), room(ALL_MARKETS)));
}

/** Pays a deficit as far as balance and limits go (section 7, step 3). Returns what was paid. */
export function payDeficit(state: State, market: number, account: number, amount: bigint): bigint {
  const { fundAccount } = state.house;
  if (account === fundAccount) return 0n;
  const paid = min(amount, available(state, market));
  if (paid === 0n) return 0n;
  for (const limit of [market, ALL_MARKETS]) {
    state.fundLimits.set(limit, spent(state.fundLimits.get(limit), paid, state.now));
  }
  transferCash(state, fundAccount, account, paid);
  return paid;
}
