import { settledCash } from "./closed-profit.js";
import { accountNumber } from "./accounts.js";
import { abs, down, max, min, positive, PPM, timesDown, towardsZero, up, WAD } from "./arithmetic.js";
import { absorb } from "./backstop.js";
import { closeAtMark, deleverage, type Deleveraged } from "./deleveraging.js";
import {
  addPosition,
  atFavourableBound,
  coverFor,
  type Health,
  measure,
  measureOthers,
  spotOf,
  squeeze,
  withCash,
} from "./health.js";
import { covered } from "./hedges.js";
import { payDeficit } from "./insurance.js";
import { bankruptcyPrice, equityShare, maintenanceOf, sizeToRecover, slidingBound } from "./liquidation-arithmetic.js";
import { type Phase, tradingBand } from "./market-guard.js";
import { type Action, peek, type Price } from "./mark.js";
import { hedgedRateOf, maintenanceRateOf, openMarket } from "./markets.js";
import type { MarketRules } from "./parameters.js";
import { takeForLiquidation } from "./orders.js";
import { heldMarkets, positionOf } from "./positions.js";
import { Refusal, refuseIf, refuseUnless } from "./refusal.js";
import type { Reservation } from "./records.js";
import { releaseAll } from "./reservations.js";
import { of, type State } from "./state.js";
import { socialiseLoss, transferCash, transferPosition } from "./transfers.js";

/** Rule of the rounding margin: positions round by a few wei when split, so cash is never counted on to the last of them. */
const ROUNDING = 8n;

/** How long a position is left to the queue, seconds. */
export const QUEUE_WINDOW = 60n;

/** An account as a liquidation finds it. */
export interface Found {
  readonly health: Health;
  readonly size: bigint;
  readonly quote: bigint;
  /** Part of a short that spot covers. */
  readonly covered: bigint;
  readonly mark: bigint;
  /** The market's price, if the account holds a position in it. */
  readonly price: Price | undefined;
}

/** One liquidation on its way through the steps. */
interface Run {
  readonly account: number;
  readonly market: number;
  readonly rules: MarketRules;
  readonly owner: string;
  readonly long: boolean;
  /** The price is VALID; steps 2 to 5, which assign at mark, ask for that. */
  readonly certain: boolean;
  /** What prices that are not VALID, and other markets that the guard holds, may add to the account's equity; the steps grant it that much. */
  doubt: bigint;
  /**
   * What the index adds to the position while the guard holds the market. The account is asked whether it is bankrupt with that much
   * more; what is missing is counted at mark, as everybody's position is.
   */
  readonly gap: bigint;
  readonly phase: Phase;
  /** Cash is all that is left of the account: what it owes is final, and is settled whatever a price is worth. */
  flat: boolean;
  readonly holdsSpot: boolean;
  readonly before: Readonly<Health>;
  readonly orders: Reservation;
  /** What is to be closed; `left` is still to be. */
  whole: bigint;
  /** The covered part of a short, which is not closed while the account has equity. */
  apart: bigint;
  quote: bigint;
  readonly mark: bigint;
  /** Maintenance of the whole. */
  margin: bigint;
  left: bigint;
  bound: bigint;
  health: Health;
  /** Something has changed since `health` was measured. */
  stale: boolean;
  progressed: boolean;
  fundExhausted: boolean;
}

/** The whole waterfall in one call, which anyone may make (section 7). Returns the size closed. */
export function liquidate(state: State, caller: string, account: number, market: number): bigint {
  const run = begin(state, account, market);
  if (run.whole !== 0n) {
    closeOnBook(state, run);
    if (run.left !== 0n && run.certain) handToBackstop(state, run);
  }
  run.flat = run.left === 0n && run.apart === 0n && run.health.notional === 0n && !run.holdsSpot;
  if (run.flat) run.doubt = 0n;
  if ((run.certain || run.flat) && isBankrupt(state, run)) settleBankruptcy(state, run);
  return finish(state, run, caller);
}

