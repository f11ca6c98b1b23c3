import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { ContractTransactionResponse } from "ethers";

import {
  connectModules,
  deployLinked,
  deployVault,
  ethers,
  MARKET,
  networkHelpers,
  NO_FUNDING,
  PLAIN_MARKET,
  signers,
  START,
  usdc,
  WAD,
  wad,
} from "./ledger.js";
import type { MarketConfig } from "./ledger.js";

/** How an order lives, as the book numbers it. */
export const Kind = { LIMIT: 0, POST_ONLY: 1, IMMEDIATE_OR_CANCEL: 2, FILL_OR_KILL: 3, MARKET: 4 } as const;

/** Who finds the counterparties of a bankrupt position. */
export const Deleveraging = { TRANCHES: 0n, QUEUE: 1n } as const;

/** Who bears a deficit. */
export const DeficitMode = { ALL_WINNERS: 0n, TORN_UP: 1n } as const;

/** The subaccount of a vault that holds its free cash. */
export const MAIN_SUBACCOUNT = 255;

const WHOLE = 10n ** 6n;

/** The state every liquidation test starts from. */
export type ExchangeFixture = Awaited<ReturnType<typeof deployExchange>>;

/** Ledger, book, engine, fund, vault and queue, wired as they are deployed; prices are set by hand; no fees. */
export function loadExchange(): Promise<ExchangeFixture> {
  return networkHelpers.loadFixture(deployLinted);
}

/** The same without the parameter lints, for what a rule of theirs is worth. */
export function loadUnlintedExchange(): Promise<ExchangeFixture> {
  return networkHelpers.loadFixture(deployUnlinted);
}

function deployLinted() {
  return deployExchange();
}

function deployUnlinted() {
  return deployExchange({ ParameterLints: "Unlinted" });
}

