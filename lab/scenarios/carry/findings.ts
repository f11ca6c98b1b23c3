import type { RegimeReport } from "../../report/data.js";
import { basisPoints, figureIn, figureOf, percent, rounded } from "../../scenario/figures.js";
import type { Cell, Findings, Note } from "../../scenario/scenario.js";

/** Branches of the run, by what the price does on them. */
const BRANCHES = { recovery: "recovers", below: "falls on" } as const;

type Reports = readonly RegimeReport[];

/** Levels of capital, in order. What came before the crash is the same under every policy. */
export function growth({ notes = [] }: RegimeReport): readonly Note[] {
  return notesOf(notes, "capital");
}

/** The notes of a phase. */
export function notesOf(notes: readonly Note[], phase: string): readonly Note[] {
  return notes.filter((note) => note.phase === phase);
}

/** The tables of the scenario. */
export function findings(reports: Reports): Findings[] {
  const [first] = reports;
  if (first?.notes === undefined) return [];
  return [curve(first), sums(first), outcome(reports), ...varied(reports)];
}

function curve(report: RegimeReport): Findings {
  return {
    id: "carry-curve",
    title: "Yield by capital",
    caption:
      "A row is a level of capital, two days after it came; before the crash every policy is the same. Funding is simple interest on notional: the level's mean, and its lowest and highest of six blocks. Basis is the mark's distance from the index. " +
      "The cost of an entry is what spot and short together lost against the index. The net yield is on all capital, spot and cash, with the cost of the way in and out spread over the holding time. A level whose net yield is below the hurdle is followed by one without more capital.",
    columns: [
      "Capital, $ M",
      "Short against spot, ETH",
      "All longs, ETH",
      "Funding, % a year",
      "lowest, % a year",
      "highest, % a year",
      "Basis, bp",
      "Cost of an entry, bp of notional",
      "Net yield, % a year",
    ],
    rows: growth(report).map((note) => [
      rounded(figureOf(note, "capital") / 1e6, 2),
      rounded(figureOf(note, "short"), 0),
      rounded(figureOf(note, "longs"), 0),
      percent(figureOf(note, "funding"), 2),
      percent(figureOf(note, "lowest"), 2),
      percent(figureOf(note, "highest"), 2),
      basisPoints(figureOf(note, "basis")),
      basisPoints(figureOf(note, "cost")),
      percent(figureOf(note, "net"), 2),
    ]),
  };
}

function sums({ notes = [] }: RegimeReport): Findings {
  const [note] = notesOf(notes, "funding");
  return {
    id: "carry-sums",
    title: "What longs paid, and what shorts received",
    caption:
      "Funding in the blocks in which nothing else moved cash, over every account of the chain, in 1e-18 of a dollar.",
    columns: ["Blocks", "Paid", "Received", "Paid less received"],
    rows: [[note?.blocks ?? null, note?.paid ?? null, note?.received ?? null, note?.apart ?? null]],
  };
}

/** What the crash and one branch after it came to for carry traders, of what they were short. */
export function after(notes: readonly Note[], branch: string) {
  const [crash] = notesOf(notes, "crash");
  const [end] = notesOf(notes, branch);
  const notional = figureOf(crash, "notional");
  const sum = (...names: string[]): number =>
    names.reduce((total, name) => total + figureOf(crash, name) + figureOf(end, name), 0);
  const short = figureOf(crash, "short");
  return {
    closed: sum("closed") / short,
    /** Everything from the crash to the end of the branch, and what of it was an open leg's. */
    result: sum("funding", "drift", "rest") / notional,
    drift: sum("drift") / notional,
    funding: sum("funding") / notional,
    cost: -sum("rest") / notional,
    unwound: 1 - figureOf(end, "left") / figureOf(end, "short"),
  };
}

function outcome(reports: Reports): Findings {
  return {
    id: "carry-unwind",
    title: "What the crash made of the carry",
    caption:
      "Carry traders do nothing in the crash, and take both legs apart in the seven days after it, in which the price comes back as recorded or falls below the deleveraging price. Shares are of their short before the crash: what the venue counted as hedged (only hedge last " +
      "has classes for that), what deleveraging closed in the crash and until the end, and what of the rest was gone in the end, closed or taken apart. Amounts are basis points of that short's notional: what an open leg gained or lost as the price moved, funding, and what fees, spread, impact and deleveraging cost.",
    columns: [
      "Policy",
      "Price after the crash",
      "Counted as hedged, %",
      "Closed in the crash, %",
      "Closed in all, %",
      "Rest that was gone, %",
      "Open leg, bp",
      "Funding, bp",
      "Costs, bp",
      "Result, bp",
    ],
    rows: reports.flatMap(({ regime, notes = [] }) => {
      const [crash] = notesOf(notes, "crash");
      const crashed = [figureOf(crash, "recognised"), figureOf(crash, "closed") / figureOf(crash, "short")];
      return Object.entries(BRANCHES).map(([branch, price]): Cell[] => {
        const { closed, unwound, drift, funding, cost, result } = after(notes, branch);
        const shares = [...crashed, closed, unwound].map((share) => percent(share));
        return [regime, price, ...shares, ...[drift, funding, -cost, result].map(basisPoints)];
      });
    }),
  };
}

function varied(reports: Reports): Findings[] {
  if (reports.every(({ varied: tried = [] }) => tried.length === 0)) return [];
  return [
    {
      id: "carry-varied",
      title: "Other assumptions",
      caption: "Small runs under every policy, each with one assumption changed; `lab show carry` tells what it is.",
      columns: [
        "Assumption",
        "Policy",
        "Capital at the end, $ M",
        "Yield of the last level, % a year",
        "Closed in the crash, %",
        "Result if the price recovers, bp",
        "if it falls, bp",
      ],
      rows: reports.flatMap(({ regime, varied: tried = [] }) =>
        tried.map(({ parameter, value, notes }): Cell[] => {
          const levels = growth({ notes } as RegimeReport);
          const [crash] = notesOf(notes, "crash");
          const net = figureIn(levels.at(-1), "net");
          return [
            `${parameter} ${value}`,
            regime,
            rounded(figureOf(levels.at(-1), "capital") / 1e6, 1),
            net === null ? null : percent(net),
            percent(figureOf(crash, "closed") / figureOf(crash, "short")),
            basisPoints(after(notes, "recovery").result),
            basisPoints(after(notes, "below").result),
          ];
        }),
      ),
    },
  ];
}
