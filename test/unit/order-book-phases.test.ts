import { expect } from "chai";

import { at, guardedBookFixture, Phase } from "../support/guard.js";
import { ask, bid, Kind, loadFixture, MARK, MARKET, orderId, WAD } from "../support/order-book.js";

const VALID = 0;
const STALE = 2;

describe("The order book in the care of a guard", () => {
  describe("limited", () => {
    it("trades inside the guard's band only, and rests clipped to it", async () => {
      const { book, alice, bob, lead, ledger } = await loadFixture(guardedBookFixture);
      await book.connect(alice).place(1, ask(at(104), WAD));
      await book.connect(alice).place(1, ask(at(106), WAD));
      await book.connect(alice).place(1, bid(at(94), WAD));
      await lead(Phase.LIMITED);
      await book.connect(bob).place(2, ask(at(91), WAD, { kind: Kind.MARKET }));
      expect(await ledger.position(2, MARKET)).to.equal(0n);
      await book.connect(bob).place(2, bid(at(109), 2n * WAD));
      expect(await ledger.position(2, MARKET)).to.equal(WAD);
      expect((await book.order(orderId("bid", at(105), 1))).size).to.equal(WAD);
    });

    it("refuses nothing for being opening", async () => {
      const { book, alice, lead } = await loadFixture(guardedBookFixture);
      await lead(Phase.LIMITED);
      for (const kind of [Kind.LIMIT, Kind.POST_ONLY, Kind.IMMEDIATE_OR_CANCEL, Kind.MARKET]) {
        await book.connect(alice).place(1, bid(at(99), WAD, { kind }));
      }
    });
  });

  describe("paused", () => {
    it("refuses to open, one by one and in batches, and says why", async () => {
      const { book, alice, lead } = await loadFixture(guardedBookFixture);
      await lead(Phase.PAUSED);
      for (const kind of [Kind.LIMIT, Kind.IMMEDIATE_OR_CANCEL, Kind.FILL_OR_KILL, Kind.MARKET]) {
        await expect(book.connect(alice).place(1, bid(at(99), WAD, { kind })))
          .to.be.revertedWithCustomError(book, "OpeningHalted")
          .withArgs(MARKET, Phase.PAUSED);
      }
      const requests = [bid(at(99), WAD, { kind: Kind.POST_ONLY }), bid(at(98), WAD)];
      await expect(book.connect(alice).placeMany(1, requests)).to.be.revertedWithCustomError(book, "OpeningHalted");
    });

    it("lets whoever closes trade with what rests, inside the band", async () => {
      const { book, alice, bob, ledger, lead } = await loadFixture(guardedBookFixture);
      await book.connect(alice).place(1, ask(at(104), WAD));
      await book.connect(alice).place(1, ask(at(106), WAD));
      await ledger.setPosition(2, MARKET, -3n * WAD);
      await lead(Phase.PAUSED);
      const wish = { kind: Kind.MARKET, reduceOnly: true };
      await book.connect(bob).place(2, bid(at(109), 3n * WAD, wish));
      expect(await ledger.position(2, MARKET)).to.equal(-2n * WAD);
    });

    it("lets makers offer themselves to whoever closes", async () => {
      const { book, alice, bob, ledger, lead } = await loadFixture(guardedBookFixture);
      await ledger.setPosition(2, MARKET, -WAD);
      await lead(Phase.PAUSED);
      await book.connect(alice).place(1, ask(at(101), WAD, { kind: Kind.POST_ONLY }));
      await book.connect(bob).place(2, bid(at(102), WAD, { reduceOnly: true }));
      expect(await ledger.position(2, MARKET)).to.equal(0n);
    });

    it("goes on while the index is STALE, and cancels always work", async () => {
      const { book, alice, bob, ledger, lead, markPrice } = await loadFixture(guardedBookFixture);
      await book.connect(alice).place(1, ask(at(101), 2n * WAD));
      await ledger.setPosition(2, MARKET, -WAD);
      await lead(Phase.PAUSED);
      await markPrice.setValidity(STALE);
      await book.connect(bob).place(2, bid(at(102), WAD, { kind: Kind.MARKET, reduceOnly: true }));
      expect(await ledger.position(2, MARKET)).to.equal(0n);
      await book.connect(alice).cancel(orderId("ask", at(101), 1));
      await markPrice.setValidity(VALID);
    });
  });

  describe("closed", () => {
    it("closes positions near the index and opens none", async () => {
      const { book, alice, bob, ledger, markPrice } = await loadFixture(guardedBookFixture);
      await book.connect(alice).place(1, ask(at(101.5), WAD));
      await book.connect(alice).place(1, ask(at(102.5), WAD));
      await markPrice.setPhase(Phase.CLOSED);
      await ledger.setPosition(2, MARKET, -2n * WAD);
      await book.connect(bob).place(2, bid(at(109), 2n * WAD, { kind: Kind.MARKET, reduceOnly: true }));
      expect(await ledger.position(2, MARKET)).to.equal(-WAD);
      await expect(book.connect(bob).place(2, bid(at(101), WAD)))
        .to.be.revertedWithCustomError(book, "OpeningHalted")
        .withArgs(MARKET, Phase.CLOSED);
    });
  });

  describe("in an auction", () => {
    it("collects limit and post-only orders, across one another, and trades nothing", async () => {
      const { book, alice, bob, ledger, lead } = await loadFixture(guardedBookFixture);
      await lead(Phase.AUCTION);
      await book.connect(alice).place(1, ask(at(98), WAD));
      await book.connect(bob).place(2, bid(at(102), WAD, { kind: Kind.POST_ONLY }));
      await book.connect(bob).placeMany(2, [bid(at(101), WAD), ask(at(97), WAD)]);
      expect(await ledger.settleCalls()).to.equal(0n);
      const quotes = await book.quotes(MARKET);
      expect([quotes.bestBid, quotes.bestAsk]).to.deep.equal([at(102), at(97)]);
    });

    it("clips to the band around the index", async () => {
      const { book, alice, lead } = await loadFixture(guardedBookFixture);
      await lead(Phase.AUCTION);
      await book.connect(alice).place(1, bid(at(109), WAD));
      await book.connect(alice).place(1, ask(at(91), WAD));
      expect((await book.order(orderId("bid", at(105), 1))).size).to.equal(WAD);
      expect((await book.order(orderId("ask", at(95), 1))).size).to.equal(WAD);
    });

    it("refuses what could only take, reduce-only or not", async () => {
      const { book, bob, ledger, lead } = await loadFixture(guardedBookFixture);
      await ledger.setPosition(2, MARKET, -WAD);
      await lead(Phase.AUCTION);
      for (const kind of [Kind.IMMEDIATE_OR_CANCEL, Kind.FILL_OR_KILL, Kind.MARKET]) {
        for (const reduceOnly of [false, true]) {
          await expect(book.connect(bob).place(2, bid(MARK, WAD, { kind, reduceOnly })))
            .to.be.revertedWithCustomError(book, "NoTakersInAuction")
            .withArgs(MARKET, kind);
        }
      }
    });

    it("may be cancelled in at any time", async () => {
      const { book, alice, lead, endCollection } = await loadFixture(guardedBookFixture);
      await lead(Phase.AUCTION);
      await book.connect(alice).place(1, ask(at(98), WAD));
      await endCollection();
      await book.connect(alice).cancel(orderId("ask", at(98), 1));
      expect((await book.order(orderId("ask", at(98), 1))).size).to.equal(0n);
    });
  });
});
