import { abs, down, min, positive, PPM, timesDown, timesUp } from "./arithmetic.js";
import type { Market } from "./markets.js";
import { positionOf } from "./positions.js";
import { refuseIf } from "./refusal.js";
import { of, type State } from "./state.js";

/** Spot counts as a hedge only after it has been held this long, milliseconds (section 4). */
const TENURE = 3_600_000n;

/** A position is hedged when at least this part of it is covered, ppm. */
const HEDGED_FROM = 950_000n;

/** Rule of stress: for 30 minutes after a deleveraging, while the price is not VALID, and while mark and index are over 1 % apart. */
const STRESS_TIME = 1_800n;
const STRESS_BASIS = 10_000n;

/** What an account has behind its short in one market: seasoned spot, and the haircut that spot is spared while it covers. */
export interface Cover {
  readonly seasoned: bigint;
  readonly haircut: bigint;
}

const NOTHING: Cover = { seasoned: 0n, haircut: 0n };

/** An asset covers shorts of the one market that names it and that it names itself, so no spot covers twice. */
export function coverOf(state: State, account: number, market: Market): Cover {
  const { spotAsset } = market.rules;
  if (market.hedgedRate === 0n || spotAsset === undefined || !holds(state, account, spotAsset)) return NOTHING;
  const rules = state.spotAssets.get(spotAsset);
  if (rules?.market !== market.id) return NOTHING;
  return { seasoned: seasonedSpot(state, account, spotAsset), haircut: rules.haircut };
}

/** min(|short|, seasoned spot). Longs are never covered. */
export function covered(cover: Cover, size: bigint): bigint {
  return size >= 0n ? 0n : min(-size, cover.seasoned);
}

/** What sparing the covered spot its haircut adds to equity. Down, against the account. */
export function relief(cover: Cover, size: bigint, index: bigint): bigint {
  return down(timesDown(covered(cover, size), index) * cover.haircut, PPM);
}

/** At least 95 % of the position is covered. */
export function isHedged(cover: Cover, size: bigint): boolean {
  const amount = covered(cover, size);
  return amount !== 0n && amount * PPM >= -size * HEDGED_FROM;
}

/** Margin of an exposure: the covered part at its own rate. Up for each part, against the account. */
export function marginOf(cover: Cover, size: bigint, price: bigint, rate: bigint, coveredRate: bigint): bigint {
  const amount = covered(cover, size);
  return timesUp(timesUp(abs(size) - amount, price), rate) + timesUp(timesUp(amount, price), coveredRate);
}

/** Maintenance margin: the covered part needs only the hedged rate. */
export function maintenanceMargin(cover: Cover, market: Market, size: bigint, price: bigint): bigint {
  return marginOf(cover, size, price, market.maintenanceRate, market.hedgedRate);
}

/** Initial margin. Rule of the hedge's initial margin: twice the hedged rate, whatever the open interest. */
export function initialMargin(cover: Cover, market: Market, size: bigint, price: bigint): bigint {
  return marginOf(cover, size, price, market.initialRate, 2n * market.hedgedRate);
}

/** Spot of an account that covers no short. */
export function uncoveredSpot(state: State, account: number, asset: number, market: Market): bigint {
  const { amount } = state.spot.get(of(account, asset));
  if (market.rules.spotAsset !== asset) return amount;
  const { size } = positionOf(state, account, market.id, market.fundingIndex);
  return amount - covered(coverOf(state, account, market), size);
}

/** Nothing that covers a short leaves while the market is stressed. */
export function refuseUncovering(state: State, account: number, market: Market, size: bigint, before: bigint): void {
  const left = covered(coverOf(state, account, market), size);
  refuseIf(left < before && isStressed(state, market), "HedgeLocked", account, market.id, before, left);
}

/**
 * Keeps the spot that tear-ups have freed to what is there and covers nothing: min(freed, spot - |short|). What the holder has
 * since used, taken out or covered again is freed no more.
 */
export function trackFreed(
  state: State,
  account: number,
  market: number,
  asset: number,
  torn: bigint,
  size: bigint,
): void {
  const before = state.freed.get(of(account, market));
  if (before + torn === 0n) return;
  const freed = min(before + torn, spareSpot(state, account, asset, size));
  if (freed !== before) state.freed.set(of(account, market), freed);
}

/** Spot beyond what a position could use as cover. */
export function spareSpot(state: State, account: number, asset: number, size: bigint): bigint {
  return positive(state.spot.get(of(account, asset)).amount - (size < 0n ? -size : 0n));
}

/** Whether an account holds any of an asset. */
export function holds(state: State, account: number, asset: number): boolean {
  return (state.accounts.get(account).spotAssets & (1 << asset)) !== 0;
}

/** Spot that may stand as a hedge now. */
export function seasonedSpot(state: State, account: number, asset: number): bigint {
  const { amount, waiting, seasonedAt } = state.spot.get(of(account, asset));
  return seasonedAt > state.now * 1_000n ? amount - waiting : amount;
}

/**
 * Adds spot, which starts to wait now. Rule of the average wait: parts that wait together wait for the average of what each has
 * left, by amount, in milliseconds. Up, against the hedge.
 */
export function creditSpot(state: State, account: number, asset: number, added: bigint): void {
  const { amount, waiting, seasonedAt } = state.spot.get(of(account, asset));
  const moment = state.now * 1_000n;
  const left = positive(seasonedAt - moment);
  const before = left === 0n ? 0n : waiting;
  const total = before + added;
  const wait = (before * left + added * TENURE + total - 1n) / total;
  state.spot.set(of(account, asset), { amount: amount + added, waiting: total, seasonedAt: moment + wait });
  const { spotAssets } = state.accounts.get(account);
  state.accounts.change(account, { spotAssets: spotAssets | (1 << asset) });
}

/** Takes spot away. Rule of the order: first of what waits. */
export function debitSpot(state: State, account: number, asset: number, taken: bigint): void {
  const { amount, waiting, seasonedAt } = state.spot.get(of(account, asset));
  refuseIf(taken > amount, "ExceedsSpot", account, asset, taken, amount);
  const stillWaiting = positive(waiting - taken);
  state.spot.set(of(account, asset), { amount: amount - taken, waiting: stillWaiting, seasonedAt });
  if (taken !== amount) return;
  const { spotAssets } = state.accounts.get(account);
  state.accounts.change(account, { spotAssets: spotAssets & ~(1 << asset) });
}

function isStressed(state: State, { id, price }: Market): boolean {
  if (state.now < state.deleveragedAt.get(id) + STRESS_TIME) return true;
  return price.validity !== "VALID" || abs(price.mark - price.index) * PPM > price.index * STRESS_BASIS;
}