/** An account at the prices for an action; to be liquidated, unless another is named. */
export function examine(state: State, account: number, id: number, action: Action = "LIQUIDATE"): Found {
  const health = measureOthers(state, account, id, action);
  if (state.positions.get(of(account, id)) === undefined) {
    return { health: withCash(health), size: 0n, quote: 0n, covered: 0n, mark: 0n, price: undefined };
  }
  const market = openMarket(state, id, action);
  const held = positionOf(state, account, id, market.fundingIndex);
  const cover = coverFor(state, account, market, action);
  addPosition(health, market, held, state.reservations.get(of(account, id)), cover);
  const { size, quote } = held;
  const { price } = market;
  return { health: withCash(health), size, quote, covered: covered(cover, size), mark: price.mark, price };
}

/** How much better off than at mark an account may be (see Run). */
interface Favour {
  readonly doubt: bigint;
  readonly gap: bigint;
}

/** Refuses unless equity is below maintenance, even at the bound that favours the account. */
export function requireLiquidatable(state: State, account: number, id: number, found: Found): Favour {
  const { equity, maintenanceMargin } = found.health;
  refuseIf(equity >= maintenanceMargin, "NotLiquidatable", account, equity, maintenanceMargin);
  const held = heldMarkets(state, account);
  const alone = held.length === 1 && held[0] === id && state.accounts.get(account).spotAssets === 0;
  if (alone && found.price?.validity === "VALID" && found.price.phase === "OPEN") return { doubt: 0n, gap: 0n };
  const favoured = atFavourableBound(state, account, found.health);
  const spared = favoured.equity >= favoured.maintenanceMargin;
  refuseIf(spared, "NotLiquidatable", account, favoured.equity, favoured.maintenanceMargin);
  const gap = found.price === undefined ? 0n : squeeze(found.price, found.size);
  return { doubt: favoured.equity - equity - gap, gap };
}

function begin(state: State, account: number, market: number): Run {
  const found = examine(state, account, market);
  const { doubt, gap } = requireLiquidatable(state, account, market, found);
  const { size, quote, mark, health, price } = found;
  refuseIf(size === 0n && health.notional !== 0n, "NoPosition", account, market);
  const rules = state.rules.get(market);
  const run: Run = {
    account,
    market,
    rules,
    owner: state.accounts.get(account).owner,
    long: size > 0n,
    certain: size === 0n ? doubt === 0n : price?.validity === "VALID",
    phase: price?.phase ?? "OPEN",
    doubt,
    gap,
    flat: false,
    holdsSpot: spotOf(state, account).length !== 0,
    before: { ...health },
    orders: state.reservations.get(of(account, market)),
    whole: abs(size) - found.covered,
    apart: found.covered,
    quote: 0n,
    mark,
    margin: 0n,
    left: 0n,
    bound: 0n,
    health,
    stale: false,
    progressed: false,
    fundExhausted: false,
  };
  if (size !== 0n) measureWhole(state, run, abs(size), quote);
  return run;
}

/**
 * What is to be closed of a position. Rule of the covered short: it goes together with its spot (see hedge-unwinding), and alone
 * only once nothing of the account's is left to lose by it.
 */
function measureWhole(state: State, run: Run, size: bigint, quote: bigint): void {
  let rate = maintenanceRateOf(run.rules);
  if (run.whole === 0n) {
    const alone = run.certain && isBankrupt(state, run);
    refuseUnless(alone, "HedgeCovered", run.account, run.market, run.apart);
    [run.whole, run.apart] = [run.apart, 0n];
    rate = hedgedRateOf(run.rules);
  }
  run.left = run.whole;
  run.quote = down(quote * run.whole, size);
  run.margin = maintenanceOf(run.whole, run.mark, rate);
}

