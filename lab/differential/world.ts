import { id, Interface } from "ethers";
import type { NetworkManager } from "hardhat/types/network";

import { type Artifacts, type Deployed, Deployer } from "../deployment/artifacts.js";
import { deployExchange, marketConfig, policyContract } from "../deployment/deploy.js";
import { encode } from "../deployment/encode.js";
import type { Exchange as Deployment } from "../deployment/exchange.js";
import { DEFICIT_MODES, DELEVERAGINGS, type MarketParameters } from "../deployment/parameters.js";
import { providerSender } from "../deployment/sender.js";
import { UNLIMITED, WAD } from "../model/arithmetic.js";
import type { Exchange, ModelCall } from "../model/exchange.js";
import type { MarketRules } from "../model/parameters.js";
import { keyOf } from "../world/chain.js";
import { ask, type Provider, quantity, type RawReceipt } from "../world/provider.js";
import { STATUSES } from "./chain-rules.js";
import { READ } from "./batch.js";
import { modelOf } from "./genesis.js";
import { addPools, readPools } from "./pools.js";
import type { Scope } from "./questions.js";
import { answersOf, batchOf } from "./words.js";

/** Traders, and what each has. The first has a second account, for transfers. */
export const TRADERS = 6;
const QUOTE = 30_000n * 10n ** 6n;
const DEPOSITED = 20_000n * 10n ** 6n;
const SPOT = 50n * WAD;

export const MARKETS = [0, 1] as const;

/** Where prices start, whole quote units. */
export const START_PRICE = 2_000;

const START = 1_760_000_000;
const GAS = 14_000_000;
/** `Batch.act(address[],bytes[])`. */
const ACT = id("act(address[],bytes[])").slice(0, 10);
const ENDOWMENT = 10n ** 24n;

/** Two small markets that can be driven anywhere: fast marks, wide bands, margin that rises with open interest, little insurance. */
const MARKET: Partial<MarketParameters> = {
  initialMarginRate: 50_000,
  maturity: 900,
  openInterestLow: 150n * WAD,
  openInterestHigh: 2_000n * WAD,
  openInterestCap: 600n * WAD,
  tickSize: WAD / 10n,
  lotSize: WAD / 1_000n,
  minimumSize: WAD / 100n,
  minimumNotional: 20,
  priceBand: 200_000,
  markBand: 100_000,
  markSpeed: 30_000,
  startPrice: START_PRICE,
};

/** Of a transaction run again, what it answered. */
const TOP_CALL = { tracer: "callTracer", tracerConfig: { onlyTopCall: true } };

/** What a failed transaction says of itself. */
export interface Failure {
  readonly data: string;
}

/** A chain with the exchange on it and a few traders, and the model of it at the same moment. */
export class DifferentialWorld {
  readonly provider: Provider;
  readonly deployment: Deployment;
  readonly scope: Scope;
  /** By account of the first: `traders[0]` owns accounts 0 and `spare`. */
  readonly traders: readonly { readonly address: string; readonly account: number }[];
  readonly spare: number;
  readonly admin: string;
  /** Feeds by market. */
  readonly feeds: readonly (readonly string[])[];
  /** Whose depth bounds open interest in the second market. */
  readonly depthSource: string;
  /** Pools of the first market's underlying. */
  readonly pools: readonly string[];
  readonly #batch: Deployed;
  readonly #model: Exchange;
  #snapshot: string;
  #time = 0;

  private constructor(parts: {
    provider: Provider;
    deployment: Deployment;
    scope: Scope;
    traders: readonly { readonly address: string; readonly account: number }[];
    spare: number;
    admin: string;
    feeds: readonly (readonly string[])[];
    depthSource: string;
    pools: readonly string[];
    batch: Deployed;
    model: Exchange;
    snapshot: string;
  }) {
    this.provider = parts.provider;
    this.deployment = parts.deployment;
    this.scope = parts.scope;
    this.traders = parts.traders;
    this.spare = parts.spare;
    this.admin = parts.admin;
    this.feeds = parts.feeds;
    this.depthSource = parts.depthSource;
    this.pools = parts.pools;
    this.#batch = parts.batch;
    this.#model = parts.model;
    this.#snapshot = parts.snapshot;
  }

