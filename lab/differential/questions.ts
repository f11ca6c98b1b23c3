import type { Deployed } from "../deployment/artifacts.js";
import { encode } from "../deployment/encode.js";
import type { Exchange as Deployment } from "../deployment/exchange.js";
import { roomOf } from "../model/allowance.js";
import { min, positive, up } from "../model/arithmetic.js";
import { findOrder, isLive, orderId, quotes, walk } from "../model/book.js";
import { isHedged, keyAt } from "../model/buckets.js";
import { maturingProfit } from "../model/cash.js";
import type { Exchange } from "../model/exchange.js";
import { look } from "../model/health.js";
import { covered, coverOf, seasonedSpot, spareSpot } from "../model/hedges.js";
import { lookAtIndex } from "../model/index-price.js";
import { ALL_MARKETS } from "../model/insurance.js";
import { peek } from "../model/mark.js";
import { lookAtMarket, type Market, openInterestCap } from "../model/markets.js";
import { withdrawable } from "../model/money.js";
import { breakEven, positionOf } from "../model/positions.js";
import { of, pair, sideOf, type State } from "../model/state.js";
import { trancheOf } from "../model/tranches.js";
import { VALIDITIES } from "../model/validity.js";
import { maxRedeem, totalAssets } from "../model/vault.js";
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

/** Levels of depth compared a side, and keys of tranches. */
const DEPTH = 64;
const KEYS = 256;

/** When a cap that nothing but the market's rules decides was computed. */
const STATIC = 2 ** 32 - 1;

/** The phase of a market that no guard holds. */
const OPEN = 0;

/** Whom and what to compare. */
export interface Scope {
  readonly deployment: Deployment;
  readonly markets: readonly number[];
  readonly wallets: readonly string[];
}

/** Everything the contracts store of money, positions, tranches, orders and prices. */
export function storedQuestions(scope: Scope, { state }: Exchange): Question[] {
  const markets = new Map(scope.markets.map((market) => [market, lookAtMarket(state, market)]));
  const { contracts, spotAsset } = scope.deployment;
  const { clearingHouse, orderBook, liquidationEngine, backstopVault } = contracts;
  const ask = asker(clearingHouse);
  const questions = [
    ask("accountCount", [], state.accountCount.value),
    ask("feesAccrued", [], state.feesAccrued.value),
    ask("socialisedLoss", [], state.socialisedLoss.value),
    asker(backstopVault)("totalSupply", [], state.shareSupply.value),
  ];
  for (let account = 1; account <= state.accountCount.value; account++) {
    const { owner, subaccount, openMarkets, spotAssets, cash, maturing, maturingSince, maturesAt } =
      state.accounts.get(account);
    const data = [owner, subaccount, openMarkets, spotAssets, cash, maturing, maturingSince, maturesAt];
    questions.push(ask("accountData", [account], ...data));
    const spot = state.spot.get(of(account, spotAsset));
    const waiting = spot.amount - seasonedSpot(state, account, spotAsset);
    const seasonedAt = up(spot.seasonedAt, 1_000n);
    questions.push(ask("spotBalance", [account, spotAsset], spot.amount, waiting, seasonedAt));
    for (const [market, now] of markets) {
      const question = ask("positionOf", [account, market], ...positionWords(state, account, now));
      questions.push({ ...question, basis: positionBasis(state, account, market) });
      const { bids, asks, epoch, cooldownUntil } = state.reservations.get(of(account, market));
      questions.push(ask("reservation", [account, market], bids, asks, epoch, cooldownUntil));
      const queued = state.queuedAt.get(of(account, market));
      if (queued !== 0n) questions.push(asker(liquidationEngine)("queuedAt", [account, market], queued));
    }
  }
  for (const market of markets.keys()) {
    const { fundingIndex, fundingAt, initialRate, longOpenInterest, shortOpenInterest } = state.markets.get(market);
    // No cap but the static one is modelled, which is never computed anew.
    const cap = openInterestCap(state.rules.get(market)) / 10n ** 9n;
    const open = [STATIC, longOpenInterest, shortOpenInterest, cap];
    questions.push(ask("marketState", [market], fundingIndex, fundingAt, initialRate, ...open));
    questions.push(...trancheQuestions(clearingHouse, state, market), ...orderQuestions(orderBook, state, market));
  }
  return [...questions, ...walletQuestions(scope, state)];
}

