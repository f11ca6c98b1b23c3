import * as Plot from "@observablehq/plot";

import type { Sample } from "../data.js";
import { clock, type Format, shortDay } from "../format.js";
import { extent, spanOf, spread, type Span, thin, type Track } from "../series.js";
import { type DataTable, type Figure, layoutFor, type Layout } from "./figure.js";
import { type Label, separate } from "./labels.js";
import { COLOURS, draw, FONT_SIZE } from "./plot.js";
import { markers, moment, timeAxis } from "./time-axis.js";

/** What every sample has. */
interface Moment {
  readonly time: number;
  readonly stage: string;
}

/** One line of a timeline. */
export interface Line<S extends Moment = Sample> {
  /** Written at its end: short. */
  readonly label: string;
  readonly colour: string;
  readonly value: (sample: S) => number;
  readonly width?: number;
  /** Filled down to zero. */
  readonly filled?: boolean;
}

/** Lines over time, a panel for each run. */
export interface Timeline<S extends Moment = Sample> {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly lines: readonly Line<S>[];
  /** What the vertical axis measures, with its unit. */
  readonly axis: string;
  readonly format: Format;
  /** Shorter, for the axis. */
  readonly tick: Format;
  /** Whether the axis begins at zero, or at what was seen. */
  readonly fromZero: boolean;
  /** Panels in a row; by their number if absent. */
  readonly layout?: Layout;
}

/** Points of a line beyond which a screen shows no more. */
const POINTS = 220;

/** Rows of the table behind a timeline, per run. */
const ROWS = 41;

const MARGIN = { top: 34, bottom: 24, left: 52 };

/** Pixels a letter of a label takes, about. */
const LETTER = 6.2;

/** Draws lines over time, a panel for each run, on shared scales. */
export function timelineFigure<S extends Moment = Sample>(strands: readonly Track<S>[], timeline: Timeline<S>): Figure {
  const span = spanOf(strands);
  const { id, title, caption } = timeline;
  if (span === undefined) return { id, title, caption, panels: [] };
  const domain = domainOf(strands, timeline);
  const layout = timeline.layout ?? layoutFor(strands.length);
  const panels = strands.map((strand) => ({
    title: strand.title,
    drawing: panel(strand, timeline, layout, span, domain),
  }));
  return { id, title, caption, panels, columns: layout.columns, table: table(strands, span, timeline) };
}

function domainOf<S extends Moment>(strands: readonly Track<S>[], { lines, fromZero }: Timeline<S>): [number, number] {
  const values = strands.flatMap(({ samples }) => samples.flatMap((sample) => lines.map(({ value }) => value(sample))));
  const [low, high] = extent(fromZero ? [0, ...values] : values);
  const margin = (high - low) * 0.04 || Math.max(Math.abs(high), 1) * 0.04;
  return [fromZero && low === 0 ? 0 : low - margin, fromZero && high === 0 ? 0 : high + margin];
}

function panel<S extends Moment>(
  strand: Track<S>,
  timeline: Timeline<S>,
  { width, height }: Layout,
  span: Span,
  domain: [number, number],
) {
  const { axis, tick, lines, title } = timeline;
  const ends = endLabels(strand, timeline);
  const marginRight = 8 + LETTER * Math.max(4, ...ends.map(({ text }) => text.length));
  const pixels = { x: width - MARGIN.left - marginRight, y: height - MARGIN.top - MARGIN.bottom };
  return draw(`${title}: ${strand.title}`, {
    width,
    height,
    marginTop: MARGIN.top,
    marginBottom: MARGIN.bottom,
    marginLeft: MARGIN.left,
    marginRight,
    style: { fontSize: `${FONT_SIZE}px` },
    x: { type: "utc", domain: [moment(span.from), moment(span.until)] },
    y: { domain },
    marks: [
      Plot.gridY({ stroke: COLOURS.grid, strokeOpacity: 1, ticks: Math.round(pixels.y / 34) }),
      Plot.axisY({
        ticks: Math.round(pixels.y / 34),
        tickFormat: (value: number) => tick(value),
        tickSize: 0,
        color: COLOURS.muted,
        label: axis,
        labelArrow: "none",
        labelAnchor: "top",
      }),
      ...timeAxis(span, pixels.x),
      ...(domain[0] < 0 && domain[1] > 0 ? [Plot.ruleY([0], { stroke: COLOURS.muted, strokeOpacity: 0.7 })] : []),
      ...markers(strand),
      ...lines.flatMap((line) => lineMarks(strand, line)),
      Plot.text(separate(ends, { domain, pixels: pixels.y }), {
        x: () => moment(span.until),
        y: "value",
        text: "text",
        fill: (label: Label) => label.colour,
        textAnchor: "start",
        dx: 4,
      }),
    ],
  });
}

function lineMarks<S extends Moment>({ samples }: Track<S>, { value, colour, width, filled }: Line<S>): Plot.Markish[] {
  const points = thin(
    samples.map((sample) => ({ x: sample.time, y: value(sample) })),
    POINTS,
  ).map(({ x, y }) => ({ x: moment(x), y }));
  const line = Plot.lineY(points, {
    x: "x",
    y: "y",
    stroke: colour,
    strokeWidth: width ?? 1.5,
    strokeLinejoin: "round",
  });
  return filled === true ? [Plot.areaY(points, { x: "x", y: "y", fill: colour, fillOpacity: 0.22 }), line] : [line];
}

/** The names of lines at their ends; a line alone needs none, and says where it ended instead. */
function endLabels<S extends Moment>({ samples }: Track<S>, { lines, format }: Timeline<S>): Label[] {
  const last = samples.at(-1);
  if (last === undefined) return [];
  return lines
    .map(({ label, colour, value }) => ({
      text: lines.length > 1 ? label : format(value(last)),
      colour,
      value: value(last),
    }))
    .filter(({ value }) => Number.isFinite(value));
}

function table<S extends Moment>(
  strands: readonly Track<S>[],
  span: Span,
  { lines, axis, format }: Timeline<S>,
): DataTable {
  const days = shortDay(span.from) !== shortDay(span.until);
  return {
    caption: `${axis}. At most ${ROWS} moments of each run, evenly spread; all of them are in metrics.csv beside this report.`,
    columns: ["Run", "UTC", "Stage", ...lines.map(({ label }) => label)],
    rows: strands.flatMap(({ title, samples }) =>
      spread(samples, ROWS).map((sample) => [
        title,
        days ? `${shortDay(sample.time)}, ${clock(sample.time)}` : clock(sample.time),
        sample.stage,
        ...lines.map(({ value }) => format(value(sample))),
      ]),
    ),
  };
}
