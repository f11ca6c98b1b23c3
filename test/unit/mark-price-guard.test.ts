import { expect } from "chai";

import { GUARD, Phase } from "../support/guard.js";
import { HEARTBEAT, MARK_CONFIG } from "../support/mark.js";
import { deployIndex, MARKET, wad, WAD } from "../support/prices.js";

const OPEN = 3;
const DEPOSIT = 0;
const CONFIG = { ...MARK_CONFIG, band: 200_000n, speed: 1_000_000n, premiumInterval: 10n };
const Component = { NONE: 0n, SMOOTHED_MID: 1n, QUOTED: 2n, SMOOTHED_QUOTED: 3n, PERP: 4n } as const;
const Clamp = { NONE: 0n, BAND: 1n, SPEED: 2n } as const;

/** A market at 1,000 with a 20 % band for its mark, and a guard that allows 10 %. */
async function world(change: Partial<typeof CONFIG> = {}) {
  const index = await deployIndex();
  const { ethers, networkHelpers, authority, oracle, admin } = index;
  const feed = await index.deployFeed({ heartbeat: HEARTBEAT });
  await index.use([feed.source]);
  const marks = await ethers.deployContract("MarkPrice", [oracle, authority]);
  const quotes = await ethers.deployContract("TestQuotes");
  const guard = await ethers.deployContract("MarketGuard", [marks, admin, authority]);
  await marks.setMarket(MARKET, { ...CONFIG, ...change });
  await marks.setOrderBook(quotes);
  await marks.setGuard(guard);
  await guard.setMarket(MARKET, GUARD);
  await index.report(feed, 1_000);

  const show = (price: number, impact = price) =>
    quotes.show({
      bid: wad(price - 1),
      ask: wad(price + 1),
      last: wad(price),
      impactBid: wad(impact),
      impactAsk: wad(impact),
    });
  /** Has the price computed in a block `seconds` after the last one. */
  const after = async (seconds: number) => {
    await networkHelpers.time.setNextBlockTimestamp((await networkHelpers.time.latest()) + seconds);
    await marks.priceFor(MARKET, DEPOSIT);
    return marks.peek(MARKET);
  };
  /** Leads into a phase by way of a book at 1,150. */
  const lead = async (to: bigint) => {
    await show(1_000);
    await after(1);
    await show(1_150);
    for (const seconds of [1, 15, 300].slice(0, Number(to))) expect((await after(seconds)).phase).not.to.equal(0n);
    return marks.peek(MARKET);
  };
  return { ...index, feed, marks, quotes, guard, show, after, lead };
}

