import { abs, down, max, min, PPM, up, WAD } from "./arithmetic.js";
import { bestTick, crosses, isLive, LAST_TICK, ordersAt, remove, type Resting, shrink, worseTick } from "./book.js";
import { auctionEnd, type Band, minimumVolume, type Phase, PHASES, reopen, tradingBand } from "./market-guard.js";
import { lookAtMarket } from "./markets.js";
import { type Price, priceFor } from "./mark.js";
import { meet, writeBack } from "./matching.js";
import { boundOf, rulesOf } from "./orders.js";
import { positionOf } from "./positions.js";
import type { Auction, Cursor, Order } from "./records.js";
import { Refusal, refuseIf } from "./refusal.js";
import { giveBack, reserve } from "./reservations.js";
import type { State } from "./state.js";
import { settle } from "./trades.js";

/**
 * The call auction that reopens a market (section 5). Once it has stopped collecting, anyone may end it, as many orders at a time as
 * they like: first the crossing orders are counted, which gives the one price; then the longer side takes at it; then what still lies
 * across the book lapses.
 */

/** Most orders of an ended auction that the next order clears away before it is dealt with itself. */
const CARRIED = 32;

/** One call on its way: how many more orders it may meet. */
interface Run {
  readonly market: number;
  left: number;
  auction: Auction;
}

/** Ends an auction, or goes on ending it. Returns whether it is over. */
export function uncross(state: State, market: number, mostOrders: number): boolean {
  const { phase, index } = priceFor(state, market, "OPEN");
  refuseIf(phase !== "AUCTION", "NoAuction", market, PHASES.indexOf(phase));
  const end = auctionEnd(state, market);
  // Reopened in this very block: its price still says auction, the next one's will not.
  refuseIf(end === 0n, "NoAuction", market, PHASES.indexOf("OPEN"));
  refuseIf(state.now < end, "AuctionNotOver", market, end);
  // An order that takes and one it meets: less would get nowhere.
  return clear(state, market, Math.max(boundOf(mostOrders), 2), index);
}

/**
 * What a market in an auction is to whoever sends the next order. Rule of the next order: once the collection has ended, it carries
 * on the clearing by so many orders; if that ends it, or somebody did in this very block, it finds the market as if LIMITED.
 */
export function enter(state: State, market: number, { validity, index }: Price): Phase {
  const end = auctionEnd(state, market);
  if (end === 0n) return "LIMITED";
  if (state.now < end) return "AUCTION";
  refuseIf(validity !== "VALID", "AuctionClearing", market);
  return clear(state, market, CARRIED, index) ? "LIMITED" : "AUCTION";
}

/** Goes on with the stages, by so many orders. */
function clear(state: State, market: number, left: number, index: bigint): boolean {
  const run: Run = { market, left, auction: state.auctions.get(market) ?? begin(state, market, index) };
  if (run.auction.stage === "PRICING") count(state, run);
  if (run.auction.stage === "PRICING" && run.left !== 0) fixPrice(state, run);
  if (run.auction.stage === "MATCHING") deal(state, run);
  const done = run.auction.stage === "LAPSING" && lapse(state, run);
  state.auctions.set(market, done ? undefined : run.auction);
  if (!done) return false;
  const { clearing, executed } = run.auction;
  const price = BigInt(clearing) * rulesOf(state, market).tickSize;
  reopen(state, market, counts(state, market, executed, price) ? price : index, index);
  return true;
}

// ---- the price ----

/** Where an auction may clear. Rule: in the guard's band around the index, and no farther from that than the mark may be. */
export function clearingBand(state: State, market: number, index: bigint): Band {
  const { low, high } = tradingBand(state, market, "AUCTION", index);
  const reach = state.markRules.get(market)?.band ?? 0n;
  return { low: max(low, up(index * (PPM - reach), PPM)), high: min(high, down(index * (PPM + reach), PPM)) };
}

function begin(state: State, market: number, price: bigint): Auction {
  const { tickSize } = rulesOf(state, market);
  const band = clearingBand(state, market, price);
  const index = tickWithin(down(price + tickSize / 2n, tickSize));
  return {
    stage: "PRICING",
    // A band narrower than a tick leaves the index alone.
    low: Math.min(tickWithin(up(band.low, tickSize)), index),
    high: Math.max(tickWithin(down(band.high, tickSize)), index),
    index,
    bid: firstAt(state, market, true, bestTick(state, market, true)),
    ask: firstAt(state, market, false, bestTick(state, market, false)),
    lastBid: 0,
    lastAsk: 0,
    counted: 0n,
    clearing: 0,
    bidsTake: false,
    executed: 0n,
  };
}

/**
 * Pairs bids and asks from their best on. What can be paired is the largest volume any price gives, and the prices that give it lie
 * between the last ask and the last bid paired. Rule of one's own: of two orders of one account the ask is passed over.
 */
