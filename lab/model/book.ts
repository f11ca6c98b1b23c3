import { down, up, WAD } from "./arithmetic.js";
import type { Level, Order } from "./records.js";
import { of, sideOf, type State } from "./state.js";

/** Ticks run from 1; 0 stands for none. */
export const LAST_TICK = 2 ** 24 - 1;

/** Rule of the ghosts: a quote looks past at most this many void orders, and beyond takes the side for empty. */
const GHOSTS = 64;

/** A resting order and where it stands. */
export interface Resting {
  readonly market: number;
  readonly bid: boolean;
  readonly tick: number;
  readonly order: Order;
}

/** The name of an order: market, side, tick, and its number among the orders ever placed there. */
export function orderId({ market, bid, tick, order }: Resting): bigint {
  return (BigInt(market) << 56n) | (bid ? 1n << 55n : 0n) | (BigInt(tick) << 31n) | BigInt(order.index);
}

/** The order of a name, if it rests. */
export function findOrder(state: State, id: bigint): Resting | undefined {
  const market = Number((id >> 56n) & 255n);
  const bid = ((id >> 55n) & 1n) === 1n;
  const tick = Number((id >> 31n) & 0xffffffn);
  const index = Number(id & 0x7fffffffn);
  const order = levelAt(state, market, bid, tick).orders.find((other) => other.index === index);
  return order === undefined ? undefined : { market, bid, tick, order };
}

/** The best tick of a side with an order, void ones included; 0 without one. */
export function bestTick(state: State, market: number, bids: boolean): number {
  const ticks = state.ticks.get(sideOf(market, bids));
  return (bids ? ticks[ticks.length - 1] : ticks[0]) ?? 0;
}

/** The next tick of a side with an order, away from the other side; 0 without one. */
export function worseTick(state: State, market: number, bids: boolean, tick: number): number {
  const ticks = state.ticks.get(sideOf(market, bids));
  return (bids ? ticks.findLast((other) => other < tick) : ticks.find((other) => other > tick)) ?? 0;
}

/** The orders at a tick in order of time, void ones included. */
export function ordersAt(state: State, market: number, bid: boolean, tick: number): readonly Order[] {
  return levelAt(state, market, bid, tick).orders;
}

/** Whether a taker with this limit would meet an order at a tick. */
export function crosses(buy: boolean, limit: bigint, tick: number): boolean {
  return tick !== 0 && (buy ? BigInt(tick) <= limit : BigInt(tick) >= limit);
}

/** The orders of a side in price-time order, void ones included. */
export function* walk(state: State, market: number, bids: boolean): Generator<Resting> {
  const ticks = state.ticks.get(sideOf(market, bids));
  for (const tick of bids ? [...ticks].reverse() : ticks) {
    for (const order of levelAt(state, market, bids, tick).orders) yield { market, bid: bids, tick, order };
  }
}

/** An order is void once its account's orders in the market were cancelled all at once since. */
export function isLive(state: State, { market, order }: Resting): boolean {
  return state.reservations.get(of(order.account, market)).epoch === order.epoch;
}

/** Puts an order last in the queue of its tick. */
export function append(state: State, market: number, bid: boolean, tick: number, order: Omit<Order, "index">): Resting {
  const level = levelAt(state, market, bid, tick);
  const index = level.placed + 1;
  const placed = { ...order, index };
  setLevel(state, market, bid, tick, { placed: index, orders: [...level.orders, placed] });
  return { market, bid, tick, order: placed };
}

/** Takes an order out of its queue. */
export function remove(state: State, { market, bid, tick, order }: Resting): void {
  const level = levelAt(state, market, bid, tick);
  setLevel(state, market, bid, tick, { ...level, orders: level.orders.filter(({ index }) => index !== order.index) });
}

/** Leaves an order where it stands, with less of it. */
export function shrink(state: State, { market, bid, tick, order }: Resting, size: bigint): void {
  const level = levelAt(state, market, bid, tick);
  const orders = level.orders.map((other) => (other.index === order.index ? { ...other, size } : other));
  setLevel(state, market, bid, tick, { ...level, orders });
}

/** Best live bid and ask, and the last traded price; 0 for what there is not. */
export function quotes(state: State, market: number): { bid: bigint; ask: bigint; last: bigint } {
  const tickSize = state.bookRules.get(market)?.tickSize ?? 0n;
  const last = BigInt(state.lastTraded.get(market)) * tickSize;
  return { bid: bestLive(state, market, true) * tickSize, ask: bestLive(state, market, false) * tickSize, last };
}

function bestLive(state: State, market: number, bids: boolean): bigint {
  let met = 0;
  for (const resting of walk(state, market, bids)) {
    if (met++ > GHOSTS) return 0n;
    if (isLive(state, resting)) return BigInt(resting.tick);
  }
  return 0n;
}

/** Average prices at which `notional` would be sold into the bids and bought from the asks; 0 if `most` orders do not absorb it. */
export function impactPrices(
  state: State,
  market: number,
  notional: bigint,
  most: number,
): { bid: bigint; ask: bigint } {
  return { bid: impact(state, market, true, notional, most), ask: impact(state, market, false, notional, most) };
}

function impact(state: State, market: number, bids: boolean, notional: bigint, most: number): bigint {
  const tickSize = state.bookRules.get(market)?.tickSize ?? 0n;
  let left = notional;
  let base = 0n;
  let met = 0;
  for (const resting of walk(state, market, bids)) {
    if (met++ >= most) return 0n;
    if (!isLive(state, resting)) continue;
    const price = BigInt(resting.tick) * tickSize;
    const value = down(resting.order.size * price, WAD);
    if (value < left) {
      left -= value;
      base += resting.order.size;
      continue;
    }
    // Against the taker: more base for a seller, less for a buyer, and the price after it.
    base += bids ? up(left * WAD, price) : down(left * WAD, price);
    if (base === 0n) return 0n;
    return bids ? down(notional * WAD, base) : up(notional * WAD, base);
  }
  return 0n;
}

function levelAt(state: State, market: number, bid: boolean, tick: number): Level {
  return state.levels.get(levelKey(market, bid, tick));
}

function setLevel(state: State, market: number, bid: boolean, tick: number, level: Level): void {
  const key = levelKey(market, bid, tick);
  const [before, after] = [state.levels.get(key).orders.length, level.orders.length];
  state.levels.set(key, level);
  if (before === 0 && after !== 0) listTick(state, sideOf(market, bid), tick);
  if (before !== 0 && after === 0) {
    const side = sideOf(market, bid);
    state.ticks.set(
      side,
      state.ticks.get(side).filter((other) => other !== tick),
    );
  }
}

function listTick(state: State, side: number, tick: number): void {
  const ticks = state.ticks.get(side);
  const at = ticks.findIndex((other) => other > tick);
  const index = at === -1 ? ticks.length : at;
  state.ticks.set(side, [...ticks.slice(0, index), tick, ...ticks.slice(index)]);
}

function levelKey(market: number, bid: boolean, tick: number): number {
  return sideOf(market, bid) * 2 ** 24 + tick;
}
