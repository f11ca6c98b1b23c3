import type { NetworkHelpers } from "@nomicfoundation/hardhat-network-helpers/types";
import { expect } from "chai";
import { type BaseContract, type ContractTransactionResponse, getAddress } from "ethers";

import { marketConfig } from "../../lab/deployment/deploy.js";
import type { MarketConfigStruct } from "../../typechain-types/contracts/ClearingHouse.js";
import { HousePool__factory } from "../../typechain-types/index.js";
import { deployExchange, type Trader } from "../support/exchange.js";
import { Kind } from "../support/liquidation.js";
import { Status } from "../support/prices.js";

const MARKET = 0;
const WAD = 10n ** 18n;
const USDC = 10n ** 6n;
const DAY = 86_400;

/** How far an index may be trusted, best first, as contracts number it. */
const VALIDITIES = ["VALID", "UNCERTAIN", "STALE", "INVALID"] as const;
type Validity = (typeof VALIDITIES)[number];

/** What a price is asked for, as contracts number it. */
const Action = { OPEN: 3, WITHDRAW: 4, LIQUIDATE: 5, DELEVERAGE: 6, VAULT: 7 } as const;

/** What the one source of the index says where it is not VALID. */
const FAILURE = {
  VALID: Status.OK,
  UNCERTAIN: Status.UNSURE,
  STALE: Status.STALE,
  INVALID: Status.NOT_POSITIVE,
} as const satisfies Record<Validity, bigint>;

type World = Awaited<ReturnType<typeof build>>;

/** A cell: the action goes ahead, or is refused for want of a price for it, or for another reason. */
type Cell = "yes" | { readonly refused: keyof typeof Action } | { readonly error: string };

interface Row {
  readonly action: string;
  readonly attempt: (world: World) => Promise<ContractTransactionResponse>;
  /** Whose error it is that is not the price's. */
  readonly by?: (world: World) => BaseContract;
  /** In the order of the validities. */
  readonly cells: readonly [Cell, Cell, Cell, Cell];
}

const no = (action: keyof typeof Action): Cell => ({ refused: action });

/** The table of mechanism.md, section 5, with the rows that bundle several actions taken apart. */
const TABLE: readonly Row[] = [
  {
    action: "deposit",
    attempt: ({ holder }) => holder.clearingHouse.deposit(holder.account, USDC),
    cells: ["yes", "yes", "yes", "yes"],
  },
  {
    action: "withdraw with no position",
    attempt: ({ flat }) => flat.clearingHouse.withdraw(flat.account, USDC, flat.signer),
    cells: ["yes", "yes", "yes", "yes"],
  },
  {
    action: "cancel",
    attempt: ({ maker, resting }) => maker.orderBook.cancel(resting),
    cells: ["yes", "yes", "yes", "yes"],
  },
  {
    action: "reduce on the book",
    attempt: ({ holder }) => whole(holder, false, 1_849, true),
    cells: ["yes", "yes", "yes", "yes"],
  },
  {
    action: "open or increase",
    attempt: ({ holder }) => whole(holder, true, 1_851, false),
    cells: ["yes", no("OPEN"), no("OPEN"), no("OPEN")],
  },
  {
    action: "withdraw with a position",
    attempt: ({ holder }) => holder.clearingHouse.withdraw(holder.account, USDC, holder.signer),
    cells: ["yes", "yes", no("WITHDRAW"), no("WITHDRAW")],
  },
  {
    action: "liquidate whom no price that may be right would spare",
    attempt: ({ flat, thin }) => flat.liquidationEngine.liquidate(thin.account, MARKET),
    cells: ["yes", "yes", no("LIQUIDATE"), no("LIQUIDATE")],
  },
  {
    action: "liquidate whom the price that favours the trader would spare",
    attempt: ({ flat, doubtful }) => flat.liquidationEngine.liquidate(doubtful.account, MARKET),
    by: ({ liquidationEngine }) => liquidationEngine,
    cells: ["yes", { error: "NotLiquidatable" }, no("LIQUIDATE"), no("LIQUIDATE")],
  },
  {
    // Nobody bids at the mark, so only the winners are left to close against; at an UNCERTAIN price the book alone is tried.
    action: "deleverage",
    attempt: ({ flat, bankrupt }) => flat.liquidationEngine.liquidate(bankrupt.account, MARKET),
    by: ({ liquidationEngine }) => liquidationEngine,
    cells: ["yes", { error: "NothingToDo" }, no("LIQUIDATE"), no("LIQUIDATE")],
  },
  {
    action: "hand dust over at mark",
    attempt: ({ dusty }) => dusty.clearingHouse.closeDust(dusty.account, MARKET),
    cells: ["yes", no("DELEVERAGE"), no("DELEVERAGE"), no("DELEVERAGE")],
  },
  {
    action: "mint vault shares",
    attempt: ({ pool, flat }) => pool.connect(flat.signer).deposit(USDC, flat.signer),
    cells: ["yes", no("VAULT"), no("VAULT"), no("VAULT")],
  },
  {
    action: "redeem vault shares",
    attempt: ({ pool, admin }) => pool.redeem(USDC, admin, admin),
    cells: ["yes", no("VAULT"), no("VAULT"), no("VAULT")],
  },
];

