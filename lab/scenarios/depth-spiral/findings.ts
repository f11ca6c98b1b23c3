import type { RegimeReport } from "../../report/data.js";
import { figureIn, percent, rounded } from "../../scenario/figures.js";
import type { Cell, Findings, Note } from "../../scenario/scenario.js";

type Reports = readonly RegimeReport[];

/** The tables of the scenario. */
export function findings(reports: Reports): Findings[] {
  return [weeks(reports), ...varied(reports)];
}

function weeks(reports: Reports): Findings {
  return {
    id: "spiral-weeks",
    title: "Week by week",
    caption:
      "The book in the calm days before each crash: makers who quote, mean depth within 1 % of the index on both sides together, the share of blocks in which a side was empty, and of the other blocks the widest spread, and the most that " +
      "a market order of 0.25 % of the longs' full size lost to the index. Then the crash: the thinnest the book became, what deleveraging closed, how much of that was makers' and hedged shorts', and the makers who had not left after it.",
    columns: [
      "Week",
      "Policy",
      "Makers",
      "Depth, ETH",
      "A side empty, % of blocks",
      "Spread, bp",
      "Slippage, bp",
      "Open interest, ETH",
      "Thinnest in the crash, ETH",
      "Closed, ETH",
      "of it makers', ETH",
      "of it hedged shorts', ETH",
      "Makers after the crash",
    ],
    rows: (reports[0]?.notes ?? []).flatMap((_, index) =>
      reports.map(({ regime, notes = [] }): Cell[] => {
        const week = notes[index];
        return [
          `${index + 1}`,
          regime,
          amount(week, "makers", 0),
          amount(week, "depth", 1),
          amount(week, "oneSided", 0, 100),
          amount(week, "spread", 1, 1e4),
          amount(week, "slippage", 1, 1e4),
          amount(week, "openInterest", 1),
          amount(week, "thinnest", 2),
          amount(week, "closed", 1),
          amount(week, "closedOfMakers", 1),
          amount(week, "closedOfHedged", 1),
          amount(week, "makersAfter", 0),
        ];
      }),
    ),
  };
}

function varied(reports: Reports): Findings[] {
  if (reports.every(({ varied: tried = [] }) => tried.length === 0)) return [];
  return [
    {
      id: "spiral-varied",
      title: "Other assumptions about behaviour",
      caption:
        "Small runs, each with one assumption changed (`lab show depth-spiral` tells what it is): the book in the days before the last crash, its depth against that before the first, and what deleveraging closed in all crashes.",
      columns: [
        "Assumption",
        "Policy",
        "Depth before the last crash, % of that before the first",
        "Spread, bp",
        "Slippage, bp",
        "Makers",
        "Closed in all, ETH",
        "of it makers', ETH",
      ],
      rows: reports
        .flatMap(({ regime, varied: tried = [] }) => tried.map((one) => ({ regime, ...one })))
        .sort((left, right) => left.parameter.localeCompare(right.parameter) || left.value - right.value)
        .map(({ regime, parameter, value, notes }): Cell[] => {
          const [first, last] = [notes[0], notes.at(-1)];
          const whole = (name: string): number => notes.reduce((sum, note) => sum + (figureIn(note, name) ?? 0), 0);
          return [
            `${parameter} ${value}`,
            regime,
            percent((figureIn(last, "depth") ?? 0) / (figureIn(first, "depth") ?? 1)),
            amount(last, "spread", 1, 1e4),
            amount(last, "slippage", 1, 1e4),
            amount(last, "makers", 0),
            rounded(whole("closed"), 1),
            rounded(whole("closedOfMakers"), 1),
          ];
        }),
    },
  ];
}

/** A figure of a note for a table, so many times as large; null if the note has none. */
function amount(note: Note | undefined, name: string, digits: number, times = 1): number | null {
  const value = figureIn(note, name);
  return value === null ? null : rounded(value * times, digits);
}