/**
 * Step 1. The account's orders are void at once. Rule of the slice: above a threshold and with two thirds of maintenance left,
 * a part goes at a time, and a pause follows only a slice the book took whole.
 */
function closeOnBook(state: State, run: Run): void {
  const { account, market, long, mark, before, whole } = run;
  const { equity, maintenanceMargin } = before;
  const share = equityShare(equity, run.margin, maintenanceMargin);
  const bankruptcy = bankruptcyPrice(long, whole, mark, share);
  run.bound = slidingBound(long, mark, bankruptcy, equity, maintenanceMargin);
  const { size, sliced } = sizeForBook(state, run);
  const { cooldownUntil, bids, asks } = run.orders;
  refuseIf(sliced && state.now < cooldownUntil, "CoolingDown", account, market, cooldownUntil);
  if (bids !== 0n || asks !== 0n) releaseAll(state, account, market);
  // In an auction nothing trades but at its one price; the steps after this one do not wait for it.
  if (run.phase === "AUCTION") return;
  if (run.phase !== "OPEN") run.bound = insideBand(state, run);
  const { maxMakers, cooldown } = state.waterfall.value;
  const { filled, met } = takeForLiquidation(state, account, market, !long, size, run.bound, maxMakers);
  // Orders that had to be cleared away are progress too: a refusal would put them back in the next caller's way.
  run.progressed = met !== 0;
  if (filled === 0n) return;
  run.left = positive(run.left - filled);
  if (sliced && filled >= size && run.left !== 0n) {
    state.reservations.change(of(account, market), { cooldownUntil: state.now + cooldown });
  }
  run.health = measure(state, account, "LIQUIDATE");
}

/** The bound kept inside the guard's band, beyond which nothing trades. */
function insideBand(state: State, { market, long, bound }: Run): bigint {
  const { phase, index } = peek(state, market);
  const { low, high } = tradingBand(state, market, phase, index);
  return long ? max(bound, low) : min(bound, high);
}

/** Enough to recover, no more than a slice, and never leaving dust behind. */
function sizeForBook(state: State, run: Run): { size: bigint; sliced: boolean } {
  const { buffer, rewardRate, slice, sliceAbove } = state.waterfall.value;
  const { whole, mark, rules, before } = run;
  const needed = sizeToRecover({
    equity: before.equity,
    maintenance: before.maintenanceMargin,
    size: whole,
    mark,
    bound: run.bound,
    maintenanceRate: maintenanceRateOf(rules),
    costRate: rules.liquidationFee + rewardRate,
    buffer,
  });
  const sliced = timesDown(whole, mark) > sliceAbove * WAD && !isBelowThreshold(run, before);
  const size = sliced ? min(needed, up(whole * slice, PPM)) : needed;
  const dust = timesDown(whole - size, mark) < rules.minimumNotional * WAD;
  return { size: dust ? whole : size, sliced };
}

/** Step 2. The vault never takes over from itself; what it takes leaves the account's margin ratio as it is. */
function handToBackstop(state: State, run: Run): void {
  const { vault, hasVault } = state.house;
  if (!hasVault || run.owner === vault || !isBelowThreshold(run, run.health)) return;
  // Taken over at a mark the index does not bear out, a solvent account would end up owing.
  if (run.gap !== 0n && run.health.equity <= 0n && atBest(run, run.health) > 0n) return;
  const { account: to, taken } = absorb(state, run.market, signed(run, run.left), run.mark);
  if (taken === 0n) return;
  const cash = marginWith(state, run, taken);
  run.left -= taken;
  changed(run);
  transferPosition(state, run.account, to, run.market, signed(run, taken), run.mark, cash, false);
}

/**
 * The share of what margin is left that goes with a part of the position. Rule of the last cash: less the liquidator's reward,
 * and never more than the cash the account will have.
 */
