import { renderAttack } from "../report/attack/report.js";
import { manifestOf, runDirectory, writeRun } from "../run/artefacts.js";
import type { Point } from "./frontier.js";
import type { Judged } from "./legs.js";
import { legName } from "./perform.js";
import type { AttackScenario } from "./scenario.js";
import { summaryOf } from "./summary.js";
import { formatOf } from "./table.js";

/** What was run of an attack, to be written down. */
export interface Campaign {
  readonly scenario: AttackScenario;
  readonly seed: number;
  readonly values: Readonly<Record<string, number>>;
  readonly runs: readonly Judged[];
  readonly frontier: readonly Point[];
  /** The command that does it again. */
  readonly command: string;
}

/** A campaign as data: one run as itself, several by leg, with the verdicts first. */
export function campaignSummary({ scenario, seed, values, runs, frontier }: Campaign): Record<string, unknown> {
  const [only] = runs;
  if (only !== undefined && runs.length === 1) return summaryOf(only);
  const named = runs.map((run) => [run.leg === "partial" ? legName(run.outcome) : run.leg, run] as const);
  return {
    scenario: scenario.id,
    title: scenario.title,
    seed,
    parameters: values,
    ...costOf(scenario, runs),
    verdicts: Object.fromEntries(named.map(([name, { verdict }]) => [name, verdict])),
    legs: Object.fromEntries(named.map(([name, run]) => [name, summaryOf(run)])),
    frontier,
  };
}

/** What the defences cost honest users, in the scenario's own figure. */
function costOf({ cost, figures }: AttackScenario, runs: readonly Judged[]): { cost?: unknown } {
  const control = runs.find(({ leg }) => leg === "control");
  const info = cost === undefined ? undefined : figures[cost];
  if (cost === undefined || info === undefined || control === undefined) return {};
  return { cost: { label: info.label, text: formatOf(info)(control.outcome.figures[cost] ?? null) } };
}

/** Writes a campaign's directory and returns it. */
export function writeCampaign(campaign: Campaign): string {
  const { scenario, seed, values, runs, frontier } = campaign;
  const names = runs.map(({ outcome }) => legName(outcome));
  const manifest = manifestOf({
    scenario: scenario.id,
    seed,
    runs: frontier.length === 0 ? names : [...names, "frontier"],
    parameters: values,
  });
  const directory = runDirectory(manifest);
  const lines = (rows: readonly string[]): string => rows.map((row) => `${row}\n`).join("");
  const [header = ""] = runs[0]?.journal.metrics ?? [];
  writeRun(directory, {
    "manifest.json": `${JSON.stringify(manifest, null, 2)}\n`,
    "summary.json": `${JSON.stringify(campaignSummary(campaign), null, 2)}\n`,
    "metrics.csv": lines([header, ...runs.flatMap(({ journal }) => journal.metrics.slice(1))]),
    "actions.ndjson": lines(runs.flatMap(({ journal }) => journal.actions)),
    "events.ndjson": lines(runs.flatMap(({ journal }) => journal.events)),
    "report.html": renderAttack(campaign),
  });
  return directory;
}
