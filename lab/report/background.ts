import type { RegimeReport, ReportData } from "./data.js";
import { html, type Markup, type Part } from "./html.js";
import { words } from "./names.js";

/** What the background is told from. */
export type Background = Pick<
  ReportData,
  "actors" | "assumptions" | "shocks" | "parameters" | "sources" | "limits" | "command" | "seed"
> & { readonly regimes: readonly Pick<RegimeReport, "properties">[] };

/** What a reader needs to judge the result: who took part, what was assumed, where numbers come from, what is left out. */
export function background(data: Background): Markup {
  const { actors, assumptions, shocks, parameters, sources, limits } = data;
  const explained = new Set([...assumptions, ...shocks].map(({ name }) => name));
  const others = Object.entries(parameters)
    .filter(([name]) => !explained.has(name))
    .map(([name, value]) => [words(name), String(value)] as const);
  return html`<section class="back" id="background">
    <h2>What this rests on</h2>
    <p class="prose">
      Everything above is the output of a model: contracts on a local chain, and programs that act as the people below
      are assumed to. It is neither a record of what happened nor a forecast.
    </p>
    ${part("Actors", Object.entries(actors), () => definitions(["Who", "How they behave"], Object.entries(actors)))}
    ${part("Shocks: what is done to the world", shocks, () => reasons(shocks))}
    ${part("Assumptions: how people are taken to behave, and how large everything is", assumptions, () => reasons(assumptions))}
    ${part("Other parameters of this run", others, () => definitions(["Parameter", "Value"], others))}
    ${part("Sources", sources, () =>
      definitions(
        ["What", "Where"],
        sources.map(({ what, where }) => [what, where] as const),
      ),
    )}
    ${part(
      "Limits",
      limits,
      () =>
        html`<ul class="prose">
          ${limits.map((limit) => html`<li>${limit}</li> `)}
        </ul>`,
    )}
    ${properties(data)} ${reproduction(data)}
  </section>`;
}

function part(title: string, items: readonly unknown[], body: () => Markup): Part {
  return (
    items.length > 0 &&
    html`<h3>${title}</h3>
      ${body()}`
  );
}

/** Names and what they mean. */
export function definitions(
  [name, meaning]: readonly [string, string],
  rows: readonly (readonly [string, string])[],
): Markup {
  return html`<table class="plain">
    <thead>
      <tr>
        <th scope="col">${name}</th>
        <th scope="col">${meaning}</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ([key, value]) =>
          html`<tr>
            <th scope="row">${key}</th>
            <td>${value}</td>
          </tr> `,
      )}
    </tbody>
  </table>`;
}

function reasons(rows: ReportData["assumptions"]): Markup {
  return html`<table class="plain">
    <thead>
      <tr>
        <th scope="col">Name</th>
        <th scope="col">Value</th>
        <th scope="col">Why</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ({ name, value, why }) =>
          html`<tr>
            <th scope="row">${words(name)}</th>
            <td class="number">${value}</td>
            <td>${why}</td>
          </tr> `,
      )}
    </tbody>
  </table>`;
}

function properties({ regimes }: Background): Part {
  const checked = [...new Set(regimes.flatMap(({ properties: { checked: sentences } }) => sentences))];
  return part(
    "Properties checked after every step",
    checked,
    () =>
      html`<ul class="prose">
        ${checked.map((sentence) => html`<li>${sentence}</li> `)}
      </ul>`,
  );
}

function reproduction({ command, seed }: Background): Markup {
  return html`<h3 id="reproduce">Reproduce</h3>
    <p class="prose">The same code and the same seed (${seed}) give the same report, byte for byte.</p>
    <code class="command">${command}</code>`;
}
