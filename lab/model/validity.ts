/** What a price is asked for; the chain's number is the place in the list. */
export const ACTIONS = ["DEPOSIT", "CANCEL", "REDUCE", "OPEN", "WITHDRAW", "LIQUIDATE", "DELEVERAGE", "VAULT"] as const;
export type Action = (typeof ACTIONS)[number];

/** How far a price may be trusted, from best to worst. */
export const VALIDITIES = ["VALID", "UNCERTAIN", "STALE", "INVALID"] as const;
export type Validity = (typeof VALIDITIES)[number];

/** The validity ladder (section 5). Reducing is always possible: without a price, inside the band of the last good one. */
const LADDER: Readonly<Record<Action, readonly Validity[]>> = {
  DEPOSIT: VALIDITIES,
  CANCEL: VALIDITIES,
  REDUCE: VALIDITIES,
  OPEN: ["VALID"],
  WITHDRAW: ["VALID", "UNCERTAIN"],
  LIQUIDATE: ["VALID", "UNCERTAIN"],
  DELEVERAGE: ["VALID"],
  VAULT: ["VALID"],
};

/** Whether an action may go ahead at a price of this validity. */
export function allows(action: Action, validity: Validity): boolean {
  return LADDER[action].includes(validity);
}
