import { background } from "./background.js";
import { type Figure, figureMarkup } from "./charts/figure.js";
import type { ReportData } from "./data.js";
import { findings } from "./findings.js";
import { days } from "./format.js";
import { glance } from "./glance.js";
import { html, Markup, type Part } from "./html.js";
import { spanOf, strandOf } from "./series.js";
import { STYLE } from "./style.js";
import { comparisonTable } from "./table.js";
import { HEDGE_TOLERANCE, verdict } from "./verdict.js";

/** A part of the page with figures in it. */
export interface Chapter {
  readonly id: string;
  readonly title: string;
  readonly figures: readonly Figure[];
}

/** The whole page around the given figures. */
export function page(data: ReportData, comparison: Figure, chapters: readonly Chapter[]): Markup {
  return documentOf(
    data.scenario.title,
    html`${heading(data, chapters)} ${summary(data)} ${findings(data.findings)}
      <section id="comparison">
        <h2>${data.regimes.length > 1 ? "The policies compared" : "The outcome"}</h2>
        ${comparisonTable(
          data.regimes.map(({ row }) => row),
          data.scenario,
        )}
        ${figureMarkup(comparison)}
      </section>
      ${chapters.map(chapter)} ${background(data)}`,
  );
}

/** A self-contained page: the given body with the style sheet of all reports. */
export function documentOf(title: string, body: Markup): Markup {
  return html`<!doctype html>
    <html lang="en-GB">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} - Crossfire</title>
        <style>
          ${new Markup(STYLE)}
        </style>
      </head>
      <body>
        ${body}
      </body>
    </html> `;
}

function heading({ scenario, seed, regimes, findings: tables = [] }: ReportData, chapters: readonly Chapter[]): Markup {
  const span = spanOf(regimes.map(strandOf));
  return html`<header>
    <h1>${scenario.title}</h1>
    <p class="story">${scenario.story}</p>
    <p class="model">
      Output of a model on a local chain, not a record and not a forecast. Scenario ${scenario.id}, seed
      ${seed}${span !== undefined && `, times of ${days(span.from, span.until)}, UTC`}.
    </p>
    <nav>
      <a href="#verdict">Verdict</a>${tables.length > 0 && html`<a href="#findings">Findings</a>`}<a href="#comparison"
        >Comparison</a
      >
      ${chapters.map(({ id, title }) => html`<a href="#${id}">${title}</a>`)}
      <a href="#background">What this rests on</a><a href="#reproduce">Reproduce</a>
    </nav>
  </header>`;
}

function summary(data: ReportData): Markup {
  const broken = data.regimes.some(({ properties }) => properties.violation !== undefined);
  return html`<section id="verdict" class="${broken ? "verdict broken" : "verdict"}">
      <h2>Verdict</h2>
      ${verdict(data).map((sentence) => html`<p>${unbroken(sentence)}</p> `)} ${expectations(data, OF_POLICIES)}
      <p class="note">
        Deleveraging (ADL) closes positions in profit to take over bankrupt ones. Delta is perpetual and spot together,
        zero when hedged; a hedge counts as lost when the makers' delta moved by more than ${HEDGE_TOLERANCE * 100} % of
        the largest open interest.
      </p>
    </section>
    ${glance(data)}`;
}

/** Keeps a line from ending between a minus and its amount. */
export function unbroken(text: string): string {
  return text.replaceAll("\u2212$", "\u2212\u2060$");
}

/** What was claimed, and whether it is so. */
export function expectations(
  { expectations: claims }: Pick<ReportData, "expectations">,
  kinds: Readonly<Record<string, string>> = OF_DEFENCES,
): Part {
  const claim = ({ kind, sentence, held }: ReportData["expectations"][number]): Markup =>
    html`<li>
      <span class="state ${held ? "held" : "failed"}">${held ? "\u2713 held" : "\u2717 not held"}</span>
      <span>${sentence} <span class="kind">(${kinds[kind] ?? kind})</span></span>
    </li> `;
  return (
    claims.length > 0 &&
    html`<ul class="expectations" aria-label="Expectations">
      ${claims.map(claim)}
    </ul>`
  );
}

/** What the kinds of a claim mean where defences are compared, and where policies are. */
const OF_DEFENCES = { off: "without the defence", on: "with the defence", control: "what the defence costs" };
const OF_POLICIES = { off: "without the protection", on: "with the protection", control: "under every policy" };

/** A chapter as it stands in the page. */
export function chapter({ id, title, figures }: Chapter): Markup {
  return html`<section id="${id}">
    <h2>${title}</h2>
    ${figures.map(figureMarkup)}
  </section>`;
}
