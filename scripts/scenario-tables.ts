/**
 * The tables of all attacks, from recorded runs: the README's, with three verdicts for each, and in docs/defences.md which attack
 * succeeds when a layer is missing. What runs/ holds of `lab run` and `lab matrix` is first taken into docs/scenarios.json,
 * so that the tables can be written without running everything again.
 */
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { isLayer, LAYERS } from "../lab/deployment/defences.js";
import { money, result } from "../lab/report/format.js";
import type { Missing } from "../lab/tasks/matrix.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const RECORD = `${root}docs/scenarios.json`;

/** One leg as the tables show it. */
interface Leg {
  readonly verdict: string;
  readonly attackerNet: number;
  readonly wrongfulLiquidations: number;
}

/** What is kept of an attack. */
interface Recorded {
  readonly title: string;
  readonly seed: number;
  readonly legs: Readonly<Record<string, Leg>>;
  readonly cost?: { readonly label: string; readonly text: string };
  readonly missing?: readonly Missing[];
}

/** Takes in what was run since, and writes the tables. */
export function writeScenarioTables(order: readonly string[]): void {
  const known = existsSync(RECORD)
    ? (JSON.parse(readFileSync(RECORD, "utf8")) as Readonly<Record<string, Recorded>>)
    : {};
  const entries = order.flatMap((id) => {
    const found = recordedOf(id, known[id]);
    return found === undefined ? [] : [[id, found] as const];
  });
  writeFileSync(RECORD, `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`);
  replaceBetween("README.md", "scenarios", verdictTable(entries));
  replaceBetween("docs/defences.md", "layers", layerTable());
  replaceBetween("docs/defences.md", "matrix", matrixTable(entries));
}

/** The last whole run of an attack, and the last run without each of its layers; what was known of it otherwise. */
function recordedOf(id: string, known: Recorded | undefined): Recorded | undefined {
  const summaries = globSync(`runs/${id}/*/summary.json`, { cwd: root })
    .sort((left, right) => statSync(root + right).mtimeMs - statSync(root + left).mtimeMs)
    .map((path) => JSON.parse(readFileSync(root + path, "utf8")) as Partial<Recorded>);
  const last = summaries.find(({ legs }) => legs !== undefined);
  const latest = last === undefined ? known : trimmed(last as Recorded);
  if (latest === undefined) return undefined;
  const matrix = `${root}runs/${id}/matrix.json`;
  const missing = existsSync(matrix)
    ? (JSON.parse(readFileSync(matrix, "utf8")) as { missing: readonly Missing[] }).missing
    : known?.missing;
  return missing === undefined ? latest : { ...latest, missing };
}

function trimmed({ title, seed, legs, cost }: Recorded): Recorded {
  const kept = Object.entries(legs).map(([name, { verdict, attackerNet, wrongfulLiquidations }]) => [
    name,
    { verdict, attackerNet, wrongfulLiquidations },
  ]);
  const recorded = { title, seed, legs: Object.fromEntries(kept) as Recorded["legs"] };
  return cost === undefined ? recorded : { ...recorded, cost };
}

function verdictTable(entries: readonly (readonly [string, Recorded])[]): string {
  const cell = (leg: Leg | undefined, told: string): string =>
    leg === undefined ? "not run" : `${leg.verdict}: ${told}`;
  const rows = entries.map(([id, { title, legs, cost }]) => {
    const { off, on, control } = legs;
    return [
      `\`${id}\``,
      title,
      cell(off, harm(off)),
      cell(on, harm(on)),
      cell(control, cost === undefined ? harm(control, true) : `${cost.label.toLowerCase()}: ${cost.text}`),
    ];
  });
  return table(["scenario", "what happens", "without its defences", "with them", "what honest users pay"], rows);
}

function harm(leg: Leg | undefined, honest = false): string {
  if (leg === undefined) return "";
  const net = honest ? [] : [`attacker ${result(leg.attackerNet)}`];
  const wrong =
    leg.wrongfulLiquidations > 0 || honest ? [`${money(leg.wrongfulLiquidations)} wrongfully liquidated`] : [];
  return [...net, ...wrong].join(", ");
}

function layerTable(): string {
  const rows = Object.entries(LAYERS).map(([id, { name, stops, costs, parameter, how, off }]) => [
    `\`${id}\``,
    name,
    stops,
    costs,
    parameter,
    off === undefined ? `${how} (no contract has it yet)` : how,
  ]);
  return table(
    ["layer", "name", "what it stops", "what it costs", "parameter, and where it comes from", "a run without it"],
    rows,
  );
}

function matrixTable(entries: readonly (readonly [string, Recorded])[]): string {
  const ran = entries.filter(([, { missing }]) => missing !== undefined);
  const layers = Object.keys(LAYERS).filter((id) =>
    ran.some(([, { missing }]) => missing?.some(({ layer }) => layer === id)),
  );
  const rows = layers.map((id) => {
    const found = ran.flatMap(([scenario, { missing = [] }]) =>
      missing.filter(({ layer }) => layer === id).map((one) => ({ scenario, ...one })),
    );
    const broken = found.filter(({ verdict }) => verdict !== "holds");
    const held = found.filter(({ verdict }) => verdict === "holds").map(({ scenario }) => `\`${scenario}\``);
    return [
      isLayer(id) ? LAYERS[id].name : id,
      broken.map(({ scenario, attackerNet }) => `\`${scenario}\` (attacker ${result(attackerNet)})`).join(", ") ||
        "none",
      held.join(", ") || "none",
    ];
  });
  return table(["layer left out", "attacks that then succeed", "attacks that still fail"], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  return [head, head.map(() => "---"), ...escaped].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** Puts a table between a page's marks; a page without them is left alone. */
function replaceBetween(page: string, mark: string, text: string): void {
  const path = root + page;
  if (!existsSync(path)) return;
  const content = readFileSync(path, "utf8");
  const [open, close] = [`<!-- ${mark} -->`, `<!-- /${mark} -->`];
  const [from, until] = [content.indexOf(open), content.indexOf(close)];
  if (from < 0 || until < from) return;
  writeFileSync(path, `${content.slice(0, from + open.length)}\n\n${text}\n\n${content.slice(until)}`);
}
