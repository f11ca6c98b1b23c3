import type { Rng } from "../random.js";
import { fromWad } from "../units.js";
import type { Venue } from "../venues/venue.js";
import { rowOf, type View } from "../world/view.js";
import { Agent, type Identity, type Intent, type Role } from "./agent.js";
import { immediate } from "./orders.js";

/** What a directional trader means to do. */
export interface Plan {
  readonly buy: boolean;
  /** Base. */
  readonly size: number;
  /** Enters in the first block at or after this time, unix seconds. */
  readonly enterAt: number;
  /** Gives up entering at this time. */
  readonly enterUntil: number;
  /** Leaves from this time on; never if absent. */
  readonly leaveAt?: number;
  /** Closes by itself when equity falls below this multiple of maintenance margin; never if absent. */
  readonly stopAt?: number;
  /** How far from the index an order may be filled, as a fraction. */
  readonly slippage: number;
}

/** Seconds before another attempt at what was not filled. */
const RETRY = 10;

/** Base too little to be worth an order. */
const SMALLEST = 0.002;

/** Takes a position from the book, holds it, and may leave at a time or when margin runs short. */
export class Trader extends Agent {
  readonly role: Role;
  override memory = { entered: false, triedAt: 0 };
  readonly #plan: Plan;
  readonly #venue: Venue;

  constructor(identity: Identity, role: Role, plan: Plan, venue: Venue) {
    super(identity);
    this.role = role;
    this.#plan = plan;
    this.#venue = venue;
  }

  act(view: View, rng: Rng): readonly Intent[] {
    const size = fromWad(rowOf(view, this.account).size);
    if (!this.memory.entered) return this.#enter(view, Math.abs(size));
    if (size === 0) return [];
    return this.#leave(view, size, rng);
  }

  #enter(view: View, held: number): readonly Intent[] {
    const { size, enterAt, enterUntil, buy } = this.#plan;
    if (view.next < enterAt) return [];
    if (size - held < SMALLEST || view.next > enterUntil) {
      this.memory.entered = true;
      return [];
    }
    if (view.next - this.memory.triedAt < RETRY) return [];
    if ((buy ? view.bestAsk : view.bestBid) === 0) return [];
    this.memory.triedAt = view.next;
    return [this.#order(view, buy, size - held, false)];
  }

  #leave(view: View, size: number, rng: Rng): readonly Intent[] {
    const { leaveAt, stopAt } = this.#plan;
    const row = rowOf(view, this.account);
    const timeUp = leaveAt !== undefined && view.next >= leaveAt;
    const marginShort = stopAt !== undefined && fromWad(row.equity) < stopAt * fromWad(row.maintenance);
    if (!timeUp && !(marginShort && rng.chance(0.2))) return [];
    return [this.#order(view, size < 0, Math.abs(size), true)];
  }

  #order(view: View, buy: boolean, size: number, reduceOnly: boolean): Intent {
    const order = immediate(view, this.#plan.slippage, { buy, size, reduceOnly });
    return this.say(reduceOnly ? "close" : "open", this.#venue.place(this.account, order));
  }
}
