import type { Campaign } from "../../attack/campaign.js";
import type { Judged } from "../../attack/legs.js";
import type { TimelineEntry } from "../../attack/outcome.js";
import { DEFAULT_GAS } from "../../attack/scenario.js";
import { headingOf, lineGroups } from "../../attack/table.js";
import { LAYERS } from "../../deployment/defences.js";
import type { Parameters } from "../../scenario/parameters.js";
import { type Background, background, definitions } from "../background.js";
import { figureMarkup } from "../charts/figure.js";
import type { ReportData } from "../data.js";
import { clock, price } from "../format.js";
import { html, type Markup } from "../html.js";
import { chapter, documentOf, expectations, unbroken } from "../page.js";
import { frontierMarkup, marketFigures, payers } from "./charts.js";
import { attackVerdict } from "./verdict.js";

/**
 * One self-contained HTML file on an attack: verdict first, who gained and who paid, what every number was, the prices, the
 * frontier, what happened when, and what it all rests on. The same data give the same bytes.
 */
export function renderAttack(campaign: Campaign): string {
  const { scenario, runs, frontier } = campaign;
  return documentOf(
    scenario.title,
    html`${heading(campaign)} ${summary(campaign)}
      <section id="money">
        <h2>Who gained and who paid</h2>
        ${figureMarkup(payers(runs))}
      </section>
      <section id="numbers">
        <h2>Every number</h2>
        ${numbers(campaign)}
      </section>
      ${
        frontier.length > 0 &&
        html`<section id="grid">
          <h2>The frontier</h2>
          ${frontierMarkup(campaign)}
        </section>`
      }
      ${chapter({ id: "market", title: "The market", figures: marketFigures(runs, scenario.base) })}
      <section id="timeline">
        <h2>What happened</h2>
        ${runs.map(timeline)}
      </section>
      ${defences(campaign)} ${incident(campaign)} ${background(backgroundOf(campaign))}`,
  ).text;
}

function heading({ scenario, seed, frontier }: Campaign): Markup {
  return html`<header>
    <h1>${scenario.title}</h1>
    <p class="story">${scenario.story}</p>
    <p class="model">
      Output of a model on a local chain, not a record and not a forecast. Scenario ${scenario.id}, seed ${seed}.
    </p>
    <nav>
      <a href="#verdict">Verdict</a><a href="#money">Who paid</a><a href="#numbers">Every number</a>
      ${frontier.length > 0 && html`<a href="#grid">Frontier</a>`}
      <a href="#market">The market</a><a href="#timeline">What happened</a><a href="#defences">Defences</a>
      <a href="#background">What this rests on</a><a href="#reproduce">Reproduce</a>
    </nav>
  </header>`;
}

function summary(campaign: Campaign): Markup {
  const { runs } = campaign;
  const broken = runs.some(({ verdict }) => verdict === "violated");
  return html`<section id="verdict" class="${broken ? "verdict broken" : "verdict"}">
    <h2>Verdict</h2>
    ${attackVerdict(campaign).map((sentence) => html`<p>${unbroken(sentence)}</p> `)}
    ${expectations({ expectations: runs.flatMap(({ claims }) => claims) })}
    <p class="note">
      The attacker's net counts all its wallets, claims that are still locked and gas; open positions and spot count at
      the reference price. Wrongful liquidations are those of accounts above maintenance at that price.
    </p>
  </section>`;
}

function numbers({ scenario, runs }: Campaign): Markup {
  return html`<div class="scroll">
    <table class="comparison" style="--policies: ${runs.length}">
      <thead>
        <tr>
          <td></td>
          ${runs.map((run) => html`<th scope="col">${headingOf(run)}</th>`)}
        </tr>
      </thead>
      ${lineGroups(scenario, runs).map(
        ({ title, lines }) =>
          html`<tbody>
            <tr>
              <th scope="rowgroup" colspan="${runs.length + 1}">${title}</th>
            </tr>
            ${lines.map(
              ({ label, cells }) =>
                html`<tr>
                  <th scope="row">${label}</th>
                  ${cells.map((cell) => html`<td>${cell}</td>`)}
                </tr> `,
            )}
          </tbody> `,
      )}
    </table>
  </div>`;
}

function timeline(run: Judged): Markup {
  const row = (entry: TimelineEntry): Markup =>
    html`<tr>
      <th scope="row">${clock(entry.time)}</th>
      <td>${entry.who.join(", ")}</td>
      <td>
        ${entry.sentence}${entry.refusal !== undefined && html`<br /><span class="failed">refused: ${entry.refusal}</span>`}
      </td>
      <td class="number">${price(entry.mark)}</td>
      <td class="number">${price(entry.index)}</td>
      <td class="number">${price(entry.pool)}</td>
    </tr> `;
  return html`<h3>${headingOf(run)}</h3>
    <div class="scroll">
      <table class="plain">
        <thead>
          <tr>
            ${["UTC", "Who", "What", "Mark", "Index", "Pool"].map((title) => html`<th scope="col">${title}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${run.outcome.timeline.map(row)}
        </tbody>
      </table>
    </div>`;
}

function defences({ scenario }: Campaign): Markup {
  const rows = scenario.defences.map(({ layer, here }) => {
    const { name, stops, how } = LAYERS[layer];
    return [name, `Stops ${stops}. Here: ${here}. Off: ${how}.`] as const;
  });
  return html`<section id="defences">
    <h2>The defences</h2>
    ${definitions(["Defence", "What it does"], rows)}
  </section>`;
}

function incident({ scenario }: Campaign): Markup {
  const rows = scenario.incident.map(({ what, value, source }) => [what, `${value} (${source})`] as const);
  return html`<section id="incident">
    <h2>The incident in numbers</h2>
    ${definitions(["What", "On record"], rows)}
  </section>`;
}

function backgroundOf({ scenario, seed, values, runs, command }: Campaign): Background {
  const listed = (group: Parameters): ReportData["assumptions"] =>
    Object.entries(group).map(([name, { unit, why }]) => ({ name, value: `${values[name] ?? ""} ${unit}`, why }));
  const { gwei, native } = scenario.gas ?? DEFAULT_GAS;
  return {
    actors: scenario.actors,
    assumptions: listed(scenario.assumptions),
    shocks: listed(scenario.shocks),
    parameters: { ...values, gasPrice: `${gwei} gwei at ${native} a unit` },
    sources: scenario.sources,
    limits: scenario.limits,
    command,
    seed,
    regimes: runs.map(({ outcome: { properties } }) => ({ properties })),
  };
}
