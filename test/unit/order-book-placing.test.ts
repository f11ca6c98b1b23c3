import { expect } from "chai";

import type { Wish } from "../support/order-book.js";
import {
  ask,
  BAND,
  bid,
  bookFixture,
  Kind,
  loadFixture,
  LOT,
  MARK,
  MARKET,
  MINIMUM,
  orderId,
  Reason,
  request,
  TICK,
  WAD,
} from "../support/order-book.js";

const OPEN = 3;
const REDUCE = 2;
const STALE = 2;

describe("The order book placing", () => {
  it("rests an order, reserves for it once, and announces it", async () => {
    const { book, ledger, alice } = await loadFixture(bookFixture);
    const placed = book.connect(alice).place(1, bid(MARK, WAD));
    const name = orderId("bid", MARK, 1);
    await expect(placed).to.emit(book, "OrderPlaced").withArgs(name, 1, true, false, MARK, WAD);
    expect(await book.order(name)).to.deep.equal([name, 1n, true, false, true, MARK, WAD, 0n]);
    expect(await ledger.reserveCalls()).to.equal(1n);
    expect(await ledger.settleCalls()).to.equal(0n);
    expect((await ledger.reservation(1, MARKET)).bids).to.equal(WAD);
  });

  it("asks the mark before it trades, for opening or for reducing as the order says", async () => {
    const { book, ledger, markPrice, alice } = await loadFixture(bookFixture);
    await ledger.setPosition(1, MARKET, WAD);
    await book.connect(alice).place(1, bid(MARK, WAD));
    await book.connect(alice).place(1, ask(MARK + TICK, WAD, { reduceOnly: true }));
    expect(await markPrice.asked(OPEN)).to.equal(1n);
    expect(await markPrice.asked(REDUCE)).to.equal(1n);
  });

  it("lets a position be reduced, and orders be cancelled, while the price is stale, and nothing be opened", async () => {
    const { book, ledger, markPrice, alice } = await loadFixture(bookFixture);
    await book.connect(alice).place(1, bid(MARK, WAD));
    await markPrice.setValidity(STALE);
    await expect(book.connect(alice).place(1, bid(MARK, WAD))).to.be.revertedWithCustomError(
      markPrice,
      "PriceNotUsable",
    );
    await ledger.setPosition(1, MARKET, WAD);
    await book.connect(alice).place(1, ask(MARK + TICK, WAD, { reduceOnly: true }));
    await book.connect(alice).cancel(orderId("bid", MARK, 1));
  });

  it("refuses prices off the grid, zero and past the last tick", async () => {
    const { book, alice } = await loadFixture(bookFixture);
    for (const price of [0n, 1n, TICK - 1n, MARK + 1n, 2n ** 24n * TICK]) {
      for (const kind of [Kind.LIMIT, Kind.POST_ONLY, Kind.IMMEDIATE_OR_CANCEL, Kind.FILL_OR_KILL]) {
        await expect(book.connect(alice).place(1, bid(price, WAD, { kind })))
          .to.be.revertedWithCustomError(book, "InvalidPrice")
          .withArgs(MARKET, price, TICK);
      }
    }
  });

  it("refuses sizes of zero, part of a lot, and below the minimum", async () => {
    const { book, alice } = await loadFixture(bookFixture);
    const place = (size: bigint) => book.connect(alice).place(1, bid(MARK, size));
    await expect(place(0n)).to.be.revertedWithCustomError(book, "InvalidSize").withArgs(MARKET, 0n, LOT);
    await expect(place(WAD + 1n))
      .to.be.revertedWithCustomError(book, "InvalidSize")
      .withArgs(MARKET, WAD + 1n, LOT);
    await expect(place(MINIMUM - LOT))
      .to.be.revertedWithCustomError(book, "SizeBelowMinimum")
      .withArgs(MARKET, MINIMUM - LOT, MINIMUM);
    await place(MINIMUM);
  });

  it("refuses an unknown market in every call that places", async () => {
    const { book, engine, alice } = await loadFixture(bookFixture);
    const unknown = { market: 7 };
    const unlisted = book.interface.getError("MarketNotListed")!.name;
    await expect(book.connect(alice).place(1, bid(MARK, WAD, unknown))).to.be.revertedWithCustomError(book, unlisted);
    await expect(book.connect(alice).placeMany(1, [bid(MARK, WAD, unknown)])).to.be.revertedWithCustomError(
      book,
      unlisted,
    );
    await expect(book.connect(engine).executeLiquidation(1, 7, true, WAD, MARK, 1)).to.be.revertedWithCustomError(
      book,
      unlisted,
    );
    expect(await book.quotes(7)).to.deep.equal([0n, 0n, 0n]);
    expect(await book.prune.staticCall(7, true, 10)).to.equal(0n);
  });

  it("does not let a remainder below the minimum rest", async () => {
    const { book, ledger, alice, bob } = await loadFixture(bookFixture);
    await book.connect(alice).place(1, ask(MARK, WAD));
    const placement = await book.connect(bob).place.staticCall(2, bid(MARK, WAD + MINIMUM - LOT));
    expect(placement.orderId).to.equal(0n);
    await book.connect(bob).place(2, bid(MARK, WAD + MINIMUM - LOT));
    expect((await ledger.reservation(2, MARKET)).bids).to.equal(0n);
  });

  describe("reduce-only", () => {
    it("clamps to the position, whole lots or not", async () => {
      const { book, ledger, alice, bob } = await loadFixture(bookFixture);
      await ledger.setPosition(1, MARKET, WAD + 7n);
      await book.connect(bob).place(2, bid(MARK, 2n * WAD));
      await book.connect(alice).place(1, ask(MARK, 5n * WAD, { reduceOnly: true }));
      expect(await ledger.position(1, MARKET)).to.equal(0n);
      expect(await ledger.position(2, MARKET)).to.equal(WAD + 7n);
    });

    it("closes a position of one wei by taking, and does not let it rest", async () => {
      const { book, ledger, alice, bob } = await loadFixture(bookFixture);
      await ledger.setPosition(1, MARKET, -1n);
      const dust = bid(MARK, WAD, { reduceOnly: true });
      expect((await book.connect(alice).place.staticCall(1, dust)).orderId).to.equal(0n);
      await expect(book.connect(alice).place(1, { ...dust, kind: Kind.POST_ONLY }))
        .to.be.revertedWithCustomError(book, "SizeBelowMinimum")
        .withArgs(MARKET, 1n, MINIMUM);
      await book.connect(bob).place(2, ask(MARK, WAD));
      await book.connect(alice).place(1, dust);
      expect(await ledger.position(1, MARKET)).to.equal(0n);
    });

    it("refuses the side that would grow the position, and an account without one", async () => {
      const { book, ledger, alice } = await loadFixture(bookFixture);
      await ledger.setPosition(1, MARKET, WAD);
      const place = (wish: Wish) => book.connect(alice).place(1, request({ ...wish, reduceOnly: true }));
      await expect(place(bid(MARK, WAD)))
        .to.be.revertedWithCustomError(book, "NothingToReduce")
        .withArgs(1, MARKET, WAD);
      await ledger.setPosition(1, MARKET, 0n);
      await expect(place(ask(MARK, WAD)))
        .to.be.revertedWithCustomError(book, "NothingToReduce")
        .withArgs(1, MARKET, 0n);
    });
  });

  describe("post-only", () => {
    it("rests when nothing is in the way and reverts when a live order is", async () => {
      const { book, alice, bob } = await loadFixture(bookFixture);
      await book.connect(alice).place(1, ask(MARK, WAD));
      await book.connect(bob).place(2, bid(MARK - TICK, WAD, { kind: Kind.POST_ONLY }));
      await expect(book.connect(bob).place(2, bid(MARK, WAD, { kind: Kind.POST_ONLY })))
        .to.be.revertedWithCustomError(book, "WouldTake")
        .withArgs(MARK, MARK);
    });

    it("does not take its own account's order either", async () => {
      const { book, alice } = await loadFixture(bookFixture);
      await book.connect(alice).place(1, ask(MARK, WAD));
      await expect(
        book.connect(alice).place(1, bid(MARK, WAD, { kind: Kind.POST_ONLY })),
      ).to.be.revertedWithCustomError(book, "WouldTake");
    });

    it("clears void orders out of its way, across levels, and rests", async () => {
      const { book, alice, bob } = await loadFixture(bookFixture);
      await book.connect(alice).placeMany(1, [ask(MARK, WAD), ask(MARK, WAD), ask(MARK + TICK, WAD)]);
      await book.connect(alice).cancelAll(1, MARKET);
      const rest = book.connect(bob).place(2, bid(MARK + TICK, WAD, { kind: Kind.POST_ONLY }));
      await expect(rest)
        .to.emit(book, "OrderCancelled")
        .withArgs(orderId("ask", MARK, 2), Reason.VOID);
      expect(await book.quotes(MARKET)).to.deep.equal([MARK + TICK, 0n, 0n]);
    });

    it("reverts when more void orders are in its way than its bound", async () => {
      const { book, alice, bob } = await loadFixture(bookFixture);
      await book.connect(alice).placeMany(1, Array(3).fill(ask(MARK, WAD)));
      await book.connect(alice).cancelAll(1, MARKET);
      const place = (maxMakers: number) =>
        book.connect(bob).place(2, bid(MARK, WAD, { kind: Kind.POST_ONLY, maxMakers }));
      await expect(place(2)).to.be.revertedWithCustomError(book, "WouldTake");
      await place(3);
    });

    it("rests at the edge of the band when it asks for more", async () => {
      const { book, alice } = await loadFixture(bookFixture);
      await book.connect(alice).place(1, bid(500n * WAD, WAD, { kind: Kind.POST_ONLY }));
      expect((await book.quotes(MARKET)).bestBid).to.equal((MARK * (1_000_000n + BAND)) / 1_000_000n);
    });

    it("reverts if the band leaves the grid", async () => {
      const { book, markPrice, alice } = await loadFixture(bookFixture);
      await markPrice.setMark(TICK / 2n);
      await expect(
        book.connect(alice).place(1, bid(TICK, WAD, { kind: Kind.POST_ONLY })),
      ).to.be.revertedWithCustomError(book, "InvalidPrice");
      await markPrice.setMark(2n ** 30n * TICK);
      await expect(
        book.connect(alice).place(1, ask(TICK, WAD, { kind: Kind.POST_ONLY })),
      ).to.be.revertedWithCustomError(book, "InvalidPrice");
      expect((await book.connect(alice).place.staticCall(1, ask(TICK, WAD))).orderId).to.equal(0n);
    });
  });

  describe("in batches", () => {
    it("makes one reservation and asks one price for all orders of a market", async () => {
      const { book, ledger, markPrice, alice } = await loadFixture(bookFixture);
      const ladder = [1n, 2n, 3n].flatMap((step) => [bid(MARK - step * TICK, WAD), ask(MARK + step * TICK, 2n * WAD)]);
      await book.connect(alice).placeMany(1, ladder);
      expect(await ledger.reserveCalls()).to.equal(1n);
      expect(await markPrice.asked(OPEN)).to.equal(1n);
      expect(await ledger.reservation(1, MARKET)).to.deep.equal([3n * WAD, 6n * WAD, 0n, 0n]);
      expect(await book.quotes(MARKET)).to.deep.equal([MARK - TICK, MARK + TICK, 0n]);
    });

    it("places duplicates as the orders they are", async () => {
      const { book, ledger, alice } = await loadFixture(bookFixture);
      const same = bid(MARK, WAD);
      const placements = await book.connect(alice).placeMany.staticCall(1, [same, same]);
      expect(placements.map((placement) => placement.orderId)).to.deep.equal([
        orderId("bid", MARK, 1),
        orderId("bid", MARK, 2),
      ]);
      await book.connect(alice).placeMany(1, [same, same]);
      expect((await ledger.reservation(1, MARKET)).bids).to.equal(2n * WAD);
    });

    it("takes with every order before any rests, in the order given", async () => {
      const { book, ledger, alice, bob } = await loadFixture(bookFixture);
      await book.connect(alice).place(1, ask(MARK, WAD));
      const orders = [bid(MARK, 3n * WAD), bid(MARK - TICK, WAD), ask(MARK + TICK, WAD)];
      const placements = await book.connect(bob).placeMany.staticCall(2, orders);
      expect(placements.map((placement) => placement.filled)).to.deep.equal([WAD, 0n, 0n]);
      await book.connect(bob).placeMany(2, orders);
      expect(await ledger.reservation(2, MARKET)).to.deep.equal([3n * WAD, WAD, 0n, 0n]);
    });

    it("reverts if its own orders would rest across each other", async () => {
      const { book, alice } = await loadFixture(bookFixture);
      await expect(book.connect(alice).placeMany(1, [bid(MARK, WAD), ask(MARK - TICK, WAD)]))
        .to.be.revertedWithCustomError(book, "BatchCrossesItself")
        .withArgs(MARK - TICK, MARK);
    });

    it("reserves by market where a batch spans several", async () => {
      const { book, ledger, alice, config } = await loadFixture(bookFixture);
      await book.listMarket(2, config);
      const other = { market: 2 };
      const orders = [bid(MARK, WAD), bid(MARK, WAD), bid(MARK, WAD, other), ask(MARK + TICK, WAD, other)];
      await book.connect(alice).placeMany(1, orders);
      expect(await ledger.reserveCalls()).to.equal(2n);
      expect((await ledger.reservation(1, MARKET)).bids).to.equal(2n * WAD);
      expect(await ledger.reservation(1, 2)).to.deep.equal([WAD, WAD, 0n, 0n]);
      expect((await book.order(orderId("ask", MARK + TICK, 1, 2))).size).to.equal(WAD);
    });

    it("does nothing for an empty batch, and all or nothing for any other", async () => {
      const { book, ledger, alice } = await loadFixture(bookFixture);
      await book.connect(alice).placeMany(1, []);
      expect(await ledger.reserveCalls()).to.equal(0n);
      await expect(book.connect(alice).placeMany(1, [bid(MARK, WAD), bid(MARK, 1n)])).to.be.revertedWithCustomError(
        book,
        "InvalidSize",
      );
      expect((await book.quotes(MARKET)).bestBid).to.equal(0n);
    });
  });

  describe("for governance", () => {
    it("lists a market once, and shows its configuration", async () => {
      const { book, config } = await loadFixture(bookFixture);
      expect(await book.bookConfig(MARKET)).to.deep.equal([TICK, LOT, MINIMUM, BAND]);
      await expect(book.listMarket(2, config)).to.emit(book, "BookListed");
      await expect(book.listMarket(2, config)).to.be.revertedWithCustomError(book, "MarketAlreadyListed").withArgs(2);
      await expect(book.setMarket(3, config)).to.be.revertedWithCustomError(book, "MarketNotListed").withArgs(3);
    });

    it("changes everything but the tick size", async () => {
      const { book, alice, config } = await loadFixture(bookFixture);
      await book.connect(alice).place(1, bid(MARK, MINIMUM));
      await book.setMarket(MARKET, { ...config, lotSize: 2n * LOT, minimumSize: 20n * LOT, priceBand: 1n });
      expect(await book.bookConfig(MARKET)).to.deep.equal([TICK, 2n * LOT, 20n * LOT, 1n]);
      expect((await book.quotes(MARKET)).bestBid).to.equal(MARK);
      await expect(book.setMarket(MARKET, { ...config, tickSize: 2n * TICK }))
        .to.be.revertedWithCustomError(book, "UnsafeBookConfig")
        .withArgs("tick size is fixed at listing", 2n * TICK);
    });

    it("refuses configurations a book must not be run with", async () => {
      const { book, config } = await loadFixture(bookFixture);
      const unsafe = [
        { tickSize: 0n },
        { lotSize: 0n },
        { minimumSize: 0n },
        { minimumSize: LOT + 1n },
        { minimumSize: LOT * 2n ** 24n },
        { priceBand: 0n },
        { priceBand: 1_000_000n },
      ];
      for (const change of unsafe) {
        await expect(book.listMarket(2, { ...config, ...change })).to.be.revertedWithCustomError(
          book,
          "UnsafeBookConfig",
        );
      }
    });

    it("leaves parameters to those with the role", async () => {
      const { book, stranger, config } = await loadFixture(bookFixture);
      const outsider = book.connect(stranger);
      for (const call of [outsider.listMarket(2, config), outsider.setMarket(MARKET, config)]) {
        await expect(call).to.be.revertedWithCustomError(book, "AccessManagedUnauthorized");
      }
    });
  });
});