describe("The mark and its guard", () => {
  it("reports what the book quotes, and gives the phase with the price, to later readers of the block as well", async () => {
    const { marks, guard, show, after } = await world();
    await show(1_000);
    expect((await after(1)).phase).to.equal(Phase.OPEN);
    await show(1_105);
    const price = await after(1);
    expect(price.phase).to.equal(Phase.LIMITED);
    expect(price.mark).to.be.below(wad(1_100));
    const [event] = await marks.queryFilter(marks.filters.PriceUpdated(), -1);
    expect(event!.args.phase).to.equal(Phase.LIMITED);
    const [entered] = await guard.queryFilter(guard.filters.PhaseEntered(), -1);
    expect(entered!.args.observed).to.equal(wad(1_105));
  });

  it("sees a squeezed book where the mark's own band and speed would hide it", async () => {
    const { show, after } = await world({ band: 50_000n, speed: 1_000n });
    await show(1_000);
    await after(1);
    await show(1_400);
    const price = await after(1);
    expect(price.mark).to.be.at.most(wad(1_002));
    expect(price.phase).to.equal(Phase.LIMITED);
  });

  it("reports no more than twice and no less than half the index", async () => {
    const { guard, show, after } = await world();
    await show(1_000);
    await after(1);
    await show(90_000);
    await after(1);
    const [entered] = await guard.queryFilter(guard.filters.PhaseEntered(), -1);
    expect(entered!.args.observed).to.equal(wad(2_000));
  });

  it("agrees with itself in views, and keeps premium and validity beside the phase", async () => {
    const { marks, networkHelpers, lead, show, after } = await world();
    await show(1_000, 1_050);
    for (const seconds of [20, 20]) await after(seconds);
    const price = await lead(Phase.LIMITED);
    expect(price.premium).to.be.above(0n);
    await show(1_200, 900);
    await networkHelpers.time.increase(60);
    const seen = await marks.peek(MARKET);
    const given = await marks.priceFor.staticCall(MARKET, OPEN);
    expect([...seen]).to.deep.equal([...given]);
    expect(given.phase).to.equal(Phase.PAUSED);
    expect((await marks.markComponents(MARKET)).phase).to.equal(Phase.PAUSED);
  });

  it("keeps a negative premium whole whatever the phase", async () => {
    const { show, after } = await world();
    await show(1_000, 900);
    await after(10);
    await after(10);
    const open = await after(600);
    expect(open.premium).to.be.below(0n);
    await show(1_150, 900);
    const held = await after(1);
    expect(held.phase).to.equal(Phase.LIMITED);
    expect(held.premium).to.equal(open.premium);
  });

  it("follows the book to the guard's band while it is limited", async () => {
    const { marks, lead, after } = await world();
    await lead(Phase.LIMITED);
    expect((await marks.markComponents(MARKET)).quoted).to.equal(wad(1_100));
    expect((await after(1)).mark).to.be.below(wad(1_100));
  });

  it("takes the index for the book while nobody can be held to a quote, and samples no premium", async () => {
    const { marks, lead, after, show } = await world();
    await show(1_000, 1_050);
    for (const seconds of [20, 20]) await after(seconds);
    const paused = await lead(Phase.PAUSED);
    expect((await marks.markComponents(MARKET)).quoted).to.equal(wad(1_000));
    const later = await after(200);
    expect(later.mark).to.be.below(paused.mark);
    expect(later.premium).to.be.below(paused.premium);
    expect((await after(100)).phase).to.equal(Phase.AUCTION);
    expect((await after(2_000)).mark - wad(1_000)).to.be.below(WAD / 1_000n);
  });

  it("keeps the mark in the tighter band of closed hours", async () => {
    const { marks, guard, show, after, networkHelpers } = await world();
    await guard.setMarket(MARKET, { ...GUARD, closedHours: 2n ** 168n - 1n - 1n });
    if ((await after(1)).phase !== Phase.CLOSED) await networkHelpers.time.increase(3_600);
    await show(1_090);
    await after(1);
    const price = await after(600);
    expect(price.phase).to.equal(Phase.CLOSED);
    expect(price.mark).to.be.at.most(wad(1_020));
    expect(price.mark).to.be.above(wad(1_019.99));
    const { high, quoted } = await marks.markComponents(MARKET);
    expect([high, quoted]).to.deep.equal([wad(1_020), wad(1_020)]);
  });

  it("learns nothing from the book while the index is not VALID, but lets time pass", async () => {
    const { lead, report, feed, after, show } = await world();
    await lead(Phase.PAUSED);
    await report(feed, 0);
    await show(1_000);
    expect((await after(300)).phase).to.equal(Phase.AUCTION);
  });

  it("names its guard by its authority only, and exchanges none during an auction", async () => {
    const { marks, guard, stranger, lead, ethers } = await world();
    await expect(marks.connect(stranger).setGuard(guard)).to.be.revertedWithCustomError(
      marks,
      "AccessManagedUnauthorized",
    );
    await expect(marks.connect(stranger).setPerpSource(MARKET, guard)).to.be.revertedWithCustomError(
      marks,
      "AccessManagedUnauthorized",
    );
    await lead(Phase.AUCTION);
    await expect(marks.setGuard(ethers.ZeroAddress))
      .to.be.revertedWithCustomError(marks, "AuctionUnderWay")
      .withArgs(MARKET);
  });

  it("opens a market that is held in the very block that takes its guard away, so that nothing waits for the next", async () => {
    const { marks, guard, lead, ethers, networkHelpers } = await world();
    await lead(Phase.LIMITED);
    /** The phase that whoever comes last in a block finds, if the guard is named in it after the block's price. */
    const named = async (target: string): Promise<bigint> => {
      await ethers.provider.send("evm_setAutomine", [false]);
      await marks.priceFor(MARKET, DEPOSIT);
      await marks.setGuard(target);
      await networkHelpers.mine();
      await ethers.provider.send("evm_setAutomine", [true]);
      const blockTag = await ethers.provider.getBlockNumber();
      return (await marks.peek(MARKET, { blockTag })).phase;
    };
    expect(await named(await guard.getAddress())).to.equal(Phase.LIMITED);
    expect(await named(ethers.ZeroAddress)).to.equal(Phase.OPEN);
  });

  it("is always open without a guard", async () => {
    const { marks, ethers, show, after } = await world();
    await marks.setGuard(ethers.ZeroAddress);
    await show(5_000);
    expect((await after(60)).phase).to.equal(Phase.OPEN);
  });
});

