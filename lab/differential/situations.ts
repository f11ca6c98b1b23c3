import { abs, positive, WAD } from "../model/arithmetic.js";
import { mayTrade } from "../model/accounts.js";
import type { Exchange } from "../model/exchange.js";
import { look } from "../model/health.js";
import { covered, coverOf } from "../model/hedges.js";
import { lookAtMarket } from "../model/markets.js";
import { peek } from "../model/mark.js";
import { QUOTE_SCALE, withdrawable } from "../model/money.js";
import { of } from "../model/state.js";
import { requestOf, sharesOf, type Vault } from "../model/vault-shares.js";
import { type Ground, part, type Step } from "./ground.js";

/*
 * What rare actions need before they can be done: calls that bring it about where a sequence has not done so by itself.
 */

/** How far prices are moved to find somebody whom it ruins, basis points, and in what steps. */
const FARTHEST = 3_600;
const STRIDE = 300;

/** Most orders for a small amount, by kind. */
const [LIMIT, IMMEDIATE] = [0, 2];

/** A price that goes to where it ruins somebody, by the model; then time for the mark to follow. Returns whether there is one. */
export function* ruin(ground: Ground, market: number, ruined: (model: Exchange) => boolean): Generator<Step, boolean> {
  for (let change = STRIDE; change <= FARTHEST; change += STRIDE) {
    for (const sign of [-1, 1]) {
      if (!ruined(after(ground, market, sign * change))) continue;
      yield* move(ground, market, sign * change);
      return true;
    }
  }
  return false;
}

/** A report, and three blocks in which the mark goes after it. */
export function* move(ground: Ground, market: number, change: number): Generator<Step> {
  yield* ground.report(market, change, -1);
  for (let block = 0; block < 3; block++) yield { ...ground.ledger(0, "poke", ground.account(0), market), wait: 8 };
}

/** The model after such a move. */
function after(ground: Ground, market: number, change: number): Exchange {
  const model = ground.model.copy();
  const there = ground.on(model);
  for (const { wait, call } of move(there, market, change)) {
    model.advance(Number(model.state.now) + wait);
    model.call(call);
  }
  return model;
}

/** Shorts that spot covers, and how much of each. */
export function hedges(ground: Ground): { account: number; amount: bigint }[] {
  const market = lookAtMarket(ground.state, 0);
  return ground.accounts().flatMap((account) => {
    const amount = covered(coverOf(ground.state, account, market), ground.heldBy(account, 0).size);
    return amount === 0n ? [] : [{ account, amount }];
  });
}

/** Spot in, an hour until it counts, and a short about as large against somebody's bid. */
export function* hedge(
  ground: Ground,
  { who, taker, share, short }: { who: number; taker: number; share: number; short: number },
): Generator<Step> {
  const account = ground.account(who);
  yield ground.ledger(who, "depositSpot", account, 0, part(ground.spotWallet(who), share));
  yield* ground.report(0, 0, -1, 3_600);
  const size = part(ground.state.spot.get(of(account, 0)).amount, short);
  yield* deal(ground, 0, taker, who, size);
}

/** Spot of an account that tear-ups have freed, settled or not. */
export function freedOf(ground: Ground, account: number): bigint {
  return ground.state.freed.get(of(account, 0)) + ground.heldBy(account, 0).torn;
}

/** A hedge torn up: one against whom a trader is long who has taken out what cash there was to take, and a fall that ruins him. */
export function* tear(ground: Ground, who: number, loser: number): Generator<Step> {
  const rules = { policy: "HedgeLast", deficitMode: "ALL_WINNERS", deleveraging: "TRANCHES", status: "ACTIVE" };
  yield ground.call(ground.world.admin, "clearingHouse", "setMarket", 0, { ...ground.state.rules.get(0), ...rules });
  yield* hedge(ground, { who, taker: loser, share: 100, short: 97 });
  const account = ground.account(loser);
  const free = withdrawable(ground.state, account) / QUOTE_SCALE;
  if (free !== 0n) yield ground.ledger(loser, "withdraw", account, free, ground.address(loser));
  const to = ground.world.address("liquidationEngine");
  const liquidate = { from: ground.world.admin, to, method: "liquidationEngine.liquidate", args: [account, 0] };
  const ruined = (model: Exchange): boolean => {
    const copy = model.copy();
    const there = ground.on(copy);
    return copy.call(liquidate) === undefined && there.accounts().some((other) => freedOf(there, other) !== 0n);
  };
  if (yield* ruin(ground, 0, ruined)) yield { wait: 0, call: liquidate };
}

