import type { Deployed } from "../deployment/artifacts.js";
import { encode } from "../deployment/encode.js";
import type { Exchange } from "../deployment/exchange.js";
import { toTokens, toWad } from "../units.js";
import type { OrderIndex } from "../world/orders.js";
import type { Call, Lifetime, OrderIntent, Venue } from "./venue.js";

const EVERYTHING = (1n << 256n) - 1n;

/** Most resting orders a taker meets in one call. */
const MAKERS = 100;

/** Order kinds by their number in the contract's enumeration. */
const KINDS: Record<Lifetime, number> = { rest: 0, "post-only": 1, immediate: 2 };

/** This exchange as the agents see it. Sizes are rounded down to lots; prices to ticks, against the order. */
export class CrossfireVenue implements Venue {
  readonly #exchange: Exchange;
  readonly #orders: OrderIndex;

  constructor(exchange: Exchange, orders: OrderIndex) {
    this.#exchange = exchange;
    this.#orders = orders;
  }

  openAccount(): Call {
    return call(this.#exchange.contracts.clearingHouse, "openAccount", 0);
  }

  approveQuote(): Call {
    const { quoteToken, clearingHouse } = this.#exchange.contracts;
    return call(quoteToken, "approve", clearingHouse.address, EVERYTHING);
  }

  approveSpot(): Call {
    const { spotToken, clearingHouse } = this.#exchange.contracts;
    return call(spotToken, "approve", clearingHouse.address, EVERYTHING);
  }

  deposit(account: number, amount: number): Call {
    return call(this.#exchange.contracts.clearingHouse, "deposit", account, toTokens(amount));
  }

  withdraw(account: number, amount: number, to: string): Call {
    return call(this.#exchange.contracts.clearingHouse, "withdraw", account, toTokens(amount), to);
  }

  depositSpot(account: number, amount: bigint): Call {
    const { contracts, spotAsset } = this.#exchange;
    return call(contracts.clearingHouse, "depositSpot", account, spotAsset, amount);
  }

  withdrawSpot(account: number, amount: bigint, to: string): Call {
    const { contracts, spotAsset } = this.#exchange;
    return call(contracts.clearingHouse, "withdrawSpot", account, spotAsset, amount, to);
  }

  place(account: number, order: OrderIntent): Call {
    return call(this.#exchange.contracts.orderBook, "place", account, this.#request(order));
  }

  requote(account: number, orders: readonly OrderIntent[]): Call {
    const requests = orders.map((order) => this.#request(order)).filter(({ size }) => size > 0n);
    return call(this.#exchange.contracts.orderBook, "replaceMany", account, this.#orders.of(account), requests);
  }

  liquidate(account: number): Call {
    return call(this.#exchange.contracts.liquidationEngine, "liquidate", account, this.#exchange.market);
  }

  deleverageByQueue(account: number, counterparties: readonly number[]): Call {
    const { contracts, market } = this.#exchange;
    return call(contracts.queueDeleverager, "deleverage", account, market, counterparties);
  }

  touch(account: number): Call {
    return call(this.#exchange.contracts.clearingHouse, "poke", account, this.#exchange.market);
  }

  updatePrices(): Call {
    // Touching any account brings mark, index and funding to this block; the treasury's holds nothing that could change.
    return this.touch(this.#exchange.accounts.treasury);
  }

  approveBackstop(): Call {
    const { quoteToken, backstopVault } = this.#exchange.contracts;
    return call(quoteToken, "approve", backstopVault.address, EVERYTHING);
  }

  joinBackstop(amount: number, receiver: string): Call {
    return call(this.#exchange.contracts.backstopVault, "deposit", toTokens(amount), receiver);
  }

  #request(order: OrderIntent): OrderRequest {
    const { tickSize, lotSize, minimumSize } = this.#exchange.parameters;
    const ticks = toWad(order.price) / tickSize;
    const lots = toWad(order.size) / lotSize;
    const size = lots * lotSize;
    return {
      market: this.#exchange.market,
      buy: order.buy,
      kind: KINDS[order.lifetime],
      reduceOnly: order.reduceOnly === true,
      maxMakers: MAKERS,
      price: (order.buy ? ticks : ticks + 1n) * tickSize,
      size: size < minimumSize && order.reduceOnly !== true ? 0n : size,
    };
  }
}

/** The contract's OrderRequest. */
interface OrderRequest {
  readonly market: number;
  readonly buy: boolean;
  readonly kind: number;
  readonly reduceOnly: boolean;
  readonly maxMakers: number;
  readonly price: bigint;
  readonly size: bigint;
}

function call(contract: Deployed, method: string, ...args: unknown[]): Call {
  return { to: contract.address, data: encode(contract.interface, method, args) };
}
