import type { DeficitMode } from "../deployment/parameters.js";
import type { RegimeReport, Varied } from "../report/data.js";
import type { Values } from "../scenario/parameters.js";
import type { Host, Regime, ReportedScenario } from "../scenario/scenario.js";
import { type Progress, runRegime } from "./regime.js";

/** What to compare. */
export interface Comparison {
  readonly seed: number;
  readonly regimes: readonly Regime[];
  readonly deficitMode: DeficitMode;
  readonly values: Values<Record<string, never>> & Readonly<Record<string, number>>;
  /** The scenario is run small, and its assumptions are not varied. */
  readonly quick?: boolean;
}

/** One run of a comparison: a policy's whole one, or a small one with an assumption changed. */
export interface Piece {
  readonly regime: Regime;
  readonly changed?: { readonly parameter: string; readonly value: number };
}

/** What came of a policy, or of a piece of it, as it travels between processes. */
export interface Part {
  readonly report: RegimeReport;
  readonly actions: readonly string[];
  readonly events: readonly string[];
  readonly metrics: readonly string[];
}

/** Every run of a comparison, the whole ones first: they take longest. */
export function piecesOf(scenario: ReportedScenario, { regimes, quick = false }: Comparison): Piece[] {
  const variations = quick ? [] : (scenario.variations ?? []);
  const changes = variations.flatMap(({ parameter, values }) => values.map((value) => ({ parameter, value })));
  const small = regimes.flatMap((regime) => changes.map((changed) => ({ regime, changed })));
  return [...regimes.map((regime) => ({ regime })), ...small];
}

/** Runs a piece in this process. Of a small run only the report is kept. */
export async function runPiece(
  host: Host,
  scenario: ReportedScenario,
  { seed, deficitMode, values }: Comparison,
  { regime, changed }: Piece,
  progress: Progress,
): Promise<Part> {
  const setting = { seed, regime, deficitMode, values };
  if (changed === undefined) {
    const { report, journal } = await runRegime(host, scenario, setting, progress);
    return { report, actions: journal.actions, events: journal.events, metrics: journal.metrics };
  }
  const small = Object.entries(scenario.quick ?? {}).map(([name, value]) => [name, Number(value)] as const);
  const varied = { ...values, ...Object.fromEntries(small), [changed.parameter]: changed.value };
  const { report } = await runRegime(host, scenario, { ...setting, values: varied }, progress);
  return { report, actions: [], events: [], metrics: [] };
}

/**
 * A policy's part from the pieces' parts, which stand in their order: the small runs beside the whole one, and a property they broke
 * as the policy's own.
 */
export function gathered(regime: Regime, pieces: readonly Piece[], parts: readonly Part[]): Part {
  let whole: Part | undefined;
  const varied: Varied[] = [];
  const small: Part[] = [];
  for (const [index, piece] of pieces.entries()) {
    const part = parts[index];
    if (part === undefined) throw new Error(`a piece of ${piece.regime} did not run`);
    if (piece.regime !== regime) continue;
    if (piece.changed === undefined) whole = part;
    else {
      varied.push({ ...piece.changed, notes: part.report.notes ?? [] });
      small.push(part);
    }
  }
  if (whole === undefined) throw new Error(`${regime} did not run`);
  if (varied.length === 0) return whole;
  return { ...whole, report: { ...whole.report, varied, properties: together([whole, ...small]) } };
}

/** Properties checked in several runs, with the first violation of any. */
function together(parts: readonly Part[]): RegimeReport["properties"] {
  const all = parts.map(({ report: { properties } }) => properties);
  const violation = all.find((one) => one.violation !== undefined)?.violation;
  return {
    checked: all[0]?.checked ?? [],
    steps: all.reduce((sum, { steps }) => sum + steps, 0),
    ...(violation === undefined ? {} : { violation }),
  };
}
