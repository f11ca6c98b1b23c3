import * as Plot from "@observablehq/plot";

import type { AttackSample } from "../../attack/outcome.js";
import type { Campaign } from "../../attack/campaign.js";
import type { Point } from "../../attack/frontier.js";
import type { Judged } from "../../attack/legs.js";
import { headingOf } from "../../attack/table.js";
import { barChart, barDomain, type Bar } from "../charts/bars.js";
import { type Figure, figureMarkup, wideLayoutFor } from "../charts/figure.js";
import { type Label, separate } from "../charts/labels.js";
import { depth, openInterest } from "../charts/market.js";
import { COLOURS, draw, FONT_SIZE } from "../charts/plot.js";
import { timelineFigure } from "../charts/timeline.js";
import { count, deviation, deviationTick, moneyTick, price, priceTick, result } from "../format.js";
import type { Markup } from "../html.js";
import { groupTitle, words } from "../names.js";
import { extent, type Track } from "../series.js";

/** Pixels for the amount at a bar's end. */
const AMOUNT = 54;

/** A run as timelines draw it. */
export function trackOf(run: Judged): Track<AttackSample> {
  const { series, wrongful } = run.outcome;
  return {
    title: headingOf(run),
    samples: series,
    firstLiquidation: wrongful[0]?.time,
    firstDeleveraging: undefined,
  };
}

/** The prices of a story, where each of them was, and what followed from it. */
export function marketFigures(runs: readonly Judged[], base: string): Figure[] {
  const tracks = runs.map(trackOf);
  return [prices(tracks), deviations(tracks), attacker(tracks), openInterest(tracks, base), depth(tracks, base)];
}

function prices(tracks: readonly Track<AttackSample>[]): Figure {
  return timelineFigure(tracks, {
    id: "prices",
    title: "Price",
    caption:
      "Reference is what the asset is worth on the markets the scenario says are right. The index is what the exchange's sources made of it, the mark what margin is measured at, the pool where spot traded.",
    lines: [
      { label: "reference", colour: COLOURS.muted, value: ({ reference }) => reference, width: 2.5 },
      ...(pooled(tracks) ? [{ label: "pool", colour: COLOURS.second, value: ({ pool }: AttackSample) => pool }] : []),
      { label: "index", colour: COLOURS.third, value: ({ index }) => index },
      { label: "mark", colour: COLOURS.first, value: ({ mark }) => mark },
    ],
    axis: "Price, $",
    format: price,
    fromZero: false,
    tick: priceTick,
    layout: wideLayoutFor(tracks.length),
  });
}

function deviations(tracks: readonly Track<AttackSample>[]): Figure {
  const against = (value: (sample: AttackSample) => number) => (sample: AttackSample) =>
    sample.reference === 0 ? 0 : (value(sample) / sample.reference - 1) * 100;
  return timelineFigure(tracks, {
    id: "deviations",
    title: "Mark and index against the reference",
    caption: "Zero is the right price. The pool is left out, so that what the exchange made of it can be seen.",
    lines: [
      { label: "index", colour: COLOURS.third, value: against(({ index }) => index) },
      { label: "mark", colour: COLOURS.first, value: against(({ mark }) => mark) },
    ],
    axis: "Difference from reference, %",
    format: deviation,
    tick: deviationTick,
    fromZero: true,
    layout: wideLayoutFor(tracks.length),
  });
}

function attacker(tracks: readonly Track<AttackSample>[]): Figure {
  return timelineFigure(tracks, {
    id: "attacker",
    title: "What the attacker has gained so far",
    caption:
      "All its wallets and claims against what it brought, positions and spot at the reference price; gas is not in it.",
    lines: [{ label: "gain", colour: COLOURS.first, value: (sample) => sample.attacker, filled: true }],
    axis: "Gain, $",
    format: result,
    tick: moneyTick,
    fromZero: true,
    layout: wideLayoutFor(tracks.length),
  });
}

function pooled(tracks: readonly Track<AttackSample>[]): boolean {
  return tracks.some(({ samples }) => samples.some(({ pool }) => Number.isFinite(pool)));
}

