import { expect } from "chai";

import { loadHouse } from "../../support/house.js";
import { Action, ethers, MARKET, Status, Validity, WAD, wad } from "../../support/ledger.js";
import { Phase } from "../../support/phases.js";

describe("Trading with the house pool", () => {
  it("puts the same trade with opposite sign into the pool's account", async () => {
    const { house, pool, main, first, deal, sizeOf } = await loadHouse();
    await expect(deal(first, true, 10n * WAD))
      .to.emit(pool, "Dealt")
      .withArgs(MARKET, first, 10n * WAD, wad(2_014), -10n * WAD);
    expect(await sizeOf(first)).to.equal(10n * WAD);
    expect(await sizeOf(main)).to.equal(-10n * WAD);
    expect((await house.positionOf(main, MARKET)).breakEven).to.equal(wad(2_014));
    const [inventory, limit] = await pool.inventoryOf(MARKET);
    expect(inventory).to.equal(-10n * WAD);
    expect(limit).to.equal(25n * WAD);
  });

  it("takes the taker fee from the trader and the maker fee from the pool", async () => {
    const { house, configure, first, main, deal, equityOf } = await loadHouse();
    await configure({ makerFee: 100n, takerFee: 400n });
    await deal(first, true, 10n * WAD);
    // 20,140 at 2,014: 140 off the mark, 8.056 and 2.014 of fees.
    expect(await house.feesAccrued()).to.equal(wad("10.07"));
    expect(await equityOf(first)).to.equal(wad(100_000) - wad("148.056"));
    expect(await equityOf(main)).to.equal(wad(100_000) + wad("137.986"));
  });

  it("is for the owner and the operators of an account that let the pool deal", async () => {
    const { pool, house, open, first, alice, carol, stranger } = await loadHouse();
    await expect(pool.connect(stranger).trade(first, MARKET, true, WAD, wad(3_000), false))
      .to.be.revertedWithCustomError(pool, "NotAuthorised")
      .withArgs(first, stranger.address);
    await house.connect(alice).setOperator(first, stranger, true);
    await pool.connect(stranger).trade(first, MARKET, true, WAD, wad(3_000), false);
    const shy = await open(carol, 1_000);
    const accounts = await ethers.getContractAt("AccountLogic", await house.getAddress());
    await expect(pool.connect(carol).trade(shy, MARKET, true, WAD, wad(3_000), false))
      .to.be.revertedWithCustomError(accounts, "NotAuthorised")
      .withArgs(shy, await pool.getAddress());
    await expect(pool.trade(0, MARKET, true, WAD, wad(3_000), false)).to.be.revertedWithCustomError(
      pool,
      "NotAuthorised",
    );
  });

  it("keeps the trader's bound, exactly", async () => {
    const { pool, first, deal } = await loadHouse();
    await expect(deal(first, true, 10n * WAD, { bound: wad(2_014) - 1n }))
      .to.be.revertedWithCustomError(pool, "BeyondBound")
      .withArgs(MARKET, true, wad(2_014), wad(2_014) - 1n);
    await expect(deal(first, false, 10n * WAD, { bound: wad(1_986) + 1n }))
      .to.be.revertedWithCustomError(pool, "BeyondBound")
      .withArgs(MARKET, false, wad(1_986), wad(1_986) + 1n);
    await deal(first, true, 10n * WAD, { bound: wad(2_014) });
  });

  it("returns what it dealt and at which price", async () => {
    const { pool, first, alice } = await loadHouse();
    const answer = await pool.connect(alice).trade.staticCall(first, MARKET, true, 10n * WAD, wad(3_000), false);
    expect(answer.dealt).to.equal(10n * WAD);
    expect(answer.price).to.equal(wad(2_014));
  });

  it("refuses nothing at all, more than everything, and a position below the market's minimum", async () => {
    const { pool, trades, first, deal } = await loadHouse();
    await expect(deal(first, true, 0n)).to.be.revertedWithCustomError(pool, "ZeroSize");
    await expect(deal(first, true, 2n ** 256n - 1n))
      .to.be.revertedWithCustomError(pool, "ExceedsRoom")
      .withArgs(MARKET, true, 2n ** 256n - 1n, 10n * WAD);
    await expect(deal(first, true, 1n)).to.be.revertedWithCustomError(trades, "PositionTooSmall");
  });

  it("lets a position be closed to the last wei", async () => {
    const { first, deal, sizeOf, main } = await loadHouse();
    await deal(first, true, WAD);
    await deal(first, false, 1n, { reduceOnly: true });
    expect(await sizeOf(first)).to.equal(WAD - 1n);
    await deal(first, false, 2n ** 256n - 1n, { reduceOnly: true });
    expect(await sizeOf(first)).to.equal(0n);
    expect(await sizeOf(main)).to.equal(0n);
  });

  it("reduces only what there is to reduce", async () => {
    const { pool, first, second, deal } = await loadHouse();
    await expect(deal(first, true, WAD, { reduceOnly: true }))
      .to.be.revertedWithCustomError(pool, "NothingToReduce")
      .withArgs(first, MARKET, 0n);
    await deal(first, true, WAD);
    await deal(second, false, WAD);
    await expect(deal(first, true, WAD, { reduceOnly: true }))
      .to.be.revertedWithCustomError(pool, "NothingToReduce")
      .withArgs(first, MARKET, WAD);
    await expect(deal(second, false, WAD, { reduceOnly: true }))
      .to.be.revertedWithCustomError(pool, "NothingToReduce")
      .withArgs(second, MARKET, -WAD);
  });

  it("refuses a trader the ledger would refuse on the book", async () => {
    const { house, trader, deal, carol } = await loadHouse();
    const reservations = await ethers.getContractAt("ReservationLogic", await house.getAddress());
    const poor = await trader(carol, 100);
    await expect(deal(poor, true, WAD)).to.be.revertedWithCustomError(reservations, "InsufficientMargin");
  });

  it("says so when the ledger refuses the pool itself", async () => {
    const { pool, first, second, meet, configure, deal, equityOf, main } = await loadHouse();
    await meet(first, second, 10n * WAD);
    await configure({ status: Status.REDUCE_ONLY });
    // Alice reduces, but the pool would open.
    await expect(deal(first, false, 5n * WAD, { reduceOnly: true }))
      .to.be.revertedWithCustomError(pool, "RefusedByLedger")
      .withArgs(MARKET, 5n * WAD, wad(100_000), 0n);
    expect(await equityOf(main)).to.equal(wad(100_000));
  });

  it("deals at the price of the block or not at all", async () => {
    const { pool, prices, first, setPrice, deal } = await loadHouse();
    await deal(first, true, 5n * WAD);
    for (const validity of [Validity.UNCERTAIN, Validity.STALE, Validity.INVALID]) {
      await setPrice(wad(2_000), wad(2_000), wad(10), validity);
      await expect(deal(first, true, WAD))
        .to.be.revertedWithCustomError(prices, "PriceNotUsable")
        .withArgs(MARKET, Action.OPEN, validity, ethers.ZeroAddress, 0);
    }
    for (const validity of [Validity.STALE, Validity.INVALID]) {
      await setPrice(wad(2_000), wad(2_000), wad(10), validity);
      await expect(deal(first, false, WAD, { reduceOnly: true }))
        .to.be.revertedWithCustomError(pool, "PriceTooOld")
        .withArgs(MARKET, validity);
      expect((await pool.quote(MARKET, false, WAD)).room).to.equal(0n);
    }
    await prices.setDead(MARKET, true);
    await expect(deal(first, false, WAD, { reduceOnly: true })).to.be.revertedWithCustomError(prices, "Dead");
    await prices.setDead(MARKET, false);
    await setPrice(wad(2_000), wad(2_000), wad(10), Validity.UNCERTAIN);
    await deal(first, false, WAD, { reduceOnly: true });
  });

  it("takes nothing on at an uncertain price, not even from somebody reducing", async () => {
    const { pool, meet, first, second, setPrice, deal } = await loadHouse();
    await meet(first, second, WAD);
    await setPrice(wad(2_000), wad(2_000), wad(10), Validity.UNCERTAIN);
    await expect(deal(first, false, WAD, { reduceOnly: true }))
      .to.be.revertedWithCustomError(pool, "ExceedsRoom")
      .withArgs(MARKET, false, WAD, 0n);
  });

  it("has no bid where spread and confidence leave none", async () => {
    const { pool, first, setPrice, deal } = await loadHouse();
    await deal(first, true, WAD);
    await setPrice(wad(2_000), wad(2_000), wad(1_990), Validity.UNCERTAIN);
    await expect(deal(first, false, WAD, { reduceOnly: true }))
      .to.be.revertedWithCustomError(pool, "NoBid")
      .withArgs(MARKET, wad(2_000), wad(2_000));
  });

  it("does not deal in a market it has no terms for", async () => {
    const { pool, first, deal } = await loadHouse();
    await expect(deal(first, true, WAD, { market: 1 }))
      .to.be.revertedWithCustomError(pool, "ExceedsRoom")
      .withArgs(1, true, WAD, 0n);
  });

  it("needs every market it is in to be VALID before it takes more on", async () => {
    const { prices, first, second, deal, offer, refill, setPrice } = await loadHouse();
    await offer({ equityShare: 250_000n });
    await offer({ equityShare: 250_000n }, {}, 1);
    await deal(first, true, WAD, { market: 1 });
    await setPrice(wad(2_000), wad(2_000), 0n, Validity.STALE, 1);
    await expect(deal(second, true, WAD))
      .to.be.revertedWithCustomError(prices, "PriceNotUsable")
      .withArgs(1, Action.OPEN, Validity.STALE, ethers.ZeroAddress, 0);
    await setPrice(wad(2_000), wad(2_000), 0n, Validity.VALID, 1);
    await refill();
    await deal(second, true, WAD);
    await setPrice(wad(2_000), wad(2_000), 0n, Validity.STALE, 1);
    // Closing needs nothing but its own market.
    await deal(second, false, WAD, { reduceOnly: true });
  });
});

