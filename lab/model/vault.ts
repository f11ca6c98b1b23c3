import { abs, positive, PPM } from "./arithmetic.js";
import { type Health, look, measure } from "./health.js";
import { peek, priceFor } from "./mark.js";
import { refuseIf } from "./refusal.js";
import type { State } from "./state.js";
import type { Vault } from "./vault-shares.js";

/** The backstop vault, whose free cash and whose markets have a ledger account each. */
export const BACKSTOP: Vault = {
  address: ({ house }) => house.vault,
  account: ({ house }) => house.vaultAccount,
  cooldown: ({ house }) => house.cooldown,
  redemptionWindow: ({ house }) => house.redemptionWindow,
  netAssetValue,
  requireFair,
  isFair,
};

/** Equity of all the vault's accounts at mark. A market's account that owes costs what was allotted to it and no more. */
function netAssetValue(state: State): bigint {
  const own = positive(look(state, state.house.vaultAccount).equity);
  return marketAccounts(state).reduce((sum, { account }) => sum + positive(look(state, account).equity), own);
}

/**
 * Nobody leaves ahead of a loss: refused while a liquidation of the vault's accounts is due, a price they need is not VALID, or a mark
 * is still on its way to the index.
 */
function requireFair(state: State): void {
  for (const { account, market } of marketAccounts(state)) {
    const health = measure(state, account, "VAULT");
    refuseIf(isDue(health), "LiquidationDue", account, health.equity, health.maintenanceMargin);
    if (health.notional === 0n) continue;
    const { mark, index } = priceFor(state, market, "VAULT");
    refuseIf(isLeft(state, market, mark, index), "MarkAstray", market, mark, index);
  }
}

function isFair(state: State): boolean {
  return marketAccounts(state).every(({ account, market }) => {
    const health = look(state, account);
    if (isDue(health)) return false;
    if (health.notional === 0n) return true;
    const { mark, index, validity } = peek(state, market);
    return validity === "VALID" && !isLeft(state, market, mark, index);
  });
}

/** Whether the index has left the mark behind by more than the market's gap; zero is for any distance. */
function isLeft(state: State, market: number, mark: bigint, index: bigint): boolean {
  const { gap } = state.backstopRules.get(market);
  return gap !== 0n && abs(mark - index) * PPM > index * gap;
}

function isDue({ equity, maintenanceMargin }: Health): boolean {
  return equity < maintenanceMargin;
}

function marketAccounts(state: State): { market: number; account: number }[] {
  return state.backed.value.map((market) => ({ market, account: state.exposures.get(market).account }));
}
