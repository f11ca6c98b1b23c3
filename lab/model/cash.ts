import { down, min, up } from "./arithmetic.js";
import type { Account } from "./records.js";
import type { State } from "./state.js";

/** Maturing profit is counted in millionths of a unit. */
const MILLIONTH = 10n ** 12n;

/** Credits or debits cash that is neither profit nor loss: deposits, transfers, fees paid out. */
export function moveCash(state: State, account: number, amount: bigint): void {
  state.accounts.change(account, { cash: state.accounts.get(account).cash + amount });
}

/** Books realised profit or loss (section 6): profit matures linearly over `maturity` seconds, a loss eats maturing profit first. */
export function realise(state: State, account: number, profit: bigint, maturity: bigint): void {
  if (profit === 0n) return;
  moveCash(state, account, profit);
  const before = state.accounts.get(account);
  const maturing = maturingNow(before, state.now);
  if (profit < 0n) {
    if (before.maturing === 0n) return;
    // Down, against the account: a loss of less than a millionth eats nothing.
    const eaten = min(maturing, down(-profit, MILLIONTH));
    state.accounts.change(account, { maturing: maturing - eaten, maturingSince: state.now });
  } else if (maturity !== 0n) {
    mature(state, account, maturing, profit, maturity);
  }
}

/**
 * Rule of payments nobody checks for maturity: what has not matured goes along once the rest is gone, and goes on maturing at the
 * receiver for the time it had left.
 */
export function handCash(state: State, from: number, to: number, amount: bigint): void {
  const maturing = maturingNow(state.accounts.get(from), state.now);
  moveCash(state, from, -amount);
  moveCash(state, to, amount);
  if (maturing === 0n) return;
  const { cash, maturesAt } = state.accounts.get(from);
  const left = cash > 0n ? down(cash, MILLIONTH) : 0n;
  if (maturing <= left) return;
  const handed = min(maturing - left, up(amount, MILLIONTH));
  state.accounts.change(from, { maturing: maturing - handed, maturingSince: state.now });
  const waiting = maturingNow(state.accounts.get(to), state.now);
  mature(state, to, waiting, handed * MILLIONTH, maturesAt - state.now);
}

/** Profit that has not matured, WAD. Up, against the account. */
export function maturingProfit(state: State, account: number): bigint {
  return maturingNow(state.accounts.get(account), state.now) * MILLIONTH;
}

function maturingNow({ maturing, maturingSince, maturesAt }: Account, now: bigint): bigint {
  if (maturing === 0n || now >= maturesAt) return 0n;
  return up(maturing * (maturesAt - now), maturesAt - maturingSince);
}

/**
 * Rule of the average wait: what was maturing and what is new mature together, over the average of the times left, weighted by
 * amount. Rounded towards the time that was left before, so that dust of profit moves it neither way.
 */
function mature(state: State, account: number, maturing: bigint, profit: bigint, maturity: bigint): void {
  const added = up(profit, MILLIONTH);
  const left = maturing === 0n ? 0n : state.accounts.get(account).maturesAt - state.now;
  const total = maturing + added;
  const weighted = maturing * left + added * maturity;
  const wait = maturity < left ? up(weighted, total) : down(weighted, total);
  state.accounts.change(account, { maturing: total, maturingSince: state.now, maturesAt: state.now + wait });
}