describe("The house pool in a market that the guard holds", () => {
  const held = [Phase.LIMITED, Phase.PAUSED, Phase.AUCTION, Phase.CLOSED];

  it("opens nothing until the market is OPEN again, and says in which phase it is", async () => {
    const { pool, first, hold, deal, sizeOf } = await loadHouse();
    for (const phase of held) {
      await hold(phase);
      await expect(deal(first, true, WAD))
        .to.be.revertedWithCustomError(pool, "OpeningHalted")
        .withArgs(MARKET, phase);
      expect((await pool.quote(MARKET, true, WAD)).room).to.equal(0n);
    }
    await hold(Phase.OPEN);
    await deal(first, true, WAD);
    expect(await sizeOf(first)).to.equal(WAD);
  });

  it("lets whoever has a position with it out in every phase, at the price it had", async () => {
    const { pool, first, main, hold, deal, sizeOf } = await loadHouse();
    await deal(first, true, 4n * WAD);
    const { price } = await pool.quote(MARKET, false, WAD);
    for (const [done, phase] of held.entries()) {
      await hold(phase);
      expect(await pool.quote(MARKET, false, WAD)).to.deep.equal([price, BigInt(4 - done) * WAD]);
      await deal(first, false, WAD, { reduceOnly: true });
      expect(await sizeOf(main)).to.equal(-BigInt(3 - done) * WAD);
    }
    expect(await sizeOf(first)).to.equal(0n);
  });

  it("wants a trade that only closes to say so", async () => {
    const { pool, first, hold, deal } = await loadHouse();
    await deal(first, true, WAD);
    await hold(Phase.PAUSED);
    await expect(deal(first, false, WAD))
      .to.be.revertedWithCustomError(pool, "OpeningHalted")
      .withArgs(MARKET, Phase.PAUSED);
    await deal(first, false, WAD, { reduceOnly: true });
  });

  it("takes nothing on, not even from somebody reducing", async () => {
    const { pool, meet, first, second, hold, deal, sizeOf } = await loadHouse();
    await meet(first, second, 2n * WAD);
    await deal(second, true, WAD, { reduceOnly: true });
    for (const phase of held) {
      await hold(phase);
      // The pool is short 1 and would be short 2.
      await expect(deal(second, true, WAD, { reduceOnly: true }))
        .to.be.revertedWithCustomError(pool, "ExceedsRoom")
        .withArgs(MARKET, true, WAD, 0n);
    }
    await deal(first, false, 2n * WAD, { reduceOnly: true });
    expect(await sizeOf(first)).to.equal(WAD);
  });

  it("goes on in the other markets", async () => {
    const { first, offer, hold, deal, sizeOf } = await loadHouse();
    await offer({ equityShare: 250_000n });
    await offer({ equityShare: 250_000n }, {}, 1);
    await hold(Phase.AUCTION);
    await deal(first, true, WAD, { market: 1 });
    expect(await sizeOf(first, 1)).to.equal(WAD);
  });
});
