import type { Parameters } from "../scenario/parameters.js";
import { answering, scenarioOf } from "./request.js";

export default function show({ scenario: id, json }: { scenario: string; json: boolean }): Promise<void> {
  return answering(() => {
    const { title, story, actors, shocks, assumptions, regimes, sources, limits, expectations } = scenarioOf(id);
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
  });
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
