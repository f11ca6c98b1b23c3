import type { Call } from "../venues/venue.js";
import type { Rng } from "../random.js";
import type { View } from "../world/view.js";

/** What an agent is in the scenario's story; reports sum by it. */
export type Role =
  | "crowd"
  | "holder"
  | "carry trader"
  | "directional short"
  | "market maker"
  | "arbitrageur"
  | "liquidator"
  | "queue keeper"
  | "backstop provider"
  | "reporter";

/** A transaction an agent wants in the next block. */
export interface Intent extends Call {
  readonly from: string;
  /** What it is, in a word or two, for the action log. */
  readonly what: string;
}

/** Who an agent is: what the scenario hands to its constructor. */
export interface Identity {
  readonly name: string;
  /** The wallet. */
  readonly address: string;
  /** Its account on the venue; 0 if it has none. */
  readonly account: number;
}

/**
 * Somebody with a wallet. It sees the state after the last block and answers with transactions for the next one; all its
 * randomness comes from a stream of its own, and all it remembers is in `memory`, so that a world can be rewound with it.
 */
export abstract class Agent implements Identity {
  abstract readonly role: Role;
  readonly name: string;
  readonly address: string;
  readonly account: number;
  /** What it remembers from step to step. */
  memory: Record<string, number | boolean> = {};

  constructor(identity: Identity) {
    this.name = identity.name;
    this.address = identity.address;
    this.account = identity.account;
  }

  abstract act(view: View, rng: Rng): readonly Intent[];

  protected say(what: string, call: Call): Intent {
    return { ...call, from: this.address, what };
  }
}
