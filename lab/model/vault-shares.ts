import { down, min, UNLIMITED, up } from "./arithmetic.js";
import { deposit as depositInLedger, NOBODY, payout, QUOTE_SCALE, withdraw, withdrawable } from "./money.js";
import { refuseIf } from "./refusal.js";
import { NO_REDEMPTION, type Redemption } from "./records.js";
import { pair, type State } from "./state.js";
import { pullTokens, transferTokens } from "./tokens.js";

/*
 * Vault shares (section 9): ERC-4626 by request and cooldown. Shares have 6 decimals more than the asset; one virtual asset and its
 * shares make inflating the share price a loss to whoever tries.
 */

/** What sets one vault apart from another. */
export interface Vault {
  readonly address: (state: State) => string;
  /** The ledger account its free cash is in. */
  readonly account: (state: State) => number;
  /** Seconds from a request until it may be redeemed, and from then until it lapses. */
  readonly cooldown: (state: State) => bigint;
  readonly redemptionWindow: (state: State) => bigint;
  /** Equity of all its accounts at mark, WAD. */
  readonly netAssetValue: (state: State) => bigint;
  /** Nobody joins or leaves while that is not fair: refuses, at the prices of this block. */
  readonly requireFair: (state: State) => void;
  /** Whether it would not, at the prices of now. */
  readonly isFair: (state: State) => boolean;
}

const VIRTUAL_SHARES = 10n ** 6n;
const VIRTUAL_ASSETS = 1n;

/** Assets for shares. Down, against the depositor. */
export function depositAssets(state: State, vault: Vault, caller: string, assets: bigint, receiver: string): void {
  vault.requireFair(state);
  const most = maxDeposit(state, vault);
  refuseIf(assets > most, "ERC4626ExceededMaxDeposit", receiver, assets, most);
  enter(state, vault, caller, receiver, assets, sharesFor(state, vault, assets, down));
}

/** Shares for assets. Up, against the depositor. */
export function mintShares(state: State, vault: Vault, caller: string, shares: bigint, receiver: string): void {
  vault.requireFair(state);
  const most = maxDeposit(state, vault);
  refuseIf(shares > most, "ERC4626ExceededMaxMint", receiver, shares, most);
  enter(state, vault, caller, receiver, assetsFor(state, vault, shares, up), shares);
}

/** Asks to redeem shares after the cooldown; replaces an earlier request. */
export function requestRedeem(state: State, vault: Vault, owner: string, shares: bigint): void {
  const held = sharesOf(state, vault, owner);
  refuseIf(shares === 0n || shares > held, "InvalidRequest", shares, held);
  const readyAt = state.now + vault.cooldown(state);
  state.redemptions.set(keyOf(state, vault, owner), {
    shares,
    readyAt,
    expiresAt: readyAt + vault.redemptionWindow(state),
  });
}

/** Takes a request back. */
export function cancelRequest(state: State, vault: Vault, owner: string): void {
  refuseIf(requestOf(state, vault, owner).shares === 0n, "NoRequest", owner);
  state.redemptions.set(keyOf(state, vault, owner), NO_REDEMPTION);
}

/** Shares back for assets, at the price of now. Down, against the redeemer. */
export function redeemShares(
  state: State,
  vault: Vault,
  caller: string,
  shares: bigint,
  receiver: string,
  owner: string,
): void {
  vault.requireFair(state);
  const most = maxRedeem(state, vault, owner);
  refuseIf(shares > most, "ERC4626ExceededMaxRedeem", owner, shares, most);
  exit(state, vault, caller, receiver, owner, assetsFor(state, vault, shares, down), shares);
}

/** Assets back for shares, at the price of now. Up, against the redeemer. */
export function withdrawAssets(
  state: State,
  vault: Vault,
  caller: string,
  assets: bigint,
  receiver: string,
  owner: string,
): void {
  vault.requireFair(state);
  const most = maxWithdraw(state, vault, owner);
  refuseIf(assets > most, "ERC4626ExceededMaxWithdraw", owner, assets, most);
  exit(state, vault, caller, receiver, owner, assets, sharesFor(state, vault, assets, up));
}

/** Moves shares; those under an open request stay where they are. */
export function transferShares(state: State, vault: Vault, from: string, to: string, amount: bigint): void {
  moveShares(state, vault, from, to, amount);
}

/** Net asset value in the asset's decimals, at what the ledger would pay for it while a socialised loss stands. Down. */
export function totalAssets(state: State, vault: Vault): bigint {
  const { numerator, denominator } = payout(state);
  return down((vault.netAssetValue(state) / QUOTE_SCALE) * numerator, denominator);
}

/** Shares that may be redeemed now: requested, their cooldown over, and within the vault's free cash. */
export function maxRedeem(state: State, vault: Vault, owner: string): bigint {
  const shares = redeemable(state, vault, owner);
  if (shares === 0n || !vault.isFair(state)) return 0n;
  return min(shares, sharesFor(state, vault, liquid(state, vault), down));
}

