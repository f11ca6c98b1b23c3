import { abs, max, positive, timesUp, WAD } from "../model/arithmetic.js";
import { orderId, walk } from "../model/book.js";
import type { Exchange, ModelCall } from "../model/exchange.js";
import { look } from "../model/health.js";
import { queueScore } from "../model/liquidation-arithmetic.js";
import { peek } from "../model/mark.js";
import { lookAtMarket } from "../model/markets.js";
import { withdrawable } from "../model/money.js";
import { ORDER_KINDS } from "../model/orders.js";
import type { MarketRules } from "../model/parameters.js";
import { breakEven, type Held, positionOf } from "../model/positions.js";
import { of, pair, type State } from "../model/state.js";
import { maxRedeem, totalAssets } from "../model/vault.js";
import { examine, requireLiquidatable } from "../model/waterfall.js";
import type { Command, OrderDeed } from "./commands.js";
import { type DifferentialWorld, MARKETS, START_PRICE } from "./world.js";

/** A call and how long after the last block it is made. */
export interface Step {
  readonly wait: number;
  readonly call: ModelCall;
}

const BASIS_POINTS = 10_000n;
const QUOTE_SCALE = 10n ** 12n;

/** No account's equity buys more than this many times itself. */
const LEVERAGE = 20n;

/** Turns commands into calls, by what the model says of the state each call meets. */
export class Planner {
  readonly #world: DifferentialWorld;
  readonly #model: Exchange;

  constructor(world: DifferentialWorld, model: Exchange) {
    this.#world = world;
    this.#model = model;
  }

  /** The calls of a command; the state is looked at anew before each. */
  *plan(command: Command): Generator<Step> {
    let { wait } = command;
    if (command.stale !== true) {
      for (const market of MARKETS) {
        if (this.#usable(market, wait)) continue;
        for (const { wait: more, call } of this.#report(market, 0, -1)) {
          yield { wait: wait + more, call };
          wait = 0;
        }
      }
    }
    for (const { wait: more, call } of this.#steps(command)) {
      yield { wait: wait + more, call };
      wait = 0;
    }
  }

  get #state(): State {
    return this.#model.state;
  }