describe("The mark's components", () => {
  /** The same world with a perpetual elsewhere, reported by a feed of its own. */
  async function elsewhere() {
    const base = await world();
    const perp = await base.deployFeed({ heartbeat: 60n });
    await base.marks.setPerpSource(MARKET, perp.source);
    return { ...base, perp, say: (price: number) => base.report(perp, price) };
  }

  it("take a perpetual elsewhere for the third, and its word when it is the middle one", async () => {
    const { marks, show, say, after } = await elsewhere();
    await say(1_000);
    await after(1);
    await show(1_080);
    await say(1_030);
    const price = await after(1);
    const components = await marks.markComponents(MARKET);
    expect(components.perp).to.equal(wad(1_030));
    expect(components.active).to.equal(Component.PERP);
    expect(components.median).to.equal(wad(1_030));
    expect(price.mark).to.equal(wad(1_030));
  });

  it("fall back to the average of quotes while the perpetual elsewhere is silent, stale or wrong", async () => {
    const { marks, show, say, after, ethers, networkHelpers } = await elsewhere();
    await say(1_000);
    await after(1);
    await show(1_080);
    await networkHelpers.time.increase(61);
    const stale = await marks.markComponents(MARKET);
    expect(stale.perp).to.equal(0n);
    expect([Component.SMOOTHED_MID, Component.SMOOTHED_QUOTED]).to.include(stale.active);
    await marks.setPerpSource(MARKET, "0x000000000000000000000000000000000000dEaD");
    expect((await marks.markComponents(MARKET)).perp).to.equal(0n);
    const hostile = await ethers.deployContract("HostileFeed");
    await marks.setPerpSource(MARKET, hostile);
    await after(1);
    expect((await marks.markComponents(MARKET)).perp).to.equal(0n);
  });

  it("cannot be had without the perpetual elsewhere by supplying little gas", async () => {
    const { marks, say, networkHelpers, ethers } = await elsewhere();
    await say(1_000);
    await networkHelpers.mine();
    await expect(marks.priceFor(MARKET, OPEN, { gasLimit: 230_000n })).to.revert(ethers);
  });

  it("name the median and the clamp that holds the mark from it", async () => {
    const { marks, show, after, report, feed, deployFeed } = await world({ band: 20_000n, speed: 100n });
    await show(1_000);
    await after(1);
    const still = await marks.markComponents(MARKET);
    expect([still.active, still.clamp]).to.deep.equal([Component.QUOTED, Clamp.NONE]);
    await show(1_010);
    await after(1);
    const fast = await marks.markComponents(MARKET);
    expect(fast.clamp).to.equal(Clamp.SPEED);
    expect(fast.median).to.be.above(fast.mark);
    const perp = await deployFeed({ heartbeat: HEARTBEAT });
    await marks.setPerpSource(MARKET, perp.source);
    await report(perp, 1_050);
    await report(feed, 1_000);
    await show(1_050);
    await after(9_000);
    const banded = await marks.markComponents(MARKET);
    expect(banded.clamp).to.equal(Clamp.BAND);
    expect(banded.mark).to.equal(banded.high);
  });

  it("are none while the index moves nothing", async () => {
    const { marks, after, report, feed } = await world();
    await after(1);
    await report(feed, 0);
    const { active, clamp, median, mark } = await marks.markComponents(MARKET);
    expect([active, clamp, median, mark]).to.deep.equal([Component.NONE, Clamp.NONE, 0n, wad(1_000)]);
  });
});
