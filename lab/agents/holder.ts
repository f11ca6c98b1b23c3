import { fromWad } from "../units.js";
import type { OrderIntent, Venue } from "../venues/venue.js";
import { rowOf, type View } from "../world/view.js";
import { Agent, type Identity, type Intent } from "./agent.js";
import { immediate } from "./orders.js";

/** When a holder buys and when it sells, and how much. */
export interface HolderPlan {
  /** Base it is ready to hold. */
  readonly size: number;
  /** Bids until this time, unix seconds. */
  readonly buyUntil: number;
  /** Offers what it holds from this time on, and has sold by `soldBy`. */
  readonly sellFrom: number;
  readonly soldBy: number;
}

/** A patient long with hardly any leverage: bids under the market for a while and later hands its position to whoever buys. */
export class Holder extends Agent {
  readonly role = "holder" as const;
  readonly #plan: HolderPlan;
  readonly #venue: Venue;
  override memory = { quotedPrice: 0, quotedSize: 0 };

  constructor(identity: Identity, plan: HolderPlan, venue: Venue) {
    super(identity);
    this.#plan = plan;
    this.#venue = venue;
  }

  act(view: View): readonly Intent[] {
    const { size, buyUntil, sellFrom, soldBy } = this.#plan;
    const held = fromWad(rowOf(view, this.account).size);
    if (view.next <= buyUntil) {
      return this.#quote(view, { buy: true, price: view.reference * 0.9998, size: size - held, lifetime: "rest" });
    }
    if (view.next < sellFrom || held === 0) return [];
    if (view.next > soldBy) {
      const order = immediate(view, 0.01, { buy: false, size: held, reduceOnly: true });
      return [this.say("close", this.#venue.place(this.account, order))];
    }
    // A steady pace, so that it is through by the end.
    const share = Math.min(1, (3 * 60) / Math.max(60, soldBy - view.next));
    const price = view.reference * 1.0002;
    return this.#quote(view, { buy: false, price, size: held * share, lifetime: "rest", reduceOnly: true });
  }

  #quote(view: View, order: OrderIntent): readonly Intent[] {
    const moved = Math.abs(view.reference / this.memory.quotedPrice - 1) > 0.0003;
    const filled = Math.abs(order.size / this.memory.quotedSize - 1) > 0.2;
    if (!moved && !filled) return [];
    this.memory.quotedPrice = view.reference;
    this.memory.quotedSize = order.size;
    return [this.say("quote", this.#venue.requote(this.account, order.size > 0 ? [order] : []))];
  }
}
