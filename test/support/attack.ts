import { artifacts, network } from "hardhat";

import { type Judged, type Leg, judged, settingOf } from "../../lab/attack/legs.js";
import { layersOf } from "../../lab/attack/perform.js";
import type { AttackScenario } from "../../lab/attack/scenario.js";
import { valuesOf } from "../../lab/scenario/parameters.js";

/** What is kept of a run: everything but the log of its transactions. */
type Run = Omit<Judged, "journal">;

const runs = new Map<string, Promise<Run>>();

/**
 * Runs one leg of an attack with some parameters changed; with `without` given, all defences but those. The same scenario with the same
 * numbers and defences gives the same run to the byte, so it is played once in a process, however many tests look at it.
 */
export function runLeg(
  scenario: AttackScenario,
  leg: Leg,
  settings: Readonly<Record<string, number>> = {},
  without: readonly string[] = [],
): Promise<Run> {
  const texts = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
  const values = valuesOf(scenario.parameters, texts);
  const { off, honest } = settingOf(scenario, leg);
  const chosen = without.length > 0 ? layersOf(scenario, without) : off;
  const key = JSON.stringify([scenario.id, values, honest, [...chosen].sort()]);
  const known = runs.get(key);
  if (known !== undefined) return known;
  const run = judged({ network, artifacts }, scenario, { seed: 7, values, off: chosen, honest }).then(
    ({ leg: named, verdict, claims, outcome }): Run => ({ leg: named, verdict, claims, outcome }),
  );
  runs.set(key, run);
  return run;
}

/** What is claimed of a run and is not so; empty if all of it is. */
export function broken({ claims, outcome }: Run): string[] {
  const { violation } = outcome.properties;
  return [
    ...(violation === undefined ? [] : [violation]),
    ...claims.filter(({ held }) => !held).map(({ sentence }) => sentence),
  ];
}
