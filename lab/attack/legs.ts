import type { LayerId } from "../deployment/defences.js";
import type { Host } from "../scenario/scenario.js";
import type { Outcome } from "./outcome.js";
import { perform, type Performance, type Performed } from "./perform.js";
import type { AttackScenario } from "./scenario.js";

/** The runs every attack is told by. The baseline is what `control` is compared with: the same honest flow, undefended. */
export const LEGS = ["off", "on", "control", "baseline"] as const;
export type Leg = (typeof LEGS)[number];

/** Whether what a scenario claims of a run is so, or a property of the exchange broke in it. */
export type Verdict = "holds" | "fails" | "violated";

/** A claim and whether it is so. */
export interface Claim {
  readonly kind: string;
  readonly sentence: string;
  readonly held: boolean;
}

/** A run with its verdict. */
export interface Judged extends Performed {
  readonly leg: Leg | "partial";
  readonly verdict: Verdict;
  readonly claims: readonly Claim[];
}

/** What a leg switches off, and whose flow it is. */
export function settingOf(scenario: AttackScenario, leg: Leg): Pick<Performance, "off" | "honest"> {
  const all = scenario.defences.map(({ layer }) => layer);
  const bare = leg === "off" || leg === "baseline";
  return { off: bare ? all : [], honest: leg === "control" || leg === "baseline" };
}

/** Which leg a run is; `partial` if only some of the defences are on. */
export function legOf(scenario: AttackScenario, { off, honest }: Pick<Performance, "off" | "honest">): Leg | "partial" {
  const bare = off.length === scenario.defences.length;
  if (!bare && off.length > 0) return "partial";
  if (honest) return bare ? "baseline" : "control";
  return bare ? "off" : "on";
}

/**
 * Runs a scenario once and judges it. A run with some defences is held to what is claimed of one with all, and so is any other
 * whose `heldTo` says so: an attack with a single defence is undefended without it.
 */
export async function judged(
  host: Host,
  scenario: AttackScenario,
  performance: Performance,
  { baseline, heldTo }: { readonly baseline?: Outcome | undefined; readonly heldTo?: Leg } = {},
): Promise<Judged> {
  const performed = await perform(host, scenario, performance);
  const leg = legOf(scenario, performance);
  const kind = heldTo ?? (leg === "partial" ? (performance.honest ? "control" : "on") : leg);
  const compared = baseline === undefined ? {} : { baseline };
  const claims = scenario.expectations
    .filter((expectation) => expectation.kind === kind)
    .map((claim) => ({ kind, sentence: claim.sentence, held: claim.holds(performed.outcome, compared) }));
  return { ...performed, leg, claims, verdict: verdictOf(performed.outcome, claims) };
}

function verdictOf({ properties }: Outcome, claims: readonly Claim[]): Verdict {
  if (properties.violation !== undefined) return "violated";
  return claims.every(({ held }) => held) ? "holds" : "fails";
}

/** Told how many runs are done, of how many. */
export type Progress = (done: number, of: number) => void;

/** The attack without and with its defences, and honest flow with and without them. */
export async function runLegs(
  host: Host,
  scenario: AttackScenario,
  { seed, values }: Pick<Performance, "seed" | "values">,
  progress: Progress,
): Promise<Judged[]> {
  const results = new Map<Leg, Judged>();
  // Control is compared with the baseline, so that comes before it.
  const order: readonly Leg[] = ["baseline", "off", "on", "control"];
  for (const leg of order) {
    const baseline = results.get("baseline")?.outcome;
    results.set(leg, await judged(host, scenario, { seed, values, ...settingOf(scenario, leg) }, { baseline }));
    progress(results.size, order.length);
  }
  return LEGS.flatMap((leg) => results.get(leg) ?? []);
}

/** Layers named in a list: `none`, `all`, `all-but-x`, or ids joined by `separator`. Returns what is to be switched off. */
export function offIn(
  scenario: AttackScenario,
  text: string,
  parse: (names: string[]) => LayerId[],
  separator = ",",
): LayerId[] {
  const all = scenario.defences.map(({ layer }) => layer);
  if (text === "all") return [];
  if (text === "none") return all;
  const names = text.split(separator).filter((name) => name !== "");
  const except = names.filter((name) => name.startsWith("all-but-")).map((name) => name.slice("all-but-".length));
  if (except.length > 0) return parse(except);
  const on = parse(names);
  return all.filter((layer) => !on.includes(layer));
}