/** What the contracts compute from it: prices, health, what may be withdrawn, quotes, share prices. */
export function derivedQuestions(scope: Scope, { state }: Exchange): Question[] {
  const { clearingHouse, orderBook, markPrice, indexOracle, insuranceFund, backstopVault } = scope.deployment.contracts;
  const questions = [asker(backstopVault)("totalAssets", [], totalAssets(state))];
  for (const market of scope.markets) {
    const view = state.exposures.get(market);
    if (view.account !== 0) {
      const { size } = positionOf(state, view.account, market, lookAtMarket(state, market).fundingIndex);
      const ends = view.since + state.backstopRules.get(market).window;
      const { equity } = look(state, view.account);
      questions.push(asker(backstopVault)("marketView", [market], view.account, size, equity, view.baseline, ends));
    }
    const { mark, index, premium, confidence, validity } = peek(state, market);
    const trust = VALIDITIES.indexOf(validity);
    questions.push(asker(markPrice)("peek", [market], mark, index, premium, confidence, trust, OPEN));
    const found = lookAtIndex(state, market);
    const { value, publishedAt } = found;
    const indexWords = [value, found.confidence, publishedAt, VALIDITIES.indexOf(found.validity)];
    questions.push(asker(indexOracle)("indexOf", [market], ...indexWords));
    const { bid, ask, last } = quotes(state, market);
    questions.push(asker(orderBook)("quotes", [market], bid, ask, last));
    for (const bids of [true, false]) {
      const data = encode(orderBook.interface, "depth", [market, bids, DEPTH]);
      const what = `depth(${market}, ${bids ? "bids" : "asks"})`;
      questions.push({ what, to: orderBook.address, data, expected: list(depth(state, market, bids)) });
    }
    const room = (limit: number): bigint => roomOf(state.fundLimits.get(limit), state.now);
    const balance = positive(state.accounts.get(state.house.fundAccount).cash);
    const available = min(balance, min(room(market), room(ALL_MARKETS)));
    questions.push(asker(insuranceFund)("available", [market], available));
  }
  for (let account = 1; account <= state.accountCount.value; account++) {
    const { equity, initialMargin, maintenanceMargin, notional, kept, cash } = look(state, account);
    const ask = asker(clearingHouse);
    questions.push(ask("health", [account], equity, initialMargin, maintenanceMargin, notional, kept, cash));
    questions.push(ask("withdrawable", [account], withdrawable(state, account)));
    questions.push(ask("maturing", [account], maturingProfit(state, account)));
  }
  for (const wallet of scope.wallets) {
    questions.push(asker(backstopVault)("maxRedeem", [wallet], maxRedeem(state, wallet)));
  }
  return questions;
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
    const data = encode(clearingHouse.interface, "trancheKeys", [market, short, 0, KEYS]);
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
  const { quoteToken, spotToken, backstopVault } = deployment.contracts;
  const { clearingHouse, fund, vault } = state.house;
  const questions: Question[] = [];
  for (const token of [quoteToken, spotToken]) {
    for (const holder of [...wallets, clearingHouse, fund, vault]) {
      const expected = state.balances.get(pair(token.address.toLowerCase(), holder));
      questions.push(asker(token)("balanceOf", [holder], expected));
    }
  }
  for (const wallet of wallets) {
    questions.push(asker(backstopVault)("balanceOf", [wallet], state.shares.get(wallet)));
    const { shares, readyAt, expiresAt } = state.redemptions.get(wallet);
    questions.push(asker(backstopVault)("requestOf", [wallet], shares, readyAt, expiresAt));
  }
  return questions;
}