  *#steps(command: Command): Generator<Step> {
    switch (command.type) {
      case "nothing":
        return;
      case "deposit":
        yield this.#ledger(command.who, "deposit", this.#account(command.to), BigInt(command.cents) * 10_000n);
        return;
      case "withdraw": {
        const tokens = part(withdrawable(this.#state, this.#account(command.who)), command.share) / QUOTE_SCALE;
        yield this.#ledger(command.who, "withdraw", this.#account(command.who), tokens, this.#address(command.who));
        return;
      }
      case "transfer": {
        const [from, to] = command.back ? [this.#world.spare, this.#account(0)] : [this.#account(0), this.#world.spare];
        yield this.#ledger(0, "transfer", from, to, part(withdrawable(this.#state, from), command.share));
        return;
      }
      case "depositSpot": {
        const tokens = part(this.#spotWallet(command.who), command.share);
        yield this.#ledger(command.who, "depositSpot", this.#account(command.to), 0, tokens);
        return;
      }
      case "withdrawSpot": {
        const tokens = part(this.#state.spot.get(of(this.#account(command.who), 0)).amount, command.share);
        const to = this.#address(command.who);
        yield this.#ledger(command.who, "withdrawSpot", this.#account(command.who), 0, tokens, to);
        return;
      }
      case "place":
        yield this.#place(command);
        return;
      case "placeMany":
        yield this.#placeMany(command);
        return;
      case "trade":
        yield* this.#trade(command);
        return;
      case "cancel": {
        const ids = this.#ordersOf(command.which % 7 === 6 ? undefined : this.#account(command.who));
        yield this.#book(command.who, "cancel", ids[command.which % Math.max(ids.length, 1)] ?? 1n << 55n);
        return;
      }
      case "cancelMany": {
        const ids = this.#ordersOf(command.own ? this.#account(command.who) : undefined);
        yield this.#book(command.who, "cancelMany", this.#account(command.who), [...ids, ...ids.slice(0, 1)]);
        return;
      }
      case "cancelAll":
        yield this.#book(command.who, "cancelAll", this.#account(command.who), command.market);
        return;
      case "prune":
        yield this.#book(0, "prune", command.market, command.bids, command.most);
        return;
      case "price":
        yield* this.#report(command.market, command.change, command.only);
        return;
      case "round":
        yield this.#faultyRound(command.market, command.only, command.fault);
        return;
      case "poke":
        yield this.#ledger(0, "poke", this.#account(command.who), command.market);
        return;
      case "liquidate": {
        const due = command.due ? this.#due(command.market) : [];
        const account = due[command.who % Math.max(due.length, 1)] ?? this.#account(command.who);
        yield this.#call(this.#address(command.caller), "liquidationEngine", "liquidate", account, command.market);
        return;
      }
      case "crash":
        yield* this.#crash(command);
        return;
      case "liquidateSpot":
        yield this.#liquidateSpot(command);
        return;
      case "unwindHedge":
        yield this.#unwindHedge(command);
        return;
      case "queue":
        yield* this.#queue(command);
        return;
      case "hedge":
        yield* this.#hedge(command);
        return;
      case "closeDust":
        yield this.#ledger(command.who, "closeDust", this.#account(command.who), command.market);
        return;
      case "distributeFees":
        yield this.#ledger(0, "distributeFees");
        return;
      case "topUp":
        yield this.#call(this.#address(command.who), "insuranceFund", "topUp", BigInt(command.cents) * 1_000n);
        return;
      case "operator": {
        const operator = this.#address(command.operator);
        yield this.#ledger(command.who, "setOperator", this.#account(command.who), operator, command.allowed);
        return;
      }
      case "configure": {
        const { policy, deficitMode, queue } = command;
        const changes = { policy, deficitMode, deleveraging: queue ? "QUEUE" : "TRANCHES" } as Partial<MarketRules>;
        const rules = { ...this.#state.rules.get(command.market), ...changes, status: "ACTIVE" };
        yield this.#call(this.#world.admin, "clearingHouse", "setMarket", command.market, rules);
        return;
      }
      case "restrict":
        yield this.#call(this.#world.admin, "clearingHouse", "restrictMarket", command.market);
        return;
      default:
        yield* this.#vault(command);
    }
  }

  *#vault(command: Command): Generator<Step> {
    const own = this.#shareholder(command);
    const say = (method: string, ...args: unknown[]): Step => this.#call(own, "backstopVault", method, ...args);
    switch (command.type) {
      case "vaultDeposit": {
        const assets = BigInt(command.cents) * 1_000n;
        yield command.mint ? say("mint", assets * 1_000_003n, own) : say("deposit", assets, own);
        return;
      }
      case "vaultRequest":
        yield say("requestRedeem", part(this.#state.shares.get(own), command.share));
        return;
      case "vaultCancel":
        yield say("cancelRequest");
        return;
      case "vaultRedeem": {
        const { readyAt, shares } = this.#state.redemptions.get(own);
        const missing = shares === 0n ? 0n : positive(readyAt - this.#state.now);
        // Fresh prices, or the redemption would fail for want of one.
        if (missing !== 0n) {
          for (const market of MARKETS) yield* this.#report(market, 0, -1, market === 0 ? Number(missing) : 0);
        }
        const most = maxRedeem(this.#state, own);
        const wanted = part(most, command.share);
        const assets = (wanted * (totalAssets(this.#state) + 1n)) / (this.#state.shareSupply.value + 10n ** 6n);
        yield command.withdraw ? say("withdraw", assets, own, own) : say("redeem", wanted, own, own);
        return;
      }
      case "vaultTransfer":
        yield say("transfer", this.#address(command.to), part(this.#state.shares.get(own), command.share));
        return;
      case "unwind": {
        const held = this.#heldBy(this.#state.exposures.get(command.market).account, command.market);
        yield say("unwind", command.market, part(max(abs(held.size), 100n), command.share));
        return;
      }
      case "sync":
        yield say("sync", command.market);
        return;
      case "capital":
        yield say(command.recall ? "recall" : "allot", command.market, BigInt(command.cents) * 10n ** 15n);
        return;
      default:
    }
  }

  /** Who acts on the vault: the one named, or somebody who has what it takes. */
  #shareholder(command: Command): string {
    const { shares, redemptions } = this.#state;
    const named = "who" in command ? this.#address(command.who) : this.#world.admin;
    const able = (wallet: string): boolean =>
      command.type === "vaultRequest" || command.type === "vaultTransfer"
        ? shares.get(wallet) !== 0n
        : command.type !== "vaultRedeem" || redemptions.get(wallet).shares !== 0n;
    return able(named) ? named : (this.#world.traders.map(({ address }) => address).find(able) ?? named);
  }

  /** Whether a market's price will be VALID after a while. */
  #usable(market: number, wait: number): boolean {
    const { state } = this.#model.copy();
    state.now += BigInt(wait);
    return peek(state, market).validity === "VALID";
  }

  #place(deed: OrderDeed): Step {
    const caller = deed.caller === 6 ? deed.who : deed.caller;
    return this.#book(caller, "place", this.#account(deed.who), this.#request(deed, deed.who));
  }

  #placeMany({ who, orders, replace }: Extract<Command, { type: "placeMany" }>): Step {
    const account = this.#account(who);
    // A last order of another account's market order kind would be as good as any; the batch takes and rests by turns.
    const requests = orders.map((deed) => this.#request({ ...deed, share: Math.ceil(deed.share / 4) }, who));
    if (!replace) return this.#book(who, "placeMany", account, requests);
    return this.#book(who, "replaceMany", account, this.#ordersOf(account), requests);
  }

  /** A maker's order near the mark, and a taker's that meets it. */
  *#trade({ maker, taker, order }: Extract<Command, { type: "trade" }>): Generator<Step> {
    const resting = { ...order, who: maker, kind: 0, reduceOnly: false, caller: 6 };
    yield this.#place(resting);
    const beyond = order.off + (order.buy ? -20 : 20);
    // Post-only and fill-or-kill would seldom take: most takers take what there is.
    const kind = order.kind === 1 || (order.kind === 3 && order.share % 4 !== 0) ? 2 : order.kind;
    yield this.#place({ ...order, who: taker, buy: !order.buy, off: beyond, kind });
  }

  #request(deed: OrderDeed, who: number): Record<string, unknown> {
    const { market, buy, kind, reduceOnly, makers } = deed;
    const account = this.#account(who);
    const mark = max(peek(this.#state, market).mark, WAD);
    const { tickSize = 1n, lotSize = 1n, minimumSize = 1n } = this.#state.bookRules.get(market) ?? {};
    const wanted = (mark * (BASIS_POINTS + BigInt(deed.off))) / BASIS_POINTS;
    const onGrid = ORDER_KINDS[kind] === "MARKET" ? wanted : (wanted / tickSize) * tickSize;
    const equity = positive(look(this.#state, account).equity);
    const size = part((equity * LEVERAGE * WAD) / mark, deed.share);
    const lots = max(size / lotSize, minimumSize / lotSize);
    return { market, buy, kind, reduceOnly, maxMakers: makers, price: onGrid, size: lots * lotSize };
  }

  /** Reports a price that has changed by basis points: to all feeds (`only` below 0), or to one, which then stands apart. */
  *#report(market: number, change: number, only: number, wait = 0): Generator<Step> {
    const feeds = this.#world.feeds[market] ?? [];
    const first = this.#state.rounds.get(feeds[0] ?? "").answer;
    const start = BigInt(START_PRICE) * 10n ** 8n;
    // Prices stay within what the buckets and the grid are for.
    const from = first > start * 20n || first < start / 20n ? start : first;
    const answer = (from * (BASIS_POINTS + BigInt(change))) / BASIS_POINTS;
    const told = only < 0 ? feeds : feeds.slice(only, only + 1);
    const to = told[0];
    if (to === undefined) return;
    yield { wait, call: { from: this.#world.admin, to, method: "feeds.report", args: [told, answer] } };
  }

  /** A round that says what a feed may not say, or says it late. */
  #faultyRound(market: number, only: number, fault: number): Step {
    const feeds = this.#world.feeds[market] ?? [];
    const to = feeds[only % Math.max(feeds.length, 1)] ?? "";
    const { id, answer } = this.#state.rounds.get(to);
    const now = this.#state.now;
    const rounds = [
      [id + 1n, 0n, now, id + 1n],
      [id + 1n, -answer, now, id + 1n],
      [id + 1n, answer, now + 1_000n, id + 1n],
      [id + 2n, answer, now, id + 1n],
      [id + 1n, answer, 0n, id + 1n],
    ];
    return { wait: 0, call: { from: this.#world.admin, to, method: "feed.setRound", args: rounds[fault] ?? [] } };
  }

  /** A fall or a rise, half a minute for the mark to follow, and whoever is then due liquidated. */
  *#crash({ market, change, caller }: Extract<Command, { type: "crash" }>): Generator<Step> {
    yield* this.#report(market, change, -1);
    for (let pause = 0; pause < 3; pause++) {
      yield { ...this.#ledger(caller, "poke", this.#account(caller), market), wait: 8 };
      for (const account of this.#due(market).slice(0, 2)) {
        yield this.#call(this.#address(caller), "liquidationEngine", "liquidate", account, market);
        const queued = this.#state.queuedAt.get(of(account, market)) === this.#state.now;
        if (queued) yield* this.#queue({ market, caller, shuffled: false });
      }
    }
  }

  /** Spot in, an hour until it counts, and a short about as large against somebody's bid. */
  *#hedge({ who, taker, share, short }: Extract<Command, { type: "hedge" }>): Generator<Step> {
    yield this.#ledger(who, "depositSpot", this.#account(who), 0, part(this.#spotWallet(who), share));
    yield* this.#report(0, 0, -1, 3_600);
    const { lotSize = 1n, tickSize = 1n } = this.#state.bookRules.get(0) ?? {};
    const size = (part(this.#state.spot.get(of(this.#account(who), 0)).amount, short) / lotSize) * lotSize;
    const price = (peek(this.#state, 0).mark / tickSize) * tickSize;
    const ask = { market: 0, buy: false, kind: 0, reduceOnly: false, maxMakers: 0, price, size };
    yield this.#book(who, "place", this.#account(who), ask);
    yield this.#book(taker, "place", this.#account(taker), { ...ask, buy: true, kind: 2 });
  }

  #liquidateSpot({ who, buyer, share }: Extract<Command, { type: "liquidateSpot" }>): Step {
    const due = this.#accounts().filter((account) => {
      const { equity, maintenanceMargin } = look(this.#state, account);
      return equity < maintenanceMargin && this.#state.spot.get(of(account, 0)).amount !== 0n;
    });
    const account = due[0] ?? this.#account(who);
    const amount = part(this.#state.spot.get(of(account, 0)).amount, share);
    const [from, to] = [this.#address(buyer), this.#account(buyer)];
    return this.#call(from, "liquidationEngine", "liquidateSpot", account, to, 0, amount);
  }

  /** The hedge of an account that is due, if there is one, or one's own. */
  #unwindHedge({ who, buyer, share }: Extract<Command, { type: "unwindHedge" }>): Step {
    const account = this.#due(0).find((other) => this.#heldBy(other, 0).size < 0n) ?? this.#account(who);
    const amount = part(abs(this.#heldBy(account, 0).size), share);
    const [from, to] = [this.#address(buyer), this.#account(buyer)];
    return this.#call(from, "liquidationEngine", "unwindHedge", account, to, 0, amount);
  }

  /** The keeper's list for a position left to the queue: everybody opposite, best score first, or in the order of numbers. */
  *#queue({ market, caller, shuffled }: { market: number; caller: number; shuffled: boolean }): Generator<Step> {
    const queuedAt = (account: number): bigint => this.#state.queuedAt.get(of(account, market));
    const waiting = this.#accounts().filter((account) => queuedAt(account) !== 0n);
    const latest = waiting.sort((left, right) => Number(queuedAt(right) - queuedAt(left)));
    const account = latest[0] ?? this.#account(caller);
    const { size } = this.#heldBy(account, market);
    const opposite = this.#accounts().filter((other) => {
      const held = this.#heldBy(other, market);
      return held.size !== 0n && held.size > 0n !== size > 0n;
    });
    const score = (other: number): bigint => this.#scoreOf(other, market);
    const listed = shuffled
      ? opposite
      : opposite.sort((a, b) => (score(a) > score(b) ? -1 : score(a) < score(b) ? 1 : a - b));
    yield this.#call(this.#address(caller), "queueDeleverager", "deleverage", account, market, listed);
  }

  #scoreOf(account: number, market: number): bigint {
    const { size, quote } = this.#heldBy(account, market);
    const { mark } = peek(this.#state, market);
    if (mark === 0n) return 0n;
    const notional = timesUp(abs(size), mark);
    return queueScore(size > 0n, mark, breakEven(size, quote), notional, look(this.#state, account).equity);
  }

  /** Accounts with a position in the market that the model finds liquidatable. */
  #due(market: number): number[] {
    const copy = this.#model.copy().state;
    return this.#accounts().filter((account) => {
      if (copy.positions.get(of(account, market)) === undefined) return false;
      try {
        requireLiquidatable(copy, account, market, examine(copy, account, market));
        return true;
      } catch {
        return false;
      }
    });
  }

  #heldBy(account: number, market: number): Held {
    return positionOf(this.#state, account, market, lookAtMarket(this.#state, market).fundingIndex);
  }

  #ordersOf(account: number | undefined): bigint[] {
    return MARKETS.flatMap((market) =>
      [true, false].flatMap((bids) =>
        [...walk(this.#state, market, bids)]
          .filter(({ order }) => account === undefined || order.account === account)
          .map(orderId),
      ),
    );
  }

  #accounts(): number[] {
    return Array.from({ length: this.#state.accountCount.value }, (_, index) => index + 1);
  }

  #spotWallet(who: number): bigint {
    return this.#state.balances.get(pair(this.#world.address("spotToken"), this.#address(who)));
  }

  #account(who: number): number {
    return this.#world.traders[who % this.#world.traders.length]?.account ?? 0;
  }

  #address(who: number): string {
    return this.#world.traders[who % this.#world.traders.length]?.address ?? "";
  }

  #ledger(who: number, method: string, ...args: unknown[]): Step {
    return this.#call(this.#address(who), "clearingHouse", method, ...args);
  }

  #book(who: number, method: string, ...args: unknown[]): Step {
    return this.#call(this.#address(who), "orderBook", method, ...args);
  }

  #call(from: string, contract: Parameters<DifferentialWorld["address"]>[0], method: string, ...args: unknown[]): Step {
    return { wait: 0, call: { from, to: this.#world.address(contract), method: `${contract}.${method}`, args } };
  }
}

/** Hundredths of an amount; a little more than all of it above 100. */
function part(amount: bigint, share: number): bigint {
  return (amount * BigInt(share)) / 100n;
}
