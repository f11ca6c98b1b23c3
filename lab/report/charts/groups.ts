import type { RegimeReport } from "../data.js";
import { moneyTick, result } from "../format.js";
import { groupTitle } from "../names.js";
import { type Bar, barChart, barDomain } from "./bars.js";
import { type Figure, wideLayoutFor, panelTitle } from "./figure.js";
import { COLOURS } from "./plot.js";

/** Pixels for the amount at a bar's end. */
const AMOUNT = 54;

/** Who paid and who gained: a bar a group, to the left if it lost. */
export function groups(regimes: readonly RegimeReport[]): Figure {
  const names = [...new Set(regimes.flatMap((regime) => Object.keys(regime.groups)))];
  const barsOf = (regime: RegimeReport): Bar[] =>
    names.map((name) => {
      const amount = regime.groups[name] ?? 0;
      return {
        row: groupTitle(name),
        from: 0,
        until: amount,
        colour: amount < 0 ? COLOURS.loss : COLOURS.gain,
        label: result(amount),
      };
    });
  const domain = barDomain(regimes.flatMap(barsOf));
  const layout = wideLayoutFor(regimes.length);
  const drawn = names.length === 0 ? [] : regimes;
  const panels = drawn.map((regime) => ({
    title: panelTitle(regime.regime),
    drawing: barChart({
      title: `Profit and loss by group: ${panelTitle(regime.regime)}`,
      bars: barsOf(regime),
      rows: names.map(groupTitle),
      domain,
      width: layout.width,
      axis: "Profit and loss, $",
      tick: moneyTick,
      room: { left: domain[0] < 0 ? AMOUNT : 0, right: AMOUNT },
    }),
  }));
  return {
    id: "groups",
    title: "Who paid and who gained",
    caption:
      "Profit and loss of each group on the exchange, from the shock to its end, open positions at the mark. The groups add up to zero: what one gained, another paid. Spot held elsewhere, as market makers do, is not in it.",
    panels,
    columns: layout.columns,
    table: {
      caption: "Profit and loss by group, $.",
      columns: ["Group", ...regimes.map(({ regime }) => panelTitle(regime))],
      rows: names.map((name) => [groupTitle(name), ...regimes.map((regime) => result(regime.groups[name] ?? null))]),
    },
  };
}
