import { type Labels, measuresOf } from "./comparison.js";
import type { RegimeRow, ReportData } from "./data.js";
import { shown } from "./findings.js";
import type { Findings } from "../scenario/scenario.js";
import { verdict } from "./verdict.js";

/** Columns between two cells. */
const GUTTER = "  ";

/** Columns of running text, and of a heading in a table of findings. */
const PROSE = 110;
const HEADING = 12;

/** Rows of a table beyond which a terminal is no place for it. */
const ROWS = 36;

/** Everything a run says, as lines of text: the outcome in sentences, the policies compared, the scenario's own tables, and its claims. */
export function terminalReport(data: ReportData): string {
  const { scenario, seed, regimes, findings = [], expectations } = data;
  const rows = regimes.map(({ row }) => row);
  const claims = expectations.map(({ sentence, held }) => hanging(held ? "holds" : "does not hold", sentence));
  return [
    `${scenario.title}\nScenario ${scenario.id}, seed ${seed}. Output of a model on a local chain.`,
    verdict(data)
      .map((sentence) => wrapped(plain(sentence), PROSE).join("\n"))
      .join("\n"),
    terminalTable(rows, scenario),
    ...findings.map(findingsTable),
    ...(claims.length === 0 ? [] : [`Expectations\n${claims.join("\n")}`]),
  ].join("\n\n");
}

/** The comparison of regimes as lines of text: a measure a line, a regime a column, numbers aligned right. */
export function terminalTable(rows: readonly RegimeRow[], labels: Labels = {}): string {
  const lines: string[][] = [["", ...rows.map(({ regime }) => regime)]];
  for (const { title, measures } of measuresOf(rows, labels)) {
    lines.push([], [title]);
    for (const { field, label, format } of measures) {
      lines.push([`  ${label}`, ...rows.map((row) => format(row[field] ?? null))]);
    }
  }
  return aligned(lines, 1);
}

/** One of the scenario's tables, its headings broken into short lines. */
function findingsTable({ title, caption, columns, rows }: Findings): string {
  const headings = columns.map((column) => wrapped(column, HEADING));
  const height = Math.max(...headings.map(({ length }) => length));
  const head = Array.from({ length: height }, (_, line) =>
    headings.map((words) => words[line - height + words.length] ?? ""),
  );
  const cells = rows.slice(0, ROWS).map((row) => row.map(shown));
  const more = rows.length > ROWS ? [`${rows.length - ROWS} more rows in the report`] : [];
  const words = columns.findIndex((_, column) => rows.some((row) => typeof row[column] === "number"));
  const table = aligned([...head, ...cells], words === -1 ? columns.length : words);
  return [title, ...wrapped(caption, PROSE), "", table, ...more].join("\n");
}

/** Cells as lines of text; the first `words` columns begin together, and those after them end together. */
function aligned(lines: readonly (readonly string[])[], words: number): string {
  const columns = Math.max(...lines.map(({ length }) => length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...lines.map((cells) => (cells.length === 1 ? 0 : (cells[column]?.length ?? 0)))),
  );
  const placed = (cell: string, column: number): string => {
    const width = widths[column] ?? 0;
    return column < words ? cell.padEnd(width) : cell.padStart(width);
  };
  return lines.map((cells) => cells.map(placed).join(GUTTER).trimEnd()).join("\n");
}

/** A label and a text whose further lines stand under its first. */
function hanging(label: string, text: string): string {
  const indent = " ".repeat(label.length + 2);
  return wrapped(text, PROSE - indent.length)
    .map((line, index) => (index === 0 ? `${label}: ${line}` : indent + line))
    .join("\n");
}

/** A text in lines of at most so many columns, where its words allow it. */
function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Without the characters that only keep a browser's lines together. */
function plain(text: string): string {
  return text.replaceAll("\u2060", "");
}
