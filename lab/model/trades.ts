import { abs, down, min, positive, PPM, timesDown, timesUp, up, WAD } from "./arithmetic.js";
import { accountNumber, requireMayTrade } from "./accounts.js";
import { classOf, isHedged } from "./buckets.js";
import { requireRoom } from "./caps.js";
import { realise } from "./cash.js";
import { grantClosedProfit, handClosedProfit, trimClosedProfit } from "./closed-profit.js";
import { addPosition, coverFor, type Health, measure, measureOthers, trancheClassOf, withCash } from "./health.js";
import { type Cover, maintenanceMargin as maintenanceOf, relief, trackFreed } from "./hedges.js";
import { closeMarket, type Market, openMarket } from "./markets.js";
import { type Held, positionOf, profitAt, touch, traded, type Touch } from "./positions.js";
import { refuseIf } from "./refusal.js";
import type { Reservation } from "./records.js";
import { of, type State } from "./state.js";

/** A resting order a taker meets: `size` of its `resting` is to be filled. With nothing resting, a house's offer without an order. */
export interface Candidate {
  readonly maker: number;
  readonly epoch: number;
  readonly reduceOnly: boolean;
  readonly price: bigint;
  readonly size: bigint;
  readonly resting: bigint;
}

/** A taker's trade, its candidates in price-time order. */
export interface Trade {
  readonly market: number;
  readonly taker: number;
  readonly caller: string;
  readonly buy: boolean;
  readonly reduceOnly: boolean;
  /** The engine acts for an account under maintenance. */
  readonly liquidation: boolean;
  readonly candidates: readonly Candidate[];
}

/** One side of a trade as it would leave an account. */
interface Draft extends Touch {
  readonly account: number;
  readonly tradedSize: bigint;
  readonly tradedQuote: bigint;
  readonly health: Health;
  readonly cover: Cover;
}

/** Who takes, and what its trade has handed over so far. */
interface Taker {
  readonly account: number;
  readonly held: Held;
  filled: bigint;
  /** Profit it was handed, negative what it has handed on. */
  handed: bigint;
  /** Open profit it has lost by the prices of its fills. */
  given: bigint;
}

/** Settles a taker's trade (section 3): makers that fail are refused, and told by `false`; a taker that fails refuses the whole. */
export function settle(state: State, trade: Trade): boolean[] {
  if (!trade.liquidation) requireMayTrade(state, trade.taker, trade.caller);
  const action = trade.liquidation ? "LIQUIDATE" : trade.reduceOnly ? "REDUCE" : "OPEN";
  const market = openMarket(state, trade.market, action);
  refuseIf(market.rules.status === "UNLISTED", "UnknownMarket", trade.market);
  const held = positionOf(state, trade.taker, market.id, market.fundingIndex);
  const taker: Taker = { account: trade.taker, held, filled: 0n, handed: 0n, given: 0n };
  let worth = 0n;
  const accepted = trade.candidates.map((candidate) => {
    if (!fillMaker(state, market, trade, candidate, taker)) return false;
    taker.filled += candidate.size;
    worth += timesUp(candidate.size, candidate.price); // Up for each fill: what a buyer pays.
    return true;
  });
  if (taker.filled !== 0n) fillTaker(state, market, trade, taker, worth);
  closeMarket(state, market);
  return accepted;
}

/** What refreshing a class may pay: hundredths of a unit, and at most this part of the notional, once in so many seconds. */
const HUNDREDTH = 10n ** 16n;
const REWARD_PART = 1_000n;
const REWARD_PAUSE = 3_600n;

/** Settles what is pending of a position and moves it to the tranche it now belongs to. Anyone, for any account. */
export function poke(state: State, caller: string, account: number, id: number): void {
  const market = openMarket(state, id, "CANCEL");
  refuseIf(market.rules.status === "UNLISTED", "UnknownMarket", id);
  refreshForReward(state, market, account, caller);
  closeMarket(state, market);
}

