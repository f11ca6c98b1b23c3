import { measureGroups } from "./comparison.js";
import type { RegimeRow } from "./data.js";

/** Columns between two cells. */
const GUTTER = "  ";

/** The comparison of regimes as lines of text: a measure a line, a regime a column, numbers aligned right. */
export function terminalTable(rows: readonly RegimeRow[], base = "base"): string {
  const lines: string[][] = [["", ...rows.map(({ regime }) => regime)]];
  for (const { title, measures } of measureGroups(base)) {
    lines.push([], [title]);
    for (const { field, label, format } of measures) {
      lines.push([`  ${label}`, ...rows.map((row) => format(row[field]))]);
    }
  }
  const widths = columnWidths(lines, rows.length + 1);
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => align(cell, column, widths))
        .join(GUTTER)
        .trimEnd(),
    )
    .join("\n");
}

function columnWidths(lines: readonly (readonly string[])[], columns: number): number[] {
  return Array.from({ length: columns }, (_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
}

function align(cell: string, column: number, widths: readonly number[]): string {
  const width = widths[column] ?? 0;
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}
