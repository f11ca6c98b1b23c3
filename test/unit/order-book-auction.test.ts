import { expect } from "chai";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

import { at, guardedBookFixture, Phase } from "../support/guard.js";
import { ask, bid, loadFixture, MARK, MARKET, Reason, TICK, WAD } from "../support/order-book.js";

type World = Awaited<ReturnType<typeof collecting>>;

/** A book whose auction collects. Sizes are whole units; the minimum volume of 500 is five of them at the index. */
async function collecting() {
  const world = await guardedBookFixture();
  await world.lead(Phase.AUCTION);
  return world;
}

/** An order of an auction: whose, which side, at which price in whole units, and how many units. */
type Wish = [account: number, side: "bid" | "ask", price: number, units: number, reduceOnly?: boolean];

async function place(world: World, ...wishes: Wish[]): Promise<void> {
  const owners = [world.alice, world.bob, world.carol, world.dave, world.alice];
  for (const [account, side, price, units, reduceOnly] of wishes) {
    const order = (side === "bid" ? bid : ask)(at(price), BigInt(units) * WAD, { reduceOnly: reduceOnly ?? false });
    await world.book.connect(owners[account - 1]).place(account, order);
  }
}

/** Clears the auction, so many orders a call; price and volume of the deal, and what was cancelled why. */
async function clear(world: World, maxOrders = 0) {
  const { book } = world;
  const from = await world.ethers.provider.getBlockNumber();
  for (let calls = 0; !(await book.uncross.staticCall(MARKET, maxOrders)); ++calls) {
    expect(calls).to.be.below(500);
    await book.uncross(MARKET, maxOrders);
  }
  await book.uncross(MARKET, maxOrders);
  const [cleared] = await book.queryFilter(book.filters.AuctionCleared(), from + 1);
  const cancelled = await book.queryFilter(book.filters.OrderCancelled(), from + 1);
  return {
    price: Number(cleared!.args.price / TICK) / 100,
    volume: Number(cleared!.args.volume / WAD),
    reasons: cancelled.map(({ args }) => Number(args.reason)),
  };
}

async function isCrossed({ book }: World): Promise<boolean> {
  const { bestBid, bestAsk } = await book.quotes(MARKET);
  return bestBid !== 0n && bestAsk !== 0n && bestBid >= bestAsk;
}

