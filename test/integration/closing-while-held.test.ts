import type { NetworkHelpers } from "@nomicfoundation/hardhat-network-helpers/types";
import { expect } from "chai";

import { deployExchange, type Trader } from "../support/exchange.js";
import { Validity } from "../support/ledger.js";
import { Kind } from "../support/liquidation.js";
import { Phase } from "../support/phases.js";

const MARKET = 0;
const WAD = 10n ** 18n;
const CANCEL = 1;

/** Less and more than any price below: a book clips what it is told to what it admits. */
const [LOWEST, HIGHEST] = [1, 100_000];

/** What a trial deals, base, WAD: little of the position. */
const PIECE = WAD / 100n;

/**
 * The whole exchange by default parameters, with one feed at 2,000: guard 3.92 % around average and carried average, a price band of 5 %
 * and a mark within 1.96 % of the index. `holder` is long 5 against `maker`, whose quotes stand at 1,999 and 2,001 unless told otherwise.
 */
async function build(bid = 1_999, ask = 2_001) {
  const fixture = await deployExchange({
    market: { startPrice: 2_000, makerFee: 0, takerFee: 0 },
    index: { sources: [{ kind: "feed", name: "feed", heartbeat: 86_400, deviation: 500, depth: 100_000_000 }] },
    guard: { minimumVolume: 100 },
  });
  const { networkHelpers } = fixture.connection as unknown as { networkHelpers: NetworkHelpers };
  const [maker, holder, other] = [
    await fixture.trader(1_000_000n),
    await fixture.trader(100_000n),
    await fixture.trader(1_000_000n),
  ];
  const { marketGuard, markPrice, orderBook, clearingHouse } = fixture;
  let moment = 0;

  /** Gives the next block its time: whatever a machine takes, a transaction takes a second. */
  const at = async (next: number): Promise<void> => {
    moment = Math.max(next, (await networkHelpers.time.latest()) + 1);
    await networkHelpers.time.setNextBlockTimestamp(moment);
  };
  const place = async (
    trader: Trader,
    buy: boolean,
    price: number,
    size: bigint,
    kind: number,
    reduceOnly = false,
  ): Promise<void> => {
    await at(0);
    const terms = { market: MARKET, buy, kind, reduceOnly, maxMakers: 0, size };
    await trader.orderBook.place(trader.account, { ...terms, price: (BigInt(Math.round(price * 100)) * WAD) / 100n });
  };
  const cancelAll = async (trader: Trader): Promise<void> => {
    await at(0);
    await trader.orderBook.cancelAll(trader.account, MARKET);
  };
  await fixture.report(2_000);
  await place(maker, false, 2_000, 5n * WAD, Kind.LIMIT);
  await place(holder, true, 2_000, 5n * WAD, Kind.LIMIT);
  await place(maker, true, bid, WAD, Kind.LIMIT);
  await place(maker, false, ask, WAD, Kind.LIMIT);

  /** The phase so many seconds after the last block. */
  const after = async (seconds: number): Promise<bigint> => {
    await at(moment + seconds);
    await markPrice.priceFor(MARKET, CANCEL);
    return (await markPrice.peek(MARKET)).phase;
  };

  /** Lets so much time pass, a price of the market a minute. */
  const pass = async (minutes: number): Promise<void> => {
    for (let minute = 0; minute < minutes; minute++) expect(await after(60)).to.equal(Phase.OPEN);
  };

  /** Reports a price, which the feed says from the next block on. */
  const leap = async (price: number): Promise<void> => {
    await at(0);
    await fixture.report(price);
  };

  /** Whether some price lies in the book's price band around the mark and in the guard's as well, at a VALID price. */
  const bandsMeet = async (): Promise<boolean> => {
    const { mark, index, phase, validity } = await markPrice.peek(MARKET);
    expect(validity).to.equal(Validity.VALID);
    const [low, high] = await marketGuard.tradingBand(MARKET, phase, index);
    const { priceBand } = await orderBook.bookConfig(MARKET);
    return mark * (1_000_000n + priceBand) >= low * 1_000_000n && mark * (1_000_000n - priceBand) <= high * 1_000_000n;
  };

  /**
   * Whether holder and maker, long and short, can close a piece: the holder sells as cheap as the book lets it to whoever bids as much as
   * it lets it, the maker buys as dear from whoever asks as little.
   */
  const closes = async (): Promise<boolean> => {
    const sizeOf = async ({ account }: Trader) => (await clearingHouse.positionOf(account, MARKET)).size;
    const [long, short] = [await sizeOf(holder), await sizeOf(maker)];
    await cancelAll(other);
    await place(other, true, HIGHEST, PIECE, Kind.POST_ONLY);
    await place(holder, false, LOWEST, PIECE, Kind.MARKET, true);
    await cancelAll(other);
    await place(other, false, LOWEST, PIECE, Kind.POST_ONLY);
    await place(maker, true, HIGHEST, PIECE, Kind.MARKET, true);
    await cancelAll(other);
    return (await sizeOf(holder)) === long - PIECE && (await sizeOf(maker)) === short + PIECE;
  };

  return { ...fixture, maker, holder, other, place, after, pass, leap, bandsMeet, cancelAll, closes };
}

/**
 * A book that nobody trades in while the index moves: its last price and the near quote stay, so its average stays at 2,000. An hour
 * later somebody quotes at the index, which is as far from the average as the index has gone.
 */
async function quiet(index: number) {
  const fell = index < 2_000;
  const fixture = await build(fell ? 1_500 : 1_999, fell ? 2_001 : 2_600);
  await fixture.leap(index);
  await fixture.pass(60);
  await fixture.place(fixture.maker, true, index - 1, WAD, Kind.POST_ONLY);
  await fixture.place(fixture.maker, false, index + 1, WAD, Kind.POST_ONLY);
  return fixture;
}

