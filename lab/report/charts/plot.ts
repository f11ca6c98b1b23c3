import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

import { html, Markup } from "../html.js";

/** What Plot hands back, as far as it is used; the library's types need a browser's. */
interface Drawing {
  readonly outerHTML: string;
  querySelectorAll(selector: string): Iterable<{ remove(): void }>;
}

/** Class of every chart; the page's style sheet stands in for the one Plot would repeat in each of them. */
const CLASS_NAME = "chart";

/** Draws a chart as SVG markup. Nothing in it depends on anything but the options. */
export function draw(title: string, options: Plot.PlotOptions): Markup {
  const { document } = parseHTML("<!doctype html><html><body></body></html>") as unknown as { document: unknown };
  const complete = { ...options, document, className: CLASS_NAME } as Plot.PlotOptions;
  const drawing = Plot.plot(complete) as unknown as Drawing;
  for (const style of drawing.querySelectorAll("style")) style.remove();
  return html`<div role="img" aria-label="${title}">${new Markup(drawing.outerHTML)}</div>`;
}

/** What a horizontal axis of values says. */
export interface ValueAxis {
  readonly label: string;
  readonly tick: (value: number) => string;
  /** How wide what is drawn is, pixels: a tick for every 70. */
  readonly pixels: number;
}

/** The horizontal axis of charts with a row for each thing: grid, ticks, and its label below the middle. */
export function valueAxis({ label, tick, pixels }: ValueAxis): Plot.Markish[] {
  const ticks = Math.max(2, Math.floor(pixels / 70));
  return [
    Plot.gridX({ stroke: COLOURS.grid, strokeOpacity: 1, ticks }),
    Plot.axisX({
      ticks,
      tickFormat: (value: number) => tick(value),
      tickSize: 0,
      color: COLOURS.muted,
      label,
      labelArrow: "none",
      labelAnchor: "center",
      labelOffset: 34,
    }),
    Plot.axisY({ tickSize: 0, label: null, color: COLOURS.ink }),
  ];
}

/** Text in a chart, in the size of all charts. */
export const FONT_SIZE = 11;

/** Fill or stroke by role; the style sheet gives each a value for light and for dark. */
export const COLOURS = {
  ink: "var(--ink)",
  muted: "var(--muted)",
  grid: "var(--grid)",
  first: "var(--first)",
  second: "var(--second)",
  third: "var(--third)",
  fourth: "var(--fourth)",
  fifth: "var(--fifth)",
  gain: "var(--gain)",
  loss: "var(--loss)",
  page: "var(--page)",
} as const;
