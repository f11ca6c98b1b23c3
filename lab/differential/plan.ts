import { abs, positive, WAD } from "../model/arithmetic.js";
import { look } from "../model/health.js";
import { peek } from "../model/mark.js";
import { NOBODY, withdrawable } from "../model/money.js";
import type { MarketRules } from "../model/parameters.js";
import { profitAt } from "../model/positions.js";
import { of } from "../model/state.js";
import type { Command, OrderDeed } from "./commands.js";
import { Ground, part, type Step } from "./ground.js";
import { planLayer } from "./plan-layers.js";
import { crash, liquidateSpot, queue, ruinForQueue, sellFreed, unwindHedge } from "./plan-liquidations.js";
import { planVault } from "./plan-vaults.js";
import { deal, dust, hedge, win } from "./situations.js";
import { MARKETS } from "./world.js";

const QUOTE_SCALE = 10n ** 12n;

/** Turns commands into calls, by what the model says of the state each call meets. */
export class Planner extends Ground {
  /** The calls of a command; the state is looked at anew before each. */
  *plan(command: Command): Generator<Step> {
    let { wait } = command;
    if (command.stale !== true) {
      for (const market of MARKETS) {
        if (this.usable(market, wait)) continue;
        for (const { wait: more, call } of this.report(market, 0, -1)) {
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

  *#steps(command: Command): Generator<Step> {
    switch (command.type) {
      case "nothing":
        return;
      case "deposit":
        yield this.ledger(command.who, "deposit", this.account(command.to), BigInt(command.cents) * 10_000n);
        return;
      case "withdraw": {
        const tokens = part(withdrawable(this.state, this.account(command.who)), command.share) / QUOTE_SCALE;
        yield this.ledger(command.who, "withdraw", this.account(command.who), tokens, this.address(command.who));
        return;
      }
      case "transfer": {
        const [from, to] = command.back ? [this.world.spare, this.account(0)] : [this.account(0), this.world.spare];
        yield this.ledger(0, "transfer", from, to, part(withdrawable(this.state, from), command.share));
        return;
      }
      case "depositSpot": {
        const tokens = part(this.spotWallet(command.who), command.share);
        yield this.ledger(command.who, "depositSpot", this.account(command.to), 0, tokens);
        return;
      }
      case "withdrawSpot": {
        const { who, share } = command;
        const held = (): bigint => this.state.spot.get(of(this.account(who), 0)).amount;
        if (held() === 0n) yield this.ledger(who, "depositSpot", this.account(who), 0, this.spotWallet(who));
        yield this.ledger(who, "withdrawSpot", this.account(who), 0, part(held(), share), this.address(who));
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
        const ids = this.ordersOf(command.which % 7 === 6 ? undefined : this.account(command.who));
        yield this.book(command.who, "cancel", ids[command.which % Math.max(ids.length, 1)] ?? 1n << 55n);
        return;
      }
      case "cancelMany": {
        const ids = this.ordersOf(command.own ? this.account(command.who) : undefined);
        yield this.book(command.who, "cancelMany", this.account(command.who), [...ids, ...ids.slice(0, 1)]);
        return;
      }
      case "cancelAll":
        yield this.book(command.who, "cancelAll", this.account(command.who), command.market);
        return;
      case "prune":
        yield this.book(0, "prune", command.market, command.bids, command.most);
        return;
      case "price":
        yield* this.report(command.market, command.change, command.only);
        return;
      case "round":
        yield this.#faultyRound(command.market, command.only, command.fault);
        return;
      case "poke":
        yield this.ledger(0, "poke", this.account(command.who), command.market);
        return;
      case "liquidate": {
        const due = command.due ? this.due(command.market) : [];
        const account = due[command.who % Math.max(due.length, 1)] ?? this.account(command.who);
        yield this.call(this.address(command.caller), "liquidationEngine", "liquidate", account, command.market);
        return;
      }
      case "crash":
        yield* crash(this, command);
        return;
      case "liquidateSpot":
        yield* liquidateSpot(this, command);
        return;
      case "unwindHedge":
        yield* unwindHedge(this, command);
        return;
      case "mandate": {
        const { who, caller, market, worst, tip } = command;
        const mandate = { pool: this.world.pools[command.pool] ?? NOBODY, worst, tip };
        const by = this.address(caller === 6 ? who : caller);
        yield this.call(by, "freedSpotSale", "setMandate", this.account(who), market, mandate);
        return;
      }
      case "sell":
        yield* sellFreed(this, command);
        return;
      case "queue":
        yield* ruinForQueue(this, command);
        yield* queue(this, command);
        return;
      case "hedge":
        yield* hedge(this, command);
        return;
      case "lose":
        yield* this.#lose(command);
        return;
      case "closeDust": {
        const { who, other, market } = command;
        if (this.heldBy(this.account(who), market).size === 0n) yield* dust(this, market, who, other);
        yield this.ledger(who, "closeDust", this.account(who), market);
        return;
      }
      case "distributeFees":
        yield this.ledger(0, "distributeFees");
        return;
      case "topUp":
        yield this.call(this.address(command.who), "insuranceFund", "topUp", BigInt(command.cents) * 1_000n);
        return;
      case "operator": {
        const operator = this.address(command.operator);
        yield this.ledger(command.who, "setOperator", this.account(command.who), operator, command.allowed);
        return;
      }
      case "configure": {
        const { policy, deficitMode, queue } = command;
        const changes = { policy, deficitMode, deleveraging: queue ? "QUEUE" : "TRANCHES" } as Partial<MarketRules>;
        const rules = { ...this.state.rules.get(command.market), ...changes, status: "ACTIVE" };
        yield this.call(this.world.admin, "clearingHouse", "setMarket", command.market, rules);
        return;
      }
      case "open":
        yield this.ledger(command.who, "openAccount", command.subaccount);
        return;
      case "restrict":
        yield this.call(this.world.admin, "clearingHouse", "restrictMarket", command.market);
        return;
      default:
        yield* planLayer(this, command);
        yield* planVault(this, command);
    }
  }

  #place(deed: OrderDeed): Step {
    const caller = deed.caller === 6 ? deed.who : deed.caller;
    return this.book(caller, "place", this.account(deed.who), this.request(deed, deed.who));
  }

  #placeMany({ who, orders, replace }: Extract<Command, { type: "placeMany" }>): Step {
    const account = this.account(who);
    // A last order of another account's market order kind would be as good as any; the batch takes and rests by turns.
    const requests = orders.map((deed) => this.request({ ...deed, share: Math.ceil(deed.share / 4) }, who));
    if (!replace) return this.book(who, "placeMany", account, requests);
    return this.book(who, "replaceMany", account, this.ordersOf(account), requests);
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

  /** Profit of which a part is taken at the mark, and then lost to another who trades off it: who sells cheap, or buys dear. */
  *#lose({ who, other, market, elsewhere, taken, share, off }: Extract<Command, { type: "lose" }>): Generator<Step> {
    const winning = (): boolean => profitAt(this.heldBy(this.account(who), market), peek(this.state, market).mark) > 0n;
    if (!winning()) yield* win(this, market, who, other);
    const { size } = this.heldBy(this.account(who), market);
    const [long, short] = size > 0n ? [other + 1, who] : [who, other + 1];
    if (taken !== 0) yield* deal(this, market, long, short, part(abs(size), taken));
    const where = elsewhere ? 1 - market : market;
    const { mark } = peek(this.state, where);
    if (mark === 0n) return;
    const equity = positive(look(this.state, this.account(who)).equity);
    const [buyer, seller] = off > 0 ? [who, other] : [other, who];
    const amount = part((equity * 10n * WAD) / mark, share);
    yield* deal(this, where, buyer, seller, amount, false, off);
    yield* deal(this, where, seller, buyer, amount);
  }

  /** A round that says what a feed may not say, or says it late. */
  #faultyRound(market: number, only: number, fault: number): Step {
    const feeds = this.world.feeds[market] ?? [];
    const to = feeds[only % Math.max(feeds.length, 1)] ?? "";
    const { id, answer } = this.state.rounds.get(to);
    const now = this.state.now;
    const rounds = [
      [id + 1n, 0n, now, id + 1n],
      [id + 1n, -answer, now, id + 1n],
      [id + 1n, answer, now + 1_000n, id + 1n],
      [id + 2n, answer, now, id + 1n],
      [id + 1n, answer, 0n, id + 1n],
    ];
    return { wait: 0, call: { from: this.world.admin, to, method: "feed.setRound", args: rounds[fault] ?? [] } };
  }
}
