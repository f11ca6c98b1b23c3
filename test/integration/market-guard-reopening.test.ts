import type { NetworkHelpers } from "@nomicfoundation/hardhat-network-helpers/types";
import { expect } from "chai";

import { deployExchange, type Trader } from "../support/exchange.js";
import { Kind } from "../support/liquidation.js";
import { Phase } from "../support/phases.js";

const MARKET = 0;
const WAD = 10n ** 18n;
const CANCEL = 1;

/** Rests, or takes and rests, a limit order at a price in whole quote units. */
async function order(trader: Trader, buy: boolean, price: number, size: bigint, reduceOnly = false) {
  const terms = { market: MARKET, buy, kind: Kind.LIMIT, reduceOnly, maxMakers: 0, price: BigInt(price) * WAD, size };
  await trader.orderBook.place(trader.account, terms);
}

/**
 * The whole exchange with one feed at 2,000 and a guard of 4 %. An honest trader is short 5 with 500 of margin: solvent at the index,
 * below maintenance at a mark of 2,062.
 */
async function build() {
  const fixture = await deployExchange({
    market: { startPrice: 2_000, makerFee: 0, takerFee: 0 },
    index: { sources: [{ kind: "feed", name: "feed", heartbeat: 3_600, deviation: 500, depth: 100_000_000 }] },
    guard: { minimumVolume: 1_000 },
    backstop: 10,
  });
  const { networkHelpers } = fixture.connection as unknown as { networkHelpers: NetworkHelpers };
  const [maker, honest, squeezer, accomplice] = [
    await fixture.trader(100_000n),
    await fixture.trader(500n),
    await fixture.trader(50_000n),
    await fixture.trader(50_000n),
  ];
  await fixture.report(2_000);
  await order(maker, true, 2_000, 5n * WAD);
  await order(honest, false, 2_000, 5n * WAD);
  await order(maker, true, 1_999, WAD);
  await order(maker, false, 2_001, WAD);

  /** The phase of a block so many seconds after the last one. */
  const after = async (seconds: number) => {
    await networkHelpers.time.increase(seconds);
    await fixture.markPrice.priceFor(MARKET, CANCEL);
    return (await fixture.markPrice.peek(MARKET)).phase;
  };
  return { ...fixture, maker, honest, squeezer, accomplice, after };
}

describe("A squeeze on a thin book", () => {
  it("is limited, paused and reopened by one price of an auction, and liquidates nobody on the way", async () => {
    const { markPrice, marketGuard, orderBook, clearingHouse, liquidationEngine, maker, honest, ...others } =
      await build();
    const { squeezer, accomplice, after } = others;
    expect(await after(12)).to.equal(Phase.OPEN);

    // All that is offered is bought, and the only quotes left are two of the squeezer's, 4.5 % above the index.
    await order(squeezer, true, 2_001, WAD);
    await order(squeezer, true, 2_089, WAD);
    await order(accomplice, false, 2_091, WAD);
    expect(await after(1)).to.equal(Phase.LIMITED);
    expect(await after(16)).to.equal(Phase.PAUSED);
    await expect(liquidationEngine.liquidate(honest.account, MARKET)).to.be.revertedWithCustomError(
      liquidationEngine,
      "NotLiquidatable",
    );
    await expect(order(squeezer, true, 2_050, WAD)).to.be.revertedWithCustomError(orderBook, "OpeningHalted");

    expect(await after(301)).to.equal(Phase.AUCTION);
    await accomplice.orderBook.cancelAll(accomplice.account, MARKET);
    await squeezer.orderBook.cancelAll(squeezer.account, MARKET);
    await order(squeezer, true, 2_010, 2n * WAD);
    await order(accomplice, false, 1_990, 2n * WAD);
    expect((await clearingHouse.positionOf(accomplice.account, MARKET)).size).to.equal(0n);
    await expect(liquidationEngine.liquidate(honest.account, MARKET)).to.be.revertedWithCustomError(
      liquidationEngine,
      "NotLiquidatable",
    );

    expect(await after(121)).to.equal(Phase.AUCTION);
    await order(maker, true, 1_995, WAD);
    const [cleared] = await orderBook.queryFilter(orderBook.filters.AuctionCleared());
    expect([cleared!.args.price, cleared!.args.volume]).to.deep.equal([2_000n * WAD, 2n * WAD]);
    expect((await clearingHouse.positionOf(accomplice.account, MARKET)).size).to.equal(-2n * WAD);
    expect(await after(1)).to.equal(Phase.OPEN);
    expect((await marketGuard.stateOf(MARKET)).phase).to.equal(Phase.OPEN);
    expect((await markPrice.peek(MARKET)).mark).to.be.lessThan(2_062n * WAD);
    // The honest trader still has what it had, and closes when it likes.
    expect((await clearingHouse.positionOf(honest.account, MARKET)).size).to.equal(-5n * WAD);
    await order(maker, false, 2_002, 5n * WAD);
    await order(honest, true, 2_002, 5n * WAD, true);
    expect((await clearingHouse.positionOf(honest.account, MARKET)).size).to.equal(0n);
  });
});
