import type { SpotPool } from "../spot/market.js";
import { fromWad } from "../units.js";
import type { Call, Venue } from "../venues/venue.js";
import type { AccountRow, View } from "../world/view.js";
import { Agent, type Identity, type Intent } from "./agent.js";

/** Keeps the spot pool at the outside price, with stock of its own elsewhere; a swap must earn more than the pool's fee. */
export class Arbitrageur extends Agent {
  readonly role = "arbitrageur" as const;
  readonly #spot: SpotPool;
  readonly #threshold: number;

  /** @param threshold difference between pool and outside price, as a fraction, below which it does nothing */
  constructor(identity: Identity, spot: SpotPool, threshold: number) {
    super(identity);
    this.#spot = spot;
    this.#threshold = threshold;
  }

  act(view: View): readonly Intent[] {
    if (Math.abs(view.poolPrice / view.reference - 1) < this.#threshold) return [];
    return [this.say("arbitrage", this.#spot.moveTo(this.address, view.poolPrice, view.reference))];
  }
}

/** What roundings may leave an account owing that has closed everything: not worth a transaction. A millionth of the quote unit. */
const DUST = 10n ** 12n;

/** Whether anyone may liquidate the account at the present mark: below maintenance, or in debt with no position left. */
export function liquidatable(row: AccountRow): boolean {
  return row.equity < (row.size === 0n ? -DUST : row.maintenance);
}

/** Seconds before a liquidator tries again at an account it could do nothing for: the book was empty, or a cooldown ran. */
const RETRY = 6;

/**
 * Liquidates what the last block left under maintenance, worst margin ratio first, and last of all has debts recorded that nobody pays
 * it for; each keeper takes its share of the list.
 */
export class Liquidator extends Agent {
  readonly role = "liquidator" as const;
  readonly #venue: Venue;
  readonly #share: { readonly index: number; readonly of: number };
  readonly #perBlock: number;

  constructor(
    identity: Identity,
    venue: Venue,
    share: { readonly index: number; readonly of: number },
    perBlock: number,
  ) {
    super(identity);
    this.#venue = venue;
    this.#share = share;
    this.#perBlock = perBlock;
  }

  act(view: View): readonly Intent[] {
    const due = [...view.accounts.values()]
      .filter((row) => liquidatable(row) && row.account % this.#share.of === this.#share.index)
      .filter((row) => this.#worthTrying(row, view.next))
      .sort((left, right) => marginRatio(left) - marginRatio(right) || left.account - right.account)
      .slice(0, this.#perBlock);
    return due.map((row) => {
      this.memory[`tried ${row.account}`] = view.next;
      this.memory[`size ${row.account}`] = fromWad(row.size);
      return this.say("liquidate", this.#venue.liquidate(row.account));
    });
  }

  /** An account whose position has not changed since the last attempt is left alone for a while. */
  #worthTrying(row: AccountRow, now: number): boolean {
    const tried = Number(this.memory[`tried ${row.account}`] ?? 0);
    return now - tried >= RETRY || this.memory[`size ${row.account}`] !== fromWad(row.size);
  }
}

function marginRatio(row: AccountRow): number {
  return row.size === 0n ? Number.MAX_VALUE : fromWad(row.equity) / fromWad(row.maintenance);
}

/** Pushes the outside price into the feed whenever it has moved or grown old, and brings the mark up to date every block. */
export class Reporter extends Agent {
  readonly role = "reporter" as const;
  readonly #report: (price: number) => Call;
  readonly #venue: Venue;
  readonly #deviation: number;
  readonly #heartbeat: number;
  override memory = { reported: 0, reportedAt: 0 };

  /**
   * @param report the call that publishes a price
   * @param deviation relative move that is reported at once
   * @param heartbeat seconds after which an unmoved price is reported again
   */
  constructor(identity: Identity, report: (price: number) => Call, venue: Venue, deviation: number, heartbeat: number) {
    super(identity);
    this.#report = report;
    this.#venue = venue;
    this.#deviation = deviation;
    this.#heartbeat = heartbeat;
  }

  act(view: View): readonly Intent[] {
    const intents: Intent[] = [];
    const moved = Math.abs(view.reference / this.memory.reported - 1) >= this.#deviation;
    if (this.memory.reported === 0 || moved || view.next - this.memory.reportedAt >= this.#heartbeat) {
      this.memory.reported = view.reference;
      this.memory.reportedAt = view.next;
      intents.push(this.say("report", this.#report(view.reference)));
    }
    intents.push(this.say("update prices", this.#venue.updatePrices()));
    return intents;
  }
}

/** Puts money into the backstop vault at a time. */
export class BackstopProvider extends Agent {
  readonly role = "backstop provider" as const;
  readonly #venue: Venue;
  readonly #amount: number;
  readonly #joinAt: number;
  override memory = { joined: false };

  constructor(identity: Identity, venue: Venue, amount: number, joinAt: number) {
    super(identity);
    this.#venue = venue;
    this.#amount = amount;
    this.#joinAt = joinAt;
  }

  act(view: View): readonly Intent[] {
    if (this.memory.joined || view.next < this.#joinAt) return [];
    this.memory.joined = true;
    return [
      this.say("approve", this.#venue.approveBackstop()),
      this.say("join backstop", this.#venue.joinBackstop(this.#amount, this.address)),
    ];
  }
}

/**
 * The industry's way of deleveraging: for each bankrupt account, a list of the profitable accounts on the other side, ranked by
 * profit and leverage, closed one by one at the bankruptcy price.
 */
export class QueueKeeper extends Agent {
  readonly role = "queue keeper" as const;
  readonly #venue: Venue;
  readonly #perBlock: number;
  readonly #listLength: number;

  /** @param perBlock bankrupt accounts it takes on in a block; none where deleveraging is not by queue */
  constructor(identity: Identity, venue: Venue, perBlock: number, listLength: number) {
    super(identity);
    this.#venue = venue;
    this.#perBlock = perBlock;
    this.#listLength = listLength;
  }

  act(view: View): readonly Intent[] {
    const bankrupt = [...view.accounts.values()]
      .filter((row) => row.size !== 0n && row.equity < 0n)
      .sort((left, right) => (left.equity < right.equity ? -1 : 1))
      .slice(0, this.#perBlock);
    return bankrupt.map((row) => {
      const list = rankedAgainst(row, view).slice(0, this.#listLength);
      return this.say("queue", this.#venue.deleverageByQueue(row.account, list));
    });
  }
}

/** Accounts in profit on the other side of a position, highest (mark / entry)^(+-1) * leverage first. */
export function rankedAgainst(bankrupt: AccountRow, view: View): number[] {
  const short = bankrupt.size > 0n;
  return [...view.accounts.values()]
    .filter((row) => (short ? row.size < 0n : row.size > 0n) && row.equity > 0n)
    .map((row) => ({ row, score: score(row, view.mark, short) }))
    .filter(({ score: points }) => points > 0)
    .sort((left, right) => right.score - left.score || left.row.account - right.row.account)
    .map(({ row }) => row.account);
}

function score(row: AccountRow, mark: number, short: boolean): number {
  const size = Math.abs(fromWad(row.size));
  const entry = Math.abs(fromWad(row.quote)) / size;
  const gain = short ? entry / mark : mark / entry;
  return gain <= 1 ? 0 : (gain * (size * mark)) / fromWad(row.equity);
}
