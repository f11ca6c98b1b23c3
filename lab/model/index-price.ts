import { min, PPM, towardsZero, up } from "./arithmetic.js";
import type { IndexRules } from "./parameters.js";
import type { KeptReading } from "./records.js";
import { ask } from "./sources.js";
import type { State } from "./state.js";
import type { Validity } from "./validity.js";

/** The index of a market: a median over its sources (section 5). */
export interface IndexPrice {
  readonly value: bigint;
  /** Half width of its uncertainty: the readings' mean distance from the value, and their mean confidence. */
  readonly confidence: bigint;
  readonly publishedAt: bigint;
  readonly validity: Validity;
}

/** What one reading weighs in the median. */
interface Observation {
  readonly price: bigint;
  readonly weight: bigint;
  readonly confidence: bigint;
  readonly publishedAt: bigint;
}

/** What the sources say now. */
interface Collected {
  readonly observations: readonly Observation[];
  readonly kept: readonly (KeptReading | undefined)[];
  readonly nonsense: boolean;
}

/** The index of now. Remembers good readings, and a VALID index as the last good one. */
export function updateIndex(state: State, market: number): IndexPrice {
  const collected = collect(state, market);
  const before = state.keptReadings.get(market);
  if (collected.kept.some((kept, source) => kept !== before[source])) state.keptReadings.set(market, collected.kept);
  const price = evaluate(state, market, collected);
  const { value, publishedAt, validity } = price;
  const last = state.lastGoodIndices.get(market);
  if (validity === "VALID" && (last.value !== value || last.publishedAt !== publishedAt)) {
    state.lastGoodIndices.set(market, { value, publishedAt });
  }
  return price;
}

/** The index of now, remembering nothing. */
export function lookAtIndex(state: State, market: number): IndexPrice {
  return evaluate(state, market, collect(state, market));
}

function collect(state: State, market: number): Collected {
  const observations: Observation[] = [];
  const kept = [...state.keptReadings.get(market)];
  let nonsense = false;
  state.sources.get(market).forEach((rules, place) => {
    const { status, reading, anew } = ask(state, rules, rules.interval === 0n ? undefined : kept[place]);
    if (status === "NONSENSE") nonsense = true;
    if (reading === undefined) return;
    if (anew && rules.interval !== 0n) kept[place] = reading;
    const { price, publishedAt } = reading;
    const confidence = up(price * reading.confidence, PPM);
    observations.push({ price, weight: min(reading.depth, rules.maxDepth), confidence, publishedAt });
  });
  // Rule of equal prices: among equals the source named first counts as the lower.
  observations.sort((left, right) => (left.price < right.price ? -1 : left.price > right.price ? 1 : 0));
  return { observations, kept, nonsense };
}

function evaluate(state: State, market: number, { observations, nonsense }: Collected): IndexPrice {
  const rules = state.indexRules.get(market);
  if (observations.length === 0 || rules === undefined || observations.length < rules.quorum) {
    return lastGood(state, market, nonsense ? "INVALID" : "STALE");
  }
  const { value, publishedAt } = median(observations);
  const total = totalWeight(observations);
  const mean = (of: (item: Observation) => bigint): bigint => {
    const sum = observations.reduce((all, item) => all + item.weight * of(item), 0n);
    return up(sum, total); // Up, against trust.
  };
  const dispersion = mean(({ price }) => (price > value ? price - value : value - price));
  const doubt = mean((item) => item.confidence);
  const confidence = dispersion + doubt;
  if (confidence >= value) return lastGood(state, market, "INVALID");
  const validity = isTight(dispersion, doubt, value, rules) ? "VALID" : "UNCERTAIN";
  return { value, confidence, publishedAt, validity };
}

function isTight(dispersion: bigint, doubt: bigint, value: bigint, rules: IndexRules): boolean {
  return dispersion * PPM <= value * rules.maxDispersion && doubt * PPM <= value * rules.maxConfidence;
}

/** The price at which half of the weight lies on either side; where two share the middle, their mean (down) and the older time. */
function median(observations: readonly Observation[]): Pick<IndexPrice, "value" | "publishedAt"> {
  const total = totalWeight(observations);
  let below = 0n;
  for (const [place, { price, weight, publishedAt }] of observations.entries()) {
    below += weight;
    if (below * 2n < total) continue;
    const next = observations[place + 1];
    if (below * 2n > total || next === undefined) return { value: price, publishedAt };
    return { value: towardsZero(price + next.price, 2n), publishedAt: min(publishedAt, next.publishedAt) };
  }
  throw new RangeError("a median of nothing");
}

function totalWeight(observations: readonly Observation[]): bigint {
  return observations.reduce((total, { weight }) => total + weight, 0n);
}

/** A pair (value, time) is held together while there is no index; before the first there is nothing to hold. */
function lastGood(state: State, market: number, validity: Validity): IndexPrice {
  const { value, publishedAt } = state.lastGoodIndices.get(market);
  return { value, publishedAt, confidence: 0n, validity: value === 0n ? "INVALID" : validity };
}
