import { clamp, down, max, middle, min, positive, PPM, towardsZero, up, WAD } from "./arithmetic.js";
import { impactPrices, quotes } from "./book.js";
import { towards } from "./exponential.js";
import { failureOf, type IndexPrice, lookAtIndex, updateIndex } from "./index-price.js";
import { foresee, type Guarded, observe, type Phase, PHASES, quotesBind, trusted } from "./market-guard.js";
import type { MarkRules } from "./parameters.js";
import { Refusal } from "./refusal.js";
import type { Averages, PriceSnapshot } from "./records.js";
import { SOURCE_STATUSES } from "./source-status.js";
import type { State } from "./state.js";
import { type Action, ACTIONS, allows, VALIDITIES, type Validity } from "./validity.js";

export type { Action, Validity } from "./validity.js";

/** A market's prices of one block. Quote per base, WAD; the premium a fraction of the index. */
export interface Price {
  readonly mark: bigint;
  readonly index: bigint;
  readonly premium: bigint;
  readonly confidence: bigint;
  readonly validity: Validity;
  /** What the market guard lets the book do. */
  readonly phase: Phase;
}

/** What a book quotes: its mid, and the median of best bid, best ask and last trade. */
interface Quoted {
  readonly mid: bigint;
  readonly quoted: bigint;
}

const NOTHING_QUOTED: Quoted = { mid: 0n, quoted: 0n };

/** Resolutions of what a block's prices keep: premium 2e-9 and its average 1e-12 of the index, confidence 0.01 %. */
const PREMIUM_UNIT = 2n * 10n ** 9n;
const AVERAGE_UNIT = 10n ** 6n;
const CONFIDENCE_UNIT = 10_000n;

/**
 * The price for an action, refused as the validity ladder says (section 5). Rule of the block: index and mark are computed once a
 * block, by whoever asks first, from the book as the block found it.
 */
export function priceFor(state: State, market: number, action: Action): Price {
  let snapshot = state.snapshots.get(market);
  if (snapshot.updatedAt !== state.now) {
    const next = advance(state, market, snapshot, updateIndex(state, market), observe);
    snapshot = next.snapshot;
    if (snapshot.mark !== 0n) {
      state.snapshots.set(market, snapshot);
      if (next.averages !== undefined) state.averages.set(market, next.averages);
    }
  }
  const price = priceOf(snapshot);
  const needless = price.mark === 0n && (action === "DEPOSIT" || action === "CANCEL");
  if (needless || (price.mark !== 0n && allows(action, price.validity))) return price;
  const failure = failureOf(state, market);
  const source = failure?.source.split("/")[0] ?? `0x${"0".repeat(40)}`;
  const status = SOURCE_STATUSES.indexOf(failure?.status ?? "OK");
  throw new Refusal("PriceNotUsable", market, ACTIONS.indexOf(action), snapshot.validity, source, status);
}

/** What was seen last of each market, and when: without a write since, it is still so. */
const seen = new WeakMap<State, Map<number, { version: number; now: bigint; price: Price }>>();

/** The price of now, whatever its validity, written nowhere. */
export function peek(state: State, market: number): Price {
  const snapshot = state.snapshots.get(market);
  if (snapshot.updatedAt === state.now) return priceOf(snapshot);
  const known = seen.get(state) ?? new Map<number, { version: number; now: bigint; price: Price }>();
  const { version } = state.journal;
  const last = known.get(market);
  if (last?.version === version && last.now === state.now) return last.price;
  const price = priceOf(advance(state, market, snapshot, lookAtIndex(state, market), foresee).snapshot);
  seen.set(state, known.set(market, { version, now: state.now, price }));
  return price;
}

function advance(
  state: State,
  market: number,
  last: PriceSnapshot,
  found: IndexPrice,
  ask: typeof observe,
): { snapshot: PriceSnapshot; averages: Averages | undefined } {
  const rules = state.markRules.get(market);
  const index: IndexPrice = rules === undefined ? { ...found, validity: "INVALID" } : found;
  // The first price must be VALID; under STALE and INVALID neither averages nor mark move.
  const moves = index.validity === "VALID" || (index.validity === "UNCERTAIN" && last.mark !== 0n);
  const book = moves ? bookPrices(state, market, index.value) : NOTHING_QUOTED;
  const guarded = ask(state, market, observed(book, index), index.value);
  const common = {
    updatedAt: state.now,
    confidence: coarse(index),
    validity: VALIDITIES.indexOf(index.validity),
    phase: PHASES.indexOf(guarded.phase),
  };
  if (!moves || rules === undefined) return { snapshot: { ...last, ...common }, averages: undefined };
  const { mark, averages } = markOf(state, market, rules, last, index.value, book, guarded);
  const sampled = withPremium(state, market, rules, averages, index, guarded.phase);
  const premium = towardsZero(sampled.premium, PREMIUM_UNIT / AVERAGE_UNIT);
  return { snapshot: { ...common, mark, index: index.value, premium }, averages: sampled };
}

