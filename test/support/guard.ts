import { bookFixture, ethers, MARK, MARKET, WAD } from "./order-book.js";

export { Phase } from "./phases.js";

/** 10 % around the references, 2 % in closed hours; an auction must match 500 to count. */
export const GUARD = {
  band: 100_000n,
  closedBand: 20_000n,
  window: 300n,
  limitTime: 15n,
  pauseTime: 300n,
  auctionTime: 120n,
  minimumVolume: 500n,
  closedHours: 0n,
};

/** Half the band of the book itself, so that it is the guard's that is met. */
const NARROW = { ...GUARD, band: 50_000n };

/** The book of the unit tests in the care of a real guard, whose observations are made by hand and whose index is 100. */
export async function guardedBookFixture() {
  const world = await bookFixture();
  const { admin, book, markPrice, networkHelpers } = world;
  const authority = await book.authority();
  const guard = await ethers.deployContract("MarketGuard", [admin, book, authority]);
  await guard.setMarket(MARKET, NARROW);
  await markPrice.setGuard(guard);
  await markPrice.setBand(NARROW.band);

  /** Has the guard see a price `seconds` after the last block, and the mark say the phase that comes of it. */
  async function see(price: bigint, seconds: number): Promise<bigint> {
    await networkHelpers.time.setNextBlockTimestamp((await networkHelpers.time.latest()) + seconds);
    await guard.observe(MARKET, price, MARK);
    const { phase } = await guard.stateOf(MARKET);
    await markPrice.setPhase(phase);
    return phase;
  }

  /** Takes the market from OPEN to LIMITED, PAUSED and AUCTION, as far as is asked. */
  async function lead(to: bigint): Promise<void> {
    await see(MARK, 1);
    for (const seconds of [1, 15, 300].slice(0, Number(to))) await see(2n * MARK, seconds);
  }

  /** Lets the collection of an auction end. */
  async function endCollection(): Promise<void> {
    await networkHelpers.time.increase(Number(GUARD.auctionTime));
  }

  /** Follows the guard's word for the next block: OPEN once the auction is cleared. */
  async function nextBlock(): Promise<bigint> {
    return see(MARK, 12);
  }

  return { ...world, guard, see, lead, endCollection, nextBlock };
}

/** A price in whole quote units. */
export function at(price: number): bigint {
  return (BigInt(Math.round(price * 100)) * WAD) / 100n;
}
