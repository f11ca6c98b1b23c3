import type { Parameters } from "../scenario/parameters.js";
import type { AttackScenario } from "../attack/scenario.js";
import { LAYERS } from "../deployment/defences.js";
import { answering, anyOf } from "./request.js";

export default function show({ scenario: id, json }: { scenario: string; json: boolean }): Promise<void> {
  return answering(async () => {
    const found = await anyOf(id);
    if (found.attack !== undefined) {
      showAttack(found.attack, json);
      return;
    }
    const { title, story, actors, shocks, assumptions, regimes, sources, limits, expectations } = found.scenario;
    if (json) {
      const claims = expectations.map(({ kind, sentence }) => ({ kind, sentence }));
      const all = {
        id,
        title,
        story,
        actors,
        shocks,
        assumptions,
        policies: regimes,
        sources,
        limits,
        expectations: claims,
      };
      console.log(JSON.stringify(all, null, 2));
      return;
    }
    console.log(`${title}\n\n${story}`);
    section("Actors", Object.entries(actors));
    section("Shocks", described(shocks));
    section("Assumptions", described(assumptions));
    section("Policies", [[regimes.join(", "), ""]]);
    closing({ expectations, sources, limits });
  });
}

function showAttack(attack: AttackScenario, json: boolean): void {
  const { id, title, story, incident, actors, shocks, assumptions, defences, grid, figures, sources, limits } = attack;
  const expectations = attack.expectations.map(({ kind, sentence }) => ({ kind, sentence }));
  if (json) {
    const named = defences.map(({ layer, here }) => ({ layer, here, ...told(layer) }));
    const all = { id, title, story, incident, actors, shocks, assumptions, defences: named, grid, figures };
    console.log(JSON.stringify({ ...all, sources, limits, expectations }, null, 2));
    return;
  }
  console.log(`${title}\n\n${story}`);
  section(
    "The incident",
    incident.map(({ what, value, source }) => [what, `${value} (${source})`]),
  );
  section("Actors", Object.entries(actors));
  section("Shocks", described(shocks));
  section("Assumptions", described(assumptions));
  section(
    "Defences",
    defences.map(({ layer, here }) => [layer, `${here}. Off: ${told(layer).how}`]),
  );
  section("Grid", [[grid.parameter, grid.values.join(", ")]]);
  section(
    "Figures",
    Object.entries(figures).map(([name, { label, unit }]) => [name, `${label}, ${unit}`]),
  );
  closing({ expectations, sources, limits });
}

/** What every scenario ends with: what it claims, where its numbers are from, what it does not show. */
function closing({ expectations, sources, limits }: Closing): void {
  section(
    "Expectations",
    expectations.map(({ kind, sentence }) => [kind, sentence]),
  );
  section(
    "Sources",
    sources.map(({ what, where }) => [what, where]),
  );
  section(
    "Limits",
    limits.map((limit) => [limit, ""]),
  );
}

interface Closing {
  readonly expectations: readonly { readonly kind: string; readonly sentence: string }[];
  readonly sources: readonly { readonly what: string; readonly where: string }[];
  readonly limits: readonly string[];
}

function told(layer: keyof typeof LAYERS): { name: string; stops: string; how: string } {
  const { name, stops, how } = LAYERS[layer];
  return { name, stops, how };
}

function section(title: string, lines: readonly (readonly [string, string])[]): void {
  console.log(`\n${title}`);
  for (const [name, text] of lines) console.log(text === "" ? `  ${name}` : `  ${name}: ${text}`);
}

function described(parameters: Parameters): [string, string][] {
  return Object.entries(parameters).map(([name, { default: value, low, high, unit, why }]) => [
    name,
    `${value} ${unit}, from ${low} to ${high}. ${why}`,
  ]);
}