/**
 * Rule of the refresh reward: an account whose class was behind where it belongs, to its advantage, pays whoever refreshes it, out of
 * what it has beyond its initial margin.
 */
function refreshForReward(state: State, market: Market, account: number, caller: string): void {
  const id = of(account, market.id);
  const before = state.positions.get(id)?.key ?? 0;
  const health = refresh(state, market, account);
  const after = state.positions.get(id)?.key;
  if (after === undefined || classOf(after) >= classOf(before) || market.price.validity !== "VALID") return;
  if (state.now < state.rewardedAt.get(id) + REWARD_PAUSE) return;
  const to = accountNumber(state, caller, 0);
  if (to === 0 || to === account) return;
  const reward = min(market.rules.refreshReward * HUNDREDTH, down(health.notional, REWARD_PART));
  const spare = min(health.equity - health.initialMargin, state.accounts.get(account).cash);
  if (reward === 0n || spare < reward) return;
  state.rewardedAt.set(id, state.now);
  realise(state, account, -reward, market.maturity);
  realise(state, to, reward, market.maturity);
  trimClosedProfit(state, account);
}

/** Once spot has left an account, the position it may have covered drops out of its class in the same call (section 4). */
export function afterSpotLeft(state: State, account: number, asset: number, id: number): void {
  if (state.rules.get(id).spotAsset !== asset) return;
  if (state.positions.get(of(account, id)) !== undefined) {
    const market = openMarket(state, id, "CANCEL");
    refresh(state, market, account);
    closeMarket(state, market);
  }
  trackFreed(state, account, id, asset, 0n, 0n);
}

export function refresh(state: State, market: Market, account: number): Health {
  const held = positionOf(state, account, market.id, market.fundingIndex);
  const health = measure(state, account, "CANCEL");
  const trancheClass = trancheClassOf(state, market, account, held, health);
  touch(state, market, account, {
    held,
    size: held.size,
    quote: held.quote,
    realised: 0n,
    handed: 0n,
    fee: 0n,
    chosen: false,
    trancheClass,
  });
  return health;
}

function fillMaker(state: State, market: Market, trade: Trade, candidate: Candidate, taker: Taker): boolean {
  const { maker, size, resting } = candidate;
  const orders = state.reservations.get(of(maker, market.id));
  if (orders.epoch !== candidate.epoch) return false; // Void: nothing is reserved for it.
  const left = withoutOrder(orders, !trade.buy, resting === 0n ? 0n : size);
  const draft = maker === trade.taker ? undefined : draftMaker(state, market, trade, candidate, left);
  // A refused order leaves the book whole.
  const after = draft === undefined ? withoutOrder(orders, !trade.buy, resting) : left;
  state.reservations.set(of(maker, market.id), after);
  if (draft === undefined) return false;
  write(state, market, draft, trade.liquidation ? 0n : handOver(state, market, draft, taker));
  return true;
}

function draftMaker(
  state: State,
  market: Market,
  trade: Trade,
  { maker, reduceOnly, price, size }: Candidate,
  orders: Reservation,
): Draft | undefined {
  // Against the maker: what it receives down, what it pays up, its fee up.
  const worth = size * price;
  const tradedQuote = trade.buy ? down(worth, WAD) : -up(worth, WAD);
  const fee = up(worth * market.rules.makerFee, WAD * PPM);
  const tradedSize = trade.buy ? -size : size;
  const held = positionOf(state, maker, market.id, market.fundingIndex);
  const reducing = reduces(held.size, tradedSize);
  if (reduceOnly && !reducing) return undefined;
  // Rule of the makers' other markets: they are asked for a price to reduce, which is never refused, so none stops the taker.
  const draft = drafted(state, market, maker, held, tradedSize, tradedQuote, fee, orders, "REDUCE");
  if (reducing) return ratioHolds(market, draft) ? draft : undefined;
  const { equity, initialMargin } = draft.health;
  return market.rules.status === "ACTIVE" && equity >= 0n && equity >= initialMargin ? draft : undefined;
}