/**
 * What the guard is told of the book: what it quotes before the mark's band and speed limit, between half and twice the index; nothing
 * while the index is not VALID, for then there is nothing to hold it against.
 */
function observed({ quoted }: Quoted, { value, validity }: IndexPrice): bigint {
  return validity === "VALID" ? clamp(quoted, down(value, 2n), value * 2n) : 0n;
}

/** Confidence in 0.01 % of the index. Up, against trust. */
function coarse({ value, confidence }: IndexPrice): bigint {
  return value === 0n ? 0n : up(confidence * CONFIDENCE_UNIT, value);
}

function priceOf({ mark, index, premium, confidence, validity, phase }: PriceSnapshot): Price {
  return {
    mark,
    index,
    premium: premium * PREMIUM_UNIT,
    confidence: down(index * confidence, CONFIDENCE_UNIT),
    validity: VALIDITIES[validity] ?? "INVALID",
    phase: PHASES[phase] ?? "OPEN",
  };
}

/**
 * Mark = median of (a) index + EMA(book mid - index), (b) median(best bid, best ask, last), (c) a perpetual elsewhere if there is one,
 * else index + EMA of (b); then into the band around the index, in closed hours the guard's too, then under the speed limit. Rule of the one-sided book: without both a bid and an ask it quotes the index.
 */
function markOf(
  state: State,
  market: number,
  rules: MarkRules,
  last: PriceSnapshot,
  index: bigint,
  book: Quoted,
  guarded: Guarded,
): { mark: bigint; averages: Averages } {
  const before = state.averages.get(market);
  const elapsed = last.mark === 0n ? 0n : state.now - last.updatedAt;
  // The band is rounded inwards.
  const closed = guarded.phase === "CLOSED";
  const low = max(up(index * (PPM - rules.band), PPM), closed ? guarded.low : 0n);
  const widest = down(index * (PPM + rules.band), PPM);
  const high = closed ? min(widest, guarded.high) : widest;
  const mid = trusted(guarded, book.mid, index);
  const quoted = trusted(guarded, book.quoted, index);
  // Rule of the clamped sample: what the book says is brought into the band before it enters an average.
  const averages = {
    ...before,
    mid: towards(before.mid, clamp(mid, low, high) - index, elapsed, rules.midTau),
    quoted: towards(before.quoted, clamp(quoted, low, high) - index, elapsed, rules.quoteTau),
  };
  const smoothed = (basis: bigint): bigint => positive(index + basis);
  const third = perpetual(state, market) ?? smoothed(averages.quoted);
  const found = clamp(middle(smoothed(averages.mid), quoted, third), low, high);
  if (last.mark === 0n) return { mark: found, averages };
  // Rule of precedence: where band and speed disagree, because the index has jumped, the speed limit holds. Down: a little slower.
  const room = down(last.mark * elapsed * rules.speed, PPM);
  return { mark: clamp(found, positive(last.mark - room), last.mark + room), averages };
}

/** A perpetual elsewhere, if there is one and its word is usable. */
function perpetual(state: State, market: number): bigint | undefined {
  const reading = state.readings.get(state.perpetuals.get(market) ?? "");
  return reading?.status === "OK" && reading.price !== 0n && reading.price >> 88n === 0n ? reading.price : undefined;
}

/** Mid and quoted price of the book; the mid is rounded down. */
function bookPrices(state: State, market: number, index: bigint): Quoted {
  const { bid, ask, last } = quotes(state, market);
  if (bid === 0n || ask === 0n) return { mid: index, quoted: index };
  const mid = down(bid + ask, 2n);
  return { mid, quoted: last === 0n ? mid : middle(bid, ask, last) };
}

/**
 * Takes the impact premium into its time-weighted average. Rules: a sample is due every `premiumInterval` seconds and only while
 * the index is VALID; the first due moment takes none, since nothing is known of the time before it. While quotes bind nobody it is 0.
 */
function withPremium(
  state: State,
  market: number,
  rules: MarkRules,
  averages: Averages,
  index: IndexPrice,
  phase: Phase,
): Averages {
  const elapsed = state.now - averages.sampledAt;
  if (elapsed < rules.premiumInterval || index.validity !== "VALID") return averages;
  if (averages.sampledAt === 0n) return { ...averages, sampledAt: state.now };
  const premium = quotesBind(phase) ? impactPremium(state, market, rules, index.value) : 0n;
  const sample = towardsZero(premium, AVERAGE_UNIT);
  return {
    ...averages,
    premium: towards(averages.premium, sample, elapsed, rules.premiumTau),
    sampledAt: state.now,
  };
}

/** (max(0, impact bid - index) - max(0, index - impact ask)) / index, each within the band; 0 for an empty side. Towards zero. */
function impactPremium(state: State, market: number, rules: MarkRules, index: bigint): bigint {
  const { bid, ask } = impactPrices(state, market, rules.impactNotional * WAD, rules.impactOrders);
  const bound = down(index * rules.band, PPM);
  const above = min(positive(bid - index), bound);
  const below = ask === 0n ? 0n : min(max(index - ask, 0n), bound);
  return towardsZero((above - below) * WAD, index);
}
