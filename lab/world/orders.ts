import { min } from "../units.js";
import { big, type ChainEvent } from "./events.js";

/** A resting order as the book's events tell it. */
export interface RestingOrder {
  readonly id: bigint;
  readonly account: number;
  readonly buy: boolean;
  readonly price: bigint;
  size: bigint;
}

/** A resting order met by a taker. */
export interface Filled {
  readonly account: number;
  readonly buy: boolean;
  readonly size: bigint;
}

/** The order book rebuilt from its events: what any trader's own software keeps. */
export class OrderIndex {
  #orders = new Map<bigint, RestingOrder>();

  /** Takes in the events of a block; returns whose resting orders were filled. */
  apply(events: readonly ChainEvent[]): Filled[] {
    return events.filter(({ contract }) => contract === "OrderBook").flatMap((event) => this.#take(event) ?? []);
  }

  /** Ids of an account's orders. */
  of(account: number): bigint[] {
    return [...this.#orders.values()].filter((order) => order.account === account).map((order) => order.id);
  }

  /** Base resting on one side no further than `distance` (a fraction) from a price. */
  depth(buy: boolean, price: bigint, distance: number): bigint {
    const reach = (price * BigInt(Math.round(distance * 1e6))) / 1_000_000n;
    const [low, high] = buy ? [price - reach, price] : [price, price + reach];
    let total = 0n;
    for (const order of this.#orders.values()) {
      if (order.buy === buy && order.price >= low && order.price <= high) total += order.size;
    }
    return total;
  }

  /** What taking a size from one side's orders would come to: base there is, and its average price; 0 of nothing. */
  taking(buy: boolean, size: bigint): { readonly size: bigint; readonly price: bigint } {
    const orders = [...this.#orders.values()].filter((order) => order.buy !== buy);
    orders.sort((left, right) => (left.price < right.price === buy ? -1 : 1));
    let [taken, paid] = [0n, 0n];
    for (const order of orders) {
      const part = min(order.size, size - taken);
      taken += part;
      paid += part * order.price;
      if (taken === size) break;
    }
    return { size: taken, price: taken === 0n ? 0n : paid / taken };
  }

  /** A copy to return to. */
  copy(): OrderIndex {
    const copy = new OrderIndex();
    copy.#orders = new Map([...this.#orders].map(([id, order]) => [id, { ...order }]));
    return copy;
  }

  /** Goes back to a copy. */
  restore(copy: OrderIndex): void {
    this.#orders = copy.copy().#orders;
  }

  #take(event: ChainEvent): Filled | undefined {
    switch (event.name) {
      case "OrderPlaced": {
        const id = big(event, "orderId");
        const account = Number(big(event, "account"));
        const buy = event.arguments.buy === true;
        this.#orders.set(id, { id, account, buy, price: big(event, "price"), size: big(event, "size") });
        break;
      }
      case "OrderFilled": {
        const order = this.#orders.get(big(event, "orderId"));
        if (order === undefined) break;
        const size = big(event, "size");
        order.size -= size;
        if (order.size <= 0n) this.#orders.delete(order.id);
        return { account: order.account, buy: order.buy, size };
      }
      case "OrderCancelled":
        this.#orders.delete(big(event, "orderId"));
        break;
      case "OrdersVoided": {
        const account = Number(big(event, "account"));
        for (const id of this.of(account)) this.#orders.delete(id);
        break;
      }
    }
    return undefined;
  }
}