function count(state: State, run: Run): void {
  while (run.left !== 0) {
    const bid = stand(state, run, true);
    if (run.left === 0) return;
    const ask = stand(state, run, false);
    if (run.left === 0 || bid === undefined || ask === undefined) return;
    const { auction } = run;
    const [bidTick, askTick] = [Math.min(bid.tick, auction.high), Math.max(ask.tick, auction.low)];
    if (bidTick < askTick) return;
    run.left -= 1;
    if (bid.order.account === ask.order.account) {
      next(state, run, ask);
      continue;
    }
    const [bidUsed, askUsed] = [auction.bid?.used ?? 0n, auction.ask?.used ?? 0n];
    const size = min(bid.order.size - bidUsed, ask.order.size - askUsed);
    run.auction = {
      ...auction,
      lastBid: bidTick,
      lastAsk: askTick,
      counted: auction.counted + size,
      bid: auction.bid && { ...auction.bid, used: bidUsed + size },
      ask: auction.ask && { ...auction.ask, used: askUsed + size },
    };
    if (bidUsed + size === bid.order.size) next(state, run, bid);
    if (askUsed + size === ask.order.size) next(state, run, ask);
  }
}

/**
 * Rule of the price: of those that give the largest volume the one nearest the index; the index itself if nothing can be paired, or
 * too little. Rule of the longer side: the one with an order paired in part, or else the one that still crosses the price.
 */
function fixPrice(state: State, run: Run): void {
  const { auction, market } = run;
  const { lastBid, lastAsk, index, counted, bid } = auction;
  const nearest = counted === 0n ? index : Math.max(lastAsk, Math.min(lastBid, index));
  const price = BigInt(nearest) * rulesOf(state, market).tickSize;
  const clearing = counts(state, market, counted, price) ? nearest : index;
  const bidsTake = bid !== undefined && (bid.used !== 0n || bid.tick >= clearing);
  run.auction = { ...auction, clearing, bidsTake, stage: "MATCHING" };
}

/** Whether a volume at a price is enough for the price to count. */
function counts(state: State, market: number, size: bigint, price: bigint): boolean {
  return down(size * price, WAD) >= minimumVolume(state, market) * WAD;
}

/** The first live order from a side's cursor on that the band lets trade. Rule of the gaps: each void or absent one costs as much as a live one. */
function stand(state: State, run: Run, bid: boolean): Resting | undefined {
  const { market } = run;
  while (run.left !== 0) {
    const cursor = bid ? run.auction.bid : run.auction.ask;
    if (cursor === undefined) return undefined;
    const { tick, index } = cursor;
    if (bid ? tick < run.auction.low : tick > run.auction.high) {
      move(run, bid, undefined);
      return undefined;
    }
    const order = ordersAt(state, market, bid, tick).find((other) => other.index === index);
    const resting = order && { market, bid, tick, order };
    if (resting !== undefined && isLive(state, resting)) return resting;
    run.left -= 1;
    if (resting !== undefined) next(state, run, resting);
    else move(run, bid, afterGone(state, market, bid, tick, index));
  }
  return undefined;
}

function next(state: State, run: Run, { market, bid, tick, order }: Resting): void {
  const follower = ordersAt(state, market, bid, tick).find(({ index }) => index > order.index);
  if (follower === undefined) move(run, bid, firstAt(state, market, bid, worseTick(state, market, bid, tick)));
  else move(run, bid, { tick, index: follower.index, used: 0n });
}

/** Where to look on after an order that left the book between two calls: at the numbers after its own. */
function afterGone(state: State, market: number, bid: boolean, tick: number, index: number): Cursor | undefined {
  const orders = ordersAt(state, market, bid, tick);
  const [first, last] = [orders[0], orders[orders.length - 1]];
  if (first === undefined || last === undefined || index >= last.index) {
    return firstAt(state, market, bid, worseTick(state, market, bid, tick));
  }
  return { tick, index: first.index > index ? first.index : index + 1, used: 0n };
}

function firstAt(state: State, market: number, bid: boolean, tick: number): Cursor | undefined {
  const [first] = ordersAt(state, market, bid, tick);
  return tick === 0 || first === undefined ? undefined : { tick, index: first.index, used: 0n };
}

function move(run: Run, bid: boolean, cursor: Cursor | undefined): void {
  run.auction = bid ? { ...run.auction, bid: cursor } : { ...run.auction, ask: cursor };
}

// ---- the deal ----

