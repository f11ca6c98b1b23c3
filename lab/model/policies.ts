import { WAD } from "./arithmetic.js";

/** Policies of section 8 the model knows. */
export const POLICY_NAMES = ["HedgeLast", "ProRata", "ProfitFirst", "LeverageFirst"] as const;
export type PolicyName = (typeof POLICY_NAMES)[number];

/** Who is reached first. Pure: it knows nothing of accounts. */
export interface Policy {
  /** The class of a position, 0 to 15; lower classes come first. Leverage is WAD, undefined if the account has no equity. */
  classOf(breakEven: bigint, leverage: bigint | undefined, hedged: boolean): number;
  /** Tranches of one stage are torn up in proportion to size (true), or one after the other. */
  readonly proportional: boolean;
  /** A later stage is reached only when every earlier one is exhausted. */
  stageOf(trancheClass: number): number;
}

/** Leverage, in halves, from which each class of LeverageFirst begins; below half it is the last class. */
const CLASSES_IN_HALVES = [40n, 20n, 10n, 6n, 4n, 2n, 1n];

/** Bit 3 of a class: the position is hedged. A deficit, too, is charged to such tranches last. */
export const HEDGED = 8;

/** Any other policy, with hedged positions only after all directional ones are gone (P9). */
function hedgeLast(inner: Policy): Policy {
  const directional = (trancheClass: number): number => trancheClass & (HEDGED - 1);
  return {
    classOf: (breakEven, leverage, hedged) =>
      directional(inner.classOf(breakEven, leverage, false)) | (hedged ? HEDGED : 0),
    proportional: inner.proportional,
    stageOf: (trancheClass) => (trancheClass & HEDGED) | directional(inner.stageOf(directional(trancheClass))),
  };
}

/** The same fraction of every profitable bucket. */
const proRata: Policy = { classOf: () => 0, proportional: true, stageOf: () => 0 };

export const POLICIES: Readonly<Record<PolicyName, Policy>> = {
  HedgeLast: hedgeLast(proRata),
  ProRata: proRata,
  /** The most profitable bucket first. */
  ProfitFirst: { classOf: () => 0, proportional: false, stageOf: () => 0 },
  /** The most levered class first, inside it the most profitable bucket. */
  LeverageFirst: {
    classOf: (_, leverage) => {
      if (leverage === undefined) return 0;
      const found = CLASSES_IN_HALVES.findIndex((halves) => leverage * 2n >= halves * WAD);
      return found === -1 ? CLASSES_IN_HALVES.length : found;
    },
    proportional: false,
    stageOf: (trancheClass) => trancheClass,
  },
};
