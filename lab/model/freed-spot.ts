import { down, min, PPM, up, WAD } from "./arithmetic.js";
import { debitSpot } from "./hedges.js";
import { closeMarket, openMarket } from "./markets.js";
import { priceFor } from "./mark.js";
import { deposit, NOBODY, QUOTE_SCALE } from "./money.js";
import type { SpotAssetRules } from "./parameters.js";
import type { Mandate } from "./records.js";
import { Refusal, refuseIf, refuseUnless } from "./refusal.js";
import { sellInPool } from "./spot-pool.js";
import { of, type State } from "./state.js";
import { approve, transferTokens } from "./tokens.js";
import { refresh } from "./trades.js";

/** The sale of spot whose short was torn up, for who has asked for it (section 8): exactly the freed quantity, by anyone, for a tip. */

/** Says how an account's freed spot is to be sold from now on; with no pool, not at all. Only its owner: this decides where money goes. */
export function setMandate(state: State, caller: string, account: number, market: number, mandate: Mandate): void {
  refuseUnless(state.accounts.get(account).owner === caller, "NotOwner", account, caller);
  const { pool, worst, tip } = mandate;
  refuseIf(worst >= PPM || tip >= PPM, "UnsafeMandate", worst, tip);
  const asset = assetOf(state, market);
  const known = pool === NOBODY || (asset !== undefined && state.spotPools.get(pool) !== undefined);
  refuseUnless(known, "UnknownPool", pool, asset?.token ?? NOBODY, state.house.quoteToken);
  state.mandates.set(of(account, market), pool === NOBODY ? undefined : mandate);
}

/**
 * Sells freed spot in the pool the account has named, and credits the account. Rule of the worst price: what the holder has named, but
 * never more below the index than the haircut, so that no sale lowers equity. Up. The tip comes out of the proceeds. Down.
 */
export function sellFreedSpot(state: State, caller: string, account: number, market: number, most: bigint): void {
  const mandate = state.mandates.get(of(account, market));
  const asset = assetOf(state, market);
  if (mandate === undefined || asset === undefined) throw new Refusal("NoMandate", account, market);
  const { index } = priceFor(state, market, "DELEVERAGE");
  const least = up(index * (PPM - min(mandate.worst, asset.haircut)), PPM);
  const sold = release(state, account, market, asset, most);
  const { sale, clearingHouse, quoteToken } = state.house;
  const proceeds = swap(state, mandate.pool, asset, sold);
  const tip = down(proceeds * mandate.tip, PPM);
  const credited = proceeds - tip;
  const required = up(least * sold, QUOTE_SCALE * 10n ** asset.decimals);
  refuseIf(credited < required, "WorseThanNamed", account, credited, required);
  approve(state, quoteToken, sale, clearingHouse, credited);
  deposit(state, sale, account, credited);
  transferTokens(state, quoteToken, sale, caller, tip);
}

/** Hands freed spot to the sale, each part of it once. Rule of the last fraction: what is less than a token unit stays. */
function release(state: State, account: number, id: number, asset: SpotAssetRules, most: bigint): bigint {
  const market = openMarket(state, id, "DELEVERAGE");
  const key = of(account, id);
  if (state.positions.get(key) !== undefined) refresh(state, market, account);
  closeMarket(state, market);
  const scale = WAD / 10n ** asset.decimals;
  const freed = state.freed.get(key);
  const tokens = down(min(freed, most), scale);
  refuseIf(tokens === 0n, "NothingFreed", account, id);
  state.freed.set(key, freed - tokens * scale);
  debitSpot(state, account, market.rules.spotAsset ?? 0, tokens * scale);
  transferTokens(state, asset.token, state.house.clearingHouse, state.house.sale, tokens);
  return tokens;
}

/** Sells an exact amount; what the pool pays. */
function swap(state: State, address: string, asset: SpotAssetRules, amount: bigint): bigint {
  const pool = state.spotPools.get(address);
  if (pool === undefined) throw new RangeError(`the model knows no pool ${address}`);
  const { proceeds, root } = sellInPool(pool, amount);
  state.spotPools.set(address, { ...pool, root });
  transferTokens(state, state.house.quoteToken, address, state.house.sale, proceeds);
  transferTokens(state, asset.token, state.house.sale, address, amount);
  return proceeds;
}

/** The underlying of a market, if one is listed for it. */
function assetOf(state: State, market: number): SpotAssetRules | undefined {
  const { spotAsset } = state.rules.get(market);
  return spotAsset === undefined ? undefined : state.spotAssets.get(spotAsset);
}
