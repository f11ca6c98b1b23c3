import type { Deployed } from "../deployment/artifacts.js";
import type { Exchange as Deployment } from "../deployment/exchange.js";
import { UNLIMITED } from "../model/arithmetic.js";
import { Exchange } from "../model/exchange.js";
import { HOUSE_POOL } from "../model/house-pool.js";
import { NO_ACCOUNT } from "../model/records.js";
import { pair, State } from "../model/state.js";
import { BACKSTOP } from "../model/vault.js";
import type { Vault } from "../model/vault-shares.js";
import { readHouse, Reader, readRules, big } from "./chain-rules.js";
import type { Table } from "../model/journal.js";
import type { Allowance } from "../model/records.js";
import { ask, type Provider } from "../world/provider.js";

/** What a chain holds at the beginning that the model is to know. */
export interface Beginning {
  readonly provider: Provider;
  readonly deployment: Deployment;
  /** Wallets whose tokens and allowances count. */
  readonly wallets: readonly string[];
  readonly markets: readonly number[];
}

/**
 * The model of an exchange that was just deployed: rules, accounts, cash, limits and wallets read from the chain once, by views.
 * There must be no position, order or price yet; from then on the model knows only what is asked of the exchange.
 */
export async function modelOf(beginning: Beginning): Promise<Exchange> {
  const exchange = new Exchange();
  const reader = new Reader(beginning.provider);
  const latest = await ask<{ number: string; timestamp: string }>(
    beginning.provider,
    "eth_getBlockByNumber",
    "latest",
    false,
  );
  exchange.advance(Number(latest.timestamp), Number(latest.number));
  await readHouse(exchange.state, reader, beginning.deployment);
  await readTotals(exchange.state, reader, beginning.deployment);
  await readAccounts(exchange.state, reader, beginning);
  await readWallets(exchange.state, reader, beginning);
  for (const market of beginning.markets) {
    await readRules(exchange.state, reader, beginning.deployment, market);
  }
  exchange.state.journal.settle();
  return exchange;
}

/** What has been counted before there was anybody to trade. */
async function readTotals(state: State, reader: Reader, deployment: Deployment): Promise<void> {
  const { contracts } = deployment;
  state.feesAccrued.value = await reader.number(contracts.clearingHouse, "feesAccrued");
  state.socialisedLoss.value = await reader.number(contracts.clearingHouse, "socialisedLoss");
  state.triggerCount.value = Number(await reader.number(contracts.triggerOrders, "count"));
  for (const [vault, contract] of vaultsOf(deployment)) {
    state.shareSupplies.set(vault.address(state), await reader.number(contract, "totalSupply"));
  }
}

async function readAccounts(state: State, reader: Reader, { deployment }: Beginning): Promise<void> {
  const { clearingHouse } = deployment.contracts;
  const count = Number(await reader.number(clearingHouse, "accountCount"));
  state.accountCount.value = count;
  for (let account = 1; account <= count; account++) {
    const data = await reader.words(clearingHouse, "accountData", account);
    if (big(data, "openMarkets") !== 0n || big(data, "spotAssets") !== 0n || big(data, "maturing") !== 0n) {
      throw new Error(`account ${account} has traded already`);
    }
    const owner = String(data.owner).toLowerCase();
    const subaccount = Number(data.subaccount);
    state.accounts.set(account, { ...NO_ACCOUNT, owner, subaccount, cash: big(data, "cash") });
    state.accountNumbers.set(`${owner}/${subaccount}`, account);
  }
}

async function readWallets(state: State, reader: Reader, { deployment, wallets }: Beginning): Promise<void> {
  const { contracts } = deployment;
  const { clearingHouse, insuranceFund, backstopVault } = contracts;
  const vaults = vaultsOf(deployment).map(([, { address }]) => address);
  const holders = [...wallets, clearingHouse.address, insuranceFund.address, ...vaults];
  for (const token of [contracts.quoteToken, contracts.spotToken]) {
    const key = token.address.toLowerCase();
    for (const holder of holders) {
      const owner = holder.toLowerCase();
      state.balances.set(pair(key, owner), await reader.number(token, "balanceOf", holder));
      for (const spender of [clearingHouse.address, insuranceFund.address, ...vaults]) {
        const approved = await reader.number(token, "allowance", holder, spender);
        if (approved !== 0n) state.approvals.set(pair(key, pair(owner, spender.toLowerCase())), approved);
      }
    }
  }
  for (const [vault, contract] of vaultsOf(deployment)) {
    for (const holder of wallets) {
      const key = pair(vault.address(state), holder.toLowerCase());
      state.shares.set(key, await reader.number(contract, "balanceOf", holder));
    }
  }
  const approved = await reader.number(contracts.quoteToken, "allowance", backstopVault.address, clearingHouse.address);
  if (approved !== UNLIMITED) throw new Error("the vault has not approved the ledger");
}

/** The vaults of a deployment, and their contracts. */
export function vaultsOf({ contracts, house }: Deployment): readonly (readonly [Vault, Deployed])[] {
  const backstop = [BACKSTOP, contracts.backstopVault] as const;
  return house === undefined ? [backstop] : [backstop, [HOUSE_POOL, house.pool]];
}

/** Reads again what governance decides, after transactions nobody could follow. What the exchange's own calls change stays as it was. */
export async function rereadRules({ state }: Exchange, { provider, deployment, markets }: Beginning): Promise<void> {
  const fresh = new State();
  fresh.now = state.now;
  const reader = new Reader(provider);
  await readHouse(fresh, reader, deployment);
  for (const market of markets) {
    await readRules(fresh, reader, deployment, market);
    const [before, now] = [state.capRules.get(market), fresh.capRules.get(market)];
    if (before?.depthSource !== now?.depthSource) state.depths.set(market, fresh.depths.get(market));
    if (state.house.hasCaps === fresh.house.hasCaps) continue;
    const { cap, cappedAt } = fresh.markets.get(market);
    state.markets.change(market, { cap, cappedAt });
  }
  state.house = fresh.house;
  state.waterfall.value = fresh.waterfall.value;
  take(fresh.rules, state.rules);
  take(fresh.spotAssets, state.spotAssets);
  take(fresh.bookRules, state.bookRules);
  take(fresh.indexRules, state.indexRules);
  take(fresh.sources, state.sources);
  take(fresh.feeds, state.feeds);
  take(fresh.markRules, state.markRules);
  take(fresh.perpetuals, state.perpetuals);
  take(fresh.guardRules, state.guardRules);
  take(fresh.capRules, state.capRules);
  take(fresh.houseTerms, state.houseTerms);
  take(fresh.backstopRules, state.backstopRules);
  take(fresh.unwindSlippage, state.unwindSlippage);
  takeLimits(fresh.fundLimits, state.fundLimits);
  takeLimits(fresh.unwinding, state.unwinding);
  takeLimits(fresh.houseAllowances, state.houseAllowances);
  state.journal.settle();
}

function take<K extends string | number, V>(from: Table<K, V>, to: Table<K, V>): void {
  for (const [key, record] of from.entries()) to.set(key, record);
}

/** What is used of an allowance stays used. */
function takeLimits(from: Table<number, Allowance>, to: Table<number, Allowance>): void {
  for (const [key, { single, capacity, window }] of from.entries()) to.change(key, { single, capacity, window });
}
