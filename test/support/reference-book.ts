/** A resting order of the reference book. */
export interface Resting {
  id: bigint;
  account: number;
  buy: boolean;
  reduceOnly: boolean;
  price: bigint;
  size: bigint;
  epoch: number;
}

/** What a placement did. */
export interface Outcome {
  orderId: bigint;
  filled: bigint;
}

/** An incoming order; its size is already clamped if it is reduce-only. */
export interface Incoming {
  account: number;
  buy: boolean;
  reduceOnly: boolean;
  price: bigint;
  size: bigint;
  rests: boolean;
  maxMakers: number;
}

/**
 * One market's book, ledger positions and reservations as plainly as they can be written: a list searched from end to end.
 * It knows which accounts the ledger refuses, and nothing of margin.
 */
export class ReferenceBook {
  readonly #name: (buy: boolean, price: bigint, index: number) => bigint;
  readonly #minimum: bigint;
  readonly #placed = new Map<string, number>();
  readonly #epochs = new Map<number, number>();
  readonly positions = new Map<number, bigint>();
  readonly refused = new Set<number>();
  orders: Resting[] = [];

  constructor(minimum: bigint, name: (buy: boolean, price: bigint, index: number) => bigint) {
    this.#minimum = minimum;
    this.#name = name;
  }

  position(account: number): bigint {
    return this.positions.get(account) ?? 0n;
  }

  live(order: Resting): boolean {
    return order.epoch === this.#epoch(order.account);
  }

  /** Sum of an account's live resting orders of one side: what its reservation must be. */
  reserved(account: number, buy: boolean): bigint {
    return this.orders
      .filter((order) => order.account === account && order.buy === buy && this.live(order))
      .reduce((sum, order) => sum + order.size, 0n);
  }

  /** Best live price of a side, 0 if there is none. */
  best(buy: boolean): bigint {
    return this.#queue(buy).find((order) => this.live(order))?.price ?? 0n;
  }

  place(incoming: Incoming): Outcome {
    const { account, buy, price } = incoming;
    let left = incoming.size;
    for (let met = 0; met < incoming.maxMakers && left > 0n;) {
      // As the exchange does: list what would be met if nobody were refused, then see who is.
      const candidates: { maker: Resting; size: bigint }[] = [];
      let wanted = left;
      for (const maker of this.#queue(!buy)) {
        if (wanted === 0n || met === incoming.maxMakers) break;
        if (buy ? maker.price > price : maker.price < price) break;
        const size = maker.size < wanted ? maker.size : wanted;
        candidates.push({ maker, size });
        wanted -= size;
        ++met;
      }
      if (candidates.length === 0) break;
      let rejected = false;
      for (const { maker, size } of candidates) {
        if (this.#fills(maker, size, account)) {
          this.#move(maker.account, maker.buy ? size : -size);
          maker.size -= size;
          left -= size;
        } else {
          maker.size = 0n;
          rejected = true;
        }
      }
      this.orders = this.orders.filter((order) => order.size > 0n);
      if (!rejected) break;
    }
    const filled = incoming.size - left;
    this.#move(account, buy ? filled : -filled);
    const first = this.#queue(!buy)[0];
    const crosses = first !== undefined && (buy ? first.price <= price : first.price >= price);
    if (!incoming.rests || crosses || left < this.#minimum) return { orderId: 0n, filled };
    return { orderId: this.#rest(incoming, left), filled };
  }

  /** Whether a post-only order may rest, after void orders in its way are gone. */
  clearWay(buy: boolean, price: bigint): boolean {
    for (;;) {
      const first = this.#queue(!buy)[0];
      if (first === undefined || (buy ? first.price > price : first.price < price)) return true;
      if (this.live(first)) return false;
      this.orders = this.orders.filter((order) => order !== first);
    }
  }

  cancel(id: bigint): void {
    this.orders = this.orders.filter((order) => order.id !== id);
  }

  cancelAll(account: number): void {
    this.#epochs.set(account, this.#epoch(account) + 1);
  }

  /** Removes void orders among the first `most` of a side. */
  prune(buy: boolean, most: number): void {
    const gone = new Set(
      this.#queue(buy)
        .slice(0, most)
        .filter((order) => !this.live(order)),
    );
    this.orders = this.orders.filter((order) => !gone.has(order));
  }

  /** The orders of a side, best price first, earliest first. */
  #queue(buy: boolean): Resting[] {
    // The sort is stable, and orders are kept in time order.
    return this.orders
      .filter((order) => order.buy === buy)
      .sort((a, b) => (a.price === b.price ? 0 : a.price > b.price === buy ? -1 : 1));
  }

  #fills(maker: Resting, size: bigint, taker: number): boolean {
    if (!this.live(maker) || maker.account === taker || this.refused.has(maker.account)) return false;
    if (!maker.reduceOnly) return true;
    const position = this.position(maker.account);
    return maker.buy ? position + size <= 0n : position - size >= 0n;
  }

  #rest({ account, buy, reduceOnly, price }: Incoming, size: bigint): bigint {
    const level = `${buy} ${price.toString()}`;
    const index = (this.#placed.get(level) ?? 0) + 1;
    this.#placed.set(level, index);
    const id = this.#name(buy, price, index);
    this.orders.push({ id, account, buy, reduceOnly, price, size, epoch: this.#epoch(account) });
    return id;
  }

  #move(account: number, change: bigint): void {
    this.positions.set(account, this.position(account) + change);
  }

  #epoch(account: number): number {
    return this.#epochs.get(account) ?? 0;
  }
}