/** Lets the longer side's orders take in price-time order until no two orders cross the price. */
function deal(state: State, run: Run): void {
  const { market } = run;
  const { bidsTake: buy, clearing } = run.auction;
  while (run.left !== 0) {
    const tick = bestTick(state, market, buy);
    const takes = crosses(!buy, BigInt(clearing), tick);
    if (!takes || !crosses(buy, BigInt(clearing), bestTick(state, market, !buy))) {
      run.auction = { ...run.auction, stage: "LAPSING" };
      return;
    }
    run.left -= 1;
    const [order] = ordersAt(state, market, buy, tick);
    if (order === undefined) return;
    const resting = { market, bid: buy, tick, order };
    if (isLive(state, resting)) dealWith(state, run, resting);
    else remove(state, resting);
  }
}

/**
 * One order takes what crosses, at the one price. Rule of the order that takes: what it is about to take is given back before it is
 * settled, since it would count twice, and what it did not get is reserved again. One whose account fails leaves the book, and the
 * makers it would have met stay as they were; so does what a reduce-only order holds beyond its position.
 */
function dealWith(state: State, run: Run, resting: Resting): void {
  const { market, bid: buy, order } = resting;
  const { account } = order;
  const { owner } = state.accounts.get(account);
  const limit = BigInt(run.auction.clearing);
  const price = limit * rulesOf(state, market).tickSize;
  let remaining = wantedBy(state, resting);
  let dealt = 0n;
  let free = 0n; // Given back, and not dealt.
  let gone = false;
  while (!gone && remaining !== 0n && run.left !== 0) {
    const met = meet(state, { market, buy, limit }, remaining, run.left).map((one) => ({
      ...one,
      candidate: { ...one.candidate, price },
    }));
    if (met.length === 0) break;
    const sum = met.reduce((all, { candidate }) => all + candidate.size, 0n);
    if (sum > free) returnReserved(state, resting, order, sum - free);
    free = max(free, sum);
    run.left -= met.length;
    const candidates = met.map(({ candidate }) => candidate);
    const { reduceOnly } = order;
    const trade = { market, taker: account, caller: owner, buy, reduceOnly, liquidation: false, candidates };
    const accepted = attempt(state, () => settle(state, trade));
    gone = accepted === undefined;
    for (const { size } of writeBack(state, accepted === undefined ? [] : met, accepted ?? [])) {
      remaining -= size;
      dealt += size;
      free -= size;
      // At the one price, wherever the orders lay.
      state.lastTraded.set(market, run.auction.clearing);
    }
    // A touch may have rounded the position to a wei less.
    remaining = min(remaining, wantedBy(state, resting));
  }
  run.auction = { ...run.auction, executed: run.auction.executed + dealt };
  const left = order.size - dealt;
  gone ||= remaining === 0n && left !== 0n;
  if (!gone && left !== 0n && free !== 0n) {
    const [bids, asks] = buy ? [free, 0n] : [0n, free];
    gone = attempt(state, () => reserve(state, account, market, bids, asks, owner)) === undefined;
    if (!gone) free = 0n;
  }
  if (gone) returnReserved(state, resting, order, left - free);
  if (gone || left === 0n) remove(state, resting);
  else shrink(state, resting, left);
}

/** What an order may take: a reduce-only one no more than the position it closes. */
function wantedBy(state: State, { market, bid, order }: Resting): bigint {
  if (!order.reduceOnly) return order.size;
  const { size } = positionOf(state, order.account, market, lookAtMarket(state, market).fundingIndex);
  return size !== 0n && size < 0n === bid ? min(order.size, abs(size)) : 0n;
}

/** Does something, or leaves nothing of it if it is refused. */
function attempt<T>(state: State, action: () => T): T | undefined {
  const { position } = state.journal;
  try {
    return action();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    state.journal.rollBack(position);
    return undefined;
  }
}

// ---- what is left ----

/**
 * After the deal one side has nothing left at the price or better, so what lies across is the other side's and away from the price:
 * it could not be dealt at and leaves. Returns whether the book no longer lies across itself.
 */
function lapse(state: State, run: Run): boolean {
  const { market } = run;
  while (run.left !== 0) {
    const [bidTick, askTick] = [bestTick(state, market, true), bestTick(state, market, false)];
    if (bidTick === 0 || askTick === 0 || bidTick < askTick) return true;
    run.left -= 1;
    const bid = askTick > run.auction.clearing;
    const tick = bid ? bidTick : askTick;
    const [order] = ordersAt(state, market, bid, tick);
    if (order === undefined) return true;
    const resting = { market, bid, tick, order };
    if (isLive(state, resting)) returnReserved(state, resting, order, order.size);
    remove(state, resting);
  }
  return false;
}

function returnReserved(state: State, { market, bid }: Resting, { account, epoch }: Order, size: bigint): void {
  giveBack(state, account, market, bid ? size : 0n, bid ? 0n : size, epoch);
}

function tickWithin(tick: bigint): number {
  return Number(max(1n, min(tick, BigInt(LAST_TICK))));
}
