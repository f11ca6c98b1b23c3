import { openAccount, setOperator } from "./accounts.js";
import { uncross } from "./auction.js";
import { allot, recall, sync, unwind } from "./backstop.js";
import { refreshCap } from "./caps.js";
import { WAD } from "./arithmetic.js";
import { HOUSE_POOL, tradeWithHouse } from "./house-pool.js";
import { pauseMarket } from "./market-guard.js";
import { unwindHedge } from "./hedge-unwinding.js";
import { sellFreedSpot, setMandate } from "./freed-spot.js";
import { topUp } from "./insurance.js";
import { deposit, distributeFees, transfer, withdraw } from "./money.js";
import { restrictMarket, setMarket } from "./governance.js";
import {
  cancel,
  cancelAll,
  cancelMany,
  ORDER_KINDS,
  type OrderRequest,
  place,
  placeMany,
  prune,
  replaceMany,
} from "./orders.js";
import type { MarketRules } from "./parameters.js";
import { deleverageByQueue } from "./queue.js";
import { liquidateSpot } from "./spot-liquidation.js";
import { depositSpot, withdrawSpot } from "./spot.js";
import type { State } from "./state.js";
import { approve, mint, transferTokens } from "./tokens.js";
import { poke } from "./trades.js";
import { closeDust } from "./transfers.js";
import { arm, clearVoid, disarm, execute, type TriggerRequest } from "./triggers.js";
import type { Mandate } from "./records.js";
import { BACKSTOP } from "./vault.js";
import * as shares from "./vault-shares.js";
import type { Vault } from "./vault-shares.js";
import { liquidate } from "./waterfall.js";

/** What a call brings: numbers, addresses, lists and order requests, in the order of the contract's parameters. */
export class Arguments {
  readonly #values: readonly unknown[];

  constructor(values: readonly unknown[]) {
    this.#values = values;
  }

