/** What a refusal says beside its name: the numbers that explain it. */
export type Detail = bigint | number | string | boolean;

/** The exchange refuses an action, for a named reason. Nothing of the action remains. */
export class Refusal extends Error {
  readonly reason: string;
  readonly details: readonly Detail[];

  constructor(reason: string, ...details: readonly Detail[]) {
    super(`${reason}(${details.join(", ")})`);
    this.reason = reason;
    this.details = details;
  }
}

/** Refuses unless a condition holds. */
export function refuseUnless(holds: boolean, reason: string, ...details: readonly Detail[]): asserts holds {
  if (!holds) throw new Refusal(reason, ...details);
}

/** Refuses if a condition holds. */
export function refuseIf(holds: boolean, reason: string, ...details: readonly Detail[]): void {
  if (holds) throw new Refusal(reason, ...details);
}
