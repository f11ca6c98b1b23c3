import { expect } from "chai";

import { MARKET, networkHelpers, WAD, wad } from "../support/ledger.js";
import { Deleveraging, DUST, isClose, loadExchange } from "../support/liquidation.js";

/**
 * Alice is long 10 at 2,000 with 2,100. Bob is short 4 with 2,000, Carol 4 with 4,000, Dave 2 with 4,000, all at 2,000.
 * At 1,750 Alice owes 400. Profits are 1,000, 1,000 and 500; equities 3,000, 5,000 and 4,500. Scores, with 2,000 / 1,750 =
 * 1.142857: Bob 7,000 / 3,000 = 2.6667, Carol 7,000 / 5,000 = 1.6, Dave 3,500 / 4,500 = 0.8889.
 */
async function loadQueue(mark = 1_750) {
  const exchange = await loadExchange();
  const { configure, open, meet, setMark, engine, alice, bob, carol, dave } = exchange;
  await configure({ deleveraging: Deleveraging.QUEUE });
  const long = await open(alice, 2_100);
  const first = await open(bob, 2_000);
  const second = await open(carol, 4_000);
  const third = await open(dave, 4_000);
  await meet(long, first, 4n * WAD);
  await meet(long, second, 4n * WAD);
  await meet(long, third, 2n * WAD);
  await setMark(wad(mark));
  /** Lets the waterfall leave the position to the queue. */
  const hand = async () => engine.liquidate(long, MARKET);
  return { ...exchange, long, first, second, third, hand };
}

describe("What the queue accepts", () => {
  it("scores (mark / entry) * notional / equity", async () => {
    const { queue, first, second, third } = await loadQueue();
    expect(isClose(await queue.scoreOf(first, MARKET), wad("2.666666666666666666"), 2n)).to.be.true;
    expect(isClose(await queue.scoreOf(second, MARKET), wad("1.6"), 2n)).to.be.true;
    expect(isClose(await queue.scoreOf(third, MARKET), wad("0.888888888888888888"), 2n)).to.be.true;
    expect(await queue.scoreOf(first, 1)).to.equal(0n);
  });

  it("refuses a market whose deleveraging is not by queue", async () => {
    const { queue, configure, long, first } = await loadQueue();
    await configure({});
    await expect(queue.deleverage(long, MARKET, [first]))
      .to.be.revertedWithCustomError(queue, "NotQueueMarket")
      .withArgs(MARKET);
  });

  it("refuses a position the waterfall has not left to it, or left too long ago", async () => {
    const { queue, engine, long, first, hand } = await loadQueue();
    await expect(queue.deleverage(long, MARKET, [first]))
      .to.be.revertedWithCustomError(queue, "NotQueued")
      .withArgs(long, MARKET, 0n);
    await expect(hand())
      .to.emit(engine, "DeleveragingQueued")
      .withArgs(long, MARKET, 10n * WAD);
    const since = await engine.queuedAt(long, MARKET);
    await networkHelpers.time.increaseTo(since + 61n);
    await expect(queue.deleverage(long, MARKET, [first]))
      .to.be.revertedWithCustomError(queue, "NotQueued")
      .withArgs(long, MARKET, since);
    await expect(hand()).to.emit(engine, "DeleveragingQueued");
  });

  it("refuses an account that is not bankrupt any more", async () => {
    const { queue, setMark, long, first, hand } = await loadQueue();
    await hand();
    await setMark(wad(1_800));
    await expect(queue.deleverage(long, MARKET, [first]))
      .to.be.revertedWithCustomError(queue, "NotBankrupt")
      .withArgs(long, wad(100));
  });

  it("refuses a price that is not VALID", async () => {
    const { queue, prices, setMark, long, first, hand } = await loadQueue();
    await hand();
    await setMark(wad(1_750), MARKET, 1n);
    await expect(queue.deleverage(long, MARKET, [first])).to.be.revertedWithCustomError(prices, "PriceNotUsable");
  });

  it("refuses an empty list", async () => {
    const { queue, long, hand } = await loadQueue();
    await hand();
    await expect(queue.deleverage(long, MARKET, [])).to.be.revertedWithCustomError(queue, "NothingToDeleverage");
  });

  it("refuses a list that is not sorted by score", async () => {
    const { queue, long, first, second, hand } = await loadQueue();
    await hand();
    const scores = [await queue.scoreOf(first, MARKET), await queue.scoreOf(second, MARKET)] as const;
    await expect(queue.deleverage(long, MARKET, [second, first]))
      .to.be.revertedWithCustomError(queue, "CounterpartyOutOfOrder")
      .withArgs(1n, first, scores[0], scores[1]);
  });

  it("refuses an account listed twice, next to itself or further on", async () => {
    const { queue, long, first, second, hand } = await loadQueue();
    await hand();
    for (const list of [
      [first, first],
      [first, second, first],
      [first, second, second],
    ]) {
      await expect(queue.deleverage(long, MARKET, list)).to.be.revertedWithCustomError(queue, "CounterpartyOutOfOrder");
    }
  });

  it("refuses the same side, no position, the account itself and an account that does not exist", async () => {
    const { queue, open, erin, long, hand } = await loadQueue();
    await hand();
    const flat = await open(erin, 100);
    for (const [counterparty, size] of [
      [long, 10n * WAD],
      [flat, 0n],
      [4_000_000_000n, 0n],
    ] as const) {
      await expect(queue.deleverage(long, MARKET, [counterparty]))
        .to.be.revertedWithCustomError(queue, "CounterpartyNotOpposite")
        .withArgs(0n, counterparty, size);
    }
  });

  it("refuses a counterparty that is not in profit", async () => {
    const { queue, setMark, meet, open, erin, dave, long, hand } = await loadQueue();
    await setMark(wad(1_600));
    const late = await open(erin, 5_000);
    await meet(await open(dave, 5_000, 1), late, 1n * WAD, wad(1_600));
    await hand();
    await expect(queue.deleverage(long, MARKET, [late]))
      .to.be.revertedWithCustomError(queue, "CounterpartyNotInProfit")
      .withArgs(0n, late, 0n);
  });
});

