import * as Plot from "@observablehq/plot";

import type { LiquidationReport } from "../data.js";
import { clock, count, type Format, money, moneyTick, plural } from "../format.js";
import type { Markup } from "../html.js";
import { extent, type Span, type Strand } from "../series.js";
import { type Figure, layoutFor, type Layout, panelTitle } from "./figure.js";
import { COLOURS, draw, FONT_SIZE } from "./plot.js";
import { markers, moment, timeAxis } from "./time-axis.js";

/** One step of the waterfall: a layer of the stack. */
interface Layer {
  readonly label: string;
  readonly colour: string;
  readonly value: (liquidation: LiquidationReport) => number;
}

const POSITIONS: readonly Layer[] = [
  { label: "sold into the book", colour: COLOURS.first, value: ({ book }) => book },
  { label: "taken by the backstop", colour: COLOURS.fourth, value: ({ backstop }) => backstop },
  { label: "deleveraged", colour: COLOURS.loss, value: ({ deleveraged }) => deleveraged },
  { label: "closed at mark", colour: COLOURS.fifth, value: ({ closedAtMark }) => closedAtMark },
];

const DEFICITS: readonly Layer[] = [
  { label: "paid by insurance", colour: COLOURS.third, value: ({ insured }) => insured },
  { label: "charged to winners", colour: COLOURS.loss, value: ({ charged }) => charged },
  { label: "socialised", colour: COLOURS.fifth, value: ({ socialised }) => socialised },
];

/** Widths of a bar in time, seconds. */
const BINS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 21_600, 86_400];
const MOST_BINS = 60;

/** Liquidations listed in the table, per regime. */
const LISTED = 25;

const MARGIN = { top: 34, bottom: 24, left: 52, right: 10 };

/** Where the liquidated positions went, over time. */
export function waterfall(strands: readonly Strand[]): Figure {
  return stacked(strands, POSITIONS, {
    id: "waterfall",
    title: "The waterfall: where liquidated positions went",
    axis: "Notional, $",
    caption: "Each liquidation goes to the book first, then to the backstop, and only then to deleveraging. Notional",
  });
}

/** Who covered what bankrupt accounts could not pay, over time. */
export function deficits(strands: readonly Strand[]): Figure {
  return stacked(strands, DEFICITS, {
    id: "deficits",
    title: "The waterfall: who covered the deficit",
    axis: "Deficit, $",
    caption:
      "What bankrupt accounts could not pay: insurance first, then a charge on winners' profit, last all claims. Amounts",
  });
}

interface Words {
  readonly id: string;
  readonly title: string;
  readonly axis: string;
  readonly caption: string;
}

/** A piece of a bar. */
interface Block {
  readonly from: number;
  readonly until: number;
  readonly low: number;
  readonly high: number;
  readonly colour: string;
}

function stacked(strands: readonly Strand[], layers: readonly Layer[], { id, title, axis, caption }: Words): Figure {
  const span = spanOfLiquidations(strands);
  if (span === undefined) return { id, title, caption: `${caption} over time.`, panels: [] };
  const bin = BINS.find((width) => (span.until - span.from) / width <= MOST_BINS) ?? span.until - span.from;
  const blocks = strands.map(({ regime }) => blocksOf(regime.liquidations, layers, bin));
  const highest = Math.max(0, ...blocks.flat().map(({ high }) => high));
  const layout = layoutFor(strands.length);
  const panels = strands.map((strand, index) => ({
    title: panelTitle(strand.regime.regime),
    drawing: panel(strand, blocks[index] ?? [], { title, axis, span, layout, highest: highest || 1 }),
  }));
  return {
    id,
    title,
    caption: `${caption} per ${plural(bin, "second")}, from just before the first liquidation to just after the last.`,
    panels,
    key: layers.map(({ label, colour }) => ({ label, colour })),
    table: table(strands, layers, money),
  };
}

