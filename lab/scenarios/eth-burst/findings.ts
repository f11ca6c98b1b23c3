import type { Fate, RegimeReport } from "../../report/data.js";
import { percent, rounded } from "../../scenario/figures.js";
import type { Cell, Findings } from "../../scenario/scenario.js";
import {
  byClass,
  type Closed,
  misplaced,
  mostLeveredFirst,
  mostProfitableFirst,
  proRata,
  waterFilling,
} from "./exact.js";
import { equityAt, EXECUTION, MARK, namedShorts } from "../recorded-shorts.js";

/** What exact policies, account by account, would close of the same accounts. */
export interface Reference {
  readonly proRata: Closed;
  readonly mostProfitableFirst: Closed;
  readonly mostLeveredFirst: Closed;
  readonly waterFilling: Closed;
  /** Water filling of accounts that count as the lowest leverage of their class. */
  readonly waterFillingByClass: Closed;
  /** Highest leverage after exact water filling. */
  readonly level: number;
}

/** The reference for what one regime found: the same accounts, the same quantity. */
export function referenceFor(fates: readonly Fate[]): Reference {
  const mark = markOf(fates);
  const quantity = fates.reduce((sum, { closed }) => sum + closed, 0);
  const candidates = fates.map(({ name, size, breakEven, equityBefore }) => ({
    name,
    size,
    entry: breakEven,
    equity: equityBefore,
  }));
  const filled = waterFilling(candidates, quantity, mark);
  return {
    proRata: proRata(candidates, quantity),
    mostProfitableFirst: mostProfitableFirst(candidates, quantity),
    waterFilling: filled,
    mostLeveredFirst: mostLeveredFirst(candidates, quantity),
    waterFillingByClass: waterFilling(byClass(candidates, mark), quantity, mark),
    level: highestLeverage(fates, filled),
  };
}

/** Highest leverage left if so much were closed of everyone at mark, and nothing charged. */
export function highestLeverage(fates: readonly Fate[], closed: Closed): number {
  const mark = markOf(fates);
  return Math.max(
    ...fates.map(({ name, size, equityBefore }) => ((size - (closed.get(name) ?? 0)) * mark) / equityBefore),
  );
}

/** What a regime closed. */
export function closedIn(fates: readonly Fate[]): Closed {
  return new Map(fates.map(({ name, closed }) => [name, closed]));
}

/** Somebody with a position. */
type Sized = Pick<Fate, "name" | "size">;

/** Fractions closed of the largest account, and of all others together. */
export function split(some: readonly Sized[], closed: Closed): { readonly largest: number; readonly others: number } {
  const [largest, ...others] = [...some].sort((one, other) => other.size - one.size);
  return { largest: partOf(largest === undefined ? [] : [largest], closed), others: partOf(others, closed) };
}

/** The tables of the report. */
export function findings(reports: readonly RegimeReport[]): Findings[] {
  const fates = reports[0]?.fates ?? [];
  if (fates.length === 0) return [];
  return [
    summary(reports, fates),
    beside(reports, fates),
    widths(reports),
    accounts(reports, fates),
    leverages(reports, fates),
  ];
}

/** What exact policies make of the record: fractions, and the highest leverage that water filling leaves. */
export interface Exact {
  readonly proRata: number;
  readonly largest: number;
  readonly others: number;
  readonly level: number;
}

/** The reference figures of this burst that the project was given with the record, computed from its 50 named accounts. */
export const GIVEN: Exact = { proRata: 0.555, largest: 0.568, others: 0.4, level: 0.91 };

/** The same computed here: the 50 named accounts alone, their notional at the price all were closed at, their equity at the mark. */
export function ofTheNamed(): Exact {
  const shorts = namedShorts();
  const candidates = shorts.map((short) => ({ ...short, equity: equityAt(short, MARK) }));
  const quantity = shorts.reduce((sum, { closed }) => sum + closed, 0);
  const filled = waterFilling(candidates, quantity, EXECUTION);
  const left = candidates.map(({ name, size, equity }) => ((size - (filled.get(name) ?? 0)) * EXECUTION) / equity);
  return {
    proRata: partOf(candidates, proRata(candidates, quantity)),
    ...split(candidates, filled),
    level: Math.max(...left),
  };
}

