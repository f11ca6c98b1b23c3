import type { RegimeReport } from "../../report/data.js";
import { count, list, plural, size } from "../../report/format.js";
import { regimeTitle } from "../../report/names.js";
import { figureIn } from "../../scenario/figures.js";

/** How deep the book was before the first crash and before the last, and how many makers the last one left. */
export function outcome(reports: readonly RegimeReport[]): string[] {
  const [first] = reports;
  const before = first?.notes?.[0];
  if (before === undefined) return [];
  const weeks = first?.notes?.length ?? 0;
  const under = (told: (notes: NonNullable<RegimeReport["notes"]>) => string): string =>
    list(reports.map(({ regime, notes = [] }) => `${told(notes)} under ${regimeTitle(regime)}`));
  const last = under((notes) => {
    const makers = figureIn(notes.at(-1), "makers") ?? 0;
    return `${count(makers)} quoted ${size(figureIn(notes.at(-1), "depth"))} ETH`;
  });
  const closed = under((notes) => {
    const sum = notes.reduce((total, note) => total + (figureIn(note, "closedOfMakers") ?? 0), 0);
    return `${size(sum)} ETH`;
  });
  const makers = plural(figureIn(before, "makers") ?? 0, "maker");
  return [
    `Before the first of ${plural(weeks, "crash", "crashes")} ${makers} quoted ${size(figureIn(before, "depth"))} ETH within 1 %; before the last, ${last}.`,
    `In all of them deleveraging closed of makers' shorts ${closed}.`,
  ];
}
