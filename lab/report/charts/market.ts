import { money, moneyTick, size, sizeTick } from "../format.js";
import type { Strand, Track } from "../series.js";
import type { Figure } from "./figure.js";
import { COLOURS } from "./plot.js";
import { timelineFigure } from "./timeline.js";

/** What every sample of a market has. */
interface Market {
  readonly time: number;
  readonly stage: string;
  readonly bidDepth: number;
  readonly askDepth: number;
  readonly openInterest: number;
}

/** What rests on the book near the mark: asks upwards, bids downwards. */
export function depth<S extends Market>(strands: readonly Track<S>[], base: string): Figure {
  return timelineFigure(strands, {
    id: "depth",
    title: "Depth of the book",
    caption:
      "What rests within one per cent of the index: asks above the line, bids below it. Where both vanish, liquidations find nobody.",
    lines: [
      { label: "asks", colour: COLOURS.second, value: ({ askDepth }) => askDepth, width: 1, filled: true },
      { label: "bids", colour: COLOURS.first, value: ({ bidDepth }) => -bidDepth, width: 1, filled: true },
    ],
    axis: `Depth, ${base}`,
    format: (value) => size(value === null ? null : Math.abs(value)),
    tick: (value) => sizeTick(value === null ? null : Math.abs(value)),
    fromZero: true,
  });
}

/** Open contracts of either side. */
export function openInterest<S extends Market>(strands: readonly Track<S>[], base: string): Figure {
  return timelineFigure(strands, {
    id: "open-interest",
    title: "Open interest",
    caption:
      "Contracts open on either side. It falls where liquidations meet closing orders and where deleveraging tears positions up.",
    lines: [{ label: "open", colour: COLOURS.first, value: (sample) => sample.openInterest, filled: true }],
    axis: `Open interest, ${base}`,
    format: size,
    tick: sizeTick,
    fromZero: true,
  });
}

/** What the insurance fund has left. */
export function insurance(strands: readonly Strand[]): Figure {
  return timelineFigure(strands, {
    id: "insurance",
    title: "Insurance fund",
    caption: "Pays deficits of bankrupt accounts before winners are charged, up to its limits.",
    lines: [{ label: "insurance", colour: COLOURS.third, value: (sample) => sample.insurance, filled: true }],
    axis: "Equity, $",
    format: money,
    tick: moneyTick,
    fromZero: true,
  });
}

/** What the backstop vault is worth. */
export function backstop(strands: readonly Strand[]): Figure {
  return timelineFigure(strands, {
    id: "backstop",
    title: "Backstop vault",
    caption:
      "Takes over positions the book could not absorb, until its capital or its limits are used up. Then deleveraging begins.",
    lines: [{ label: "backstop", colour: COLOURS.fourth, value: (sample) => sample.backstop, filled: true }],
    axis: "Equity, $",
    format: money,
    tick: moneyTick,
    fromZero: true,
  });
}

/** Whether makers stayed hedged, over time. */
export function makersDelta(strands: readonly Strand[], base: string): Figure {
  return timelineFigure(strands, {
    id: "makers-delta",
    title: "Market makers' delta",
    caption:
      "Perpetual and spot of all makers together. Zero is hedged. Above zero, deleveraging has taken the short and left the spot it covered.",
    lines: [{ label: "delta", colour: COLOURS.first, value: (sample) => sample.makersDelta, filled: true }],
    axis: `Delta, ${base}`,
    format: size,
    tick: sizeTick,
    fromZero: true,
  });
}

/** What makers own, over time. */
export function makersEquity(strands: readonly Strand[]): Figure {
  return timelineFigure(strands, {
    id: "makers-equity",
    title: "Market makers' equity",
    caption:
      "All makers together, spot outside the exchange included. A hedged maker's equity does not follow the price.",
    lines: [{ label: "equity", colour: COLOURS.fourth, value: (sample) => sample.makersEquity }],
    axis: "Equity, $",
    format: money,
    tick: moneyTick,
    fromZero: false,
  });
}