/** Takes at any price in the band. */
function market(trader: Trader, buy: boolean, size: bigint, reduceOnly: boolean) {
  const price = buy ? (1n << 128n) - 1n : 0n;
  return trader.orderBook.place(trader.account, {
    market: MARKET,
    buy,
    kind: Kind.MARKET,
    reduceOnly,
    maxMakers: 0,
    price,
    size,
  });
}

/** Trades one unit at a price or better, or reverts. */
function whole(trader: Trader, buy: boolean, limit: number, reduceOnly: boolean) {
  const price = BigInt(limit) * WAD;
  const order = { market: MARKET, buy, kind: Kind.FILL_OR_KILL, reduceOnly, maxMakers: 0, price, size: WAD };
  return trader.orderBook.place(trader.account, order);
}

/** The one source of the index. */
function sourceOf({ exchange }: World): string {
  return getAddress(exchange.contracts.chainlinkSource.address);
}

async function rest(trader: Trader, buy: boolean, price: number, size: bigint): Promise<bigint> {
  const order = {
    market: MARKET,
    buy,
    kind: Kind.LIMIT,
    reduceOnly: false,
    maxMakers: 0,
    price: BigInt(price) * WAD,
    size,
  };
  const { orderId } = await trader.orderBook.place.staticCall(trader.account, order);
  await trader.orderBook.place(trader.account, order);
  return orderId;
}

/**
 * The whole exchange with one feed of 2,000, then 1,850, with a book one quote either side. At a maintenance of 2 % and, while the
 * index is UNCERTAIN, a half width of 1.1 %: `thin` has 80 left behind its long of 10, `doubtful` 250, `bankrupt` owes 300.
 */
async function build() {
  const fixture = await deployExchange({
    market: { startPrice: 2_000, makerFee: 0, takerFee: 0, maturity: 0 },
    index: { sources: [{ kind: "feed", name: "feed", heartbeat: 3_600, deviation: 500, depth: 100_000_000 }] },
    guard: false,
    insurance: 0,
    backstop: 10,
    house: { lent: 100_000 },
  });
  const { connection, exchange, admin } = fixture;
  const { networkHelpers } = connection as unknown as { networkHelpers: NetworkHelpers };
  const pool = HousePool__factory.connect(exchange.house!.pool.address, admin);
  await pool.requestRedeem(await pool.balanceOf(admin));
  await networkHelpers.time.increase(3 * DAY);
  await fixture.report(2_000);
  const [maker, holder, flat, thin, doubtful, bankrupt, dusty] = [
    await fixture.trader(500_000n),
    await fixture.trader(10_000n),
    await fixture.trader(1_000n),
    await fixture.trader(1_580n),
    await fixture.trader(1_750n),
    await fixture.trader(1_200n),
    await fixture.trader(1_000n),
  ];
  await rest(maker, false, 2_000, 36n * WAD);
  for (const trader of [thin, doubtful, bankrupt]) await market(trader, true, 10n * WAD, false);
  await market(holder, true, 5n * WAD, false);
  await market(dusty, true, WAD / 100n, false);
  await holder.clearingHouse.setOperator(holder.account, pool, true);
  await pool.connect(holder.signer).trade(holder.account, MARKET, true, WAD, 3_000n * WAD, false);
  await flat.quoteToken.mint(flat.signer, 100n * USDC);
  await flat.quoteToken.approve(pool, 100n * USDC);
  await holder.quoteToken.mint(holder.signer, USDC);
  await maker.orderBook.cancelAll(maker.account, MARKET);
  await fixture.report(1_850);
  // The mark falls by a third of a percent a second.
  await networkHelpers.time.increase(120);
  const resting = await rest(maker, true, 1_849, 3n * WAD);
  await rest(maker, false, 1_851, 3n * WAD);
  const config = marketConfig(exchange.contracts, { ...exchange.parameters, minimumNotional: 50 });
  await fixture.clearingHouse.setMarket(MARKET, config as unknown as MarketConfigStruct);
  return { ...fixture, networkHelpers, pool, resting, maker, holder, flat, thin, doubtful, bankrupt, dusty };
}

