import type { LayerId } from "../deployment/defences.js";
import { valuesOf } from "../scenario/parameters.js";
import type { Host } from "../scenario/scenario.js";
import { judged, type Progress, type Verdict } from "./legs.js";
import type { AttackScenario } from "./scenario.js";

/** One run of a sweep. */
export interface Point {
  readonly parameter: string;
  readonly value: number;
  readonly seed: number;
  /** How the set of defences was asked for. */
  readonly defences: string;
  readonly verdict: Verdict;
  readonly attackerNet: number;
  readonly wrongfulLiquidations: number;
  readonly figures: Readonly<Record<string, number | null>>;
}

/** What a sweep runs. */
export interface Sweep {
  readonly parameter: string;
  readonly points: readonly number[];
  readonly seeds: readonly number[];
  readonly sets: readonly { readonly name: string; readonly off: readonly LayerId[] }[];
  readonly honest: boolean;
  /** The other parameters. */
  readonly values: Readonly<Record<string, number>>;
}

/** A point that is yet to be run. */
export type Due = Pick<Point, "value" | "seed" | "defences">;

/** All runs of a sweep, in order. */
export function dueOf({ points, seeds, sets }: Sweep): Due[] {
  return points.flatMap((value) => seeds.flatMap((seed) => sets.map(({ name }) => ({ value, seed, defences: name }))));
}

/** Runs one point. */
export async function runPoint(host: Host, scenario: AttackScenario, sweep: Sweep, due: Due): Promise<Point> {
  const set = sweep.sets.find(({ name }) => name === due.defences);
  if (set === undefined) throw new RangeError(`no set of defences ${due.defences}`);
  const settings = { ...sweep.values, [sweep.parameter]: due.value };
  const texts = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
  const values = valuesOf(scenario.parameters, texts);
  const { outcome, verdict } = await judged(host, scenario, {
    seed: due.seed,
    values,
    off: set.off,
    honest: sweep.honest,
  });
  const { attackerNet, wrongfulLiquidations, figures } = outcome;
  return { parameter: sweep.parameter, ...due, verdict, attackerNet, wrongfulLiquidations, figures };
}

/** The attacker's profit over the scenario's own grid, without and with its defences. */
export async function frontier(
  host: Host,
  scenario: AttackScenario,
  { seed, values }: { readonly seed: number; readonly values: Readonly<Record<string, number>> },
  progress: Progress,
): Promise<Point[]> {
  const sets = [
    { name: "none", off: scenario.defences.map(({ layer }) => layer) },
    { name: "all", off: [] },
  ];
  const { parameter, values: points } = scenario.grid;
  const sweep = { parameter, points, seeds: [seed], sets, honest: false, values };
  const due = dueOf(sweep);
  const done: Point[] = [];
  for (const one of due) {
    done.push(await runPoint(host, scenario, sweep, one));
    progress(done.length, due.length);
  }
  return done;
}
