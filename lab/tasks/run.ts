import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

import { finish, runPart } from "../run/compare.js";
import { UsageError } from "../scenario/parameters.js";
import { type AttackArguments, runAttack } from "./attack.js";
import { announce } from "./compare.js";
import { progressBar } from "./progress.js";
import { answering, anyOf, deficitModeOf, regimesOf, settingsOf } from "./request.js";

interface Arguments extends AttackArguments {
  readonly scenario: string;
  readonly policy: string;
  readonly without: string;
  readonly deficit: string;
}

export default function run(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  return answering(async () => {
    const found = await anyOf(args.scenario);
    if (found.attack !== undefined) {
      await hre.tasks.getTask("build").run({ quiet: true });
      await runAttack(hre, found.attack, args);
      return;
    }
    const { scenario } = found;
    if (args.defences !== "" || args.without !== "" || args.honest) {
      throw new UsageError(`${scenario.id} is no attack: it has no defences to switch`);
    }
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
