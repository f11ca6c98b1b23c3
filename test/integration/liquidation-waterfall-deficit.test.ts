import { expect } from "chai";

import { MARKET, usdc, WAD, wad } from "../support/ledger.js";
import { aliceLong, DeficitMode, DUST, isClose, loadExchange, shortHandedOn } from "../support/liquidation.js";

describe("Step 3: insurance", () => {
  it("pays the whole deficit when it can, and winners are closed at mark without a charge", async () => {
    const exchange = await loadExchange();
    const { engine, fund, insure, setMark, equityOf, sizeOf, eventOf } = exchange;
    const { long, short } = await aliceLong(exchange);
    await insure(1_000);
    // equity 2,100 - 2,500 = -400; Bob's profit 2,500
    await setMark(wad(1_750));
    const before = await equityOf(short);
    const transaction = await engine.liquidate(long, MARKET);
    const insured = (await eventOf(transaction, "DeficitInsured"))!;
    expect(insured.deficit).to.equal(wad(400));
    expect(insured.paid).to.equal(wad(400));
    const torn = (await eventOf(transaction, "PositionDeleveraged"))!;
    expect(torn.size).to.equal(10n * WAD);
    expect(torn.price).to.equal(wad(1_750));
    expect(torn.charged).to.equal(0n);
    expect(await fund.balance()).to.equal(wad(600));
    expect(await sizeOf(long)).to.equal(0n);
    expect(await sizeOf(short)).to.equal(0n);
    expect(isClose(await equityOf(short), before, DUST)).to.be.true;
    expect(isClose(await equityOf(long), 0n, DUST)).to.be.true;
  });

  it("pays no more than the deficit of the position it settles when the account has others", async () => {
    const exchange = await loadExchange();
    const { engine, insure, setMark, meet, open, alice, bob, equityOf, eventOf, sizeOf } = exchange;
    const long = await open(alice, 6_000);
    const short = await open(bob, 100_000);
    await meet(long, short, 10n * WAD);
    await meet(long, short, 20n * WAD, wad(2_000), 1);
    await insure(10_000);
    await insure(0, 1);
    // equity 6,000 - 10 * 300 - 20 * 180 = -600; maintenance 10 * 1,700 * 5 % = 850 and 20 * 1,820 * 5 % = 1,820
    await setMark(wad(1_700));
    await setMark(wad(1_820), 1);
    // share of the first 600 * 850 / 2,670 = 191.011...
    const first = (await eventOf(await engine.liquidate(long, MARKET), "DeficitInsured"))!;
    expect(isClose(first.paid as bigint, wad("191.011235955056179776"), 2n)).to.be.true;
    expect(await sizeOf(long, MARKET)).to.equal(0n);
    expect(await sizeOf(long, 1)).to.equal(20n * WAD);
    const second = (await eventOf(await engine.liquidate(long, 1), "DeficitInsured"))!;
    expect(isClose(second.paid as bigint, wad("408.988764044943820224"), DUST)).to.be.true;
    expect(isClose(await equityOf(long), 0n, DUST)).to.be.true;
  });

  it("is limited by payment, by window and by balance, and the rest is charged to winners", async () => {
    const exchange = await loadExchange();
    const { engine, fund, insure, setMark, equityOf, eventOf } = exchange;
    const { long, short } = await aliceLong(exchange);
    await insure(1_000);
    await fund.setMarketLimit(MARKET, 150n, 1_000n, 3_600n);
    await setMark(wad(1_750));
    const before = await equityOf(short);
    const transaction = await engine.liquidate(long, MARKET);
    expect((await eventOf(transaction, "DeficitInsured"))!.paid).to.equal(wad(150));
    // P6: 400 - 150 = 250 charged, no more.
    const charged = (await eventOf(transaction, "PositionDeleveraged"))!.charged as bigint;
    expect(isClose(charged, wad(250), DUST)).to.be.true;
    expect(isClose(before - (await equityOf(short)), wad(250), DUST)).to.be.true;
  });
});

