import { measuresOf } from "../report/comparison.js";
import type { RegimeReport, ReportData } from "../report/data.js";
import { renderReport } from "../report/report.js";
import { valuesOf } from "../scenario/parameters.js";
import type { Host, Regime, ReportedScenario } from "../scenario/scenario.js";
import { manifestOf, runDirectory, writeRun } from "./artefacts.js";
import { type Comparison, gathered, type Part, type Piece, piecesOf } from "./pieces.js";
import type { Progress } from "./regime.js";
import { shareOut } from "./workers.js";

/** A finished comparison. */
export interface Compared {
  readonly data: ReportData;
  readonly directory: string;
}

/** Runs every policy, and the small runs beside it, on all cores, and writes the run's directory. */
export async function compare(
  host: Host,
  scenario: ReportedScenario,
  comparison: Comparison,
  progress: Progress,
): Promise<Compared> {
  const pieces = piecesOf(scenario, comparison);
  return finish(scenario, comparison, pieces, await shareOut(host, scenario, comparison, pieces, progress));
}

/** Writes the run's directory from what came of the pieces, in their order. */
export async function finish(
  scenario: ReportedScenario,
  comparison: Comparison,
  pieces: readonly Piece[],
  results: readonly Part[],
): Promise<Compared> {
  const { seed, regimes, deficitMode, values, quick = false } = comparison;
  const parts = regimes.map((regime) => gathered(regime, pieces, results));
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
    figures: Object.fromEntries(
      measuresOf(
        data.regimes.map(({ row }) => row),
        data.scenario,
      ).flatMap(({ title: group, measures }) =>
        measures.map(({ field, label, unit }) => [field, { group, label, unit }]),
      ),
    ),
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
    outcome: data.outcome,
    findings: data.findings,
    expectations: data.expectations,
  };
}

function reportData(scenario: ReportedScenario, comparison: Comparison, parts: readonly Part[]): ReportData {
  const { id, title, story, base, ends } = scenario;
  const { seed, values, deficitMode, regimes } = comparison;
  const reports = againstProRata(parts.map(({ report }) => report));
  const findings = scenario.findings?.(reports);
  const outcome = scenario.outcome?.(reports);
  const listed = (group: ReportedScenario["shocks"]): ReportData["assumptions"] =>
    Object.entries(group).map(([name, { unit, why }]) => ({ name, value: `${values[name] ?? ""} ${unit}`, why }));
  return {
    scenario: { id, title, story, ...(base && { base }), ...(ends && { ends }) },
    seed,
    parameters: { deficitMode, ...values },
    regimes: reports,
    ...(outcome && { outcome }),
    ...(findings && { findings }),
    expectations: scenario.expectations.flatMap((expectation) => {
      const { kind, sentence } = expectation;
      const held = expectation.holds(reports);
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

/** What each policy costs directional shorts against pro rata, which protects nobody, if that was run too. */
function againstProRata(reports: readonly RegimeReport[]): readonly RegimeReport[] {
  const even = reports.find(({ regime }) => regime === "ProRata")?.row.directionalResult;
  if (even === undefined || reports.length < 2) return reports;
  return reports.map((report) => {
    const { row } = report;
    return { ...report, row: { ...row, directionalCost: even - row.directionalResult } };
  });
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
