import { DEFICIT_MODES, type DeficitMode } from "../deployment/parameters.js";
import { attackIds, attackOf } from "../attack/registry.js";
import type { AttackScenario } from "../attack/scenario.js";
import { type Parameters, UsageError, valuesOf } from "../scenario/parameters.js";
import type { Regime, ReportedScenario } from "../scenario/scenario.js";
import { scenarios } from "../scenarios/index.js";

/** Exit codes of the lab's commands. */
export const PROPERTY_FAILED = 1;
export const BAD_USAGE = 2;

/** The attack or other scenario of an id. */
export async function anyOf(
  id: string,
): Promise<{ readonly attack: AttackScenario } | { readonly attack?: undefined; readonly scenario: ReportedScenario }> {
  const attack = await attackOf(id);
  return attack === undefined ? { scenario: scenarioOf(id) } : { attack };
}

/** The scenario of an id. */
export function scenarioOf(id: string): ReportedScenario {
  const scenario = scenarios.find((known) => known.id === id);
  if (scenario !== undefined) return scenario;
  throw new UsageError(
    `no scenario ${id}; there are ${[...scenarios.map((known) => known.id), ...attackIds()].join(", ")}`,
  );
}

/** The policies named in a list separated by commas; all of the scenario's if it is empty. */
export function regimesOf(scenario: ReportedScenario, list: string): Regime[] {
  if (list === "") return [...scenario.regimes];
  return [...new Set(list.split(","))].map((name) => {
    const regime = scenario.regimes.find((known) => known === name);
    if (regime !== undefined) return regime;
    throw new UsageError(`no policy ${name}; ${scenario.id} knows ${scenario.regimes.join(", ")}`);
  });
}

/** Who pays deficits. */
export function deficitModeOf(name: string): DeficitMode {
  const mode = DEFICIT_MODES.find((known) => known === name);
  if (mode !== undefined) return mode;
  throw new UsageError(`no deficit setting ${name}; there are ${DEFICIT_MODES.join(", ")}`);
}

/** The scenario's parameters, those of a small run if asked, with the settings `name=value`, separated by commas. */
export function settingsOf(
  scenario: { readonly parameters: Parameters; readonly quick?: Readonly<Record<string, string>> },
  list: string,
  quick = false,
): Readonly<Record<string, number>> {
  const pairs = list.split(",").filter((pair) => pair !== "");
  const settings = pairs.map((pair): [string, string] => {
    const [name, value, ...rest] = pair.split("=");
    if (name === undefined || value === undefined || rest.length > 0) {
      throw new UsageError(`${pair} is not of the form name=value`);
    }
    return [name, value];
  });
  return valuesOf(scenario.parameters, { ...(quick ? scenario.quick : {}), ...Object.fromEntries(settings) });
}

/** Runs a command; what the user got wrong goes to standard error with an exit code of its own. */
export async function answering(command: () => void | Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    process.exitCode = BAD_USAGE;
  }
}
