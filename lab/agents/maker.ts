import type { Rng } from "../random.js";
import type { SpotPool } from "../spot/market.js";
import { fromTokens, fromWad, min, toWad } from "../units.js";
import type { OrderIntent, Venue } from "../venues/venue.js";
import { rowOf, type View } from "../world/view.js";
import { Agent, type Identity, type Intent } from "./agent.js";

/** How a market maker behaves. Fractions are of price unless named otherwise. */
export interface MakerRule {
  /** Levels quoted on each side, and the distance between them. */
  readonly levels: number;
  readonly levelStep: number;
  /** Base quoted on each level in calm. */
  readonly levelSize: number;
  /** Half spread in calm, and how many standard deviations of a minute's return are added to it. */
  readonly halfSpread: number;
  readonly spreadPerVolatility: number;
  /** Largest position, base. Quotes shift and shrink on the side that would add to it. */
  readonly capacity: number;
  readonly inventorySkew: number;
  /** Share of its depth withdrawn while volatility is above the threshold (per square root of a second). */
  readonly withdrawn: number;
  readonly withdrawAbove: number;
  /** Seconds between two quotes while nothing presses. */
  readonly patience: number;
  /** Quotes from this time on, unix seconds. */
  readonly quoteFrom: number;
  /** Base by which position and spot may differ before spot is traded. */
  readonly hedgeTolerance: number;
  /** Largest loss against the index accepted when hedging in the pool. */
  readonly hedgeSlippage: number;
  /** Where its spot is: in its account on the venue, where the venue can see it, or in its own wallet. */
  readonly custody: Custody;
  /** Base it holds as stock from `stockFrom` to `stockUntil`, unix seconds, whether or not it has sold it short yet. */
  readonly stock: number;
  readonly stockFrom: number;
  readonly stockUntil: number;
}

/** The part of a short that has to be covered for the venue to call it hedged (mechanism section 4). */
const HEDGED_FROM = 0.95;

/** Where a maker keeps the spot that hedges it. */
export type Custody = "account" | "wallet";

/**
 * A delta-neutral market maker: quotes a ladder on the book, and holds as much spot, bought in the pool, as it is short on the
 * book, so that its wealth does not depend on the price as long as nobody closes one of the legs for it. It quotes less the more
 * of its wealth it has lost since it began, and the farther it is from neutral; and, if the venue counts its spot as a hedge, sells
 * no more than that spot covers.
 */
export class MarketMaker extends Agent {
  readonly role = "market maker" as const;
  override memory = { quotedAt: 0, quotedPrice: 0, quotedSize: 0, withdrawn: false, wealth: 0 };
  readonly #rule: MakerRule;
  readonly #venue: Venue;
  readonly #spot: SpotPool;

  constructor(identity: Identity, rule: MakerRule, venue: Venue, spot: SpotPool) {
    super(identity);
    this.#rule = rule;
    this.#venue = venue;
    this.#spot = spot;
  }

  /** Where its spot is. */
  get custody(): Custody {
    return this.#rule.custody;
  }

