import type { Sample } from "../data.js";
import { deviation, deviationTick, price, priceTick } from "../format.js";
import type { Strand } from "../series.js";
import { type Figure, wideLayoutFor } from "./figure.js";
import { COLOURS } from "./plot.js";
import { timelineFigure } from "./timeline.js";

/** The outside price and the three prices the exchange has: index, mark, and what the spot pool trades at. */
export function prices(strands: readonly Strand[]): Figure {
  return timelineFigure(strands, {
    id: "prices",
    title: "Price",
    caption:
      "Reference is the outside price the run was driven with. The index is what the oracles made of it, the mark is what margin is measured at, the pool is where spot traded on the chain.",
    lines: [
      { label: "reference", colour: COLOURS.muted, value: ({ reference }) => reference, width: 2.5 },
      { label: "pool", colour: COLOURS.second, value: ({ pool }) => pool },
      { label: "index", colour: COLOURS.third, value: ({ index }) => index },
      { label: "mark", colour: COLOURS.first, value: ({ mark }) => mark },
    ],
    axis: "Price, $",
    format: price,
    fromZero: false,
    tick: priceTick,
    layout: wideLayoutFor(strands.length),
  });
}

/** How far the exchange's prices were from the outside price. */
export function deviations(strands: readonly Strand[]): Figure {
  const against = (value: (sample: Sample) => number) => (sample: Sample) =>
    sample.reference === 0 ? 0 : (value(sample) / sample.reference - 1) * 100;
  return timelineFigure(strands, {
    id: "deviations",
    title: "Mark, index and pool against the reference",
    caption:
      "Zero is the outside price. Where the mark is below it, longs are measured worse than the outside market would.",
    lines: [
      { label: "pool", colour: COLOURS.second, value: against(({ pool }) => pool), width: 1 },
      { label: "index", colour: COLOURS.third, value: against(({ index }) => index), width: 1 },
      { label: "mark", colour: COLOURS.first, value: against(({ mark }) => mark), width: 1.2 },
    ],
    axis: "Difference from reference, %",
    format: deviation,
    tick: deviationTick,
    fromZero: true,
    layout: wideLayoutFor(strands.length),
  });
}
