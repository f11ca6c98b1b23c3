import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

import { judged } from "../attack/legs.js";
import { attackIds, attackOf } from "../attack/registry.js";
import type { AttackScenario } from "../attack/scenario.js";
import { LAYERS } from "../deployment/defences.js";
import { RUNS } from "../run/artefacts.js";
import { UsageError } from "../scenario/parameters.js";
import type { Host } from "../scenario/scenario.js";
import { progressBar } from "./progress.js";
import { answering, settingsOf } from "./request.js";

/** What an attack comes to with one of its defences missing. */
export interface Missing {
  readonly layer: string;
  readonly verdict: string;
  readonly attackerNet: number;
  readonly wrongfulLiquidations: number;
  /** The first claim that is no longer so. */
  readonly fails?: string;
}

interface Arguments {
  readonly scenarios: string;
  readonly seed: number;
  readonly json: boolean;
}

/** Runs attacks once for each of their defences, without it, and keeps what came of it for the tables of the documentation. */
export default function matrix(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  return answering(async () => {
    const ids = args.scenarios === "" ? attackIds() : args.scenarios.split(",");
    await hre.tasks.getTask("build").run({ quiet: true });
    for (const id of ids) {
      const scenario = await attackOf(id);
      if (scenario === undefined) throw new UsageError(`no attack ${id}; there are ${attackIds().join(", ")}`);
      const missing = await withoutEach(hre, scenario, args.seed);
      const folder = join(RUNS, id);
      mkdirSync(folder, { recursive: true });
      writeFileSync(
        join(folder, "matrix.json"),
        `${JSON.stringify({ scenario: id, seed: args.seed, missing }, null, 2)}\n`,
      );
      if (args.json) console.log(JSON.stringify({ scenario: id, seed: args.seed, missing }));
      else for (const one of missing) console.log(lineOf(id, one));
    }
  });
}

async function withoutEach(host: Host, scenario: AttackScenario, seed: number): Promise<Missing[]> {
  const bar = progressBar(`${scenario.id}, one defence missing`);
  const values = settingsOf(scenario, "");
  const layers = scenario.defences.map(({ layer }) => layer).filter((layer) => LAYERS[layer].off !== undefined);
  const missing: Missing[] = [];
  for (const layer of layers) {
    const performance = { seed, values, off: [layer], honest: false };
    const { outcome, verdict, claims } = await judged(host, scenario, performance, { heldTo: "on" });
    const { attackerNet, wrongfulLiquidations, properties } = outcome;
    const fails = properties.violation ?? claims.find(({ held }) => !held)?.sentence;
    const found = { layer, verdict, attackerNet, wrongfulLiquidations };
    missing.push(fails === undefined ? found : { ...found, fails });
    bar(missing.length, layers.length);
  }
  return missing;
}

function lineOf(id: string, { layer, verdict, attackerNet, wrongfulLiquidations, fails }: Missing): string {
  const told = fails === undefined ? "" : `, not so: ${fails}`;
  return `${id} without ${layer}: ${verdict}, attacker ${attackerNet.toFixed(2)}, wrongful ${wrongfulLiquidations.toFixed(2)}${told}`;
}
