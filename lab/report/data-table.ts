import { html, type Markup, type Part } from "./html.js";

/** Rows of figures under their columns; the first cell of a row is its heading. It scrolls sideways where it is too wide. */
export function dataTable(columns: readonly string[], rows: readonly (readonly Part[])[], caption?: string): Markup {
  const row = ([head, ...cells]: readonly Part[]): Markup =>
    html`<tr>
      <th scope="row">${head}</th>
      ${cells.map((cell) => html`<td>${cell}</td>`)}
    </tr> `;
  return html`<div class="scroll">
    <table class="data">
      ${
        caption !== undefined &&
        html`<caption>
          ${caption}
        </caption>`
      }
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col">${column}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(row)}
      </tbody>
    </table>
  </div>`;
}
