import type { Identity } from "../agents/agent.js";
import type { Deployed } from "../deployment/artifacts.js";
import { encode } from "../deployment/encode.js";
import { fromTokens, fromWad, toWad } from "../units.js";
import type { Call, OrderIntent } from "../venues/venue.js";
import type { AccountRow } from "../world/view.js";
import type { Stage } from "./stage.js";

/** Who a wallet belongs to; the outcome is told by these. Lenders, the pool and the parts of the exchange have their own. */
export const GROUPS = ["attacker", "traders", "makers", "providers", "arbitrageurs", "keepers"] as const;
export type Group = (typeof GROUPS)[number];

/** A transaction a wallet will send when the stage says so. */
export interface Action extends Call {
  readonly by: Wallet;
  /** A word or two, for the log. */
  readonly what: string;
  /** The contract wallet it moves, if it is its owner's transaction. */
  readonly through?: Wallet;
}

/** How a wallet may trade beside size: `limit` is the worst price, the exchange's own band without it. */
export interface TradeOptions {
  readonly limit?: number;
  readonly reduceOnly?: boolean;
}

/** What a wallet starts with. All decimal: quote and base. */
export interface Funding {
  readonly group: Group;
  /** Deposited on the exchange. */
  readonly margin?: number;
  /** Kept in the wallet. */
  readonly quote?: number;
  readonly spot?: number;
}

/** A book has prices up to this many ticks. */
const LAST_TICK = 2n ** 24n - 1n;

/** More than any price of spot. */
const ANY_PRICE = 1e9;

/**
 * A named wallet of the story with an account on the exchange. Its verbs say what it would do and return an `Action`; nothing
 * happens before the stage acts it. Prices and sizes are decimal numbers, rounded to ticks and lots by the venue.
 */
export class Wallet implements Identity {
  readonly name: string;
  readonly group: Group;
  readonly address: string;
  /** The contract behind the wallet and who moves it, if it is one. */
  readonly contract: { readonly deployed: Deployed; readonly owner: Wallet } | undefined;
  readonly #stage: Stage;
  #account = 0;

  constructor(stage: Stage, name: string, group: Group, address: string, contract?: Wallet["contract"]) {
    this.#stage = stage;
    this.name = name;
    this.group = group;
    this.address = address;
    this.contract = contract;
  }

  /** Its account on the exchange. */
  get account(): number {
    return this.#account;
  }

  /** Remembers the account the stage opened for it. */
  opened(account: number): void {
    this.#account = account;
  }

  // ---- the exchange ------------------------------------------------------------------------------------------------

