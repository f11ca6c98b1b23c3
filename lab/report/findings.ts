import type { Cell, Findings } from "../scenario/scenario.js";
import { dataTable } from "./data-table.js";
import { NOTHING } from "./format.js";
import { html, type Markup, type Part } from "./html.js";

/** The scenario's own tables, under one heading. */
export function findings(tables: readonly Findings[] | undefined): Part {
  if (tables === undefined || tables.length === 0) return null;
  return html`<section id="findings">
    <h2>Findings</h2>
    ${tables.map(table)}
  </section>`;
}

function table({ id, title, caption, columns, rows }: Findings): Markup {
  const cells = rows.map(([head, ...figures]) => [head, ...figures.map((figure) => shown(figure))]);
  return html`<figure id="${id}">
    <figcaption>
      <h3>${title}</h3>
      <p>${caption}</p>
    </figcaption>
    ${dataTable(columns, cells)}
  </figure> `;
}

/** A cell as it is printed. */
export function shown(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return NOTHING;
  return typeof cell === "number" ? cell.toLocaleString("en-GB", { maximumFractionDigits: 6 }) : cell;
}
