import { positive } from "./arithmetic.js";
import { type Health, look, measure } from "./health.js";
import { peek } from "./mark.js";
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
