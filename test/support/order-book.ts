import { network } from "hardhat";

/** One unit with 18 decimals. */
export const WAD = 10n ** 18n;
export const MARKET = 1;
/** The mark of a fresh book. */
export const MARK = 100n * WAD;
export const TICK = WAD / 100n;
export const LOT = WAD / 1_000n;
/** The smallest order of the test market: ten lots. */
export const MINIMUM = 10n * LOT;
/** 10 % in parts per million. */
export const BAND = 100_000n;

export const Kind = { LIMIT: 0, POST_ONLY: 1, IMMEDIATE_OR_CANCEL: 2, FILL_OR_KILL: 3, MARKET: 4 } as const;
export const Reason = { OWNER: 0, REPLACED: 1, VOID: 2, SELF_TRADE: 3, REFUSED: 4, LAPSED: 5 } as const;

/** An order request with the fields a test does not care about left to their defaults. */
export interface Wish {
  market?: number;
  buy: boolean;
  kind?: number;
  reduceOnly?: boolean;
  maxMakers?: number;
  price: bigint;
  size: bigint;
}

/** The whole request struct for a wish. */
export function request(wish: Wish) {
  return { market: MARKET, kind: Kind.LIMIT, reduceOnly: false, maxMakers: 0, ...wish };
}

/** A bid, resting or crossing as its price says. */
export function bid(price: bigint, size: bigint, more: Partial<Wish> = {}) {
  return request({ buy: true, price, size, ...more });
}

/** An ask, resting or crossing as its price says. */
export function ask(price: bigint, size: bigint, more: Partial<Wish> = {}) {
  return request({ buy: false, price, size, ...more });
}

/** The id of the n-th order ever placed at a price of one side. */
export function orderId(side: "bid" | "ask", price: bigint, index: number, market = MARKET): bigint {
  const bit = side === "bid" ? 1n : 0n;
  return (BigInt(market) << 56n) | (bit << 55n) | ((price / TICK) << 31n) | BigInt(index);
}

const connection = await network.create();
export const { ethers } = connection;
export const loadFixture = connection.networkHelpers.loadFixture.bind(connection.networkHelpers);

/**
 * An order book with one market listed, on a ledger that only records, a fixed mark of 100 and an engine. Accounts 1 to 4
 * belong to alice, bob, carol and dave; account 5 is alice's second.
 */
export async function bookFixture() {
  const [admin, alice, bob, carol, dave, engine, stranger] = await ethers.getSigners();
  const authority = await ethers.deployContract("AccessManager", [admin!]);
  const ledger = await ethers.deployContract("RecordingLedger");
  const markPrice = await ethers.deployContract("FixedMarkPrice", [MARK]);
  const logic = await ethers.deployContract("BookLogic");
  const auctions = await ethers.deployContract("AuctionLogic");
  const book = await ethers.deployContract("OrderBook", [ledger, markPrice, authority], {
    libraries: { BookLogic: await logic.getAddress(), AuctionLogic: await auctions.getAddress() },
  });
  const config = { tickSize: TICK, lotSize: LOT, minimumSize: MINIMUM, priceBand: BAND };
  await book.listMarket(MARKET, config);
  await book.setEngine(engine!);
  const owners = [alice!, bob!, carol!, dave!, alice!];
  for (const [index, owner] of owners.entries()) await ledger.setOwner(index + 1, owner);
  return {
    ethers,
    networkHelpers: connection.networkHelpers,
    book,
    ledger,
    markPrice,
    config,
    admin: admin!,
    alice: alice!,
    bob: bob!,
    carol: carol!,
    dave: dave!,
    engine: engine!,
    stranger: stranger!,
  };
}
