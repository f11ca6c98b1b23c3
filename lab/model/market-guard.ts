import { clamp, down, max, PPM, UNLIMITED, up } from "./arithmetic.js";
import { towards } from "./exponential.js";
import type { GuardRules } from "./parameters.js";
import type { GuardState } from "./records.js";
import { refuseIf, refuseUnless } from "./refusal.js";
import type { State } from "./state.js";

/**
 * Limit-up limit-down (section 5): a market whose own book has left everything else behind is limited, then paused, and reopens by a
 * call auction.
 */

/** What the guard lets the book do; the chain's number is the place in the list. */
export const PHASES = ["OPEN", "LIMITED", "PAUSED", "AUCTION", "CLOSED"] as const;
export type Phase = (typeof PHASES)[number];

/** Between which prices the book may trade. */
export interface Band {
  readonly low: bigint;
  readonly high: bigint;
}

/** A market as its guard sees it in a block. */
export interface Guarded extends Band {
  readonly phase: Phase;
}

const EVERYWHERE: Band = { low: 0n, high: UNLIMITED };
const HOUR = 3_600n;
const HOURS_A_WEEK = 168n;

/** Time 0 was a Thursday: three days into a week that begins on Monday. */
const FIRST_HOUR = 72n;

/** Takes note of the price the book quotes, 0 for none. Once a block, by the mark. */
export function observe(state: State, market: number, observed: bigint, index: bigint): Guarded {
  const rules = rulesOf(state, market);
  if (rules === undefined || index === 0n) return { phase: "OPEN", ...EVERYWHERE };
  const next = stepped(rules, state.guards.get(market), state.now, observed, index);
  state.guards.set(market, next);
  return { phase: next.phase, ...bandIn(rules, next, next.phase, index) };
}

/** What `observe` would find, written nowhere. */
export function foresee(state: State, market: number, observed: bigint, index: bigint): Guarded {
  const rules = rulesOf(state, market);
  if (rules === undefined || index === 0n) return { phase: "OPEN", ...EVERYWHERE };
  const next = stepped(rules, state.guards.get(market), state.now, observed, index);
  return { phase: next.phase, ...bandIn(rules, next, next.phase, index) };
}

/** Between which prices the book may trade in a phase. Rounded inwards. */
export function tradingBand(state: State, market: number, phase: Phase, index: bigint): Band {
  const rules = rulesOf(state, market);
  return rules === undefined ? EVERYWHERE : bandIn(rules, state.guards.get(market), phase, index);
}

/** When the market's auction stops collecting; 0 without one. */
export function auctionEnd(state: State, market: number): bigint {
  const { phase, until } = state.guards.get(market);
  return phase === "AUCTION" ? until : 0n;
}

/** What an auction must match for its price to count, whole quote units. */
export function minimumVolume(state: State, market: number): bigint {
  return state.guardRules.get(market)?.minimumVolume ?? 0n;
}

/** Ends an auction: the market is open from the next block on, and measured from a price. */
export function reopen(state: State, market: number, price: bigint, index: bigint): void {
  const { phase, until } = state.guards.get(market);
  const over = phase === "AUCTION" && state.now >= until;
  refuseUnless(over, "NoAuctionToEnd", market, PHASES.indexOf(phase), until);
  state.guards.set(market, {
    phase: "OPEN",
    limited: 0n,
    until: 0n,
    observedAt: state.now,
    bookAverage: price,
    indexAverage: index,
  });
}

/**
 * Pauses a market. Rule of the guardian: closed hours stay as they are, an auction that collects goes on collecting, and one whose
 * collection has ended is not put off.
 */
export function pauseMarket(state: State, market: number): void {
  const rules = rulesOf(state, market);
  const guard = state.guards.get(market);
  if (rules === undefined || guard.phase === "CLOSED") return;
  if (guard.phase === "AUCTION") {
    refuseIf(state.now >= guard.until, "AuctionUnderWay", market, guard.until);
    state.guards.set(market, { ...guard, until: state.now + rules.auctionTime });
  } else {
    state.guards.set(market, { ...guard, phase: "PAUSED", until: state.now + rules.pauseTime });
  }
}

/** A market without a band is not guarded. */
function rulesOf(state: State, market: number): GuardRules | undefined {
  if (!state.house.hasGuard) return undefined;
  const rules = state.guardRules.get(market);
  return rules?.band === 0n ? undefined : rules;
}

/**
 * The guard one block on. Rule of precedence: an auction is never interrupted, then closed hours, which end in an auction, then time.
 * OPEN is left by the first price outside the band, and LIMITED by the first inside, or for PAUSED once its time is over.
 */
