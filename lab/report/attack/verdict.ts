import type { Campaign } from "../../attack/campaign.js";
import type { Judged } from "../../attack/legs.js";
import { LAYERS } from "../../deployment/defences.js";
import { count, list, money, result } from "../format.js";
import { groupTitle } from "../names.js";

/** What came of it in a few plain sentences, every number from the data. */
export function attackVerdict({ runs }: Campaign): string[] {
  return [...runs.map(told), checked(runs)];
}

function told(run: Judged): string {
  const { outcome } = run;
  const { attackerNet, wrongfulLiquidations, honest } = outcome;
  const wrong =
    wrongfulLiquidations > 0
      ? ` Accounts that were solvent at the reference price lost ${money(wrongfulLiquidations)} of positions to liquidation.`
      : "";
  if (honest) {
    return `${opening(run)}, honest users traded: ${biggest(run)}.${wrong === "" ? " Nobody solvent was liquidated." : wrong}`;
  }
  const net =
    attackerNet > 0
      ? `the attacker gained ${money(attackerNet)} after gas; ${biggest(run)}`
      : `the attacker ended at ${result(attackerNet)} after gas`;
  return `${opening(run)}, ${net}.${wrong}`;
}

function opening({ outcome, leg }: Judged): string {
  const names = (layers: readonly (keyof typeof LAYERS)[]): string =>
    list(layers.map((layer) => LAYERS[layer].name.toLowerCase()));
  if (leg === "partial") return `Without ${names(outcome.off)}`;
  return outcome.defences.length === 0 ? "Without the defences" : "With all defences";
}

function biggest({ outcome }: Judged): string {
  const [most] = Object.entries(outcome.paidBy).sort(([, left], [, right]) => right - left);
  if (most === undefined || most[1] < 0.01) return "nobody paid anything";
  return `${groupTitle(most[0]).toLowerCase()} paid most, ${money(most[1])}`;
}

function checked(runs: readonly Judged[]): string {
  const broken = runs.flatMap(({ outcome }) => outcome.properties.violation ?? []);
  if (broken.length > 0) return `A property of the exchange was violated: ${broken.join("; ")}.`;
  const steps = runs.reduce((total, { outcome }) => total + outcome.properties.steps, 0);
  const number = Math.max(0, ...runs.map(({ outcome }) => outcome.properties.checked.length));
  return `${count(number)} properties of the exchange were checked after each of ${count(steps)} blocks; all held.`;
}
