import hre, { artifacts, network } from "hardhat";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { Addressable, BaseContract } from "ethers";

import type { BackstopVault, ClearingHouse, IClearingHouse } from "../../typechain-types/index.js";

/** One chain for all ledger tests; `loadLedger` puts it back to the state it had when the fixture was first built. */
const { ethers, networkHelpers } = await network.create({
  // Code instrumented for coverage is larger than a chain allows.
  override: { allowUnlimitedContractSize: hre.globalOptions.coverage },
});

export { ethers, networkHelpers };

/** One unit, WAD. */
export const WAD = 10n ** 18n;

/** The largest uint256. */
export const MAX_UINT = 2n ** 256n - 1n;

/** The market every fixture lists. */
export const MARKET = 0;

/** A second market of the same parameters. */
export const OTHER_MARKET = 1;

/** The price both markets start at. */
export const START = 2_000n * WAD;

/** The premium at which funding is zero: P + clamp(0.01 % - P, +-0.05 %) = 0. */
export const NO_FUNDING = -5n * 10n ** 14n;

/** Module roles as the ledger numbers them. */
export const Module = {
  NONE: 0n,
  BOOK: 1n,
  ENGINE: 2n,
  QUEUE: 3n,
  FUND: 4n,
  HOUSE: 5n,
  SALE: 6n,
  TRIGGERS: 7n,
} as const;

/** Market states as the ledger numbers them. */
export const Status = { UNLISTED: 0n, ACTIVE: 1n, REDUCE_ONLY: 2n } as const;

/** What a price is asked for, as contracts number it. */
export const Action = { DEPOSIT: 0, CANCEL: 1, REDUCE: 2, OPEN: 3, WITHDRAW: 4, LIQUIDATE: 5, DELEVERAGE: 6 } as const;

/** How far a price may be trusted, as contracts number it. */
export const Validity = { VALID: 0n, UNCERTAIN: 1n, STALE: 2n, INVALID: 3n } as const;

/** What a hostile token may do, as contracts/test/HostileToken.sol numbers it. */
export const Misbehaviour = {
  NONE: 0,
  FEE: 1,
  RETURNS_FALSE: 2,
  RETURNS_NOTHING: 3,
  BLOCKS: 4,
  REENTERS: 5,
} as const;

/** A decimal number of quote or base as WAD. */
export function wad(amount: number | string): bigint {
  return ethers.parseUnits(String(amount), 18);
}

/** A decimal number of quote as 6-decimal tokens. */
export function usdc(amount: number | string): bigint {
  return ethers.parseUnits(String(amount), 6);
}

/** A market's parameters as a test writes them. */
export interface MarketConfig {
  status: bigint;
  initialMarginRate: bigint;
  makerFee: bigint;
  takerFee: bigint;
  liquidationFee: bigint;
  backstopThreshold: bigint;
  maturity: bigint;
  keptRate: bigint;
  deficitMode: bigint;
  deleveraging: bigint;
  spotAsset: bigint;
  minimumNotional: bigint;
  hedgedMaintenance: bigint;
  refreshReward: bigint;
  openInterestLow: bigint;
  openInterestHigh: bigint;
  openInterestCap: bigint;
  policy: string;
}

/**
 * A market with ten times leverage, so 5 % maintenance, and without fees, funding or maturing, so that a test turns on only what it is
 * about; all winners bear a deficit, in tranches.
 */
export const PLAIN_MARKET: Omit<MarketConfig, "policy"> = {
  status: Status.ACTIVE,
  initialMarginRate: 100_000n,
  makerFee: 0n,
  takerFee: 0n,
  liquidationFee: 0n,
  backstopThreshold: 666_667n,
  maturity: 0n,
  keptRate: 200_000n,
  deficitMode: 0n,
  deleveraging: 0n,
  spotAsset: 0n,
  minimumNotional: 10n,
  hedgedMaintenance: 0n,
  refreshReward: 0n,
  openInterestLow: 1_000_000n * WAD,
  openInterestHigh: 2_000_000n * WAD,
  openInterestCap: 1_000_000n * WAD,
};

/** A resting order as the book hands it to the ledger; what is left out is the obvious. */
export interface FillOptions {
  maker: bigint;
  size: bigint;
  price?: bigint;
  epoch?: bigint;
  reduceOnly?: boolean;
  resting?: bigint;
}

/** A taker's trade; what is left out is the obvious. `caller` is the owner of the taker's account unless given. */
export interface TradeOptions {
  taker: bigint;
  buy: boolean;
  fills: FillOptions[];
  market?: number;
  caller?: string;
  reduceOnly?: boolean;
  liquidation?: boolean;
}

