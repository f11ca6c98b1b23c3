import type { NetworkHelpers } from "@nomicfoundation/hardhat-network-helpers/types";
import {
  type ContractTransactionResponse,
  id,
  type Provider,
  type Signer,
  type TransactionRequest,
  Wallet,
} from "ethers";

import type { Deployment } from "../deployment/deploy.js";
import { connect, type Handles } from "../deployment/handles.js";
import { WAD } from "../units.js";

/** A trader of the bench: its account, and the contracts as it calls them. */
export interface Trader extends Handles {
  readonly address: string;
  readonly account: bigint;
}

/** What the bench trades at to begin with, quote per base, WAD: the deployment's start price. */
export const START = 4_000n * WAD;

/** Kinds of order by their number in the book's enumeration. */
export const KIND = { limit: 0, immediateOrCancel: 2 };

/** The action a price is asked for when nothing but its being up to date matters. */
const CANCEL_ACTION = 1;

/** Gas sent with every transaction: an estimate made in one second is no bound for the price refresh of the next. */
export const GAS_LIMIT = 16_000_000;

/** A key that sends a fixed amount of gas instead of asking for an estimate. */
class Payer extends Wallet {
  override sendTransaction(transaction: TransactionRequest) {
    return super.sendTransaction({ gasLimit: GAS_LIMIT, ...transaction });
  }
}

/** A deployed exchange, traders with money, and the gas of single transactions. */
export class Rig {
  readonly deployment: Deployment;
  /** The contracts as the administrator calls them. */
  readonly admin: Handles;
  readonly governor: Signer;
  /** Gas by operation. */
  readonly gas: Record<string, number> = {};
  readonly #provider: Provider;
  readonly #helpers: NetworkHelpers;
  #traders = 0;

  constructor(deployment: Deployment, governor: Signer, provider: Provider, helpers: NetworkHelpers) {
    this.deployment = deployment;
    this.governor = governor;
    this.admin = connect(deployment.exchange, governor);
    this.#provider = provider;
    this.#helpers = helpers;
  }

  /** A new trader with that much quote in its account, whole units, and ten times as much in its wallet. */
  async trader(quote = 1_000_000n): Promise<Trader> {
    const wallet = new Payer(id(`trader ${++this.#traders}`), this.#provider);
    await this.#helpers.setBalance(wallet.address, 10n ** 21n);
    const own = connect(this.deployment.exchange, wallet);
    await done(own.clearingHouse.openAccount(0));
    const account = await own.clearingHouse.accountOf(wallet.address, 0);
    const tokens = quote * 1_000_000n;
    await done(own.quoteToken.mint(wallet.address, 11n * tokens));
    await done(own.quoteToken.approve(await own.clearingHouse.getAddress(), 2n ** 255n));
    await done(own.clearingHouse.deposit(account, tokens));
    return { ...own, address: wallet.address, account };
  }

  /** Several new traders. */
  async traders(count: number): Promise<Trader[]> {
    const traders: Trader[] = [];
    for (let i = 0; i < count; i++) traders.push(await this.trader());
    return traders;
  }

  /** Places an order; price and size in WAD. */
  place(
    trader: Trader,
    buy: boolean,
    price: bigint,
    size: bigint,
    kind = KIND.limit,
  ): Promise<ContractTransactionResponse> {
    return trader.orderBook.place(trader.account, order(buy, price, size, kind));
  }

  /** Reports a new outside price and gives the mark a minute to catch up with it. */
  async movePrice(price: bigint): Promise<void> {
    await done(this.admin.feed.report(price / 10n ** 10n));
    await this.refresh();
    await this.#helpers.time.increase(60);
    await this.refresh();
  }

  /** Lets time pass while the outside price stands, and brings the mark up to date. */
  async pass(seconds: number): Promise<void> {
    const [, answer] = await this.admin.feed.latestRoundData();
    await this.#helpers.time.increase(seconds);
    await done(this.admin.feed.report(answer));
    await this.refresh();
  }

  /** Lets time pass and nothing else. */
  async wait(seconds: number): Promise<void> {
    await this.#helpers.time.increase(seconds);
  }

  /** Brings the mark up to date, as the first transaction of a block does. Returns the gas. */
  async refresh(): Promise<number> {
    return done(this.admin.markPrice.priceFor(0, CANCEL_ACTION));
  }

  /**
   * Records the gas of one transaction sent in the same second as a price refresh, so that the figure does not depend on who
   * comes first in a block; what the first pays on top is a row of its own. The state is as before afterwards.
   */
  async measure(key: string, act: () => Promise<ContractTransactionResponse>): Promise<number> {
    let used = 0;
    await this.aside(async () => {
      await this.refresh();
      await this.#helpers.time.setNextBlockTimestamp(await this.#helpers.time.latest());
      used = await done(act());
    });
    this.gas[key] = used;
    return used;
  }

  /** Runs something on the present state and returns to it afterwards. */
  async aside(act: () => Promise<void>): Promise<void> {
    const snapshot = await this.#helpers.takeSnapshot();
    await act();
    await snapshot.restore();
  }
}

/** A request to the book for market 0. */
export function order(buy: boolean, price: bigint, size: bigint, kind = KIND.limit) {
  return { market: 0, buy, kind, reduceOnly: false, maxMakers: 0, price, size };
}

/** The first of a list that cannot be empty. */
export function first<T>(list: readonly T[]): T {
  const [head] = list;
  if (head === undefined) throw new Error("an empty list");
  return head;
}

/** Waits for a transaction, fails if it failed, and returns its gas. */
export async function done(sent: Promise<ContractTransactionResponse>): Promise<number> {
  const receipt = await (await sent).wait();
  if (receipt === null) throw new Error("a transaction was not mined");
  return Number(receipt.gasUsed);
}
