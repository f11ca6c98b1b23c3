import { fork } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { DeficitMode } from "../deployment/parameters.js";
import type { RegimeReport, ReportData, Varied } from "../report/data.js";
import { renderReport } from "../report/report.js";
import { type Values, valuesOf } from "../scenario/parameters.js";
import type { Host, Regime, ReportedScenario } from "../scenario/scenario.js";
import { manifestOf, runDirectory, writeRun } from "./artefacts.js";
import { runRegime } from "./regime.js";
import type { Journal } from "./journal.js";

const HARDHAT = fileURLToPath(new URL("../../node_modules/hardhat/dist/src/cli.js", import.meta.url));

/** What to compare. */
export interface Comparison {
  readonly seed: number;
  readonly regimes: readonly Regime[];
  readonly deficitMode: DeficitMode;
  readonly values: Values<Record<string, never>> & Readonly<Record<string, number>>;
  /** The scenario is run small, and its assumptions are not varied. */
  readonly quick?: boolean;
}

/** Told how many blocks of all regimes together are done, of how many. */
export type Progress = (done: number, of: number) => void;

/** One regime's result as it travels between processes. */
export interface Part {
  readonly report: RegimeReport;
  readonly actions: readonly string[];
  readonly events: readonly string[];
  readonly metrics: readonly string[];
}

/** A finished comparison. */
export interface Compared {
  readonly data: ReportData;
  readonly directory: string;
}

/** Runs one regime in this process. */
export async function runPart(
  host: Host,
  scenario: ReportedScenario,
  comparison: Comparison,
  regime: Regime,
  progress: Progress,
): Promise<Part> {
  const { seed, deficitMode, values } = comparison;
  const { report, journal } = await runRegime(host, scenario, { seed, regime, deficitMode, values }, progress);
  return partOf(await withVariations(host, scenario, comparison, report), journal);
}

/** Adds small runs with one assumption changed in each; a property they break is the report's. */
async function withVariations(
  host: Host,
  scenario: ReportedScenario,
  { seed, deficitMode, values, quick = false }: Comparison,
  report: RegimeReport,
): Promise<RegimeReport> {
  if (quick || scenario.variations === undefined) return report;
  const regime = report.regime as Regime;
  const small = Object.entries(scenario.quick ?? {}).map(([name, value]) => [name, Number(value)] as const);
  const varied: Varied[] = [];
  let { properties } = report;
  for (const { parameter, values: tried } of scenario.variations) {
    for (const value of tried) {
      const changed = { ...values, ...Object.fromEntries(small), [parameter]: value };
      const setting = { seed, regime, deficitMode, values: changed };
      const { report: other } = await runRegime(host, scenario, setting, () => undefined);
      varied.push({ parameter, value, notes: other.notes ?? [] });
      const { violation = properties.violation, steps } = other.properties;
      properties = { ...properties, steps: properties.steps + steps, ...(violation && { violation }) };
    }
  }
  return { ...report, varied, properties };
}