/** The state every ledger test starts from. */
export type LedgerFixture = Awaited<ReturnType<typeof deployLedger>>;

/** A fresh ledger with two markets, its modules played by plain accounts, and nobody in it. */
export function loadLedger(): Promise<LedgerFixture> {
  return networkHelpers.loadFixture(deployLedger);
}

/** A ledger of its own for a quote token, with nothing set up. */
export async function deployHouse(
  token: Addressable,
  authority: Addressable,
  substitutes: Readonly<Record<string, string>> = {},
): Promise<ClearingHouse> {
  const deployed = await deployLinked("ClearingHouse", [token, authority], substitutes);
  return ethers.getContractAt("ClearingHouse", await deployed.getAddress());
}

/** What is asked to be redeemed of a backstop vault waits this long, seconds. */
const COOLDOWN = 3 * 86_400;

/** A backstop vault with the lints it is linked with. */
export async function deployVault(args: unknown[]): Promise<BackstopVault> {
  const deployed = await deployLinked("BackstopVault", [...args, COOLDOWN]);
  return ethers.getContractAt("BackstopVault", await deployed.getAddress());
}

/** Deploys a contract of this project with the external libraries it needs, some of them in the place of others. */
export async function deployLinked(
  name: string,
  args: unknown[],
  substitutes: Readonly<Record<string, string>> = {},
): Promise<BaseContract> {
  const libraries: Record<string, string> = {};
  const artifact = await artifacts.readArtifact(name);
  for (const names of Object.values(artifact.linkReferences)) {
    for (const library of Object.keys(names)) {
      const deployed = await deployLinked(substitutes[library] ?? library, [], substitutes);
      libraries[library] = await deployed.getAddress();
    }
  }
  const factory = await ethers.getContractFactory(name, { libraries });
  return factory.deploy(...args);
}

type Four = [HardhatEthersSigner, HardhatEthersSigner, HardhatEthersSigner, HardhatEthersSigner];

/** The chain's first accounts, for a fixture to name. */
export async function signers(): Promise<[...Four, ...Four, ...Four]> {
  return (await ethers.getSigners()) as [...Four, ...Four, ...Four];
}

/** Gives a ledger's modules their roles. */
export async function connectModules(
  house: ClearingHouse,
  { book, engine, queue, fund }: Readonly<Record<"book" | "engine" | "queue" | "fund", Addressable>>,
): Promise<void> {
  await house.setModule(book, Module.BOOK);
  await house.setModule(engine, Module.ENGINE);
  await house.setModule(queue, Module.QUEUE);
  await house.setModule(fund, Module.FUND);
}

