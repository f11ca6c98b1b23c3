import { expect } from "chai";

import { MARKET, WAD, wad } from "../support/ledger.js";
import { aliceLong, Deleveraging, DUST, isClose, loadExchange, shortHandedOn } from "../support/liquidation.js";

describe("The waterfall in a market of the queue", () => {
  it("leaves a bankrupt position to the queue after book, backstop and the insurance of what they took", async () => {
    const exchange = await loadExchange();
    const { engine, fund, queue, configure, insure, setMark, rest, open, erin, sizeOf, equityOf, eventOf } = exchange;
    await configure({ deleveraging: Deleveraging.QUEUE });
    const { long, short } = await aliceLong(exchange);
    await insure(1_000);
    const maker = await open(erin, 50_000);
    await setMark(wad(1_750));
    await rest(maker, true, wad(1_750), 4n * WAD);
    const transaction = await engine.liquidate(long, MARKET);
    // 4 of 10 on the book: 160 of the 400 insured now, the rest when the queue closes it.
    expect((await eventOf(transaction, "DeficitInsured"))!.paid).to.equal(wad(160));
    expect((await eventOf(transaction, "DeleveragingQueued"))!.size).to.equal(6n * WAD);
    expect(await eventOf(transaction, "PositionDeleveraged")).to.equal(undefined);
    expect(await sizeOf(short)).to.equal(-10n * WAD);
    await queue.deleverage(long, MARKET, [short]);
    expect(isClose(await fund.balance(), wad(600), DUST)).to.be.true;
    expect(await sizeOf(long)).to.equal(0n);
    expect(await sizeOf(short)).to.equal(-4n * WAD);
    expect(isClose(await equityOf(long), 0n, DUST)).to.be.true;
  });

  it("does not pay insurance for a position that stays open, so that nobody holds a free option on the fund", async () => {
    const exchange = await loadExchange();
    const { engine, fund, configure, insure, setMark, equityOf } = exchange;
    await configure({ deleveraging: Deleveraging.QUEUE });
    const { long } = await aliceLong(exchange);
    await insure(1_000);
    await setMark(wad(1_750));
    await engine.liquidate(long, MARKET);
    expect(await fund.balance()).to.equal(wad(1_000));
    expect(await equityOf(long)).to.equal(wad(-400));
    await expect(engine.liquidate(long, MARKET)).to.be.revertedWithCustomError(engine, "NothingToDo");
  });

  it("socialises at once when nobody in profit is left for the queue", async () => {
    const exchange = await loadExchange();
    const { engine, house, configure, sizeOf } = exchange;
    await configure({ deleveraging: Deleveraging.QUEUE });
    const { long, late } = await shortHandedOn(exchange);
    await engine.liquidate(long, MARKET);
    expect(await sizeOf(long)).to.equal(0n);
    expect(await sizeOf(late)).to.equal(0n);
    expect(isClose(await house.socialisedLoss(), wad(900), DUST)).to.be.true;
  });

  it("costs the more the more accounts are listed", async () => {
    const used: bigint[] = [];
    for (const count of [1, 4]) {
      const exchange = await loadExchange();
      const { engine, queue, configure, setMark, meet, open, alice, bob } = exchange;
      await configure({ deleveraging: Deleveraging.QUEUE });
      const long = await open(alice, 2_100);
      const shorts: bigint[] = [];
      for (let i = 0; i < count; ++i) {
        const short = await open(bob, 20_000, i);
        await meet(long, short, (8n * WAD) / BigInt(count));
        shorts.push(short);
      }
      await setMark(wad(1_700));
      await engine.liquidate(long, MARKET);
      const receipt = await (await queue.deleverage(long, MARKET, shorts)).wait();
      used.push(receipt!.gasUsed);
    }
    expect(used[1]! - used[0]!).to.be.greaterThan(200_000n);
  });
});
