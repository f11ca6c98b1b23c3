import type { Deployed } from "../deployment/artifacts.js";
import type { Exchange as Deployment, House } from "../deployment/exchange.js";
import { min, up, WAD } from "../model/arithmetic.js";
import { findOrder, isLive, orderId, quotes, walk } from "../model/book.js";
import { isHedged, keyAt } from "../model/buckets.js";
import { maturingLeft, poolsInReach, settledCash, standingIn } from "../model/closed-profit.js";
import type { Exchange } from "../model/exchange.js";
import { look } from "../model/health.js";
import { covered, coverOf, seasonedSpot, spareSpot } from "../model/hedges.js";
import { lookAtIndex } from "../model/index-price.js";
import { inventoryLimit, inventoryOf, quoteOfHouse } from "../model/house-pool.js";
import { available } from "../model/insurance.js";
import { PHASES } from "../model/market-guard.js";
import { peek } from "../model/mark.js";
import { lookAtMarket, type Market } from "../model/markets.js";
import { withdrawable } from "../model/money.js";
import { ORDER_KINDS } from "../model/orders.js";
import { breakEven, positionOf } from "../model/positions.js";
import { of, pair, sideOf, type State } from "../model/state.js";
import { trancheOf } from "../model/tranches.js";
import { VALIDITIES } from "../model/validity.js";
import { maxRedeem, requestOf, sharesOf, supplyOf, totalAssets } from "../model/vault-shares.js";
import { vaultsOf } from "./genesis.js";
import { list, type Word, words } from "./words.js";

/** A view of a contract, and what the model expects it to say. */
export interface Question {
  readonly what: string;
  readonly to: string;
  readonly data: string;
  readonly expected: string;
  /** What the answer follows from beside the time: while it stands, there is nothing to ask again. */
  readonly basis?: string;
}

/** The action that any price is good enough for, by the contract's number. */
const CANCEL = 1;

/** Levels of depth compared a side, and keys of tranches. */
const DEPTH = 64;
const KEYS = 256;

/** Whom and what to compare. */
export interface Scope {
  readonly deployment: Deployment;
  readonly markets: readonly number[];
  /** Whoever may hold tokens. */
  readonly wallets: readonly string[];
}