/** The time of liquidations, with a margin so that its edges are seen. */
function spanOfLiquidations(strands: readonly Strand[]): Span | undefined {
  const times = strands.flatMap(({ regime }) => regime.liquidations.map(({ time }) => time));
  if (times.length === 0) return undefined;
  const [first, last] = extent(times);
  const margin = Math.max(5, Math.round((last - first) * 0.12));
  return { from: first - margin, until: last + Math.ceil(margin / 2) };
}

function blocksOf(liquidations: readonly LiquidationReport[], layers: readonly Layer[], bin: number): Block[] {
  const bins = new Map<number, LiquidationReport[]>();
  for (const liquidation of liquidations) {
    const from = Math.floor(liquidation.time / bin) * bin;
    bins.set(from, [...(bins.get(from) ?? []), liquidation]);
  }
  return [...bins].flatMap(([from, members]) => {
    let low = 0;
    return layers.flatMap(({ value, colour }) => {
      const amount = members.reduce((total, member) => total + value(member), 0);
      if (amount <= 0) return [];
      const block = { from, until: from + bin, low, high: low + amount, colour };
      low += amount;
      return [block];
    });
  });
}

interface Frame {
  readonly title: string;
  readonly axis: string;
  readonly span: Span;
  readonly layout: Layout;
  readonly highest: number;
}

function panel(strand: Strand, blocks: readonly Block[], { title, axis, span, layout, highest }: Frame): Markup {
  const { width, height } = layout;
  const ticks = Math.round((height - MARGIN.top - MARGIN.bottom) / 34);
  return draw(`${title}: ${panelTitle(strand.regime.regime)}`, {
    width,
    height,
    marginTop: MARGIN.top,
    marginBottom: MARGIN.bottom,
    marginLeft: MARGIN.left,
    marginRight: MARGIN.right,
    style: { fontSize: `${FONT_SIZE}px` },
    x: { type: "utc", domain: [moment(span.from), moment(span.until)] },
    y: { domain: [0, highest * 1.04] },
    marks: [
      Plot.gridY({ stroke: COLOURS.grid, strokeOpacity: 1, ticks }),
      Plot.axisY({
        ticks,
        tickFormat: (value: number) => moneyTick(value),
        tickSize: 0,
        color: COLOURS.muted,
        label: axis,
        labelArrow: "none",
        labelAnchor: "top",
      }),
      ...timeAxis(span, width - MARGIN.left - MARGIN.right),
      Plot.rect(blocks, {
        x1: ({ from }: Block) => moment(from),
        x2: ({ until }: Block) => moment(until),
        y1: "low",
        y2: "high",
        fill: (block: Block) => block.colour,
        insetLeft: 0.3,
        insetRight: 0.3,
      }),
      Plot.ruleY([0], { stroke: COLOURS.muted }),
      ...markers(strand),
    ],
  });
}

function table(strands: readonly Strand[], layers: readonly Layer[], format: Format) {
  const sum = (liquidation: LiquidationReport): number =>
    layers.reduce((total, { value }) => total + value(liquidation), 0);
  return {
    caption: `Totals, and the ${LISTED} largest liquidations of each policy, $.`,
    columns: ["Policy", "UTC", "Account", ...layers.map(({ label }) => label), "gas"],
    rows: strands.flatMap(({ regime }) => {
      const name = panelTitle(regime.regime);
      const total = layers.map(({ value }) => format(regime.liquidations.reduce((all, one) => all + value(one), 0)));
      const largest = regime.liquidations
        .filter((liquidation) => sum(liquidation) > 0)
        .sort((left, right) => sum(right) - sum(left))
        .slice(0, LISTED);
      return [
        [name, "all", `${count(regime.liquidations.length)} calls`, ...total, ""],
        ...largest.map((one) => [
          name,
          clock(one.time),
          String(one.account),
          ...layers.map(({ value }) => format(value(one))),
          count(one.gas),
        ]),
      ];
    }),
  };
}
