import { Interface, type Result } from "ethers";

import type { Deployed } from "../deployment/artifacts.js";
import type { Exchange as Deployment } from "../deployment/exchange.js";
import { WAD } from "../model/arithmetic.js";
import { ALL_MARKETS } from "../model/insurance.js";
import { PHASES } from "../model/market-guard.js";
import type { MarketRules, Status } from "../model/parameters.js";
import type { PolicyName } from "../model/policies.js";
import type { Allowance } from "../model/records.js";
import { type State } from "../model/state.js";
import { ask, type Provider } from "../world/provider.js";

export type Words = Readonly<Record<string, bigint | string>>;

/** What a market lets traders do, by the contract's number. */
export const STATUSES: readonly Status[] = ["UNLISTED", "ACTIVE", "REDUCE_ONLY"];

const CAPS = new Interface([
  "function configOf(uint8) view returns (tuple(address depthSource, uint24 kappa, uint24 adverseMove, uint32 sourceGas))",
  "function capsOf(uint8) view returns (tuple(uint256 fixedCap, uint256 vaults, uint256 manipulation, uint256 depth, uint256 capital, uint256 effective, uint8 binding))",
]);

const NO_ADDRESS = `0x${"0".repeat(40)}`;

/** Asks views by name. */
export class Reader {
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
export function membersOf(value: unknown): Words {
  return (value as Result).toObject() as Words;
}

export function big(words: Words, name: string): bigint {
  return BigInt(words[name] ?? 0);
}

export async function readHouse(state: State, reader: Reader, deployment: Deployment): Promise<void> {
  const { contracts, accounts, house } = deployment;
  const split = await reader.words(contracts.clearingHouse, "feeSplit");
  const [fund] = await reader.read(contracts.liquidationEngine, "insurance");
  const [vault] = await reader.read(contracts.liquidationEngine, "backstop");
  const [guard] = await reader.read(contracts.markPrice, "guard");
  const [caps] = await reader.read(contracts.clearingHouse, "openInterestCaps");
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
    pool: house?.pool.address.toLowerCase() ?? "",
    poolAccount: house?.account ?? 0,
    triggers: contracts.triggerOrders.address.toLowerCase(),
    sale: (deployment.freedSpotSale?.address ?? NO_ADDRESS).toLowerCase(),
    hasFund: fund !== NO_ADDRESS,
    hasVault: vault !== NO_ADDRESS,
    hasGuard: guard !== NO_ADDRESS,
    hasCaps: caps !== NO_ADDRESS,
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
}

/** Everything governance has decided of a market, and what has become of it so far. */
export async function readRules(state: State, reader: Reader, deployment: Deployment, market: number): Promise<void> {
  await readMarket(state, reader, deployment, market);
  await readPrices(state, reader, deployment, market);
  await readLimits(state, reader, deployment, market);
  await readGuard(state, reader, deployment, market);
  await readCaps(state, reader, deployment, market);
  await readTerms(state, reader, deployment, market);
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
    cap: big(now, "cap"),
    cappedAt: big(now, "cappedAt"),
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

/** The market guard and the perpetual elsewhere, if there are any. */
async function readGuard(state: State, reader: Reader, { contracts }: Deployment, market: number): Promise<void> {
  const { markPrice, marketGuard } = contracts;
  const [perpetual] = await reader.read(markPrice, "perpSource", market);
  state.perpetuals.set(market, perpetual === NO_ADDRESS ? undefined : `${String(perpetual).toLowerCase()}/${market}`);
  const rules = await reader.words(marketGuard, "configOf", market);
  state.guardRules.set(market, {
    band: big(rules, "band"),
    closedBand: big(rules, "closedBand"),
    window: big(rules, "window"),
    limitTime: big(rules, "limitTime"),
    pauseTime: big(rules, "pauseTime"),
    auctionTime: big(rules, "auctionTime"),
    minimumVolume: big(rules, "minimumVolume"),
    closedHours: big(rules, "closedHours"),
  });
  const now = await reader.words(marketGuard, "stateOf", market);
  state.guards.set(market, {
    phase: PHASES[Number(now.phase)] ?? "OPEN",
    limited: big(now, "limited"),
    until: big(now, "until"),
    observedAt: big(now, "observedAt"),
    bookAverage: big(now, "bookAverage"),
    indexAverage: big(now, "indexAverage"),
  });
}

/** What bounds open interest beside the static cap. A window that was just begun is the same all over. */
async function readCaps(state: State, reader: Reader, deployment: Deployment, market: number): Promise<void> {
  if (!state.house.hasCaps) return;
  const [address] = await reader.read(deployment.contracts.clearingHouse, "openInterestCaps");
  const caps = { name: "OpenInterestCaps", address: String(address), interface: CAPS };
  const rules = await reader.words(caps, "configOf", market);
  const source = String(rules.depthSource).toLowerCase();
  const before = state.capRules.get(market)?.depthSource;
  state.capRules.set(market, {
    depthSource: source,
    kappa: big(rules, "kappa"),
    adverseMove: big(rules, "adverseMove"),
  });
  if (before === source) return;
  const { depth } = await reader.words(caps, "capsOf", market);
  const low = BigInt(depth ?? 0) / WAD;
  state.depths.set(market, { latest: state.now / 300n, lows: Array.from({ length: 7 }, () => low) });
  state.readings.set(source, { status: "OK", price: WAD, confidence: 0n, publishedAt: state.now, depth: low * WAD });
}

/** On which terms the house pool deals. */
async function readTerms(state: State, reader: Reader, { house }: Deployment, market: number): Promise<void> {
  if (house === undefined) return;
  const [found, allowance] = await reader.read(house.pool, "termsOf", market);
  const terms = membersOf(found);
  state.houseTerms.set(market, {
    spread: big(terms, "spread"),
    skew: big(terms, "skew"),
    deviation: big(terms, "deviation"),
    equityShare: big(terms, "equityShare"),
    gap: big(terms, "gap"),
    notional: big(terms, "notional"),
  });
  state.houseAllowances.set(market, allowanceOf(membersOf(allowance)));
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
    gap: await reader.number(backstopVault, "gapOf", market),
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
