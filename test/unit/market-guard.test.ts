import { expect } from "chai";
import { network } from "hardhat";

import { GUARD, Phase } from "../support/guard.js";
import { wad, WAD } from "../support/prices.js";

const MARKET = 0;
const OPEN_BAND = [0n, 2n ** 256n - 1n];
const { ethers, networkHelpers } = await network.create();

/** A guard that takes the administrator for the mark and a second signer for the book. */
async function fixture() {
  const [admin, book, stranger] = await ethers.getSigners();
  const authority = await ethers.deployContract("AccessManager", [admin!]);
  const guard = await ethers.deployContract("MarketGuard", [admin!, book!, authority]);
  await guard.setMarket(MARKET, GUARD);
  return { guard, book: book!, stranger: stranger! };
}

async function world() {
  const { guard, book, stranger } = await networkHelpers.loadFixture(fixture);
  /** Has the guard see a price, `seconds` after the last block; the phase and the band it answers with. */
  async function see(observed: number, seconds = 1, index = 100) {
    const now = (await networkHelpers.time.latest()) + seconds;
    await networkHelpers.time.setNextBlockTimestamp(now);
    const seen = await guard.preview(MARKET, wad(observed), wad(index), { blockTag: "pending" });
    await guard.observe(MARKET, wad(observed), wad(index));
    const state = await guard.stateOf(MARKET);
    expect(seen.phase, "preview and observe agree").to.equal(state.phase);
    return { phase: state.phase, band: [seen.low, seen.high], state, now: BigInt(now) };
  }
  /** From OPEN at 100 into a phase by way of a price of 120. */
  async function lead(to: bigint): Promise<void> {
    await see(100);
    for (const seconds of [1, 15, 300].slice(0, Number(to))) await see(120, seconds);
    expect((await guard.stateOf(MARKET)).phase).to.equal(to);
  }
  /** Configures against the usual parameters. */
  const configure = (change: Partial<typeof GUARD>) => guard.setMarket(MARKET, { ...GUARD, ...change });
  return { guard, book, stranger, see, lead, configure };
}