  amount(place: number): bigint {
    return BigInt(this.#values[place] as bigint | number);
  }

  number(place: number): number {
    return Number(this.#values[place]);
  }

  flag(place: number): boolean {
    return this.#values[place] === true;
  }

  address(place: number): string {
    return String(this.#values[place]).toLowerCase();
  }

  addresses(place: number): string[] {
    return (this.#values[place] as readonly string[]).map((address) => address.toLowerCase());
  }

  numbers(place: number): number[] {
    return (this.#values[place] as readonly (bigint | number)[]).map(Number);
  }

  amounts(place: number): bigint[] {
    return (this.#values[place] as readonly (bigint | number)[]).map(BigInt);
  }

  request(place: number): OrderRequest {
    return requestOf(this.#values[place]);
  }

  requests(place: number): OrderRequest[] {
    return (this.#values[place] as readonly unknown[]).map(requestOf);
  }

  trigger(place: number): TriggerRequest {
    const { above, trigger, tip, expiry, order } = this.#values[place] as Record<string, bigint | number | boolean>;
    const [price, paid, until] = [trigger, tip, expiry].map((value) => BigInt(value ?? 0));
    return {
      above: above === true,
      trigger: price ?? 0n,
      tip: paid ?? 0n,
      expiry: until ?? 0n,
      order: requestOf(order),
    };
  }

  mandate(place: number): Mandate {
    const { pool, worst, tip } = this.#values[place] as Record<string, bigint | number | string>;
    return { pool: String(pool).toLowerCase(), worst: BigInt(worst ?? 0), tip: BigInt(tip ?? 0) };
  }

  rules(place: number): Partial<MarketRules> {
    return this.#values[place] as Partial<MarketRules>;
  }
}

type Handler = (state: State, from: string, args: Arguments, to: string) => void;

/** What anyone may ask of the exchange, by contract and function as integrators know them. */
export const HANDLERS: Readonly<Record<string, Handler>> = {
  "clearingHouse.openAccount": (s, from, a) => void openAccount(s, from, a.number(0)),
  "clearingHouse.setOperator": (s, from, a) => {
    setOperator(s, from, a.number(0), a.address(1), a.flag(2));
  },
  "clearingHouse.deposit": (s, from, a) => {
    deposit(s, from, a.number(0), a.amount(1));
  },
  "clearingHouse.withdraw": (s, from, a) => void withdraw(s, from, a.number(0), a.amount(1), a.address(2)),
  "clearingHouse.transfer": (s, from, a) => {
    transfer(s, from, a.number(0), a.number(1), a.amount(2));
  },
  "clearingHouse.depositSpot": (s, from, a) => {
    depositSpot(s, from, a.number(0), a.number(1), a.amount(2));
  },
  "clearingHouse.withdrawSpot": (s, from, a) => {
    withdrawSpot(s, from, a.number(0), a.number(1), a.amount(2), a.address(3));
  },
  "clearingHouse.poke": (s, from, a) => {
    poke(s, from, a.number(0), a.number(1));
  },
  "clearingHouse.closeDust": (s, from, a) => {
    closeDust(s, from, a.number(0), a.number(1));
  },
  "clearingHouse.refreshCap": (s, _, a) => {
    refreshCap(s, a.number(0));
  },
  "clearingHouse.distributeFees": (s) => {
    distributeFees(s);
  },
  "clearingHouse.setMarket": (s, _, a) => {
    setMarket(s, a.number(0), a.rules(1));
  },
  "clearingHouse.restrictMarket": (s, _, a) => {
    restrictMarket(s, a.number(0));
  },
  "orderBook.place": (s, from, a) => void place(s, from, a.number(0), a.request(1)),
  "orderBook.placeMany": (s, from, a) => void placeMany(s, from, a.number(0), a.requests(1)),
  "orderBook.replaceMany": (s, from, a) => void replaceMany(s, from, a.number(0), a.amounts(1), a.requests(2)),
  "orderBook.cancel": (s, from, a) => {
    cancel(s, from, a.amount(0));
  },
  "orderBook.cancelMany": (s, from, a) => void cancelMany(s, from, a.number(0), a.amounts(1)),
  "orderBook.cancelAll": (s, from, a) => {
    cancelAll(s, from, a.number(0), a.number(1));
  },
  "orderBook.uncross": (s, _, a) => void uncross(s, a.number(0), a.number(1)),
  "orderBook.prune": (s, _, a) => void prune(s, a.number(0), a.flag(1), a.number(2)),
  "liquidationEngine.liquidate": (s, from, a) => void liquidate(s, from, a.number(0), a.number(1)),
  "liquidationEngine.liquidateSpot": (s, from, a) =>
    void liquidateSpot(s, from, a.number(0), a.number(1), a.number(2), a.amount(3)),
  "liquidationEngine.unwindHedge": (s, from, a) =>
    void unwindHedge(s, from, a.number(0), a.number(1), a.number(2), a.amount(3)),
  "queueDeleverager.deleverage": (s, _, a) => void deleverageByQueue(s, a.number(0), a.number(1), a.numbers(2)),
  "insuranceFund.topUp": (s, from, a) => {
    topUp(s, from, a.amount(0));
  },
  ...sharesOf("backstopVault", BACKSTOP),
  "backstopVault.unwind": (s, _, a) => void unwind(s, a.number(0), a.amount(1)),
  "backstopVault.sync": (s, _, a) => {
    sync(s, a.number(0));
  },
  "backstopVault.allot": (s, _, a) => {
    allot(s, a.number(0), a.amount(1));
  },
  "backstopVault.recall": (s, _, a) => {
    recall(s, a.number(0), a.amount(1));
  },
  ...sharesOf("housePool", HOUSE_POOL),
  "housePool.trade": (s, from, a) => {
    const deal = { market: a.number(1), buy: a.flag(2), size: a.amount(3), bound: a.amount(4), reduceOnly: a.flag(5) };
    tradeWithHouse(s, from, a.number(0), deal);
  },
  "triggerOrders.arm": (s, from, a) => {
    arm(s, from, a.number(0), a.trigger(1));
  },
  "triggerOrders.cancel": (s, from, a) => {
    disarm(s, from, a.number(0));
  },
  "triggerOrders.clear": (s, _, a) => {
    clearVoid(s, a.number(0));
  },
  "triggerOrders.execute": (s, _, a) => {
    execute(s, a.number(0), a.number(1), a.amount(2));
  },
  "freedSpotSale.setMandate": (s, from, a) => {
    setMandate(s, from, a.number(0), a.number(1), a.mandate(2));
  },
  "freedSpotSale.sell": (s, from, a) => {
    sellFreedSpot(s, from, a.number(0), a.number(1), a.amount(2));
  },
  "marketGuard.pause": (s, _, a) => {
    pauseMarket(s, a.number(0));
  },
  "depthSource.setDepth": (s, _, a, to) => {
    setDepth(s, to, a.amount(0));
  },
  "token.mint": (s, _, a, to) => {
    mint(s, to, a.address(0), a.amount(1));
  },
  "token.approve": (s, from, a, to) => {
    approve(s, to, from, a.address(0), a.amount(1));
  },
  "token.transfer": (s, from, a, to) => {
    transferTokens(s, to, from, a.address(0), a.amount(1));
  },
  "feed.report": (s, _, a, to) => {
    report(s, to, a.amount(0));
  },
  "feeds.report": (s, _, a) => {
    for (const feed of a.addresses(0)) report(s, feed, a.amount(1));
  },
  "feed.setRound": (s, _, a, to) => {
    s.rounds.set(to, { id: a.amount(0), answer: a.amount(1), updatedAt: a.amount(2), answeredIn: a.amount(3) });
  },
};

/** The shares of a vault, by the name of its contract. */
function sharesOf(name: string, vault: Vault): Record<string, Handler> {
  return {
    [`${name}.deposit`]: (s, from, a) => {
      shares.depositAssets(s, vault, from, a.amount(0), a.address(1));
    },
    [`${name}.mint`]: (s, from, a) => {
      shares.mintShares(s, vault, from, a.amount(0), a.address(1));
    },
    [`${name}.withdraw`]: (s, from, a) => {
      shares.withdrawAssets(s, vault, from, a.amount(0), a.address(1), a.address(2));
    },
    [`${name}.redeem`]: (s, from, a) => {
      shares.redeemShares(s, vault, from, a.amount(0), a.address(1), a.address(2));
    },
    [`${name}.requestRedeem`]: (s, from, a) => {
      shares.requestRedeem(s, vault, from, a.amount(0));
    },
    [`${name}.cancelRequest`]: (s, from) => {
      shares.cancelRequest(s, vault, from);
    },
    [`${name}.transfer`]: (s, from, a) => {
      shares.transferShares(s, vault, from, a.address(0), a.amount(1));
    },
  };
}

/** A depth that a source shows from now on, to every market. */
function setDepth(state: State, source: string, depth: bigint): void {
  state.readings.set(source, { status: "OK", price: WAD, confidence: 0n, publishedAt: state.now, depth });
}

/** A feed's answer as of now, in a new round. */
function report(state: State, feed: string, answer: bigint): void {
  const id = state.rounds.get(feed).id + 1n;
  state.rounds.set(feed, { id, answer, updatedAt: state.now, answeredIn: id });
}

/** An order request with its kind by the contract's number. */
function requestOf(value: unknown): OrderRequest {
  const { market, buy, kind, reduceOnly, maxMakers, price, size } = value as Record<string, bigint | number | boolean>;
  return {
    market: Number(market),
    buy: buy === true,
    kind: ORDER_KINDS[Number(kind)] ?? "LIMIT",
    reduceOnly: reduceOnly === true,
    maxMakers: Number(maxMakers),
    price: BigInt(price ?? 0),
    size: BigInt(size ?? 0),
  };
}
