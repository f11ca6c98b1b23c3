import type { RegimeReport, ReportData } from "./data.js";
import { count, list, money, NOTHING, plural, result, signedSize } from "./format.js";
import { groupTitle, regimeTitle } from "./names.js";
import { extent } from "./series.js";

/** A hedge is kept if the makers' delta moved by less than this share of the largest open interest. */
export const HEDGE_TOLERANCE = 0.01;

/** Amounts closer than this share of the larger are told as one. */
const SAME = 0.02;

/** A regime and a number of it. */
interface Figure {
  readonly regime: string;
  readonly value: number;
}

/** The outcome in a few plain sentences, every number computed from the data. */
export function verdict({ regimes, scenario, outcome = [] }: ReportData): string[] {
  if (regimes.length === 0) return ["No regime was run, so there is nothing to say."];
  const branched = regimes.filter(({ makers, row }) => makers.length > 0 && row.makersResultRecovery !== undefined);
  return [
    ...outcome,
    whoLost(regimes),
    // Where nothing branches off the crash, makers go on trading after it, and their delta in the end tells nothing of it.
    ...(branched.length > 0 ? [hedges(regimes, scenario.base ?? "base"), branches(branched)] : []),
    badDebt(regimes),
    properties(regimes),
  ];
}

function whoLost(regimes: readonly RegimeReport[]): string {
  const told = regimes.map(({ regime, groups }) => {
    const sorted = Object.entries(groups).sort(([, left], [, right]) => left - right);
    return { regime, loser: sorted[0], winner: sorted.at(-1) };
  });
  const loser = told[0]?.loser?.[0];
  const winner = told[0]?.winner?.[0];
  if (loser === undefined || winner === undefined) return "Nobody's profit and loss was recorded.";
  const alike = told.every((one) => one.loser?.[0] === loser && one.winner?.[0] === winner);
  if (alike) {
    const lost = figures(told, ({ regime, loser: end }) => ({ regime, value: -(end?.[1] ?? 0) }), money);
    const gained = figures(told, ({ regime, winner: end }) => ({ regime, value: end?.[1] ?? 0 }), money);
    return `On the exchange, ${inText(loser)} lost most: ${lost}. ${groupTitle(winner)} gained most: ${gained}.`;
  }
  const sentence = told.map(
    (one) =>
      `under ${regimeTitle(one.regime)} ${inText(one.loser?.[0])} lost most (${money(-(one.loser?.[1] ?? 0))}) and ${inText(one.winner?.[0])} gained most (${money(one.winner?.[1] ?? 0)})`,
  );
  return `On the exchange, ${sentence.join("; ")}.`;
}

function hedges(regimes: readonly RegimeReport[], base: string): string {
  const moved = regimes.filter(({ row, series }) => {
    const [, largest] = extent(series.map(({ openInterest }) => openInterest));
    return Math.abs(row.makersDeltaAfter - row.makersDeltaBefore) > HEDGE_TOLERANCE * largest;
  });
  const kept = regimes.filter((regime) => !moved.includes(regime));
  const change = figures(
    moved.length === 0 ? kept : moved,
    ({ regime, row }) => ({ regime, value: row.makersDeltaAfter }),
    (value) => `${signedSize(value)}\u00a0${base}`,
  );
  if (moved.length === 0)
    return `Market makers kept their hedge under ${everyone(regimes)}: their delta, zero when hedged, ended at ${change}.`;
  const spared = kept.length === 0 ? "" : `; under ${names(kept)} they kept it`;
  return `Market makers lost their hedge under ${moved.length === regimes.length ? everyone(regimes) : names(moved)}: their delta, zero when hedged, ended at ${change}${spared}.`;
}

function branches(branched: readonly RegimeReport[]): string {
  const recovery = figures(branched, ({ regime, row }) => ({ regime, value: row.makersResultRecovery ?? 0 }), result);
  const below = figures(branched, ({ regime, row }) => ({ regime, value: row.makersResultBelow ?? 0 }), result);
  return `With the spot they own, makers end at ${recovery} where spot recovers afterwards, and at ${below} where it falls below the deleveraging price.`;
}

function badDebt(regimes: readonly RegimeReport[]): string {
  if (regimes.every(({ row }) => row.badDebt === 0)) return "No account left bad debt.";
  const payers = (["paidByInsurance", "paidByWinners", "socialised"] as const).flatMap((field) => {
    if (regimes.every(({ row }) => row[field] === 0)) return [];
    const amount = figures(regimes, ({ regime, row }) => ({ regime, value: row[field] }), money);
    return [`${PAYERS[field]} ${amount}`];
  });
  const debt = figures(regimes, ({ regime, row }) => ({ regime, value: row.badDebt }), money);
  const paid = payers.length === 0 ? "" : ` Of it, ${list(payers)}.`;
  return `Bankrupt accounts left bad debt of ${debt}.${paid}`;
}

const PAYERS = {
  paidByInsurance: "insurance paid",
  paidByWinners: "winners were charged",
  socialised: "all claims together bore",
} as const;

function properties(regimes: readonly RegimeReport[]): string {
  const broken = regimes.flatMap(({ regime, properties: { violation } }) =>
    violation === undefined ? [] : [`under ${regimeTitle(regime)}, ${violation}`],
  );
  const checked = Math.max(...regimes.map(({ properties: { checked: all } }) => all.length));
  const steps = regimes.reduce((total, { properties: { steps: some } }) => total + some, 0);
  if (broken.length > 0) return `A property of the exchange was violated: ${broken.join("; ")}.`;
  if (steps === 0 || checked === 0) return "No property of the exchange was checked.";
  return `${plural(checked, "property", "properties")} of the exchange ${checked === 1 ? "was" : "were"} checked after each of ${count(steps)} steps; all held.`;
}

/** One number where the regimes agree, else the least and the most of them. */
function figures<T>(items: readonly T[], pick: (item: T) => Figure, format: (value: number) => string): string {
  const sorted = items.map(pick).sort((left, right) => left.value - right.value);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (least === undefined || most === undefined) return NOTHING;
  if (sorted.length === 1) return format(least.value);
  const alike = most.value - least.value <= SAME * Math.max(Math.abs(least.value), Math.abs(most.value));
  if (alike) return `${least.value === most.value ? "" : "about "}${format((least.value + most.value) / 2)} each time`;
  const told = (figure: Figure): string => `${format(figure.value)} (${regimeTitle(figure.regime)})`;
  return sorted.length === 2 ? `${told(least)} and ${told(most)}` : `between ${told(least)} and ${told(most)}`;
}

function names(regimes: readonly RegimeReport[]): string {
  return list(regimes.map(({ regime }) => regimeTitle(regime)));
}

function everyone(regimes: readonly RegimeReport[]): string {
  return regimes.length <= 2 ? names(regimes) : `every policy`;
}

function inText(group: string | undefined): string {
  const title = group === undefined ? "nobody" : groupTitle(group);
  return title.charAt(0).toLowerCase() + title.slice(1);
}
