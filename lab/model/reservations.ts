import { requireMayTrade } from "./accounts.js";
import { addPosition, measureOthers, withCash } from "./health.js";
import { coverOf } from "./hedges.js";
import { openMarket } from "./markets.js";
import { priceFor } from "./mark.js";
import { NOTHING_HELD, positionOf, remember } from "./positions.js";
import { refuseIf } from "./refusal.js";
import type { Reservation } from "./records.js";
import { of, type State } from "./state.js";

/** Reserves margin for resting orders (section 3). Returns the epoch the orders carry. */
export function reserve(
  state: State,
  account: number,
  market: number,
  bids: bigint,
  asks: bigint,
  caller: string,
): number {
  requireMayTrade(state, account, caller);
  const before = state.reservations.get(of(account, market));
  const wanted = { ...before, bids: before.bids + bids, asks: before.asks + asks };
  refuseIf((wanted.bids | wanted.asks) >> 96n !== 0n, "ReservationOverflow", account, market);
  requireMargin(state, account, market, before, wanted);
  state.reservations.set(of(account, market), wanted);
  remember(state, market, account);
  return wanted.epoch;
}

/** Gives back what cancelled orders reserved. Nothing is reserved for void ones. */
export function release(
  state: State,
  account: number,
  market: number,
  bids: bigint,
  asks: bigint,
  epoch: number,
  caller: string,
): void {
  requireMayTrade(state, account, caller);
  giveBack(state, account, market, bids, asks, epoch);
}

/** Gives back what orders of an epoch reserved, of the exchange's own accord. */
export function giveBack(
  state: State,
  account: number,
  market: number,
  bids: bigint,
  asks: bigint,
  epoch: number,
): void {
  const before = state.reservations.get(of(account, market));
  if (before.epoch !== epoch) return;
  state.reservations.change(of(account, market), { bids: before.bids - bids, asks: before.asks - asks });
}

/** Voids every order of an account in a market: orders carry the epoch, and it moves on. */
export function releaseAll(state: State, account: number, market: number): void {
  const { epoch } = state.reservations.get(of(account, market));
  state.reservations.change(of(account, market), { bids: 0n, asks: 0n, epoch: epoch + 1 });
}

/** Orders that can only reduce ask for no margin, and rest whatever the price is worth. */
function requireMargin(state: State, account: number, id: number, before: Reservation, wanted: Reservation): void {
  const positionless = state.positions.get(of(account, id)) === undefined;
  const market = openMarket(state, id, positionless ? "OPEN" : "REDUCE");
  refuseIf(market.rules.status === "UNLISTED", "UnknownMarket", id);
  const held = positionless ? NOTHING_HELD : positionOf(state, account, id, market.fundingIndex);
  if (onlyReduces(held.size, before, wanted)) return;
  if (market.price.validity !== "VALID") priceFor(state, id, "OPEN");
  refuseIf(market.rules.status !== "ACTIVE", "MarketReduceOnly", id);
  const health = measureOthers(state, account, id, "OPEN");
  addPosition(health, market, held, wanted, coverOf(state, account, market));
  const { equity, initialMargin } = withCash(health);
  refuseIf(equity < initialMargin, "InsufficientMargin", account, equity, initialMargin);
}

/** Whether all that is added stays within what closes the position, which cannot raise max(|pos + bids|, |pos - asks|). */
function onlyReduces(size: bigint, before: Reservation, wanted: Reservation): boolean {
  if (size > 0n) return wanted.bids === before.bids && wanted.asks <= size;
  if (size < 0n) return wanted.asks === before.asks && wanted.bids <= -size;
  return false;
}
