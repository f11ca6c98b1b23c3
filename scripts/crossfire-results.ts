/**
 * The README's table of results: what the last `npm start` made of crossfire, taken into docs/crossfire.json first, so that every
 * figure shown is there to be read by a program too.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { format, resolveConfig } from "prettier";

import { measuresOf } from "../lab/report/comparison.js";
import type { RegimeRow } from "../lab/report/data.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const LAST = `${root}runs/latest/summary.json`;
const RECORD = `${root}docs/crossfire.json`;

/** What is kept of a run: its parameters, a row of figures for each regime, and which claims held. */
export interface CrossfireRun {
  readonly scenario: string;
  readonly seed: number;
  readonly parameters: Readonly<Record<string, number | string>>;
  readonly regimes: readonly RegimeRow[];
  readonly expectations: readonly { readonly sentence: string; readonly held: boolean }[];
}

/** A run's summary.json, of whatever scenario. */
interface Summary extends Omit<CrossfireRun, "regimes"> {
  readonly regimes: readonly (RegimeRow & { readonly properties: { readonly violation?: string } })[];
}

/** Takes in the last run, if it was of crossfire, and writes the README's table. */
export async function writeCrossfire(): Promise<void> {
  if (!existsSync(LAST)) return;
  const last = JSON.parse(readFileSync(LAST, "utf8")) as Pick<Summary, "scenario">;
  if (last.scenario !== "crossfire") return;
  const run = kept(last as Summary);
  const style = (await resolveConfig(RECORD)) ?? {};
  writeFileSync(RECORD, await format(JSON.stringify(run), { ...style, filepath: RECORD }));
  const readme = readFileSync(`${root}README.md`, "utf8");
  const [before = "", rest = ""] = readme.split("<!-- results -->");
  const [, after = ""] = rest.split("<!-- /results -->");
  writeFileSync(`${root}README.md`, `${before}<!-- results -->\n\n${crossfireTable(run)}\n\n<!-- /results -->${after}`);
}

/** What docs/crossfire.json holds; nothing before crossfire was recorded. */
export function recordedCrossfire(): CrossfireRun | undefined {
  return existsSync(RECORD) ? (JSON.parse(readFileSync(RECORD, "utf8")) as CrossfireRun) : undefined;
}

/** A run's comparison: a measure a line, a regime a column. */
export function crossfireTable({ scenario, seed, regimes, expectations }: CrossfireRun): string {
  const [first] = regimes;
  const accounts = (first?.accounts ?? 0).toLocaleString("en-GB");
  const actions = Math.min(...regimes.map((row) => row.actions)).toLocaleString("en-GB");
  const head = ["", ...regimes.map(({ regime }) => regime)];
  const rows = measuresOf(regimes, { base: "ETH" }).flatMap(({ title, measures }) => [
    [`**${title}**`, ...regimes.map(() => "")],
    ...measures.map(({ field, label, format }) => [label, ...regimes.map((row) => format(row[field] ?? null))]),
  ]);
  const claims = expectations.map(({ sentence, held }) => `- ${held ? "Holds" : "Does not hold"}: ${sentence}`);
  const caption =
    `Scenario \`${scenario}\`, seed ${seed}: ${accounts} accounts and at least ${actions} on-chain actions under each way of ` +
    "deleveraging, in the same world with the same flow. Every figure is in [docs/crossfire.json](docs/crossfire.json).";
  return [caption, table(head, rows), claims.join("\n")].filter((part) => part !== "").join("\n\n");
}

/** A run without what only its report draws. Refuses one that broke a property. */
function kept({ scenario, seed, parameters, regimes, expectations }: Summary): CrossfireRun {
  const violation = regimes.find(({ properties }) => properties.violation !== undefined)?.properties.violation;
  if (violation !== undefined)
    throw new Error(`the last run broke a property, so its results are not shown: ${violation}`);
  const figures = (row: RegimeRow): RegimeRow =>
    Object.fromEntries(
      Object.entries(row).filter(([, value]) => typeof value !== "object" || value === null),
    ) as unknown as RegimeRow;
  const claims = expectations.map(({ sentence, held }) => ({ sentence, held }));
  return { scenario, seed, parameters, regimes: regimes.map(figures), expectations: claims };
}

/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  return [head, head.map(() => "---"), ...escaped].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
