import { expect } from "chai";

import {
  ask,
  bid,
  bookFixture,
  ethers,
  Kind,
  loadFixture,
  LOT,
  MARK,
  MARKET,
  MINIMUM,
  orderId,
  Reason,
  TICK,
  WAD,
} from "../support/order-book.js";

const FIRST = orderId("ask", MARK, 1);
const SECOND = orderId("ask", MARK, 2);
const THIRD = orderId("ask", MARK + TICK, 1);

/** The fixture with three asks at 100.00, 100.00 and 100.01 of one unit each, from accounts 1, 2 and 3. */
async function threeAsks() {
  const world = await bookFixture();
  await world.book.connect(world.alice).place(1, ask(MARK, WAD));
  await world.book.connect(world.bob).place(2, ask(MARK, WAD));
  await world.book.connect(world.carol).place(3, ask(MARK + TICK, WAD));
  return world;
}

describe("The order book matching", () => {
  it("fills the best price first and, inside a price, the earliest order first", async () => {
    const { book, ledger, dave } = await loadFixture(threeAsks);
    const trade = book.connect(dave).place(4, bid(MARK + TICK, (5n * WAD) / 2n));
    await expect(trade).to.emit(ledger, "Filled").withArgs(1, 4, true, MARK, WAD);
    await expect(trade).to.emit(ledger, "Filled").withArgs(2, 4, true, MARK, WAD);
    await expect(trade)
      .to.emit(ledger, "Filled")
      .withArgs(3, 4, true, MARK + TICK, WAD / 2n);
    await expect(trade).to.emit(book, "OrderFilled").withArgs(FIRST, WAD);
    const quote = 2n * MARK + (MARK + TICK) / 2n;
    await expect(trade)
      .to.emit(book, "Traded")
      .withArgs(MARKET, 4, true, false, (5n * WAD) / 2n, quote);
    expect(await ledger.settleCalls()).to.equal(1n);
    expect(await book.quotes(MARKET)).to.deep.equal([0n, MARK + TICK, MARK + TICK]);
    expect((await book.order(THIRD)).size).to.equal(WAD / 2n);
    expect((await book.order(FIRST)).size).to.equal(0n);
  });

  it("keeps the place in the queue of an order filled in part", async () => {
    const { book, ledger, dave, alice } = await loadFixture(threeAsks);
    await book.connect(dave).place(4, bid(MARK, WAD / 2n));
    await book.connect(alice).place(1, ask(MARK, WAD));
    const next = book.connect(dave).place(4, bid(MARK, WAD));
    await expect(next)
      .to.emit(ledger, "Filled")
      .withArgs(1, 4, true, MARK, WAD / 2n);
    await expect(next)
      .to.emit(ledger, "Filled")
      .withArgs(2, 4, true, MARK, WAD / 2n);
  });

  it("rests the remainder of a limit order at its price and quotes it", async () => {
    const { book, ledger, dave } = await loadFixture(threeAsks);
    const placement = await book.connect(dave).place.staticCall(4, bid(MARK, 3n * WAD));
    expect(placement).to.deep.equal([orderId("bid", MARK, 1), 2n * WAD, 2n * MARK]);
    await book.connect(dave).place(4, bid(MARK, 3n * WAD));
    expect(await book.quotes(MARKET)).to.deep.equal([MARK, MARK + TICK, MARK]);
    expect((await ledger.reservation(4, MARKET)).bids).to.equal(WAD);
  });

  it("lets the remainder of an immediate order lapse", async () => {
    const { book, ledger, dave } = await loadFixture(threeAsks);
    await book.connect(dave).place(4, bid(MARK, 3n * WAD, { kind: Kind.IMMEDIATE_OR_CANCEL }));
    expect(await ledger.position(4, MARKET)).to.equal(2n * WAD);
    expect((await book.quotes(MARKET)).bestBid).to.equal(0n);
    expect(await ledger.reserveCalls()).to.equal(3n);
  });

  it("fills a fill-or-kill order whole or not at all", async () => {
    const { book, ledger, dave } = await loadFixture(threeAsks);
    const kill = book.connect(dave).place(4, bid(MARK, 2n * WAD + LOT, { kind: Kind.FILL_OR_KILL }));
    await expect(kill)
      .to.be.revertedWithCustomError(book, "NotFilledWhole")
      .withArgs(2n * WAD, 2n * WAD + LOT);
    expect(await ledger.position(1, MARKET)).to.equal(0n);
    await book.connect(dave).place(4, bid(MARK, 2n * WAD, { kind: Kind.FILL_OR_KILL }));
    expect(await ledger.position(4, MARKET)).to.equal(2n * WAD);
  });

  it("counts a refused maker against a fill-or-kill order, and undoes everything", async () => {
    const { book, ledger, dave } = await loadFixture(threeAsks);
    await ledger.setRefused(2, true);
    const kill = book.connect(dave).place(4, bid(MARK, 2n * WAD, { kind: Kind.FILL_OR_KILL }));
    await expect(kill)
      .to.be.revertedWithCustomError(book, "NotFilledWhole")
      .withArgs(WAD, 2n * WAD);
    expect((await book.order(SECOND)).size).to.equal(WAD);
  });

  it("trades a market order at any price inside the band, its bound rounded for the trader", async () => {
    const { book, ledger, dave } = await loadFixture(threeAsks);
    const bounded = bid(MARK + TICK - 1n, 3n * WAD, { kind: Kind.MARKET });
    await book.connect(dave).place(4, bounded);
    expect(await ledger.position(4, MARKET)).to.equal(2n * WAD);
    await book.connect(dave).place(4, bid(2n ** 128n - 1n, WAD, { kind: Kind.MARKET }));
    expect(await ledger.position(4, MARKET)).to.equal(3n * WAD);
  });

  it("lets a market sell with bound zero meet every bid inside the band and none below", async () => {
    const { book, ledger, alice, bob, dave } = await loadFixture(bookFixture);
    await book.connect(alice).place(1, bid(90n * WAD, WAD));
    await book.connect(bob).place(2, bid(90n * WAD - TICK, WAD));
    await book.connect(dave).place(4, ask(0n, 2n * WAD, { kind: Kind.MARKET }));
    expect(await ledger.position(4, MARKET)).to.equal(-WAD);
    expect(await ledger.position(2, MARKET)).to.equal(0n);
  });

  it("goes on past a maker without margin and cancels it", async () => {
    const { book, ledger, dave } = await loadFixture(threeAsks);
    await ledger.setRefused(1, true);
    const trade = book.connect(dave).place(4, bid(MARK + TICK, 2n * WAD));
    await expect(trade).to.emit(book, "OrderCancelled").withArgs(FIRST, Reason.REFUSED);
    await expect(trade)
      .to.emit(ledger, "Filled")
      .withArgs(3, 4, true, MARK + TICK, WAD);
    expect(await ledger.settleCalls()).to.equal(2n);
    expect((await ledger.reservation(1, MARKET)).asks).to.equal(0n);
    expect((await book.order(FIRST)).size).to.equal(0n);
  });

  it("survives a book in which every maker is refused", async () => {
    const { book, ledger, dave } = await loadFixture(threeAsks);
    for (const maker of [1, 2, 3]) await ledger.setRefused(maker, true);
    await book.connect(dave).place(4, bid(MARK + TICK, WAD));
    expect(await book.quotes(MARKET)).to.deep.equal([MARK + TICK, 0n, 0n]);
    expect((await ledger.reservation(4, MARKET)).bids).to.equal(WAD);
  });

  it("cancels the taker's own resting order and trades with the next", async () => {
    const { book, ledger, alice } = await loadFixture(threeAsks);
    const trade = book.connect(alice).place(1, bid(MARK, WAD));
    await expect(trade).to.emit(book, "OrderCancelled").withArgs(FIRST, Reason.SELF_TRADE);
    await expect(trade).to.emit(ledger, "Filled").withArgs(2, 1, true, MARK, WAD);
    expect((await ledger.reservation(1, MARKET)).asks).to.equal(0n);
  });

  it("takes two accounts of one owner for two traders", async () => {
    const { book, ledger, alice } = await loadFixture(threeAsks);
    const trade = book.connect(alice).place(5, bid(MARK, WAD));
    await expect(trade).to.emit(ledger, "Filled").withArgs(1, 5, true, MARK, WAD);
  });

  it("removes void orders it meets and fills behind them", async () => {
    const { book, ledger, alice, dave } = await loadFixture(threeAsks);
    await book.connect(alice).cancelAll(1, MARKET);
    expect((await book.order(FIRST)).live).to.be.false;
    const trade = book.connect(dave).place(4, bid(MARK, WAD));
    await expect(trade).to.emit(book, "OrderCancelled").withArgs(FIRST, Reason.VOID);
    await expect(trade).to.emit(ledger, "Filled").withArgs(2, 4, true, MARK, WAD);
  });

  it("cancels a resting reduce-only order that would overshoot its position by now", async () => {
    const { book, ledger, alice, bob, dave } = await loadFixture(bookFixture);
    await ledger.setPosition(1, MARKET, WAD);
    await book.connect(alice).place(1, ask(MARK, WAD, { reduceOnly: true }));
    await book.connect(bob).place(2, ask(MARK, WAD));
    await ledger.setPosition(1, MARKET, WAD / 2n);
    const trade = book.connect(dave).place(4, bid(MARK, WAD));
    await expect(trade).to.emit(book, "OrderCancelled").withArgs(FIRST, Reason.REFUSED);
    await expect(trade).to.emit(ledger, "Filled").withArgs(2, 4, true, MARK, WAD);
  });

  it("reverts for a taker without margin, and the book stands as before", async () => {
    const { book, ledger, dave } = await loadFixture(threeAsks);
    await ledger.setRefused(4, true);
    const trade = book.connect(dave).place(4, bid(MARK, WAD));
    await expect(trade).to.be.revertedWithCustomError(ledger, "TakerRefused").withArgs(4);
    expect((await book.order(FIRST)).size).to.equal(WAD);
  });

  it("stops after the asked number of makers and does not rest across the book", async () => {
    const { book, ledger, dave } = await loadFixture(threeAsks);
    await book.connect(dave).place(4, bid(MARK + TICK, 3n * WAD, { maxMakers: 2 }));
    expect(await ledger.position(4, MARKET)).to.equal(2n * WAD);
    expect(await book.quotes(MARKET)).to.deep.equal([0n, MARK + TICK, MARK]);
  });

  it("counts void and refused orders towards the bound on makers", async () => {
    const { book, ledger, alice, dave } = await loadFixture(threeAsks);
    await book.connect(alice).cancelAll(1, MARKET);
    await ledger.setRefused(2, true);
    await book.connect(dave).place(4, bid(MARK + TICK, WAD, { maxMakers: 2 }));
    expect(await ledger.position(4, MARKET)).to.equal(0n);
    expect((await book.order(THIRD)).size).to.equal(WAD);
  });

  it("never meets more than 256 orders in a call, whatever is asked", async () => {
    const { book, ledger, alice, dave } = await loadFixture(bookFixture);
    for (let batch = 0; batch < 3; ++batch) {
      await book.connect(alice).placeMany(1, Array(100).fill(ask(MARK, MINIMUM)));
    }
    await book.connect(dave).place(4, bid(MARK, 300n * MINIMUM, { maxMakers: 65_535 }));
    expect(await ledger.position(4, MARKET)).to.equal(256n * MINIMUM);
    expect(await ledger.largestTrade()).to.equal(256n);
    await book.connect(dave).place(4, bid(MARK, 44n * MINIMUM));
    expect(await ledger.position(4, MARKET)).to.equal(300n * MINIMUM);
  });

  it("gets a taker through a wall of spam that has gone void, within a block's gas", async () => {
    const { book, ledger, alice, bob, dave } = await loadFixture(bookFixture);
    for (let batch = 0; batch < 3; ++batch) {
      await book.connect(alice).placeMany(1, Array(100).fill(ask(MARK, MINIMUM)));
    }
    await book.connect(bob).place(2, ask(MARK, WAD));
    await book.connect(alice).cancelAll(1, MARKET);
    const first = await (await book.connect(dave).place(4, bid(MARK, 300n * WAD))).wait();
    expect(first!.gasUsed).to.be.lessThan(10_000_000n);
    await book.connect(dave).place(4, bid(MARK, WAD, { kind: Kind.IMMEDIATE_OR_CANCEL }));
    expect(await ledger.position(4, MARKET)).to.equal(WAD);
  });

  it("does not sell below the band nor buy above it, and rests at its edge", async () => {
    const { book, ledger, alice, bob, dave } = await loadFixture(bookFixture);
    await book.connect(alice).place(1, ask(110n * WAD, WAD));
    await book.connect(bob).place(2, ask(110n * WAD + TICK, WAD));
    await book.connect(dave).place(4, bid(200n * WAD, 2n * WAD));
    expect(await ledger.position(4, MARKET)).to.equal(WAD);
    expect(await book.quotes(MARKET)).to.deep.equal([110n * WAD, 110n * WAD + TICK, 110n * WAD]);
  });

  it("makes no ledger call to take where nothing crosses", async () => {
    const { book, ledger, dave } = await loadFixture(threeAsks);
    await book.connect(dave).place(4, bid(MARK - TICK, WAD, { kind: Kind.IMMEDIATE_OR_CANCEL }));
    expect(await ledger.settleCalls()).to.equal(0n);
  });

  it("works at the first and the last of its ticks", async () => {
    const { book, ledger, markPrice, alice, dave } = await loadFixture(bookFixture);
    const last = (2n ** 24n - 1n) * TICK;
    await markPrice.setMark(TICK);
    await book.connect(alice).place(1, bid(TICK, WAD));
    await book.connect(dave).place(4, ask(TICK, WAD));
    await markPrice.setMark(last);
    await book.connect(alice).place(1, ask(last, WAD));
    await book.connect(dave).place(4, bid(last, WAD));
    expect(await ledger.position(4, MARKET)).to.equal(0n);
    expect((await book.quotes(MARKET)).last).to.equal(last);
  });

  it("carries the largest size there is without overflow", async () => {
    const { book, ledger, alice, dave } = await loadFixture(bookFixture);
    const largest = ((2n ** 96n - 1n) / LOT) * LOT;
    await book.connect(alice).place(1, ask(MARK, largest));
    await book.connect(dave).place(4, bid(MARK, largest));
    expect(await ledger.position(4, MARKET)).to.equal(largest);
    expect((await book.quotes(MARKET)).bestAsk).to.equal(0n);
  });

  it("lets only somebody the ledger allows trade for an account", async () => {
    const { book, ledger, stranger } = await loadFixture(threeAsks);
    const take = book.connect(stranger).place(4, bid(MARK, WAD));
    await expect(take).to.be.revertedWithCustomError(ledger, "Unauthorised").withArgs(4, stranger.address);
    const rest = book.connect(stranger).place(4, bid(MARK - TICK, WAD));
    await expect(rest).to.be.revertedWithCustomError(ledger, "Unauthorised").withArgs(4, stranger.address);
  });

  describe("for the liquidation engine", () => {
    it("closes against the book within the engine's own bound, odd sizes and far prices included", async () => {
      const { book, ledger, alice, dave, engine } = await loadFixture(bookFixture);
      await ledger.setPosition(4, MARKET, 7n);
      await book.connect(alice).place(1, bid(50n * WAD, WAD));
      await ledger.setRefused(4, true);
      const call = book.connect(engine).executeLiquidation;
      expect(await call.staticCall(4, MARKET, false, 7n, 50n * WAD, 10)).to.deep.equal([7n, 350n, 1n]);
      await expect(call(4, MARKET, false, 7n, 50n * WAD, 10))
        .to.emit(book, "Traded")
        .withArgs(MARKET, 4, false, true, 7n, 350n);
      expect(await ledger.position(4, MARKET)).to.equal(0n);
      expect(dave.address).to.not.equal(engine.address);
    });

    it("rounds its bound for the account: nothing between two ticks is given away", async () => {
      const { book, ledger, alice, engine } = await loadFixture(bookFixture);
      await ledger.setPosition(4, MARKET, WAD);
      await ledger.setPosition(3, MARKET, -WAD);
      await book.connect(alice).place(1, bid(99n * WAD, WAD));
      await book.connect(alice).place(1, ask(101n * WAD, WAD));
      const call = book.connect(engine).executeLiquidation;
      expect((await call.staticCall(4, MARKET, false, WAD, 99n * WAD + 1n, 10)).filled).to.equal(0n);
      expect((await call.staticCall(4, MARKET, false, WAD, 99n * WAD, 10)).filled).to.equal(WAD);
      expect((await call.staticCall(3, MARKET, true, WAD, 101n * WAD - 1n, 10)).filled).to.equal(0n);
      expect((await call.staticCall(3, MARKET, true, WAD, 101n * WAD, 10)).filled).to.equal(WAD);
    });

    it("passes over orders of the account itself, and over makers without margin", async () => {
      const { book, ledger, bob, dave, carol, engine } = await loadFixture(bookFixture);
      await ledger.setPosition(4, MARKET, WAD);
      await book.connect(dave).place(4, bid(MARK, WAD));
      await book.connect(bob).place(2, bid(MARK, WAD));
      await book.connect(carol).place(3, bid(MARK - TICK, WAD));
      await ledger.setRefused(2, true);
      await book.connect(engine).executeLiquidation(4, MARKET, false, WAD, MARK - TICK, 10);
      expect(await ledger.position(3, MARKET)).to.equal(WAD);
      expect((await book.quotes(MARKET)).bestBid).to.equal(0n);
    });

    it("returns zero on an empty book, and keeps to its bound on makers", async () => {
      const { book, ledger, alice, engine } = await loadFixture(bookFixture);
      await ledger.setPosition(4, MARKET, 3n * MINIMUM);
      const call = book.connect(engine).executeLiquidation;
      expect(await call.staticCall(4, MARKET, false, 3n * MINIMUM, 0n, 0)).to.deep.equal([0n, 0n, 0n]);
      await book.connect(alice).placeMany(1, Array(3).fill(bid(MARK, MINIMUM)));
      expect((await call.staticCall(4, MARKET, false, 3n * MINIMUM, 0n, 2)).filled).to.equal(2n * MINIMUM);
    });

    it("takes a size beyond any order for as much as there is", async () => {
      const { book, ledger, alice, engine } = await loadFixture(bookFixture);
      await ledger.setPosition(4, MARKET, 2n ** 200n);
      await book.connect(alice).place(1, bid(MARK, WAD));
      const call = book.connect(engine).executeLiquidation;
      expect((await call.staticCall(4, MARKET, false, 2n ** 200n, 0n, 10)).filled).to.equal(WAD);
    });

    it("answers to nobody else", async () => {
      const { book, stranger } = await loadFixture(bookFixture);
      await expect(book.connect(stranger).executeLiquidation(4, MARKET, false, WAD, 0n, 10))
        .to.be.revertedWithCustomError(book, "NotEngine")
        .withArgs(stranger.address);
      await expect(book.connect(stranger).setEngine(stranger)).to.be.revertedWithCustomError(
        book,
        "AccessManagedUnauthorized",
      );
      expect(ethers.isAddress(await book.engine())).to.be.true;
    });
  });
});
