import { type Campaign, campaignSummary, writeCampaign } from "../attack/campaign.js";
import { frontier } from "../attack/frontier.js";
import { type Judged, judged, offIn, runLegs } from "../attack/legs.js";
import { layersOf, switchable } from "../attack/perform.js";
import type { AttackScenario } from "../attack/scenario.js";
import { attackTable } from "../attack/table.js";
import type { LayerId } from "../deployment/defences.js";
import { shown } from "../run/artefacts.js";
import { UsageError } from "../scenario/parameters.js";
import type { Host } from "../scenario/scenario.js";
import { progressBar } from "./progress.js";
import { PROPERTY_FAILED, settingsOf } from "./request.js";

/** What a command says about an attack. */
export interface AttackArguments {
  readonly defences: string;
  readonly without?: string;
  readonly seed: number;
  readonly set: string;
  readonly honest: boolean;
  readonly quick: boolean;
  readonly json: boolean;
}

/** Runs an attack once if defences are named, else all its legs and its frontier. */
export async function runAttack(host: Host, scenario: AttackScenario, args: AttackArguments): Promise<void> {
  const { defences, without = "", honest } = args;
  if (defences !== "" && without !== "") throw new UsageError("--defences and --without say the same thing: give one");
  if (defences === "" && without === "" && !honest) {
    await wholeAttack(host, scenario, args);
    return;
  }
  const parse = (names: string[]): LayerId[] => layersOf(scenario, names);
  const off = without === "" ? offIn(scenario, defences === "" ? "all" : defences, parse) : parse(without.split(","));
  await several(host, scenario, args, [off], [defences !== "" ? `--defences ${defences}` : `--without ${without}`]);
}

/** Runs an attack once for each set of defences; all its legs if none is named. */
export async function compareAttack(host: Host, scenario: AttackScenario, args: AttackArguments): Promise<void> {
  if (args.defences === "") {
    await wholeAttack(host, scenario, args);
    return;
  }
  const sets = setsIn(scenario, args.defences).map(({ off }) => off);
  await several(host, scenario, args, sets, [`--defences ${args.defences}`]);
}

/** Sets of defences in a list separated by commas; a+b is one set. */
export function setsIn(scenario: AttackScenario, list: string): { readonly name: string; readonly off: LayerId[] }[] {
  return list
    .split(",")
    .filter((name) => name !== "")
    .map((name) => ({ name, off: offIn(scenario, name, (names) => layersOf(scenario, names), "+") }));
}

async function wholeAttack(host: Host, scenario: AttackScenario, args: AttackArguments): Promise<void> {
  const { seed, set, quick } = args;
  const values = settingsOf(scenario, set);
  switchable(scenario.defences.map(({ layer }) => layer));
  const runs = await runLegs(host, scenario, { seed, values }, progressBar(`${scenario.id}, legs`));
  const points = quick ? [] : await frontier(host, scenario, { seed, values }, progressBar(`${scenario.id}, frontier`));
  const changed = set === "" ? [] : [`--set ${set}`];
  const command = ["npx hardhat lab run", scenario.id, `--seed ${seed}`, ...changed, ...(quick ? ["--quick"] : [])];
  announce({ scenario, seed, values, runs, frontier: points, command: command.join(" ") }, args.json);
}

async function several(
  host: Host,
  scenario: AttackScenario,
  args: AttackArguments,
  sets: readonly (readonly LayerId[])[],
  options: readonly string[],
): Promise<void> {
  const { seed, set, honest } = args;
  const values = settingsOf(scenario, set);
  for (const off of sets) switchable(off);
  const bar = progressBar(scenario.id);
  const runs: Judged[] = [];
  for (const off of sets) {
    runs.push(await judged(host, scenario, { seed, values, off, honest }));
    bar(runs.length, sets.length);
  }
  const verb = sets.length > 1 ? "compare" : "run";
  const flags = [
    ...options,
    `--seed ${seed}`,
    ...(set === "" ? [] : [`--set ${set}`]),
    ...(honest ? ["--honest"] : []),
  ];
  const command = `npx hardhat lab ${verb} ${scenario.id} ${flags.join(" ")}`;
  announce({ scenario, seed, values, runs, frontier: [], command }, args.json);
}

/** Writes and prints a campaign; the exit code says whether a property, or a claim about one of the legs, failed. */
function announce(campaign: Campaign, json: boolean): void {
  const directory = writeCampaign(campaign);
  if (json) console.log(JSON.stringify(campaignSummary(campaign)));
  else {
    console.log(attackTable(campaign));
    console.log(`\nreport: ${shown(directory)}/report.html`);
  }
  for (const { outcome, verdict, leg } of campaign.runs) {
    if (outcome.properties.violation !== undefined) console.error(outcome.properties.violation);
    if (verdict === "violated" || (verdict === "fails" && leg !== "partial")) process.exitCode = PROPERTY_FAILED;
  }
}