/** Who gained and who paid: a bar a group, to the left if it paid. */
export function payers(runs: readonly Judged[]): Figure {
  const gains = runs.map((run) => ({ run, gain: gainsOf(run) }));
  const names = [...new Set(gains.flatMap(({ gain }) => [...gain.keys()]))];
  const bars = (gain: ReadonlyMap<string, number>): Bar[] =>
    names.map((name) => {
      const amount = gain.get(name) ?? 0;
      const colour = amount < 0 ? COLOURS.loss : COLOURS.gain;
      return { row: groupTitle(name), from: 0, until: amount, colour, label: result(amount) };
    });
  const domain = barDomain(gains.flatMap(({ gain }) => bars(gain)));
  const layout = wideLayoutFor(runs.length);
  return {
    id: "payers",
    title: "Who gained and who paid",
    caption:
      "Tokens, claims on the exchange and gas of each group, against what it brought; base at the last reference price before and after. The groups add up to zero.",
    panels: gains.map(({ run, gain }) => ({
      title: headingOf(run),
      drawing: barChart({
        title: `Gain by group: ${headingOf(run)}`,
        bars: bars(gain),
        rows: names.map(groupTitle),
        domain,
        width: layout.width,
        axis: "Gain, $",
        tick: moneyTick,
        room: { left: domain[0] < 0 ? AMOUNT : 0, right: AMOUNT },
      }),
    })),
    columns: layout.columns,
    table: {
      caption: "Gain by group, $.",
      columns: ["Group", ...runs.map(headingOf)],
      rows: names.map((name) => [groupTitle(name), ...gains.map(({ gain }) => result(gain.get(name) ?? 0))]),
    },
  };
}

function gainsOf({ outcome }: Judged): ReadonlyMap<string, number> {
  const others = Object.entries(outcome.paidBy).map(([group, paid]) => [group, -paid] as const);
  return new Map(outcome.honest ? others : [["attacker", outcome.attackerNet], ...others]);
}

/** The attacker's profit over the grid, a line for each set of defences. */
export function frontierMarkup({ scenario, frontier }: Campaign): Markup {
  const { parameter } = scenario.grid;
  const unit = scenario.parameters[parameter]?.unit ?? "";
  const sets = [...new Set(frontier.map(({ defences }) => defences))];
  const name = (set: string): string => ({ none: "no defences", all: "all defences" })[set] ?? set;
  return figureMarkup({
    id: "frontier",
    title: "The attacker's net over the grid",
    caption: `Everything else as above, ${words(parameter)} (${unit}) varied. Above the line at zero the attack pays.`,
    panels: [{ title: "", drawing: frontierChart(frontier, sets, name, `${words(parameter)}, ${unit}`) }],
    table: {
      caption: "Attacker's net, $, and wrongful liquidations, $.",
      columns: [words(parameter), ...sets.flatMap((set) => [name(set), "wrongful"])],
      rows: [...new Set(frontier.map(({ value }) => value))].map((value) => [
        String(value),
        ...sets.flatMap((set) => {
          const point = frontier.find((one) => one.value === value && one.defences === set);
          return [result(point?.attackerNet ?? null), count(point?.wrongfulLiquidations ?? null)];
        }),
      ]),
    },
  });
}

function frontierChart(
  frontier: readonly Point[],
  sets: readonly string[],
  name: (set: string) => string,
  label: string,
): Markup {
  const [low, high] = extent([0, ...frontier.map(({ attackerNet }) => attackerNet)]);
  const margin = (high - low) * 0.06 || 1;
  const domain: [number, number] = [low - margin, high + margin];
  const values = frontier.map(({ value }) => value);
  const [from, until] = extent(values);
  const height = 300;
  const colourOf = (set: string): string => (set === "all" ? COLOURS.gain : COLOURS.loss);
  const ends: Label[] = sets.flatMap((set) => {
    const last = frontier.filter(({ defences }) => defences === set).at(-1);
    return last === undefined ? [] : [{ text: name(set), colour: colourOf(set), value: last.attackerNet }];
  });
  return draw("The attacker's net over the grid", {
    width: 1_100,
    height,
    marginLeft: 60,
    marginRight: 96,
    marginBottom: 40,
    style: { fontSize: `${FONT_SIZE}px` },
    x: { type: from > 0 && until / from > 20 ? "log" : "linear", domain: [from, until > from ? until : from + 1] },
    y: { domain },
    marks: [
      Plot.gridY({ stroke: COLOURS.grid, strokeOpacity: 1, ticks: 8 }),
      Plot.axisY({
        ticks: 8,
        tickFormat: (value: number) => moneyTick(value),
        tickSize: 0,
        label: "Attacker's net, $",
        labelArrow: "none",
      }),
      Plot.axisX({ label, labelArrow: "none", labelAnchor: "center", tickSize: 4, color: COLOURS.muted }),
      Plot.ruleY([0], { stroke: COLOURS.muted }),
      ...sets.flatMap((set) => {
        const points = frontier.filter(({ defences }) => defences === set);
        return [
          Plot.lineY(points, { x: "value", y: "attackerNet", stroke: colourOf(set), strokeWidth: 1.6 }),
          Plot.dot(points, {
            x: "value",
            y: "attackerNet",
            fill: colourOf(set),
            r: 3,
            title: ({ value, attackerNet }: Point) => `${value}: ${result(attackerNet)}`,
          }),
        ];
      }),
      Plot.text(separate(ends, { domain, pixels: height - 60 }), {
        x: () => until,
        y: "value",
        text: "text",
        fill: (end: Label) => end.colour,
        textAnchor: "start",
        dx: 8,
      }),
    ],
  });
}
