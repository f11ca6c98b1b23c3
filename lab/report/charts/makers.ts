import * as Plot from "@observablehq/plot";

import type { MakerReport, RegimeReport } from "../data.js";
import { type Format, moneyTick, result, signedSize, sizeTick } from "../format.js";
import type { Markup } from "../html.js";
import { extent } from "../series.js";
import { type Figure, layoutFor, panelTitle } from "./figure.js";
import { COLOURS, draw, FONT_SIZE, valueAxis } from "./plot.js";

/** Two values of every maker, joined by a line. */
interface Pairs {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly axis: string;
  readonly format: Format;
  readonly tick: Format;
  readonly first: { readonly label: string; readonly colour: string; readonly value: (maker: MakerReport) => number };
  readonly second: { readonly label: string; readonly colour: string; readonly value: (maker: MakerReport) => number };
}

const ROW_HEIGHT = 18;
const LETTER = 6.2;

/** Each maker's delta before the shock and after it. */
export function makersHedges(regimes: readonly RegimeReport[], base: string): Figure {
  return pairs(regimes, {
    id: "makers-hedges",
    title: "Each maker's delta before and after",
    caption: "Both dots together: the maker kept its hedge. The longer the line, the more of it was closed.",
    axis: `Delta, ${base}`,
    format: signedSize,
    tick: sizeTick,
    first: { label: "before the shock", colour: COLOURS.muted, value: ({ deltaBefore }) => deltaBefore },
    second: { label: "after", colour: COLOURS.first, value: ({ deltaAfter }) => deltaAfter },
  });
}

/** Each maker's result on both branches of the spot price. */
export function makersResults(regimes: readonly RegimeReport[]): Figure {
  return pairs(regimes, {
    id: "makers-results",
    title: "Each maker's result on both branches of spot",
    caption:
      "After the same crash, once with spot recovering and once with spot falling below the deleveraging price. A closed hedge is a gain on the first and a loss on the second; a hedged maker's two dots coincide.",
    axis: "Result, $",
    format: result,
    tick: moneyTick,
    first: { label: "spot recovers", colour: COLOURS.gain, value: ({ resultRecovery }) => resultRecovery ?? 0 },
    second: { label: "spot falls below", colour: COLOURS.loss, value: ({ resultBelow }) => resultBelow ?? 0 },
  });
}

function pairs(
  regimes: readonly RegimeReport[],
  { id, title, caption, axis, format, tick, first, second }: Pairs,
): Figure {
  const drawn = regimes.filter(({ makers }) => makers.length > 0);
  const names = [...new Set(drawn.flatMap(({ makers }) => makers.map(({ name }) => name)))];
  const values = drawn.flatMap(({ makers }) => makers.flatMap((maker) => [first.value(maker), second.value(maker)]));
  const domain = extent([0, ...values]);
  const margin = (domain[1] - domain[0]) * 0.06 || 1;
  const frame = {
    names,
    domain: [domain[0] - margin, domain[1] + margin] as const,
    width: layoutFor(drawn.length).width,
  };
  return {
    id,
    title,
    caption,
    key: [first, second].map(({ label, colour }) => ({ label, colour })),
    panels: drawn.map(({ regime, makers }) => ({
      title: panelTitle(regime),
      drawing: panel(`${title}: ${panelTitle(regime)}`, makers, { axis, tick, first, second }, frame),
    })),
    table: {
      caption: `${axis}.`,
      columns: ["Policy", "Maker", first.label, second.label],
      rows: drawn.flatMap(({ regime, makers }) =>
        makers.map((maker) => [
          panelTitle(regime),
          maker.name,
          format(first.value(maker)),
          format(second.value(maker)),
        ]),
      ),
    },
  };
}

interface Frame {
  readonly names: readonly string[];
  readonly domain: readonly [number, number];
  readonly width: number;
}

type Ends = Pick<Pairs, "axis" | "tick" | "first" | "second">;

function panel(
  title: string,
  makers: readonly MakerReport[],
  { axis, tick, first, second }: Ends,
  frame: Frame,
): Markup {
  const { names, domain, width } = frame;
  const marginLeft = 12 + LETTER * Math.max(...names.map((name) => name.length));
  const name = (maker: MakerReport): string => maker.name;
  return draw(title, {
    width,
    height: 44 + ROW_HEIGHT * names.length,
    marginTop: 6,
    marginBottom: 38,
    marginLeft,
    marginRight: 16,
    style: { fontSize: `${FONT_SIZE}px` },
    x: { domain: [...domain] },
    y: { type: "point", domain: [...names], padding: 0.6 },
    marks: [
      ...valueAxis({ label: axis, tick, pixels: width - marginLeft }),
      Plot.ruleX([0], { stroke: COLOURS.muted }),
      Plot.ruleY(makers, { x1: first.value, x2: second.value, y: name, stroke: COLOURS.muted, strokeWidth: 1 }),
      Plot.dot(makers, { x: first.value, y: name, r: 3.6, stroke: first.colour, strokeWidth: 1.5, fill: COLOURS.page }),
      Plot.dot(makers, { x: second.value, y: name, r: 3.6, fill: second.colour }),
    ],
  });
}
