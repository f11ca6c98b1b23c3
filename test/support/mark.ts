import { deployIndex, MARKET } from "./prices.js";

const DEPOSIT = 0;

/** How a mark is derived unless a test says otherwise. */
export const MARK_CONFIG = {
  band: 50_000n,
  speed: 3_333n,
  midTau: 150n,
  quoteTau: 30n,
  premiumTau: 3_600n,
  premiumInterval: 60n,
  impactNotional: 10_000n,
  impactOrders: 16n,
};

/** Long enough for no feed to go stale unless a test is about that. */
export const HEARTBEAT = 172_800n;

/** What a book shows; nothing where it is left out. */
export interface Shown {
  bid?: bigint;
  ask?: bigint;
  last?: bigint;
  impactBid?: bigint;
  impactAsk?: bigint;
}

/** Two feeds that agree, a book of our choice and a market at 1000. */
export async function loadMark(change: Partial<typeof MARK_CONFIG> = {}) {
  const index = await deployIndex();
  const { ethers, networkHelpers, authority, oracle } = index;
  const feeds = [
    await index.deployFeed({ heartbeat: HEARTBEAT }),
    await index.deployFeed({ heartbeat: HEARTBEAT }),
  ] as const;
  await index.use(feeds.map(({ source }) => source));
  const marks = await ethers.deployContract("MarkPrice", [oracle, authority]);
  const quotes = await ethers.deployContract("TestQuotes");
  await marks.setMarket(MARKET, { ...MARK_CONFIG, ...change });
  await marks.setOrderBook(quotes);

  const show = (shown: Shown) => quotes.show({ bid: 0n, ask: 0n, last: 0n, impactBid: 0n, impactAsk: 0n, ...shown });
  const report = async (price: number) => {
    for (const feed of feeds) await index.report(feed, price);
  };
  /** Has the price computed in a block `seconds` after the last one. */
  const after = async (seconds: number) => {
    await networkHelpers.time.setNextBlockTimestamp((await networkHelpers.time.latest()) + seconds);
    await marks.priceFor(MARKET, DEPOSIT);
    return marks.peek(MARKET);
  };
  /** Refreshes the price at once and shows the book right after, so that the book has stood for `seconds` when it counts. */
  const standing = async (shown: Shown, seconds: number) => {
    await marks.priceFor(MARKET, DEPOSIT);
    const since = await networkHelpers.time.latest();
    await show(shown);
    await networkHelpers.time.setNextBlockTimestamp(since + seconds);
    await marks.priceFor(MARKET, DEPOSIT);
    return marks.peek(MARKET);
  };
  await report(1_000);
  return { ...index, reportOn: index.report, feeds, marks, quotes, show, report, after, standing };
}
