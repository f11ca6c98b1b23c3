import { WAD } from "./arithmetic.js";

/** Policies of section 8 the model knows. */
export const POLICY_NAMES = ["HedgeLast", "ProRata", "ProfitFirst", "LeverageFirst", "LeverageLevel"] as const;
export type PolicyName = (typeof POLICY_NAMES)[number];

/** Who is reached first. Pure: it knows nothing of accounts. */
export interface Policy {
  /** The class of a position, 0 to 15; lower classes come first. Leverage is WAD, undefined if the account has no equity. */
  classOf(breakEven: bigint, leverage: bigint | undefined, hedged: boolean): number;
  /** Tranches of one stage are torn up in proportion to size (true), or one after the other. */
  readonly proportional: boolean;
  /** A later stage is reached only when every earlier one is exhausted. */
  stageOf(trancheClass: number): number;
  /** The leverage a class stands for, WAD, if stages are shared so that leverage is levelled; 0 if in proportion to size. */
  leverageOf(trancheClass: number): bigint;
}

/** The lowest leverage of each class, in quarters; the last class has none, and stands for half of where it ends. */
const LOWEST_IN_QUARTERS = [80n, 40n, 20n, 12n, 8n, 4n, 2n, 1n];
const LAST_CLASS = LOWEST_IN_QUARTERS.length - 1;

/** Classes of leverage: 20 and more, 10, 5, 3, 2, 1, 1/2, and below. */
function leverageClass(leverage: bigint | undefined): number {
  if (leverage === undefined) return 0;
  const found = LOWEST_IN_QUARTERS.findIndex((quarters) => leverage * 4n >= quarters * WAD);
  return found === -1 ? LAST_CLASS : Math.min(found, LAST_CLASS);
}

/** Bit 3 of a class: the position is hedged. A deficit, too, is charged to such tranches last. */
export const HEDGED = 8;

/** Any other policy, with hedged positions only after all directional ones are gone (P9). */
function hedgeLast(inner: Policy): Policy {
  const directional = (trancheClass: number): number => trancheClass & (HEDGED - 1);
  return {
    classOf: (breakEven, leverage, hedged) =>
      directional(inner.classOf(breakEven, leverage, false)) | (hedged ? HEDGED : 0),
    proportional: inner.proportional,
    leverageOf: (trancheClass) => inner.leverageOf(directional(trancheClass)),
    stageOf: (trancheClass) => (trancheClass & HEDGED) | directional(inner.stageOf(directional(trancheClass))),
  };
}

/** The same fraction of every profitable bucket. */
const proRata: Policy = { classOf: () => 0, proportional: true, stageOf: () => 0, leverageOf: () => 0n };

export const POLICIES: Readonly<Record<PolicyName, Policy>> = {
  HedgeLast: hedgeLast(proRata),
  ProRata: proRata,
  /** The most profitable bucket first. */
  ProfitFirst: { classOf: () => 0, proportional: false, stageOf: () => 0, leverageOf: () => 0n },
  /** The most levered class first, each whole before the next; inside a class the most profitable bucket first. */
  LeverageFirst: {
    classOf: (_, leverage) => leverageClass(leverage),
    proportional: false,
    stageOf: (trancheClass) => trancheClass,
    leverageOf: () => 0n,
  },
  /** Every class above one leverage brought down to it, nobody else touched: water filling, by class. */
  LeverageLevel: {
    classOf: (_, leverage) => leverageClass(leverage),
    proportional: true,
    stageOf: () => 0,
    leverageOf: (trancheClass) => ((LOWEST_IN_QUARTERS[Math.min(trancheClass, LAST_CLASS)] ?? 1n) * WAD) / 4n,
  },
};
