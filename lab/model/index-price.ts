import { min, PPM, towardsZero, up } from "./arithmetic.js";
import type { IndexRules } from "./parameters.js";
import type { KeptReading } from "./records.js";
import { ask } from "./sources.js";
import { isNonsense, type SourceStatus } from "./source-status.js";
import type { State } from "./state.js";
import type { Validity } from "./validity.js";

/** In the place of a source where there is none. */
const NOWHERE = `0x${"0".repeat(40)}`;

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
  /** The source's place among the market's. */
  readonly source: number;
}

/** What the sources say now. */
interface Collected {
  readonly observations: readonly Observation[];
  readonly kept: readonly (KeptReading | undefined)[];
  /** The first source that talks nonsense, or else the first that is absent. */
  readonly failure: Failure | undefined;
}

/** A source and what is wrong with it. */
export interface Failure {
  readonly source: string;
  readonly status: SourceStatus;
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
  let failure: Failure | undefined;
  state.sources.get(market).forEach((rules, place) => {
    const { status, reading, anew } = ask(state, rules, rules.interval === 0n ? undefined : kept[place]);
    if (reading === undefined) {
      const worse = isNonsense(status) && !(failure && isNonsense(failure.status));
      if (failure === undefined || worse) failure = { source: rules.source, status };
      return;
    }
    if (anew && rules.interval !== 0n) kept[place] = reading;
    const { price, publishedAt } = reading;
    const confidence = up(price * reading.confidence, PPM);
    observations.push({ price, weight: min(reading.depth, rules.maxDepth), confidence, publishedAt, source: place });
  });
  // Rule of equal prices: among equals the source named first counts as the lower.
  observations.sort((left, right) => (left.price < right.price ? -1 : left.price > right.price ? 1 : 0));
  return { observations, kept, failure };
}

function evaluate(state: State, market: number, { observations, failure }: Collected): IndexPrice {
  const rules = state.indexRules.get(market);
  if (observations.length === 0 || rules === undefined || observations.length < rules.quorum) {
    return lastGood(state, market, failure && isNonsense(failure.status) ? "INVALID" : "STALE");
  }
  const { value, publishedAt } = median(observations);
  const { dispersion, doubt } = spread(observations, value);
  const confidence = dispersion + doubt;
  if (confidence >= value) return lastGood(state, market, "INVALID");
  const validity = isTight(dispersion, doubt, value, rules) ? "VALID" : "UNCERTAIN";
  return { value, confidence, publishedAt, validity };
}

/** Mean distance of the observations from a value, and their mean confidence, by weight. Up, against trust. */
function spread(observations: readonly Observation[], value: bigint): { dispersion: bigint; doubt: bigint } {
  const total = totalWeight(observations);
  const mean = (of: (item: Observation) => bigint): bigint =>
    up(
      observations.reduce((all, item) => all + item.weight * of(item), 0n),
      total,
    );
  return { dispersion: mean(({ price }) => distance(price, value)), doubt: mean((item) => item.confidence) };
}

function distance(price: bigint, value: bigint): bigint {
  return price > value ? price - value : value - price;
}

/**
 * Which source keeps an index from being VALID, and how: the one that fails where there is no quorum; else the least sure, if their
 * confidence is what is too wide, or the farthest from the median (the lower of two).
 */
export function failureOf(state: State, market: number): Failure | undefined {
  const collected = collect(state, market);
  const { observations, failure } = collected;
  const rules = state.indexRules.get(market);
  if (rules === undefined) return { source: NOWHERE, status: "UNCONFIGURED" };
  if (evaluate(state, market, collected).validity === "VALID") return undefined;
  if (observations.length === 0 || observations.length < rules.quorum) return failure;
  const { value } = median(observations);
  const { dispersion, doubt } = spread(observations, value);
  const apart = dispersion * PPM > value * rules.maxDispersion && dispersion >= doubt;
  const unsure = !apart && doubt * PPM > value * rules.maxConfidence;
  const worst = unsure ? farthestBy(observations, ({ confidence }) => confidence) : outlier(observations, value);
  const source = state.sources.get(market)[worst.source]?.source ?? NOWHERE;
  return { source, status: unsure ? "UNSURE" : "OUTLIER" };
}

/** Either the lowest or the highest. */
function outlier(observations: readonly Observation[], value: bigint): Observation {
  const ends = [...observations.slice(0, 1), ...observations.slice(-1)];
  return farthestBy(ends, ({ price }) => distance(price, value));
}

/** The first of those with the most of something. */
function farthestBy(observations: readonly Observation[], of: (item: Observation) => bigint): Observation {
  return observations.reduce((most, item) => (of(item) > of(most) ? item : most));
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