describe("Closing a position in a market the guard holds", () => {
  it("is possible at the mark while that is far behind one leap of the index and the book's average behind another", async () => {
    const { maker, marketGuard, place, after, leap, bandsMeet, closes, cancelAll } = await build();
    await cancelAll(maker);
    // The mark follows a fall of 30 % within two minutes, and the average goes a third of the way.
    await leap(1_400);
    for (let step = 0; step < 12; step++) expect(await after(10)).to.equal(Phase.OPEN);
    await place(maker, true, 1_390, WAD, Kind.POST_ONLY);
    await place(maker, false, 1_700, WAD, Kind.POST_ONLY);
    const average = Number((await marketGuard.stateOf(MARKET)).bookAverage / WAD);
    expect(average).to.be.within(1_790, 1_800);

    // The index leaps back beyond where it came from. The book stands still, below the average and what the index makes of it.
    await leap(2_200);
    expect(await after(1)).to.equal(Phase.LIMITED);
    expect([await bandsMeet(), await closes()]).to.deep.equal([false, true]);
    expect(await after(5)).to.equal(Phase.LIMITED);
    expect(await after(4)).to.equal(Phase.PAUSED);
    // Sooner, no quotes at all would let the market open: it then says what the index says.
    await cancelAll(maker);
    for (const seconds of [1, 4]) {
      expect(await after(seconds)).to.equal(Phase.PAUSED);
      expect([await bandsMeet(), await closes()]).to.deep.equal([false, true]);
    }
    // The mark comes from 1,400 at a third of a percent a second, and at 1,645 is within 5 % of the band's lower edge.
    for (const seconds of [20, 60, 120]) {
      expect(await after(seconds)).to.equal(Phase.PAUSED);
      expect([await bandsMeet(), await closes()]).to.deep.equal([true, true]);
    }
  });

  it("is possible at the mark where the index has left a quiet book behind: the bands part by 9 % in the pause, and by 12 % while limited", async () => {
    for (const [index, limited, paused] of [
      // The band around 2,000 is 1,921.6 to 2,078.4. While it is limited the mark is 1.96 % from the index, towards the book; later it is at it.
      [1_840, true, true],
      [1_820, true, false],
      [1_780, false, false],
      [2_180, true, true],
      [2_210, true, false],
      [2_240, false, false],
    ] as const) {
      const { maker, after, bandsMeet, closes, cancelAll } = await quiet(index);
      expect(await after(1)).to.equal(Phase.LIMITED);
      await cancelAll(maker);
      expect([await bandsMeet(), await closes()], `${index}, limited`).to.deep.equal([limited, true]);
      expect(await after(15)).to.equal(Phase.PAUSED);
      for (const seconds of [60, 120, 80]) {
        expect(await after(seconds)).to.equal(Phase.PAUSED);
        expect([await bandsMeet(), await closes()], `${index}, paused`).to.deep.equal([paused, true]);
      }
    }
  });

  it("is all there is beyond the band: who opens finds nobody there", async () => {
    const { clearingHouse, maker, other, place, after, cancelAll } = await quiet(1_780);
    expect(await after(1)).to.equal(Phase.LIMITED);
    await cancelAll(maker);
    await place(maker, true, HIGHEST, WAD, Kind.POST_ONLY);
    await place(other, false, LOWEST, PIECE, Kind.MARKET);
    expect((await clearingHouse.positionOf(other.account, MARKET)).size).to.equal(0n);
  });

  it("is possible in the auction, in which an order to close deals at one price around the index", async () => {
    const { clearingHouse, maker, holder, other, place, after, cancelAll } = await quiet(1_780);
    const sizeOf = async () => (await clearingHouse.positionOf(holder.account, MARKET)).size;
    expect(await after(1)).to.equal(Phase.LIMITED);
    expect(await after(15)).to.equal(Phase.PAUSED);
    await cancelAll(maker);
    expect(await after(298)).to.equal(Phase.PAUSED);
    expect(await after(1)).to.equal(Phase.AUCTION);
    await place(other, true, 1_785, 5n * WAD, Kind.LIMIT);
    await place(holder, false, 1_775, 5n * WAD, Kind.LIMIT, true);
    expect(await sizeOf()).to.equal(5n * WAD);
    expect(await after(118)).to.equal(Phase.AUCTION);
    // Whoever sends the next order clears the auction.
    await place(other, true, 1_000, WAD, Kind.LIMIT);
    expect(await sizeOf()).to.equal(0n);
    expect(await after(1)).to.equal(Phase.OPEN);
  });

  it("is possible after an auction in which the index has leapt and nothing dealt: an open market has the mark's band alone", async () => {
    const { clearingHouse, holder, maker, other, place, after, leap, closes, cancelAll } = await quiet(1_780);
    for (const seconds of [1, 15]) await after(seconds);
    await cancelAll(maker);
    expect(await after(300)).to.equal(Phase.AUCTION);
    await place(other, true, 1_785, 5n * WAD, Kind.LIMIT);
    await place(holder, false, 1_775, 5n * WAD, Kind.LIMIT, true);
    expect(await after(117)).to.equal(Phase.AUCTION);
    await leap(2_600);
    await place(maker, true, 1_000, WAD, Kind.LIMIT);
    expect((await clearingHouse.positionOf(holder.account, MARKET)).size).to.equal(5n * WAD);
    expect(await after(1)).to.equal(Phase.OPEN);
    await cancelAll(maker);
    expect(await closes()).to.equal(true);
  });
});
