import { total } from "../numbers.js";
import type { RegimeReport } from "../report/data.js";
import { figureOf } from "../scenario/figures.js";
import type { Note, Scenario } from "../scenario/scenario.js";
import { after, findings, growth, notesOf } from "./carry/findings.js";
import { outcome } from "./carry/outcome.js";
import { assumptions, parameters, shocks } from "./carry/parameters.js";
import { stage } from "./carry/stage.js";
import { ACCOUNTS, DEPTH, PRICES, SPOT_BELOW } from "./crossfire/sources.js";
import { KEEPERS } from "./keepers.js";

type Reports = readonly RegimeReport[];

const notesUnder = (reports: Reports, regime: string): readonly Note[] | undefined =>
  reports.find((report) => report.regime === regime)?.notes;

/** Share of the carry traders' short that the crash closed. */
const closedIn = (notes: readonly Note[]): number => {
  const [crash] = notesOf(notes, "crash");
  return figureOf(crash, "closed") / figureOf(crash, "short");
};

/** Cash-and-carry capital grows until funding no longer pays for it; then the crash of 10 October 2025 comes. */
export const carry: Scenario<typeof parameters, RegimeReport> = {
  id: "carry",
  title: "Cash and carry: capital grows until funding no longer pays, then the crash",
  base: "ETH",
  ends: "Seven days later",
  story:
    "Levered longs pay funding to be long. Capital buys ETH in the spot pool, keeps it on the venue and sells the perpetual against it, level after level, until the net yield is below 4 % a year. " +
    "By then the hedged shorts are nearly all there is on the other side, and the crash of 10 October 2025 meets them. What they have left of the hedge they then take apart.",
  actors: {
    crowd:
      "Levered longs, equally large, leverage from the recorded quantiles; each wants the less the more funding costs, and puts back what funding took until the crash.",
    "carry traders":
      "Buy spot in the Uniswap v3 pool, deposit it and as much again as a tenth in quote, and sell as much short. They add a clip at every level of four days while the funding of the level before was " +
      "worth it, do nothing in the crash, and from twenty-two minutes after it take both legs apart, a clip each eight hours.",
    "directional shorts": "There before the capital, and stay.",
    "market makers":
      "Hedge nothing and quote the higher the more they are short: what nobody else takes the other side of moves the basis. They withdraw most of their depth in the crash.",
    ...KEEPERS,
  },
  shocks,
  assumptions,
  parameters,
  regimes: ["HedgeLast", "ProRata", "ProfitFirst", "LeverageFirst", "Queue"],
  quick: { longs: "36", each: "170", levels: "8" },
  variations: [
    { parameter: "touching", values: [0] },
    { parameter: "shortShare", values: [0.4] },
  ],
  sources: [
    {
      what: "Funding: premium, clamp and interest; 0.01 % in eight hours is 10.95 % a year, and without costs perpetual and spot agree where interest equals the difference of rates",
      where: "mechanism section 5; arXiv 2310.11771, 2212.06888",
    },
    PRICES,
    ACCOUNTS,
    DEPTH,
    SPOT_BELOW,
  ],
  limits: [
    "Blocks and clips are coarse: a level's yield is that of six blocks, and moves by several points with single orders. Where it rises from one level to the next that is chance: other seeds rise elsewhere, and their mean falls.",
    "That the curve is flat at 10.95 % is no chance but the clamp: any premium from -0.04 to 0.06 % comes to the interest rate alone. There the net yield moves with what an entry costs.",
    "Where the basis comes from is assumed: what longs are ready to pay and how makers are paid for inventory are not on record. The shape of the curve follows from the funding rule, its capital from them.",
    "Blocks are eight hours apart while capital grows: the premium of a block counts for the whole period before it.",
    "The price stands still until the crash, so that what is earned is funding and nothing else.",
    "No carry trader leaves before the crash, however low funding is.",
    "On the venue spot alone is margin enough; here they hold quote beside it, and their yield is on both.",
    "Longs enter and leave for funding alone.",
  ],
  expectations: [
    {
      kind: "control",
      sentence: "in every block in which funding alone moves cash, longs pay to the wei what shorts receive",
      holds: (reports) =>
        every(reports, (notes) =>
          notesOf(notes, "funding").every(
            (note) => figureOf(note, "blocks") > 0 && note.paid !== "0" && note.apart === "0",
          ),
        ),
    },
    {
      kind: "control",
      sentence: "more capital earns less: the later half of its levels yields less funding than the earlier half",
      holds: (reports) =>
        reports.every((report) => {
          const rates = growth(report).map((note) => figureOf(note, "funding"));
          const half = Math.floor(rates.length / 2);
          return mean(rates.slice(half)) < mean(rates.slice(0, half));
        }),
    },
    {
      kind: "control",
      sentence: "capital comes until a level's net yield is below the hurdle",
      holds: (reports) =>
        reports.every((report) => growth(report).some((note) => figureOf(note, "net") < assumptions.hurdle.default)),
    },
    {
      kind: "off",
      sentence:
        "pro rata closes a larger share of the hedged carry in the crash than hedge last, which closes it only once nobody else in profit is left",
      holds: (reports) => {
        const [even, last] = [notesUnder(reports, "ProRata"), notesUnder(reports, "HedgeLast")];
        return even === undefined || last === undefined ? undefined : closedIn(even) > closedIn(last);
      },
    },
    {
      kind: "on",
      sentence:
        "under hedge last the carry's result depends less on where the price goes after the crash than under pro rata, if it recovers",
      holds: (reports) => {
        const [even, last] = [notesUnder(reports, "ProRata"), notesUnder(reports, "HedgeLast")];
        if (even === undefined || last === undefined) return undefined;
        return Math.abs(after(last, "recovery").drift) < Math.abs(after(even, "recovery").drift);
      },
    },
  ],
  outcome,
  findings,
  stage,
};

function every(reports: Reports, holds: (notes: readonly Note[]) => boolean): boolean {
  return reports.every(({ notes = [] }) => holds(notes));
}

function mean(values: readonly number[]): number {
  return total(values) / values.length;
}
