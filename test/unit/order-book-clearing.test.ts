import { expect } from "chai";

import { at, guardedBookFixture, Phase } from "../support/guard.js";
import { ask, bid, Kind, loadFixture, MARKET, orderId, Reason, WAD } from "../support/order-book.js";

/** Orders of an ended auction that the next order clears away before it is dealt with. */
const CARRIED = 32;

/** An auction whose collection has ended, uncleared: alice bids for 10 at 102, bob offers 10 at 98, carol 5 more at 99. */
async function ended() {
  const world = await guardedBookFixture();
  const { book, alice, bob, carol, lead, endCollection } = world;
  await lead(Phase.AUCTION);
  await book.connect(alice).place(1, bid(at(102), 10n * WAD));
  await book.connect(bob).place(2, ask(at(98), 10n * WAD));
  await book.connect(carol).place(3, ask(at(99), 5n * WAD));
  await endCollection();
  return world;
}

/** An ended auction of so many bids of alice's at 101 against as many asks of bob's at 99, one unit each. */
async function crowded(pairs: number) {
  const world = await guardedBookFixture();
  const { book, alice, bob, lead, endCollection } = world;
  await lead(Phase.AUCTION);
  await book.connect(alice).placeMany(
    1,
    Array.from({ length: pairs }, () => bid(at(101), WAD)),
  );
  await book.connect(bob).placeMany(
    2,
    Array.from({ length: pairs }, () => ask(at(99), WAD)),
  );
  await endCollection();
  return world;
}

describe("An auction that nobody clears", () => {
  it("is cleared by the next order, which then trades in the same call", async () => {
    const { book, ledger, dave, guard } = await loadFixture(ended);
    // The 5 left of carol's at 99 are what dave meets, after the deal at 100.
    await expect(book.connect(dave).place(4, bid(at(101), 2n * WAD, { kind: Kind.MARKET })))
      .to.emit(book, "AuctionCleared")
      .withArgs(MARKET, at(100), 10n * WAD)
      .and.to.emit(book, "Traded")
      .withArgs(MARKET, 4, true, false, 2n * WAD, at(198));
    expect((await guard.stateOf(MARKET)).phase).to.equal(Phase.OPEN);
    expect(await ledger.position(1, MARKET)).to.equal(10n * WAD);
    expect(await ledger.position(4, MARKET)).to.equal(2n * WAD);
  });

  for (const [name, kind] of Object.entries(Kind)) {
    it(`is cleared by an order of the kind ${name}, reduce-only or not`, async () => {
      for (const reduceOnly of [false, true]) {
        const { book, ledger, dave } = await loadFixture(ended);
        await ledger.setPosition(4, MARKET, -2n * WAD);
        const price = kind === Kind.POST_ONLY ? at(98) : at(101);
        await book.connect(dave).place(4, bid(price, 2n * WAD, { kind, reduceOnly }));
        const traded = kind === Kind.POST_ONLY ? 0n : 2n * WAD;
        expect(await ledger.position(4, MARKET)).to.equal(traded - 2n * WAD);
        if (traded === 0n) expect((await book.order(orderId("bid", at(98), 1))).size).to.equal(2n * WAD);
      }
    });
  }

  it("is cleared by a batch, whose orders all find the market open", async () => {
    const { book, ledger, dave } = await loadFixture(ended);
    await book.connect(dave).placeMany(4, [bid(at(101), WAD), bid(at(97), WAD), ask(at(103), WAD)]);
    expect(await ledger.position(4, MARKET)).to.equal(WAD);
    expect(await ledger.reservation(4, MARKET)).to.deep.equal([WAD, WAD, 0n, 0n]);
  });

  it("leaves the rest of its block to trade inside the band around the price it reopened at", async () => {
    const { book, alice, dave, ledger } = await loadFixture(ended);
    await book.uncross(MARKET, 0);
    // Reopened at 100, with 5 % around it, whatever the mark's phase still says.
    await book.connect(alice).place(1, ask(at(106), WAD));
    await book.connect(dave).place(4, bid(at(109), 7n * WAD));
    expect(await ledger.position(4, MARKET)).to.equal(5n * WAD);
    expect((await book.order(orderId("bid", at(105), 1))).size).to.equal(2n * WAD);
  });

  it("starts the market's last price from the one it dealt at", async () => {
    const { book } = await loadFixture(ended);
    await book.uncross(MARKET, 0);
    expect((await book.quotes(MARKET)).last).to.equal(at(100));
  });

  it("waits for a VALID index, reduce-only or not", async () => {
    const { book, ledger, markPrice, dave } = await loadFixture(ended);
    await ledger.setPosition(4, MARKET, -WAD);
    await markPrice.setValidity(1);
    await expect(book.connect(dave).place(4, bid(at(101), WAD, { reduceOnly: true })))
      .to.be.revertedWithCustomError(book, "AuctionClearing")
      .withArgs(MARKET);
    await markPrice.setValidity(0);
    await book.connect(dave).place(4, bid(at(101), WAD, { reduceOnly: true }));
    expect(await ledger.position(4, MARKET)).to.equal(0n);
  });

  it("that is empty costs the next order next to nothing", async () => {
    const { book, alice, lead, endCollection, guard } = await loadFixture(guardedBookFixture);
    await lead(Phase.AUCTION);
    await endCollection();
    await book.connect(alice).place(1, bid(at(99), WAD));
    expect((await guard.stateOf(MARKET)).phase).to.equal(Phase.OPEN);
    expect((await book.order(orderId("bid", at(99), 1))).size).to.equal(WAD);
  });
});

