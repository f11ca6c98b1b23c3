import type { Result } from "ethers";

import type { Deployed } from "../deployment/artifacts.js";
import type { Exchange as Deployment } from "../deployment/exchange.js";
import { UNLIMITED } from "../model/arithmetic.js";
import { Exchange } from "../model/exchange.js";
import { ALL_MARKETS } from "../model/insurance.js";
import type { MarketRules, Status } from "../model/parameters.js";
import type { PolicyName } from "../model/policies.js";
import type { Allowance } from "../model/records.js";
import { NO_ACCOUNT } from "../model/records.js";
import { pair, type State } from "../model/state.js";
import { ask, type Provider } from "../world/provider.js";

/** What a chain holds at the beginning that the model is to know. */
export interface Beginning {
  readonly provider: Provider;
  readonly deployment: Deployment;
  /** Wallets whose tokens and allowances count. */
  readonly wallets: readonly string[];
  readonly markets: readonly number[];
}

type Words = Readonly<Record<string, bigint | string>>;

/** What a market lets traders do, by the contract's number. */
export const STATUSES: readonly Status[] = ["UNLISTED", "ACTIVE", "REDUCE_ONLY"];
const NO_ADDRESS = `0x${"0".repeat(40)}`;

/**
 * The model of an exchange that was just deployed: rules, accounts, cash, limits and wallets read from the chain once, by views.
 * There must be no position, order or price yet; from then on the model knows only what is asked of the exchange.
 */
export async function modelOf(beginning: Beginning): Promise<Exchange> {
  const exchange = new Exchange();
  const reader = new Reader(beginning.provider);
  await readHouse(exchange.state, reader, beginning);
  await readAccounts(exchange.state, reader, beginning);
  await readWallets(exchange.state, reader, beginning);
  for (const market of beginning.markets) {
    await readMarket(exchange.state, reader, beginning.deployment, market);
    await readPrices(exchange.state, reader, beginning.deployment, market);
    await readLimits(exchange.state, reader, beginning.deployment, market);
  }
  exchange.state.journal.settle();
  return exchange;
}

/** Asks views by name. */
class Reader {
  readonly #provider: Provider;

  constructor(provider: Provider) {
    this.#provider = provider;
  }

