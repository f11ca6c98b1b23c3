import { mayTrade } from "./accounts.js";
import { roomOf, spent } from "./allowance.js";
import { abs, down, max, min, positive, PPM, timesUp, up, WAD } from "./arithmetic.js";
import { type Health, look, measure } from "./health.js";
import { PHASES } from "./market-guard.js";
import { lookAtMarket } from "./markets.js";
import { peek, type Price, priceFor } from "./mark.js";
import type { HouseTerms } from "./parameters.js";
import { membersOf, positionOf } from "./positions.js";
import { Refusal, refuseIf, refuseUnless } from "./refusal.js";
import { of, type State } from "./state.js";
import { settle } from "./trades.js";
import { VALIDITIES } from "./validity.js";
import type { Vault } from "./vault-shares.js";
import { examine } from "./waterfall.js";

/**
 * The house pool, the B-book (section 3): takes the other side at index +- (spread + confidence), skewed against its own inventory,
 * within limits. Its shareholders (section 9) earn what traders lose and pay what they gain.
 */
export const HOUSE_POOL: Vault = {
  address: ({ house }) => house.pool,
  account: ({ house }) => house.poolAccount,
  cooldown: () => 3n * 86_400n,
  redemptionWindow: () => 86_400n,
  netAssetValue: (state) => positive(look(state, state.house.poolAccount).equity),
  requireFair,
  isFair,
};

/** A market in which the pool was given no terms. */
const NO_TERMS: HouseTerms = { spread: 0n, skew: 0n, deviation: 0n, equityShare: 0n, gap: 0n, notional: 0n };

/** What a trade wants of the pool: base, and the worst price the trader accepts. */
export interface Deal {
  readonly market: number;
  readonly buy: boolean;
  readonly size: bigint;
  readonly bound: bigint;
  readonly reduceOnly: boolean;
}

/** What the pool can take of one side: off its inventory, whatever its limits, and on top of it within all of them. */
interface Room {
  readonly unwinding: bigint;
  readonly adding: bigint;
}

/** Deals with a trader at the pool's price. Rule of the pool's consent: it adds to nothing unless the price is VALID and the market OPEN. */
export function tradeWithHouse(state: State, caller: string, account: number, deal: Deal): void {
  const { market, buy, reduceOnly } = deal;
  const { pool, poolAccount } = state.house;
  refuseUnless(mayTrade(state, account, caller), "NotAuthorised", account, caller);
  refuseIf(deal.size === 0n, "ZeroSize");
  const price = freshPrice(state, deal);
  // Opening asks every market the pool is in for a VALID price: its limits are a part of its equity.
  const { health, size: inventory } = examine(state, poolAccount, market, reduceOnly ? "REDUCE" : "OPEN");
  const wanted = reduceOnly ? min(deal.size, reducible(state, account, deal)) : deal.size;
  const { unwinding, adding } = roomFor(state, deal, inventory, health.equity, price);
  const room = unwinding + adding;
  refuseIf(wanted > room && (!reduceOnly || room === 0n), "ExceedsRoom", market, buy, wanted, room);
  const size = min(wanted, room);
  const limit = inventoryLimit(state, market, health.equity, price.mark);
  const away = distance(termsOf(state, market), price, leanOf(inventory, limit, buy, size));
  const dealt = quotePrice(buy, price, away);
  refuseIf(dealt === 0n, "NoBid", market, price.index, away);
  refuseIf(buy ? dealt > deal.bound : dealt < deal.bound, "BeyondBound", market, buy, dealt, deal.bound);
  if (size > unwinding) {
    const added = timesUp(size - unwinding, price.mark);
    state.houseAllowances.set(market, spent(state.houseAllowances.get(market), added, state.now));
  }
  const { epoch } = state.reservations.get(of(poolAccount, market));
  // The pool deals without an order, so nothing rests and nothing is reserved.
  const candidate = { maker: poolAccount, epoch, reduceOnly: false, price: dealt, size, resting: 0n };
  const trade = { market, taker: account, caller: pool, buy, reduceOnly, liquidation: false, candidates: [candidate] };
  const [accepted] = settle(state, trade);
  const signed = buy ? -size : size;
  refuseUnless(accepted === true, "RefusedByLedger", market, signed, health.equity, health.initialMargin);
}

/** What a trade of a size would be dealt at now, and the largest the pool would take of its side. */
export function quoteOfHouse(
  state: State,
  market: number,
  buy: boolean,
  size: bigint,
): { price: bigint; room: bigint } {
  const now = peek(state, market);
  const inventory = inventoryOf(state, market);
  const { equity } = look(state, state.house.poolAccount);
  const limit = inventoryLimit(state, market, equity, now.mark);
  const price = quotePrice(buy, now, distance(termsOf(state, market), now, leanOf(inventory, limit, buy, size)));
  if (now.validity !== "VALID" && now.validity !== "UNCERTAIN") return { price, room: 0n };
  const { unwinding, adding } = roomFor(state, { market, buy }, inventory, equity, now);
  return { price, room: unwinding + adding };
}