function stepped(rules: GuardRules, guard: GuardState, now: bigint, observed: bigint, index: bigint): GuardState {
  if (guard.phase === "AUCTION") return guard;
  if (isClosed(rules, now)) return { ...guard, phase: "CLOSED", until: 0n };
  const paused = guard.phase === "PAUSED";
  if (guard.phase === "CLOSED" || (paused && now >= guard.until)) {
    return { ...guard, phase: "AUCTION", until: now + rules.auctionTime };
  }
  if (paused || observed === 0n) return guard;
  const known = guard.bookAverage === 0n ? { ...guard, bookAverage: index, indexAverage: index } : guard;
  const { low, high } = aroundReferences(rules, known, index);
  if (observed < low || observed > high) return outside(rules, known, now);
  return known.phase === "LIMITED" ? returned(rules, known, now) : learned(rules, known, now, observed, index);
}

/**
 * Rule of the limit time: what was spent LIMITED adds up, and is forgotten when the market has been OPEN for a whole window. Whoever is
 * outside when all of it is spent is paused.
 */
function outside(rules: GuardRules, guard: GuardState, now: bigint): GuardState {
  const spent = guard.phase === "OPEN" ? remembered(guard, now) : rules.limitTime - max(guard.until - now, 0n);
  if (spent >= rules.limitTime) return { ...guard, phase: "PAUSED", until: now + rules.pauseTime };
  return guard.phase === "OPEN" ? { ...guard, phase: "LIMITED", until: now + rules.limitTime - spent } : guard;
}

/** What an OPEN market has spent LIMITED and is not forgotten. */
function remembered({ limited, until }: GuardState, now: bigint): bigint {
  return now < until ? limited : 0n;
}

/** Rule of the return: the block that comes back from LIMITED opens the market and teaches the references nothing. */
function returned(rules: GuardRules, guard: GuardState, now: bigint): GuardState {
  const limited = max(rules.limitTime - max(guard.until - now, 0n), 0n);
  return { ...guard, phase: "OPEN", limited, until: now + rules.window, observedAt: now };
}

/** Rule of the references: they stand still while the price is outside; the first sample moves neither. */
function learned(rules: GuardRules, guard: GuardState, now: bigint, observed: bigint, index: bigint): GuardState {
  const elapsed = guard.observedAt === 0n ? 0n : now - guard.observedAt;
  const limited = remembered(guard, now);
  return {
    phase: "OPEN",
    limited,
    until: now < guard.until ? guard.until : 0n,
    observedAt: now,
    bookAverage: towards(guard.bookAverage, observed, elapsed, rules.window),
    indexAverage: towards(guard.indexAverage, index, elapsed, rules.window),
  };
}

/** Rule of the phases' bands: the index alone is trusted in an auction and in closed hours, otherwise the references. */
function bandIn(rules: GuardRules, guard: GuardState, phase: Phase, index: bigint): Band {
  if (phase === "OPEN") return EVERYWHERE;
  if (phase === "CLOSED") return around(index, index, rules.closedBand);
  if (phase === "AUCTION" || guard.bookAverage === 0n) return around(index, index, rules.band);
  return aroundReferences(rules, guard, index);
}

/** Rule of the two references: the book's own average, and that average carried along with what the index has done since. */
function aroundReferences(rules: GuardRules, { bookAverage, indexAverage }: GuardState, index: bigint): Band {
  const carried = down(bookAverage * index, indexAverage);
  return bookAverage < carried ? around(bookAverage, carried, rules.band) : around(carried, bookAverage, rules.band);
}

function around(lower: bigint, upper: bigint, band: bigint): Band {
  return { low: up(lower * (PPM - band), PPM), high: down(upper * (PPM + band), PPM) };
}

/** Only a market with a band for closed hours has any. */
function isClosed({ closedBand, closedHours }: GuardRules, now: bigint): boolean {
  if (closedBand === 0n) return false;
  const hour = (now / HOUR + FIRST_HOUR) % HOURS_A_WEEK;
  return ((closedHours >> hour) & 1n) !== 0n;
}

/** A quote as the phase lets it count: in LIMITED and CLOSED inside the band, in PAUSED and AUCTION, when quotes bind nobody, the index. */
export function trusted({ phase, low, high }: Guarded, quote: bigint, index: bigint): bigint {
  if (phase === "OPEN") return quote;
  return quotesBind(phase) ? clamp(quote, low, high) : index;
}

/** Whether who rests in the book can be traded with at once by all who are to. */
export function quotesBind(phase: Phase): boolean {
  return phase !== "PAUSED" && phase !== "AUCTION";
}
