import { BrowserProvider, type Signer } from "ethers";

import { type PoolParameters, type SpotPool, UniswapV3 } from "../spot/uniswap.js";
import { toWad, WAD } from "../units.js";
import { type Artifacts, type Deployed, Deployer } from "./artifacts.js";
import type { Contracts, Exchange } from "./exchange.js";
import { deployHouse } from "./house.js";
import { type DeploymentOptions, type GuardOptions, type PoolOptions, type Settings, settingsFor } from "./options.js";
import { DEFICIT_MODES, DELEVERAGINGS, type MarketParameters, type Policy } from "./parameters.js";
import type { Sender } from "./sender.js";
import { deploySources, FEED_DECIMALS, type Source } from "./sources.js";

export type { DeploymentOptions } from "./options.js";

/** The market and the spot asset a deployment lists. */
const MARKET = 0;
const ASSET = 0;

/** Farthest the mark may be from the index while shares of the backstop are dealt in, parts per million: as for the house's. */
const VAULT_GAP = 10_000;

/** Roles of other contracts in the ledger, by their number in its enumeration. */
const MODULES = { BOOK: 1, ENGINE: 2, QUEUE: 3, FUND: 4, SALE: 6, TRIGGERS: 7 };

/** Role ids of the AccessManager beside the administrator's. */
export const GUARDIAN_ROLE = 1n;

/** The production lints, and the library that takes their place where a defence is switched off. */
const UNLINTED = { ParameterLints: "Unlinted" };

/** A deployment, and the real spot pool it stands beside. */
export interface Deployment {
  readonly exchange: Exchange;
  /** The spot pool; undefined if the options ask for none. */
  readonly pool: SpotPool | undefined;
}

/**
 * Deploys the whole exchange, lists ETH, and wires every role. Tokens, feed and pool are deployed with it: this is for local
 * chains and test networks, where anyone may mint.
 */
export async function deployExchange(
  sender: Sender,
  artifacts: Artifacts,
  options: DeploymentOptions = {},
): Promise<Deployment> {
  const settings = settingsFor(options);
  const { market: parameters } = settings;
  const deployer = new Deployer(sender, artifacts, settings.unlinted ? UNLINTED : {});
  const contracts = await deployContracts(deployer, settings);
  const signer = await new BrowserProvider(sender.provider).getSigner(sender.address);
  const pool = settings.pool && (await deployPool(deployer, contracts, signer, settings, settings.pool));
  const freedSpotSale = pool && (await deploySale(deployer, contracts, pool));
  const sources = await configureOracle(deployer, contracts, pool, settings);
  await configureGuard(deployer, contracts, settings.guard);
  await wire(deployer, contracts);
  await listMarket(deployer, contracts, settings);
  const accounts = await openHouseAccounts(deployer, contracts);
  const backstopInventory = await setLimits(deployer, contracts, settings);
  const house = settings.house && (await deployHouse(deployer, contracts, MARKET, settings.house));
  const exchange = {
    contracts,
    libraries: deployer.libraries,
    parameters,
    freedSpotSale,
    settings,
    sources,
    market: MARKET,
    spotAsset: ASSET,
    accounts: { ...accounts, backstopInventory },
    house,
  };
  return { exchange, pool };
}

/** The spot pool of a deployment that must have one. */
export function poolOf({ pool }: Deployment): SpotPool {
  if (pool === undefined) throw new Error("the deployment has no spot pool");
  return pool;
}

/** The contract of a policy. */
export function policyContract(contracts: Contracts, policy: Policy): Deployed {
  return {
    HedgeLast: contracts.hedgeLast,
    ProRata: contracts.proRata,
    ProfitFirst: contracts.profitFirst,
    LeverageFirst: contracts.leverageFirst,
    LeverageLevel: contracts.leverageLevel,
  }[policy];
}

