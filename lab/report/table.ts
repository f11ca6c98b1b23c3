import { type Labels, type Measure, measuresOf, type Standing, standings } from "./comparison.js";
import type { RegimeRow } from "./data.js";
import { html, type Markup } from "./html.js";
import { regimeTitle } from "./names.js";

const READ_ALOUD: Readonly<Record<Standing, string>> = { best: " (best)", worst: " (worst)", between: "" };

/** The comparison of regimes: a measure a line, a regime a column. */
export function comparisonTable(rows: readonly RegimeRow[], labels: Labels): Markup {
  return html`<div class="scroll">
      <table class="comparison" style="--policies: ${rows.length}">
        <thead>
          <tr>
            <td></td>
            ${rows.map(({ regime }) => html`<th scope="col">${regimeTitle(regime)}</th>`)}
          </tr>
        </thead>
        ${measuresOf(rows, labels).map(
          ({ title, measures }) =>
            html`<tbody>
              <tr>
                <th scope="rowgroup" colspan="${rows.length + 1}">${title}</th>
              </tr>
              ${measures.map((measure) => line(rows, measure))}
            </tbody> `,
        )}
      </table>
    </div>
    ${
      rows.length > 1 &&
      html`<p class="note">
        <span class="best">Best</span> and <span class="worst">worst</span> of a line are tinted where policies differ
        by more than one per cent and one end is better for those concerned. Delta is tinted by its distance from zero.
      </p>`
    }`;
}

function line(rows: readonly RegimeRow[], { field, label, format, better }: Measure): Markup {
  const values = rows.map((row) => row[field] ?? null);
  const standing = standings(values, better);
  const cell = (value: number | null, index: number): Markup => {
    const stands = standing[index] ?? "between";
    return html`<td class="${stands}">${format(value)}<span class="aloud">${READ_ALOUD[stands]}</span></td>`;
  };
  return html`<tr>
    <th scope="row">${label}</th>
    ${values.map(cell)}
  </tr> `;
}
