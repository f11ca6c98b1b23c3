import * as Plot from "@observablehq/plot";

import type { Format } from "../format.js";
import type { Markup } from "../html.js";
import { extent } from "../series.js";
import { COLOURS, draw, FONT_SIZE, valueAxis } from "./plot.js";

/** One horizontal bar, or one piece of a stacked one. */
export interface Bar {
  /** The line it stands in. */
  readonly row: string;
  readonly from: number;
  readonly until: number;
  readonly colour: string;
  /** Written at its end. */
  readonly label?: string;
}

/** Horizontal bars of one panel, and what they share with the others. */
export interface Bars {
  readonly title: string;
  readonly bars: readonly Bar[];
  readonly rows: readonly string[];
  readonly domain: readonly [number, number];
  readonly width: number;
  readonly axis: string;
  readonly tick: Format;
  /** Pixels for the labels of the bars, outside the scale. */
  readonly room?: { readonly left: number; readonly right: number };
}

const ROW_HEIGHT = 21;
const MARGIN = { top: 6, bottom: 38 };
const LETTER = 5.9;

/** The scale bars need, zero on it. */
export function barDomain(bars: Iterable<Bar>): [number, number] {
  const [low, high] = extent([0, ...[...bars].flatMap(({ from, until }) => [from, until])]);
  return low === high ? [0, 1] : [low, high];
}

/** Draws horizontal bars, one line each for the given rows. */
export function barChart({ title, bars, rows, domain, width, axis, tick, room }: Bars): Markup {
  const { left, right } = room ?? { left: 0, right: 0 };
  const marginLeft = 10 + LETTER * Math.max(0, ...rows.map((row) => row.length));
  const pixels = width - marginLeft - 12 - left - right;
  return draw(title, {
    width,
    height: MARGIN.top + MARGIN.bottom + ROW_HEIGHT * Math.max(1, rows.length),
    marginTop: MARGIN.top,
    marginBottom: MARGIN.bottom,
    marginLeft,
    marginRight: 12,
    style: { fontSize: `${FONT_SIZE}px` },
    x: { domain: [...domain], insetLeft: left, insetRight: right },
    y: { type: "band", domain: [...rows], padding: 0.28 },
    marks: [
      ...valueAxis({ label: axis, tick, pixels }),
      Plot.barX(bars, {
        x1: "from",
        x2: "until",
        y: "row",
        fill: (bar: Bar) => bar.colour,
        title: (bar: Bar) => `${bar.row}: ${bar.label ?? tick(bar.until - bar.from)}`,
      }),
      Plot.ruleX([0], { stroke: COLOURS.muted }),
      ...endLabels(bars),
    ],
  });
}

function endLabels(bars: readonly Bar[]): Plot.Markish[] {
  const written = (negative: boolean): Plot.Markish =>
    Plot.text(
      bars.filter(({ label, from, until }) => label !== undefined && Math.min(from, until) < 0 === negative),
      {
        x: "until",
        y: "row",
        text: "label",
        textAnchor: negative ? "end" : "start",
        dx: negative ? -4 : 4,
        fill: COLOURS.ink,
        fontSize: 10,
      },
    );
  return [written(true), written(false)];
}
