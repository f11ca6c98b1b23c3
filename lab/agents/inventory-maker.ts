import { fromWad } from "../units.js";
import type { OrderIntent, Venue } from "../venues/venue.js";
import { rowOf, type View } from "../world/view.js";
import { Agent, type Identity, type Intent } from "./agent.js";

/** How an inventory maker quotes. Fractions are of price. */
export interface InventoryRule {
  /** Levels on each side, the distance between them, and base on each. */
  readonly levels: number;
  readonly levelStep: number;
  readonly levelSize: number;
  readonly halfSpread: number;
  /** Largest position, base, and how far its quotes are shifted against its position when it is as large. */
  readonly capacity: number;
  readonly skew: number;
  /** Share of its depth withdrawn while volatility is above the threshold (per square root of a second). */
  readonly withdrawn: number;
  readonly withdrawAbove: number;
}

/**
 * A market maker that hedges nothing and is paid for what it holds: short, it quotes higher, long, lower. So the perpetual's basis is
 * the price of finding somebody for the other side, and what fills the makers' inventory moves funding.
 */
export class InventoryMaker extends Agent {
  readonly role = "market maker" as const;
  override memory = { centre: 0, size: 0, withdrawn: false };
  readonly #rule: InventoryRule;
  readonly #venue: Venue;

  constructor(identity: Identity, rule: InventoryRule, venue: Venue) {
    super(identity);
    this.#rule = rule;
    this.#venue = venue;
  }

  act(view: View): readonly Intent[] {
    const { capacity, skew, halfSpread, levelSize, withdrawAbove } = this.#rule;
    const size = fromWad(rowOf(view, this.account).size);
    const inventory = Math.max(-1, Math.min(1, size / capacity));
    const centre = view.reference * (1 - skew * inventory);
    const withdrawn = view.volatility > withdrawAbove;
    const moved = Math.abs(centre / this.memory.centre - 1) > halfSpread / 4;
    const filled = Math.abs(size - this.memory.size) > levelSize / 4;
    if (!moved && !filled && withdrawn === this.memory.withdrawn) return [];
    Object.assign(this.memory, { centre, size, withdrawn });
    const orders = this.#ladder(centre, inventory, withdrawn);
    return [this.say(withdrawn ? "withdraw depth" : "quote", this.#venue.requote(this.account, orders))];
  }

  #ladder(centre: number, inventory: number, stressed: boolean): OrderIntent[] {
    const { levels, levelStep, levelSize, halfSpread, withdrawn } = this.#rule;
    const scale = levelSize * (stressed ? 1 - withdrawn : 1);
    return Array.from({ length: levels }, (_, level) => halfSpread + level * levelStep).flatMap((away) => [
      { buy: true, price: centre * (1 - away), size: scale * Math.min(1, 1 - inventory), lifetime: "rest" as const },
      { buy: false, price: centre * (1 + away), size: scale * Math.min(1, 1 + inventory), lifetime: "rest" as const },
    ]);
  }
}
