import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

import { finish, runPart } from "../run/compare.js";
import { announce } from "./compare.js";
import { progressBar } from "./progress.js";
import { answering, deficitModeOf, regimesOf, scenarioOf, settingsOf } from "./request.js";

interface Arguments {
  readonly scenario: string;
  readonly policy: string;
  readonly seed: number;
  readonly set: string;
  readonly deficit: string;
  readonly json: boolean;
}

export default function run(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  return answering(async () => {
    const scenario = scenarioOf(args.scenario);
    const regimes = regimesOf(scenario, args.policy);
    const values = settingsOf(scenario, args.set);
    const comparison = { seed: args.seed, regimes, deficitMode: deficitModeOf(args.deficit), values };
    await hre.tasks.getTask("build").run({ quiet: true });
    const parts = [];
    for (const regime of regimes) {
      parts.push(await runPart(hre, scenario, comparison, regime, progressBar(`${scenario.id}, ${regime}`)));
    }
    announce(await finish(scenario, comparison, parts), args.json);
  });
}