function fillTaker(state: State, market: Market, trade: Trade, taker: Taker, worth: bigint): void {
  const { account, held, filled } = taker;
  // Rule of the taker's dust: worth was rounded up fill by fill; a seller gets a wei less for each order met.
  const tradedQuote = trade.buy ? -worth : positive(worth - BigInt(trade.candidates.length));
  const tradedSize = trade.buy ? filled : -filled;
  const reducing = reduces(held.size, tradedSize);
  refuseIf(trade.reduceOnly && !reducing, "NotReducing", account, market.id, held.size, tradedSize);
  const { liquidationFee, takerFee } = market.rules;
  const fee = up(worth * (trade.liquidation ? liquidationFee : takerFee), PPM);
  const orders = state.reservations.get(of(account, market.id));
  const action = trade.liquidation ? "LIQUIDATE" : trade.reduceOnly ? "REDUCE" : "OPEN";
  const draft = drafted(state, market, account, held, tradedSize, tradedQuote, fee, orders, action);
  if (trade.liquidation) {
    write(state, market, withBearableFee(market, draft), 0n);
    return;
  }
  const { equity, maintenanceMargin } = draft.health;
  if (!reducing) requireOpening(state, market, draft);
  else refuseIf(!ratioHolds(market, draft), "MarginRatioWorsened", account, equity, maintenanceMargin);
  write(state, market, draft, taker.handed);
}

/** A trade as it would leave an account, fee included. */
function drafted(
  state: State,
  market: Market,
  account: number,
  held: Held,
  tradedSize: bigint,
  tradedQuote: bigint,
  fee: bigint,
  orders: Reservation,
  action: "REDUCE" | "OPEN" | "LIQUIDATE",
): Draft {
  const after = traded(held, tradedSize, tradedQuote);
  const health = measureOthers(state, account, market.id, action);
  const { size, quote, realised } = after;
  const cover = coverFor(state, account, market, action);
  addPosition(health, market, { size, quote, pending: held.pending + realised }, orders, cover);
  health.cash -= fee;
  withCash(health);
  const rest = { handed: 0n, chosen: true, trancheClass: 0 };
  return { account, held, tradedSize, tradedQuote, size, quote, realised, fee, health, cover, ...rest };
}

/** Profit that was handed over is cash, and the trade so much nearer to the mark. */
function write(state: State, market: Market, draft: Draft, handed: bigint): void {
  state.feesAccrued.value += draft.fee;
  const after = { ...draft, ...traded(draft.held, draft.tradedSize, draft.tradedQuote - handed), handed };
  const trancheClass = trancheClassOf(state, market, after.account, after, after.health);
  touch(state, market, after.account, { ...after, trancheClass });
}

/**
 * Rule of the profit that is lost on purpose (sections 6, 8 and 10): what a fill further off the mark than its fees loses of profit that
 * a charge may reach stays within reach, at whoever has won it. Returns what the maker was handed.
 */
function handOver(state: State, market: Market, maker: Draft, taker: Taker): bigint {
  const { mark } = market.price;
  const won = timesDown(maker.tradedSize, mark) + maker.tradedQuote; // Down, against the maker.
  const fees = market.rules.makerFee + market.rules.takerFee;
  if (market.maturity === 0n || abs(won) * PPM <= abs(maker.tradedQuote) * fees) return 0n;
  const makerWins = won > 0n;
  const loser = makerWins ? taker : { ...maker, filled: 0n, given: 0n };
  const winner = makerWins ? maker.account : taker.account;
  const size = makerWins ? -maker.tradedSize : maker.tradedSize;
  const open = min(abs(won), openProfit(state, market, loser, size));
  const rest = abs(won) - open;
  const closed = rest === 0n ? 0n : handClosedProfit(state, loser.account, winner, rest, market.maturity);
  if (open !== 0n) {
    grantClosedProfit(state, winner, market.id, loser.held.size < 0n, open, market.maturity);
  }
  taker.handed += makerWins ? -closed : closed + open;
  if (makerWins) taker.given += open;
  return makerWins ? closed + open : -closed;
}

