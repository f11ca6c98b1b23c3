import type { RegimeRow } from "./data.js";
import { coefficient, count, type Format, money, percent, price, result, seconds, signedSize, size } from "./format.js";

/** Which value of a measure is the good one, where one is. */
export type Preference = "low" | "high" | "zero";

/** One line of the comparison: a field of every regime's row, in words and units. */
export interface Measure {
  readonly field: Exclude<keyof RegimeRow, "regime">;
  readonly label: string;
  readonly format: Format;
  readonly better?: Preference;
}

/** Measures that belong together. */
export interface MeasureGroup {
  readonly title: string;
  readonly measures: readonly Measure[];
}

/** Every field of a regime's row, grouped by the question it answers. */
export function measureGroups(base: string): readonly MeasureGroup[] {
  const ofBase: Format = (value) => `${signedSize(value)}\u00a0${base}`;
  const amount: Format = (value) => `${size(value)}\u00a0${base}`;
  return [
    {
      title: "How far it went",
      measures: [
        { field: "liquidatedNotional", label: "Liquidated", format: money },
        { field: "deleveragedNotional", label: "Deleveraged", format: money, better: "low" },
        { field: "deleveragedShare", label: "Deleveraged / liquidated", format: percent, better: "low" },
        { field: "secondsToDeleveraging", label: "First liquidation to first deleveraging", format: seconds },
        { field: "averageDeleveragingPrice", label: "Average deleveraging price", format: price },
      ],
    },
    {
      title: "The deficit, and who paid it",
      measures: [
        { field: "badDebt", label: "Bad debt of bankrupt accounts", format: money, better: "low" },
        { field: "paidByInsurance", label: "Paid by insurance", format: money },
        { field: "paidByWinners", label: "Charged to winners", format: money, better: "low" },
        { field: "socialised", label: "Socialised over all claims", format: money, better: "low" },
        { field: "backstopResult", label: "Result of the backstop vault", format: result, better: "high" },
      ],
    },
    {
      title: "Whose positions were closed",
      measures: [
        { field: "hedgedClosed", label: "Closed of hedged shorts", format: amount, better: "low" },
        { field: "directionalClosed", label: "Closed of everybody else", format: amount },
        { field: "directionalResult", label: "Result of directional shorts", format: result, better: "high" },
        { field: "accountsTouched", label: "Accounts deleveraged", format: count },
        { field: "gini", label: "Gini coefficient of the burden", format: coefficient, better: "low" },
        { field: "topTenShare", label: "Burden of the ten most affected", format: percent, better: "low" },
      ],
    },
    {
      title: "Market makers",
      measures: [
        { field: "makersDeltaBefore", label: "Delta before", format: ofBase },
        { field: "makersDeltaAfter", label: "Delta after", format: ofBase, better: "zero" },
        {
          field: "coveredMakersDeltaAfter",
          label: "Of it, makers with their spot on the venue",
          format: ofBase,
          better: "zero",
        },
        {
          field: "otherMakersDeltaAfter",
          label: "Of it, makers with their spot elsewhere",
          format: ofBase,
          better: "zero",
        },
        { field: "makersResultRecovery", label: "Result if spot recovers", format: result, better: "high" },
        { field: "makersResultBelow", label: "Result if spot falls below", format: result, better: "high" },
      ],
    },
    {
      title: "Depth of the book, within 1 %",
      measures: [
        { field: "depthBefore", label: "Before the shock", format: amount },
        { field: "depthLaterRecovery", label: "Two hours later, if spot recovers", format: amount, better: "high" },
        { field: "depthLaterBelow", label: "Two hours later, if spot falls below", format: amount, better: "high" },
      ],
    },
    {
      title: "Cost of execution",
      measures: [
        { field: "gasPerDeleveraging", label: "Gas per deleveraging", format: count, better: "low" },
        { field: "gasPerAccount", label: "Gas per account deleveraged", format: count, better: "low" },
      ],
    },
    {
      title: "Size of the run",
      measures: [
        { field: "accounts", label: "Accounts", format: count },
        { field: "actions", label: "On-chain actions", format: count },
      ],
    },
  ];
}

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
