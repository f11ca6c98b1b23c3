import { mayTrade } from "./accounts.js";
import { down, min, positive } from "./arithmetic.js";
import { lookAtMarket } from "./markets.js";
import { priceFor } from "./mark.js";
import { withdrawable } from "./money.js";
import { type OrderRequest, place } from "./orders.js";
import { positionOf } from "./positions.js";
import type { Trigger } from "./records.js";
import { Refusal, refuseIf, refuseUnless } from "./refusal.js";
import { of, type State } from "./state.js";
import { transferCash } from "./transfers.js";

/** Stop and take-profit orders (section 3): placed by anyone once the mark is there, for a tip. Nothing is reserved while they wait. */

/** What a trader asks for. */
export interface TriggerRequest {
  readonly above: boolean;
  readonly trigger: bigint;
  readonly tip: bigint;
  readonly expiry: bigint;
  readonly order: OrderRequest;
}

/** Arms an order, of an account that lets them be placed for it. */
export function arm(state: State, caller: string, account: number, request: TriggerRequest): void {
  refuseUnless(mayTrade(state, account, caller), "NotAllowed", account, caller);
  refuseUnless(mayTrade(state, account, state.house.triggers), "NotOperator", account);
  const { trigger, expiry, order } = request;
  refuseIf(trigger === 0n || (expiry !== 0n && expiry < state.now), "InvalidTrigger", trigger, expiry);
  const { epoch } = state.reservations.get(of(account, order.market));
  const id = state.triggerCount.value + 1;
  state.triggerCount.value = id;
  state.triggers.set(id, { ...request, account, epoch, armedAt: state.block });
}

/** Takes an order away. For its account's own trader. */
export function disarm(state: State, caller: string, id: number): void {
  const { account } = waiting(state, id);
  refuseUnless(mayTrade(state, account, caller), "NotAllowed", account, caller);
  state.triggers.set(id, undefined);
}

/** Removes an order whose purpose is gone. Anyone. */
export function clearVoid(state: State, id: number): void {
  refuseUnless(isVoid(state, waiting(state, id)), "TriggerStands", id);
  state.triggers.set(id, undefined);
}

/**
 * Places an order whose trigger the mark has reached. Rule of the later block: nobody picks the mark he arms against. Rule of the tip:
 * no more than the account could withdraw after the trade. Rule of the rest: what neither trades nor rests is armed again, with its part
 * of the tip.
 */
export function execute(state: State, id: number, to: number, minimumTip: bigint): void {
  const waited = waiting(state, id);
  refuseIf(isVoid(state, waited), "TriggerVoid", id);
  const { account, order, above, trigger, armedAt } = waited;
  const { mark } = priceFor(state, order.market, "OPEN");
  const reached = above ? mark >= trigger : mark <= trigger;
  refuseUnless(reached && state.block > armedAt, "NotTriggered", id, mark, trigger);
  state.triggers.set(id, undefined);
  const { filled, orderId } = place(state, state.house.triggers, account, order);
  refuseIf(filled === 0n && orderId === 0n, "NothingTraded", id);
  const left = orderId === 0n ? leftOf(state, waited, filled) : 0n;
  const due = left === 0n ? waited.tip : down(waited.tip * filled, filled + left);
  if (left !== 0n) {
    state.triggers.set(id, { ...waited, tip: waited.tip - due, order: { ...order, size: order.size - filled } });
  }
  const tip = due === 0n ? 0n : min(withdrawable(state, account), due);
  if (tip !== 0n) transferCash(state, account, to, tip);
  refuseIf(tip < minimumTip, "TipTooSmall", id, tip, minimumTip);
}

/** What an order that does not rest may still trade: of a reduce-only one no more than there is to reduce. */
function leftOf(state: State, { account, order }: Trigger, filled: bigint): bigint {
  const left = order.size - filled;
  if (left === 0n || !order.reduceOnly) return left;
  const { size } = positionOf(state, account, order.market, lookAtMarket(state, order.market).fundingIndex);
  return min(left, positive(order.buy ? -size : size));
}

/** Whether an order has expired, its account has left the epoch it was armed in, or it has nothing left to reduce. */
export function isVoid(state: State, { account, epoch, expiry, order }: Trigger): boolean {
  const { market, buy, reduceOnly } = order;
  if (expiry !== 0n && state.now > expiry) return true;
  if (state.reservations.get(of(account, market)).epoch !== epoch) return true;
  if (!reduceOnly) return false;
  const { size } = positionOf(state, account, market, lookAtMarket(state, market).fundingIndex);
  return buy ? size >= 0n : size <= 0n;
}

function waiting(state: State, id: number): Trigger {
  const trigger = state.triggers.get(id);
  if (trigger === undefined) throw new Refusal("TriggerNotFound", id);
  return trigger;
}