describe("The call auction", () => {
  async function world(): Promise<World> {
    const made = await loadFixture(collecting);
    return made;
  }

  /** Places, ends the collection and clears. */
  async function auction(wishes: Wish[], maxOrders = 0) {
    const made = await world();
    await place(made, ...wishes);
    await made.endCollection();
    return { made, ...(await clear(made, maxOrders)) };
  }

  describe("in finding its price", () => {
    it("takes the one with the largest volume", async () => {
      const { price, volume } = await auction([
        [1, "bid", 103, 10],
        [1, "bid", 101, 10],
        [2, "ask", 98, 5],
        [2, "ask", 101, 12],
        [3, "ask", 102, 20],
      ]);
      expect([price, volume]).to.deep.equal([101, 17]);
    });

    it("takes the index where every price between gives the same volume", async () => {
      const { price, volume } = await auction([
        [1, "bid", 103, 10],
        [2, "ask", 97, 10],
      ]);
      expect([price, volume]).to.deep.equal([100, 10]);
    });

    it("takes the price closest to the index where the index is not among the best", async () => {
      const above = await auction([
        [1, "bid", 104, 10],
        [2, "ask", 102, 10],
      ]);
      expect([above.price, above.volume]).to.deep.equal([102, 10]);
      const below = await auction([
        [1, "bid", 98, 10],
        [2, "ask", 96, 10],
      ]);
      expect([below.price, below.volume]).to.deep.equal([98, 10]);
    });

    it("keeps to the band around the index", async () => {
      const made = await loadFixture(guardedBookFixture);
      await made.book.connect(made.bob).place(2, ask(at(108), 10n * WAD));
      await made.lead(Phase.AUCTION);
      await made.markPrice.setMark(MARK);
      await place(made, [1, "bid", 105, 10]);
      await made.endCollection();
      const { volume } = await clear(made);
      expect(volume).to.equal(0);
    });

    it("clears no farther from the index than the mark may be, though the guard's band is wider", async () => {
      const made = await world();
      await made.markPrice.setBand(20_000n);
      await place(made, [1, "bid", 104, 10], [2, "ask", 103, 10]);
      await made.endCollection();
      const far = await clear(made);
      expect([far.price, far.volume]).to.deep.equal([100, 0]);
      const again = await loadFixture(guardedBookFixture);
      await again.markPrice.setBand(20_000n);
      await again.lead(Phase.AUCTION);
      await place(again, [1, "bid", 104, 10], [2, "ask", 101.5, 10]);
      await again.endCollection();
      const near = await clear(again);
      expect([near.price, near.volume]).to.deep.equal([101.5, 10]);
    });

    it("takes the index if too little would be matched to count", async () => {
      const thin = await auction([
        [1, "bid", 104, 4],
        [2, "ask", 103, 4],
      ]);
      expect([thin.price, thin.volume]).to.deep.equal([100, 0]);
      expect(thin.reasons).to.deep.equal([Reason.LAPSED]);
      expect(await isCrossed(thin.made)).to.equal(false);
      const enough = await auction([
        [1, "bid", 104, 5],
        [2, "ask", 103, 5],
      ]);
      expect([enough.price, enough.volume]).to.deep.equal([103, 5]);
    });

    it("counts neither void orders nor an account's orders against itself", async () => {
      const made = await world();
      await place(
        made,
        [3, "bid", 105, 100],
        [1, "bid", 104, 50],
        [1, "ask", 103, 50],
        [2, "ask", 99, 6],
        [4, "bid", 101, 6],
      );
      await made.ledger.connect(made.carol).releaseAll(3, MARKET, made.carol);
      await made.endCollection();
      const { volume } = await clear(made);
      expect(volume).to.equal(6);
      expect(await isCrossed(made)).to.equal(false);
    });
  });

  describe("in dealing", () => {
    it("deals at one price, best first and first come first served, and leaves the rest of the longer side", async () => {
      const { made } = await auction([
        [1, "bid", 101, 10],
        [3, "bid", 102, 10],
        [4, "bid", 101, 10],
        [2, "ask", 99, 15],
      ]);
      const position = async (account: number) => Number(await made.ledger.position(account, MARKET)) / 1e18;
      expect(await position(3)).to.equal(10);
      expect(await position(1)).to.equal(5);
      expect(await position(4)).to.equal(0);
      expect(await position(2)).to.equal(-15);
      const fills = await made.ledger.queryFilter(made.ledger.filters.Filled());
      expect(new Set(fills.map(({ args }) => args.price))).to.deep.equal(new Set([MARK]));
      const [left] = await made.book.depth(MARKET, true, 1);
      expect([left!.price, left!.size]).to.deep.equal([at(101), 15n * WAD]);
    });

    it("keeps reservations in step with what rests", async () => {
      const { made } = await auction([
        [1, "bid", 101, 10],
        [3, "bid", 102, 10],
        [2, "ask", 99, 15],
        [2, "ask", 104, 3],
      ]);
      const reserved = async (account: number) => {
        const { bids, asks } = await made.ledger.reservation(account, MARKET);
        return [bids / WAD, asks / WAD];
      };
      expect(await reserved(1)).to.deep.equal([5n, 0n]);
      expect(await reserved(3)).to.deep.equal([0n, 0n]);
      expect(await reserved(2)).to.deep.equal([0n, 3n]);
    });

    it("lets the longer side take, on either side", async () => {
      for (const [bids, asks] of [
        [10, 7],
        [7, 10],
      ] as const) {
        const { made } = await auction([
          [1, "bid", 101, bids],
          [2, "ask", 99, asks],
        ]);
        const traded = await made.book.queryFilter(made.book.filters.Traded());
        expect(traded.map(({ args }) => args.buy)).to.deep.equal([bids > asks]);
      }
    });

    it("cancels a maker that fails its margin and goes on with the next", async () => {
      const made = await world();
      await place(made, [1, "bid", 101, 10], [2, "ask", 98, 6], [3, "ask", 99, 6]);
      await made.ledger.setRefused(2, true);
      await made.endCollection();
      const { volume, reasons } = await clear(made);
      expect(volume).to.equal(6);
      expect(reasons).to.deep.equal([Reason.REFUSED]);
      const { bids } = await made.ledger.reservation(1, MARKET);
      expect(bids).to.equal(4n * WAD);
    });

    it("cancels an order of the longer side that fails its margin, and leaves those it would have met", async () => {
      const made = await world();
      await place(made, [1, "bid", 103, 10], [3, "bid", 101, 10], [2, "ask", 98, 12]);
      await made.ledger.setRefused(1, true);
      await made.endCollection();
      const { volume, reasons } = await clear(made);
      expect(volume).to.equal(10);
      expect(reasons).to.deep.equal([Reason.REFUSED]);
      expect((await made.ledger.reservation(1, MARKET)).bids).to.equal(0n);
      expect((await made.ledger.reservation(2, MARKET)).asks).to.equal(2n * WAD);
    });

    it("refuses nobody for want of the caller's gas: the call fails whole, and goes through with more", async () => {
      const made = await world();
      await place(made, [1, "bid", 101, 10], [2, "ask", 98, 6]);
      await made.endCollection();
      await made.ledger.setStarved(true);
      await expect(made.book.uncross(MARKET, 100)).to.be.revertedWithCustomError(made.book, "SettlementStarved");
      expect((await made.ledger.reservation(1, MARKET)).bids).to.equal(10n * WAD);
      await made.ledger.setStarved(false);
      expect((await clear(made)).volume).to.equal(6);
    });

    it("cancels what cannot be reserved again after it got less than it was released for", async () => {
      const made = await world();
      await place(made, [1, "bid", 101, 10], [2, "ask", 98, 6]);
      await made.ledger.setRefused(2, true);
      await made.ledger.setUnreservable(1, true);
      await made.endCollection();
      const { volume, reasons } = await clear(made);
      expect(volume).to.equal(0);
      expect(reasons).to.deep.equal([Reason.REFUSED, Reason.REFUSED]);
      expect((await made.ledger.reservation(1, MARKET)).bids).to.equal(0n);
    });

    it("lets reduce-only orders close no more than the position, from either side", async () => {
      const made = await world();
      await made.ledger.setPosition(1, MARKET, -8n * WAD);
      await made.ledger.setPosition(3, MARKET, 4n * WAD);
      await place(made, [1, "bid", 101, 8, true], [2, "ask", 99, 5], [3, "ask", 99, 2, true]);
      await made.ledger.setPosition(1, MARKET, -6n * WAD);
      await made.endCollection();
      const { volume } = await clear(made);
      expect(volume).to.equal(6);
      expect(await made.ledger.position(1, MARKET)).to.equal(0n);
      expect((await made.ledger.reservation(1, MARKET)).bids).to.equal(0n);
    });
  });

  describe("in going on", () => {
    const wishes: Wish[] = [
      [1, "bid", 104, 7],
      [3, "bid", 103, 5],
      [4, "bid", 102, 9],
      [1, "bid", 101, 11],
      [3, "bid", 99, 4],
      [2, "ask", 96, 3],
      [2, "ask", 97, 8],
      [5, "ask", 98, 6],
      [4, "ask", 100, 10],
      [2, "ask", 103, 9],
    ];

    it("comes to the same however many orders a call may meet", async () => {
      const whole = await auction(wishes);
      for (const maxOrders of [1, 2, 3, 7]) {
        const parts = await auction(wishes, maxOrders);
        expect([parts.price, parts.volume], `${maxOrders} a call`).to.deep.equal([whole.price, whole.volume]);
        for (const account of [1, 2, 3, 4, 5]) {
          expect(await parts.made.ledger.position(account, MARKET)).to.equal(
            await whole.made.ledger.position(account, MARKET),
          );
        }
      }
    });

    it("passes over orders cancelled between two calls, wherever the counting stands", async () => {
      for (let calls = 1; calls < 14; ++calls) {
        const made = await world();
        await place(made, ...wishes);
        const placed = await made.book.queryFilter(made.book.filters.OrderPlaced());
        await made.endCollection();
        for (let call = 0; call < calls && !(await made.book.uncross.staticCall(MARKET, 2)); ++call) {
          await made.book.uncross(MARKET, 2);
        }
        const owners = [made.alice, made.bob, made.carol, made.dave, made.alice];
        for (const { args } of placed.slice(1, 9)) {
          const resting = await made.book.order(args.orderId);
          if (resting.size === 0n) continue;
          await made.book.connect(owners[Number(args.account) - 1]).cancel(args.orderId);
        }
        await clear(made, 2);
        expect(await isCrossed(made)).to.equal(false);
        expect(await made.nextBlock()).to.equal(Phase.OPEN);
      }
    });

    it("can be cleared by anyone, after the collection and once", async () => {
      const made = await world();
      await place(made, [1, "bid", 101, 10], [2, "ask", 99, 10]);
      const end = await made.guard.auctionEnd(MARKET);
      await expect(made.book.connect(made.stranger).uncross(MARKET, 0))
        .to.be.revertedWithCustomError(made.book, "AuctionNotOver")
        .withArgs(MARKET, end);
      await made.endCollection();
      await made.book.connect(made.stranger).uncross(MARKET, 0);
      await expect(made.book.uncross(MARKET, 0))
        .to.be.revertedWithCustomError(made.book, "NoAuction")
        .withArgs(MARKET, Phase.OPEN);
      await made.nextBlock();
      await expect(made.book.uncross(MARKET, 0)).to.be.revertedWithCustomError(made.book, "NoAuction");
    });

    it("waits for a VALID index", async () => {
      const made = await world();
      await made.endCollection();
      await made.markPrice.setValidity(1);
      await expect(made.book.uncross(MARKET, 0)).to.be.revertedWithCustomError(made.markPrice, "PriceNotUsable");
    });

    it("is not fooled by a caller who supplies too little gas for the ledger", async () => {
      const made = await world();
      await place(made, [1, "bid", 101, 10], [2, "ask", 99, 10]);
      await made.endCollection();
      for (let gasLimit = 120_000n; gasLimit < 600_000n; gasLimit += 20_000n) {
        const snapshot = await made.networkHelpers.takeSnapshot();
        const done = await made.book.uncross(MARKET, 0, { gasLimit }).then(
          (sent) => sent.wait(),
          () => undefined,
        );
        if (done?.status === 1) expect(await made.ledger.position(1, MARKET)).to.equal(10n * WAD);
        await snapshot.restore();
      }
    });

    it("measures the reopened market from its price if it counts, and from the index if not", async () => {
      const { made } = await auction([
        [1, "bid", 104, 10],
        [2, "ask", 103, 10],
      ]);
      expect((await made.guard.stateOf(MARKET)).bookAverage).to.equal(at(103));
      const thin = await auction([[1, "bid", 104, 4]]);
      expect((await thin.made.guard.stateOf(MARKET)).bookAverage).to.equal(MARK);
    });
  });

  describe("of random orders", () => {
    /** The definition, price by price: largest volume, then closest to the index. */
    function expected(wishes: Wish[]): { price: number; volume: number } {
      const sum = (side: string, matches: (price: number) => boolean) =>
        wishes.reduce((total, [, one, price, units]) => (one === side && matches(price) ? total + units : total), 0);
      let best = { price: 100, volume: 0 };
      for (let price = 95; price <= 105; ++price) {
        const volume = Math.min(
          sum("bid", (limit) => limit >= price),
          sum("ask", (limit) => limit <= price),
        );
        const closer = volume === best.volume && Math.abs(price - 100) < Math.abs(best.price - 100);
        if (volume > best.volume || closer) best = { price, volume };
      }
      return best;
    }

    it("finds the price and the volume of the definition, uncrosses the book and keeps reservations exact", async () => {
      const generator = xoroshiro128plus(20_261_123);
      const draw = (low: number, high: number) => uniformInt(generator, low, high);
      for (let round = 0; round < 12; ++round) {
        // Buyers and sellers apart, so that nobody meets himself.
        const wishes = Array.from({ length: draw(4, 24) }, (): Wish => {
          const buys = draw(0, 1) === 1;
          return [buys ? draw(1, 2) : draw(3, 4), buys ? "bid" : "ask", draw(94, 106), draw(1, 30)];
        });
        const clipped = wishes.map(([account, side, price, units]): Wish => [
          account,
          side,
          Math.max(95, Math.min(105, price)),
          units,
        ]);
        const made = await world();
        await place(made, ...clipped);
        await made.endCollection();
        const want = expected(clipped);
        const { price, volume } = await clear(made, draw(0, 9));
        if (want.volume * want.price >= 500) expect([price, volume]).to.deep.equal([want.price, want.volume]);
        else expect(price).to.equal(100);
        expect(await isCrossed(made)).to.equal(false);
        for (const [side, field] of [
          [true, "bids"],
          [false, "asks"],
        ] as const) {
          const resting = (await made.book.depth(MARKET, side, 20)).reduce((total, level) => total + level.size, 0n);
          let reserved = 0n;
          for (const account of [1, 2, 3, 4]) reserved += (await made.ledger.reservation(account, MARKET))[field];
          expect(reserved).to.equal(resting);
        }
      }
    });
  });
});