/** Has the one source of the index say what makes it so. */
async function make(validity: Validity, world: World) {
  const { exchange, feed, networkHelpers, admin, connection } = world;
  await world.report(1_850);
  if (validity === "STALE") await networkHelpers.time.increase(3_601);
  if (validity === "INVALID") await feed.report(0);
  if (validity !== "UNCERTAIN") return;
  const { address, interface: abi } = exchange.contracts.chainlinkSource;
  const source = new connection.ethers.Contract(address, abi, admin);
  const entry = { aggregator: feed, heartbeat: 3_600, deviation: 11_000, depth: 100_000_000n, decimals: 0 };
  await source.getFunction("setFeed")(MARKET, entry);
}

describe("The validity ladder on the deployed exchange", function () {
  this.timeout(120_000);
  let world: World;
  let restore: () => Promise<void>;

  before(async () => {
    world = await build();
    const snapshot = await world.networkHelpers.takeSnapshot();
    restore = () => snapshot.restore();
  });

  afterEach(() => restore());

  for (const [rank, validity] of VALIDITIES.entries()) {
    it(`is what the index is when its source says so: ${validity}`, async () => {
      await make(validity, world);
      expect((await world.markPrice.peek(MARKET)).validity).to.equal(BigInt(rank));
      const [source, status] = await world.indexOracle.failureOf(MARKET);
      expect(status).to.equal(FAILURE[validity]);
      if (rank !== 0) expect(source).to.equal(sourceOf(world));
    });
  }

  for (const { action, attempt, by, cells } of TABLE) {
    for (const [rank, validity] of VALIDITIES.entries()) {
      const cell = cells[rank]!;
      const answer = cell === "yes" ? "goes ahead" : "is refused, and says why";
      it(`${action}: ${answer} while the index is ${validity}`, async () => {
        await make(validity, world);
        if (cell === "yes") {
          await attempt(world);
        } else if ("error" in cell) {
          await expect(attempt(world)).to.be.revertedWithCustomError(by!(world), cell.error);
        } else {
          await expect(attempt(world))
            .to.be.revertedWithCustomError(world.markPrice, "PriceNotUsable")
            .withArgs(MARKET, Action[cell.refused], rank, sourceOf(world), FAILURE[validity]);
        }
      });
    }
  }

  it("pays a withdrawal behind a position no more than is left at the adverse bound while UNCERTAIN", async () => {
    const { holder } = world;
    const free = await holder.clearingHouse.withdrawable(holder.account);
    await make("UNCERTAIN", world);
    const bound = await holder.clearingHouse.withdrawable(holder.account);
    // A long of 6 is worth 6 * 20.35 less at the lower bound, and asks for a fifth of that more behind it at the upper; with a
    // little funding between the two.
    expect(free - bound).to.be.greaterThan(122n * WAD);
    expect(free - bound).to.be.lessThan(147n * WAD);
    const accounts = await world.connection.ethers.getContractAt("AccountLogic", holder.clearingHouse);
    const whole = free / 10n ** 12n;
    await expect(holder.clearingHouse.withdraw(holder.account, whole, holder.signer)).to.be.revertedWithCustomError(
      accounts,
      "ExceedsWithdrawable",
    );
    await holder.clearingHouse.withdraw(holder.account, bound / 10n ** 12n - 1n, holder.signer);
  });

  for (const validity of ["STALE", "INVALID"] as const) {
    it(`reduces no farther from the last good price than the band while ${validity}`, async () => {
      const { holder, maker, resting, clearingHouse } = world;
      await maker.orderBook.cancel(resting);
      // 5 % below 1,850 is 1,757.5.
      await rest(maker, true, 1_757, WAD);
      await make(validity, world);
      const before = (await clearingHouse.positionOf(holder.account, MARKET)).size;
      await market(holder, false, WAD, true);
      expect((await clearingHouse.positionOf(holder.account, MARKET)).size).to.equal(before);
    });
  }
});
