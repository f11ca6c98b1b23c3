import type { Rng } from "../random.js";
import type { SpotPool } from "../spot/market.js";
import { fromWad, toWad } from "../units.js";
import type { Venue } from "../venues/venue.js";
import { rowOf, type View } from "../world/view.js";
import type { Identity, Intent } from "./agent.js";
import { MarketMaker, type MakerRule } from "./maker.js";
import { immediate } from "./orders.js";

/** How much deleveraging a maker puts up with. Times are seconds. */
export interface Endurance {
  /** Share of its short that deleveraging may close in one go before it leaves. */
  readonly tolerance: number;
  /** How long it stays away; and how long it then waits before it counts a closed hedge as closed and sells the spot. */
  readonly absence: number;
  readonly patience: number;
  /** How much wider makers quote when all others are away: 1 for twice as wide. */
  readonly scarcity: number;
  /** Accounts of all makers, whose orders everybody sees on the book. */
  readonly makers: readonly number[];
  /** Whether at a time, unix seconds, makers hold spot in stock, to sell short against it. */
  readonly stocks: (time: number) => boolean;
}

/** Base too little to trade. */
const SMALLEST = 0.01;

/** How far from the price it closes what it has left, as a fraction. */
const SLIPPAGE = 0.01;

/**
 * A delta-neutral market maker that leaves when deleveraging has closed too much of its hedge: it takes its quotes off the book, closes
 * what it has left and sells its spot, and comes back after a while. Makers quote wider the fewer of them quote.
 */
export class LeavingMaker extends MarketMaker {
  override memory = {
    quotedAt: 0,
    quotedPrice: 0,
    quotedSize: 0,
    withdrawn: false,
    wealth: 0,
    /** Base deleveraged that it has come to terms with, and what was before the last it has not. */
    accepted: 0,
    lastBurn: 0,
    burntAt: 0,
    leftAt: 0,
    away: false,
    others: 1,
  };
  readonly #endurance: Endurance;
  readonly #venue: Venue;
  readonly #spot: SpotPool;

  constructor(identity: Identity, rule: MakerRule, endurance: Endurance, venue: Venue, spot: SpotPool) {
    super(identity, rule, venue, spot);
    this.#endurance = endurance;
    this.#venue = venue;
    this.#spot = spot;
  }

  /** Whether it has left. */
  get away(): boolean {
    return this.memory.away;
  }

  override act(view: View, rng: Rng): readonly Intent[] {
    this.#suffer(view);
    if (this.memory.away) {
      if (view.next - this.memory.leftAt < this.#endurance.absence) return this.#close(view);
      this.memory.away = false;
    }
    this.memory.others = this.#quoting(view);
    const accepted = toWad(this.memory.accepted);
    const grudge = new Map([[this.account, (view.deleveraged.get(this.account) ?? 0n) - accepted]]);
    return super.act({ ...view, deleveraged: grudge }, rng);
  }

  protected override stocks({ next }: View): boolean {
    return this.#endurance.stocks(next);
  }

  protected override halfSpread(view: View): number {
    return super.halfSpread(view) * (1 + this.#endurance.scarcity * (1 - this.memory.others));
  }

  /** Leaves when it has lost too much of its hedge; forgets what it lost when nothing more has been for a while. */
  #suffer(view: View): void {
    const { tolerance, patience } = this.#endurance;
    const closed = fromWad(view.deleveraged.get(this.account) ?? 0n);
    const short = Math.max(0, -fromWad(rowOf(view, this.account).size));
    if (closed > this.memory.lastBurn + SMALLEST) Object.assign(this.memory, { lastBurn: closed, burntAt: view.next });
    const burnt = closed - this.memory.accepted;
    if (!this.memory.away && burnt > SMALLEST && burnt > tolerance * (burnt + short)) {
      Object.assign(this.memory, { away: true, leftAt: view.next, accepted: closed });
    } else if (burnt > 0 && view.next - this.memory.burntAt >= patience) {
      this.memory.accepted = closed;
    }
  }

  /** Nothing on the book, nothing held: it closes what the book takes, and sells the spot it then does not need. */
  #close(view: View): readonly Intent[] {
    const row = rowOf(view, this.account);
    const size = fromWad(row.size);
    const intents: Intent[] = [];
    if (row.bids + row.asks > 0n) intents.push(this.say("leave", this.#venue.requote(this.account, [])));
    if (view.next - this.memory.leftAt < this.#endurance.patience) return intents;
    const buy = size < 0;
    if (Math.abs(size) > SMALLEST && (buy ? view.bestAsk : view.bestBid) > 0) {
      const order = immediate(view, SLIPPAGE, { buy, size: Math.abs(size), reduceOnly: true });
      intents.push(this.say("close", this.#venue.place(this.account, order)));
    }
    const limit = view.poolPrice * (1 - SLIPPAGE);
    if (row.walletSpot > 0n && this.custody === "account") {
      intents.push(this.say("sell spot", this.#spot.sellExact(this.address, row.walletSpot, limit)));
    }
    const free = fromWad(row.spot) - Math.max(0, -size);
    if (free > SMALLEST)
      intents.push(this.say("withdraw spot", this.#venue.withdrawSpot(this.account, toWad(free), this.address)));
    const idle = fromWad(row.walletSpot) - Math.max(0, -size);
    if (this.custody === "wallet" && idle > SMALLEST) {
      intents.push(this.say("sell spot", this.#spot.sellExact(this.address, toWad(idle), limit)));
    }
    return intents;
  }

  /** Share of the other makers who have orders on the book. */
  #quoting(view: View): number {
    const others = this.#endurance.makers.filter((account) => account !== this.account);
    if (others.length === 0) return 1;
    const there = others.filter((account) => rowOf(view, account).bids + rowOf(view, account).asks > 0n);
    // Before anybody quotes, nobody is missing.
    return there.length === 0 && this.memory.quotedAt === 0 ? 1 : there.length / others.length;
  }
}
