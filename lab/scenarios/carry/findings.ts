import type { RegimeReport } from "../../report/data.js";
import { basisPoints, figureIn, figureOf, percent, rounded } from "../../scenario/figures.js";
import type { Cell, Findings, Note } from "../../scenario/scenario.js";

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
      "Each level two days after it came; before the crash every policy is the same. Funding of simple interest on notional, and that of the lowest and of the highest of the level's six blocks; basis is the mark's distance from the index; an entry's cost is what both " +
      "legs lost against the index, per notional; the net yield is on capital, spot and cash, with the way in and out at that cost spread over the holding time. A level whose yield is below the hurdle is followed by one without more capital.",
    columns: [
      "Capital, $ M",
      "Short, ETH",
      "Longs, ETH",
      "Funding, % a year",
      "lowest block",
      "highest block",
      "Basis, bp",
      "Cost of an entry, bp",
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
    title: "The crash, and taking the legs apart",
    caption:
      "Of the notional that was short before the crash, basis points: what an open leg gained or lost as the price moved, funding, and what fees, spread, impact and deleveraging cost. " +
      "Only hedge last has classes for hedges. In the crash itself carry traders do nothing; after it they unwind over seven days. The price comes back as recorded, or falls below the deleveraging price.",
    columns: [
      "Policy",
      "In a hedged class, %",
      "Closed in the crash, %",
      ...["recovers", "falls"].flatMap((what) =>
        ["closed, %", "unwound, %", "open leg", "funding", "cost", "result"].map((column) => `${what}: ${column}`),
      ),
    ],
    rows: reports.map(({ regime, notes = [] }): Cell[] => {
      const [crash] = notesOf(notes, "crash");
      return [
        regime,
        percent(figureOf(crash, "recognised")),
        percent(figureOf(crash, "closed") / figureOf(crash, "short")),
        ...["recovery", "below"].flatMap((branch) => {
          const { closed, unwound, drift, funding, cost, result } = after(notes, branch);
          return [percent(closed), percent(unwound), ...[drift, funding, cost, result].map(basisPoints)];
        }),
      ];
    }),
  };
}

function varied(reports: Reports): Findings[] {
  if (reports.every(({ varied: tried = [] }) => tried.length === 0)) return [];
  return [
    {
      id: "carry-varied",
      title: "Other assumptions",
      caption: "Small runs, each with one assumption changed.",
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
