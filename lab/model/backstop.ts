import { openAccount } from "./accounts.js";
import { roomOf, spent } from "./allowance.js";
import { abs, down, min, positive, PPM, timesUp, WAD } from "./arithmetic.js";
import { look } from "./health.js";
import { transfer } from "./money.js";
import { priceFor } from "./mark.js";
import { lookAtMarket } from "./markets.js";
import { place } from "./orders.js";
import { positionOf } from "./positions.js";
import { refuseIf } from "./refusal.js";
import type { Exposure } from "./records.js";
import type { State } from "./state.js";

/**
 * Takes over part of a position at mark, inside the market's limits (section 7, step 2). Says how much; the waterfall moves it.
 * Rule of the record: the inventory last noted is looked at first, and a vault that is full by it is not asked further.
 */
export function absorb(state: State, market: number, size: bigint, mark: bigint): { account: number; taken: bigint } {
  const limits = state.backstopRules.get(market);
  const most = limits.notional * WAD;
  const exposure = state.exposures.get(market);
  const { account } = exposure;
  if (most === 0n || roomBelow(exposure.inventory, size, most, mark) === 0n) return { account, taken: 0n };
  const { equity } = look(state, account);
  if (equity <= 0n) return { account, taken: 0n };
  const window = measuredFrom(state, market, exposure, equity);
  if (window === undefined) return { account, taken: 0n };
  const affordable = min(most, down(equity * limits.leverage, PPM));
  const inventory = inventoryOf(state, account, market);
  const taken = min(abs(size), roomBelow(inventory, size, affordable, mark));
  if (taken === 0n) return { account, taken };
  state.exposures.set(market, { ...window, inventory: inventory + (size > 0n ? taken : -taken) });
  return { account, taken };
}

/** Sells inventory back to the book, within slippage and allowance. Anyone. */
export function unwind(state: State, market: number, wanted: bigint): bigint {
  const { account } = state.exposures.get(market);
  refuseIf(account === 0, "MarketNotBacked", market);
  const inventory = inventoryOf(state, account, market);
  const { mark } = priceFor(state, market, "REDUCE");
  const allowance = roomOf(state.unwinding.get(market), state.now);
  const size = min(min(wanted, abs(inventory)), down(allowance * WAD, mark));
  refuseIf(size === 0n, "NothingUnwound", market, inventory, allowance);
  const buy = inventory < 0n;
  const slippage = down(mark * state.unwindSlippage.get(market), PPM);
  const price = buy ? mark + slippage : mark - slippage;
  const request = { market, buy, kind: "MARKET", reduceOnly: true, maxMakers: 0, price, size } as const;
  const { filled } = place(state, state.house.vault, account, request);
  refuseIf(filled === 0n, "NothingUnwound", market, inventory, allowance);
  const used = min(allowance, timesUp(filled, mark));
  state.unwinding.set(market, spent(state.unwinding.get(market), used, state.now));
  state.exposures.change(market, { inventory: inventory + (buy ? filled : -filled) });
  return filled;
}

/** Takes note of inventory that deleveraging has shrunk, so that there is room again. Anyone. */
export function sync(state: State, market: number): void {
  const { account } = state.exposures.get(market);
  refuseIf(account === 0, "MarketNotBacked", market);
  state.exposures.change(market, { inventory: inventoryOf(state, account, market) });
}

/** The exposure with the equity its window's loss is measured from, a new window's if the last is over; none if the loss is used up. */
function measuredFrom(state: State, market: number, exposure: Exposure, equity: bigint): Exposure | undefined {
  const { loss, window } = state.backstopRules.get(market);
  if (state.now >= exposure.since + window) return { ...exposure, baseline: equity, since: state.now };
  return exposure.baseline - equity >= loss * WAD ? undefined : exposure;
}

/** How much more of `size`'s side fits under a notional. Down. */
function roomBelow(inventory: bigint, size: bigint, most: bigint, mark: bigint): bigint {
  const held = inventory > 0n === size > 0n ? abs(inventory) : -abs(inventory);
  return positive(down(most * WAD, mark) - held);
}

function inventoryOf(state: State, account: number, market: number): bigint {
  return positionOf(state, account, market, lookAtMarket(state, market).fundingIndex).size;
}

/** Gives a market capital out of the vault's main account, and an account of its own the first time. */
export function allot(state: State, market: number, amount: bigint): void {
  const { vault, vaultAccount } = state.house;
  if (state.exposures.get(market).account === 0) {
    state.exposures.change(market, { account: openAccount(state, vault, market) });
    state.backed.value = [...state.backed.value, market].sort((left, right) => left - right);
  }
  const { account, baseline } = state.exposures.get(market);
  state.exposures.change(market, { baseline: baseline + amount });
  transfer(state, vault, vaultAccount, account, amount);
}

/** Brings a market's capital back, as far as it could be withdrawn. */
export function recall(state: State, market: number, amount: bigint): void {
  const { account, baseline } = state.exposures.get(market);
  refuseIf(account === 0, "MarketNotBacked", market);
  state.exposures.change(market, { baseline: baseline - amount });
  transfer(state, state.house.vault, account, state.house.vaultAccount, amount);
}
