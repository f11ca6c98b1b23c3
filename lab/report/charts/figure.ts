import { dataTable } from "../data-table.js";
import { html, type Markup } from "../html.js";
import { regimeTitle } from "../names.js";

/** One small multiple. */
export interface Panel {
  readonly title: string;
  readonly drawing: Markup;
}

/** A key to colours that cannot be written beside what they colour. */
export interface KeyEntry {
  readonly label: string;
  readonly colour: string;
}

/** The numbers behind a figure. The first column of each row is its heading. */
export interface DataTable {
  /** What is in it, and what was left out. */
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Panels on shared scales, with the table behind them. */
export interface Figure {
  readonly id: string;
  readonly title: string;
  /** What to see in it, in a sentence or two. */
  readonly caption: string;
  readonly panels: readonly Panel[];
  /** How many panels stand side by side on a wide page; by their number if absent. */
  readonly columns?: number;
  readonly key?: readonly KeyEntry[];
  readonly table?: DataTable;
}

/** How large panels are drawn, and how many stand side by side on a wide page. */
export interface Layout {
  readonly columns: number;
  readonly width: number;
  readonly height: number;
}

/** Width for the number of panels: text keeps about its size whatever their number. */
export function layoutFor(panels: number): Layout {
  if (panels <= 1) return { columns: 1, width: 1_100, height: 280 };
  if (panels === 2) return { columns: 2, width: 560, height: 240 };
  if (panels === 3) return { columns: 3, width: 370, height: 220 };
  return { columns: 4, width: 280, height: 200 };
}

/** For charts that need room: at most two panels side by side. */
export function wideLayoutFor(panels: number): Layout {
  return layoutFor(Math.min(panels, 2));
}

/** A panel's title for a regime. */
export function panelTitle(regime: string): string {
  return regimeTitle(regime);
}

/** A figure as it stands in the page. */
export function figureMarkup({ id, title, caption, panels, columns, key, table }: Figure): Markup {
  return html`<figure id="${id}">
    <figcaption>
      <h3>${title}</h3>
      <p>${caption}</p>
    </figcaption>
    ${key !== undefined && keyMarkup(key)}
    ${panels.length === 0 ? html`<p class="nothing">Nothing to draw.</p>` : panelsMarkup(panels, columns)}
    ${table !== undefined && tableMarkup(table)}
  </figure> `;
}

function keyMarkup(key: readonly KeyEntry[]): Markup {
  const entry = ({ label, colour }: KeyEntry): Markup =>
    html`<li><span class="swatch" style="background: ${colour}"></span>${label}</li>`;
  return html`<ul class="key">
    ${key.map(entry)}
  </ul>`;
}

function panelsMarkup(panels: readonly Panel[], columns = layoutFor(panels.length).columns): Markup {
  const panel = ({ title, drawing }: Panel): Markup =>
    html`<div class="panel">
      <h4>${title}</h4>
      ${drawing}
    </div>`;
  return html`<div class="panels of-${columns}">${panels.map(panel)}</div>`;
}

function tableMarkup({ caption, columns, rows }: DataTable): Markup {
  return html`<details>
    <summary>The numbers behind this figure</summary>
    ${dataTable(columns, rows, caption)}
  </details>`;
}
