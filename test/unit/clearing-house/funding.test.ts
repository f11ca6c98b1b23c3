import { expect } from "chai";

import { loadLedger, MARKET, networkHelpers, START, WAD, wad } from "../../support/ledger.js";

const { time } = networkHelpers;
const HOUR = 3_600;
const ONE_PERCENT = 10n ** 16n;

/** Alice is long 2 and Bob short 2 at 2,000 since `at`, under a premium. */
async function open2(premium: bigint) {
  const fixture = await loadLedger();
  const { open, meet, setPrice, alice, bob } = fixture;
  const long = await open(alice, 10_000);
  const short = await open(bob, 10_000);
  await setPrice({ premium });
  await meet(long, short, 2n * WAD);
  return { ...fixture, long, short, at: await time.latest() };
}

describe("Funding", () => {
  for (const [name, premium, perBase] of [
    // Rate per 8 h: P + clamp(0.01 % - P, +-0.05 %); an hour is an eighth; index 2,000.
    ["a premium of 1 % costs a long 2.375 a base and hour (0.95 % / 8)", ONE_PERCENT, wad("2.375")],
    ["a premium of -1 % costs a short as much", -ONE_PERCENT, wad("-2.375")],
    ["no premium costs a long 0.01 % in 8 h", 0n, wad("0.025")],
    ["a premium inside the clamp costs the same 0.01 %", 5n * 10n ** 14n, wad("0.025")],
    ["a premium of -0.05 % costs nothing", -5n * 10n ** 14n, 0n],
    ["the cap is 4 % an hour", WAD / 2n, wad("80")],
    ["the cap holds the other way", -WAD, wad("-80")],
  ] as const) {
    it(name, async () => {
      const { house, cashOf, positionOf, long, short, at } = await open2(premium);
      const { fundingIndex } = await house.marketState(MARKET);
      await time.setNextBlockTimestamp(at + HOUR);
      await house.poke(long, MARKET);
      const due = 2n * perBase;
      expect(await cashOf(long)).to.equal(10_000n * WAD - due);
      expect((await positionOf(long)).size).to.equal(2n * WAD);
      const state = await house.marketState(MARKET);
      // The index keeps 27 decimals, rounded towards zero at each accrual.
      expect(state.fundingIndex - fundingIndex).to.be.closeTo(perBase * 10n ** 9n, 1n);
      expect(state.fundingAt).to.equal(at + HOUR);
      // The other side is shown what it would get, before it is touched.
      expect((await positionOf(short)).pending).to.equal(due);
    });
  }

  it("of an hour moves 4.75 from a long of 2 to a short of 2", async () => {
    const { house, cashOf, positionOf, long, short, at } = await open2(ONE_PERCENT);
    await time.increaseTo(at + HOUR);
    expect((await positionOf(long)).pending).to.equal(wad("-4.75"));
    expect((await positionOf(short)).pending).to.equal(wad("4.75"));
    expect((await house.health(long)).equity).to.equal(wad("9995.25"));
    expect((await house.health(short)).equity).to.equal(wad("10004.75"));
    expect(await cashOf(short)).to.equal(10_000n * WAD);
  });

  it("is the same touched every ten minutes or once", async () => {
    const { house, cashOf, long, short, at } = await open2(ONE_PERCENT);
    for (let minutes = 10; minutes < 60; minutes += 10) {
      await time.setNextBlockTimestamp(at + minutes * 60);
      await house.poke(long, MARKET);
    }
    await time.setNextBlockTimestamp(at + HOUR);
    await house.multicall([
      house.interface.encodeFunctionData("poke", [long, MARKET]),
      house.interface.encodeFunctionData("poke", [short, MARKET]),
    ]);
    const paid = 10_000n * WAD - (await cashOf(long));
    const received = (await cashOf(short)) - 10_000n * WAD;
    // Each of six touches may round one wei against the long; the short gets no more than was paid.
    expect(paid).to.be.closeTo(wad("4.75"), 6n);
    expect(received).to.be.closeTo(wad("4.75"), 6n);
    expect(received).to.be.lessThanOrEqual(paid);
  });

  it("never pays out more than it took, at odd sizes and times", async () => {
    const { house, open, meet, setPrice, equityOf, alice, bob } = await loadLedger();
    const long = await open(alice, 10_000);
    const short = await open(bob, 10_000);
    await setPrice({ premium: 3_333_333_333_333_333n });
    await meet(long, short, 1_234_567_890_123_456_789n);
    for (const seconds of [1, 7, 61, 3_599]) {
      await time.increase(seconds);
      await house.poke(short, MARKET);
      const sum = (await equityOf(long)) + (await equityOf(short));
      expect(sum).to.be.lessThanOrEqual(20_000n * WAD);
      expect(sum).to.be.greaterThan(20_000n * WAD - 20n);
    }
  });

  it("counts against withdrawals before it is settled, and for them only after", async () => {
    const { house, long, short, at } = await open2(ONE_PERCENT);
    await time.increaseTo(at + HOUR);
    // 10,000 - 4.75 - 20 % of 4,000, and 10,000 - 800 + 4.75.
    expect(await house.withdrawable(long)).to.equal(wad("9195.25"));
    expect(await house.withdrawable(short)).to.equal(wad("9204.75"));
    // The gain is never withdrawn as cash before the touch: at most 10,000 even with nothing to keep.
    expect((await house.health(short)).cash).to.equal(wad("10004.75"));
  });

  it("after a tear-up of one side is weighted with what is left of it", async () => {
    const fixture = await loadLedger();
    const { house, engine, open, meet, setPrice, equityOf, alice, bob, carol } = fixture;
    const long = await open(alice, 10_000);
    const torn = await open(bob, 10_000);
    const short = await open(carol, 10_000);
    await meet(long, torn, WAD);
    await meet(long, short, WAD);
    await setPrice({ mark: 2_200n * WAD });
    await house.connect(engine).deleverage(torn, MARKET, -WAD, 2_200n * WAD, 0n, 10n);
    // Long 1 (A = 1/2) against short 1. An hour at 1 % over 2,200: 2,200 * 0.95 % / 8 = 2.6125 a base.
    await setPrice({ mark: 2_200n * WAD, premium: ONE_PERCENT });
    await house.poke(long, MARKET);
    const at = await time.latest();
    const before = [await equityOf(long), await equityOf(short)] as const;
    await time.increaseTo(at + HOUR);
    expect((await equityOf(long)) - before[0]).to.be.closeTo(wad("-2.6125"), 2n);
    expect((await equityOf(short)) - before[1]).to.be.closeTo(wad("2.6125"), 2n);
    expect((await equityOf(long)) + (await equityOf(short)) + (await equityOf(torn))).to.be.lessThanOrEqual(
      30_000n * WAD,
    );
  });

  it("no longer touches a generation that was torn up whole", async () => {
    const { house, engine, open, meet, setPrice, positionOf, alice, bob } = await loadLedger();
    const long = await open(alice, 10_000);
    const short = await open(bob, 10_000);
    await meet(long, short, WAD);
    await setPrice({ mark: 2_200n * WAD, premium: ONE_PERCENT });
    await house.connect(engine).deleverage(short, MARKET, -WAD, 2_200n * WAD, 0n, 10n);
    const { pending, size } = await positionOf(long);
    expect(size).to.equal(0n);
    await time.increase(100 * HOUR);
    expect((await positionOf(long)).pending).to.equal(pending);
  });

  it("starts with the listing, not with the epoch", async () => {
    const { house, config, prices, open, meet, positionOf, alice, bob } = await loadLedger();
    const price = { mark: START, index: START, premium: ONE_PERCENT, confidence: 0n, validity: 0n, phase: 0n };
    await prices.setPrice(7, price);
    await house.listMarket(7, config);
    const listed = await time.latest();
    expect((await house.marketState(7)).fundingAt).to.equal(listed);
    const long = await open(alice, 10_000);
    await meet(long, await open(bob, 10_000), WAD, START, 7);
    expect((await positionOf(long, 7)).pending).to.equal(0n);
  });
});
