import type { RegimeReport } from "../../report/data.js";
import { count, plural, size } from "../../report/format.js";
import { figureIn } from "../../scenario/figures.js";
import { underEach } from "../../scenario/outcome.js";
import type { Note } from "../../scenario/scenario.js";

const depthOf = (week: Note | undefined): number => figureIn(week, "depth") ?? 0;
const makersOf = (week: Note | undefined): number => figureIn(week, "makers") ?? 0;

/** How deep the book was before the first crash and in its thinnest week after it, and what deleveraging closed of makers. */
export function outcome(reports: readonly RegimeReport[]): string[] {
  const weeks = reports[0]?.notes ?? [];
  const [before] = weeks;
  if (before === undefined) return [];
  const thinnest = underEach(reports, (notes) => {
    const [week] = notes.slice(1).sort((left, right) => depthOf(left) - depthOf(right));
    return `${count(makersOf(week))} quoted ${size(depthOf(week))} ETH`;
  });
  const closed = underEach(reports, (notes) => {
    return `${size(notes.reduce((sum, week) => sum + (figureIn(week, "closedOfMakers") ?? 0), 0))} ETH`;
  });
  const later = `In the calm week after it in which the book was thinnest: ${thinnest}.`;
  return [
    `Before the first of ${plural(weeks.length, "crash", "crashes")}, ${plural(makersOf(before), "maker")} quoted ${size(depthOf(before))} ETH within 1 %.`,
    ...(weeks.length > 1 ? [later] : []),
    `Deleveraging closed of makers' shorts, in all crashes: ${closed}.`,
  ];
}