function marginWith(state: State, run: Run, taken: bigint): bigint {
  const { equity, maintenanceMargin, cash } = run.health;
  if (equity <= 0n) return 0n;
  const margin = maintenanceOf(taken, run.mark, maintenanceRateOf(run.rules));
  const share = equityShare(equity, margin, maintenanceMargin);
  const worth = timesDown(run.whole, run.mark);
  const profit = down(((run.long ? worth : -worth) + run.quote) * taken, run.whole);
  const most = min(share, cash + profit - ROUNDING) - rewardFor(state, run, taken);
  return most > 0n ? most : 0n;
}

/** Spot is first sold: only what would be missing then is a deficit. What it sells for under a doubtful price is not known. */
function isBankrupt(state: State, run: Run): boolean {
  if (atBest(run, run.health) > 0n) return false;
  if (!run.holdsSpot) return true;
  if (run.doubt !== 0n) return false;
  const sold = measure(state, run.account, "DELEVERAGE");
  if (sold.equity > 0n) return false;
  run.health = sold;
  return true;
}

/** Steps 3 to 5. In a market of the queue only what the steps before have closed is settled here; the queue asks the fund itself. */
function settleBankruptcy(state: State, run: Run): void {
  const queue = run.rules.deleveraging === "QUEUE";
  let deficit = deficitOf(run);
  if (queue && run.whole !== 0n) deficit = towardsZero(deficit * (run.whole - run.left), run.whole);
  const unpaid = deficit === 0n ? 0n : deficit - insure(state, run, deficit);
  if (queue && run.left !== 0n) leaveToQueue(state, run);
  else if (run.whole !== 0n && run.certain) deleverageRest(state, run, unpaid);
}

/** The share of negative equity that belongs to the whole position; all of it for the last one. Up: no deficit is left over. */
function deficitOf(run: Run): bigint {
  const equity = run.health.equity + run.doubt;
  return run.whole === 0n ? -equity : -equityShare(equity, run.margin, run.before.maintenanceMargin);
}

/** Step 3. The fund never pays itself. */
function insure(state: State, run: Run, deficit: bigint): bigint {
  const { fund, hasFund } = state.house;
  const paid = hasFund && run.owner !== fund ? payDeficit(state, run.market, run.account, deficit) : 0n;
  run.fundExhausted = paid < deficit;
  if (paid !== 0n) changed(run);
  return paid;
}

/**
 * Steps 4 and 5. Rule of TORN_UP: what finds nobody in profit at the bankruptcy price falls back to the mark, and its deficit to
 * all winners. Rule of the bound on work: a call that has reached its most tranches leaves the rest to the next; of an account that
 * is flat there is no next, so those beyond are charged at once.
 */
function deleverageRest(state: State, run: Run, unpaid: bigint): void {
  let missing = unpaid;
  if (run.rules.deficitMode === "TORN_UP" && run.left !== 0n && missing !== 0n) {
    const price = bankruptcyPrice(run.long, run.whole, run.mark, -missing);
    const { tornUp } = tearUp(state, run, price, 0n);
    missing -= min(missing, timesDown(tornUp, abs(price - run.mark)));
  }
  if (run.left === 0n && missing === 0n) return;
  const { maxTranches } = state.waterfall.value;
  let tranches: number;
  do {
    const done = tearUp(state, run, run.mark, missing);
    tranches = done.tranches;
    missing -= done.charged;
  } while (tranches >= maxTranches && run.left === 0n && missing !== 0n);
  if (run.left === 0n || tranches >= maxTranches) return;
  run.left -= closeAtMark(state, run.account, run.market, run.left, maxTranches);
  changed(run);
}

/** Step 4, for a deficit alone too: then its side is told by what is still held, or by what the position was. */
function tearUp(state: State, run: Run, price: bigint, deficit: bigint): Deleveraged {
  const size = signed(run, run.left !== 0n || run.apart !== 0n ? run.left : run.whole);
  const { maxTranches } = state.waterfall.value;
  const done = deleverage(state, run.account, run.market, size, price, deficit, maxTranches);
  if (done.tranches === 0) return done;
  run.left -= done.tornUp;
  changed(run);
  return done;
}

