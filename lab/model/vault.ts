import { look, measure, type Health } from "./health.js";
import { down, min, positive, UNLIMITED, up } from "./arithmetic.js";
import { peek } from "./mark.js";
import { deposit as depositInLedger, NOBODY, payout, QUOTE_SCALE, withdraw, withdrawable } from "./money.js";
import { refuseIf } from "./refusal.js";
import { NO_REDEMPTION } from "./records.js";
import { pair, type State } from "./state.js";
import { pullTokens, transferTokens } from "./tokens.js";

/*
 * Shares of the backstop vault (section 9): ERC-4626 by request and cooldown. Shares have 6 decimals more than the asset; one
 * virtual asset and its shares make inflating the share price a loss to whoever tries.
 */

const VIRTUAL_SHARES = 10n ** 6n;
const VIRTUAL_ASSETS = 1n;

/** Assets for shares. Down, against the depositor. */
export function depositAssets(state: State, caller: string, assets: bigint, receiver: string): void {
  requireFair(state);
  const most = maxDeposit(state);
  refuseIf(assets > most, "ERC4626ExceededMaxDeposit", receiver, assets, most);
  enter(state, caller, receiver, assets, sharesFor(state, assets, down));
}

/** Shares for assets. Up, against the depositor. */
export function mintShares(state: State, caller: string, shares: bigint, receiver: string): void {
  requireFair(state);
  const most = maxDeposit(state);
  refuseIf(shares > most, "ERC4626ExceededMaxMint", receiver, shares, most);
  enter(state, caller, receiver, assetsFor(state, shares, up), shares);
}

/** Asks to redeem shares after the cooldown; replaces an earlier request. */
export function requestRedeem(state: State, owner: string, shares: bigint): void {
  const held = state.shares.get(owner);
  refuseIf(shares === 0n || shares > held, "InvalidRequest", shares, held);
  const { cooldown, redemptionWindow } = state.house;
  const readyAt = state.now + cooldown;
  state.redemptions.set(owner, { shares, readyAt, expiresAt: readyAt + redemptionWindow });
}

/** Takes a request back. */
export function cancelRequest(state: State, owner: string): void {
  refuseIf(state.redemptions.get(owner).shares === 0n, "NoRequest", owner);
  state.redemptions.set(owner, NO_REDEMPTION);
}

/** Shares back for assets, at the price of now. Down, against the redeemer. */
export function redeemShares(state: State, caller: string, shares: bigint, receiver: string, owner: string): void {
  requireFair(state);
  const most = maxRedeem(state, owner);
  refuseIf(shares > most, "ERC4626ExceededMaxRedeem", owner, shares, most);
  exit(state, caller, receiver, owner, assetsFor(state, shares, down), shares);
}

/** Assets back for shares, at the price of now. Up, against the redeemer. */
export function withdrawAssets(state: State, caller: string, assets: bigint, receiver: string, owner: string): void {
  requireFair(state);
  const most = maxWithdraw(state, owner);
  refuseIf(assets > most, "ERC4626ExceededMaxWithdraw", owner, assets, most);
  exit(state, caller, receiver, owner, assets, sharesFor(state, assets, up));
}

/** Moves shares; those under an open request stay where they are. */
export function transferShares(state: State, from: string, to: string, amount: bigint): void {
  moveShares(state, from, to, amount);
}

/** Net asset value in the asset's decimals, at what the ledger would pay for it while a socialised loss stands. Down. */
export function totalAssets(state: State): bigint {
  const { numerator, denominator } = payout(state);
  return down((netAssetValue(state) / QUOTE_SCALE) * numerator, denominator);
}

/** Shares that may be redeemed now: requested, their cooldown over, and within the vault's free cash. */
export function maxRedeem(state: State, owner: string): bigint {
  const shares = redeemable(state, owner);
  if (shares === 0n || !isFair(state)) return 0n;
  return min(shares, sharesFor(state, liquid(state), down));
}

function maxWithdraw(state: State, owner: string): bigint {
  const shares = redeemable(state, owner);
  if (shares === 0n || !isFair(state)) return 0n;
  return min(assetsFor(state, shares, down), liquid(state));
}

/** No deposits while a socialised loss stands: the ledger credits them in full, and the others would pay for it. */
function maxDeposit(state: State): bigint {
  return isFair(state) && state.socialisedLoss.value === 0n ? UNLIMITED : 0n;
}

