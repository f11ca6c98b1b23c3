import { artifacts, network } from "hardhat";

import { type Judged, type Leg, judged, settingOf } from "../../lab/attack/legs.js";
import { layersOf } from "../../lab/attack/perform.js";
import type { AttackScenario } from "../../lab/attack/scenario.js";
import { valuesOf } from "../../lab/scenario/parameters.js";

/** Runs one leg of an attack with some parameters changed; with `without` given, all defences but those. */
export function runLeg(
  scenario: AttackScenario,
  leg: Leg,
  settings: Readonly<Record<string, number>> = {},
  without: readonly string[] = [],
): Promise<Judged> {
  const texts = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
  const values = valuesOf(scenario.parameters, texts);
  const { off, honest } = settingOf(scenario, leg);
  const chosen = without.length > 0 ? layersOf(scenario, without) : off;
  return judged({ network, artifacts }, scenario, { seed: 7, values, off: chosen, honest });
}

/** What is claimed of a run and is not so; empty if all of it is. */
export function broken({ claims, outcome }: Judged): string[] {
  const { violation } = outcome.properties;
  return [
    ...(violation === undefined ? [] : [violation]),
    ...claims.filter(({ held }) => !held).map(({ sentence }) => sentence),
  ];
}