  /** Deploys everything once. */
  static async create(network: NetworkManager, artifacts: Artifacts): Promise<DifferentialWorld> {
    const provider = await startChain(network);
    const steady = everySecond(provider);
    const [admin = "", ...wallets] = (await ask<string[]>(provider, "eth_accounts")).map((a) => a.toLowerCase());
    const sender = providerSender(steady, admin);
    const { exchange } = await deployExchange(sender, artifacts, {
      market: MARKET,
      unlinted: true,
      pool: false,
      // Short times, so that a sequence sees markets held, and an auction that a few orders make count.
      guard: { band: 60_000, window: 120, limitTime: 6, pauseTime: 30, auctionTime: 30, minimumVolume: 500 },
      house: { lent: 40_000, notional: 30_000, single: 8_000, capacity: 15_000 },
      index: {
        sources: [
          { kind: "feed", name: "first", heartbeat: 3_600, deviation: 500, depth: 50_000_000 },
          { kind: "feed", name: "second", heartbeat: 7_200, deviation: 1_000, depth: 30_000_000 },
          { kind: "feed", name: "third", heartbeat: 3_600, deviation: 200, depth: 20_000_000 },
        ],
        quorum: 2,
      },
      insurance: 20_000,
      insuranceLimits: { single: 1_500, capacity: 4_000 },
      backstop: 30_000,
      backstopLimits: { allotted: 8_000, loss: 3_000, notional: 30_000, leverage: 5_000_000 },
    });
    const deployer = new Deployer(sender, artifacts);
    const { sale, pools } = await addPools(deployer, exchange);
    const deployment = { ...exchange, freedSpotSale: sale };
    const feeds = [
      deployment.sources.flatMap(({ feed }) => (feed === undefined ? [] : [feed.address.toLowerCase()])),
      [await listSecondMarket(deployer, deployment)],
    ];
    const depthSource = await boundOpenInterest(deployer, deployment);
    await execute(deployer, deployment.contracts.liquidationEngine, "setParameters", {
      buffer: 100_000,
      slice: 200_000,
      sliceAbove: 40_000,
      cooldown: 30,
      rewardRate: 250,
      maxReward: 500,
      maxMakers: 5,
      maxTranches: 6,
    });
    const { traders, spare } = await fund(steady, deployment, admin, wallets);
    const batch = await deployer.deploy("Batch");
    const poolAddresses = pools.map(({ address }) => address.toLowerCase());
    const scope = {
      deployment,
      markets: MARKETS,
      wallets: [admin, ...wallets, sale.address.toLowerCase(), ...poolAddresses],
    };
    const model = await modelOf({ provider, ...scope });
    await readPools(model.state, pools);
    const snapshot = await ask<string>(provider, "evm_snapshot");
    const parts = { provider, deployment, scope, traders, spare, admin, feeds, depthSource, batch, model, snapshot };
    const world = new DifferentialWorld({ ...parts, pools: poolAddresses });
    await world.begin();
    return world;
  }

  /** Time of the last block. */
  get time(): number {
    return this.#time;
  }

