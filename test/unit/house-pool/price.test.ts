import { expect } from "chai";

import { loadHouse, priceAt } from "../../support/house.js";
import { MARKET, Validity, WAD, wad } from "../../support/ledger.js";
import { DUST, isClose } from "../../support/liquidation.js";

describe("The price of the house pool", () => {
  it("is the index plus and minus spread and confidence, and moves against the inventory half way through the trade", async () => {
    const { pool, setPrice } = await loadHouse();
    // 10 of 25 leans from 0 to 0.4: on average 0.2 of the skew.
    expect((await pool.quote(MARKET, true, 10n * WAD)).price).to.equal(wad(2_014));
    expect((await pool.quote(MARKET, false, 10n * WAD)).price).to.equal(wad(1_986));
    await setPrice(wad(2_000), wad(2_000), wad(3));
    expect((await pool.quote(MARKET, true, 10n * WAD)).price).to.equal(wad(2_017));
    expect((await pool.quote(MARKET, false, 10n * WAD)).price).to.equal(wad(1_983));
  });

  it("is no closer to the index than the deviation, however much the inventory would like to go", async () => {
    const { pool, first, deal, offer } = await loadHouse();
    await deal(first, true, 10n * WAD);
    // Short 10: a seller leans from -0.4 to 0, which at a spread of the deviation earns nothing ...
    expect((await pool.quote(MARKET, false, 10n * WAD)).price).to.equal(wad(1_990));
    await offer({ spread: 8_000n });
    // ... and beyond it earns up to the deviation: 0.8 % - 1 % * 0.2, about, as the pool's equity has grown by its spread.
    const { price } = await pool.quote(MARKET, false, 10n * WAD);
    expect(price).to.be.greaterThan(wad("1987.9"));
    expect(price).to.be.lessThan(wad("1988.1"));
  });

  it("rounds against the trader, to the wei", async () => {
    const { pool, setPrice } = await loadHouse();
    await setPrice(wad(2_000) + 1n, wad(2_000) + 1n);
    const { price: ask } = await pool.quote(MARKET, true, 1n);
    const { price: bid } = await pool.quote(MARKET, false, 1n);
    // 0.5 % of one wei and a lean of two wei of a hundred are each a wei more.
    expect(ask).to.be.greaterThan(wad(2_010) + 1n);
    expect(bid).to.be.lessThan(wad(1_990) + 1n);
    expect(ask - wad(2_010)).to.be.lessThan(10n ** 6n);
    expect(wad(1_990) - bid).to.be.lessThan(10n ** 6n);
  });

  it("is never better than the mark, so that no trade takes equity out of the pool", async () => {
    const { pool, first, setPrice, deal, equityOf, main } = await loadHouse();
    await setPrice(wad(2_000), wad(2_100));
    expect((await pool.quote(MARKET, true, WAD)).price).to.equal(wad(2_100));
    // The limit, at mark, is 23.8: half of one leans by 0.021.
    expect(isClose((await pool.quote(MARKET, false, WAD)).price, priceAt(false, 21), DUST)).to.be.true;
    await setPrice(wad(2_000), wad(1_900));
    expect((await pool.quote(MARKET, false, WAD)).price).to.equal(wad(1_900));
    const before = await equityOf(main);
    await deal(first, false, WAD);
    expect(await equityOf(main)).to.be.at.least(before);
  });

  it("of two halves is not better than of the whole", async () => {
    const { pool, first, deal } = await loadHouse();
    const whole = (await pool.quote(MARKET, true, 8n * WAD)).price * 8n;
    await deal(first, true, 4n * WAD);
    const half = whole / 2n;
    const second = (await pool.quote(MARKET, true, 4n * WAD)).price * 4n;
    expect(second).to.be.greaterThan(half);
  });

  it("leans all the way when the pool has no equity, and is zero when there is no positive bid", async () => {
    const { pool, setPrice } = await loadHouse();
    const empty = 1;
    expect((await pool.quote(empty, true, WAD)).room).to.equal(0n);
    await setPrice(wad(2_000), wad(2_000), wad(1_995), Validity.UNCERTAIN);
    expect((await pool.quote(MARKET, false, WAD)).price).to.equal(0n);
  });
});