  /** Deposits quote. */
  deposit(amount: number): Action {
    return this.does(`deposit ${amount}`, this.#venue.deposit(this.account, amount));
  }

  /** Withdraws quote to itself. */
  withdraw(amount: number): Action {
    return this.does(`withdraw ${amount}`, this.#venue.withdraw(this.account, amount, this.address));
  }

  /** Deposits spot as collateral. */
  depositSpot(amount: number): Action {
    return this.does(`deposit spot ${amount}`, this.#venue.depositSpot(this.account, this.#spot(amount)));
  }

  /** Takes spot collateral back. */
  withdrawSpot(amount: number): Action {
    const call = this.#venue.withdrawSpot(this.account, this.#spot(amount), this.address);
    return this.does(`withdraw spot ${amount}`, call);
  }

  /** Buys on the book, now or never. */
  buy(size: number, { limit = this.#highest, reduceOnly = false }: TradeOptions = {}): Action {
    return this.#order("buy", { buy: true, price: limit, size, lifetime: "immediate", reduceOnly });
  }

  /** Sells on the book, now or never. */
  sell(size: number, { limit = 0, reduceOnly = false }: TradeOptions = {}): Action {
    return this.#order("sell", { buy: false, price: limit, size, lifetime: "immediate", reduceOnly });
  }

  /** Closes what it holds in the market as far as the book goes. */
  close(options: TradeOptions = {}): Action {
    const { size } = this.row;
    const amount = Math.abs(fromWad(size));
    return size > 0n
      ? this.sell(amount, { ...options, reduceOnly: true })
      : this.buy(amount, { ...options, reduceOnly: true });
  }

  /** Rests a bid. */
  bid(price: number, size: number): Action {
    return this.#order("bid", { buy: true, price, size, lifetime: "rest" });
  }

  /** Rests an ask. */
  ask(price: number, size: number): Action {
    return this.#order("ask", { buy: false, price, size, lifetime: "rest" });
  }

  /** Takes back everything it has resting and rests these orders instead; none to leave the book. */
  quote(...orders: readonly Omit<OrderIntent, "lifetime">[]): Action {
    const resting = orders.map((order) => ({ ...order, lifetime: "rest" as const }));
    return this.does(orders.length === 0 ? "cancel all" : "quote", this.#venue.requote(this.account, resting));
  }

  /** Liquidates somebody. */
  liquidate(target: Identity): Action {
    return this.does(`liquidate ${target.name}`, this.#venue.liquidate(target.account));
  }

  /** Sends quote to another wallet. */
  send(to: Wallet, amount: number): Action {
    const { quoteToken } = this.#stage.exchange.contracts;
    return this.call(quoteToken, "transfer", to.address, toWad(amount) / 10n ** 12n);
  }

  // ---- the spot pool -----------------------------------------------------------------------------------------------

  /** Buys exactly this much spot. */
  buySpot(amount: number): Action {
    return this.does(`buy ${amount} spot`, this.#stage.spot.buyExact(this.address, this.#spot(amount), ANY_PRICE));
  }

  /** Sells exactly this much spot. */
  sellSpot(amount: number): Action {
    return this.does(`sell ${amount} spot`, this.#stage.spot.sellExact(this.address, this.#spot(amount), 0));
  }

  /** Trades in the pool until its price is `price`. */
  pushPool(price: number): Action {
    const from = this.#stage.view.poolPrice;
    return this.does(`push the pool to ${price}`, this.#stage.spot.moveTo(this.address, from, price));
  }

  // ---- anything ----------------------------------------------------------------------------------------------------

  /** Calls any contract. */
  call(contract: Deployed, method: string, ...args: readonly unknown[]): Action {
    return this.does(method, { to: contract.address, data: encode(contract.interface, method, args) });
  }

  /** A call as this wallet's action. */
  does(what: string, call: Call): Action {
    return { ...call, by: this, what };
  }

  /** Several of a contract wallet's actions in one transaction. */
  together(what: string, actions: readonly Action[]): Action {
    return this.#inside(what, "execute", [callsOf(actions)]);
  }

  /** Several of a contract wallet's actions with quote borrowed for the transaction. */
  flash(what: string, lender: Deployed, amount: number, actions: readonly Action[]): Action {
    const token = this.#stage.exchange.contracts.quoteToken.address;
    return this.#inside(what, "borrow", [lender.address, token, toWad(amount) / 10n ** 12n, callsOf(actions)]);
  }

  /** The same with money of the spot pool itself, which is locked meanwhile. Quote and base. */
  flashPool(what: string, quote: number, base: number, actions: readonly Action[]): Action {
    const pool = this.#stage.pool;
    const [units, amount] = [this.#spot(base), toWad(quote) / 10n ** 12n];
    const [first, second] = pool.baseIsToken0 ? [units, amount] : [amount, units];
    return this.#inside(what, "borrowFromPool", [pool.address, first, second, callsOf(actions)]);
  }

  // ---- what it has -------------------------------------------------------------------------------------------------

  /** Its account after the last block. */
  get row(): AccountRow {
    const row = this.#stage.view.accounts.get(this.account);
    if (row === undefined) throw new RangeError(`${this.name} has no account yet`);
    return row;
  }

  /** What its wallet holds beside the account: quote, and spot in base. */
  get purse(): { readonly quote: number; readonly base: number } {
    const { walletQuote, walletSpot } = this.row;
    const { decimals } = this.#stage.exchange.settings.base;
    return { quote: fromTokens(walletQuote), base: fromTokens(walletSpot, decimals) };
  }

  /** Position, base, long positive. */
  get position(): number {
    return fromWad(this.row.size);
  }

  /** Equity at mark, quote. */
  get equity(): number {
    return fromWad(this.row.equity);
  }

  /** What it could withdraw now, quote, rounded down to the token's unit. */
  async withdrawable(): Promise<number> {
    const free = await this.#stage.read(this.#stage.exchange.contracts.clearingHouse, "withdrawable", this.account);
    return Math.floor(fromWad(free as bigint) * 1e6) / 1e6;
  }

  /** Realised profit that has not matured, quote. */
  async maturing(): Promise<number> {
    return fromWad(
      (await this.#stage.read(this.#stage.exchange.contracts.clearingHouse, "maturing", this.account)) as bigint,
    );
  }

  /** The highest price of the book. */
  get #highest(): number {
    return fromWad(this.#stage.exchange.parameters.tickSize * LAST_TICK);
  }

  get #venue() {
    return this.#stage.world.venue;
  }

  #order(what: string, order: OrderIntent): Action {
    return this.does(`${what} ${order.size}`, this.#venue.place(this.account, order));
  }

  #spot(amount: number): bigint {
    return toWad(amount) / 10n ** BigInt(18 - this.#stage.exchange.settings.base.decimals);
  }

  #inside(what: string, method: string, args: readonly unknown[]): Action {
    if (this.contract === undefined) throw new TypeError(`${this.name} is no contract`);
    const { deployed, owner } = this.contract;
    return { ...owner.call(deployed, method, ...args), what, through: this };
  }
}

/** Actions as the calls a contract wallet makes. */
export function callsOf(actions: readonly Action[]): { to: string; data: string }[] {
  return actions.map(({ to, data }) => ({ to, data }));
}
