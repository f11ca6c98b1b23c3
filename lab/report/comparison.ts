import type { RegimeRow } from "./data.js";
import { coefficient, count, type Format, money, percent, price, result, seconds, signedSize, size } from "./format.js";

/** Which value of a measure is the good one, where one is. */
export type Preference = "low" | "high" | "zero";

/** One line of the comparison: a field of every regime's row, in words and units. */
export interface Measure {
  readonly field: Exclude<keyof RegimeRow, "regime">;
  readonly label: string;
  /** Of the number as the JSON has it. */
  readonly unit: string;
  readonly format: Format;
  readonly better?: Preference;
}

/** Measures that belong together. */
export interface MeasureGroup {
  readonly title: string;
  readonly measures: readonly Measure[];
}

/** What labels are made with. */
export interface Labels {
  /** Name of the base asset. */
  readonly base?: string;
  /** How long after the crash the branches end. */
  readonly ends?: string;
}

/** The measures that say something of these rows: without those no row has, and without groups in which nothing happened. */
export function measuresOf(rows: readonly RegimeRow[], labels: Labels): readonly MeasureGroup[] {
  return measureGroups(labels)
    .map(({ title, measures }) => ({
      title,
      measures: measures.filter(({ field }) => rows.some((row) => row[field] !== undefined)),
    }))
    .filter(({ measures }) => measures.some(({ field }) => rows.some((row) => row[field] !== 0)));
}

/** Every field of a regime's row, grouped by the question it answers. */
export function measureGroups({ base = "base", ends = "Two hours later" }: Labels): readonly MeasureGroup[] {
  const ofBase: Format = (value) => `${signedSize(value)}\u00a0${base}`;
  const amount: Format = (value) => `${size(value)}\u00a0${base}`;
  return [
    {
      title: "How far it went",
      measures: [
        { field: "liquidatedNotional", label: "Liquidated", unit: "$", format: money },
        { field: "deleveragedNotional", label: "Deleveraged", unit: "$", format: money, better: "low" },
        { field: "deleveragedShare", label: "Deleveraged / liquidated", unit: SHARE, format: percent, better: "low" },
        {
          field: "secondsToDeleveraging",
          label: "First liquidation to first deleveraging",
          unit: "seconds",
          format: seconds,
        },
        {
          field: "averageDeleveragingPrice",
          label: "Average deleveraging price",
          unit: `$ per ${base}`,
          format: price,
        },
      ],
    },
    {
      title: "The deficit, and who paid it",
      measures: [
        { field: "badDebt", label: "Bad debt of bankrupt accounts", unit: "$", format: money, better: "low" },
        { field: "paidByInsurance", label: "Paid by insurance", unit: "$", format: money },
        { field: "paidByWinners", label: "Charged to winners", unit: "$", format: money, better: "low" },
        { field: "socialised", label: "Socialised over all claims", unit: "$", format: money, better: "low" },
        { field: "backstopResult", label: "Result of the backstop vault", unit: "$", format: result, better: "high" },
      ],
    },
    {
      title: "Whose positions were closed",
      measures: [
        { field: "hedgedClosed", label: "Closed of hedged shorts", unit: base, format: amount, better: "low" },
        { field: "directionalClosed", label: "Closed of everybody else", unit: base, format: amount },
        {
          field: "directionalResult",
          label: "Result of directional shorts",
          unit: "$",
          format: result,
          better: "high",
        },
        {
          field: "directionalCost",
          label: "Cost to directional shorts, against pro rata",
          unit: "$",
          format: money,
          better: "low",
        },
        { field: "accountsTouched", label: "Accounts deleveraged", unit: "accounts", format: count },
        {
          field: "gini",
          label: "Gini coefficient of the burden",
          unit: "0 if all bear the same, towards 1 if one bears everything",
          format: coefficient,
          better: "low",
        },
        { field: "topTenShare", label: "Burden of the ten most affected", unit: SHARE, format: percent, better: "low" },
      ],
    },
    {
      title: "Market makers",
      measures: [
        { field: "makersDeltaBefore", label: "Delta before", unit: base, format: ofBase },
        { field: "makersDeltaAfter", label: "Delta after", unit: base, format: ofBase, better: "zero" },
        {
          field: "coveredMakersDeltaAfter",
          label: "Of it, makers with their spot on the venue",
          unit: base,
          format: ofBase,
          better: "zero",
        },
        {
          field: "otherMakersDeltaAfter",
          label: "Of it, makers with their spot elsewhere",
          unit: base,
          format: ofBase,
          better: "zero",
        },
        { field: "makersResultRecovery", label: "Result if spot recovers", unit: "$", format: result, better: "high" },
        { field: "makersResultBelow", label: "Result if spot falls below", unit: "$", format: result, better: "high" },
      ],
    },
    {
      title: "Depth of the book, within 1 %",
      measures: [
        { field: "depthBefore", label: "Before the shock", unit: base, format: amount },
        { field: "depthLaterRecovery", label: `${ends}, if spot recovers`, unit: base, format: amount, better: "high" },
        { field: "depthLaterBelow", label: `${ends}, if spot falls below`, unit: base, format: amount, better: "high" },
      ],
    },
    {
      title: "Cost of execution",
      measures: [
        { field: "gasPerDeleveraging", label: "Gas per deleveraging", unit: "gas", format: count, better: "low" },
        { field: "gasPerAccount", label: "Gas per account deleveraged", unit: "gas", format: count, better: "low" },
      ],
    },
    {
      title: "Size of the run",
      measures: [
        { field: "accounts", label: "Accounts", unit: "accounts", format: count },
        { field: "actions", label: "On-chain actions", unit: "transactions", format: count },
      ],
    },
  ];
}

/** The unit of fractions. */
const SHARE = "share of one";

/** How a value stands among the regimes. */
export type Standing = "best" | "worst" | "between";

/** Values closer than this share of the largest are the same for a reader. */
const INDIFFERENCE = 0.01;

/** How every regime stands in a measure; all are between where the measure has no good end or the regimes do not differ. */
export function standings(values: readonly (number | null)[], better: Preference | undefined): Standing[] {
  const costs = values.map((value) => (value === null || !Number.isFinite(value) ? null : cost(value, better)));
  const known = costs.filter((value) => value !== null);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const tolerance = INDIFFERENCE * Math.max(Math.abs(least), Math.abs(most));
  if (better === undefined || known.length < 2 || most - least <= tolerance) return values.map(() => "between");
  return costs.map((value) => {
    if (value === null) return "between";
    if (value - least <= tolerance) return "best";
    return most - value <= tolerance ? "worst" : "between";
  });
}

function cost(value: number, better: Preference | undefined): number {
  if (better === "high") return -value;
  return better === "zero" ? Math.abs(value) : value;
}