describe("Step 4: deleveraging", () => {
  it("tears up at mark and charges the deficit to all winners in proportion to profit", async () => {
    const exchange = await loadExchange();
    const { engine, setMark, meet, open, alice, bob, carol, dave, equityOf, sizeOf, eventOf } = exchange;
    const long = await open(alice, 2_100);
    const early = await open(bob, 20_000);
    const late = await open(carol, 20_000);
    const bystander = await open(dave, 20_000);
    const other = await open(dave, 20_000, 1);
    await meet(long, early, 10n * WAD);
    // Carol shorts 10 at 1,900 against Dave, and Dave's other account shorts 5 at 1,650, not in profit below.
    await setMark(wad(1_900));
    await meet(bystander, late, 10n * WAD, wad(1_900));
    await setMark(wad(1_750));
    await meet(bystander, other, 5n * WAD, wad(1_650));
    const before = await Promise.all([early, late, other, bystander].map(equityOf));
    const transaction = await engine.liquidate(long, MARKET);
    // Deficit 400. Profits: Bob 2,500, Carol 1,500: 250 and 150. Pro rata by size: 5 each of the 10.
    expect(isClose(await sizeOf(early), -5n * WAD, DUST)).to.be.true;
    expect(isClose(await sizeOf(late), -5n * WAD, DUST)).to.be.true;
    const after = await Promise.all([early, late, other, bystander].map(equityOf));
    expect(isClose(before[0]! - after[0]!, wad(250), DUST)).to.be.true;
    expect(isClose(before[1]! - after[1]!, wad(150), DUST)).to.be.true;
    // P4, P5: who is not in profit, and who is on the other side, neither pays nor is closed.
    expect(after[2]).to.equal(before[2]);
    expect(after[3]).to.equal(before[3]);
    expect(await sizeOf(other)).to.equal(-5n * WAD);
    const event = (await eventOf(transaction, "PositionDeleveraged"))!;
    expect(event.size).to.equal(10n * WAD);
    expect(isClose(event.charged as bigint, wad(400), DUST)).to.be.true;
    expect(isClose(await equityOf(long), 0n, DUST)).to.be.true;
  });

  it("does nothing to winners while the account still has equity", async () => {
    const exchange = await loadExchange();
    const { engine, setMark, sizeOf } = exchange;
    const { long, short } = await aliceLong(exchange);
    // equity 10, maintenance 895.5
    await setMark(wad(1_791));
    await expect(engine.liquidate(long, MARKET)).to.be.revertedWithCustomError(engine, "NothingToDo");
    expect(await sizeOf(short)).to.equal(-10n * WAD);
    // Equity of exactly zero is bankrupt: closed at mark, nobody charged.
    await setMark(wad(1_790));
    await engine.liquidate(long, MARKET);
    expect(await sizeOf(short)).to.equal(0n);
  });

  it("charges winners for a deficit whose inventory the book took", async () => {
    const exchange = await loadExchange();
    const { engine, setMark, rest, open, erin, equityOf, sizeOf } = exchange;
    const { long, short } = await aliceLong(exchange);
    const maker = await open(erin, 50_000);
    await setMark(wad(1_750));
    await rest(maker, true, wad(1_750), 10n * WAD);
    const before = await equityOf(short);
    await engine.liquidate(long, MARKET);
    // The book holds the 10, Bob keeps his short and pays the 400 out of his profit of 2,500.
    expect(await sizeOf(maker)).to.equal(10n * WAD);
    expect(await sizeOf(short)).to.equal(-10n * WAD);
    expect(isClose(before - (await equityOf(short)), wad(400), DUST)).to.be.true;
    expect(isClose(await equityOf(long), 0n, DUST)).to.be.true;
  });

  it("tears up at the bankruptcy price where those torn up bear the deficit", async () => {
    const exchange = await loadExchange();
    const { engine, configure, setMark, equityOf, sizeOf, eventOf } = exchange;
    const { long, short } = await aliceLong(exchange);
    await configure({ deficitMode: DeficitMode.TORN_UP });
    await setMark(wad(1_750));
    const before = await equityOf(short);
    // -400 over 10: 1,750 + 40 = 1,790
    const event = (await eventOf(await engine.liquidate(long, MARKET), "PositionDeleveraged"))!;
    expect(event.price).to.equal(wad(1_790));
    expect(event.charged).to.equal(0n);
    expect(await sizeOf(short)).to.equal(0n);
    expect(isClose(before - (await equityOf(short)), wad(400), DUST)).to.be.true;
    expect(isClose(await equityOf(long), 0n, DUST)).to.be.true;
  });

  it("falls back to the mark for what finds nobody in profit at the bankruptcy price", async () => {
    const exchange = await loadExchange();
    const { engine, configure, setMark, meet, open, alice, bob, dave, sizeOf, equityOf } = exchange;
    await configure({ deficitMode: DeficitMode.TORN_UP });
    const long = await open(alice, 2_100);
    const winner = await open(bob, 20_000);
    const late = await open(dave, 20_000);
    await meet(long, winner, 10n * WAD);
    // Bob leaves 8 of his 10 to Dave at 1,765: in profit at 1,700, but not at the bankruptcy price of 1,790.
    await setMark(wad(1_765));
    await meet(winner, late, 8n * WAD, wad(1_765));
    await setMark(wad(1_700));
    // equity 2,100 - 3,000 = -900: bankruptcy price 1,790. Bob's 2 are torn up at it: 180 of the 900.
    // Dave's 8 at mark, his profit 8 * 65 = 520 charged as far as his bucket's edge allows; the rest is socialised.
    await engine.liquidate(long, MARKET);
    expect(await sizeOf(winner)).to.equal(0n);
    expect(await sizeOf(late)).to.equal(0n);
    expect(await sizeOf(long)).to.equal(0n);
    expect(isClose(await equityOf(winner), wad(20_000) + 8n * wad(235) + 2n * wad(210), DUST)).to.be.true;
    expect(await equityOf(late)).to.be.at.least(wad(20_000) - DUST);
    expect(isClose(await equityOf(long), 0n, DUST)).to.be.true;
  });
});

