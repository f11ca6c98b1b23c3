import type { RegimeReport, RegimeRow } from "../report/data.js";
import { REGIMES, type Scenario } from "../scenario/scenario.js";
import { assumptions, parameters, shocks } from "./crossfire/parameters.js";
import { ACCOUNTS, DELEVERAGING, DEPTH, PRICES, SHORTS, SPOT_BELOW } from "./crossfire/sources.js";
import { stage } from "./crossfire/stage.js";

type Reports = readonly RegimeReport[];

const every = (reports: Reports, holds: (row: RegimeRow) => boolean): boolean => reports.every(({ row }) => holds(row));
const rowOf = (reports: Reports, name: string): RegimeRow | undefined =>
  reports.find(({ regime }) => regime === name)?.row;

/** The crash of 10 October 2025 driven through this exchange. */
export const crossfire: Scenario<typeof parameters, RegimeReport> = {
  id: "crossfire",
  title: "10 October 2025: a crash through levered longs, thin books, and deleveraging",
  base: "ETH",
  story:
    "ETH falls 6 % in minutes, second by second as recorded, into a crowd of levered longs. Market makers, short here and long " +
    "spot elsewhere, withdraw nearly all their depth. Liquidations empty the book, then the backstop vault, then the insurance " +
    "fund; what is left is deleveraged. The same flow meets each policy, and the industry's queue.",
  actors: {
    crowd: "Levered longs, sizes and leverage drawn from the recorded quantiles; they enter between 21:00 and 21:09.",
    "directional shorts":
      "Entries and leverage of the 50 shorts named in the recorded ETH burst; opened in the days before.",
    "earlier longs": "Patient longs who took the other side of those shorts and hand their positions to the crowd.",
    "market makers":
      "Quote a ladder on the book, wider and thinner with volatility, inventory, lost wealth and open delta; what they are short they " +
      "hold as spot, bought in the Uniswap v3 pool in stock half a day before. Six of ten keep it in their account on the venue, the " +
      "others in a wallet the venue cannot see. Spot whose short was deleveraged they keep.",
    arbitrageur: "Keeps the pool at the outside price, for more than its fee.",
    liquidators: "Three; each takes a third of the accounts, worst margin ratio first.",
    "queue keeper": "Lists counterparties for bankrupt accounts where deleveraging is by queue.",
    "backstop providers": "Put money into the backstop vault before the crash.",
    reporter: "Publishes the outside price to the feed at a move of 5 bp, as fast as blocks come.",
  },
  shocks,
  assumptions,
  parameters,
  regimes: ["HedgeLast", ...REGIMES],
  sources: [PRICES, ACCOUNTS, SHORTS, DELEVERAGING, DEPTH, SPOT_BELOW],
  limits: [
    "ETH on Gemini fell 6 %, to 3,681; on the venue of record positions were deleveraged at 3,467.9 on average, 11 % down. Leverage is " +
      "multiplied by the ratio of the two falls, so that a trader's distance to bankruptcy, measured in falls, is as on record.",
    "Sizes and leverage come from the accounts that were deleveraged, the winners: those of the liquidated are not on record.",
    "Size and leverage are drawn independently of each other.",
    "One market. On record accounts were cross-margined over 162 of them.",
    "Makers do not re-hedge what deleveraging took from them. On record some did and some could not.",
    "Gemini trades thinly: single prints stand out by up to 2 %, and the model's outside price follows them.",
  ],
  expectations: [
    {
      kind: "off",
      sentence: "book, backstop and insurance are exhausted, and deleveraging follows from that under every regime",
      holds: (reports) =>
        every(reports, (row) => row.deleveragedNotional > 0 && row.paidByInsurance > 0 && row.paidByWinners > 0),
    },
    {
      kind: "off",
      sentence: "pro rata, which asks nobody for a hedge, leaves makers long by over a tenth of what it closes",
      holds: (reports) => {
        const row = rowOf(reports, "ProRata");
        if (row === undefined || row.averageDeleveragingPrice === null) return undefined;
        const closed = row.deleveragedNotional / row.averageDeleveragingPrice;
        return row.makersDeltaAfter - row.makersDeltaBefore > closed / 10;
      },
    },
    {
      kind: "on",
      sentence:
        "hedge last closes none of the shorts that spot in their account covers, and pro rata closes over a tenth of what it takes from them",
      holds: (reports) => {
        const [hedge, even] = [rowOf(reports, "HedgeLast"), rowOf(reports, "ProRata")];
        if (hedge === undefined || even === undefined) return undefined;
        const closed = even.hedgedClosed + even.directionalClosed;
        return hedge.hedgedClosed < 0.001 * closed && even.hedgedClosed > closed / 10;
      },
    },
    {
      kind: "on",
      sentence: "hedge last does not protect makers whose spot is elsewhere",
      holds: (reports) => {
        const row = rowOf(reports, "HedgeLast");
        return row === undefined ? undefined : row.otherMakersDeltaAfter > Math.abs(row.coveredMakersDeltaAfter);
      },
    },
    {
      kind: "on",
      sentence: "reaching the most levered first leaves makers with less than half the open delta of pro rata",
      holds: (reports) => {
        const [levered, even] = [rowOf(reports, "LeverageFirst"), rowOf(reports, "ProRata")];
        if (levered === undefined || even === undefined) return undefined;
        return Math.abs(levered.makersDeltaAfter) < Math.abs(even.makersDeltaAfter) / 2;
      },
    },
    {
      kind: "on",
      sentence: "pro rata reaches an account for less gas than the queue",
      holds: (reports) => {
        const [even, queue] = [rowOf(reports, "ProRata")?.gasPerAccount, rowOf(reports, "Queue")?.gasPerAccount];
        return even == null || queue == null ? undefined : even < queue;
      },
    },
    {
      kind: "on",
      sentence: "pro rata spreads the burden more evenly than the queue",
      holds: (reports) => {
        const [even, queue] = [rowOf(reports, "ProRata"), rowOf(reports, "Queue")];
        return even === undefined || queue === undefined ? undefined : even.gini < queue.gini;
      },
    },
  ],
  stage,
};