/** Everything the contracts store of money, positions, tranches, orders and prices. */
export function storedQuestions(scope: Scope, { state }: Exchange): Question[] {
  const markets = new Map(scope.markets.map((market) => [market, lookAtMarket(state, market)]));
  const { contracts, spotAsset, freedSpotSale } = scope.deployment;
  const { clearingHouse, orderBook, liquidationEngine, triggerOrders } = contracts;
  const ask = asker(clearingHouse);
  const questions = [
    ask("accountCount", [], state.accountCount.value),
    ask("feesAccrued", [], state.feesAccrued.value),
    ask("socialisedLoss", [], state.socialisedLoss.value),
    ...vaultsOf(scope.deployment).map(([vault, contract]) =>
      asker(contract)("totalSupply", [], supplyOf(state, vault)),
    ),
    ...triggerQuestions(triggerOrders, state),
  ];
  for (let account = 1; account <= state.accountCount.value; account++) {
    const { owner, subaccount, openMarkets, spotAssets, closedProfit, maturing, maturingSince, maturesAt } =
      state.accounts.get(account);
    const place = [owner, subaccount, openMarkets, spotAssets, closedProfit];
    const data = [...place, settledCash(state, account), maturing, maturingSince, maturesAt];
    questions.push(ask("accountData", [account], ...data));
    const spot = state.spot.get(of(account, spotAsset));
    const waiting = spot.amount - seasonedSpot(state, account, spotAsset);
    const seasonedAt = up(spot.seasonedAt, 1_000n);
    questions.push(ask("spotBalance", [account, spotAsset], spot.amount, waiting, seasonedAt));
    for (const [market, now] of markets) {
      const question = ask("positionOf", [account, market], ...positionWords(state, account, now));
      questions.push({ ...question, basis: positionBasis(state, account, market) });
      const { bids, asks, epoch, cooldownUntil } = state.reservations.get(of(account, market));
      for (const short of [false, true]) {
        const { owed, reachable } = standingIn(state, account, market, short);
        questions.push(ask("closedProfit", [account, market, short], owed, reachable));
      }
      questions.push(ask("reservation", [account, market], bids, asks, epoch, cooldownUntil));
      const queued = state.queuedAt.get(of(account, market));
      const mandate = state.mandates.get(of(account, market));
      if (freedSpotSale !== undefined && mandate !== undefined) {
        const { pool, worst, tip } = mandate;
        questions.push(asker(freedSpotSale)("mandateOf", [account, market], pool, worst, tip));
      }
      if (queued !== 0n) questions.push(asker(liquidationEngine)("queuedAt", [account, market], queued));
    }
  }
  for (const [market, { maturity }] of markets) {
    for (const short of [false, true]) {
      const reached = poolsInReach(state, market, short, maturity);
      const numbers = [0, 1].map((place) => reached[place]?.number ?? 0n);
      const amounts = [0, 1].map((place) => reached[place]?.amount ?? 0n);
      questions.push(ask("closedPools", [market, short], ...numbers, ...amounts));
    }
    const now = state.markets.get(market);
    const { fundingIndex, fundingAt, initialRate, longOpenInterest, shortOpenInterest, cap, cappedAt } = now;
    const open = [cappedAt, longOpenInterest, shortOpenInterest, cap];
    questions.push(ask("marketState", [market], fundingIndex, fundingAt, initialRate, ...open));
    const { phase, limited, until, observedAt, bookAverage, indexAverage } = state.guards.get(market);
    const guard = [PHASES.indexOf(phase), limited, until, observedAt, bookAverage, indexAverage];
    questions.push(asker(contracts.marketGuard)("stateOf", [market], ...guard));
    questions.push(...trancheQuestions(clearingHouse, state, market), ...orderQuestions(orderBook, state, market));
  }
  return [...questions, ...walletQuestions(scope, state)];
}

/** What the contracts compute from it: prices, health, what may be withdrawn, quotes, share prices. */
export function derivedQuestions(scope: Scope, { state }: Exchange): Question[] {
  const { clearingHouse, orderBook, insuranceFund, backstopVault } = scope.deployment.contracts;
  const vaults = vaultsOf(scope.deployment);
  const questions = scope.markets.flatMap((market) => priceQuestions(scope.deployment, state, market));
  for (const [vault, contract] of vaults) questions.push(asker(contract)("totalAssets", [], totalAssets(state, vault)));
  for (const market of scope.markets) {
    const view = state.exposures.get(market);
    if (view.account !== 0) {
      const { size } = positionOf(state, view.account, market, lookAtMarket(state, market).fundingIndex);
      const ends = view.since + state.backstopRules.get(market).window;
      const { equity } = look(state, view.account);
      questions.push(asker(backstopVault)("marketView", [market], view.account, size, equity, view.baseline, ends));
    }
    if (scope.deployment.house !== undefined) questions.push(...houseQuestions(scope.deployment.house, state, market));
    const { bid, ask, last } = quotes(state, market);
    questions.push(asker(orderBook)("quotes", [market], bid, ask, last));
    for (const bids of [true, false]) {
      const data = dataOf(orderBook, "depth", [market, bids, DEPTH]);
      const what = `depth(${market}, ${bids ? "bids" : "asks"})`;
      questions.push({ what, to: orderBook.address, data, expected: list(depth(state, market, bids)) });
    }
    questions.push(asker(insuranceFund)("available", [market], available(state, market)));
  }
  for (let account = 1; account <= state.accountCount.value; account++) {
    const { equity, initialMargin, maintenanceMargin, notional, kept, cash } = look(state, account);
    const ask = asker(clearingHouse);
    questions.push(ask("health", [account], equity, initialMargin, maintenanceMargin, notional, kept, cash));
    questions.push(ask("withdrawable", [account], withdrawable(state, account)));
    questions.push(ask("maturing", [account], maturingLeft(state, account)));
  }
  for (const wallet of scope.wallets) {
    for (const [vault, contract] of vaults) {
      questions.push(asker(contract)("maxRedeem", [wallet], maxRedeem(state, vault, wallet)));
    }
  }
  return questions;
}