  act(view: View, rng: Rng): readonly Intent[] {
    if (view.next < this.#rule.quoteFrom) return view.next < this.#rule.stockFrom ? [] : this.#hedge(view);
    if (this.stocks(view)) this.memory.wealth = MarketMaker.wealth(view, this.account);
    return [...this.#hedge(view), ...this.#quote(view, rng)];
  }

  /** Everything it owns at the outside price, quote. */
  static wealth(view: View, account: number): number {
    const row = rowOf(view, account);
    const spot = fromWad(row.spot + row.walletSpot) * view.reference;
    const claim = fromWad(row.cash + row.pending + row.quote) + fromWad(row.size) * view.mark;
    return claim + spot + fromTokens(row.walletQuote);
  }

  /** Position on the book plus spot, base: what it gains when the price rises by one. */
  static delta(view: View, account: number): number {
    const row = rowOf(view, account);
    return fromWad(row.size + row.spot + row.walletSpot);
  }

  /**
   * Holds as much spot as it has sold short on the book; what the account does not need goes back through the wallet to the
   * pool. Spot whose short was deleveraged is kept: the maker means to be short again, and is long until then.
   */
  #hedge(view: View): readonly Intent[] {
    const row = rowOf(view, this.account);
    const short = (view.deleveraged.get(this.account) ?? 0n) - row.size;
    const stock = this.stocks(view) ? toWad(this.#rule.stock) : 0n;
    const target = short > stock ? short : stock;
    const excess = row.spot + row.walletSpot - target;
    const tolerance = toWad(this.#rule.hedgeTolerance);
    if (excess > tolerance) return this.#unhedge(view, excess, row.walletSpot);
    const intents: Intent[] = [];
    if (row.walletSpot > 0n && this.#rule.custody === "account") {
      intents.push(this.say("deposit spot", this.#venue.depositSpot(this.account, row.walletSpot)));
    }
    if (excess < -tolerance) {
      const limit = view.poolPrice * (1 + this.#rule.hedgeSlippage);
      const affordable = toWad(fromTokens(row.walletQuote) / limit);
      const amount = min(-excess, affordable);
      if (amount > 0n) intents.push(this.say("buy spot", this.#spot.buyExact(this.address, amount, limit)));
    }
    return intents;
  }

  #unhedge(view: View, excess: bigint, inWallet: bigint): readonly Intent[] {
    if (inWallet < excess) {
      return [this.say("withdraw spot", this.#venue.withdrawSpot(this.account, excess - inWallet, this.address))];
    }
    const limit = view.poolPrice * (1 - this.#rule.hedgeSlippage);
    return [this.say("sell spot", this.#spot.sellExact(this.address, excess, limit))];
  }

  #quote(view: View, rng: Rng): readonly Intent[] {
    const row = rowOf(view, this.account);
    const size = fromWad(row.size);
    const stressed = view.volatility > this.#rule.withdrawAbove;
    if (!this.#due(view, size, stressed, rng)) return [];
    this.memory.quotedAt = view.next;
    this.memory.quotedPrice = view.reference;
    this.memory.quotedSize = size;
    this.memory.withdrawn = stressed;
    const orders = this.#ladder(view, size, stressed);
    return [this.say(stressed ? "withdraw depth" : "quote", this.#venue.requote(this.account, orders))];
  }

  /** Quotes are renewed when the price or the inventory has moved, when stress begins or ends, and now and then. */
  #due(view: View, size: number, stressed: boolean, rng: Rng): boolean {
    if (this.memory.quotedAt === 0 || stressed !== this.memory.withdrawn) return true;
    const moved = Math.abs(view.reference / this.memory.quotedPrice - 1) > this.halfSpread(view) / 2;
    const filled = Math.abs(size - this.memory.quotedSize) > this.#rule.levelSize * this.#rule.levels * 0.25;
    const waited = (view.next - this.memory.quotedAt) / this.#rule.patience;
    return (moved && rng.chance(0.4)) || (filled && rng.chance(0.7)) || rng.chance(1 - Math.exp(-waited * 0.2));
  }

  /** The share of its usual size it dares to quote: what it has left of its wealth, less how far it is from neutral. */
  #nerve(view: View): number {
    const left = this.memory.wealth > 0 ? MarketMaker.wealth(view, this.account) / this.memory.wealth : 1;
    const open = Math.abs(MarketMaker.delta(view, this.account)) / this.#rule.capacity;
    return Math.max(0, Math.min(1, left) - (this.stocks(view) ? 0 : Math.min(1, open)));
  }

  /** Whether it holds its stock now, sold short or not; and what it has now is what it later measures its losses against. */
  protected stocks(view: View): boolean {
    return view.next <= this.#rule.stockUntil;
  }

  /** How far from the middle it quotes, as a fraction. */
  protected halfSpread(view: View): number {
    return this.#rule.halfSpread + this.#rule.spreadPerVolatility * view.volatility * Math.sqrt(60);
  }

  /**
   * What it may sell and still be hedged in the eyes of the venue, base: spot that has not been held for the tenure does not count.
   * Without bounds for who keeps its spot elsewhere, where the venue protects nothing anyway.
   */
  #room(view: View): number {
    if (this.#rule.custody === "wallet") return Number.POSITIVE_INFINITY;
    const row = rowOf(view, this.account);
    const seasoned = row.spot - (row.seasonedAt > view.next ? row.waiting : 0n);
    return Math.max(0, fromWad(seasoned) / HEDGED_FROM + fromWad(row.size));
  }

  #ladder(view: View, size: number, stressed: boolean): OrderIntent[] {
    const { levels, levelStep, levelSize, capacity, inventorySkew, withdrawn } = this.#rule;
    const inventory = Math.max(-1, Math.min(1, size / capacity));
    const nerve = this.#nerve(view);
    const centre = view.reference * (1 - inventorySkew * inventory);
    const half = this.halfSpread(view);
    // Under stress what is left of the depth stands on the nearer levels only.
    const shown = stressed ? Math.ceil(levels / 2) : levels;
    const scale = nerve * (stressed ? ((1 - withdrawn) * levels) / shown : 1);
    const orders: OrderIntent[] = [];
    const room = this.#room(view) / shown;
    for (let level = 0; level < shown; level++) {
      const away = half + level * levelStep;
      const bid = levelSize * scale * Math.min(1, Math.max(0, 1 - inventory));
      const ask = Math.min(room, levelSize * scale * Math.min(1, Math.max(0, 1 + inventory)));
      if (bid > 0) orders.push({ buy: true, price: centre * (1 - away), size: bid, lifetime: "rest" });
      if (ask > 0) orders.push({ buy: false, price: centre * (1 + away), size: ask, lifetime: "rest" });
    }
    return orders;
  }
}
