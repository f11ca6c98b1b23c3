import { fromTokens, fromWad } from "../units.js";
import type { Venue } from "../venues/venue.js";
import { rowOf, type View } from "../world/view.js";
import { Agent, type Identity, type Intent, type Role } from "./agent.js";
import { immediate } from "./orders.js";

/** What a weekly trader does each week. Times are unix seconds or seconds into a week. */
export interface WeeklyPlan {
  readonly buy: boolean;
  /** Base at full size, and the quote it then holds as margin. */
  readonly size: number;
  readonly margin: number;
  /** When weeks begin, how long one is, and the stretches of it in which it enters and leaves. */
  readonly begins: number;
  readonly week: number;
  readonly enters: readonly [from: number, until: number];
  readonly leaves: readonly [from: number, until: number];
  /** How far from the index an order may be filled, as a fraction. */
  readonly slippage: number;
  /** Share of its position that deleveraging may close before it stays away for `absence` seconds; more than 1 for never. */
  readonly tolerance: number;
  readonly absence: number;
}

/** Share of its full size that it bothers to trade. */
const WORTH_A_TRADE = 0.02;

/** A directional trader who is in from early in the week to its end, with the same leverage each time, as far as the book lets it. */
export class WeeklyTrader extends Agent {
  readonly role: Role;
  override memory = { closed: 0, awayUntil: 0 };
  readonly #plan: WeeklyPlan;
  readonly #venue: Venue;

  constructor(identity: Identity, role: Role, plan: WeeklyPlan, venue: Venue) {
    super(identity);
    this.role = role;
    this.#plan = plan;
    this.#venue = venue;
  }

  act(view: View): readonly Intent[] {
    const { begins, week, enters, leaves, size, tolerance, absence } = this.#plan;
    const row = rowOf(view, this.account);
    const held = Math.abs(fromWad(row.size));
    const closed = fromWad(view.deleveraged.get(this.account) ?? 0n);
    const burnt = closed - this.memory.closed;
    if (burnt > tolerance * (burnt + held)) this.memory.awayUntil = view.next + absence;
    this.memory.closed = closed;
    const within = (view.next - begins) % week;
    const inside = ([from, until]: readonly [number, number]): boolean => within >= from && within < until;
    if (inside(leaves) && held > 0) return [this.#order(view, row.size < 0n, held, true)];
    const missing = size - held;
    if (!inside(enters) || view.next < this.memory.awayUntil || missing < size * WORTH_A_TRADE) return [];
    const deposit = this.#plan.margin - fromWad(row.equity);
    const affordable = fromTokens(row.walletQuote) >= deposit;
    if (!affordable || (this.#plan.buy ? view.bestAsk : view.bestBid) === 0) return [];
    const order = this.#order(view, this.#plan.buy, missing, false);
    return deposit > 1 ? [this.say("deposit", this.#venue.deposit(this.account, deposit)), order] : [order];
  }

  #order(view: View, buy: boolean, size: number, reduceOnly: boolean): Intent {
    const order = immediate(view, this.#plan.slippage, { buy, size, reduceOnly });
    return this.say(reduceOnly ? "close" : "open", this.#venue.place(this.account, order));
  }
}
