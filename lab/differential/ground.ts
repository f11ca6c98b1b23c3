import { max, positive, WAD } from "../model/arithmetic.js";
import { orderId, walk } from "../model/book.js";
import type { Exchange, ModelCall } from "../model/exchange.js";
import { look } from "../model/health.js";
import { peek } from "../model/mark.js";
import { lookAtMarket } from "../model/markets.js";
import { ORDER_KINDS } from "../model/orders.js";
import { type Held, positionOf } from "../model/positions.js";
import { of, pair, type State } from "../model/state.js";
import { examine, requireLiquidatable } from "../model/waterfall.js";
import type { OrderDeed } from "./commands.js";
import { type DifferentialWorld, MARKETS, START_PRICE } from "./world.js";

/** A call and how long after the last block it is made. */
export interface Step {
  readonly wait: number;
  readonly call: ModelCall;
}

const BASIS_POINTS = 10_000n;

/** No account's equity buys more than this many times itself. */
const LEVERAGE = 20n;

/** What planners know: the world's traders, and what the model says of the state each call meets. */
export class Ground {
  readonly world: DifferentialWorld;
  readonly model: Exchange;

  constructor(world: DifferentialWorld, model: Exchange) {
    this.world = world;
    this.model = model;
  }

  get state(): State {
    return this.model.state;
  }

  /** The same of another model. */
  on(model: Exchange): Ground {
    return new Ground(this.world, model);
  }

  account(who: number): number {
    return this.world.traders[who % this.world.traders.length]?.account ?? 0;
  }

  address(who: number): string {
    return this.world.traders[who % this.world.traders.length]?.address ?? "";
  }

  accounts(): number[] {
    return Array.from({ length: this.state.accountCount.value }, (_, index) => index + 1);
  }

  heldBy(account: number, market: number): Held {
    return positionOf(this.state, account, market, lookAtMarket(this.state, market).fundingIndex);
  }

  /** The trader who owns an account, by place; somebody, if it is no trader's. */
  ownerOf(account: number): number {
    const { owner } = this.state.accounts.get(account);
    return Math.max(
      this.world.traders.findIndex(({ address }) => address === owner),
      0,
    );
  }

  spotWallet(who: number): bigint {
    return this.state.balances.get(pair(this.world.address("spotToken"), this.address(who)));
  }

  ordersOf(account: number | undefined): bigint[] {
    return MARKETS.flatMap((market) =>
      [true, false].flatMap((bids) =>
        [...walk(this.state, market, bids)]
          .filter(({ order }) => account === undefined || order.account === account)
          .map(orderId),
      ),
    );
  }

  /** Accounts with a position in the market that the model finds liquidatable. */
  due(market: number): number[] {
    const copy = this.model.copy().state;
    return this.accounts().filter((account) => {
      if (copy.positions.get(of(account, market)) === undefined) return false;
      try {
        requireLiquidatable(copy, account, market, examine(copy, account, market));
        return true;
      } catch {
        return false;
      }
    });
  }

  /** Whether a market's price will be VALID after a while. */
  usable(market: number, wait: number): boolean {
    const { state } = this;
    const { now } = state;
    state.now = now + BigInt(wait);
    const usable = peek(state, market).validity === "VALID";
    state.now = now;
    return usable;
  }

  request(deed: OrderDeed, who: number): Record<string, unknown> {
    const { market, buy, kind, reduceOnly, makers } = deed;
    const account = this.account(who);
    const mark = max(peek(this.state, market).mark, WAD);
    const { tickSize = 1n, lotSize = 1n, minimumSize = 1n } = this.state.bookRules.get(market) ?? {};
    const wanted = (mark * (BASIS_POINTS + BigInt(deed.off))) / BASIS_POINTS;
    const onGrid = ORDER_KINDS[kind] === "MARKET" ? wanted : (wanted / tickSize) * tickSize;
    const equity = positive(look(this.state, account).equity);
    const size = part((equity * LEVERAGE * WAD) / mark, deed.share);
    const lots = max(size / lotSize, minimumSize / lotSize);
    return { market, buy, kind, reduceOnly, maxMakers: makers, price: onGrid, size: lots * lotSize };
  }

  /** Reports a price that has changed by basis points: to all feeds (`only` below 0), or to one, which then stands apart. */
  *report(market: number, change: number, only: number, wait = 0): Generator<Step> {
    const feeds = this.world.feeds[market] ?? [];
    const first = this.state.rounds.get(feeds[0] ?? "").answer;
    const start = BigInt(START_PRICE) * 10n ** 8n;
    // Prices stay within what the buckets and the grid are for.
    const from = first > start * 20n || first < start / 20n ? start : first;
    const answer = (from * (BASIS_POINTS + BigInt(change))) / BASIS_POINTS;
    const told = only < 0 ? feeds : feeds.slice(only, only + 1);
    const to = told[0];
    if (to === undefined) return;
    yield { wait, call: { from: this.world.admin, to, method: "feeds.report", args: [told, answer] } };
  }

  ledger(who: number, method: string, ...args: unknown[]): Step {
    return this.call(this.address(who), "clearingHouse", method, ...args);
  }

  book(who: number, method: string, ...args: unknown[]): Step {
    return this.call(this.address(who), "orderBook", method, ...args);
  }

  call(from: string, contract: Parameters<DifferentialWorld["address"]>[0], method: string, ...args: unknown[]): Step {
    return { wait: 0, call: { from, to: this.world.address(contract), method: `${contract}.${method}`, args } };
  }
}

/** Hundredths of an amount; a little more than all of it above 100. */
export function part(amount: bigint, share: number): bigint {
  return (amount * BigInt(share)) / 100n;
}