/** Step 4 by the queue, for a minute at a time; step 5 at once if nobody in profit is left, which the ledger alone can tell. */
function leaveToQueue(state: State, run: Run): void {
  const position = state.journal.position;
  try {
    run.left -= closeAtMark(state, run.account, run.market, run.left, state.waterfall.value.maxTranches);
    changed(run);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    state.journal.rollBack(position);
    const key = of(run.account, run.market);
    if (state.now < state.queuedAt.get(key) + QUEUE_WINDOW) return;
    state.queuedAt.set(key, state.now);
    run.progressed = true;
  }
}

function finish(state: State, run: Run, caller: string): bigint {
  const closed = run.whole - run.left;
  const health = run.stale ? measure(state, run.account, "LIQUIDATE") : run.health;
  let loss = 0n;
  // Rule of the doubtful spot: what it sells for decides what is lost; until then it stays the account's debt.
  if ((run.flat || (run.certain && run.doubt === 0n)) && health.notional === 0n && health.equity < 0n) {
    loss = socialiseLoss(state, run.account);
    health.equity += loss;
  }
  if (loss === 0n && !run.progressed) {
    const { equity, maintenanceMargin } = run.health;
    throw new Refusal("NothingToDo", run.account, run.market, equity, maintenanceMargin, run.left, run.bound);
  }
  payReward(state, run, health, closed, caller);
  return closed;
}

/**
 * The liquidator's reward. From the account while it has equity, out of what closing has freed beyond its margin ratio (P10).
 * Rule of the bounty: from the fund once equity is gone, and then no more than the lower trading fee on the lower of entry and
 * mark, which whoever opened the position has paid, so that owning both sides and the liquidator earns nothing.
 */
function payReward(state: State, run: Run, health: Health, closed: bigint, caller: string): void {
  const to = accountNumber(state, caller, 0);
  if (closed === 0n || to === 0 || to === run.account) return;
  const reward = rewardFor(state, run, closed);
  if (run.before.equity > 0n) {
    const { equity, maintenanceMargin } = run.before;
    const kept = up(equity * health.maintenanceMargin, maintenanceMargin);
    const spare = min(health.equity - kept, settledCash(state, run.account));
    const paid = min(reward, spare);
    if (paid > 0n) transferCash(state, run.account, to, paid);
    return;
  }
  const entry = towardsZero(abs(run.quote) * closed, run.whole);
  const fee = min(run.rules.makerFee, run.rules.takerFee);
  const bounty = down(min(entry, timesDown(closed, run.mark)) * fee, PPM);
  const asked = min(reward, bounty);
  if (asked === 0n || run.fundExhausted || !state.house.hasFund) return;
  payDeficit(state, run.market, to, asked);
}

function rewardFor(state: State, run: Run, closed: bigint): bigint {
  const { rewardRate, maxReward } = state.waterfall.value;
  return min(down(timesDown(closed, run.mark) * rewardRate, PPM), maxReward * WAD);
}

/** Whether equity is below the share of maintenance (two thirds) under which the backstop takes over. */
function isBelowThreshold(run: Run, health: Readonly<Health>): boolean {
  return atBest(run, health) * PPM < health.maintenanceMargin * run.rules.backstopThreshold;
}

/** Equity with what prices in doubt may add to it, and the index to the part of the position that is left. */
function atBest({ left, whole, apart, gap, doubt }: Run, { equity }: Readonly<Health>): bigint {
  return equity + doubt + (left === whole ? gap : towardsZero(gap * (left + apart), whole + apart));
}

function changed(run: Run): void {
  run.progressed = true;
  run.stale = true;
}

function signed(run: Run, size: bigint): bigint {
  return run.long ? size : -size;
}