/** A trade at about the mark: the seller's ask, and the buyer's order that meets it. */
export function* deal(
  ground: Ground,
  market: number,
  buyer: number,
  seller: number,
  size: bigint,
  reduceOnly = false,
  off = 0,
): Generator<Step> {
  const { lotSize = 1n, tickSize = 1n } = ground.state.bookRules.get(market) ?? {};
  const wanted = (peek(ground.state, market).mark * BigInt(10_000 + off)) / 10_000n;
  const price = (wanted / tickSize) * tickSize;
  const order = { market, maxMakers: 0, price, size: (size / lotSize) * lotSize };
  const ask = { ...order, buy: false, kind: LIMIT, reduceOnly: false };
  yield ground.book(seller, "place", ground.account(seller), ask);
  yield ground.book(buyer, "place", ground.account(buyer), { ...ask, buy: true, kind: IMMEDIATE, reduceOnly });
}

/** A short in profit: of somebody who has sold to another, at a price that falls. */
export function* win(ground: Ground, market: number, who: number, other: number): Generator<Step> {
  const equity = positive(look(ground.state, ground.account(other)).equity);
  const { mark } = peek(ground.state, market);
  if (mark === 0n) return;
  yield* deal(ground, market, other, who, (equity * 4n * WAD) / mark);
  yield* move(ground, market, -STRIDE);
}

/** An account that owns all its spot on credit: cash out, and a long that uses what the spot is worth. */
export function* pledge(ground: Ground, who: number, seller: number): Generator<Step> {
  const account = ground.account(who);
  yield ground.ledger(who, "depositSpot", account, 0, ground.spotWallet(who));
  const mark = peek(ground.state, 0).mark;
  const equity = positive(look(ground.state, ground.account(seller)).equity);
  if (mark !== 0n) yield* deal(ground, 0, who, seller, (equity * 10n * WAD) / mark);
}

/** A position below the least a market lets trade: a little bought, and most of it sold again. */
export function* dust(ground: Ground, market: number, who: number, other: number): Generator<Step> {
  const { minimumSize = 0n } = ground.state.bookRules.get(market) ?? {};
  yield* deal(ground, market, who, other, (minimumSize * 3n) / 2n);
  yield* deal(ground, market, other, who, minimumSize);
}

/** Whether an account's position in a market is more than nothing and less than may be traded. */
export function isDust(ground: Ground, account: number, market: number): boolean {
  const size = abs(ground.heldBy(account, market).size);
  const { minimumNotional } = ground.state.rules.get(market);
  return size !== 0n && size * peek(ground.state, market).mark < minimumNotional * WAD * WAD;
}

/** Shares of a vault for who has none. */
export function* shares(
  ground: Ground,
  vault: Vault,
  contract: "housePool" | "backstopVault",
  own: string,
): Generator<Step> {
  if (sharesOf(ground.state, vault, own) === 0n) yield ground.call(own, contract, "deposit", 300_000_000n, own);
}

/** A request to redeem for who has none. */
export function* request(
  ground: Ground,
  vault: Vault,
  contract: "housePool" | "backstopVault",
  own: string,
): Generator<Step> {
  if (requestOf(ground.state, vault, own).shares !== 0n) return;
  yield* shares(ground, vault, contract, own);
  yield ground.call(own, contract, "requestRedeem", part(sharesOf(ground.state, vault, own), 50));
}

/** Lets somebody trade for an account, if they may not yet. */
export function* named(ground: Ground, who: number, operator: string): Generator<Step> {
  const account = ground.account(who);
  if (mayTrade(ground.state, account, operator)) return;
  yield ground.ledger(who, "setOperator", account, operator, true);
}
