import type { RegimeReport, ReportData } from "./data.js";
import { type Format, money, NOTHING, result, signedSize } from "./format.js";
import { html, type Markup, type Part } from "./html.js";
import { groupTitle, regimeRule, regimeTitle } from "./names.js";

/** A column of the table at a glance. */
interface Column {
  readonly title: string;
  readonly value: (regime: RegimeReport) => Part;
}

/** What each policy does and did, a line each: what a reader in a hurry takes away. */
export function glance({ regimes, scenario }: ReportData): Part {
  if (regimes.length === 0) return null;
  const columns = columnsOf(regimes, scenario.base ?? "base");
  const line = (regime: RegimeReport): Markup =>
    html`<tr>
      <th scope="row">${regimeTitle(regime.regime)}<span class="rule">${regimeRule(regime.regime)}</span></th>
      ${columns.map(({ value }) => html`<td>${value(regime)}</td>`)}
    </tr> `;
  return html`<div class="scroll">
    <table class="glance">
      <thead>
        <tr>
          <th scope="col">Policy</th>
          ${columns.map(({ title }) => html`<th scope="col">${title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${regimes.map(line)}
      </tbody>
    </table>
  </div>`;
}

function columnsOf(regimes: readonly RegimeReport[], base: string): readonly Column[] {
  const ofBase: Format = (value) => `${signedSize(value)}\u00a0${base}`;
  const makers = regimes.some((regime) => regime.makers.length > 0);
  const branches = makers && regimes.some(({ row }) => row.makersResultRecovery !== undefined);
  return [
    { title: "Lost most", value: ({ groups }) => extreme(groups, "least") },
    { title: "Gained most", value: ({ groups }) => extreme(groups, "most") },
    { title: "Bad debt", value: ({ row }) => money(row.badDebt) },
    ...(makers
      ? [{ title: "Makers' delta after", value: ({ row }: RegimeReport) => ofBase(row.makersDeltaAfter) }]
      : []),
    ...(branches
      ? [
          {
            title: "Makers, spot recovers",
            value: ({ row }: RegimeReport) => result(row.makersResultRecovery ?? null),
          },
          {
            title: "Makers, spot falls below",
            value: ({ row }: RegimeReport) => result(row.makersResultBelow ?? null),
          },
        ]
      : []),
  ];
}

function extreme(groups: RegimeReport["groups"], end: "least" | "most"): Part {
  const sorted = Object.entries(groups).sort(([, left], [, right]) => left - right);
  const [group, amount] = (end === "least" ? sorted[0] : sorted.at(-1)) ?? [];
  return group === undefined ? NOTHING : html`${groupTitle(group)}<br />${result(amount ?? null)}`;
}