/** Runs every regime, each in a process of its own and as many at once as there are cores, and writes the run's directory. */
export async function compare(
  scenario: ReportedScenario,
  comparison: Comparison,
  progress: Progress,
): Promise<Compared> {
  const shares = new Map<Regime, readonly [done: number, of: number]>();
  const told = (regime: Regime, done: number, of: number): void => {
    shares.set(regime, [done, of]);
    const known = [...shares.values()];
    const each = Math.max(...known.map(([, blocks]) => blocks));
    progress(
      known.reduce((sum, [blocks]) => sum + blocks, 0),
      each * comparison.regimes.length,
    );
  };
  const scratch = mkdtempSync(join(tmpdir(), "crossfire-"));
  try {
    const waiting = [...comparison.regimes];
    const parts = new Map<Regime, Part>();
    const work = async (): Promise<void> => {
      for (let regime = waiting.shift(); regime !== undefined; regime = waiting.shift()) {
        const current = regime;
        parts.set(
          current,
          await runApart(scenario, comparison, current, scratch, (done, of) => {
            told(current, done, of);
          }),
        );
      }
    };
    await Promise.all(Array.from({ length: Math.min(availableParallelism(), waiting.length) }, work));
    return await finish(
      scenario,
      comparison,
      comparison.regimes.map((regime) => {
        const part = parts.get(regime);
        if (part === undefined) throw new Error(`${regime} did not run`);
        return part;
      }),
    );
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Writes the run's directory from the parts. */
export async function finish(
  scenario: ReportedScenario,
  comparison: Comparison,
  parts: readonly Part[],
): Promise<Compared> {
  const { seed, regimes, deficitMode, values, quick = false } = comparison;
  const runs = quick ? { runs: ["quick"] } : {};
  const manifest = manifestOf({ scenario: scenario.id, seed, regimes, deficitMode, ...runs, parameters: values });
  const directory = runDirectory(manifest);
  const data = reportData(scenario, comparison, parts);
  const lines = (rows: readonly string[]): string => rows.map((row) => `${row}\n`).join("");
  const [header] = parts[0]?.metrics ?? [];
  writeRun(directory, {
    "manifest.json": `${JSON.stringify(manifest, null, 2)}\n`,
    "summary.json": `${JSON.stringify(summaryOf(data), null, 2)}\n`,
    "metrics.csv": lines([header ?? "", ...parts.flatMap(({ metrics }) => metrics.slice(1))]),
    "actions.ndjson": lines(parts.flatMap(({ actions }) => actions)),
    "events.ndjson": lines(parts.flatMap(({ events }) => events)),
    "report.html": await renderReport(data),
  });
  return { data, directory };
}

/** The table as data: what `summary.json` holds and `--json` prints. */
export function summaryOf(data: ReportData): unknown {
  return {
    scenario: data.scenario.id,
    seed: data.seed,
    parameters: data.parameters,
    regimes: data.regimes.map(({ row, groups, properties, makers, tranches, fates, takings, notes, varied }) => ({
      ...row,
      groups,
      properties,
      makers,
      tranches,
      fates,
      takings,
      notes,
      varied,
    })),
    findings: data.findings,
    expectations: data.expectations,
  };
}

function reportData(scenario: ReportedScenario, comparison: Comparison, parts: readonly Part[]): ReportData {
  const { id, title, story, base } = scenario;
  const { seed, values, deficitMode, regimes } = comparison;
  const findings = scenario.findings?.(parts.map(({ report }) => report));
  const listed = (group: ReportedScenario["shocks"]): ReportData["assumptions"] =>
    Object.entries(group).map(([name, { unit, why }]) => ({ name, value: `${values[name] ?? ""} ${unit}`, why }));
  return {
    scenario: { id, title, story, ...(base === undefined ? {} : { base }) },
    seed,
    parameters: { deficitMode, ...values },
    regimes: parts.map(({ report }) => report),
    ...(findings === undefined ? {} : { findings }),
    expectations: scenario.expectations.flatMap((expectation) => {
      const { kind, sentence } = expectation;
      const held = expectation.holds(parts.map(({ report }) => report));
      return held === undefined ? [] : [{ kind, sentence, held }];
    }),
    actors: scenario.actors,
    assumptions: listed(scenario.assumptions),
    shocks: listed(scenario.shocks),
    sources: scenario.sources,
    limits: scenario.limits,
    command: commandOf(scenario, comparison, regimes),
  };
}

function commandOf(
  scenario: ReportedScenario,
  { seed, deficitMode, values, quick = false }: Comparison,
  regimes: readonly Regime[],
): string {
  const usual = valuesOf(scenario.parameters, quick ? (scenario.quick ?? {}) : {});
  const changed = Object.keys(scenario.parameters)
    .filter((name) => values[name] !== usual[name])
    .map((name) => `${name}=${values[name] ?? ""}`);
  const options = [`--policies ${regimes.join(",")}`, `--seed ${seed}`];
  if (quick) options.push("--quick");
  if (changed.length > 0) options.push(`--set ${changed.join(",")}`);
  if (deficitMode !== "ALL_WINNERS") options.push(`--deficit ${deficitMode}`);
  return `npx hardhat lab compare ${scenario.id} ${options.join(" ")}`;
}

function partOf(report: RegimeReport, { actions, events, metrics }: Journal): Part {
  return { report, actions, events, metrics };
}

/** Runs one regime in a process of its own, through the command line, and reads back what it wrote. */
async function runApart(
  scenario: ReportedScenario,
  { seed, deficitMode, values, quick = false }: Comparison,
  regime: Regime,
  scratch: string,
  progress: Progress,
): Promise<Part> {
  const part = join(scratch, `${regime}.json`);
  const settings = join(scratch, `${regime}.settings.json`);
  writeFileSync(settings, JSON.stringify(values));
  const args = ["lab", "part", scenario.id, "--seed", String(seed), "--policy", regime];
  args.push("--deficit", deficitMode, "--settings", settings, "--part", part, ...(quick ? ["--quick"] : []));
  const child = fork(HARDHAT, args, { stdio: ["ignore", "ignore", "pipe", "ipc"], execArgv: [] });
  child.on("message", (message) => {
    const [done, of] = message as [number, number];
    progress(done, of);
  });
  let complaint = "";
  child.stderr?.on("data", (text: Buffer) => (complaint += text.toString()));
  const code = await new Promise<number | null>((resolve) => child.on("exit", resolve));
  if (code !== 0) throw new Error(`${regime} failed:\n${complaint.trim()}`);
  return JSON.parse(readFileSync(part, "utf8")) as Part;
}