function maxWithdraw(state: State, vault: Vault, owner: string): bigint {
  const shares = redeemable(state, vault, owner);
  if (shares === 0n || !vault.isFair(state)) return 0n;
  return min(assetsFor(state, vault, shares, down), liquid(state, vault));
}

/** No deposits while a socialised loss stands: the ledger credits them in full, and the others would pay for it. */
function maxDeposit(state: State, vault: Vault): bigint {
  return vault.isFair(state) && state.socialisedLoss.value === 0n ? UNLIMITED : 0n;
}

function enter(state: State, vault: Vault, caller: string, receiver: string, assets: bigint, shares: bigint): void {
  const own = vault.address(state);
  pullTokens(state, state.house.quoteToken, own, caller, own, assets);
  if (assets !== 0n) depositInLedger(state, own, vault.account(state), assets);
  moveShares(state, vault, NOBODY, receiver, shares);
}

function exit(
  state: State,
  vault: Vault,
  caller: string,
  receiver: string,
  owner: string,
  assets: bigint,
  shares: bigint,
): void {
  if (caller !== owner) spendApproval(state, vault, owner, caller, shares);
  const request = requestOf(state, vault, owner);
  const left = request.shares - shares;
  state.redemptions.set(keyOf(state, vault, owner), left === 0n ? NO_REDEMPTION : { ...request, shares: left });
  moveShares(state, vault, owner, NOBODY, shares);
  if (assets === 0n) return;
  const [own, account] = [vault.address(state), vault.account(state)];
  const { numerator, denominator } = payout(state);
  if (numerator === denominator) {
    withdraw(state, own, account, assets, receiver);
    return;
  }
  // While a socialised loss stands the ledger is asked for more than it will pay. Up; what it pays beyond is the vault's.
  const claim = up(assets * denominator, numerator);
  const paid = withdraw(state, own, account, claim, own);
  refuseIf(paid < assets, "WithdrawalShort", assets, paid);
  transferTokens(state, state.house.quoteToken, own, receiver, assets);
}

/** From or to nobody is a mint or a burn. */
function moveShares(state: State, vault: Vault, from: string, to: string, amount: bigint): void {
  const held = sharesOf(state, vault, from);
  if (from !== NOBODY) {
    const { shares: locked, expiresAt } = requestOf(state, vault, from);
    const open = state.now < expiresAt && amount <= held;
    refuseIf(open && amount > held - locked, "SharesLocked", from, locked, held, amount);
    refuseIf(amount > held, "ERC20InsufficientBalance", from, held, amount);
    state.shares.set(keyOf(state, vault, from), held - amount);
  } else {
    changeSupply(state, vault, amount);
  }
  if (to === NOBODY) changeSupply(state, vault, -amount);
  else state.shares.set(keyOf(state, vault, to), sharesOf(state, vault, to) + amount);
}

function spendApproval(state: State, vault: Vault, owner: string, spender: string, shares: bigint): void {
  const key = keyOf(state, vault, pair(owner, spender));
  const approved = state.shareApprovals.get(key);
  if (approved === UNLIMITED) return;
  refuseIf(approved < shares, "ERC20InsufficientAllowance", spender, approved, shares);
  state.shareApprovals.set(key, approved - shares);
}

function sharesFor(state: State, vault: Vault, assets: bigint, rounded: typeof down): bigint {
  return rounded(assets * (supplyOf(state, vault) + VIRTUAL_SHARES), totalAssets(state, vault) + VIRTUAL_ASSETS);
}

function assetsFor(state: State, vault: Vault, shares: bigint, rounded: typeof down): bigint {
  return rounded(shares * (totalAssets(state, vault) + VIRTUAL_ASSETS), supplyOf(state, vault) + VIRTUAL_SHARES);
}

function redeemable(state: State, vault: Vault, owner: string): bigint {
  const { shares, readyAt, expiresAt } = requestOf(state, vault, owner);
  return state.now >= readyAt && state.now < expiresAt ? shares : 0n;
}

/** What the main account could be paid now, in the asset's decimals. Down. */
function liquid(state: State, vault: Vault): bigint {
  const { numerator, denominator } = payout(state);
  return down((withdrawable(state, vault.account(state)) / QUOTE_SCALE) * numerator, denominator);
}

/** Shares somebody holds. */
export function sharesOf(state: State, vault: Vault, holder: string): bigint {
  return state.shares.get(keyOf(state, vault, holder));
}

/** All shares there are. */
export function supplyOf(state: State, vault: Vault): bigint {
  return state.shareSupplies.get(vault.address(state));
}

/** What somebody has asked to redeem. */
export function requestOf(state: State, vault: Vault, owner: string): Redemption {
  return state.redemptions.get(keyOf(state, vault, owner));
}

function changeSupply(state: State, vault: Vault, amount: bigint): void {
  state.shareSupplies.set(vault.address(state), supplyOf(state, vault) + amount);
}

function keyOf(state: State, vault: Vault, holder: string): string {
  return pair(vault.address(state), holder);
}