  async read(contract: Deployed, method: string, ...args: unknown[]): Promise<readonly unknown[]> {
    const data = contract.interface.encodeFunctionData(method, args);
    const answer = await ask<string>(this.#provider, "eth_call", { to: contract.address, data }, "latest");
    return [...contract.interface.decodeFunctionResult(method, answer)] as unknown[];
  }

  async number(contract: Deployed, method: string, ...args: unknown[]): Promise<bigint> {
    const [value] = await this.read(contract, method, ...args);
    return value as bigint;
  }

  async words(contract: Deployed, method: string, ...args: unknown[]): Promise<Words> {
    const [value] = await this.read(contract, method, ...args);
    return membersOf(value);
  }
}

/** A struct's members by name: some of their names are methods of the list it is decoded to. */
function membersOf(value: unknown): Words {
  return (value as Result).toObject() as Words;
}

function big(words: Words, name: string): bigint {
  return BigInt(words[name] ?? 0);
}

async function readHouse(state: State, reader: Reader, { deployment }: Beginning): Promise<void> {
  const { contracts, accounts } = deployment;
  const split = await reader.words(contracts.clearingHouse, "feeSplit");
  const [fund] = await reader.read(contracts.liquidationEngine, "insurance");
  const [vault] = await reader.read(contracts.liquidationEngine, "backstop");
  state.house = {
    quoteToken: contracts.quoteToken.address.toLowerCase(),
    clearingHouse: contracts.clearingHouse.address.toLowerCase(),
    fund: contracts.insuranceFund.address.toLowerCase(),
    vault: contracts.backstopVault.address.toLowerCase(),
    treasuryAccount: accounts.treasury,
    fundAccount: accounts.insuranceFund,
    vaultAccount: accounts.backstopVault,
    split: { insuranceShare: big(split, "insuranceShare"), backstopShare: big(split, "backstopShare") },
    cooldown: await reader.number(contracts.backstopVault, "COOLDOWN"),
    redemptionWindow: await reader.number(contracts.backstopVault, "REDEMPTION_WINDOW"),
    hasFund: fund !== NO_ADDRESS,
    hasVault: vault !== NO_ADDRESS,
  };
  const pace = await reader.words(contracts.liquidationEngine, "parameters");
  state.waterfall.value = {
    buffer: big(pace, "buffer"),
    slice: big(pace, "slice"),
    sliceAbove: big(pace, "sliceAbove"),
    cooldown: big(pace, "cooldown"),
    rewardRate: big(pace, "rewardRate"),
    maxReward: big(pace, "maxReward"),
    maxMakers: Number(pace.maxMakers),
    maxTranches: Number(pace.maxTranches),
  };
  state.feesAccrued.value = await reader.number(contracts.clearingHouse, "feesAccrued");
  state.socialisedLoss.value = await reader.number(contracts.clearingHouse, "socialisedLoss");
  state.shareSupply.value = await reader.number(contracts.backstopVault, "totalSupply");
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
  const holders = [...wallets, clearingHouse.address, insuranceFund.address, backstopVault.address];
  for (const token of [contracts.quoteToken, contracts.spotToken]) {
    const key = token.address.toLowerCase();
    for (const holder of holders) {
      const owner = holder.toLowerCase();
      state.balances.set(pair(key, owner), await reader.number(token, "balanceOf", holder));
      for (const spender of [clearingHouse, insuranceFund, backstopVault]) {
        const approved = await reader.number(token, "allowance", holder, spender.address);
        if (approved !== 0n) state.approvals.set(pair(key, pair(owner, spender.address.toLowerCase())), approved);
      }
    }
  }
  for (const holder of wallets) {
    state.shares.set(holder.toLowerCase(), await reader.number(backstopVault, "balanceOf", holder));
  }
  const approved = await reader.number(contracts.quoteToken, "allowance", backstopVault.address, clearingHouse.address);
  if (approved !== UNLIMITED) throw new Error("the vault has not approved the ledger");
}

async function readMarket(state: State, reader: Reader, deployment: Deployment, market: number): Promise<void> {
  const { clearingHouse, orderBook } = deployment.contracts;
  const config = await reader.words(clearingHouse, "marketConfig", market);
  state.rules.set(market, rulesOf(deployment, config));
  const now = await reader.words(clearingHouse, "marketState", market);
  state.markets.set(market, {
    fundingIndex: big(now, "fundingIndex"),
    fundingAt: big(now, "fundingAt"),
    initialRate: big(now, "initialRate"),
    longOpenInterest: big(now, "longOpenInterest"),
    shortOpenInterest: big(now, "shortOpenInterest"),
  });
  const asset = Number(config.spotAsset) - 1;
  if (asset >= 0) {
    const spot = await reader.words(clearingHouse, "spotAsset", asset);
    state.spotAssets.set(asset, {
      token: String(spot.token).toLowerCase(),
      decimals: big(spot, "decimals"),
      market: Number(spot.market),
      haircut: big(spot, "haircut"),
      discount: big(spot, "discount"),
    });
  }
  const book = await reader.words(orderBook, "bookConfig", market);
  state.bookRules.set(market, {
    tickSize: big(book, "tickSize"),
    lotSize: big(book, "lotSize"),
    minimumSize: big(book, "minimumSize"),
    priceBand: big(book, "priceBand"),
  });
}

/** A market's rules in the model's words. */
function rulesOf(deployment: Deployment, config: Words): MarketRules {
  const { hedgeLast, proRata, profitFirst, leverageFirst, leverageLevel } = deployment.contracts;
  const policies: readonly [Deployed, PolicyName][] = [
    [hedgeLast, "HedgeLast"],
    [proRata, "ProRata"],
    [profitFirst, "ProfitFirst"],
    [leverageFirst, "LeverageFirst"],
    [leverageLevel, "LeverageLevel"],
  ];
  const policy = policies.find(([{ address }]) => address.toLowerCase() === String(config.policy).toLowerCase());
  if (policy === undefined) throw new Error("a policy the model does not know");
  return {
    status: STATUSES[Number(config.status)] ?? "UNLISTED",
    initialMarginRate: big(config, "initialMarginRate"),
    makerFee: big(config, "makerFee"),
    takerFee: big(config, "takerFee"),
    liquidationFee: big(config, "liquidationFee"),
    backstopThreshold: big(config, "backstopThreshold"),
    maturity: big(config, "maturity"),
    keptRate: big(config, "keptRate"),
    deficitMode: Number(config.deficitMode) === 0 ? "ALL_WINNERS" : "TORN_UP",
    deleveraging: Number(config.deleveraging) === 0 ? "TRANCHES" : "QUEUE",
    spotAsset: Number(config.spotAsset) === 0 ? undefined : Number(config.spotAsset) - 1,
    minimumNotional: big(config, "minimumNotional"),
    hedgedMaintenance: big(config, "hedgedMaintenance"),
    refreshReward: big(config, "refreshReward"),
    openInterestLow: big(config, "openInterestLow"),
    openInterestHigh: big(config, "openInterestHigh"),
    openInterestCap: big(config, "openInterestCap"),
    policy: policy[1],
  };
}

async function readPrices(state: State, reader: Reader, deployment: Deployment, market: number): Promise<void> {
  const { indexOracle, markPrice, chainlinkSource, feed } = deployment.contracts;
  const [listed, judged] = await reader.read(indexOracle, "sourcesOf", market);
  const [sources, config] = [[...(listed as Result)].map(membersOf), membersOf(judged)];
  state.sources.set(
    market,
    sources.map((source) => ({
      source: `${String(source.source).toLowerCase()}/${market}`,
      maxDepth: big(source, "maxDepth"),
      interval: big(source, "interval"),
    })),
  );
  state.indexRules.set(market, {
    quorum: Number(config.quorum),
    maxDispersion: big(config, "maxDispersion"),
    maxConfidence: big(config, "maxConfidence"),
  });
  const adapters = new Set(sources.map(({ source }) => String(source)));
  for (const address of adapters) {
    const adapter = { ...chainlinkSource, address };
    const found = await feedOf(reader, adapter, market);
    if (found === undefined) continue;
    const aggregator = String(found.aggregator).toLowerCase();
    state.feeds.set(`${address.toLowerCase()}/${market}`, {
      aggregator,
      heartbeat: big(found, "heartbeat"),
      deviation: big(found, "deviation"),
      depth: big(found, "depth"),
      decimals: big(found, "decimals"),
    });
    const round = await reader.read({ ...feed, address: aggregator }, "latestRoundData");
    const [id, answer, , updatedAt, answeredIn] = round as bigint[];
    state.rounds.set(aggregator, {
      id: id ?? 0n,
      answer: answer ?? 0n,
      updatedAt: updatedAt ?? 0n,
      answeredIn: answeredIn ?? 0n,
    });
  }
  const mark = await reader.words(markPrice, "configOf", market);
  state.markRules.set(market, {
    band: big(mark, "band"),
    speed: big(mark, "speed"),
    midTau: big(mark, "midTau"),
    quoteTau: big(mark, "quoteTau"),
    premiumTau: big(mark, "premiumTau"),
    premiumInterval: big(mark, "premiumInterval"),
    impactNotional: big(mark, "impactNotional"),
    impactOrders: Number(mark.impactOrders),
  });
}

/** A source's feed for a market; none if the source is not of feeds. */
async function feedOf(reader: Reader, adapter: Deployed, market: number): Promise<Words | undefined> {
  try {
    const found = await reader.words(adapter, "feedOf", market);
    return found.aggregator === NO_ADDRESS ? undefined : found;
  } catch {
    return undefined;
  }
}

async function readLimits(state: State, reader: Reader, deployment: Deployment, market: number): Promise<void> {
  const { insuranceFund, backstopVault } = deployment.contracts;
  state.fundLimits.set(market, allowanceOf(await reader.words(insuranceFund, "marketLimit", market)));
  state.fundLimits.set(ALL_MARKETS, allowanceOf(await reader.words(insuranceFund, "totalLimit")));
  const view = await reader.words(backstopVault, "marketView", market);
  const account = Number(view.account);
  if (account === 0) return;
  const limits = await reader.words(backstopVault, "limitsOf", market);
  const window = big(limits, "window");
  state.backed.value = [...state.backed.value, market];
  state.backstopRules.set(market, {
    notional: big(limits, "notional"),
    loss: big(limits, "loss"),
    window,
    leverage: big(limits, "leverage"),
  });
  state.exposures.set(market, {
    account,
    inventory: big(view, "inventory"),
    baseline: big(view, "baseline"),
    since: big(view, "windowEndsAt") - window,
  });
  const [slippage, allowance] = await reader.read(backstopVault, "unwindLimitsOf", market);
  state.unwindSlippage.set(market, slippage as bigint);
  state.unwinding.set(market, allowanceOf(membersOf(allowance)));
}

function allowanceOf(words: Words): Allowance {
  return {
    single: big(words, "single"),
    capacity: big(words, "capacity"),
    window: big(words, "window"),
    usedAt: big(words, "usedAt"),
    used: big(words, "used"),
  };
}