function enter(state: State, caller: string, receiver: string, assets: bigint, shares: bigint): void {
  const { vault, quoteToken, vaultAccount } = state.house;
  pullTokens(state, quoteToken, vault, caller, vault, assets);
  if (assets !== 0n) depositInLedger(state, vault, vaultAccount, assets);
  moveShares(state, NOBODY, receiver, shares);
}

function exit(state: State, caller: string, receiver: string, owner: string, assets: bigint, shares: bigint): void {
  if (caller !== owner) spendApproval(state, owner, caller, shares);
  const request = state.redemptions.get(owner);
  const left = request.shares - shares;
  state.redemptions.set(owner, left === 0n ? NO_REDEMPTION : { ...request, shares: left });
  moveShares(state, owner, NOBODY, shares);
  if (assets === 0n) return;
  const { vault, vaultAccount, quoteToken } = state.house;
  const { numerator, denominator } = payout(state);
  if (numerator === denominator) {
    withdraw(state, vault, vaultAccount, assets, receiver);
    return;
  }
  // While a socialised loss stands the ledger is asked for more than it will pay. Up; what it pays beyond is the vault's.
  const claim = up(assets * denominator, numerator);
  const paid = withdraw(state, vault, vaultAccount, claim, vault);
  refuseIf(paid < assets, "WithdrawalShort", assets, paid);
  transferTokens(state, quoteToken, vault, receiver, assets);
}

/** From or to nobody is a mint or a burn. */
function moveShares(state: State, from: string, to: string, amount: bigint): void {
  const held = state.shares.get(from);
  if (from !== NOBODY) {
    const { shares: locked, expiresAt } = state.redemptions.get(from);
    const open = state.now < expiresAt && amount <= held;
    refuseIf(open && amount > held - locked, "SharesLocked", from, locked, held, amount);
    refuseIf(amount > held, "ERC20InsufficientBalance", from, held, amount);
    state.shares.set(from, held - amount);
  } else {
    state.shareSupply.value += amount;
  }
  if (to === NOBODY) state.shareSupply.value -= amount;
  else state.shares.set(to, state.shares.get(to) + amount);
}

function spendApproval(state: State, owner: string, spender: string, shares: bigint): void {
  const approved = state.shareApprovals.get(pair(owner, spender));
  if (approved === UNLIMITED) return;
  refuseIf(approved < shares, "ERC20InsufficientAllowance", spender, approved, shares);
  state.shareApprovals.set(pair(owner, spender), approved - shares);
}

function sharesFor(state: State, assets: bigint, rounded: typeof down): bigint {
  return rounded(assets * (state.shareSupply.value + VIRTUAL_SHARES), totalAssets(state) + VIRTUAL_ASSETS);
}

function assetsFor(state: State, shares: bigint, rounded: typeof down): bigint {
  return rounded(shares * (totalAssets(state) + VIRTUAL_ASSETS), state.shareSupply.value + VIRTUAL_SHARES);
}

function redeemable(state: State, owner: string): bigint {
  const { shares, readyAt, expiresAt } = state.redemptions.get(owner);
  return state.now >= readyAt && state.now < expiresAt ? shares : 0n;
}

/** What the main account could be paid now, in the asset's decimals. Down. */
function liquid(state: State): bigint {
  const { numerator, denominator } = payout(state);
  return down((withdrawable(state, state.house.vaultAccount) / QUOTE_SCALE) * numerator, denominator);
}

/** Equity of all the vault's accounts at mark. A market's account that owes costs what was allotted to it and no more. */
function netAssetValue(state: State): bigint {
  const own = positive(look(state, state.house.vaultAccount).equity);
  return marketAccounts(state).reduce((sum, { account }) => sum + positive(look(state, account).equity), own);
}

/** Nobody leaves ahead of a loss: refused while a liquidation of the vault's accounts is due or a price they need is not VALID. */
function requireFair(state: State): void {
  for (const { account } of marketAccounts(state)) {
    const health = measure(state, account, "VAULT");
    refuseIf(isDue(health), "LiquidationDue", account, health.equity, health.maintenanceMargin);
  }
}

function isFair(state: State): boolean {
  return marketAccounts(state).every(({ account, market }) => {
    const health = look(state, account);
    return !isDue(health) && (health.notional === 0n || peek(state, market).validity === "VALID");
  });
}

function isDue({ equity, maintenanceMargin }: Health): boolean {
  return equity < maintenanceMargin;
}

function marketAccounts(state: State): { market: number; account: number }[] {
  return state.backed.value.map((market) => ({ market, account: state.exposures.get(market).account }));
}