/** What was closed of all together. */
function partOf(some: readonly Sized[], closed: Closed): number {
  const all = some.reduce((sum, { size }) => sum + size, 0);
  return some.reduce((sum, { name }) => sum + (closed.get(name) ?? 0), 0) / all;
}

function beside(reports: readonly RegimeReport[], fates: readonly Fate[]): Findings {
  const reference = referenceFor(fates);
  const filled = { ...split(fates, reference.waterFilling), level: reference.level };
  const all: Exact = { proRata: partOf(fates, reference.proRata), ...filled };
  const onChain = (regime: string): readonly Fate[] => reports.find((report) => report.regime === regime)?.fates ?? [];
  const [even, level] = [onChain("ProRata"), onChain("LeverageLevel")];
  const levelled = level.length === 0 ? undefined : split(level, closedIn(level));
  const line = (title: string, key: keyof Exact, chain: number | undefined): Cell[] => {
    const shown = (value: number): number => (key === "level" ? rounded(value, 2) : percent(value, 2));
    const known = chain === undefined ? null : shown(chain);
    return [title, shown(GIVEN[key]), ...[ofTheNamed(), all].map((exact) => shown(exact[key])), known];
  };
  return {
    id: "burst-reference",
    title: "Beside the reference figures",
    caption:
      "The reference is the exact policies over the 50 named accounts, leverage by notional at the closing price of 3,561.2; the second column computes them again. " +
      "The third adds the 41.5 ETH whose accounts are not named, a tail of one account, and takes leverage at the mark of 3,521, as the contracts do: the tail moves the fractions, the price the leverage. " +
      "On chain ProRata has no width; LeverageLevel counts every account as the lowest leverage of its class: the largest account's 2.09 as 2, the 1.43 of the next, which is most of the others, as 1.",
    columns: ["", "Reference", "The 50, account by account", "With the tail, at the mark", "On chain"],
    rows: [
      line("Pro rata: closed of everyone, %", "proRata", even.length === 0 ? undefined : partOf(even, closedIn(even))),
      line("Water filling: closed of the largest, %", "largest", levelled?.largest),
      line("Water filling: closed of the others together, %", "others", levelled?.others),
      line("Water filling: highest leverage left", "level", levelled && highestLeverage(level, closedIn(level))),
    ],
  };
}

function recorded(fates: readonly Fate[]): Closed {
  const known = new Map(namedShorts().map(({ name, closed }) => [name, closed]));
  return new Map(fates.map(({ name, size }) => [name, known.get(name) ?? size]));
}

function summary(reports: readonly RegimeReport[], fates: readonly Fate[]): Findings {
  const reference = referenceFor(fates);
  const row = (title: string, some: readonly Fate[], closed: Closed, gas: number | null): Cell[] => {
    const { largest, others } = split(some, closed);
    const touched = some.filter(({ name }) => (closed.get(name) ?? 0) > 0).length;
    return [title, percent(largest), percent(others), rounded(highestLeverage(some, closed), 2), touched, gas];
  };
  return {
    id: "burst-summary",
    title: "Who is closed, and what leverage is left",
    caption:
      "The policies on chain, the exact ones they stand for, computed account by account, and the record. Leverage is at the mark, before the deficit is charged.",
    columns: ["", "Largest closed, %", "Others closed, %", "Highest leverage left", "Accounts reached", "Gas"],
    rows: [
      ...reports.map(({ regime, fates: own = [], row: { gasPerDeleveraging } }) =>
        row(`${regime}, on chain`, own, closedIn(own), gasPerDeleveraging),
      ),
      row("Pro rata, exact", fates, reference.proRata, null),
      row("Most profitable account first, exact", fates, reference.mostProfitableFirst, null),
      row("Water filling, exact", fates, reference.waterFilling, null),
      row("Water filling, each at the lowest leverage of its class", fates, reference.waterFillingByClass, null),
      row("The record", fates, recorded(fates), null),
    ],
  };
}