async function deployExchange(substitutes: Readonly<Record<string, string>> = {}) {
  const [admin, keeper, alice, bob, carol, dave, erin, lender, stranger] = await signers();
  const authority = await ethers.deployContract("AccessManager", [admin]);
  const token = await ethers.deployContract("TestToken", ["USD Coin", "USDC", 6]);
  const spotToken = await ethers.deployContract("TestToken", ["Ether", "ETH", 18]);
  const prices = await ethers.deployContract("ScriptedMarkPrice");
  const proRata = await ethers.deployContract("ProRata");
  const ledgerAddress = await (await deployLinked("ClearingHouse", [token, authority], substitutes)).getAddress();
  const house = await ethers.getContractAt("ClearingHouse", ledgerAddress, admin);
  const bookAddress = await (await deployLinked("OrderBook", [house, prices, authority])).getAddress();
  const book = await ethers.getContractAt("OrderBook", bookAddress, admin);
  const engineAddress = await (await deployLinked("LiquidationEngine", [house, book, prices, authority])).getAddress();
  const engine = await ethers.getContractAt("LiquidationEngine", engineAddress, admin);
  const fund = await ethers.deployContract("InsuranceFund", [house, authority]);
  const vault = await deployVault([house, book, prices, token, authority]);
  const queue = await ethers.deployContract("QueueDeleverager", [house, prices, engine, fund]);
  await connectModules(house, { book, engine, queue, fund });
  await house.setMarkPrice(prices);
  await book.setEngine(engine);
  await engine.setBackstop(vault);
  await engine.setInsurance(fund);
  await vault.setEngine(engine);
  await fund.setPayer(engine, true);
  await fund.setPayer(queue, true);
  const transfers = await ethers.getContractAt("TransferLogic", ledgerAddress);
  const tranches = await ethers.getContractAt("DeleveragingLogic", ledgerAddress);

  const config: MarketConfig = { ...PLAIN_MARKET, policy: await proRata.getAddress() };
  for (const market of [MARKET, 1]) {
    await setMark(START, market);
    await house.listMarket(market, config);
    await book.listMarket(market, {
      tickSize: WAD / 100n,
      lotSize: WAD / 1_000n,
      minimumSize: WAD / 1_000n,
      priceBand: 900_000,
    });
  }

  /** The fixture's pace: no reward unless a test asks for one. */
  const parameters = {
    buffer: 100_000n,
    slice: 200_000n,
    sliceAbove: 100_000n,
    cooldown: 30n,
    rewardRate: 0n,
    maxReward: 500n,
    maxMakers: 96n,
    maxTranches: 64n,
  };
  await engine.setParameters(parameters);

  /** Sets mark and index of a market, VALID and without funding unless told otherwise. */
  async function setMark(mark: bigint, market = MARKET, validity = 0n, confidence = 0n): Promise<void> {
    await prices.setPrice(market, { mark, index: mark, premium: NO_FUNDING, confidence, validity, phase: 0n });
  }

  /** Changes some of a market's parameters against the fixture's. */
  async function configure(changes: Partial<MarketConfig>, market = MARKET): Promise<void> {
    await house.setMarket(market, { ...config, ...changes });
  }

  /** Changes some of the engine's parameters against the fixture's. */
  async function pace(changes: Partial<typeof parameters>): Promise<void> {
    await engine.setParameters({ ...parameters, ...changes });
  }

  /** Gives an owner tokens, approved for a spender. Whole and decimal numbers of quote. */
  async function give(owner: HardhatEthersSigner, amount: number | string, spender: string): Promise<bigint> {
    const tokens = usdc(amount);
    await token.mint(owner, tokens);
    await token.connect(owner).approve(spender, tokens);
    return tokens;
  }

  /** Opens an account with so much quote in it. */
  async function open(owner: HardhatEthersSigner, amount: number | string = 0, subaccount = 0): Promise<bigint> {
    await house.connect(owner).openAccount(subaccount);
    const account = await house.accountOf(owner, subaccount);
    if (Number(amount) !== 0) {
      const tokens = await give(owner, amount, ledgerAddress);
      await house.connect(owner).deposit(account, tokens);
    }
    return account;
  }

  /** Rests a limit order for an account, as its owner. */
  async function rest(account: bigint, buy: boolean, price: bigint, size: bigint, market = MARKET) {
    const owner = await ethers.getSigner((await house.accountData(account)).owner);
    const request = { market, buy, kind: Kind.LIMIT, reduceOnly: false, maxMakers: 0, price, size };
    return book.connect(owner).place(account, request);
  }

  /** Opens a long and a short against each other. */
  async function meet(long: bigint, short: bigint, size: bigint, price = START, market = MARKET): Promise<void> {
    await rest(short, false, price, size, market);
    await rest(long, true, price, size, market);
  }

  /** Fills the insurance fund and gives a market a limit that does not bind. */
  async function insure(amount: number, market = MARKET): Promise<void> {
    if (amount !== 0) await fund.connect(lender).topUp(await give(lender, amount, await fund.getAddress()));
    await fund.setMarketLimit(market, 1_000_000n, 1_000_000n, 3_600n);
    await fund.setTotalLimit(1_000_000n, 1_000_000n, 3_600n);
  }

  /** Deposits into the vault and allots part of it to a market, with limits that do not bind. */
  async function back(amount: number, allotted: number, market = MARKET): Promise<bigint> {
    await vault.connect(lender).deposit(await give(lender, amount, await vault.getAddress()), lender);
    await vault.allot(market, BigInt(allotted) * WAD);
    await vault.setLimits(market, {
      notional: 1_000_000n,
      loss: BigInt(allotted),
      window: 3_600n,
      leverage: 5n * WHOLE,
    });
    return vault.accountOf(market);
  }

  /** Equity at the prices of now. */
  async function equityOf(account: bigint): Promise<bigint> {
    return (await house.health(account)).equity;
  }

  /** Signed size of a position. */
  async function sizeOf(account: bigint, market = MARKET): Promise<bigint> {
    return (await house.positionOf(account, market)).size;
  }

  /** The arguments of an event of the engine in a transaction; undefined if it was not emitted. */
  async function eventOf(transaction: ContractTransactionResponse, name: string, contract = engineAddress) {
    const interfaces = {
      [engineAddress]: engine,
      [await queue.getAddress()]: queue,
      [await vault.getAddress()]: vault,
    };
    const source = interfaces[contract]!;
    const receipt = await transaction.wait();
    for (const log of receipt!.logs) {
      if (log.address !== contract) continue;
      const parsed = source.interface.parseLog(log);
      if (parsed?.name === name) return parsed.args;
    }
    return undefined;
  }

  return {
    admin,
    keeper,
    alice,
    bob,
    carol,
    dave,
    erin,
    lender,
    stranger,
    authority,
    token,
    spotToken,
    prices,
    house,
    transfers,
    tranches,
    book,
    engine,
    fund,
    vault,
    queue,
    config,
    parameters,
    setMark,
    configure,
    pace,
    give,
    open,
    rest,
    meet,
    insure,
    back,
    equityOf,
    sizeOf,
    eventOf,
  };
}

/** Whether two numbers differ by no more than `dust` either way: both sides' roundings together. */
export function isClose(actual: bigint, expected: bigint, dust: bigint): boolean {
  const apart = actual > expected ? actual - expected : expected - actual;
  return apart <= dust;
}

/** A few wei: what the roundings of a handful of fills may leave. */
export const DUST = 1_000n;

/**
 * Alice is long 10 at 2,000 with 2,100 of margin, Bob short against her. Maintenance is 5 %: at a mark of p her equity is
 * 2,100 - 10 (2,000 - p) and her maintenance 0.5 p. Liquidatable below 1,885.17..., bankrupt below 1,790.
 */
export async function aliceLong(exchange: ExchangeFixture) {
  const { open, meet, alice, bob } = exchange;
  const long = await open(alice, 2_100);
  const short = await open(bob, 20_000);
  await meet(long, short, 10n * WAD);
  return { long, short };
}

/**
 * The same at a mark of 1,700, where Bob has taken his profit of 3,000 by handing his short to Carol: Alice's equity is -900, and nobody
 * in profit is left to bear it.
 */
export async function shortHandedOn(exchange: ExchangeFixture) {
  const { open, meet, setMark, carol } = exchange;
  const { long, short: winner } = await aliceLong(exchange);
  const late = await open(carol, 20_000);
  await setMark(wad(1_700));
  await meet(winner, late, 10n * WAD, wad(1_700));
  return { long, winner, late };
}
