import type { RegimeReport, TrancheReport } from "../data.js";
import { count, type Format, list, money, moneyTick, price, size, sizeTick } from "../format.js";
import { type Bar, barChart, barDomain } from "./bars.js";
import { type Figure, layoutFor, panelTitle } from "./figure.js";
import { COLOURS } from "./plot.js";

/** A shade for each class of tranches, the first for class 0. */
const CLASS_COLOURS = [COLOURS.first, COLOURS.second, COLOURS.third, COLOURS.fourth, COLOURS.fifth] as const;

/** Rows beyond which a chart is no longer read. */
const MOST_ROWS = 28;

/** How much of each tranche was torn up. */
export function tornUp(regimes: readonly RegimeReport[], base: string): Figure {
  return byTranche(regimes, {
    id: "torn-up",
    title: "Deleveraging by tranche: positions torn up",
    caption:
      "A tranche holds positions whose break-even prices lie in one narrow range: the top rows of shorts are the most profitable. Members of a tranche lose the same fraction.",
    axis: `Torn up, ${base}`,
    value: (tranche) => tranche.tornUp,
    format: size,
    tick: sizeTick,
  });
}

/** How much each tranche was charged. */
export function charged(regimes: readonly RegimeReport[]): Figure {
  return byTranche(regimes, {
    id: "charged",
    title: "Deleveraging by tranche: profit charged",
    caption: "What the deficit took from the profit of each tranche; never more than the tranche had gained.",
    axis: "Charged, $",
    value: (tranche) => tranche.charged,
    format: money,
    tick: moneyTick,
  });
}

interface Words {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly axis: string;
  readonly value: (tranche: TrancheReport) => number;
  readonly format: Format;
  readonly tick: Format;
}

function byTranche(regimes: readonly RegimeReport[], words: Words): Figure {
  const { id, title, axis, value, tick } = words;
  const reached = regimes.flatMap(({ tranches }) => tranches.filter((tranche) => value(tranche) > 0));
  const caption = `${words.caption}${withoutTranches(regimes)}`;
  if (reached.length === 0) return { id, title, caption, panels: [] };
  const rows = rowsOf(reached);
  const classes = [...new Set(reached.map((tranche) => tranche.class))].sort((left, right) => left - right);
  const drawn = regimes.filter(({ tranches }) => tranches.length > 0);
  const barsOf = (regime: RegimeReport): Bar[] => stack(regime.tranches, rows, value);
  const domain = barDomain(drawn.flatMap(barsOf));
  const { width } = layoutFor(drawn.length);
  const panels = drawn.map((regime) => ({
    title: panelTitle(regime.regime),
    drawing: barChart({
      title: `${title}: ${panelTitle(regime.regime)}`,
      bars: barsOf(regime),
      rows,
      domain,
      width,
      axis,
      tick,
    }),
  }));
  return {
    id,
    title,
    caption:
      rows.length < new Set(reached.map(rowOf)).size
        ? `${caption} The ${rows.length} highest ranges are drawn.`
        : caption,
    panels,
    ...(classes.length > 1
      ? { key: classes.map((number) => ({ label: `class ${number}`, colour: colourOf(number) })) }
      : {}),
    table: table(drawn, words),
  };
}

function withoutTranches(regimes: readonly RegimeReport[]): string {
  const names = regimes.filter(({ tranches }) => tranches.length === 0).map(({ regime }) => panelTitle(regime));
  return names.length === 0 ? "" : ` ${list(names)} reached no tranche.`;
}

/** Most profitable first: shorts by falling, longs by rising break-even. */
function rowsOf(tranches: readonly TrancheReport[]): string[] {
  const order = (tranche: TrancheReport): number => (tranche.side === "short" ? -tranche.from : tranche.from);
  const sorted = [...tranches].sort(
    (left, right) => right.side.localeCompare(left.side, "en") || order(left) - order(right),
  );
  return [...new Set(sorted.map(rowOf))].slice(0, MOST_ROWS);
}

function rowOf({ side, from, to }: TrancheReport): string {
  return `${side} ${count(from)}\u2013${Number.isFinite(to) ? count(to) : "\u221e"}`;
}

function colourOf(number: number): string {
  return CLASS_COLOURS[number % CLASS_COLOURS.length] ?? COLOURS.first;
}

function stack(
  tranches: readonly TrancheReport[],
  rows: readonly string[],
  value: (tranche: TrancheReport) => number,
): Bar[] {
  return rows.flatMap((row) => {
    let from = 0;
    const members = tranches.filter((tranche) => rowOf(tranche) === row && value(tranche) > 0);
    return [...members]
      .sort((left, right) => left.class - right.class)
      .map((tranche) => {
        const bar = { row, from, until: from + value(tranche), colour: colourOf(tranche.class) };
        from = bar.until;
        return bar;
      });
  });
}

function table(regimes: readonly RegimeReport[], { axis, value, format }: Words) {
  return {
    caption: `Every tranche that was reached. ${axis}.`,
    columns: ["Policy", "Side", "Class", "Break-even from", "to", axis],
    rows: regimes.flatMap(({ regime, tranches }) =>
      tranches
        .filter((tranche) => value(tranche) > 0)
        .map((tranche) => [
          panelTitle(regime),
          tranche.side,
          String(tranche.class),
          price(tranche.from),
          price(tranche.to),
          format(value(tranche)),
        ]),
    ),
  };
}
