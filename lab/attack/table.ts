import { type Format, NOTHING, money, percent, result, size } from "../report/format.js";
import { groupTitle } from "../report/names.js";
import type { Campaign } from "./campaign.js";
import type { Judged } from "./legs.js";
import { legName } from "./perform.js";
import type { AttackScenario, FigureInfo } from "./scenario.js";

/** A line of the table of runs: a label, and a text for each run. */
export interface Line {
  readonly label: string;
  readonly cells: readonly string[];
}

/** Lines that belong together. */
export interface LineGroup {
  readonly title: string;
  readonly lines: readonly Line[];
}

/** A run's heading. */
export function headingOf({ leg, outcome }: Judged): string {
  return HEADINGS[leg] ?? legName(outcome);
}

const HEADINGS: Readonly<Record<string, string>> = {
  off: "Attack, undefended",
  on: "Attack, defended",
  control: "Honest, defended",
  baseline: "Honest, undefended",
};

/** How a scenario's own number is printed. */
export function formatOf({ unit }: FigureInfo): Format {
  if (unit === "quote") return money;
  if (unit === "share") return (value) => (value !== null && Math.abs(value) < 0.01 ? fine(value) : percent(value));
  return (value) => (value === null ? NOTHING : `${size(value)}\u00a0${unit}`);
}

function fine(value: number): string {
  return `${(value * 100).toFixed(3)}\u00a0%`;
}

/** Everything measured, a line each, a column a run. */
export function lineGroups(scenario: AttackScenario, runs: readonly Judged[]): LineGroup[] {
  const line = (label: string, text: (run: Judged) => string): Line => ({ label, cells: runs.map(text) });
  const payers = [...new Set(runs.flatMap(({ outcome }) => Object.keys(outcome.paidBy)))];
  return [
    {
      title: "The attack",
      lines: [
        line("Verdict", ({ verdict }) => verdict),
        line("Attacker's net", ({ outcome }) => (outcome.honest ? NOTHING : result(outcome.attackerNet))),
        line("of it gas", ({ outcome }) => (outcome.honest ? NOTHING : money(outcome.attackerGas))),
        line("Liquidated", ({ outcome }) => money(outcome.liquidated)),
        line("Wrongfully liquidated", ({ outcome }) => money(outcome.wrongfulLiquidations)),
      ],
    },
    {
      title: "Paid by (negative: received)",
      lines: payers.map((group) => line(groupTitle(group), ({ outcome }) => money(outcome.paidBy[group] ?? 0))),
    },
    {
      title: "The scenario's own figures",
      lines: Object.entries(scenario.figures).map(([name, info]) =>
        line(info.label, ({ outcome }) => formatOf(info)(outcome.figures[name] ?? null)),
      ),
    },
    {
      title: "Size of the run",
      lines: [
        line("Blocks", ({ outcome }) => String(outcome.properties.steps)),
        line("Transactions", ({ outcome }) => String(outcome.actions)),
      ],
    },
  ].filter(({ lines }) => lines.length > 0);
}

/** A campaign as lines of text. */
export function attackTable({ scenario, runs, frontier }: Campaign): string {
  const groups = lineGroups(scenario, runs);
  const rows: string[][] = [["", ...runs.map(headingOf)]];
  for (const { title, lines } of groups) {
    rows.push([], [title], ...lines.map(({ label, cells }) => [`  ${label}`, ...cells]));
  }
  const widths = Array.from({ length: runs.length + 1 }, (_, column) =>
    Math.max(...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  const text = rows.map((cells) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  const claims = runs.flatMap(({ claims: own, leg }) =>
    own.map(({ sentence, held }) => `${held ? "holds" : "does not hold"} (${leg}): ${sentence}`),
  );
  const { parameter } = scenario.grid;
  const points = frontier.map(
    ({ value, defences, attackerNet }) => `  ${parameter} ${value}, defences ${defences}: ${result(attackerNet)}`,
  );
  const drawn = points.length === 0 ? [] : ["", "Attacker's net over the grid", ...points];
  return [...text, "", ...claims, ...drawn].join("\n");
}