/** What the pool holds in a market. */
export function inventoryOf(state: State, market: number): bigint {
  const { fundingIndex } = lookAtMarket(state, market);
  return positionOf(state, state.house.poolAccount, market, fundingIndex).size;
}

/** Most inventory: min(notional, share of equity) at mark, base. Down. */
export function inventoryLimit(state: State, market: number, equity: bigint, mark: bigint): bigint {
  if (equity <= 0n || mark === 0n) return 0n;
  const { notional, equityShare } = termsOf(state, market);
  return down(min(notional * WAD, down(equity * equityShare, PPM)) * WAD, mark);
}

/** The price of this block. Rule of the pool's price: the book may still reduce at the last good index, the pool does not. */
function freshPrice(state: State, { market, reduceOnly }: Deal): Price {
  const price = priceFor(state, market, reduceOnly ? "REDUCE" : "OPEN");
  const trust = VALIDITIES.indexOf(price.validity);
  refuseIf(trust > VALIDITIES.indexOf("UNCERTAIN"), "PriceTooOld", market, trust);
  const halted = !reduceOnly && price.phase !== "OPEN";
  refuseIf(halted, "OpeningHalted", market, PHASES.indexOf(price.phase));
  return price;
}

function reducible(state: State, account: number, { market, buy }: Deal): bigint {
  const { size } = positionOf(state, account, market, lookAtMarket(state, market).fundingIndex);
  if (size === 0n || size < 0n !== buy) throw new Refusal("NothingToReduce", account, market, size);
  return abs(size);
}

function roomFor(
  state: State,
  { market, buy }: Pick<Deal, "market" | "buy">,
  inventory: bigint,
  equity: bigint,
  { mark, validity, phase }: Price,
): Room {
  const against = inventory > 0n === buy;
  const unwinding = against ? abs(inventory) : 0n;
  const adds = validity === "VALID" && phase === "OPEN";
  const allowance = adds ? roomOf(state.houseAllowances.get(market), state.now) : 0n;
  if (allowance === 0n) return { unwinding, adding: 0n };
  const left = positive(inventoryLimit(state, market, equity, mark) - (against ? 0n : abs(inventory)));
  return { unwinding, adding: min(left, down(allowance * WAD, mark)) };
}

/**
 * The inventory half way through a trade over the limit, from -1 to 1, on the side the trade adds to, so that splitting a trade gains
 * nothing. Up, against the trader.
 */
function leanOf(inventory: bigint, limit: bigint, buy: boolean, size: bigint): bigint {
  const twice = 2n * (buy ? -inventory : inventory) + size;
  const whole = 2n * limit;
  if (twice >= whole) return twice === 0n ? 0n : WAD;
  if (twice <= -whole) return -WAD;
  return up(twice * WAD, whole);
}

/** max(deviation, spread + skew * lean) * index + confidence. Up, against the trader. */
function distance({ spread, skew, deviation }: HouseTerms, { index, confidence }: Price, lean: bigint): bigint {
  return up(index * max(deviation * WAD, spread * WAD + skew * lean), PPM * WAD) + confidence;
}

/** Rule of the mark: never better than the mark, so that no trade takes equity out of the pool; 0 if there is no positive bid. */
function quotePrice(buy: boolean, { index, mark }: Price, away: bigint): bigint {
  if (buy) return max(index + away, mark);
  return index > away ? min(index - away, mark) : 0n;
}

/**
 * Rule of the leavers: shares are worth what the mark says, so none is dealt in while it is still on its way to the index of a market
 * the pool is in.
 */
function requireFair(state: State): void {
  const account = state.house.poolAccount;
  const health = measure(state, account, "VAULT");
  refuseIf(isDue(health), "LiquidationDue", account, health.equity, health.maintenanceMargin);
  for (const market of marketsOf(state)) {
    const price = priceFor(state, market, "VAULT");
    refuseIf(isAstray(state, market, price), "MarkAstray", market, price.mark, price.index);
  }
}

function isFair(state: State): boolean {
  if (isDue(look(state, state.house.poolAccount))) return false;
  return marketsOf(state).every((market) => {
    const price = peek(state, market);
    return price.validity === "VALID" && !isAstray(state, market, price);
  });
}

function isAstray(state: State, market: number, { mark, index }: Price): boolean {
  return abs(mark - index) * PPM > index * termsOf(state, market).gap;
}

function isDue({ equity, maintenanceMargin }: Health): boolean {
  return equity < maintenanceMargin;
}

/** The pool has no orders, so its open markets are those it holds. */
function marketsOf(state: State): number[] {
  return membersOf(state.accounts.get(state.house.poolAccount).openMarkets);
}

function termsOf(state: State, market: number): HouseTerms {
  return state.houseTerms.get(market) ?? NO_TERMS;
}