/** The exact policy a regime stands for; none for the queue, which is by account already. */
function exactOf(regime: string, reference: Reference): Closed | undefined {
  const exact: Readonly<Record<string, Closed>> = {
    HedgeLast: reference.proRata,
    ProRata: reference.proRata,
    ProfitFirst: reference.mostProfitableFirst,
    LeverageFirst: reference.mostLeveredFirst,
    LeverageLevel: reference.waterFilling,
  };
  return exact[regime];
}

function widths(reports: readonly RegimeReport[]): Findings {
  return {
    id: "burst-widths",
    title: "What the widths of buckets and classes give away",
    caption:
      "Beside the exact policy each stands for: how much was closed, and charged, of accounts other than those it would have reached. A charge is exact where it is the same share of everybody's profit.",
    columns: ["", "Closed of others, ETH", "of all closed, %", "Charged to others, $", "of all charged, %"],
    rows: reports.map(({ regime, fates = [] }) => {
      const exact = exactOf(regime, referenceFor(fates));
      const closed = exact === undefined ? null : misplaced(closedIn(fates), exact);
      const quantity = fates.reduce((sum, fate) => sum + fate.closed, 0);
      const { misplaced: charge, all } = chargedToOthers(fates);
      return [
        regime,
        closed === null ? null : rounded(closed, 1),
        closed === null ? null : percent(closed / quantity, 2),
        exact === undefined ? null : rounded(charge, 0),
        exact === undefined ? null : percent(charge / all, 3),
      ];
    }),
  };
}

/** What accounts paid beside the same share of everybody's profit: equity lost at one mark. */
export function chargedToOthers(fates: readonly Fate[]): { readonly misplaced: number; readonly all: number } {
  const mark = markOf(fates);
  const charges = new Map(fates.map(({ name, equityBefore, equityAfter }) => [name, equityBefore - equityAfter]));
  const all = [...charges.values()].reduce((sum, charge) => sum + charge, 0);
  const profits = fates.map(({ size, breakEven }) => size * (breakEven - mark));
  const profit = profits.reduce((sum, one) => sum + one, 0);
  const exact = new Map(fates.map(({ name }, index) => [name, (all * (profits[index] ?? 0)) / profit]));
  return { misplaced: misplaced(charges, exact), all };
}

function accounts(reports: readonly RegimeReport[], fates: readonly Fate[]): Findings {
  const reference = referenceFor(fates);
  const record = recorded(fates);
  const columns: readonly (readonly [string, Closed])[] = [
    ...reports.map(({ regime, fates: own = [] }) => [regime, closedIn(own)] as const),
    ["Water filling, exact", reference.waterFilling],
    ["Record", record],
  ];
  return {
    id: "burst-accounts",
    title: "Closed of each account, in per cent",
    caption:
      "Largest first. TAIL is what the record sums up without naming accounts; its entry and leverage are assumed.",
    columns: ["Account", "Size, ETH", "Entry, $", "Leverage", ...columns.map(([title]) => title)],
    rows: largestFirst(fates).map(({ name, size, breakEven, leverageBefore }) => [
      name,
      rounded(size, 4),
      rounded(breakEven, 1),
      rounded(leverageBefore, 2),
      ...columns.map(([, closed]) => percent((closed.get(name) ?? 0) / size)),
    ]),
  };
}

function leverages(reports: readonly RegimeReport[], fates: readonly Fate[]): Findings {
  const after = reports.map(({ fates: own = [] }) => new Map(own.map((fate) => [fate.name, fate.leverageAfter])));
  return {
    id: "burst-leverage",
    title: "Leverage of each account afterwards",
    caption: "After everything was closed and charged.",
    columns: ["Account", "Before", ...reports.map(({ regime }) => regime)],
    rows: largestFirst(fates).map(({ name, leverageBefore }) => [
      name,
      rounded(leverageBefore, 2),
      ...after.map((known) => rounded(known.get(name) ?? 0, 2)),
    ]),
  };
}

function largestFirst(fates: readonly Fate[]): Fate[] {
  return [...fates].sort((one, other) => other.size - one.size);
}

function markOf([first]: readonly Fate[]): number {
  return first === undefined ? 0 : (first.leverageBefore * first.equityBefore) / first.size;
}
