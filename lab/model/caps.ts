import { down, min, positive, PPM, UNLIMITED, WAD } from "./arithmetic.js";
import { look } from "./health.js";
import { available } from "./insurance.js";
import { peek } from "./mark.js";
import type { CapRules } from "./parameters.js";
import { type DepthWindow, STATIC_CAP } from "./records.js";
import { Refusal, refuseIf } from "./refusal.js";
import type { State } from "./state.js";

/**
 * The cap on open interest: min(static cap, what the vaults can bear, what manipulation would cost) (section 5).
 */

/** An opening trade computes the cap anew if it is older than this, seconds. */
const LIFETIME = 60n;

/** Rule of the cap's grain: the cap in force counts in billionths of a unit. Down, against opening. */
export const CAP_UNIT = 10n ** 9n;
const LARGEST = (1n << 64n) - 1n;

/** Depth is the lowest of the span of five minutes that has begun and of six whole ones before it. */
const SPAN = 300n;
const SPANS = 7n;
const DEEPEST = (1n << 32n) - 1n;

/** Computes a market's cap anew. Anyone. */
export function refreshCap(state: State, market: number): void {
  const { status, openInterestCap } = state.rules.get(market);
  refuseIf(status === "UNLISTED", "UnknownMarket", market);
  if (!state.house.hasCaps) return;
  const { vaults, manipulation } = dynamicCaps(state, market);
  const cap = min(openInterestCap, min(vaults, manipulation));
  state.markets.change(market, { cap: min(down(cap, CAP_UNIT), LARGEST), cappedAt: state.now });
}

/** Puts a market's cap back to the static one, to be computed anew at the next chance if there is anything beside it. */
export function resetCap(state: State, market: number): void {
  const cap = min(down(state.rules.get(market).openInterestCap, CAP_UNIT), LARGEST);
  state.markets.change(market, { cap, cappedAt: state.house.hasCaps ? 0n : STATIC_CAP });
}

/** Refuses an opening that would take open interest past the cap. */
export function requireRoom(state: State, market: number, growth: bigint): void {
  if (state.now > state.markets.get(market).cappedAt + LIFETIME) refreshCap(state, market);
  const { longOpenInterest, cap } = state.markets.get(market);
  const openInterest = longOpenInterest + growth;
  if (openInterest <= cap * CAP_UNIT) return;
  throw new Refusal("OpenInterestCapExceeded", market, openInterest, cap * CAP_UNIT);
}

/** The lowest depth in a window. */
export function lowestDepth({ lows }: DepthWindow): bigint {
  return lows.reduce(min);
}

/** Takes note of the depth of now, if that bounds anything, and says what open interest could be borne, base. */
function dynamicCaps(state: State, market: number): { vaults: bigint; manipulation: bigint } {
  const rules = state.capRules.get(market);
  if (rules === undefined) return { vaults: UNLIMITED, manipulation: UNLIMITED };
  if (rules.kappa !== 0n) noteDepth(state, market, rules);
  return { vaults: bearable(state, market, rules), manipulation: manipulationCost(state, market, rules) };
}

/** Capital / (adverse move - maintenance): if every account of a side stood at maintenance, each would owe that much beyond its margin. */
function bearable(state: State, market: number, { adverseMove }: CapRules): bigint {
  const maintenance = state.rules.get(market).initialMarginRate / 2n;
  // With maintenance beyond the move, margin bears it all.
  if (adverseMove === 0n || adverseMove <= maintenance) return UNLIMITED;
  const { account } = state.exposures.get(market);
  const equity = account === 0 ? 0n : positive(look(state, account).equity);
  const capital = available(state, market) + equity;
  return inBase(state, market, down(capital * PPM, adverseMove - maintenance));
}

/** kappa * Q, Q the lowest quote depth of the spot source in the past half hour. */
function manipulationCost(state: State, market: number, { kappa }: CapRules): bigint {
  if (kappa === 0n) return UNLIMITED;
  return inBase(state, market, down(lowestDepth(state.depths.get(market)) * WAD * kappa, PPM));
}

/** Rule of the unseen span: one that nobody looked into counts as the lower of what was known before and of now. */
function noteDepth(state: State, market: number, { depthSource }: CapRules): void {
  const depth = min(depthNow(state, depthSource), DEEPEST);
  const { latest, lows } = state.depths.get(market);
  const span = state.now / SPAN;
  const known = lows[Number(latest % SPANS)] ?? 0n;
  const next = [...lows];
  if (span === latest) {
    next[Number(span % SPANS)] = min(known, depth);
  } else {
    const missed = min(span - latest, SPANS);
    for (let ago = 1n; ago < missed; ago++) next[Number((span - ago) % SPANS)] = min(known, depth);
    next[Number(span % SPANS)] = depth;
  }
  state.depths.set(market, { latest: span, lows: next });
}

/** Whole quote units; nothing unless the source is sure of itself. */
function depthNow(state: State, source: string): bigint {
  const reading = state.readings.get(source);
  return reading?.status === "OK" ? down(reading.depth, WAD) : 0n;
}

/** Nothing is bearable at a price of zero. Down. */
function inBase(state: State, market: number, quote: bigint): bigint {
  const { index } = peek(state, market);
  return index === 0n ? 0n : down(quote * WAD, index);
}
