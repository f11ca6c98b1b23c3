import type { RegimeReport } from "../../report/data.js";
import { money } from "../../report/format.js";
import { basisPoints, figureIn, figureOf, percent } from "../../scenario/figures.js";
import { underEach } from "../../scenario/outcome.js";
import { after, growth, notesOf } from "./findings.js";

/** What capital came to, and what the crash made of it under each policy. */
export function outcome(reports: readonly RegimeReport[]): string[] {
  const [first] = reports;
  if (first?.notes === undefined) return [];
  const levels = growth(first);
  const nets = levels.map((level) => figureIn(level, "net")).filter((net) => net !== null);
  const capital = money(figureOf(levels.at(-1), "capital"));
  const closed = underEach(reports, (notes) => {
    const [crash] = notesOf(notes, "crash");
    return `${percent(figureOf(crash, "closed") / figureOf(crash, "short"))} %`;
  });
  const result = (branch: string): string =>
    underEach(reports, (notes) => `${basisPoints(after(notes, branch).result)} bp`);
  return [
    `Cash-and-carry capital grew to ${capital}, and its net yield fell from ${percent(nets[0] ?? 0)} % a year at its first level to ${percent(nets.at(-1) ?? 0)} % at its last.`,
    `In the crash deleveraging closed of its short ${closed}.`,
    `With both legs taken apart it had gained, of what was short before, where the price recovers: ${result("recovery")}.`,
    `Where it falls on: ${result("below")}.`,
  ];
}