describe("The market guard", () => {
  describe("while the book stays with its references", () => {
    it("leaves the market open, without a band of its own", async () => {
      const { see } = await world();
      for (const price of [100, 109.9, 91, 105]) {
        const { phase, band } = await see(price);
        expect(phase).to.equal(Phase.OPEN);
        expect(band).to.deep.equal(OPEN_BAND);
      }
    });

    it("starts from the index, not from what the book says first", async () => {
      const { see } = await world();
      expect((await see(111)).phase).to.equal(Phase.LIMITED);
    });

    it("averages the book over its window", async () => {
      const { see } = await world();
      await see(100);
      const { state } = await see(105, 300);
      const expected = 100 + 5 * (1 - Math.exp(-1));
      expect(Math.abs(Number(state.bookAverage) / 1e18 / expected - 1)).to.be.below(1e-9);
      expect(state.indexAverage).to.equal(wad(100));
    });

    it("counts a price at the very edge as inside, and a wei beyond as outside", async () => {
      const { guard, see } = await world();
      await see(100);
      expect((await guard.preview(MARKET, wad(110), wad(100))).phase).to.equal(Phase.OPEN);
      expect((await guard.preview(MARKET, wad(110) + 1n, wad(100))).phase).to.equal(Phase.LIMITED);
      expect((await guard.preview(MARKET, wad(90), wad(100))).phase).to.equal(Phase.OPEN);
      expect((await guard.preview(MARKET, wad(90) - 1n, wad(100))).phase).to.equal(Phase.LIMITED);
    });

    it("does nothing without a price to learn from, without an index, or in a market it does not know", async () => {
      const { guard, see } = await world();
      await see(100);
      const before = await guard.stateOf(MARKET);
      await see(0, 60);
      await guard.observe(MARKET, wad(500), 0);
      await guard.observe(3, wad(500), wad(100));
      expect(await guard.stateOf(MARKET)).to.deep.equal(before);
      expect((await guard.stateOf(3)).phase).to.equal(Phase.OPEN);
    });
  });

  describe("when the index moves as well", () => {
    it("does not stop a crash the index shares, at once or before the book follows", async () => {
      const { see } = await world();
      await see(100);
      expect((await see(100, 1, 70)).phase).to.equal(Phase.OPEN);
      expect((await see(85, 1, 70)).phase).to.equal(Phase.OPEN);
      expect((await see(66, 1, 70)).phase).to.equal(Phase.OPEN);
    });

    it("stops a book that goes farther than the index by more than the band", async () => {
      const { see } = await world();
      await see(100);
      expect((await see(62, 1, 70)).phase).to.equal(Phase.LIMITED);
    });

    it("stops a book that goes the other way", async () => {
      const { see } = await world();
      await see(100);
      expect((await see(111, 1, 70)).phase).to.equal(Phase.LIMITED);
    });

    it("opens a limited market when the index follows the book", async () => {
      const { see } = await world();
      await see(100);
      expect((await see(120)).phase).to.equal(Phase.LIMITED);
      expect((await see(120, 1, 112)).phase).to.equal(Phase.OPEN);
    });
  });

  describe("limited", () => {
    it("gives the band around the references, which stand still", async () => {
      const { see } = await world();
      await see(100);
      const first = await see(130);
      expect(first.band).to.deep.equal([wad(90), wad(110)]);
      const later = await see(130, 14);
      expect(later.phase).to.equal(Phase.LIMITED);
      expect(later.band).to.deep.equal([wad(90), wad(110)]);
    });

    it("opens as soon as one block finds the price inside, and then goes on counting where it stopped", async () => {
      const { see } = await world();
      await see(100);
      await see(130);
      const back = await see(108, 10);
      expect(back.phase).to.equal(Phase.OPEN);
      expect([back.state.limited, back.state.until]).to.deep.equal([10n, back.now + GUARD.window]);
      const again = await see(130, 1);
      expect(again.phase).to.equal(Phase.LIMITED);
      expect(again.state.until).to.equal(again.now + 5n);
      expect((await see(130, 4)).phase).to.equal(Phase.LIMITED);
      expect((await see(130, 1)).phase).to.equal(Phase.PAUSED);
    });

    it("pauses whoever requotes at the edge in every other block, and teaches the references nothing", async () => {
      const { see } = await world();
      await see(100);
      for (let spent = 0; spent < 16; spent += 2) {
        expect((await see(130, 2)).phase, `${spent} s spent`).to.equal(Phase.LIMITED);
        const { phase, state } = await see(110, 2);
        expect(phase).to.equal(Phase.OPEN);
        expect(state.bookAverage).to.equal(wad(100));
      }
      expect((await see(130, 2)).phase).to.equal(Phase.PAUSED);
    });

    it("forgets the time when the price has been inside for a whole window, not a second before", async () => {
      for (const [seconds, phase] of [
        [299, Phase.PAUSED],
        [300, Phase.LIMITED],
      ] as const) {
        const { see } = await world();
        await see(100);
        await see(130);
        await see(105, 20);
        expect((await see(130, seconds)).phase).to.equal(phase);
      }
      const { see } = await world();
      await see(100);
      await see(130);
      await see(100, 20);
      const { state } = await see(100, 300);
      expect([state.limited, state.until]).to.deep.equal([0n, 0n]);
    });

    it("lets whoever stays inside move the reference by no more than the band in a window", async () => {
      const { see } = await world();
      await see(100);
      let edge = 110;
      for (let second = 0; second < 300; second += 2) {
        const { phase, state } = await see(Math.floor(edge * 1e8) / 1e8, 2);
        expect(phase).to.equal(Phase.OPEN);
        edge = (Number(state.bookAverage) / 1e18) * 1.1;
      }
      expect(edge / 1.1).to.be.within(109, 100 * Math.exp(0.1));
    });

    it("pauses when the price is outside at the end of the limit time, not a second before", async () => {
      const { guard, see } = await world();
      await see(100);
      await see(130);
      expect((await see(130, 14)).phase).to.equal(Phase.LIMITED);
      const paused = await see(130, 1);
      expect(paused.phase).to.equal(Phase.PAUSED);
      const until = paused.now + GUARD.pauseTime;
      const events = await guard.queryFilter(guard.filters.PhaseEntered(), -1);
      expect([...events[0]!.args]).to.deep.equal([BigInt(MARKET), Phase.PAUSED, until, wad(130), wad(100)]);
    });

    it("pauses nobody on the word of an index that is not usable", async () => {
      const { see } = await world();
      await see(100);
      await see(130);
      expect((await see(0, 100)).phase).to.equal(Phase.LIMITED);
    });
  });

  describe("paused", () => {
    it("lasts its time whatever the price does, then collects for an auction", async () => {
      const { see, lead } = await world();
      await lead(Phase.PAUSED);
      expect((await see(100, 299)).phase).to.equal(Phase.PAUSED);
      const auction = await see(100, 1);
      expect(auction.phase).to.equal(Phase.AUCTION);
      expect(auction.state.until).to.equal(auction.now + GUARD.auctionTime);
    });

    it("can be reached and prolonged by the guardian, and by nobody shortened", async () => {
      const { guard, see, stranger } = await world();
      await see(100);
      await guard.pause(MARKET);
      const first = (await guard.stateOf(MARKET)).until;
      await networkHelpers.time.increase(100);
      await guard.pause(MARKET);
      expect((await guard.stateOf(MARKET)).until > first).to.equal(true);
      expect((await see(100)).phase).to.equal(Phase.PAUSED);
      await expect(guard.connect(stranger).pause(MARKET)).to.be.revertedWithCustomError(
        guard,
        "AccessManagedUnauthorized",
      );
    });
  });

  describe("in an auction", () => {
    it("stays there, with a band around the index alone, until the book ends it", async () => {
      const { guard, book, see, lead } = await world();
      await lead(Phase.AUCTION);
      const later = await see(120, 10_000, 80);
      expect(later.phase).to.equal(Phase.AUCTION);
      expect(later.band).to.deep.equal([wad(72), wad(88)]);
      await expect(guard.connect(book).reopen(MARKET, wad(85), wad(80)))
        .to.emit(guard, "Reopened")
        .withArgs(MARKET, wad(85), wad(80));
      const open = await see(93, 1, 80);
      expect(open.phase).to.equal(Phase.OPEN);
      expect((await see(94, 1, 80)).phase).to.equal(Phase.LIMITED);
    });

    it("cannot be ended before its time, by anybody but the book, or when there is none", async () => {
      const { guard, book, see, lead, stranger } = await world();
      await lead(Phase.AUCTION);
      const { until } = await guard.stateOf(MARKET);
      expect(await guard.auctionEnd(MARKET)).to.equal(until);
      await expect(guard.connect(book).reopen(MARKET, wad(100), wad(100)))
        .to.be.revertedWithCustomError(guard, "NoAuctionToEnd")
        .withArgs(MARKET, Phase.AUCTION, until);
      await expect(guard.connect(stranger).reopen(MARKET, wad(100), wad(100)))
        .to.be.revertedWithCustomError(guard, "NotOrderBook")
        .withArgs(stranger.address);
      await see(100, 120);
      await guard.connect(book).reopen(MARKET, wad(100), wad(100));
      expect(await guard.auctionEnd(MARKET)).to.equal(0n);
      await expect(guard.connect(book).reopen(MARKET, wad(100), wad(100)))
        .to.be.revertedWithCustomError(guard, "NoAuctionToEnd")
        .withArgs(MARKET, Phase.OPEN, 0n);
    });

    it("may be prolonged by the guardian while it collects, and no longer once it may be cleared", async () => {
      const { guard, lead } = await world();
      await lead(Phase.AUCTION);
      const first = await guard.auctionEnd(MARKET);
      await networkHelpers.time.increase(60);
      await guard.pause(MARKET);
      const second = await guard.auctionEnd(MARKET);
      expect(second > first).to.equal(true);
      expect((await guard.stateOf(MARKET)).phase).to.equal(Phase.AUCTION);
      await networkHelpers.time.increase(120);
      await expect(guard.pause(MARKET))
        .to.be.revertedWithCustomError(guard, "AuctionUnderWay")
        .withArgs(MARKET, second);
    });

    it("keeps its rules", async () => {
      const { guard, configure, lead } = await world();
      await lead(Phase.AUCTION);
      await expect(configure({ band: 0n })).to.be.revertedWithCustomError(guard, "AuctionUnderWay");
    });
  });

  describe("with closed hours", () => {
    const HOUR = 3_600;
    /** Monday 14:00 UTC and the hour after it are closed. */
    const closedHours = 3n << 14n;
    const MONDAY = 4 * 24 * HOUR;

    /** The next Monday at an hour. */
    async function monday(hour: number): Promise<number> {
      const week = 7 * 24 * HOUR;
      const now = await networkHelpers.time.latest();
      const start = Math.floor((now - MONDAY) / week) * week + MONDAY + hour * HOUR;
      return start > now ? start : start + week;
    }

    it("closes on the hour, trades only near the index, and reopens by an auction", async () => {
      const { see, configure } = await world();
      await configure({ closedHours });
      await see(100);
      const at = async (hour: number) => (await monday(hour)) - (await networkHelpers.time.latest());
      expect((await see(100, (await at(14)) - 1)).phase).to.equal(Phase.OPEN);
      const closed = await see(103.5, 1);
      expect(closed.phase).to.equal(Phase.CLOSED);
      expect(closed.band).to.deep.equal([wad(98), wad(102)]);
      expect((await see(120, (await at(16)) - 1)).phase).to.equal(Phase.CLOSED);
      const reopening = await see(100, 1);
      expect(reopening.phase).to.equal(Phase.AUCTION);
      expect(reopening.state.until).to.equal(reopening.now + GUARD.auctionTime);
    });

    it("closes a paused market as well, but never interrupts an auction", async () => {
      const { see, lead, configure, guard } = await world();
      await configure({ closedHours });
      await networkHelpers.time.increaseTo((await monday(14)) - 20);
      await lead(Phase.PAUSED);
      expect((await see(120, 10)).phase).to.equal(Phase.CLOSED);
      await guard.pause(MARKET);
      expect((await guard.stateOf(MARKET)).phase).to.equal(Phase.CLOSED);
      await networkHelpers.time.increaseTo((await monday(14)) - 330);
      expect((await see(120)).phase).to.equal(Phase.AUCTION);
      expect((await see(120, 400)).phase).to.equal(Phase.AUCTION);
    });
  });

  describe("for governance", () => {
    it("takes reports from the mark alone, and parameters from those with the role", async () => {
      const { guard, stranger } = await world();
      await expect(guard.connect(stranger).observe(MARKET, WAD, WAD))
        .to.be.revertedWithCustomError(guard, "NotMarkPrice")
        .withArgs(stranger.address);
      await expect(guard.connect(stranger).setMarket(MARKET, GUARD)).to.be.revertedWithCustomError(
        guard,
        "AccessManagedUnauthorized",
      );
    });

    it("is off with a band of zero, and forgets", async () => {
      const { guard, configure, see, lead } = await world();
      await lead(Phase.PAUSED);
      await configure({ band: 0n });
      expect((await see(200)).phase).to.equal(Phase.OPEN);
      await guard.pause(MARKET);
      expect((await guard.stateOf(MARKET)).phase).to.equal(Phase.OPEN);
      expect([...(await guard.tradingBand(MARKET, Phase.OPEN, wad(100)))]).to.deep.equal(OPEN_BAND);
      await configure({});
      expect((await see(109)).phase).to.equal(Phase.OPEN);
    });

    it("refuses parameters a market must not be guarded with", async () => {
      const { guard, configure } = await world();
      const unsafe: [keyof typeof GUARD, bigint][] = [
        ["band", 999n],
        ["band", 500_001n],
        ["window", 59n],
        ["window", 3_601n],
        ["limitTime", 0n],
        ["limitTime", 241n],
        ["pauseTime", 29n],
        ["pauseTime", 3_601n],
        ["auctionTime", 29n],
        ["auctionTime", 3_601n],
        ["minimumVolume", 0n],
        ["closedBand", 100_001n],
        ["closedHours", 2n ** 168n - 1n],
      ];
      for (const [name, value] of unsafe) {
        await expect(configure({ [name]: value }), name).to.be.revertedWithCustomError(guard, "ParameterOutOfRange");
      }
      await expect(configure({ closedHours: 1n, closedBand: 0n })).to.be.revertedWithCustomError(
        guard,
        "ParameterOutOfRange",
      );
      await expect(guard.setMarket(16, GUARD)).to.be.revertedWithCustomError(guard, "ParameterOutOfRange");
    });
  });
});