describe("An auction too crowded for one order to clear", () => {
  /** Pairs that take several calls: counted once and dealt once, two orders a pair. */
  const PAIRS = 2 * CARRIED;

  it("is carried on by each order, which lapses, until one of them finds the market open", async () => {
    const { book, dave, guard, ledger } = await crowded(PAIRS);
    let lapsed = 0;
    for (;;) {
      const order = bid(at(98), WAD);
      const placed = await book.connect(dave).place.staticCall(4, order);
      await book.connect(dave).place(4, order);
      if (placed.orderId !== 0n) break;
      ++lapsed;
      expect(lapsed, "no end").to.be.below(20);
      expect((await guard.stateOf(MARKET)).phase).to.equal(Phase.AUCTION);
      expect(await ledger.reservation(4, MARKET)).to.deep.equal([0n, 0n, 0n, 0n]);
    }
    expect(lapsed).to.be.above(1);
    expect((await guard.stateOf(MARKET)).phase).to.equal(Phase.OPEN);
    expect(await ledger.position(1, MARKET)).to.equal(BigInt(PAIRS) * WAD);
    expect(await ledger.position(4, MARKET)).to.equal(0n);
  });

  it("asks no order for more than its share, however many were collected", async () => {
    const costs: bigint[] = [];
    for (const pairs of [CARRIED, 3 * CARRIED]) {
      const { book, dave } = await crowded(pairs);
      let most = 0n;
      for (let open = false; !open;) {
        const order = bid(at(98), WAD);
        open = (await book.connect(dave).place.staticCall(4, order)).orderId !== 0n;
        const receipt = await (await book.connect(dave).place(4, order)).wait();
        if (receipt!.gasUsed > most) most = receipt!.gasUsed;
      }
      costs.push(most);
    }
    // Void or live, counted or dealt: an order met costs the same in the shortest auction and in the longest.
    expect(costs[1]! * 100n).to.be.below(costs[0]! * 110n);
  });

  it("comes to the price and the deal of one that is cleared at once", async () => {
    const { book } = await crowded(PAIRS);
    await book.uncross(MARKET, 0);
    const [whole] = await book.queryFilter(book.filters.AuctionCleared());
    const carried = await crowded(PAIRS);
    const taker = carried.book.connect(carried.dave);
    while ((await taker.place.staticCall(4, bid(at(98), WAD))).orderId === 0n) await taker.place(4, bid(at(98), WAD));
    await taker.place(4, bid(at(98), WAD));
    const [parts] = await carried.book.queryFilter(carried.book.filters.AuctionCleared());
    expect(parts!.args).to.deep.equal(whole!.args);
  });

  for (const kind of [Kind.POST_ONLY, Kind.FILL_OR_KILL]) {
    it(`refuses an order that may not lapse (${kind === Kind.POST_ONLY ? "post-only" : "fill-or-kill"})`, async () => {
      const { book, dave } = await crowded(PAIRS);
      await expect(book.connect(dave).place(4, bid(at(98), WAD, { kind })))
        .to.be.revertedWithCustomError(book, "AuctionClearing")
        .withArgs(MARKET);
    });
  }

  it("passes over what was cancelled meanwhile, and reserves nothing for anybody who lapsed", async () => {
    const { book, alice, bob, dave, ledger } = await crowded(PAIRS);
    await book.connect(dave).place(4, bid(at(98), WAD));
    await book.connect(alice).cancelAll(1, MARKET);
    const first = await book.order(orderId("ask", at(99), 1));
    expect(first.size).to.equal(WAD);
    for (let calls = 0; (await book.connect(dave).place.staticCall(4, bid(at(98), WAD))).orderId === 0n; ++calls) {
      expect(calls, "no end").to.be.below(20);
      await book.connect(dave).place(4, bid(at(98), WAD));
    }
    const cancelled = await book.queryFilter(book.filters.OrderCancelled());
    expect(cancelled.every(({ args }) => Number(args.reason) === Reason.VOID)).to.equal(true);
    expect((await ledger.reservation(2, MARKET)).asks).to.equal(BigInt(PAIRS) * WAD);
    await book.connect(bob).cancelAll(2, MARKET);
  });
});