describe("What the queue does", () => {
  it("closes one by one at the bankruptcy price until nothing is left", async () => {
    const { queue, sizeOf, equityOf, eventOf, long, first, second, third, hand } = await loadQueue();
    await hand();
    const before = await Promise.all([first, second, third].map(equityOf));
    const transaction = await queue.deleverage(long, MARKET, [first, second, third]);
    // 400 over 10: 1,790, so 160, 160 and 80
    const event = (await eventOf(transaction, "CounterpartyDeleveraged", await queue.getAddress()))!;
    expect(event.price).to.equal(wad(1_790));
    for (const account of [long, first, second, third]) expect(await sizeOf(account)).to.equal(0n);
    const after = await Promise.all([first, second, third].map(equityOf));
    expect(isClose(before[0]! - after[0]!, wad(160), DUST)).to.be.true;
    expect(isClose(before[1]! - after[1]!, wad(160), DUST)).to.be.true;
    expect(isClose(before[2]! - after[2]!, wad(80), DUST)).to.be.true;
    expect(isClose(await equityOf(long), 0n, DUST)).to.be.true;
  });

  it("stops when the position is gone and does not look at the rest of the list", async () => {
    const { queue, sizeOf, setMark, open, erin, long, first, second, third, hand } = await loadQueue();
    await setMark(wad(1_750));
    const spare = await open(erin, 100_000);
    await hand();
    await queue.deleverage(long, MARKET, [first, second, third, spare, spare]);
    expect(await sizeOf(long)).to.equal(0n);
  });

  it("closes what a short list allows, at the bankruptcy price of that part", async () => {
    const { queue, sizeOf, equityOf, long, first, hand } = await loadQueue();
    await hand();
    const before = await equityOf(first);
    await queue.deleverage(long, MARKET, [first]);
    expect(await sizeOf(long)).to.equal(6n * WAD);
    expect(isClose(before - (await equityOf(first)), wad(160), DUST)).to.be.true;
    // Alice's ratio does not fall: -400 over 10, -240 over 6.
    expect(isClose(await equityOf(long), wad(-240), DUST)).to.be.true;
  });

  it("asks insurance first, for the part it closes", async () => {
    const { queue, fund, insure, equityOf, eventOf, long, first, second, hand } = await loadQueue();
    await insure(1_000);
    await hand();
    expect(await fund.balance()).to.equal(wad(1_000));
    const before = await equityOf(first);
    const transaction = await queue.deleverage(long, MARKET, [first, second]);
    const summary = (await eventOf(transaction, "QueueDeleveraged", await queue.getAddress()))!;
    // 8 of 10 closed: 320 of the 400
    expect(summary.insured).to.equal(wad(320));
    expect(summary.uncovered).to.equal(0n);
    expect(await fund.balance()).to.equal(wad(680));
    expect(isClose(before, await equityOf(first), DUST)).to.be.true;
    expect(isClose(await equityOf(long), wad(-80), DUST)).to.be.true;
  });

  it("never takes more from a counterparty than its profit", async () => {
    // At 1,750 a short from 1,760 has 10 a unit, less than the 40 that are missing.
    const exchange = await loadQueue();
    const { queue, house, setMark, meet, open, erin, sizeOf, equityOf, long, first, second, third, hand } = exchange;
    await setMark(wad(1_760));
    const late = await open(erin, 1_000);
    await meet(first, late, 4n * WAD, wad(1_760));
    await setMark(wad(1_750));
    await hand();
    const before = await equityOf(late);
    await queue.deleverage(long, MARKET, [late, second, third]);
    // 40 of the late one, and the 360 it could not bear over the other 6: 60 a unit.
    expect(isClose(before - (await equityOf(late)), wad(40), DUST)).to.be.true;
    expect(await sizeOf(late)).to.equal(0n);
    expect(isClose(await equityOf(second), wad(5_000) - wad(240), DUST)).to.be.true;
    expect(isClose(await equityOf(third), wad(4_500) - wad(120), DUST)).to.be.true;
    expect(isClose(await equityOf(long), 0n, DUST)).to.be.true;
    expect(await house.socialisedLoss()).to.equal(0n);
  });
});