/** The ledger's MarketConfig for a set of parameters. */
export function marketConfig(contracts: Contracts, parameters: MarketParameters): Record<string, unknown> {
  const { initialMarginRate, makerFee, takerFee, liquidationFee, backstopThreshold, maturity, keptRate } = parameters;
  const { hedgedMaintenance, refreshReward } = parameters;
  const { minimumNotional, openInterestLow, openInterestHigh, openInterestCap } = parameters;
  return {
    status: 1,
    initialMarginRate,
    makerFee,
    takerFee,
    liquidationFee,
    backstopThreshold,
    maturity,
    keptRate,
    deficitMode: DEFICIT_MODES.indexOf(parameters.deficitMode),
    deleveraging: DELEVERAGINGS.indexOf(parameters.deleveraging),
    spotAsset: ASSET + 1,
    minimumNotional,
    hedgedMaintenance,
    refreshReward,
    openInterestLow,
    openInterestHigh,
    openInterestCap,
    policy: policyContract(contracts, parameters.policy).address,
  };
}

async function deployContracts(deployer: Deployer, { base, vaultCooldown: cooldown }: Settings): Promise<Contracts> {
  const authority = await deployer.deploy("AccessManager", deployer.sender.address);
  const manager = authority.address;
  const quoteToken = await deployer.deploy("TestToken", "Test USD", "tUSD", 6);
  const spotToken = await deployer.deploy("TestToken", base.name, base.symbol, base.decimals);
  const clearingHouse = await deployer.deploy("ClearingHouse", quoteToken.address, manager);
  const ledger = clearingHouse.address;
  const indexOracle = await deployer.deploy("IndexOracle", manager);
  const markPrice = await deployer.deploy("MarkPrice", indexOracle.address, manager);
  const mark = markPrice.address;
  const orderBook = await deployer.deploy("OrderBook", ledger, mark, manager);
  const book = orderBook.address;
  const insuranceFund = await deployer.deploy("InsuranceFund", ledger, manager);
  const fund = insuranceFund.address;
  const liquidationEngine = await deployer.deploy("LiquidationEngine", ledger, book, mark, manager);
  const proRata = await deployer.deploy("ProRata");
  return {
    authority,
    quoteToken,
    spotToken,
    clearingHouse,
    orderBook,
    indexOracle,
    markPrice,
    marketGuard: await deployer.deploy("MarketGuard", mark, book, manager),
    chainlinkSource: await deployer.deploy("ChainlinkSource", manager),
    poolSource: await deployer.deploy("UniswapV3TwapSource", manager),
    feed: await deployer.deploy("TestAggregator", FEED_DECIMALS),
    liquidationEngine,
    insuranceFund,
    backstopVault: await deployer.deploy("BackstopVault", ledger, book, mark, quoteToken.address, manager, cooldown),
    triggerOrders: await deployer.deploy("TriggerOrders", ledger, book, mark),
    queueDeleverager: await deployer.deploy("QueueDeleverager", ledger, mark, liquidationEngine.address, fund),
    hedgeLast: await deployer.deploy("HedgeLast", proRata.address),
    proRata,
    profitFirst: await deployer.deploy("ProfitFirst"),
    leverageFirst: await deployer.deploy("LeverageFirst"),
    leverageLevel: await deployer.deploy("LeverageLevel"),
    lens: await deployer.deploy("ExchangeLens", ledger, book, mark),
  };
}

/** A real Uniswap v3 pool with liquidity of the given depth. */
async function deployPool(
  deployer: Deployer,
  contracts: Contracts,
  signer: Signer,
  { market, base: { decimals } }: Settings,
  { fee, depth, range, cardinality }: PoolOptions,
): Promise<SpotPool> {
  const base = { address: contracts.spotToken.address, decimals };
  const quote = { address: contracts.quoteToken.address, decimals: 6 };
  const price = toWad(market.startPrice);
  const request: PoolParameters = { base, quote, fee, price };
  const uniswap = await UniswapV3.deploy(signer);
  const pool = await uniswap.createPool(request);
  await pool.growCardinality(cardinality);
  await deployer.execute(contracts.quoteToken, "mint", deployer.sender.address, BigInt(2 * depth) * 10n ** 6n);
  const spot = (2n * toWad(depth) * WAD) / price / 10n ** BigInt(18 - decimals);
  await deployer.execute(contracts.spotToken, "mint", deployer.sender.address, spot);
  await uniswap.approve(signer, base, quote);
  const bounds = range && { lower: toWad(market.startPrice * range[0]), upper: toWad(market.startPrice * range[1]) };
  await pool.addLiquidity(signer, { depth: toWad(depth), ...bounds });
  return pool;
}

