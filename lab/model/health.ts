import { abs, down, max, min, positive, PPM, timesDown, timesUp, up, WAD } from "./arithmetic.js";
import {
  type Cover,
  covered,
  coverOf,
  initialMargin,
  isHedged,
  maintenanceMargin,
  relief,
  uncoveredSpot,
} from "./hedges.js";
import { lookAtMarket, type Market, openMarket } from "./markets.js";
import { peek, type Price, priceFor } from "./mark.js";
import type { SpotAssetRules } from "./parameters.js";
import { POLICIES } from "./policies.js";
import { settledCash } from "./closed-profit.js";
import { breakEven, type Held, heldMarkets, liveMarkets, membersOf, positionOf, profitAt } from "./positions.js";
import type { Reservation } from "./records.js";
import { of, type State } from "./state.js";
import { type Action, allows } from "./validity.js";

/** An account measured at one set of prices (section 4). Quote, WAD. */
export interface Health {
  equity: bigint;
  initialMargin: bigint;
  maintenanceMargin: bigint;
  notional: bigint;
  /** What a withdrawal leaves at least, if initial margin is less. */
  kept: bigint;
  /** Settled cash, and what touching every position would add to it. */
  cash: bigint;
}

/** Health at the prices for an action. */
export function measure(state: State, account: number, action: Action): Health {
  const health = measureOthers(state, account, undefined, action);
  return withCash(health);
}

/**
 * Health of everything but one market, which the caller adds as a trade would leave it; `withCash` then completes the equity.
 * Rule of the other markets: to liquidate or to deleverage, orders without a position ask for no price; to liquidate, a dead
 * price elsewhere counts as it was last, and the waterfall grants the account what that may hide.
 */
export function measureOthers(state: State, account: number, except: number | undefined, action: Action): Health {
  const health = nothing(state, account);
  const closing = action === "LIQUIDATE" || action === "DELEVERAGE";
  const markets = closing ? heldMarkets(state, account) : liveMarkets(state, account);
  for (const id of markets) {
    if (id === except) continue;
    addMarket(state, health, account, openMarket(state, id, action === "LIQUIDATE" ? "CANCEL" : action), action);
  }
  for (const [asset, rules] of spotOf(state, account)) {
    // Rule of the unasked spot: anybody may send anybody spot, so one without a usable price stops nothing and counts for
    // nothing. A deficit is what is missing once all spot is sold, so there it counts at what a buyer pays.
    const deficit = action === "DELEVERAGE";
    const price = priceFor(state, rules.market, deficit ? action : "CANCEL");
    if (action !== "LIQUIDATE" && !allows(action, price.validity)) continue;
    addSpot(state, health, account, asset, price.index, deficit ? rules.discount : rules.haircut);
  }
  return health;
}

/** Health at the prices of now, whatever their validity. */
export function look(state: State, account: number): Health {
  const health = nothing(state, account);
  for (const id of liveMarkets(state, account)) addMarket(state, health, account, lookAtMarket(state, id), "CANCEL");
  for (const [asset, rules] of spotOf(state, account)) {
    addSpot(state, health, account, asset, peek(state, rules.market).index, rules.haircut);
  }
  return withCash(health);
}

/** Equity = cash (settled) + sum of profit(mark) + spot * index * (1 - haircut). */
export function withCash(health: Health): Health {
  health.equity += health.cash;
  return health;
}

function nothing(state: State, account: number): Health {
  const cash = settledCash(state, account);
  return { equity: 0n, initialMargin: 0n, maintenanceMargin: 0n, notional: 0n, kept: 0n, cash };
}

function addMarket(state: State, health: Health, account: number, market: Market, action: Action): void {
  const held = positionOf(state, account, market.id, market.fundingIndex);
  const orders = state.reservations.get(of(account, market.id));
  addPosition(health, market, held, orders, coverFor(state, account, market, action));
}

/** An account's cover as an action counts it. In a deficit spot counts at what a buyer pays, so there is no haircut to be spared. */
export function coverFor(state: State, account: number, market: Market, action: Action): Cover {
  const cover = coverOf(state, account, market);
  return action === "DELEVERAGE" ? { ...cover, haircut: 0n } : cover;
}

/** Adds a position and orders. Requirements up and equity down, against the account; the spot that covers counts in full. */
export function addPosition(
  health: Health,
  market: Market,
  held: Omit<Held, "torn">,
  orders: Reservation,
  cover: Cover,
): void {
  const { mark, index } = market.price;
  const notional = timesUp(abs(held.size), mark);
  health.notional += notional;
  health.kept += up(notional * market.rules.keptRate, PPM);
  health.cash += held.pending;
  if (held.size !== 0n) {
    health.equity += profitAt(held, mark) + relief(cover, held.size, index);
    health.maintenanceMargin += maintenanceMargin(cover, market, held.size, mark);
  }
  health.initialMargin += marginWithOrders(market, held.size, orders, cover, mark);
}