/** A market's prices; first as views compute them, then as they are written, so that what is asked next need not compute them again. */
function priceQuestions({ contracts }: Deployment, state: State, market: number): Question[] {
  const { markPrice, indexOracle } = contracts;
  const { mark, index, premium, confidence, validity, phase } = peek(state, market);
  const price = [mark, index, premium, confidence, VALIDITIES.indexOf(validity), PHASES.indexOf(phase)];
  const found = lookAtIndex(state, market);
  const trust = VALIDITIES.indexOf(found.validity);
  return [
    asker(indexOracle)("indexOf", [market], found.value, found.confidence, found.publishedAt, trust),
    asker(markPrice)("peek", [market], ...price),
    asker(markPrice)("priceFor", [market, CANCEL], ...price),
  ];
}

function asker(contract: Deployed): (method: string, args: readonly Word[], ...expected: readonly Word[]) => Question {
  return (method, args, ...expected) => ({
    what: `${contract.name}.${method}(${args.map(String).join(", ")})`,
    to: contract.address,
    data: dataOf(contract, method, args),
    expected: words(...expected),
  });
}

const selectors = new Map<string, string>();

/** The data of a call with plain arguments, without an encoder's checks. */
function dataOf(contract: Deployed, method: string, args: readonly Word[]): string {
  const key = `${contract.name}.${method}`;
  let selector = selectors.get(key);
  if (selector === undefined) {
    selector = contract.interface.getFunction(method)?.selector ?? "";
    selectors.set(key, selector);
  }
  return selector + words(...args);
}

function positionWords(state: State, account: number, market: Market): Word[] {
  const position = state.positions.get(of(account, market.id));
  const freed = state.freed.get(of(account, market.id));
  if (position === undefined) return [0, 0, 0, 0, 0, 0, 0, freed];
  const { size, quote, pending, torn } = positionOf(state, account, market.id, market.fundingIndex);
  const cover = covered(coverOf(state, account, market), size);
  const { spotAsset } = market.rules;
  const hedge = isHedged(position.key) && spotAsset !== undefined;
  const free = hedge ? min(freed + torn, spareSpot(state, account, spotAsset, size)) : freed;
  return [size, quote, breakEven(size, quote), pending, position.key, position.generation, cover, free];
}

/** A position changes when it or its tranche is written, or the spot behind it; in between funding is all that moves. */
function positionBasis(state: State, account: number, market: number): string {
  const position = state.positions.get(of(account, market));
  if (position === undefined) return "none";
  const { sizePerShare, cashPerShare, charged } = trancheOf(state, market, position.key, position.generation);
  const { shares, cost, sizePerShare: seen, cashPerShare: settled } = position;
  return [shares, cost, seen, settled, sizePerShare, cashPerShare, charged].join();
}

function trancheQuestions(clearingHouse: Deployed, state: State, market: number): Question[] {
  const questions: Question[] = [];
  for (const short of [false, true]) {
    const places = state.ranks.get(sideOf(market, short));
    const data = dataOf(clearingHouse, "trancheKeys", [market, short, 0, KEYS]);
    const expected = list(places.map((place) => words(keyAt(short, place))));
    questions.push({
      what: `trancheKeys(${market}, ${short ? "short" : "long"})`,
      to: clearingHouse.address,
      data,
      expected,
    });
  }
  for (const [id, tranche] of state.tranches.entries()) {
    const key = Math.floor(id / 65_536);
    if (Math.floor(key / 65_536) !== market) continue;
    const { shares, cost, sizePerShare, cashPerShare, current, oldest, fundingIndex, charged, opened } = tranche;
    const expected = [shares, cost, sizePerShare, cashPerShare, current, oldest, fundingIndex, charged, opened];
    questions.push(asker(clearingHouse)("tranche", [market, key % 65_536, id % 65_536], ...expected));
  }
  return questions;
}