describe("A deficit that the tranches one call may reach cannot pay", () => {
  /** What five winners of 2 each, in a bucket each, have gained at 1,600 pays Alice's deficit of 1,900; what the first two have does not. */
  async function fiveWinners() {
    const exchange = await loadExchange();
    const { engine, parameters, setMark, meet, open, alice, bob, carol, dave, erin, equityOf } = exchange;
    await engine.setParameters({ ...parameters, maxTranches: 2n });
    const long = await open(alice, 2_100);
    const middle = await open(bob, 100_000);
    await meet(long, middle, 10n * WAD);
    const winners: bigint[] = [];
    for (const [place, price] of [2_000, 1_950, 1_900, 1_850, 1_800].entries()) {
      const owner = [carol, erin][place % 2] ?? carol;
      winners.push(await open(owner, 20_000, Math.floor(place / 2)));
      await meet(middle, winners[place]!, 2n * WAD, wad(price));
    }
    await setMark(wad(1_600));
    const before = await Promise.all(winners.map(equityOf));
    const paid = async () => {
      const after = await Promise.all(winners.map(equityOf));
      return after.map((equity, place) => before[place]! - equity);
    };
    return { ...exchange, long, winners, paid, dave };
  }

  it("is paid by those beyond them in the same call, once the position is gone", async () => {
    const { engine, house, long, open, rest, dave, paid, equityOf, sizeOf } = await fiveWinners();
    await rest(await open(dave, 20_000), true, wad(1_600), 10n * WAD);
    await engine.liquidate(long, MARKET);
    expect(await sizeOf(long)).to.equal(0n);
    expect(await house.socialisedLoss()).to.equal(0n);
    expect(isClose(await equityOf(long), 0n, DUST)).to.equal(true);
    const parts = await paid();
    expect(
      isClose(
        parts.reduce((sum, part) => sum + part, 0n),
        wad(1_900),
        10n * DUST,
      ),
    ).to.equal(true);
    // The first two give all that their buckets are known to have gained, the next two the rest, and the last nothing.
    expect(parts.map((part) => part > WAD)).to.deep.equal([true, true, true, true, false]);
  });

  it("is paid call after call while some of the position is left, and nothing of it is everybody's", async () => {
    const { engine, house, long, winners, paid, equityOf, sizeOf } = await fiveWinners();
    let calls = 0;
    for (; (await sizeOf(long)) !== 0n; ++calls) await engine.liquidate(long, MARKET);
    expect(calls).to.equal(3);
    expect(await house.socialisedLoss()).to.equal(0n);
    expect(isClose(await equityOf(long), 0n, DUST)).to.equal(true);
    expect((await Promise.all(winners.map((winner) => sizeOf(winner)))).every((size) => -size < DUST)).to.equal(true);
    const sum = (await paid()).reduce((total, part) => total + part, 0n);
    expect(isClose(sum, wad(1_900), 10n * DUST)).to.equal(true);
  });
});

describe("Step 5: socialised loss", () => {
  it("closes at mark against positions not in profit and writes the loss off, when no profit is left", async () => {
    const exchange = await loadExchange();
    const { engine, house, token, bob, equityOf, sizeOf, eventOf } = exchange;
    const { long, winner, late } = await shortHandedOn(exchange);
    const before = await equityOf(late);
    const transaction = await engine.liquidate(long, MARKET);
    // Nobody bears the 900; Carol is closed where she entered.
    const event = (await eventOf(transaction, "LossSocialised"))!;
    expect(event.size).to.equal(10n * WAD);
    expect(isClose(event.loss as bigint, wad(900), DUST)).to.be.true;
    expect(isClose(await house.socialisedLoss(), wad(900), DUST)).to.be.true;
    expect(await sizeOf(late)).to.equal(0n);
    expect(isClose(await equityOf(late), before, DUST)).to.be.true;
    expect(await equityOf(long)).to.equal(0n);
    // Withdrawals are paid at assets / claims: 42,100 / 43,000.
    const tokens = usdc(10_000);
    await house.connect(bob).withdraw(winner, tokens, bob);
    expect(isClose(await token.balanceOf(bob), (tokens * 42_100n) / 43_000n, 2n)).to.be.true;
  });

  it("settles an account left with a debt and no position: insurance first, the rest socialised", async () => {
    const exchange = await loadExchange();
    const { engine, house, fund, insure, equityOf } = exchange;
    const { long } = await shortHandedOn(exchange);
    await insure(100);
    await engine.liquidate(long, MARKET);
    expect(await fund.balance()).to.equal(0n);
    expect(isClose(await house.socialisedLoss(), wad(800), DUST)).to.be.true;
    expect(await equityOf(long)).to.equal(0n);
    await expect(engine.liquidate(long, MARKET)).to.be.revertedWithCustomError(engine, "NotLiquidatable");
  });
});