  /** Takes the chain back to the beginning, and gives a model at the same moment. */
  async begin(): Promise<Exchange> {
    await ask(this.provider, "evm_revert", this.#snapshot);
    this.#snapshot = await ask<string>(this.provider, "evm_snapshot");
    const latest = ["eth_getBlockByNumber", "latest", false] as const;
    const { number, timestamp } = await ask<{ number: string; timestamp: string }>(this.provider, ...latest);
    this.#time = Number(timestamp);
    const model = this.#model.copy();
    model.advance(this.#time, Number(number));
    return model;
  }

  /** Sends a call in a block of its own at `time`. Returns why it failed, if it did. */
  async send(call: ModelCall, time: number): Promise<Failure | undefined> {
    const { to, data } = this.#transaction(call);
    await ask(this.provider, "evm_setNextBlockTimestamp", quantity(time));
    this.#time = time;
    const { from } = call;
    const transaction = { from, to, data, gas: quantity(GAS), gasPrice: quantity(GAS) };
    const hash = await ask<string>(this.provider, "eth_sendTransaction", transaction);
    const { status } = await ask<RawReceipt>(this.provider, "eth_getTransactionReceipt", hash);
    if (status === "0x1") return undefined;
    // A node that threw would first find the lines of Solidity that failed, which costs more than everything else.
    const { output } = await ask<{ output?: string }>(this.provider, "debug_traceTransaction", hash, TOP_CALL);
    return { data: output ?? "0x" };
  }

  /** Asks many views in one call. */
  async read(questions: readonly { readonly to: string; readonly data: string }[]): Promise<string[]> {
    const call = { to: this.#batch.address, data: batchOf(READ, questions), gas: quantity(10 ** 9) };
    return answersOf(await ask<string>(this.provider, "eth_call", call, "latest"));
  }

  /** A call as a transaction; reports to several feeds go in one. */
  #transaction({ to, method, args }: ModelCall): { to: string; data: string } {
    if (method !== "feeds.report") {
      const [contract, name] = this.contractOf(to, method);
      return { to, data: encode(contract.interface, name, this.#translated(method, args)) };
    }
    const [feeds, answer] = args as [readonly string[], bigint];
    const data = encode(this.deployment.contracts.feed.interface, "report", [answer]);
    const calls = feeds.map((feed) => ({ to: feed, data }));
    return { to: this.#batch.address, data: batchOf(ACT, calls) };
  }

  /** The contract at an address, by the model's name for a function. */
  contractOf(to: string, method: string): [Deployed, string] {
    const [kind = "", name = ""] = method.split(".");
    const { contracts, house, freedSpotSale } = this.deployment;
    if (kind === "housePool" && house !== undefined) return [house.pool, name];
    if (kind === "freedSpotSale" && freedSpotSale !== undefined) return [freedSpotSale, name];
    if (kind === "depthSource") return [{ ...contracts.feed, address: to, interface: DEPTH_SOURCE }, name];
    if (kind === "token") return [contracts.quoteToken, name];
    if (kind === "feed") return [contracts.feed, name];
    const contract = contracts[kind as keyof typeof contracts] as Deployed | undefined;
    if (contract === undefined) throw new RangeError(`no contract ${kind} at ${to}`);
    return [contract, name];
  }

  /** The address of one of the exchange's contracts. */
  address(kind: keyof Deployment["contracts"] | "housePool" | "freedSpotSale"): string {
    if (kind === "freedSpotSale") return this.deployment.freedSpotSale?.address.toLowerCase() ?? "";
    if (kind === "housePool") return this.deployment.house?.pool.address.toLowerCase() ?? "";
    return this.deployment.contracts[kind].address.toLowerCase();
  }

  /** Rules of a market in the contract's words. */
  #translated(method: string, args: readonly unknown[]): readonly unknown[] {
    if (method !== "clearingHouse.setMarket") return args;
    const { policy, spotAsset, status, deficitMode, deleveraging, ...numbers } = args[1] as MarketRules;
    const rules = {
      ...numbers,
      status: STATUSES.indexOf(status),
      policy: policyContract(this.deployment.contracts, policy).address,
      spotAsset: spotAsset === undefined ? 0 : spotAsset + 1,
      deficitMode: DEFICIT_MODES.indexOf(deficitMode),
      deleveraging: DELEVERAGINGS.indexOf(deleveraging),
    };
    return [args[0], rules];
  }
}

async function startChain(network: NetworkManager): Promise<Provider> {
  const connection = await network.create({
    network: "default",
    override: {
      accounts: Array.from({ length: TRADERS + 1 }, (_, index) => ({
        privateKey: keyOf(1, index),
        balance: ENDOWMENT,
      })),
      mining: { auto: true, interval: 0 },
      blockGasLimit: 10n ** 9n,
      initialDate: new Date(START * 1000),
      allowBlocksWithSameTimestamp: true,
      hardfork: "prague",
      throwOnTransactionFailures: false,
    },
  });
  return connection.provider;
}

/** A chain on which each transaction comes a second after the one before, so that a slow machine begins at the same moment as a fast one. */
function everySecond(provider: Provider): Provider {
  let time = START;
  return {
    request: async (call) => {
      if (call.method === "eth_sendTransaction") await ask(provider, "evm_setNextBlockTimestamp", quantity(++time));
      return provider.request(call);
    },
  };
}

/** A source whose depth anyone may set. */
const DEPTH_SOURCE = new Interface(["function setDepth(uint256)"]);

/** Caps by what the vaults can bear in the first market, and by what manipulation would cost in the second. Returns the depth's source. */
async function boundOpenInterest(deployer: Deployer, { contracts }: Deployment): Promise<string> {
  const { authority, clearingHouse, markPrice, backstopVault, insuranceFund } = contracts;
  const modules = [clearingHouse, markPrice, backstopVault, insuranceFund].map(({ address }) => address);
  const caps = await deployer.deploy("OpenInterestCaps", ...modules, authority.address);
  const source = await deployer.deploy("TestDepthSource");
  await execute(deployer, source, "setDepth", 400_000n * WAD);
  const [nowhere, depthSource] = [`0x${"0".repeat(40)}`, source.address];
  await execute(deployer, caps, "setMarket", 0, { depthSource: nowhere, kappa: 0, adverseMove: 35_000, sourceGas: 0 });
  await execute(deployer, caps, "setMarket", 1, { depthSource, kappa: 1_000_000, adverseMove: 0, sourceGas: 100_000 });
  await execute(deployer, clearingHouse, "setOpenInterestCaps", caps.address);
  return depthSource.toLowerCase();
}

/** A second market on one feed, with a policy of its own and no underlying, so that accounts are margined across two. */
async function listSecondMarket(deployer: Deployer, deployment: Deployment): Promise<string> {
  const { contracts, parameters, house } = deployment;
  const { clearingHouse, orderBook, indexOracle, markPrice, chainlinkSource, insuranceFund, backstopVault } = contracts;
  const market = 1;
  const feed = await deployer.deploy("TestAggregator", 8);
  await execute(deployer, feed, "report", BigInt(START_PRICE) * 10n ** 8n);
  const entry = { aggregator: feed.address, heartbeat: 3_600, deviation: 500, depth: 1_000_000, decimals: 8 };
  await execute(deployer, chainlinkSource, "setFeed", market, entry);
  const sources = [{ source: chainlinkSource.address, gasLimit: 200_000, maxDepth: 1_000_000, interval: 5 }];
  const config = { quorum: 1, maxDispersion: 30_000, maxConfidence: 10_000 };
  await execute(deployer, indexOracle, "setSources", market, sources, config);
  await execute(deployer, markPrice, "setMarket", market, {
    band: 50_000,
    speed: 10_000,
    midTau: 150,
    quoteTau: 30,
    premiumTau: 600,
    premiumInterval: 10,
    impactNotional: 1_000,
    impactOrders: 4,
  });
  const rules = marketConfig(contracts, { ...parameters, policy: "ProfitFirst", makerFee: 0 });
  await execute(deployer, clearingHouse, "listMarket", market, { ...rules, spotAsset: 0 });
  const { tickSize, lotSize, minimumSize, priceBand } = parameters;
  await execute(deployer, orderBook, "listMarket", market, { tickSize, lotSize, minimumSize, priceBand });
  await execute(deployer, insuranceFund, "setMarketLimit", market, 500, 2_000, 3_600);
  await execute(deployer, backstopVault, "allot", market, 3_000n * WAD);
  const limits = { notional: 10_000, loss: 1_000, window: 600, leverage: 4_000_000 };
  await execute(deployer, backstopVault, "setLimits", market, limits);
  await execute(deployer, backstopVault, "setUnwindLimits", market, 20_000, 5_000, 10_000, 600);
  await execute(deployer, backstopVault, "setGap", market, 2_000);
  // Closed one hour in six.
  const closedHours = Array.from({ length: 28 }, (_, day) => 1n << BigInt(6 * day + 5)).reduce(
    (all, hour) => all | hour,
  );
  await execute(deployer, contracts.marketGuard, "setMarket", market, {
    band: 40_000,
    closedBand: 15_000,
    window: 60,
    limitTime: 3,
    pauseTime: 30,
    auctionTime: 30,
    minimumVolume: 300,
    closedHours,
  });
  if (house !== undefined) {
    const terms = {
      spread: 2_000,
      skew: 10_000,
      deviation: 1_000,
      equityShare: 300_000,
      gap: 20_000,
      notional: 10_000,
    };
    await execute(deployer, house.pool, "setTerms", market, terms, 4_000, 8_000, 120);
  }
  return feed.address.toLowerCase();
}

async function execute(deployer: Deployer, contract: Deployed, method: string, ...args: unknown[]): Promise<void> {
  await deployer.execute(contract, method, ...args);
}

/** Opens and funds everybody's account and approves everything that takes tokens. */
async function fund(
  provider: Provider,
  { contracts, house }: Deployment,
  admin: string,
  wallets: readonly string[],
): Promise<{ traders: { address: string; account: number }[]; spare: number }> {
  const { quoteToken, spotToken, clearingHouse, insuranceFund, backstopVault } = contracts;
  const send = async (from: string, contract: Deployed, method: string, ...args: unknown[]): Promise<void> => {
    const data = contract.interface.encodeFunctionData(method, args);
    await ask(provider, "eth_sendTransaction", { from, to: contract.address, data, gas: quantity(GAS) });
  };
  const numberOf = async (owner: string, subaccount: number): Promise<number> => {
    const data = clearingHouse.interface.encodeFunctionData("accountOf", [owner, subaccount]);
    return Number(await ask<string>(provider, "eth_call", { to: clearingHouse.address, data }, "latest"));
  };
  const traders: { address: string; account: number }[] = [];
  for (const address of wallets) {
    await send(admin, quoteToken, "mint", address, QUOTE);
    await send(admin, spotToken, "mint", address, SPOT);
    await send(address, clearingHouse, "openAccount", 0);
    for (const token of [quoteToken, spotToken])
      await send(address, token, "approve", clearingHouse.address, UNLIMITED);
    for (const vault of [backstopVault, ...(house === undefined ? [] : [house.pool])]) {
      await send(address, quoteToken, "approve", vault.address, UNLIMITED);
    }
    await send(address, quoteToken, "approve", insuranceFund.address, 5_000n * 10n ** 6n);
    const account = await numberOf(address, 0);
    await send(address, clearingHouse, "deposit", account, DEPOSITED);
    traders.push({ address, account });
  }
  const first = wallets[0] ?? "";
  await send(first, clearingHouse, "openAccount", 1);
  return { traders, spare: await numberOf(first, 1) };
}
