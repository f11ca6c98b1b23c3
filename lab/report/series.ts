import type { RegimeReport, Sample } from "./data.js";
import { regimeTitle } from "./names.js";

/** Stages that last for days and are not drawn: a world is built up, or what is left of positions is taken apart. */
const UNDRAWN = new Set(["history", "unwinding"]);

/** A run as timelines draw it: its samples, and the moments to mark. */
export interface Track<S> {
  readonly title: string;
  readonly samples: readonly S[];
  readonly firstLiquidation: number | undefined;
  readonly firstDeleveraging: number | undefined;
}

/** A regime as the charts draw it, without the history. */
export interface Strand extends Track<Sample> {
  readonly regime: RegimeReport;
}

/** A stretch of time, Unix seconds. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** What is drawn of a regime. */
export function strandOf(regime: RegimeReport): Strand {
  const told = regime.series.filter(({ stage }) => !UNDRAWN.has(stage));
  const earliest = (times: readonly number[]): number | undefined =>
    times.length === 0 ? undefined : Math.min(...times);
  return {
    regime,
    title: regimeTitle(regime.regime),
    samples: told.length === 0 ? regime.series : told,
    firstLiquidation: earliest(regime.liquidations.map(({ time }) => time)),
    firstDeleveraging: earliest(
      regime.liquidations.filter(({ deleveraged }) => deleveraged > 0).map(({ time }) => time),
    ),
  };
}

/** The time all runs share on their axes; undefined if nothing was sampled. */
export function spanOf(strands: readonly Track<{ readonly time: number }>[]): Span | undefined {
  const times = strands.flatMap(({ samples }) => samples.map(({ time }) => time));
  if (times.length === 0) return undefined;
  const [from, until] = extent(times);
  return until > from ? { from, until } : { from: from - 1, until: until + 1 };
}

/** The smallest and the largest of the finite values; zero and one if there are none. */
export function extent(values: Iterable<number>): [number, number] {
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return least <= most ? [least, most] : [0, 1];
}

/** A point of a line. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * A line with at most `limit` points that looks the same: from each stretch the point that spans the largest triangle with the
 * last point kept and the mean of the next stretch, so that spikes stay.
 */
export function thin(points: readonly Point[], limit: number): readonly Point[] {
  const first = points[0];
  const last = points.at(-1);
  if (points.length <= limit || limit < 3 || first === undefined || last === undefined) return points;
  const kept: Point[] = [first];
  const width = (points.length - 2) / (limit - 2);
  let previous = first;
  for (let bucket = 0; bucket < limit - 2; bucket++) {
    const from = Math.floor(bucket * width) + 1;
    const until = Math.floor((bucket + 1) * width) + 1;
    const next = meanOf(points.slice(until, Math.min(points.length, Math.floor((bucket + 2) * width) + 1)), last);
    previous = largestTriangle(points.slice(from, until), previous, next);
    kept.push(previous);
  }
  return [...kept, last];
}

function meanOf(points: readonly Point[], otherwise: Point): Point {
  if (points.length === 0) return otherwise;
  const sum = points.reduce((total, { x, y }) => ({ x: total.x + x, y: total.y + y }), { x: 0, y: 0 });
  return { x: sum.x / points.length, y: sum.y / points.length };
}

function largestTriangle(candidates: readonly Point[], left: Point, right: Point): Point {
  let best = candidates[0] ?? left;
  let largest = -1;
  for (const point of candidates) {
    const area = Math.abs((left.x - right.x) * (point.y - left.y) - (left.x - point.x) * (right.y - left.y));
    if (area > largest) [best, largest] = [point, area];
  }
  return best;
}

/** At most `limit` items, evenly spread, the first and the last among them. */
export function spread<T>(items: readonly T[], limit: number): readonly T[] {
  if (items.length <= limit) return items;
  const step = (items.length - 1) / (limit - 1);
  return Array.from({ length: limit }, (_, index) => items[Math.round(index * step)] as T);
}
