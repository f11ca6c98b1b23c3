import type { SpotPool } from "../spot/market.js";
import { fromTokens, fromWad, toWad } from "../units.js";
import type { Venue } from "../venues/venue.js";
import { rowOf, type View } from "../world/view.js";
import { Agent, type Identity, type Intent } from "./agent.js";
import { fundingNow } from "./funding.js";
import { immediate } from "./orders.js";

/** How a cash-and-carry trader invests. Times are unix seconds. */
export interface CarryRule {
  /** Base bought and sold short in one go. */
  readonly clip: number;
  /** Quote it deposits beside the spot, of notional. */
  readonly cash: number;
  /** Yield a year on its capital below which it does not invest more. */
  readonly hurdle: number;
  /** What going in and out again costs, of notional, and the days it is spread over. */
  readonly roundTrip: number;
  readonly holding: number;
  /**
   * Capital comes in levels of `period` seconds from `from` on: a clip `delay` seconds into each, if the funding of the level before,
   * but for its first `settling` seconds, was worth it.
   */
  readonly levels: {
    readonly from: number;
    readonly period: number;
    readonly delay: number;
    readonly settling: number;
  };
  /** Whether it has its position looked at again when new spot has seasoned: until then the venue counts none of it as hedged. */
  readonly touches: boolean;
  /** Invests until this time, and takes everything apart from `unwindFrom` on. */
  readonly investUntil: number;
  readonly unwindFrom: number;
  /** How far from the price an order may be filled, as a fraction. */
  readonly slippage: number;
}

/** Base by which spot and short may differ. */
const TOLERANCE = 0.001;

/**
 * Buys spot in the pool, keeps it in its account on the venue and sells as much short on the book, for the funding. It invests clip
 * after clip while the yield pays for the way in and out, holds through whatever comes, and later takes both legs apart.
 */
export class CarryTrader extends Agent {
  readonly role = "carry trader" as const;
  override memory = { level: -1, funding: 0, seen: 0, touched: 0 };
  readonly #rule: CarryRule;
  readonly #venue: Venue;
  readonly #spot: SpotPool;

  constructor(identity: Identity, rule: CarryRule, venue: Venue, spot: SpotPool) {
    super(identity);
    this.#rule = rule;
    this.#venue = venue;
    this.#spot = spot;
  }

  act(view: View): readonly Intent[] {
    const { investUntil, unwindFrom } = this.#rule;
    if (view.next >= unwindFrom) return this.#unwind(view);
    return [...this.#touch(view), ...(view.next < investUntil ? this.#invest(view) : [])];
  }

  /** Yield a year on its capital at a funding rate on notional: what the way in and out costs is spread over the holding time. */
  static yieldAt(funding: number, { roundTrip, holding, cash }: CarryRule): number {
    return (funding - (roundTrip * 365) / holding) / (1 + cash);
  }

  #touch(view: View): readonly Intent[] {
    const { seasonedAt } = rowOf(view, this.account);
    if (!this.#rule.touches || seasonedAt === this.memory.touched || view.next < seasonedAt) return [];
    this.memory.touched = seasonedAt;
    return [this.say("touch", this.#venue.touch(this.account))];
  }

  #invest(view: View): readonly Intent[] {
    const { row, naked } = this.#legs(view);
    const adds = this.#decides(view);
    // What the book did not take of the last clip.
    if (naked > TOLERANCE) return [this.#sellPerpetual(view, naked)];
    if (!adds) return [];
    const { clip, cash, slippage } = this.#rule;
    const limit = view.poolPrice * (1 + slippage);
    if (fromTokens(row.walletQuote) < clip * limit * (1 + cash)) return [];
    return [
      this.say("buy spot", this.#spot.buyExact(this.address, toWad(clip), limit)),
      this.say("deposit spot", this.#venue.depositSpot(this.account, toWad(clip))),
      this.say("deposit", this.#venue.deposit(this.account, clip * view.index * cash)),
      this.#sellPerpetual(view, clip),
    ];
  }

  /** Whether it adds a clip in this block. */
  #decides(view: View): boolean {
    const { levels, hurdle } = this.#rule;
    const level = Math.floor((view.next - levels.from) / levels.period);
    const within = view.next - levels.from - level * levels.period;
    if (level > this.memory.level && level >= 0 && within >= levels.delay) {
      const { funding, seen } = this.memory;
      const mean = seen === 0 ? fundingNow(view) : funding / seen;
      Object.assign(this.memory, { level, funding: 0, seen: 0 });
      return CarryTrader.yieldAt(mean, this.#rule) >= hurdle;
    }
    if (within >= levels.settling) {
      this.memory.funding += fundingNow(view);
      this.memory.seen++;
    }
    return false;
  }

  /** Buys back clip after clip, and sells what spot is then without a short. */
  #unwind(view: View): readonly Intent[] {
    const { row, short, naked } = this.#legs(view);
    const intents: Intent[] = [];
    if (row.walletSpot > 0n) {
      const limit = view.poolPrice * (1 - this.#rule.slippage);
      intents.push(this.say("sell spot", this.#spot.sellExact(this.address, row.walletSpot, limit)));
    }
    const free = naked - fromWad(row.walletSpot);
    if (free > TOLERANCE) {
      const amount = short <= TOLERANCE ? row.spot : toWad(free);
      intents.push(this.say("withdraw spot", this.#venue.withdrawSpot(this.account, amount, this.address)));
    }
    if (short > TOLERANCE) {
      const size = Math.min(short, this.#rule.clip);
      const order = immediate(view, this.#rule.slippage, { buy: true, size, reduceOnly: true });
      intents.push(this.say("close", this.#venue.place(this.account, order)));
    }
    return intents;
  }

  #legs(view: View) {
    const row = rowOf(view, this.account);
    const short = -fromWad(row.size);
    return { row, short, naked: fromWad(row.spot + row.walletSpot) - short };
  }

  #sellPerpetual(view: View, size: number): Intent {
    const order = immediate(view, this.#rule.slippage, { buy: false, size });
    return this.say("sell short", this.#venue.place(this.account, order));
  }
}
