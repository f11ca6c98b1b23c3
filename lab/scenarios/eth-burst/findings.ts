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
import { namedShorts } from "../recorded-shorts.js";

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

/** Fractions closed of the largest account, and of all others together. */
export function split(fates: readonly Fate[], closed: Closed): { readonly largest: number; readonly others: number } {
  const [largest, ...others] = [...fates].sort((one, other) => other.size - one.size);
  const part = (some: readonly Fate[]): number =>
    some.reduce((sum, { name }) => sum + (closed.get(name) ?? 0), 0) / some.reduce((sum, { size }) => sum + size, 0);
  return { largest: part(largest === undefined ? [] : [largest]), others: part(others) };
}

/** The tables of the report. */
export function findings(reports: readonly RegimeReport[]): Findings[] {
  const fates = reports[0]?.fates ?? [];
  if (fates.length === 0) return [];
  return [summary(reports, fates), widths(reports), accounts(reports, fates), leverages(reports, fates)];
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
    columns: ["", "Closed of others, ETH", "of all, %", "Charged to others, $", "of all, %"],
    rows: reports.map(({ regime, fates = [] }) => {
      const exact = exactOf(regime, referenceFor(fates));
      const closed = exact === undefined ? null : misplaced(closedIn(fates), exact);
      const quantity = fates.reduce((sum, fate) => sum + fate.closed, 0);
      const { misplaced: charge, all } = chargedToOthers(fates);
      return [
        regime,
        closed === null ? null : rounded(closed, 1),
        closed === null ? null : percent(closed / quantity),
        exact === undefined ? null : rounded(charge, 0),
        exact === undefined ? null : percent(charge / all),
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
