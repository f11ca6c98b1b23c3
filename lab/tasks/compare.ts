import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

import { terminalReport } from "../report/terminal.js";
import { shown } from "../run/artefacts.js";
import { compare as run, type Compared, summaryOf } from "../run/compare.js";
import { UsageError } from "../scenario/parameters.js";
import { type AttackArguments, compareAttack } from "./attack.js";
import { progressBar } from "./progress.js";
import { answering, anyOf, deficitModeOf, PROPERTY_FAILED, regimesOf, settingsOf } from "./request.js";

interface Arguments extends AttackArguments {
  readonly scenario: string;
  readonly policies: string;
  readonly deficit: string;
}

export default function compare(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  return answering(async () => {
    const found = await anyOf(args.scenario);
    if (found.attack !== undefined) {
      if (args.policies !== "") throw new UsageError(`${found.attack.id} compares defences, not policies`);
      await hre.tasks.getTask("build").run({ quiet: true });
      await compareAttack(hre, found.attack, args);
      return;
    }
    const { scenario } = found;
    if (args.defences !== "" || args.honest) throw new UsageError(`${scenario.id} compares policies, not defences`);
    const comparison = {
      seed: args.seed,
      regimes: regimesOf(scenario, args.policies),
      deficitMode: deficitModeOf(args.deficit),
      values: settingsOf(scenario, args.set, args.quick),
      quick: args.quick,
    };
    await hre.tasks.getTask("build").run({ quiet: true });
    const bar = progressBar(`${scenario.id}, ${comparison.regimes.join(", ")}`);
    announce(await run(hre, scenario, comparison, bar), args.json);
  });
}

/** Prints a finished comparison, and lets the exit code say whether a property, or a claim of the scenario, failed. */
export function announce({ data, directory }: Compared, json: boolean): void {
  if (json) console.log(JSON.stringify(summaryOf(data)));
  else {
    console.log(terminalReport(data));
    console.log(`\nreport: ${shown(directory)}/report.html`);
  }
  if (data.expectations.some(({ held }) => !held)) process.exitCode = PROPERTY_FAILED;
  for (const { regime, properties } of data.regimes) {
    if (properties.violation === undefined) continue;
    console.error(`${regime}: ${properties.violation}`);
    process.exitCode = PROPERTY_FAILED;
  }
}
