import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

import type { AttackScenario } from "./scenario.js";

const FOLDER = new URL("../scenarios/attacks/", import.meta.url);

/** The order of the catalogue; whatever it does not name comes after, by name. */
const CATALOGUE = [
  "mango",
  "jelly",
  "popcat",
  "xpl",
  "off-hours",
  "twap",
  "spot-index",
  "own-book-index",
  "stale",
  "adl-gaming",
  "lp-run",
  "keeper-outage",
  "guard-misfire",
];

/** Ids of all attacks: a file of `lab/scenarios/attacks` each, with the scenario as its default export. */
export function attackIds(): string[] {
  const ids = readdirSync(fileURLToPath(FOLDER))
    .filter((name) => name.endsWith(".ts"))
    .map((name) => name.slice(0, -".ts".length));
  const place = (id: string): number => {
    const known = CATALOGUE.indexOf(id);
    return known < 0 ? CATALOGUE.length : known;
  };
  return ids.sort((left, right) => place(left) - place(right) || (left < right ? -1 : 1));
}

/** The attack of an id, if there is one. */
export async function attackOf(id: string): Promise<AttackScenario | undefined> {
  if (!attackIds().includes(id)) return undefined;
  const module = (await import(new URL(`${id}.ts`, FOLDER).href)) as { default?: AttackScenario };
  if (module.default?.id === id) return module.default;
  throw new Error(`lab/scenarios/attacks/${id}.ts does not export the attack ${id}`);
}

/** Every attack, in the order of the catalogue. */
export async function attacks(): Promise<AttackScenario[]> {
  const found: AttackScenario[] = [];
  for (const id of attackIds()) {
    const attack = await attackOf(id);
    if (attack !== undefined) found.push(attack);
  }
  return found;
}
