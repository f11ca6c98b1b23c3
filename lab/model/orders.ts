import { requireMayTrade } from "./accounts.js";
import { down, max, min, PPM, up } from "./arithmetic.js";
import { clearingBand, enter } from "./auction.js";
import { append, bestTick, crosses, findOrder, isLive, LAST_TICK, orderId, remove, walk } from "./book.js";
import { auctionEnd, type Band, PHASES, tradingBand } from "./market-guard.js";
import { type Price, priceFor } from "./mark.js";
import { lookAtMarket } from "./markets.js";
import { type Taken, take, type Taker } from "./matching.js";
import type { BookRules } from "./parameters.js";
import { positionOf } from "./positions.js";
import { Refusal, refuseIf } from "./refusal.js";
import { release, releaseAll, reserve } from "./reservations.js";
import type { State } from "./state.js";

/** How an order lives; the chain's number is the place in the list. */
export const ORDER_KINDS = ["LIMIT", "POST_ONLY", "IMMEDIATE_OR_CANCEL", "FILL_OR_KILL", "MARKET"] as const;
export type OrderKind = (typeof ORDER_KINDS)[number];

/** What a trader asks for (section 3). Price and size in WAD. */
export interface OrderRequest {
  readonly market: number;
  readonly buy: boolean;
  readonly kind: OrderKind;
  readonly reduceOnly: boolean;
  /** Most resting orders to meet; 0 or too many means the hard bound. */
  readonly maxMakers: number;
  readonly price: bigint;
  readonly size: bigint;
}

/** What became of it. `orderId` is 0 if nothing rests. */
export interface Placement {
  readonly orderId: bigint;
  readonly filled: bigint;
  readonly quote: bigint;
}

/** Most resting orders one call meets. */
const MOST_MAKERS = 256;

/** What is to rest of a request. */
interface Remainder {
  readonly buy: boolean;
  readonly tick: number;
  readonly size: bigint;
  readonly reduceOnly: boolean;
  /** For an auction: it may lie across the book. */
  readonly collected: boolean;
}

/** Places one order. */
export function place(state: State, caller: string, account: number, request: OrderRequest): Placement {
  const [placement] = placeRun(state, caller, account, [request]);
  if (placement === undefined) throw new RangeError("an order without a placement");
  return placement;
}

/** Places several in turn, all or nothing. Rule of the run: orders for one market take one after the other, then rest together. */
export function placeMany(
  state: State,
  caller: string,
  account: number,
  requests: readonly OrderRequest[],
): Placement[] {
  const placements: Placement[] = [];
  for (let from = 0; from < requests.length; from = placements.length) {
    const market = requests[from]?.market;
    const end = requests.findIndex((request, index) => index > from && request.market !== market);
    placements.push(...placeRun(state, caller, account, requests.slice(from, end === -1 ? undefined : end)));
  }
  return placements;
}

/** Cancels orders and places others, all or nothing. */
export function replaceMany(
  state: State,
  caller: string,
  account: number,
  ids: readonly bigint[],
  requests: readonly OrderRequest[],
): Placement[] {
  cancelMany(state, caller, account, ids);
  return placeMany(state, caller, account, requests);
}

/** Cancels one order. Needs no price. */
export function cancel(state: State, caller: string, id: bigint): void {
  const resting = findOrder(state, id);
  if (resting === undefined) throw new Refusal("OrderNotFound", id);
  remove(state, resting);
  const { account, size, epoch } = resting.order;
  release(state, account, resting.market, resting.bid ? size : 0n, resting.bid ? 0n : size, epoch, caller);
}

/** Cancels several of one account; those that are gone are passed over. Returns how many left the book. */
export function cancelMany(state: State, caller: string, account: number, ids: readonly bigint[]): number {
  const found = [];
  for (const id of ids) {
    const resting = findOrder(state, id);
    if (resting === undefined) continue;
    refuseIf(resting.order.account !== account, "NotOrderOfAccount", id, account);
    const last = found.at(-1);
    // Whose orders they are is checked at the first release: after a run of orders of one market and epoch, or at the end.
    const runEnds = last !== undefined && (last.market !== resting.market || last.order.epoch !== resting.order.epoch);
    if (runEnds) requireMayTrade(state, account, caller);
    remove(state, resting);
    found.push(resting);
  }
  for (const { market, bid, order } of found) {
    release(state, account, market, bid ? order.size : 0n, bid ? 0n : order.size, order.epoch, caller);
  }
  return found.length;
}

/** Voids all orders of an account in a market at once; the void ones leave the book as takers and `prune` meet them. */
export function cancelAll(state: State, caller: string, account: number, market: number): void {
  requireMayTrade(state, account, caller);
  releaseAll(state, account, market);
}