/** Profit at mark that a fill's price can eat: of what it closes, or of the whole position where it adds. None of a hedge's. */
function openProfit(
  state: State,
  market: Market,
  { account, held, filled, given }: Pick<Taker, "account" | "held" | "filled" | "given">,
  size: bigint,
): bigint {
  const profit = profitAt(held, market.price.mark);
  if (held.size === 0n || profit <= 0n || isHedged(state.positions.get(of(account, market.id))?.key ?? 0)) return 0n;
  if (held.size > 0n === size > 0n) return positive(profit - given);
  const whole = abs(held.size);
  return down(profit * min(abs(size), positive(whole - filled)), whole); // Down: of a wei less the charge may ask.
}

/**
 * A reducing trade must leave the account at or above maintenance, or with a ratio of equity to maintenance no worse than before.
 * Rule of the state before: it follows from the state after, since a trade changes equity by what it was off the mark, by its fee,
 * and by the haircut on spot that it covers or uncovers.
 */
function ratioHolds(market: Market, draft: Draft): boolean {
  const { equity, maintenanceMargin } = draft.health;
  if (equity >= maintenanceMargin) return true;
  if (equity < 0n && maintenanceMargin === 0n) return false;
  const before = stateBefore(market, draft);
  return equity * before.margin >= before.equity * maintenanceMargin;
}

/**
 * Rule of the liquidation fee: it is paid out of the equity the closed part frees, so it makes no bad debt and never lowers the
 * margin ratio (P10). What must be kept is rounded up, in the account's favour.
 */
function withBearableFee(market: Market, draft: Draft): Draft {
  const { maintenanceMargin } = draft.health;
  const equity = draft.health.equity + draft.fee;
  const before = stateBefore(market, draft);
  const nothing = before.equity <= 0n || before.margin === 0n;
  const kept = nothing ? 0n : up(before.equity * maintenanceMargin, before.margin);
  const fee = min(draft.fee, positive(equity - kept));
  return { ...draft, fee, health: { ...draft.health, equity: equity - fee } };
}

function stateBefore(
  market: Market,
  { health, held, size, fee, cover, tradedSize, tradedQuote }: Draft,
): { equity: bigint; margin: bigint } {
  const { mark, index } = market.price;
  const offMark = timesDown(tradedSize, mark) + tradedQuote; // Down, against the account.
  const haircut = relief(cover, held.size, index) - relief(cover, size, index);
  const margin = (of: bigint): bigint => maintenanceOf(cover, market, of, mark);
  return {
    equity: health.equity + fee - offMark + haircut,
    margin: health.maintenanceMargin + margin(held.size) - margin(size),
  };
}

function requireOpening(state: State, market: Market, draft: Draft): void {
  const { equity, initialMargin } = draft.health;
  refuseIf(market.rules.status !== "ACTIVE", "MarketReduceOnly", market.id);
  refuseIf(equity < initialMargin, "InsufficientMargin", draft.account, equity, initialMargin);
  const notional = timesDown(abs(draft.size), market.price.mark); // Down, against opening.
  const minimum = market.rules.minimumNotional * WAD;
  refuseIf(notional < minimum, "PositionTooSmall", market.id, notional, minimum);
  const growth = market.longDelta + positive(draft.size) - positive(draft.held.size);
  if (growth > 0n) requireRoom(state, market.id, growth);
}

/** Whether a trade only shrinks a position. */
function reduces(position: bigint, trade: bigint): boolean {
  return position !== 0n && position > 0n !== trade > 0n && abs(trade) <= abs(position);
}

/** A reservation less what an order gives back. */
export function withoutOrder(orders: Reservation, bid: boolean, size: bigint): Reservation {
  return bid ? { ...orders, bids: orders.bids - size } : { ...orders, asks: orders.asks - size };
}
