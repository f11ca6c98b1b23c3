import { Rng } from "../random.js";
import type { View } from "../world/view.js";
import type { Step, World } from "../world/world.js";
import type { Check } from "./check.js";
import { closingIsOpen, markKeepsItsLimits, onlyMaturedLeaves } from "./checks/access.js";
import { chargesAreBounded } from "./checks/charges.js";
import { gasFollowsTranches, liquidationsNeverWorsen, onlyProfitIsReached } from "./checks/deleveraging.js";
import { hedgesComeLast } from "./checks/hedges.js";
import { ladderHolds } from "./checks/ladder.js";
import {
  idleCashStays,
  ledgerConserves,
  openInterestBalances,
  settlingOrderIsFree,
  tokensCoverClaims,
} from "./checks/solvency.js";
import { redeemersAreEqual } from "./checks/vaults.js";
import { PROPERTIES, type PropertyId } from "./properties.js";

/** Every check, in the order of the properties. */
export const CHECKS: readonly Check[] = [
  tokensCoverClaims,
  openInterestBalances,
  ledgerConserves,
  idleCashStays,
  onlyProfitIsReached,
  chargesAreBounded,
  gasFollowsTranches,
  settlingOrderIsFree,
  hedgesComeLast,
  liquidationsNeverWorsen,
  onlyMaturedLeaves,
  markKeepsItsLimits,
  ladderHolds,
  closingIsOpen,
  redeemersAreEqual,
];

/** A property that did not hold, and the first block it did not hold in. */
export interface Violation {
  readonly property: PropertyId;
  readonly sentence: string;
  readonly step: number;
  readonly time: number;
  /** What was seen, in numbers. */
  readonly detail: string;
}

/** Checks the exchange's properties on every block of a world, from what the chain says. */
export class Probe {
  readonly #world: World;
  readonly #rng: Rng;
  #transactions: number;

  /** @param transactions sent before the world began: set-up leaves dust like anything else */
  constructor(world: World, transactions = 10_000) {
    this.#world = world;
    this.#rng = Rng.of(world.seed, "probe");
    this.#transactions = transactions;
  }

  /** Properties this probe checks. */
  static get checked(): PropertyId[] {
    return CHECKS.map(({ property }) => property);
  }

  /** Checks the state the world begins in, as if nothing had led to it. */
  async begin(view: View): Promise<Violation | undefined> {
    return this.check({ before: view, view, actions: [], events: [], fills: [], tornUp: [], scripted: [] });
  }

  /** The first property the block breaks, or undefined. */
  async check(step: Step): Promise<Violation | undefined> {
    this.#transactions += step.actions.length;
    const { address, interface: abi } = this.#world.exchange.contracts.clearingHouse;
    const feesAccrued = BigInt(await this.#world.chain.call(address, abi.encodeFunctionData("feesAccrued")));
    const evidence = { world: this.#world, step, feesAccrued, transactions: this.#transactions, rng: this.#rng };
    for (const { property, find } of CHECKS) {
      const detail = await find(evidence);
      if (detail === undefined) continue;
      const { step: number, time } = step.view;
      return { property, sentence: PROPERTIES[property], step: number, time, detail };
    }
    return undefined;
  }
}