/** Looks at the first orders of a side and removes the void ones. Anyone. Returns how many left the book. */
export function prune(state: State, market: number, bids: boolean, most: number): number {
  let removed = 0;
  const first = [...walk(state, market, bids)].slice(0, boundOf(most));
  for (const resting of first) {
    if (isLive(state, resting)) continue;
    remove(state, resting);
    removed += 1;
  }
  return removed;
}

/** Closes up to `size` of a position for the waterfall, no worse than a price (section 7). Neither lots nor the band apply. */
export function takeForLiquidation(
  state: State,
  account: number,
  market: number,
  buy: boolean,
  size: bigint,
  price: bigint,
  mostMakers: number,
): Taken {
  const { tickSize } = rulesOf(state, market);
  const limit = buy ? down(price, tickSize) : up(price, tickSize); // Towards the better price for the account.
  const taker = { market, account, caller: "", buy, reduceOnly: true, liquidation: true };
  return take(state, { ...taker, limit, size, mostMakers: boundOf(mostMakers) });
}

function placeRun(state: State, caller: string, account: number, requests: readonly OrderRequest[]): Placement[] {
  const market = requests[0]?.market ?? 0;
  // Asked before anything is traded, so that the mark of this block knows nothing of it.
  const reduceOnly = requests.every((request) => request.reduceOnly);
  const now = priceFor(state, market, reduceOnly ? "REDUCE" : "OPEN");
  const price = now.phase === "AUCTION" ? { ...now, phase: enter(state, market, now) } : now;
  const rules = rulesOf(state, market);
  const matched = requests.map((request) => match(state, caller, account, request, rules, price));
  const resting = matched.flatMap(({ rest }) => (rest === undefined ? [] : [rest]));
  if (resting.length === 0) return matched.map(({ placement }) => placement);
  const reserved = (buy: boolean): bigint =>
    resting.reduce((sum, rest) => (rest.buy === buy ? sum + rest.size : sum), 0n);
  const epoch = reserve(state, account, market, reserved(true), reserved(false), caller);
  return matched.map(({ placement, rest }) =>
    rest === undefined ? placement : { ...placement, orderId: insert(state, market, account, epoch, rest, rules) },
  );
}

/** Lets a request take what it may; says what is to rest of it. */
function match(
  state: State,
  caller: string,
  account: number,
  request: OrderRequest,
  rules: BookRules,
  price: Price,
): { placement: Placement; rest: Remainder | undefined } {
  const { market, buy, kind, reduceOnly } = request;
  const band = admit(state, request, price);
  const limit = band === undefined ? 0n : limitTick(request, rules, price.mark, band);
  const size = checkedSize(state, account, request, rules);
  const mostMakers = boundOf(request.maxMakers);
  const taker: Taker = { market, account, caller, buy, reduceOnly, liquidation: false, limit, size, mostMakers };
  if (price.phase === "AUCTION") {
    // Rule of the collection: what arrives meets nothing, and may rest across the book; without a limit it lapses.
    return { placement: { orderId: 0n, filled: 0n, quote: 0n }, rest: remainder(state, taker, size, rules, true) };
  }
  if (kind === "POST_ONLY") {
    clearWay(state, taker, rules);
    return { placement: { orderId: 0n, filled: 0n, quote: 0n }, rest: remainder(state, taker, size, rules) };
  }
  const { filled, left, quote } = take(state, taker);
  refuseIf(kind === "FILL_OR_KILL" && left !== 0n, "NotFilledWhole", filled, filled + left);
  const placement = { orderId: 0n, filled, quote };
  return { placement, rest: kind === "LIMIT" ? remainder(state, taker, left, rules) : undefined };
}

/**
 * Nothing below the minimum rests, nothing off the grid, and nothing across the book (the bound on makers may have been reached) but
 * in an auction's collection.
 */
function remainder(
  state: State,
  taker: Taker,
  size: bigint,
  rules: BookRules,
  collected = false,
): Remainder | undefined {
  const { buy, limit, reduceOnly, market } = taker;
  if (size < rules.minimumSize || limit === 0n || limit > BigInt(LAST_TICK)) return undefined;
  if (!collected && crosses(buy, limit, bestTick(state, market, !buy))) return undefined;
  return { buy, tick: Number(limit), size, reduceOnly, collected };
}

function insert(
  state: State,
  market: number,
  account: number,
  epoch: number,
  { buy, tick, size, reduceOnly, collected }: Remainder,
  { tickSize }: BookRules,
): bigint {
  const opposite = bestTick(state, market, !buy);
  const across = !collected && crosses(buy, BigInt(tick), opposite);
  refuseIf(across, "BatchCrossesItself", BigInt(tick) * tickSize, BigInt(opposite) * tickSize);
  return orderId(append(state, market, buy, tick, { account, epoch, size, reduceOnly }));
}

