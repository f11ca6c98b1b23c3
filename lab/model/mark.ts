import { clamp, down, max, middle, min, positive, PPM, towardsZero, up, WAD } from "./arithmetic.js";
import { impactPrices, quotes } from "./book.js";
import { exp } from "./exponential.js";
import { failureOf, type IndexPrice, lookAtIndex, updateIndex } from "./index-price.js";
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
}

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
    const next = advance(state, market, snapshot, updateIndex(state, market));
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
  const price = priceOf(advance(state, market, snapshot, lookAtIndex(state, market)).snapshot);
  seen.set(state, known.set(market, { version, now: state.now, price }));
  return price;
}

function advance(
  state: State,
  market: number,
  last: PriceSnapshot,
  found: IndexPrice,
): { snapshot: PriceSnapshot; averages: Averages | undefined } {
  const rules = state.markRules.get(market);
  const index: IndexPrice = rules === undefined ? { ...found, validity: "INVALID" } : found;
  const common = { updatedAt: state.now, confidence: coarse(index), validity: VALIDITIES.indexOf(index.validity) };
  // The first price must be VALID; under STALE and INVALID neither averages nor mark move.
  const moves = index.validity === "VALID" || (index.validity === "UNCERTAIN" && last.mark !== 0n);
  if (!moves || rules === undefined) return { snapshot: { ...last, ...common }, averages: undefined };
  const { mark, averages } = markOf(state, market, rules, last, index.value);
  const sampled = withPremium(state, market, rules, averages, index);
  const premium = towardsZero(sampled.premium, PREMIUM_UNIT / AVERAGE_UNIT);
  return { snapshot: { ...common, mark, index: index.value, premium }, averages: sampled };
}

/** Confidence in 0.01 % of the index. Up, against trust. */
function coarse({ value, confidence }: IndexPrice): bigint {
  return value === 0n ? 0n : up(confidence * CONFIDENCE_UNIT, value);
}

function priceOf({ mark, index, premium, confidence, validity }: PriceSnapshot): Price {
  return {
    mark,
    index,
    premium: premium * PREMIUM_UNIT,
    confidence: down(index * confidence, CONFIDENCE_UNIT),
    validity: VALIDITIES[validity] ?? "INVALID",
  };
}

/**
 * Mark = median of (a) index + EMA(book mid - index), (b) median(best bid, best ask, last), (c) index + EMA of (b); then into the
 * band around the index, then under the speed limit. Rule of the one-sided book: without both a bid and an ask it quotes the index.
 */
function markOf(
  state: State,
  market: number,
  rules: MarkRules,
  last: PriceSnapshot,
  index: bigint,
): { mark: bigint; averages: Averages } {
  const before = state.averages.get(market);
  const elapsed = last.mark === 0n ? 0n : state.now - last.updatedAt;
  // The band is rounded inwards.
  const low = up(index * (PPM - rules.band), PPM);
  const high = down(index * (PPM + rules.band), PPM);
  const { mid, quoted } = bookPrices(state, market, index);
  // Rule of the clamped sample: what the book says is brought into the band before it enters an average.
  const averages = {
    ...before,
    mid: towards(before.mid, clamp(mid, low, high) - index, elapsed, rules.midTau),
    quoted: towards(before.quoted, clamp(quoted, low, high) - index, elapsed, rules.quoteTau),
  };
  const smoothed = (basis: bigint): bigint => positive(index + basis);
  const found = clamp(middle(smoothed(averages.mid), quoted, smoothed(averages.quoted)), low, high);
  if (last.mark === 0n) return { mark: found, averages };
  // Rule of precedence: where band and speed disagree, because the index has jumped, the speed limit holds. Down: a little slower.
  const room = down(last.mark * elapsed * rules.speed, PPM);
  return { mark: clamp(found, positive(last.mark - room), last.mark + room), averages };
}

/** Mid and quoted price of the book; the mid is rounded down. */
function bookPrices(state: State, market: number, index: bigint): { mid: bigint; quoted: bigint } {
  const { bid, ask, last } = quotes(state, market);
  if (bid === 0n || ask === 0n) return { mid: index, quoted: index };
  const mid = down(bid + ask, 2n);
  return { mid, quoted: last === 0n ? mid : middle(bid, ask, last) };
}

/** An average moved towards a sample that held for `elapsed` seconds: by 1 - exp(-elapsed / tau). Towards the old average. */
function towards(average: bigint, sample: bigint, elapsed: bigint, tau: bigint): bigint {
  const kept = exp(-towardsZero(elapsed * WAD, tau));
  return average + towardsZero((sample - average) * (WAD - kept), WAD);
}

/**
 * Takes the impact premium into its time-weighted average. Rules: a sample is due every `premiumInterval` seconds and only while
 * the index is VALID; the first due moment takes none, since nothing is known of the time before it.
 */
function withPremium(state: State, market: number, rules: MarkRules, averages: Averages, index: IndexPrice): Averages {
  const elapsed = state.now - averages.sampledAt;
  if (elapsed < rules.premiumInterval || index.validity !== "VALID") return averages;
  if (averages.sampledAt === 0n) return { ...averages, sampledAt: state.now };
  const sample = towardsZero(impactPremium(state, market, rules, index.value), AVERAGE_UNIT);
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
