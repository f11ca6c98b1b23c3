import { expect } from "chai";

import { loadLedger, MARKET, OTHER_MARKET, START, Validity, WAD, wad } from "../../support/ledger.js";

/** Alice takes; Bob and Carol make, with 200 and 10,000. */
async function makers() {
  const fixture = await loadLedger();
  const { open, alice, bob, carol } = fixture;
  return { ...fixture, taker: await open(alice, 10_000), poor: await open(bob, 200), rich: await open(carol, 10_000) };
}

describe("A maker's resting order", () => {
  it("that would fail its margin is rejected and released whole, and the next one is filled", async () => {
    const { house, rest, settle, rejectedOf, setPrice, positionOf, taker, poor, rich } = await makers();
    await rest(poor, false, WAD);
    await rest(rich, false, WAD);
    // At 2,100, selling 1 at 2,000 loses 100: equity 100 of the 210 it takes.
    await setPrice({ mark: 2_100n * WAD });
    const trade = {
      taker,
      buy: true,
      fills: [
        { maker: poor, size: WAD / 2n, resting: WAD },
        { maker: rich, size: WAD },
      ],
    };
    expect(await rejectedOf(trade)).to.equal(0b01n);
    await settle(trade);
    expect((await positionOf(poor)).size).to.equal(0n);
    expect((await house.reservation(poor, MARKET)).asks).to.equal(0n);
    expect((await positionOf(rich)).size).to.equal(-WAD);
    expect((await positionOf(taker)).size).to.equal(WAD);
  });

  it("is filled at exactly its initial margin", async () => {
    const { meet, positionOf, taker, poor } = await makers();
    await meet(taker, poor, WAD);
    expect((await positionOf(poor)).size).to.equal(-WAD);
  });

  it("of an older epoch is rejected and releases nothing", async () => {
    const { house, book, rest, rejectedOf, settle, carol, taker, rich } = await makers();
    const epoch = await rest(rich, false, WAD);
    await house.connect(book).releaseAll(rich, MARKET, carol);
    await rest(rich, false, 2n * WAD);
    const trade = { taker, buy: true, fills: [{ maker: rich, size: WAD, epoch }] };
    expect(await rejectedOf(trade)).to.equal(1n);
    await settle(trade);
    expect((await house.reservation(rich, MARKET)).asks).to.equal(2n * WAD);
  });

  it("of the taker itself is cancelled, not filled", async () => {
    const { house, rest, rejectedOf, settle, positionOf, taker } = await makers();
    await rest(taker, false, WAD);
    const trade = { taker, buy: true, fills: [{ maker: taker, size: WAD / 2n, resting: WAD }] };
    expect(await rejectedOf(trade)).to.equal(1n);
    await settle(trade);
    expect((await house.reservation(taker, MARKET)).asks).to.equal(0n);
    expect((await positionOf(taker)).size).to.equal(0n);
  });

  it("filled in part keeps the rest reserved, bids and asks apart", async () => {
    const { house, rest, settle, taker, rich } = await makers();
    await rest(rich, true, 5n * WAD);
    await rest(rich, false, 5n * WAD);
    await settle({ taker, buy: false, fills: [{ maker: rich, size: 2n * WAD, resting: 5n * WAD }] });
    const left = await house.reservation(rich, MARKET);
    expect(left.bids).to.equal(3n * WAD);
    expect(left.asks).to.equal(5n * WAD);
  });

  it("that only reduces is rejected where it would open, flip or add", async () => {
    const { house, meet, rest, rejectedOf, taker, poor, rich } = await makers();
    await rest(rich, false, 9n * WAD);
    const sell = (size: bigint) => ({ taker, buy: true, fills: [{ maker: rich, size, reduceOnly: true }] });
    expect(await rejectedOf(sell(WAD))).to.equal(1n);
    await meet(rich, poor, WAD);
    expect(await rejectedOf(sell(WAD))).to.equal(0n);
    expect(await rejectedOf(sell(WAD + 1n))).to.equal(1n);
    await rest(rich, true, WAD);
    const buy = { taker, buy: false, fills: [{ maker: rich, size: WAD, reduceOnly: true }] };
    expect(await rejectedOf(buy)).to.equal(1n);
    expect((await house.reservation(rich, MARKET)).asks).to.equal(9n * WAD);
  });

  it("that reduces below maintenance is filled unless the price would worsen the margin ratio", async () => {
    const { meet, rest, rejectedOf, setPrice, open, dave, taker, rich } = await makers();
    const maker = await open(dave, 1_000);
    await meet(maker, rich, 5n * WAD);
    await rest(maker, false, 5n * WAD);
    // Equity 250 of 462.5 at 1,850; selling 1 is no worse down to 1,800 (see settle.test.ts).
    await setPrice({ mark: 1_850n * WAD });
    const at = (price: bigint) => ({ taker, buy: true, fills: [{ maker, size: WAD, price, resting: 5n * WAD }] });
    expect(await rejectedOf(at(1_800n * WAD))).to.equal(0n);
    expect(await rejectedOf(at(1_800n * WAD - 1n))).to.equal(1n);
  });

  it("that opens is rejected in a market that only reduces; one that closes is filled", async () => {
    const { house, meet, rest, rejectedOf, settle, positionOf, taker, poor, rich } = await makers();
    await meet(taker, rich, WAD);
    await rest(poor, true, WAD);
    await rest(rich, true, WAD);
    await house.restrictMarket(MARKET);
    const sale = (maker: bigint) => ({ taker, buy: false, reduceOnly: true, fills: [{ maker, size: WAD }] });
    expect(await rejectedOf(sale(poor))).to.equal(1n);
    await settle(sale(rich));
    expect((await positionOf(taker)).size).to.equal(0n);
    expect((await positionOf(rich)).size).to.equal(0n);
  });

  it("is charged the maker's fee out of its margin", async () => {
    const { configure, rest, settle, rejectedOf, cashOf, house, taker, poor, rich } = await makers();
    await rest(poor, false, WAD);
    await rest(rich, false, WAD);
    await configure({ makerFee: 200n, takerFee: 500n });
    const fills = [
      { maker: poor, size: WAD },
      { maker: rich, size: WAD },
    ];
    // Bob has exactly the margin, and not the 0.02 % of 2,000 = 0.4 on top.
    expect(await rejectedOf({ taker, buy: true, fills })).to.equal(0b01n);
    await settle({ taker, buy: true, fills });
    expect(await cashOf(rich)).to.equal(wad("9999.6"));
    expect(await cashOf(taker)).to.equal(wad("9999"));
    expect(await house.feesAccrued()).to.equal(wad("1.4"));
  });

  it("never stops a liquidation because another of the maker's markets has no good price", async () => {
    const { meet, rest, settle, setPrice, positionOf, open, book, dave, taker, rich } = await makers();
    const victim = await open(dave, 1_000);
    await meet(victim, rich, 5n * WAD);
    await meet(taker, rich, WAD, START, OTHER_MARKET);
    await rest(taker, true, 5n * WAD);
    await setPrice({ mark: 1_850n * WAD });
    await setPrice({ validity: Validity.STALE }, OTHER_MARKET);
    await settle({
      taker: victim,
      buy: false,
      reduceOnly: true,
      liquidation: true,
      caller: book.address,
      fills: [{ maker: taker, size: 5n * WAD, price: 1_850n * WAD }],
    });
    expect((await positionOf(victim)).size).to.equal(0n);
    expect((await positionOf(taker)).size).to.equal(5n * WAD);
  });
});
