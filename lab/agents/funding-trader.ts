import type { Rng } from "../random.js";
import { fromTokens, fromWad } from "../units.js";
import type { Venue } from "../venues/venue.js";
import { rowOf, type View } from "../world/view.js";
import { Agent, type Identity, type Intent } from "./agent.js";
import { fundingNow } from "./funding.js";
import { immediate } from "./orders.js";

/** What a levered long wants, and what it pays for it. */
export interface Appetite {
  /** Base. */
  readonly size: number;
  /** Funding a year, of notional, at which it wants none of it; all of it at none, and in between in proportion. */
  readonly reservation: number;
  /** Equity it holds at full size, quote: it deposits as it buys, and what funding takes. */
  readonly margin: number;
  /** Chance that it acts on what it sees in a block. */
  readonly alertness: number;
  /** How far from the index an order may be filled, as a fraction. */
  readonly slippage: number;
  /** Enters and tops up until this time, does nothing from then until `resumesAt`, and only leaves after it; unix seconds. */
  readonly until: number;
  readonly resumesAt: number;
}

/** Weight of a block in the funding it goes by: what it has paid of late, not what the last block happens to say. */
const WEIGHT = 0.25;

/** Share of its full size that what it wants must differ from what it has before it trades. */
const WORTH_A_TRADE = 0.15;

/** Share of its margin that must be gone before it deposits. */
const WORTH_A_DEPOSIT = 0.1;

/** A levered long whose appetite depends on funding: the more it costs, the less it wants. */
export class FundingTrader extends Agent {
  readonly role = "crowd" as const;
  override memory = { funding: 0, begun: false };
  readonly #appetite: Appetite;
  readonly #venue: Venue;

  constructor(identity: Identity, appetite: Appetite, venue: Venue) {
    super(identity);
    this.#appetite = appetite;
    this.#venue = venue;
  }

  act(view: View, rng: Rng): readonly Intent[] {
    const { size, reservation, alertness, until, resumesAt } = this.#appetite;
    if (view.next > until && view.next < resumesAt) return [];
    const held = fromWad(rowOf(view, this.account).size);
    const funding = this.#recent(view);
    const missing = size * Math.max(0, Math.min(1, 1 - funding / reservation)) - held;
    const trades = rng.chance(alertness) && Math.abs(missing) >= size * WORTH_A_TRADE;
    if (view.next > until) return trades && missing < 0 ? [this.#order(view, false, -missing)] : [];
    if (!trades) return this.#topUp(view, held);
    const order = this.#order(view, missing > 0, Math.abs(missing));
    return missing > 0 ? [...this.#topUp(view, held + missing), order] : [order];
  }

  #recent(view: View): number {
    const { funding, begun } = this.memory;
    this.memory.funding = begun ? funding + WEIGHT * (fundingNow(view) - funding) : fundingNow(view);
    this.memory.begun = true;
    return this.memory.funding;
  }

  /** Deposits what its leverage calls for at a size: so it is what it chose when the price moves, whatever funding has taken. */
  #topUp(view: View, size: number): Intent[] {
    const { margin } = this.#appetite;
    const row = rowOf(view, this.account);
    const wanted = (margin * size) / this.#appetite.size;
    const short = wanted - fromWad(row.equity);
    if (size === 0 || short < wanted * WORTH_A_DEPOSIT || fromTokens(row.walletQuote) < short) return [];
    return [this.say("top up", this.#venue.deposit(this.account, short))];
  }

  #order(view: View, buy: boolean, size: number): Intent {
    const order = immediate(view, this.#appetite.slippage, { buy, size, reduceOnly: !buy });
    return this.say(buy ? "open" : "close", this.#venue.place(this.account, order));
  }
}
