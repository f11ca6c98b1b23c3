import * as Plot from "@observablehq/plot";

import { clock, shortDay } from "../format.js";
import type { Span, Track } from "../series.js";
import { COLOURS } from "./plot.js";

const MINUTE = 60;
const DAY = 1_440 * MINUTE;

/** Distances of ticks that a reader can count in, seconds. */
const STEPS = [
  1,
  2,
  5,
  10,
  15,
  30,
  ...[1, 2, 3, 5, 10, 15, 30, 60, 120, 180, 360, 720].map((step) => step * MINUTE),
  ...[1, 2, 7, 14, 28].map((step) => step * DAY),
];

/** Pixels a tick's label needs. */
const ROOM = 46;

/** Unix seconds as what Plot's time scales take. */
export function moment(seconds: number): Date {
  return new Date(seconds * 1_000);
}

/** Round times, as many as fit. */
export function timeTicks({ from, until }: Span, pixels: number): number[] {
  const most = Math.max(2, Math.floor(pixels / ROOM));
  const step = STEPS.find((candidate) => (until - from) / candidate <= most) ?? until - from;
  const ticks: number[] = [];
  for (let tick = Math.ceil(from / step) * step; tick <= until; tick += step) ticks.push(tick);
  return ticks;
}

/** The time axis all panels of a report share. */
export function timeAxis(span: Span, pixels: number): Plot.Markish[] {
  const ticks = timeTicks(span, pixels);
  const fine = ticks.some((tick) => tick % MINUTE !== 0);
  const days = ticks.every((tick) => tick % DAY === 0);
  const told = (seconds: number): string => (days ? shortDay(seconds) : clock(seconds).slice(0, fine ? 8 : 5));
  return [
    Plot.axisX(ticks.map(moment), {
      tickFormat: (date: Date) => told(date.getTime() / 1_000),
      tickSize: 4,
      color: COLOURS.muted,
      label: null,
    }),
    Plot.text(["UTC"], { frameAnchor: "bottom-left", textAnchor: "end", dx: -22, dy: 17, fill: COLOURS.muted }),
  ];
}

/** Lines at the first liquidation and the first deleveraging, named at their upper end. */
export function markers({
  firstLiquidation,
  firstDeleveraging,
}: Pick<Track<unknown>, "firstLiquidation" | "firstDeleveraging">): Plot.Markish[] {
  const mark = (time: number | undefined, text: string, anchor: "start" | "end", colour: string): Plot.Markish[] => {
    if (time === undefined) return [];
    return [
      Plot.ruleX([moment(time)], { stroke: colour, strokeDasharray: "2,2", insetTop: -11 }),
      Plot.text([text], {
        x: moment(time),
        frameAnchor: "top",
        textAnchor: anchor,
        dx: anchor === "start" ? 3 : -3,
        dy: -11,
        lineAnchor: "top",
        fill: colour,
        fontSize: 9.5,
      }),
    ];
  };
  return [
    ...mark(firstLiquidation, "liquidation", "end", COLOURS.muted),
    ...mark(firstDeleveraging, "ADL", "start", COLOURS.loss),
  ];
}