/** The sale of freed spot in pools of the spot pool's factory. */
async function deploySale(
  deployer: Deployer,
  { clearingHouse, markPrice }: Contracts,
  { uniswap }: SpotPool,
): Promise<Deployed> {
  const factory = await uniswap.factory.getAddress();
  const sale = await deployer.deploy("FreedSpotSale", clearingHouse.address, markPrice.address, factory);
  await deployer.execute(clearingHouse, "setModule", sale.address, MODULES.SALE);
  return sale;
}

/** The index is the depth-weighted median of its sources; the mark is made of it and the book. */
async function configureOracle(
  deployer: Deployer,
  contracts: Contracts,
  pool: SpotPool | undefined,
  { market: parameters, index }: Settings,
): Promise<readonly Source[]> {
  const { indexOracle, markPrice } = contracts;
  const ground = { deployer, contracts, market: MARKET, pool: pool?.address };
  const { deployed, configs } = await deploySources(ground, index.sources, index.grace);
  for (const { feed, scale = 1 } of deployed) {
    if (feed === undefined) continue;
    const answer = toWad(parameters.startPrice * scale) / 10n ** BigInt(18 - FEED_DECIMALS);
    await deployer.execute(feed, "report", answer);
  }
  const { quorum, maxDispersion, maxConfidence } = index;
  await deployer.execute(indexOracle, "setSources", MARKET, configs, { quorum, maxDispersion, maxConfidence });
  await deployer.execute(markPrice, "setOrderBook", contracts.orderBook.address);
  await deployer.execute(markPrice, "setMarket", MARKET, {
    band: parameters.markBand,
    speed: parameters.markSpeed,
    midTau: 150,
    quoteTau: 30,
    premiumTau: 3_600,
    premiumInterval: 10,
    impactNotional: 10_000,
    impactOrders: 16,
  });
  return deployed;
}

/** Names the guard and sets it up; without one every market is always open. */
async function configureGuard(
  deployer: Deployer,
  contracts: Contracts,
  guard: GuardOptions | undefined,
): Promise<void> {
  if (guard === undefined) return;
  const closedHours = guard.closedHours.reduce((bits, hour) => bits | (1n << BigInt(hour)), 0n);
  await deployer.execute(contracts.marketGuard, "setMarket", MARKET, { ...guard, closedHours });
  await deployer.execute(contracts.markPrice, "setGuard", contracts.marketGuard.address);
}

/** Gives every part its role; a guardian may stop opening trades, pause a market, and nothing else. */
async function wire(deployer: Deployer, contracts: Contracts): Promise<void> {
  const { authority, clearingHouse, orderBook, liquidationEngine, insuranceFund } = contracts;
  const { backstopVault, queueDeleverager, markPrice, marketGuard } = contracts;
  await deployer.execute(clearingHouse, "setMarkPrice", markPrice.address);
  await deployer.execute(markPrice, "setLedger", clearingHouse.address);
  await deployer.execute(clearingHouse, "setModule", orderBook.address, MODULES.BOOK);
  await deployer.execute(clearingHouse, "setModule", liquidationEngine.address, MODULES.ENGINE);
  await deployer.execute(clearingHouse, "setModule", queueDeleverager.address, MODULES.QUEUE);
  await deployer.execute(clearingHouse, "setModule", insuranceFund.address, MODULES.FUND);
  await deployer.execute(clearingHouse, "setModule", contracts.triggerOrders.address, MODULES.TRIGGERS);
  await deployer.execute(orderBook, "setEngine", liquidationEngine.address);
  await deployer.execute(liquidationEngine, "setBackstop", backstopVault.address);
  await deployer.execute(liquidationEngine, "setInsurance", insuranceFund.address);
  await deployer.execute(backstopVault, "setEngine", liquidationEngine.address);
  await deployer.execute(insuranceFund, "setPayer", liquidationEngine.address, true);
  await deployer.execute(insuranceFund, "setPayer", queueDeleverager.address, true);
  for (const [target, name] of [
    [clearingHouse, "restrictMarket"],
    [marketGuard, "pause"],
  ] as const) {
    const power = target.interface.getFunction(name);
    if (power === null) throw new Error(`no function ${name} for the guardian`);
    await deployer.execute(authority, "setTargetFunctionRole", target.address, [power.selector], GUARDIAN_ROLE);
  }
  await deployer.execute(authority, "grantRole", GUARDIAN_ROLE, deployer.sender.address, 0);
}