async function deployLedger() {
  const [admin, book, engine, queue, fund, keeper, alice, bob, carol, dave, erin, stranger] = await signers();
  const authority = await ethers.deployContract("AccessManager", [admin]);
  const token = await ethers.deployContract("TestToken", ["USD Coin", "USDC", 6]);
  const prices = await ethers.deployContract("ScriptedMarkPrice");
  const policies = {
    proRata: await ethers.deployContract("ProRata"),
    profitFirst: await ethers.deployContract("ProfitFirst"),
    leverageFirst: await ethers.deployContract("LeverageFirst"),
    leverageLevel: await ethers.deployContract("LeverageLevel"),
    proRataByClass: await ethers.deployContract("ProRataByClass"),
  };
  const address = await (await deployLinked("ClearingHouse", [token, authority])).getAddress();
  const house = await ethers.getContractAt("ClearingHouse", address, admin);
  // Libraries act in the ledger's name: their events and errors are read through their own interfaces at its address.
  const logic = {
    accounts: await ethers.getContractAt("AccountLogic", address),
    trades: await ethers.getContractAt("TradeLogic", address),
    reservations: await ethers.getContractAt("ReservationLogic", address),
    transfers: await ethers.getContractAt("TransferLogic", address),
    deleveraging: await ethers.getContractAt("DeleveragingLogic", address),
    listing: await ethers.getContractAt("ListingLogic", address),
    lints: await ethers.getContractAt("ParameterLints", address),
    markets: await ethers.getContractAt("MarketLogic", address),
    positions: await ethers.getContractAt("PositionLogic", address),
    hedges: await ethers.getContractAt("HedgeLogic", address),
  };
  await connectModules(house, { book, engine, queue, fund });
  await house.setMarkPrice(prices);
  const config: MarketConfig = { ...PLAIN_MARKET, policy: await policies.proRata.getAddress() };
  for (const market of [MARKET, OTHER_MARKET]) {
    await setPrice({}, market);
    await house.listMarket(market, config);
  }

  /** Sets a market's price; mark and index 2,000, no funding and VALID unless told otherwise. */
  async function setPrice(
    price: {
      mark?: bigint;
      index?: bigint;
      premium?: bigint;
      validity?: bigint;
      confidence?: bigint;
      phase?: bigint;
    },
    market = MARKET,
  ): Promise<void> {
    const mark = price.mark ?? START;
    await prices.setPrice(market, {
      mark,
      index: price.index ?? mark,
      premium: price.premium ?? NO_FUNDING,
      confidence: price.confidence ?? 0n,
      validity: price.validity ?? Validity.VALID,
      phase: price.phase ?? 0n,
    });
  }

  /** Changes some of a market's parameters, against those of the fixture. */
  async function configure(changes: Partial<MarketConfig>, market = MARKET): Promise<void> {
    await house.setMarket(market, { ...config, ...changes });
  }

  /** Opens an account and deposits so much quote (a decimal number) into it. */
  async function open(owner: HardhatEthersSigner, amount: number | string = 0, subaccount = 0): Promise<bigint> {
    await house.connect(owner).openAccount(subaccount);
    const account = await house.accountOf(owner, subaccount);
    const tokens = usdc(amount);
    if (tokens !== 0n) {
      await token.mint(owner, tokens);
      await token.connect(owner).approve(house, tokens);
      await house.connect(owner).deposit(account, tokens);
    }
    return account;
  }

  /** A trade as the ledger takes it. */
  async function tradeOf(options: TradeOptions): Promise<Parameters<typeof house.settle>[0]> {
    const market = options.market ?? MARKET;
    const caller = options.caller ?? (await house.accountData(options.taker)).owner;
    const fills = await Promise.all(
      options.fills.map(async (fill) => ({
        maker: fill.maker,
        epoch: fill.epoch ?? (await house.orderEpoch(fill.maker, market)),
        reduceOnly: fill.reduceOnly ?? false,
        price: fill.price ?? START,
        size: fill.size,
        resting: fill.resting ?? fill.size,
      })),
    );
    return {
      market,
      taker: options.taker,
      caller,
      buy: options.buy,
      reduceOnly: options.reduceOnly ?? false,
      liquidation: options.liquidation ?? false,
      fills,
    };
  }

  /** Rests an order's size for its owner, as the book does when it takes the order. */
  async function rest(account: bigint, buy: boolean, size: bigint, market = MARKET): Promise<bigint> {
    const { owner } = await house.accountData(account);
    await house.connect(book).reserve(account, market, buy ? size : 0n, buy ? 0n : size, owner);
    return house.orderEpoch(account, market);
  }

  /** Settles fills whose orders already rest. */
  async function settle(options: TradeOptions) {
    return house.connect(book).settle(await tradeOf(options));
  }

  /** Which fills a settlement would reject, as a bit map. */
  async function rejectedOf(options: TradeOptions): Promise<bigint> {
    return house.connect(book).settle.staticCall(await tradeOf(options));
  }

  /** The seller rests an ask, the buyer takes it. */
  async function meet(buyer: bigint, seller: bigint, size: bigint, price = START, market = MARKET) {
    await rest(seller, false, size, market);
    return settle({ taker: buyer, buy: true, fills: [{ maker: seller, size, price }], market });
  }

  /** An account's cash, WAD. */
  async function cashOf(account: bigint): Promise<bigint> {
    return (await house.accountData(account)).cash;
  }

  /** A position as it stands now. */
  async function positionOf(account: bigint, market = MARKET): Promise<IClearingHouse.PositionViewStructOutput> {
    return house.positionOf(account, market);
  }

  /** Equity at the prices of now. */
  async function equityOf(account: bigint): Promise<bigint> {
    return (await house.health(account)).equity;
  }

  return {
    house,
    logic,
    token,
    prices,
    policies,
    authority,
    config,
    admin,
    book,
    engine,
    queue,
    fund,
    keeper,
    alice,
    bob,
    carol,
    dave,
    erin,
    stranger,
    setPrice,
    configure,
    open,
    tradeOf,
    rest,
    settle,
    rejectedOf,
    meet,
    cashOf,
    positionOf,
    equityOf,
  };
}

/** A split of fees that leaves all of them to one account. */
export function allTo(account: bigint) {
  const none = { insuranceShare: 0n, backstopShare: 0n };
  return { insuranceAccount: account, backstopAccount: account, treasuryAccount: account, ...none };
}

/** Asserts that a number is at most `dust` below another and never above: what rounding against the holder may leave. */
export function isDustBelow(actual: bigint, exact: bigint, dust: bigint): boolean {
  return actual <= exact && exact - actual <= dust;
}
