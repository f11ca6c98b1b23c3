import type { Fate, RegimeReport } from "../report/data.js";
import type { Expectation, Regime, Scenario } from "../scenario/scenario.js";
import { closedIn, findings, highestLeverage, referenceFor } from "./eth-burst/findings.js";
import { assumptions, parameters, shocks } from "./eth-burst/parameters.js";
import { stage } from "./eth-burst/stage.js";

type Reports = readonly RegimeReport[];

/** Fractions closer than this are the same: sizes lose up to a wei of base a share, reports are decimal numbers. */
const DUST = 1e-9;

/** Width of the widest class of leverage the accounts of the burst are in: 1 to 2, 1/2 to 1. */
const CLASS_WIDTH = 2;

/** Width of a bucket of break-even prices. */
const BUCKET = 1.02;

const fatesOf = (reports: Reports, regime: Regime): readonly Fate[] | undefined => {
  const fates = reports.find((report) => report.regime === regime)?.fates ?? [];
  return fates.length === 0 ? undefined : fates;
};

const alike = (one: number, other: number): boolean => Math.abs(one - other) <= DUST * Math.max(1, Math.abs(other));

/** A claim about one regime's accounts. */
function claim(
  regime: Regime,
  kind: "off" | "on",
  sentence: string,
  holds: (fates: readonly Fate[], reports: Reports) => boolean,
): Expectation<RegimeReport> {
  return {
    kind,
    sentence,
    holds: (reports) => {
      const fates = fatesOf(reports, regime);
      return fates === undefined ? undefined : holds(fates, reports);
    },
  };
}

const expectations: readonly Expectation<RegimeReport>[] = [
  claim("ProRata", "on", "pro rata closes the same 55.5 % of every account, as the exact policy does", (fates) => {
    const { proRata } = referenceFor(fates);
    const fraction = (fates[0]?.closed ?? 0) / (fates[0]?.size ?? 1);
    return (
      Math.abs(fraction - 0.555) < 0.0005 && fates.every(({ name, closed }) => alike(closed, proRata.get(name) ?? 0))
    );
  }),
  claim("HedgeLast", "on", "with nobody hedged, hedge last over pro rata is pro rata", (fates) => {
    const { proRata } = referenceFor(fates);
    return fates.every(({ name, closed }) => alike(closed, proRata.get(name) ?? 0));
  }),
  claim(
    "ProfitFirst",
    "on",
    "profit first closes what the order by account closes, but for the accounts within a bucket of where that order ends",
    (fates) => {
      const exact = referenceFor(fates).mostProfitableFirst;
      const last = fates.find(({ name, size }) => {
        const closed = exact.get(name) ?? 0;
        return closed > 0 && closed < size;
      });
      const edge = last?.breakEven ?? 0;
      return fates.every(
        ({ name, closed, breakEven }) =>
          alike(closed, exact.get(name) ?? 0) || Math.max(breakEven / edge, edge / breakEven) < BUCKET,
      );
    },
  ),
  claim(
    "LeverageLevel",
    "on",
    "with everybody touched, levelling closes what water filling closes of accounts as levered as their class at least is",
    (fates) => {
      const { waterFillingByClass } = referenceFor(fates);
      return fates.every(({ name, closed }) => alike(closed, waterFillingByClass.get(name) ?? 0));
    },
  ),
  claim(
    "LeverageLevel",
    "on",
    "levelling leaves no leverage beyond a class's width of the least there could be",
    (fates) => {
      return highestLeverage(fates, closedIn(fates)) <= CLASS_WIDTH * referenceFor(fates).level;
    },
  ),
  claim(
    "LeverageFirst",
    "off",
    "closing the most levered class first, whole, leaves more leverage than levelling",
    (fates, reports) => {
      const level = fatesOf(reports, "LeverageLevel");
      const after = highestLeverage(fates, closedIn(fates));
      return (
        after >
        (level === undefined ? CLASS_WIDTH * referenceFor(fates).level : highestLeverage(level, closedIn(level)))
      );
    },
  ),
  {
    kind: "on",
    sentence: "under every policy winners give what is needed, to a billionth of a dollar",
    holds: (reports) =>
      reports.every(
        ({ takings = [] }) => takings.length > 0 && takings.every(({ overshoot }) => Math.abs(overshoot) <= DUST),
      ),
  },
  claim("Queue", "off", "the queue takes more gas than any policy enforced by tranches", (_, reports) => {
    const gas = (report: RegimeReport): number => report.row.gasPerDeleveraging ?? 0;
    const queue = reports.filter(({ regime }) => regime === "Queue").map(gas);
    return reports.filter(({ regime }) => regime !== "Queue").every((report) => gas(report) < Math.max(...queue));
  }),
];

/** The burst of deleveraging at 21:17:06, with the accounts on record. */
export const ethBurst: Scenario<typeof parameters, RegimeReport> = {
  id: "eth-burst",
  title: "10 October 2025, 21:17:06: fifty shorts and one bankrupt long",
  base: "ETH",
  story:
    "In one second of the crash 57,473 ETH of shorts were closed at 3,561.2 to take over what a bankrupt long left behind: 49 of the 50 named accounts " +
    "whole, the largest by half. The same accounts open the same shorts here, each at its recorded entry by a trade on the book, and hold " +
    "their recorded equity when the long goes bankrupt. One liquidation then deleverages the same quantity under each policy.",
  actors: {
    "directional shorts":
      "The 50 accounts of the record and one for the tail it sums up: recorded size, entry and equity. They sell when the price passes their entry, and take out what they hold beyond their recorded cash.",
    "earlier longs":
      "One patient long buys from all of them, and sells the burst's size to the long that goes bankrupt.",
    crowd: "That long: as much margin as makes its bankruptcy price the recorded one.",
    liquidators:
      "One: pokes every short after the fall, liquidates the long, and where deleveraging is by queue lists the shorts by the published score.",
    reporter: "Publishes the price to the feed, every block.",
  },
  shocks,
  assumptions,
  parameters,
  regimes: ["HedgeLast", "ProRata", "ProfitFirst", "LeverageFirst", "LeverageLevel", "Queue"],
  sources: [
    {
      what: "Size, entry, cash, equity and closed size of 50 accounts, closing price 3,561.2 and mark 3,521.0",
      where: "Hyperliquid public fill record; lab/data/eth-short-entries.csv",
    },
    { what: "Water filling", where: "arXiv 2603.15963" },
    { what: "Overshoot = taken - needed", where: "arXiv 2512.01112v3" },
  ],
  limits: [
    "Only accounts that were closed are on record. With other shorts beside them every fraction would be smaller; the fractions compare policies, not venues.",
    "The path of the price up to the fall is made: it passes the recorded entries once, from the highest down, and dips once so that accounts can take out their surplus.",
    "One account's recorded cash is -3.64 USD; here it is 0, since nobody can withdraw below that.",
    "The published ranking formula does not reproduce the recorded order, in which the largest account came last: the queue here follows the formula, not the record.",
    "Accounts of the record may hold other positions, and hedges elsewhere; neither is known.",
  ],
  expectations,
  findings,
  stage,
};
