import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { uniformInt } from "pure-rand/distribution/uniformInt";

import { HEARTBEAT, loadMark, MARK_CONFIG, type Shown } from "../support/mark.js";
import { MARKET, Status, TOLERANT, wad, WAD } from "../support/prices.js";

const DEPOSIT = 0;
const CANCEL = 1;
const REDUCE = 2;
const OPEN = 3;
const VALID = 0n;
const UNCERTAIN = 1n;
const STALE = 2n;
const INVALID = 3n;
const NAMES = ["DEPOSIT", "CANCEL", "REDUCE", "OPEN", "WITHDRAW", "LIQUIDATE", "DELEVERAGE", "VAULT"];

/** A speed limit that never binds. */
const FAST = { speed: 1_000_000n };

/** Within a part in 10^9, which is what a chain of a hundred exponentials keeps. */
function near(actual: bigint, expected: number): void {
  expect(Math.abs(Number(actual) / 1e18 / expected - 1)).to.be.below(1e-9);
}

describe("The mark", () => {
  describe("at first", () => {
    it("is the index, whatever the book says", async () => {
      const { show, after } = await loadMark();
      await show({ bid: wad(1_020), ask: wad(1_022), last: wad(1_021) });
      const price = await after(1);
      expect(price.mark).to.equal(wad(1_000));
      expect(price.index).to.equal(wad(1_000));
      expect(price.premium).to.equal(0n);
      expect(price.validity).to.equal(VALID);
    });

    it("needs a VALID index, but lets deposits and cancels pass without one", async () => {
      const { marks, report, feeds, reportOn } = await loadMark();
      await reportOn(feeds[0], 1_100);
      for (const action of [REDUCE, OPEN, 4, 5, 6, 7]) {
        await expect(marks.priceFor(MARKET, action))
          .to.be.revertedWithCustomError(marks, "PriceNotUsable")
          .withArgs(MARKET, action, UNCERTAIN, await feeds[1].source.getAddress(), Status.OUTLIER);
      }
      for (const action of [DEPOSIT, CANCEL]) {
        const price = await marks.priceFor.staticCall(MARKET, action);
        expect(price.mark).to.equal(0n);
        await expect(marks.priceFor(MARKET, action)).not.to.emit(marks, "PriceUpdated");
      }
      expect((await marks.peek(MARKET)).mark).to.equal(0n);
      await report(1_000);
      await expect(marks.priceFor(MARKET, OPEN)).to.emit(marks, "PriceUpdated");
    });

    it("does not exist in a market that is not set up", async () => {
      const { marks } = await loadMark();
      await expect(marks.priceFor(3, REDUCE))
        .to.be.revertedWithCustomError(marks, "PriceNotUsable")
        .withArgs(3, REDUCE, INVALID, ZeroAddress, Status.UNCONFIGURED);
    });

    it("is the index for ever while there is no book", async () => {
      const { marks, ethers, after, report } = await loadMark(FAST);
      await marks.setOrderBook(ethers.ZeroAddress);
      await after(60);
      await report(1_030);
      expect((await after(60)).mark).to.equal(wad(1_030));
    });
  });

  describe("within a block", () => {
    it("is computed once, from the book the block found, and nothing done in the block moves it", async () => {
      const { marks, quotes, feeds, provider, networkHelpers, show } = await loadMark(FAST);
      await marks.priceFor(MARKET, OPEN);
      await show({ bid: wad(1_004), ask: wad(1_006), last: wad(1_005) });
      await provider.request({ method: "evm_setAutomine", params: [false] });
      const gasLimit = 1_000_000n;
      const first = await marks.priceFor(MARKET, OPEN, { gasLimit });
      const wild = { bid: wad(1_500), ask: wad(1_501), last: wad(1_500), impactBid: wad(1_500), impactAsk: wad(1_501) };
      await quotes.show(wild, { gasLimit });
      await feeds[0].aggregator.report(50_000_000_000n, { gasLimit });
      const second = await marks.priceFor(MARKET, OPEN, { gasLimit });
      await networkHelpers.mine();
      await provider.request({ method: "evm_setAutomine", params: [true] });
      const [one, two] = [(await first.wait())!, (await second.wait())!];
      expect(one.blockNumber).to.equal(two.blockNumber);
      expect(one.logs).to.have.length(1);
      expect(two.logs).to.have.length(0);
      const price = await marks.peek(MARKET);
      expect(price.validity).to.equal(VALID);
      expect(price.mark).to.be.below(wad(1_006));
    });
  });

  describe("as the median of three", () => {
    it("gives the averages their weight by time: 7.7 % after 12 s, 33 % after 60 s, 63 % after 150 s", async () => {
      for (const [seconds, share] of [
        [12, 0.0769],
        [60, 0.3297],
        [150, 0.6321],
      ] as const) {
        const { marks, standing } = await loadMark(FAST);
        await standing({ bid: wad(1_009), ask: wad(1_011), last: wad(1_010) }, seconds);
        const { smoothedMid, smoothedQuoted, quoted } = await marks.markComponents(MARKET);
        near(smoothedMid, 1_000 + 10 * (1 - Math.exp(-seconds / 150)));
        near(smoothedQuoted, 1_000 + 10 * (1 - Math.exp(-seconds / 30)));
        expect(Math.abs((Number(smoothedMid) / 1e18 - 1_000) / 10 - share)).to.be.below(0.0001);
        expect(quoted).to.equal(wad(1_010));
      }
    });

    it("comes to the same whether it is computed once or every second", async () => {
      const book = { bid: wad(1_009), ask: wad(1_011), last: wad(1_010) };
      const once = await loadMark(FAST);
      await once.standing(book, 61);
      const often = await loadMark(FAST);
      await often.standing(book, 2);
      for (let i = 0; i < 59; ++i) await often.after(1);
      const [a, b] = [await once.marks.markComponents(MARKET), await often.marks.markComponents(MARKET)];
      near(a.smoothedMid, Number(b.smoothedMid) / 1e18);
      near(a.smoothedQuoted, Number(b.smoothedQuoted) / 1e18);
    });

    it("takes the middle one, be it the slow average, the quick one or the quoted price", async () => {
      const { marks, standing, after } = await loadMark(FAST);
      // Just after a step the quick average lies between the slow one and the quotes.
      let price = await standing({ bid: wad(1_009), ask: wad(1_011), last: wad(1_010) }, 12);
      expect(price.mark).to.equal((await marks.markComponents(MARKET)).smoothedQuoted);
      await after(1_000);
      // Just after a step back the slow one is far above, the quotes far below: still the quick one.
      price = await standing({ bid: wad(989), ask: wad(991), last: wad(990) }, 60);
      expect(price.mark).to.equal((await marks.markComponents(MARKET)).smoothedQuoted);
      // A quoted price between the two averages is the mark itself.
      const before = await marks.markComponents(MARKET);
      expect(before.smoothedMid > before.smoothedQuoted).to.equal(true);
      const between = (before.smoothedMid + before.smoothedQuoted) / 2n;
      price = await standing({ bid: between - WAD, ask: between + WAD, last: between }, 2);
      expect(price.mark).to.equal(between);
    });

    it("lets the slow average be the middle one when the last trade and the mid disagree", async () => {
      const { marks, standing } = await loadMark({ ...FAST, midTau: 60n, quoteTau: 600n });
      const price = await standing({ bid: wad(1_009), ask: wad(1_011), last: wad(1_010) }, 60);
      expect(price.mark).to.equal((await marks.markComponents(MARKET)).smoothedMid);
    });

    it("quotes the middle one of bid, ask and last trade, and the mid before any trade", async () => {
      const { marks, show, after } = await loadMark();
      await after(1);
      const cases: [bigint, bigint][] = [
        [wad(1_005), wad(1_005)],
        [wad(900), wad(1_000)],
        [wad(1_100), wad(1_010)],
        [0n, wad(1_005)],
      ];
      for (const [last, quoted] of cases) {
        await show({ bid: wad(1_000), ask: wad(1_010), last });
        expect((await marks.markComponents(MARKET)).quoted).to.equal(quoted);
      }
    });

    it("lets both averages decay towards the index while the book lacks a side", async () => {
      const { marks, standing } = await loadMark(FAST);
      const book = { bid: wad(1_009), ask: wad(1_011), last: wad(1_010) };
      await standing(book, 3_600);
      for (const gone of [{ ...book, ask: 0n }, { ...book, bid: 0n }, {}]) {
        await standing(book, 3_600);
        const price = await standing(gone, 30);
        const { smoothedMid, smoothedQuoted, quoted } = await marks.markComponents(MARKET);
        expect(quoted).to.equal(wad(1_000));
        near(smoothedMid, 1_000 + 10 * Math.exp(-30 / 150));
        near(smoothedQuoted, 1_000 + 10 * Math.exp(-30 / 30));
        expect(price.mark).to.equal(smoothedQuoted);
      }
      expect((await standing({}, 36_000)).mark).to.equal(wad(1_000));
    });
  });

  describe("within limits", () => {
    it("lets no quote into an average beyond the band, nor the mark out of it", async () => {
      const { marks, standing } = await loadMark(FAST);
      const price = await standing({ bid: wad(9_000), ask: wad(9_100), last: wad(9_050) }, 3_600);
      expect(price.mark).to.be.at.most(wad(1_050));
      near(price.mark, 1_050);
      const floor = await standing({ bid: 1n, ask: 2n, last: 1n }, 36_000);
      expect(floor.mark).to.be.at.least(wad(950));
      near(floor.mark, 950);
      const { low, high } = await marks.markComponents(MARKET);
      expect([low, high]).to.deep.equal([wad(950), wad(1_050)]);
    });

    it("moves by no more than its speed limit, however often it is computed", async () => {
      const { report, after } = await loadMark();
      await after(1);
      await report(1_040);
      let last = (await after(1)).mark;
      for (const seconds of [1, 1, 3, 1]) {
        const { mark } = await after(seconds);
        expect(mark - last).to.equal((last * 3_333n * BigInt(seconds)) / 1_000_000n);
        last = mark;
      }
    });

    it("reaches an index that jumped 20 % from outside the band at full speed and stays there", async () => {
      const { report, after, networkHelpers } = await loadMark();
      await after(1);
      const start = await networkHelpers.time.latest();
      await report(1_200);
      for (;;) {
        const price = await after(1);
        if (price.mark === price.index) break;
        expect(price.mark).to.be.below(price.index);
      }
      // 1.003333^n >= 1.2 first at n = 55, and the two reports took one block of two seconds instead of two.
      expect((await networkHelpers.time.latest()) - start).to.be.within(54, 56);
      expect((await after(1)).mark).to.equal(wad(1_200));
    });

    it("stays inside both for any sequence of quotes, prices and pauses", async () => {
      const generator = xoroshiro128plus(20_251_010);
      const draw = (low: number, high: number) => uniformInt(generator, low, high);
      const { marks, show, report, after, networkHelpers } = await loadMark();
      await after(1);
      let index = 1_000;
      let last = await marks.peek(MARKET);
      let lastAt = await networkHelpers.time.latest();
      for (let i = 0; i < 250; ++i) {
        if (draw(0, 3) === 0) index = Math.max(1, Math.round(index * (draw(80, 125) / 100)));
        await report(index);
        const middle = index * (draw(0, 9) === 0 ? draw(1, 5_000) / 1_000 : draw(900, 1_100) / 1_000);
        const empty = draw(0, 9);
        await show({
          bid: empty === 0 ? 0n : wad(middle * 0.999),
          ask: empty === 1 ? 0n : wad(middle * 1.001),
          last: empty === 2 ? 0n : wad(middle * (draw(500, 1_500) / 1_000)),
          impactBid: wad(middle * 0.99),
          impactAsk: wad(middle * 1.01),
        });
        const price = await after(draw(1, 40));
        const at = await networkHelpers.time.latest();
        const room = (last.mark * MARK_CONFIG.speed * BigInt(at - lastAt)) / 1_000_000n;
        const moved = price.mark > last.mark ? price.mark - last.mark : last.mark - price.mark;
        expect(moved).to.be.at.most(room);
        const edge = (price.index * MARK_CONFIG.band) / 1_000_000n;
        if (price.mark > price.index + edge) expect(last.mark - price.mark).to.equal(room);
        if (price.mark < price.index - edge) expect(price.mark - last.mark).to.equal(room);
        const premium = price.premium < 0n ? -price.premium : price.premium;
        expect(premium).to.be.at.most((WAD * MARK_CONFIG.band) / 1_000_000n);
        [last, lastAt] = [price, at];
      }
    });

    it("holds for the lowest and the highest price there may be", async () => {
      for (const price of [10n ** 6n, 10n ** 26n]) {
        const { marks, oracle, ethers, show, after, networkHelpers } = await loadMark({ ...FAST, band: 500_000n });
        const feed = await ethers.deployContract("HostileFeed");
        const now = BigInt(await networkHelpers.time.latest());
        await oracle.setSources(MARKET, [{ source: feed, gasLimit: 100_000n, maxDepth: 1n, interval: 0n }], TOLERANT);
        const words = [0n, price, 0n, now, WAD];
        await feed.behave(
          0,
          ethers.AbiCoder.defaultAbiCoder().encode(
            words.map(() => "uint256"),
            words,
          ),
        );
        await after(1);
        const most = (1n << 128n) - 1n;
        await show({ bid: most - 1n, ask: most, last: most, impactBid: most, impactAsk: most });
        await after(36_000);
        expect((await after(36_000)).mark).to.be.within((price * 149n) / 100n, (price * 150n) / 100n);
        await show({ bid: 1n, ask: 2n, last: 1n, impactBid: 1n, impactAsk: 2n });
        await after(36_000);
        expect((await after(36_000)).mark).to.be.within(price / 2n, (price * 51n) / 100n);
        expect((await marks.peek(MARKET)).premium).to.be.below(-(4n * WAD) / 10n);
      }
    });
  });

  describe("premium", () => {
    it("is (max(0, impact bid - index) - max(0, index - impact ask)) / index, averaged over an hour", async () => {
      const cases: [Shown, number][] = [
        [{ impactBid: wad(1_002), impactAsk: wad(1_004) }, 0.002],
        [{ impactBid: wad(994), impactAsk: wad(997) }, -0.003],
        [{ impactBid: wad(999), impactAsk: wad(1_001) }, 0],
        [{ impactBid: wad(1_002), impactAsk: 0n }, 0.002],
        [{ impactBid: 0n, impactAsk: wad(997) }, -0.003],
        [{}, 0],
        [{ impactBid: wad(5_000), impactAsk: wad(5_001) }, 0.05],
        [{ impactBid: 1n, impactAsk: 2n }, -0.05],
      ];
      for (const [shown, sample] of cases) {
        const { marks, standing } = await loadMark();
        await marks.priceFor(MARKET, OPEN);
        const { premium } = await standing(shown, 3_599);
        const expected = sample * (1 - Math.exp(-3_600 / 3_600));
        expect(Math.abs(Number(premium) / 1e18 - expected)).to.be.below(sample === 0 ? 1e-12 : 2e-5 * Math.abs(sample));
      }
    });

    it("is sampled no more often than its interval, and never under an UNCERTAIN index", async () => {
      const { show, after, report, feeds, reportOn } = await loadMark(FAST);
      await after(1);
      await show({ impactBid: wad(1_010), impactAsk: wad(1_011) });
      expect((await after(50)).premium).to.equal(0n);
      const sampled = (await after(20)).premium;
      expect(sampled).to.be.above(0n);
      expect((await after(30)).premium).to.equal(sampled);
      await reportOn(feeds[0], 1_100);
      expect((await after(120)).validity).to.equal(UNCERTAIN);
      expect((await after(120)).premium).to.equal(sampled);
      await report(1_000);
      expect((await after(1)).premium).to.be.above(sampled);
    });
  });

  describe("by validity", () => {
    /** The market, priced once, with an index of the given validity from then on. */
    async function judged(validity: bigint) {
      const base = await loadMark();
      await base.after(1);
      if (validity === UNCERTAIN) await reportApart(base);
      if (validity === STALE) await base.networkHelpers.time.increase(HEARTBEAT + 1n);
      if (validity === INVALID) await base.report(0);
      return base;
    }

    async function reportApart({ feeds }: Awaited<ReturnType<typeof loadMark>>) {
      await feeds[0].aggregator.report(103_000_000_000n);
      await feeds[1].aggregator.report(97_000_000_000n);
    }

    const failure = [Status.OK, Status.OUTLIER, Status.STALE, Status.NOT_POSITIVE];
    const ladder: [bigint, string][] = [
      [VALID, "yyyyyyyy"],
      [UNCERTAIN, "yyynyynn"],
      [STALE, "yyynnnnn"],
      [INVALID, "yyynnnnn"],
    ];
    for (const [validity, answers] of ladder) {
      it(`answers each action as the ladder says when the index is ${["VALID", "UNCERTAIN", "STALE", "INVALID"][Number(validity)]!}`, async () => {
        const { marks, feeds } = await judged(validity);
        // Of two sources equally far from their mean, the lower one is named.
        const blamed = await feeds[validity === UNCERTAIN ? 1 : 0].source.getAddress();
        for (const [action, name] of NAMES.entries()) {
          if (answers[action] === "y") {
            const price = await marks.priceFor.staticCall(MARKET, action);
            expect(price.validity, name).to.equal(validity);
            expect(price.mark, name).to.equal(wad(1_000));
          } else {
            await expect(marks.priceFor(MARKET, action), name)
              .to.be.revertedWithCustomError(marks, "PriceNotUsable")
              .withArgs(MARKET, action, validity, blamed, failure[Number(validity)]!);
          }
        }
      });
    }

    it("gives an UNCERTAIN price with its confidence, rounded up to 0.01 % of the index", async () => {
      const { marks } = await judged(UNCERTAIN);
      const price = await marks.priceFor.staticCall(MARKET, 4);
      expect(price.confidence).to.equal(wad(30));
    });

    for (const validity of [STALE, INVALID]) {
      it(`holds mark, index, averages and premium while the index is ${validity === STALE ? "STALE" : "INVALID"}`, async () => {
        const base = await loadMark(FAST);
        const { marks, standing, after, show, networkHelpers } = base;
        const good = await standing({ bid: wad(1_009), ask: wad(1_011), last: wad(1_010) }, 30);
        if (validity === STALE) await networkHelpers.time.increase(HEARTBEAT);
        else await base.report(-1);
        await show({ bid: wad(1_030), ask: wad(1_031), last: wad(1_030) });
        const held = await after(60);
        expect(held.validity).to.equal(validity);
        expect([held.mark, held.index, held.premium]).to.deep.equal([good.mark, good.index, good.premium]);
        expect((await marks.markComponents(MARKET)).mark).to.equal(good.mark);
        expect((await marks.markComponents(MARKET)).high).to.equal(0n);
        await show({ bid: wad(1_009), ask: wad(1_011), last: wad(1_010) });
        await base.report(1_000);
        expect((await after(1)).validity).to.equal(VALID);
        const { smoothedMid } = await marks.markComponents(MARKET);
        expect(smoothedMid).to.be.within(wad(1_000), wad(1_010));
      });
    }
  });

  it("shows by peek what priceFor would give in the same block", async () => {
    const { marks, show, report, networkHelpers, after } = await loadMark();
    await after(1);
    await show({ bid: wad(1_009), ask: wad(1_011), last: wad(1_010), impactBid: wad(1_008), impactAsk: wad(1_012) });
    await report(1_003);
    await networkHelpers.time.increase(100);
    const seen = await marks.peek(MARKET);
    const given = await marks.priceFor.staticCall(MARKET, OPEN);
    expect([...seen]).to.deep.equal([...given]);
    expect(given.premium).to.be.above(0n);
  });

  it("is set up by its authority only, and refuses unsafe parameters", async () => {
    const { marks, stranger, quotes } = await loadMark();
    const refused = (parameter: string, value: bigint, change: object, market = MARKET) =>
      expect(marks.setMarket(market, { ...MARK_CONFIG, ...change }))
        .to.be.revertedWithCustomError(marks, "ParameterOutOfRange")
        .withArgs(
          parameter,
          value,
          () => true,
          () => true,
        );
    await refused("market", 16n, {}, 16);
    await refused("band", 999n, { band: 999n });
    await refused("band", 500_001n, { band: 500_001n });
    await refused("speed", 9n, { speed: 9n });
    await refused("speed", 1_000_001n, { speed: 1_000_001n });
    await refused("midTau", 0n, { midTau: 0n });
    await refused("quoteTau", 0n, { quoteTau: 0n });
    await refused("premiumTau", 0n, { premiumTau: 0n });
    await refused("premiumInterval", 0n, { premiumInterval: 0n });
    await refused("premiumInterval", 3_601n, { premiumInterval: 3_601n });
    await refused("impactNotional", 0n, { impactNotional: 0n });
    await refused("impactOrders", 0n, { impactOrders: 0n });
    await refused("impactOrders", 65n, { impactOrders: 65n });
    for (const call of [
      marks.connect(stranger).setMarket(MARKET, MARK_CONFIG),
      marks.connect(stranger).setOrderBook(quotes),
    ]) {
      await expect(call).to.be.revertedWithCustomError(marks, "AccessManagedUnauthorized").withArgs(stranger.address);
    }
    await expect(marks.setMarket(MARKET, MARK_CONFIG)).to.emit(marks, "MarketSet");
    await expect(marks.setOrderBook(quotes)).to.emit(marks, "OrderBookSet").withArgs(quotes);
    expect((await marks.configOf(MARKET)).band).to.equal(MARK_CONFIG.band);
  });
});
