import { expect } from "chai";

import {
  ask,
  bid,
  bookFixture,
  Kind,
  loadFixture,
  MARK,
  MARKET,
  orderId,
  Reason,
  TICK,
  WAD,
} from "../support/order-book.js";

const FIRST = orderId("bid", MARK, 1);
const SECOND = orderId("bid", MARK, 2);
const THIRD = orderId("bid", MARK, 3);
const FOURTH = orderId("bid", MARK, 4);

/** The fixture with four bids at 100 of 1, 2, 3 and 4 units from account 1, and one below from account 2. */
async function fourBids() {
  const world = await bookFixture();
  const sizes = [1n, 2n, 3n, 4n];
  await world.book.connect(world.alice).placeMany(
    1,
    sizes.map((size) => bid(MARK, size * WAD)),
  );
  await world.book.connect(world.bob).place(2, bid(MARK - TICK, WAD));
  return world;
}

describe("The order book cancelling", () => {
  const orders = [
    ["first", FIRST, 1n],
    ["middle", SECOND, 2n],
    ["last", FOURTH, 4n],
  ] as const;
  for (const [place, name, size] of orders) {
    it(`takes the ${place} order out of its queue and releases exactly its reservation`, async () => {
      const { book, ledger, alice } = await loadFixture(fourBids);
      await expect(book.connect(alice).cancel(name)).to.emit(book, "OrderCancelled").withArgs(name, Reason.OWNER);
      expect((await ledger.reservation(1, MARKET)).bids).to.equal((10n - size) * WAD);
      const { page } = await book.ordersAt(MARKET, true, MARK, 0, 10);
      expect(page.map((order) => order.orderId)).to.deep.equal(
        [FIRST, SECOND, THIRD, FOURTH].filter((other) => other !== name),
      );
    });
  }

  it("keeps the queue whole through cancels and placements at every place", async () => {
    const { book, alice, carol } = await loadFixture(fourBids);
    for (const name of [SECOND, THIRD, FOURTH]) await book.connect(alice).cancel(name);
    await book.connect(carol).place(3, bid(MARK, WAD));
    await book.connect(alice).cancel(FIRST);
    await book.connect(carol).place(3, bid(MARK, WAD));
    const { page } = await book.ordersAt(MARKET, true, MARK, 0, 10);
    expect(page.map((order) => order.orderId)).to.deep.equal([orderId("bid", MARK, 5), orderId("bid", MARK, 6)]);
  });

  it("moves the best bid on when a level empties, and never gives an id twice", async () => {
    const { book, alice } = await loadFixture(fourBids);
    await book.connect(alice).cancelMany(1, [FIRST, SECOND, THIRD, FOURTH]);
    expect((await book.quotes(MARKET)).bestBid).to.equal(MARK - TICK);
    expect((await book.connect(alice).place.staticCall(1, bid(MARK, WAD))).orderId).to.equal(orderId("bid", MARK, 5));
  });

  it("lets nobody cancel another's order, alone or in a batch", async () => {
    const { book, ledger, bob } = await loadFixture(fourBids);
    await expect(book.connect(bob).cancel(FIRST))
      .to.be.revertedWithCustomError(ledger, "Unauthorised")
      .withArgs(1, bob.address);
    await expect(book.connect(bob).cancelMany(1, [FIRST])).to.be.revertedWithCustomError(ledger, "Unauthorised");
    await expect(book.connect(bob).cancelMany(2, [FIRST]))
      .to.be.revertedWithCustomError(book, "NotOrderOfAccount")
      .withArgs(FIRST, 2);
    await expect(book.connect(bob).cancelAll(1, MARKET)).to.be.revertedWithCustomError(ledger, "Unauthorised");
  });

  it("reverts for an order that does not exist, and for an id no order can have", async () => {
    const { book, alice } = await loadFixture(fourBids);
    await book.connect(alice).cancel(FIRST);
    for (const name of [0n, FIRST, FOURTH + 1n, orderId("ask", MARK, 1), 2n ** 64n - 1n]) {
      await expect(book.connect(alice).cancel(name))
        .to.be.revertedWithCustomError(book, "OrderNotFound")
        .withArgs(name);
      expect((await book.order(name)).size).to.equal(0n);
    }
  });

  it("passes over what is gone and what is listed twice, and releases each order once", async () => {
    const { book, ledger, alice } = await loadFixture(fourBids);
    const list = [SECOND, SECOND, 0n, THIRD, SECOND];
    expect(await book.connect(alice).cancelMany.staticCall(1, list)).to.equal(2n);
    await book.connect(alice).cancelMany(1, list);
    expect((await ledger.reservation(1, MARKET)).bids).to.equal(5n * WAD);
    expect(await ledger.releaseCalls()).to.equal(1n);
  });

  it("releases void and live orders of one batch each under its own epoch", async () => {
    const { book, ledger, alice } = await loadFixture(fourBids);
    await book.connect(alice).cancelAll(1, MARKET);
    await book.connect(alice).placeMany(1, [bid(MARK, WAD), ask(MARK + TICK, 2n * WAD)]);
    await book.connect(alice).cancelMany(1, [FIRST, orderId("bid", MARK, 5), SECOND]);
    expect(await ledger.reservation(1, MARKET)).to.deep.equal([0n, 2n * WAD, 1n, 0n]);
  });

  it("replaces orders in one call, and says so", async () => {
    const { book, ledger, alice } = await loadFixture(fourBids);
    const replaced = book.connect(alice).replaceMany(1, [FIRST, SECOND], [bid(MARK - TICK, WAD)]);
    await expect(replaced).to.emit(book, "OrderCancelled").withArgs(SECOND, Reason.REPLACED);
    expect((await ledger.reservation(1, MARKET)).bids).to.equal(8n * WAD);
    const moved = await book.ordersAt(MARKET, true, MARK - TICK, 0, 10);
    expect(moved.page.map((order) => order.account)).to.deep.equal([2n, 1n]);
  });

  it("cancels nothing if the replacement cannot stand", async () => {
    const { book, ledger, alice } = await loadFixture(fourBids);
    await expect(book.connect(alice).replaceMany(1, [FIRST], [bid(MARK, 1n)])).to.be.revertedWithCustomError(
      book,
      "InvalidSize",
    );
    expect((await ledger.reservation(1, MARKET)).bids).to.equal(10n * WAD);
  });

  it("voids all orders at a cost that does not depend on their number", async () => {
    const { book, ledger, alice, bob } = await loadFixture(fourBids);
    await book.connect(bob).placeMany(
      2,
      Array.from({ length: 50 }, (_, step) => bid(MARK - BigInt(step) * TICK, WAD)),
    );
    const few = await (await book.connect(alice).cancelAll(1, MARKET)).wait();
    const many = await (await book.connect(bob).cancelAll(2, MARKET)).wait();
    expect(many!.gasUsed).to.equal(few!.gasUsed);
    expect((await ledger.reservation(2, MARKET)).bids).to.equal(0n);
    expect((await book.quotes(MARKET)).bestBid).to.equal(0n);
  });

  it("cancels a void order like any other, releasing nothing", async () => {
    const { book, ledger, alice } = await loadFixture(fourBids);
    await book.connect(alice).cancelAll(1, MARKET);
    await book.connect(alice).place(1, bid(MARK, WAD));
    await book.connect(alice).cancel(FIRST);
    expect((await book.order(FIRST)).size).to.equal(0n);
    expect((await ledger.reservation(1, MARKET)).bids).to.equal(WAD);
  });

  it("does not let orders of before a liquidation fill after it", async () => {
    const { book, ledger, alice, dave } = await loadFixture(fourBids);
    await book.connect(alice).cancelAll(1, MARKET);
    await book.connect(dave).place(4, ask(MARK - TICK, 5n * WAD, { kind: Kind.IMMEDIATE_OR_CANCEL }));
    expect(await ledger.position(1, MARKET)).to.equal(0n);
    expect(await ledger.position(2, MARKET)).to.equal(WAD);
  });

  describe("pruning", () => {
    it("removes void orders for anyone, never live ones, and as many as it may look at", async () => {
      const { book, alice, stranger } = await loadFixture(fourBids);
      const anyone = book.connect(stranger);
      expect(await anyone.prune.staticCall(MARKET, true, 10)).to.equal(0n);
      await book.connect(alice).cancelAll(1, MARKET);
      await book.connect(alice).place(1, bid(MARK, WAD));
      expect(await anyone.prune.staticCall(MARKET, true, 3)).to.equal(3n);
      await expect(anyone.prune(MARKET, true, 100))
        .to.emit(book, "OrderCancelled")
        .withArgs(FOURTH, Reason.VOID);
      const { page } = await book.ordersAt(MARKET, true, MARK, 0, 10);
      expect(page.map((order) => order.orderId)).to.deep.equal([orderId("bid", MARK, 5)]);
      expect((await book.quotes(MARKET)).bestBid).to.equal(MARK);
    });

    it("reaches void orders behind live ones", async () => {
      const { book, alice, bob } = await loadFixture(fourBids);
      await book.connect(bob).cancelAll(2, MARKET);
      expect(await book.prune.staticCall(MARKET, true, 4)).to.equal(0n);
      expect(await book.prune.staticCall(MARKET, true, 5)).to.equal(1n);
      await book.prune(MARKET, true, 5);
      await book.connect(alice).cancelMany(1, [FIRST, SECOND, THIRD, FOURTH]);
      expect((await book.quotes(MARKET)).bestBid).to.equal(0n);
    });
  });

  describe("seen from outside", () => {
    it("quotes past void orders, but counts a side behind too many as empty until someone prunes", async () => {
      const { book, alice } = await loadFixture(fourBids);
      await book.connect(alice).placeMany(1, Array(60).fill(bid(MARK, WAD)));
      await book.connect(alice).cancelAll(1, MARKET);
      expect((await book.quotes(MARKET)).bestBid).to.equal(MARK - TICK);
      await book.connect(alice).place(1, bid(MARK, WAD));
      await book.connect(alice).cancelAll(1, MARKET);
      expect((await book.quotes(MARKET)).bestBid).to.equal(0n);
      await book.prune(MARKET, true, 10);
      expect((await book.quotes(MARKET)).bestBid).to.equal(MARK - TICK);
    });

    it("gives impact prices as the average over live orders, rounded against the taker", async () => {
      const { book, bob, carol } = await loadFixture(bookFixture);
      await book.connect(bob).placeMany(2, [ask(101n * WAD, WAD), ask(102n * WAD, WAD)]);
      await book.connect(carol).placeMany(3, [bid(99n * WAD, WAD), bid(98n * WAD, WAD)]);
      const whole = await book.impactPrices(MARKET, 101n * WAD, 10);
      expect(whole.impactAsk).to.equal(101n * WAD);
      const both = await book.impactPrices(MARKET, 152n * WAD, 10);
      expect(both.impactAsk).to.equal((152n * WAD * 2n) / 3n + 1n);
      const bids = await book.impactPrices(MARKET, 148n * WAD, 10);
      expect(bids.impactBid).to.equal((148n * WAD * 2n) / 3n);
      expect(await book.impactPrices(MARKET, 1_000n * WAD, 10)).to.deep.equal([0n, 0n]);
      expect((await book.impactPrices(MARKET, 152n * WAD, 1)).impactAsk).to.equal(0n);
      expect(await book.impactPrices(MARKET, 0n, 10)).to.deep.equal([0n, 0n]);
    });

    it("shows depth by level without void orders", async () => {
      const { book, alice, bob } = await loadFixture(fourBids);
      await book.connect(bob).place(2, bid(MARK, WAD));
      expect(await book.depth(MARKET, true, 5)).to.deep.equal([
        [MARK, 11n * WAD, 5n],
        [MARK - TICK, WAD, 1n],
      ]);
      expect(await book.depth(MARKET, true, 1)).to.have.length(1);
      await book.connect(alice).cancelAll(1, MARKET);
      expect(await book.depth(MARKET, true, 5)).to.deep.equal([
        [MARK, WAD, 1n],
        [MARK - TICK, WAD, 1n],
      ]);
      expect(await book.depth(MARKET, false, 5)).to.deep.equal([]);
    });

    it("pages through the orders at a price", async () => {
      const { book, alice } = await loadFixture(fourBids);
      const first = await book.ordersAt(MARKET, true, MARK, 0, 3);
      expect(first.page.map((order) => order.orderId)).to.deep.equal([FIRST, SECOND, THIRD]);
      const second = await book.ordersAt(MARKET, true, MARK, first.next, 3);
      expect(second.page.map((order) => order.orderId)).to.deep.equal([FOURTH]);
      expect(second.next).to.equal(0n);
      await book.connect(alice).cancel(FOURTH);
      expect(await book.ordersAt(MARKET, true, MARK, first.next, 3)).to.deep.equal([[], 0n]);
      expect(await book.ordersAt(MARKET, false, MARK, 0, 3)).to.deep.equal([[], 0n]);
    });
  });
});
