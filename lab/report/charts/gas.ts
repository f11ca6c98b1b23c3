import type { RegimeReport, RegimeRow } from "../data.js";
import { count, sizeTick } from "../format.js";
import { type Bar, barChart, barDomain } from "./bars.js";
import { type Figure, layoutFor, panelTitle } from "./figure.js";
import { COLOURS } from "./plot.js";

/** Pixels for the number at a bar's end. */
const NUMBER = 62;

/** What deleveraging costs to execute: a call, and an account reached by it. */
export function gas(regimes: readonly RegimeReport[]): Figure {
  const rows = regimes.map(({ row }) => row);
  const known = rows.some((row) => row.gasPerDeleveraging !== null || row.gasPerAccount !== null);
  return {
    id: "gas",
    title: "Gas of deleveraging",
    caption:
      "Mean gas of a liquidation call that deleverages, and the same divided by the accounts it reached. Tranches cost the same however many accounts are in them; a queue pays for each.",
    panels: known
      ? [
          { title: "Per deleveraging", drawing: panel(rows, "Gas per deleveraging", (row) => row.gasPerDeleveraging) },
          { title: "Per account deleveraged", drawing: panel(rows, "Gas per account", (row) => row.gasPerAccount) },
        ]
      : [],
    table: {
      caption: "Gas units.",
      columns: ["Policy", "Per deleveraging", "Per account", "Accounts deleveraged"],
      rows: rows.map((row) => [
        panelTitle(row.regime),
        count(row.gasPerDeleveraging),
        count(row.gasPerAccount),
        count(row.accountsTouched),
      ]),
    },
  };
}

function panel(rows: readonly RegimeRow[], axis: string, value: (row: RegimeRow) => number | null) {
  const bars = rows.map((row): Bar => {
    const amount = value(row);
    return { row: panelTitle(row.regime), from: 0, until: amount ?? 0, colour: COLOURS.first, label: count(amount) };
  });
  return barChart({
    title: axis,
    bars,
    rows: bars.map(({ row }) => row),
    domain: barDomain(bars),
    width: layoutFor(2).width,
    axis,
    tick: sizeTick,
    room: { left: 0, right: NUMBER },
  });
}
