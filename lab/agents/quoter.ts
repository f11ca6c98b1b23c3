import type { Lifetime, Venue } from "../venues/venue.js";
import type { View } from "../world/view.js";
import { Agent, type Identity, type Intent } from "./agent.js";

/** How a quoter quotes. */
export interface Quoting {
  /** The price it quotes around: what the exchange says, or what the asset is worth elsewhere. */
  readonly follows: "mark" | "index" | "reference";
  /** Distance of the best quote from that price, as a fraction of it; further levels are as far from each other. */
  readonly spread: number;
  /** Base on each level of each side. */
  readonly size: number;
  readonly levels: number;
  /** Moves of the price smaller than this fraction leave the quotes where they are. */
  readonly patience: number;
  /** Post-only quotes are taken by a market that is held as well. */
  readonly lifetime: Exclude<Lifetime, "immediate">;
}

/** A market maker without a view of its own: a ladder around one price, renewed when that has moved. It never hedges or withdraws. */
export class Quoter extends Agent {
  readonly role = "market maker" as const;
  override memory = { quoted: 0 };
  readonly #venue: Venue;
  readonly #quoting: Quoting;

  constructor(identity: Identity, venue: Venue, quoting: Quoting) {
    super(identity);
    this.#venue = venue;
    this.#quoting = quoting;
  }

  act(view: View): readonly Intent[] {
    const { follows, spread, size, levels, patience, lifetime } = this.#quoting;
    const price = view[follows];
    if (price === 0 || Math.abs(price / this.memory.quoted - 1) < patience) return [];
    this.memory.quoted = price;
    const orders = Array.from({ length: levels }, (_, level) => spread * (level + 1)).flatMap((distance) => [
      { buy: true, price: price * (1 - distance), size, lifetime },
      { buy: false, price: price * (1 + distance), size, lifetime },
    ]);
    return [this.say("quote", this.#venue.requote(this.account, orders))];
  }
}