function addSpot(state: State, health: Health, account: number, asset: number, index: bigint, cut: bigint): void {
  const value = timesDown(state.spot.get(of(account, asset)).amount, index);
  health.equity += down(value * (PPM - cut), PPM);
}

/** Initial margin of the worse of pos + bids and pos - asks: the most the account can come to hold. */
function marginWithOrders(market: Market, size: bigint, orders: Reservation, cover: Cover, price: bigint): bigint {
  return max(
    initialMargin(cover, market, size + orders.bids, price),
    initialMargin(cover, market, size - orders.asks, price),
  );
}

/**
 * A health at mark moved to the bound of every UNCERTAIN price that is worse for the account: mark less confidence for a long,
 * plus confidence for a short, index less confidence for spot; requirements on the higher price. Up, against the account.
 */
export function atAdverseBound(state: State, account: number, health: Health): Health {
  for (const id of liveMarkets(state, account)) {
    const market = lookAtMarket(state, id);
    const { validity, confidence } = market.price;
    if (validity !== "UNCERTAIN") continue;
    const { size } = positionOf(state, account, id, market.fundingIndex);
    const doubt = timesUp(abs(size), confidence);
    const cover = coverOf(state, account, market);
    health.equity -= doubt;
    health.notional += doubt;
    health.kept += up(doubt * market.rules.keptRate, PPM);
    const orders = state.reservations.get(of(account, id));
    health.initialMargin += marginWithOrders(market, size, orders, cover, confidence);
    // What the covered part of a short loses, the spot behind it gains; below, that spot is marked down like any other.
    const gain = timesDown(covered(cover, size), confidence);
    health.equity += gain + down(gain * (PPM - cover.haircut), PPM);
  }
  for (const [asset, rules] of spotOf(state, account)) {
    const { validity, confidence } = peek(state, rules.market);
    if (validity !== "UNCERTAIN") continue;
    const doubt = timesUp(state.spot.get(of(account, asset)).amount, confidence);
    health.equity -= up(doubt * (PPM - rules.haircut), PPM);
  }
  return health;
}

/**
 * Health at the bound of every price that is not VALID that favours the account (the ladder's liquidation): a long at mark plus
 * confidence, a short at mark less confidence, spot at index plus confidence; a covered short and its spot at neither, since one
 * makes good what the other loses. Rule of the dead price: worse than UNCERTAIN may be anything from nothing to double. Rule of the
 * squeezed book: where the guard holds a market the index counts, covered or not, if it is better than the mark.
 */
export function atFavourableBound(
  state: State,
  account: number,
  health: Health,
): Pick<Health, "equity" | "maintenanceMargin"> {
  let { equity, maintenanceMargin: maintenance } = health;
  for (const id of heldMarkets(state, account)) {
    const market = lookAtMarket(state, id);
    const { validity, phase, confidence, mark } = market.price;
    if (validity === "VALID" && phase === "OPEN") continue;
    const { size } = positionOf(state, account, id, market.fundingIndex);
    const doubt = validity === "VALID" ? 0n : validity === "UNCERTAIN" ? confidence : mark;
    const naked = abs(size) - covered(coverOf(state, account, market), size);
    const gain = timesUp(naked, doubt) + squeeze(market.price, size); // Up, in the account's favour.
    equity += gain;
    const margin = timesDown(gain, market.maintenanceRate);
    maintenance += size > 0n ? margin : -min(maintenance, margin);
  }
  for (const [asset, rules] of spotOf(state, account)) {
    const market = lookAtMarket(state, rules.market);
    const { validity, confidence, index } = market.price;
    if (validity === "VALID") continue;
    const gain = timesUp(uncoveredSpot(state, account, asset, market), validity === "UNCERTAIN" ? confidence : index);
    // Never nothing: what it sells for is in doubt, however little it is.
    equity += down(gain * (PPM - rules.haircut), PPM) + 1n;
  }
  return { equity, maintenanceMargin: maintenance };
}

/** What the index would add to a position if it is better than the mark, while the guard holds the market. Up, in its favour. */
export function squeeze({ phase, mark, index }: Price, size: bigint): bigint {
  if (phase === "OPEN") return 0n;
  return timesUp(abs(size), positive(size > 0n ? index - mark : mark - index));
}

/** The class the market's policy gives a position of an account of this health. */
export function trancheClassOf(
  state: State,
  market: Market,
  account: number,
  { size, quote }: Pick<Held, "size" | "quote">,
  { equity, notional }: Health,
): number {
  if (size === 0n) return 0;
  const hedged = isHedged(coverOf(state, account, market), size);
  const leverage = equity <= 0n ? undefined : down(notional * WAD, equity);
  return POLICIES[market.rules.policy].classOf(breakEven(size, quote), leverage, hedged);
}

/** The spot assets an account holds, with their rules. */
export function spotOf(state: State, account: number): [number, SpotAssetRules][] {
  return membersOf(state.accounts.get(account).spotAssets).flatMap((asset): [number, SpotAssetRules][] => {
    const rules = state.spotAssets.get(asset);
    return rules === undefined ? [] : [[asset, rules]];
  });
}
