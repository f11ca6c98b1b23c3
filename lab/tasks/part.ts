import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { readFileSync, writeFileSync } from "node:fs";

import { runPart } from "../run/compare.js";
import { deficitModeOf, regimesOf, scenarioOf } from "./request.js";

interface Arguments {
  readonly scenario: string;
  readonly policy: string;
  readonly seed: number;
  readonly deficit: string;
  readonly settings: string;
  readonly part: string;
  readonly quick: boolean;
}

export default async function part(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  const scenario = scenarioOf(args.scenario);
  const regimes = regimesOf(scenario, args.policy);
  const values = JSON.parse(readFileSync(args.settings, "utf8")) as Record<string, number>;
  const comparison = { seed: args.seed, regimes, deficitMode: deficitModeOf(args.deficit), values, quick: args.quick };
  const [regime] = regimes;
  if (regime === undefined) throw new RangeError("a part is one policy's");
  const done = await runPart(hre, scenario, comparison, regime, (blocks, of) => process.send?.([blocks, of]));
  writeFileSync(args.part, JSON.stringify(done));
}