async function listMarket(
  deployer: Deployer,
  contracts: Contracts,
  { market: parameters, base }: Settings,
): Promise<void> {
  const { tickSize, lotSize, minimumSize, priceBand } = parameters;
  await deployer.execute(contracts.clearingHouse, "listMarket", MARKET, marketConfig(contracts, parameters));
  await deployer.execute(contracts.clearingHouse, "listSpotAsset", ASSET, {
    token: contracts.spotToken.address,
    decimals: base.decimals,
    market: MARKET,
    haircut: parameters.spotHaircut,
    discount: parameters.spotDiscount,
  });
  await deployer.execute(contracts.orderBook, "listMarket", MARKET, { tickSize, lotSize, minimumSize, priceBand });
}

/** Accounts of treasury, fund and vault, and the split of fees between them: a quarter each to fund and vault. */
async function openHouseAccounts(
  deployer: Deployer,
  contracts: Contracts,
): Promise<Omit<Exchange["accounts"], "backstopInventory">> {
  const { clearingHouse, insuranceFund, backstopVault } = contracts;
  await deployer.execute(clearingHouse, "openAccount", 0);
  const number = async (contract: Deployed, view: string, ...args: unknown[]): Promise<number> =>
    Number(await deployer.read<bigint>(contract, view, ...args));
  const treasury = await number(clearingHouse, "accountOf", deployer.sender.address, 0);
  const insurance = await number(insuranceFund, "ACCOUNT");
  const backstop = await number(backstopVault, "MAIN_ACCOUNT");
  await deployer.execute(clearingHouse, "setFeeSplit", {
    insuranceAccount: insurance,
    backstopAccount: backstop,
    treasuryAccount: treasury,
    insuranceShare: 250_000,
    backstopShare: 250_000,
  });
  return { treasury, insuranceFund: insurance, backstopVault: backstop };
}

/** Fills fund and vault, and sets what they may spend. Returns the vault's account. */
async function setLimits(deployer: Deployer, contracts: Contracts, settings: Settings): Promise<number> {
  const { insurance, backstop, insuranceLimits, backstopLimits } = settings;
  const { quoteToken, insuranceFund, backstopVault } = contracts;
  const sender = deployer.sender.address;
  const day = 86_400;
  await deployer.execute(quoteToken, "mint", sender, BigInt(insurance + backstop) * 10n ** 6n);
  await deployer.execute(quoteToken, "approve", insuranceFund.address, BigInt(insurance) * 10n ** 6n);
  await deployer.execute(quoteToken, "approve", backstopVault.address, BigInt(backstop) * 10n ** 6n);
  const { single, capacity } = insuranceLimits;
  if (insurance > 0) await deployer.execute(insuranceFund, "topUp", BigInt(insurance) * 10n ** 6n);
  await deployer.execute(insuranceFund, "setMarketLimit", MARKET, single, capacity, day);
  await deployer.execute(insuranceFund, "setTotalLimit", insurance, insurance, day);
  if (backstop > 0) await deployer.execute(backstopVault, "deposit", BigInt(backstop) * 10n ** 6n, sender);
  const { allotted, loss, notional, leverage } = backstopLimits;
  await deployer.execute(backstopVault, "allot", MARKET, toWad(allotted));
  await deployer.execute(backstopVault, "setLimits", MARKET, { notional, loss, window: day, leverage });
  await deployer.execute(backstopVault, "setUnwindLimits", MARKET, 10_000, backstop, backstop, 3_600);
  await deployer.execute(backstopVault, "setGap", MARKET, VAULT_GAP);
  return Number(await deployer.read<bigint>(backstopVault, "accountOf", MARKET));
}
