import { requireExists, requireMayTrade } from "./accounts.js";
import { abs, PPM, timesDown, timesUp, up, WAD } from "./arithmetic.js";
import { handCash, moveCash, realise } from "./cash.js";
import { settleClosedProfit, trimClosedProfit } from "./closed-profit.js";
import { addPosition, coverFor, measure, measureOthers, trancheClassOf, withCash } from "./health.js";
import { closeMarket, type Market, openMarket } from "./markets.js";
import { heldMarkets, positionOf, touch, traded } from "./positions.js";
import { refuseIf, refuseUnless } from "./refusal.js";
import { of, type State } from "./state.js";

/**
 * Moves part of a position to another account at a price, and cash with it. The waterfall decides; no margin is checked. `chosen`: a trader
 * of one of them asked for it.
 */
export function transferPosition(
  state: State,
  from: number,
  to: number,
  id: number,
  size: bigint,
  price: bigint,
  cash: bigint,
  chosen: boolean,
): void {
  const market = openMarket(state, id, "LIQUIDATE");
  const held = positionOf(state, from, id, market.fundingIndex).size;
  const within = size !== 0n && held > 0n === size > 0n && abs(size) <= abs(held);
  refuseUnless(within && from !== to, "InvalidTransfer", from, id, held, size);
  tradeAside(state, market, from, -size, price, chosen);
  tradeAside(state, market, to, size, price, chosen);
  closeMarket(state, market);
  if (cash === 0n) return;
  handCash(state, from, to, cash);
  trimClosedProfit(state, from);
}

/** Hands a position too small to trade to the treasury at mark, taker fee paid. For the account's own trader. */
export function closeDust(state: State, caller: string, account: number, id: number): void {
  requireMayTrade(state, account, caller);
  // The treasury is not asked, so it takes over at nothing but a VALID mark.
  const market = openMarket(state, id, "DELEVERAGE");
  const { size } = positionOf(state, account, id, market.fundingIndex);
  const treasury = state.house.treasuryAccount;
  requireExists(state, treasury);
  refuseIf(size === 0n || account === treasury, "InvalidTransfer", account, id, size, size);
  const notional = timesUp(abs(size), market.price.mark);
  const limit = market.rules.minimumNotional * WAD;
  refuseIf(notional >= limit, "NotDust", account, id, notional, limit);
  const fee = up(notional * market.rules.takerFee, PPM); // Up, against the trader.
  tradeAside(state, market, account, -size, market.price.mark, true);
  tradeAside(state, market, treasury, size, market.price.mark, true);
  realise(state, account, -fee, market.maturity);
  state.feesAccrued.value += fee;
  closeMarket(state, market);
  // Only a liquidation, which settles it, closes a last position into debt.
  trimClosedProfit(state, account);
  const { cash, spotAssets } = state.accounts.get(account);
  const indebted = cash < 0n && spotAssets === 0 && heldMarkets(state, account).length === 0;
  refuseIf(indebted, "InsufficientCash", account, cash, 0n);
}

/** Cash the engine or the fund moves. */
export function transferCash(state: State, from: number, to: number, amount: bigint): void {
  requireExists(state, to);
  settleClosedProfit(state, from);
  const { cash } = state.accounts.get(from);
  refuseIf(cash < amount, "InsufficientCash", from, cash, amount);
  handCash(state, from, to, amount);
  trimClosedProfit(state, from);
}

/** Writes off what an account without positions owes beyond its spot (section 7, step 5). Returns the loss. */
export function socialiseLoss(state: State, account: number): bigint {
  // Without spot no price decides what an account owes that has nothing open.
  const sold = state.accounts.get(account).spotAssets === 0;
  settleClosedProfit(state, account);
  const health = measure(state, account, sold ? "LIQUIDATE" : "DELEVERAGE");
  refuseIf(health.notional !== 0n, "PositionsRemain", account, state.accounts.get(account).openMarkets);
  if (health.equity >= 0n) return 0n;
  const loss = -health.equity;
  moveCash(state, account, loss);
  state.socialisedLoss.value += loss;
  return loss;
}

/**
 * Trades an account's position at a price against nobody in particular; the caller keeps the other side. Against the account. `chosen`: its
 * own doing.
 */
export function tradeAside(
  state: State,
  market: Market,
  account: number,
  size: bigint,
  price: bigint,
  chosen = false,
): void {
  const held = positionOf(state, account, market.id, market.fundingIndex);
  // A buyer pays up, a seller receives down.
  const after = traded(held, size, timesDown(-size, price));
  const trancheClass = after.size === 0n ? 0 : classAfter(state, market, account, held.pending, after);
  touch(state, market, account, { held, ...after, handed: 0n, fee: 0n, chosen, trancheClass });
}

/** The class by the account's health as the trade leaves it. */
function classAfter(
  state: State,
  market: Market,
  account: number,
  pending: bigint,
  { size, quote, realised }: ReturnType<typeof traded>,
): number {
  const health = measureOthers(state, account, market.id, "CANCEL");
  const held = { size, quote, pending: pending + realised };
  const orders = state.reservations.get(of(account, market.id));
  addPosition(health, market, held, orders, coverFor(state, account, market, "CANCEL"));
  return trancheClassOf(state, market, account, held, withCash(health));
}
