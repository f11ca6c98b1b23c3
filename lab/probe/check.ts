import type { Rng } from "../random.js";
import type { Step, World } from "../world/world.js";
import type { PropertyId } from "./properties.js";

/** What a check may look at: one block, and the chain it left behind. */
export interface Evidence {
  readonly world: World;
  readonly step: Step;
  /** Fees the ledger has taken and not yet paid out, quote, WAD. */
  readonly feesAccrued: bigint;
  /** Transactions since the world began: what dust may have come of. */
  readonly transactions: number;
  /** For what is checked on a sample; its own stream, so that looking changes nothing. */
  readonly rng: Rng;
}

/** One property, checked on one block: what is wrong with it, in numbers, or undefined. */
export interface Check {
  readonly property: PropertyId;
  readonly find: (evidence: Evidence) => string | undefined | Promise<string | undefined>;
}