/**
 * Between which prices a request may trade in a market that the guard holds, refused if its phase does not take it: an auction collects
 * what can rest, PAUSED and CLOSED let close and quote. Nowhere if it finds the clearing of an auction unfinished and lapses; one that
 * must trade or rest whole is refused instead.
 */
function admit(
  state: State,
  { market, kind, reduceOnly }: OrderRequest,
  { phase, index, mark }: Price,
): Band | undefined {
  if (phase === "AUCTION") {
    if (state.now >= auctionEnd(state, market)) {
      refuseIf(kind === "POST_ONLY" || kind === "FILL_OR_KILL", "AuctionClearing", market);
      return undefined;
    }
    const rests = kind === "LIMIT" || kind === "POST_ONLY";
    refuseIf(!rests, "NoTakersInAuction", market, ORDER_KINDS.indexOf(kind));
  } else {
    const opens = !reduceOnly && kind !== "POST_ONLY" && phase !== "OPEN" && phase !== "LIMITED";
    refuseIf(opens, "OpeningHalted", market, PHASES.indexOf(phase));
  }
  if (phase === "AUCTION") return clearingBand(state, market, index);
  const band = tradingBand(state, market, phase, index);
  // Rule of the way out (P14): who closes, and who makes a price for it, may go as far as the mark while the references are elsewhere.
  const reaches = (phase === "LIMITED" || phase === "PAUSED") && (reduceOnly || kind === "POST_ONLY");
  return reaches ? { low: min(band.low, mark), high: max(band.high, mark) } : band;
}

/**
 * The worst tick a request accepts, clipped to the band around the mark and to the guard's. Rounded towards the better price for the trader: a
 * buyer's down, a seller's up. Only the bound of a MARKET order need not lie on the grid.
 */
function limitTick(
  { market, buy, kind, price }: OrderRequest,
  rules: BookRules,
  mark: bigint,
  { low, high }: Band,
): bigint {
  const { tickSize, priceBand } = rules;
  if (kind !== "MARKET") {
    const tick = price / tickSize;
    const onGrid = tick !== 0n && tick <= BigInt(LAST_TICK) && tick * tickSize === price;
    refuseIf(!onGrid, "InvalidPrice", market, price, tickSize);
  }
  return buy
    ? min(down(price, tickSize), down(min(high, down(mark * (PPM + priceBand), PPM)), tickSize))
    : max(up(price, tickSize), up(max(low, up(mark * (PPM - priceBand), PPM)), tickSize));
}

/** Reduce-only sizes are clamped to the position and need not be whole lots, so that what a tear-up left odd can be closed. */
function checkedSize(state: State, account: number, request: OrderRequest, rules: BookRules): bigint {
  const { market, buy, reduceOnly, size } = request;
  const { lotSize, minimumSize } = rules;
  refuseIf(size === 0n, "InvalidSize", market, 0n, lotSize);
  if (reduceOnly) {
    const position = positionOf(state, account, market, lookAtMarket(state, market).fundingIndex).size;
    const reducible = buy ? -position : position;
    refuseIf(reducible <= 0n, "NothingToReduce", account, market, position);
    return min(size, reducible);
  }
  refuseIf(size % lotSize !== 0n, "InvalidSize", market, size, lotSize);
  refuseIf(size < minimumSize, "SizeBelowMinimum", market, size, minimumSize);
  return size;
}

/** A post-only order gives way to live orders only: void ones in its way are removed, within its bound. */
function clearWay(state: State, { market, buy, limit, size, mostMakers }: Taker, rules: BookRules): void {
  const { tickSize, minimumSize } = rules;
  refuseIf(limit === 0n || limit > BigInt(LAST_TICK), "InvalidPrice", market, limit * tickSize, tickSize);
  refuseIf(size < minimumSize, "SizeBelowMinimum", market, size, minimumSize);
  let left = mostMakers;
  for (const resting of walk(state, market, !buy)) {
    if (!crosses(buy, limit, resting.tick)) return;
    if (left-- === 0 || isLive(state, resting)) {
      throw new Refusal("WouldTake", limit * tickSize, BigInt(resting.tick) * tickSize);
    }
    remove(state, resting);
  }
}

/** The rules of a market's book. */
export function rulesOf(state: State, market: number): BookRules {
  const rules = state.bookRules.get(market);
  if (rules === undefined) throw new Refusal("MarketNotListed", market);
  return rules;
}

/** How many resting orders a call may meet. */
export function boundOf(asked: number): number {
  return asked === 0 || asked > MOST_MAKERS ? MOST_MAKERS : asked;
}