function orderQuestions(orderBook: Deployed, state: State, market: number): Question[] {
  const tickSize = state.bookRules.get(market)?.tickSize ?? 0n;
  return [true, false].flatMap((bids) =>
    [...walk(state, market, bids)].map((resting) => {
      const id = orderId(resting);
      const { account, epoch, size, reduceOnly } = resting.order;
      const live = isLive(state, findOrder(state, id) ?? resting);
      const price = BigInt(resting.tick) * tickSize;
      return asker(orderBook)("order", [id], id, account, bids, reduceOnly, live, price, size, epoch);
    }),
  );
}

/** Orders that wait for the mark, and those that no longer do. */
function triggerQuestions(triggers: Deployed, state: State): Question[] {
  const ask = asker(triggers);
  const questions = [ask("count", [], state.triggerCount.value)];
  for (const [id, waiting] of state.triggers.entries()) {
    if (waiting === undefined) {
      questions.push(ask("triggerOrder", [id], ...Array.from({ length: 14 }, () => 0)));
      continue;
    }
    const { account, epoch, armedAt, above, trigger, tip, expiry, order } = waiting;
    const { market, buy, kind, reduceOnly, maxMakers, price, size } = order;
    const asked = [market, buy, ORDER_KINDS.indexOf(kind), reduceOnly, maxMakers, price, size];
    questions.push(ask("triggerOrder", [id], account, epoch, armedAt, above, trigger, tip, expiry, ...asked));
  }
  return questions;
}

/** What the house pool holds and would deal at. */
function houseQuestions({ pool, account }: House, state: State, market: number): Question[] {
  const ask = asker(pool);
  const limit = inventoryLimit(state, market, look(state, account).equity, peek(state, market).mark);
  const sides = [true, false].map((buy) => {
    const { price, room } = quoteOfHouse(state, market, buy, WAD);
    return ask("quote", [market, buy, WAD], price, room);
  });
  return [ask("inventoryOf", [market], inventoryOf(state, market), limit), ...sides];
}

function depth(state: State, market: number, bids: boolean): string[] {
  const tickSize = state.bookRules.get(market)?.tickSize ?? 0n;
  const levels = new Map<number, { size: bigint; orders: number }>();
  for (const resting of walk(state, market, bids)) {
    if (!isLive(state, resting)) continue;
    const level = levels.get(resting.tick) ?? { size: 0n, orders: 0 };
    levels.set(resting.tick, { size: level.size + resting.order.size, orders: level.orders + 1 });
  }
  return [...levels].slice(0, DEPTH).map(([tick, { size, orders }]) => words(BigInt(tick) * tickSize, size, orders));
}

function walletQuestions({ deployment, wallets }: Scope, state: State): Question[] {
  const { quoteToken, spotToken } = deployment.contracts;
  const { clearingHouse, fund } = state.house;
  const vaults = vaultsOf(deployment);
  const questions: Question[] = [];
  for (const token of [quoteToken, spotToken]) {
    for (const holder of [...wallets, clearingHouse, fund, ...vaults.map(([vault]) => vault.address(state))]) {
      const expected = state.balances.get(pair(token.address.toLowerCase(), holder));
      questions.push(asker(token)("balanceOf", [holder], expected));
    }
  }
  for (const [vault, contract] of vaults) {
    for (const wallet of wallets) {
      questions.push(asker(contract)("balanceOf", [wallet], sharesOf(state, vault, wallet)));
      const { shares, readyAt, expiresAt } = requestOf(state, vault, wallet);
      questions.push(asker(contract)("requestOf", [wallet], shares, readyAt, expiresAt));
    }
  }
  return questions;
}
