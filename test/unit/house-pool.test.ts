import { expect } from "chai";

import { ALLOWANCE, loadHouse, priceAt, TERMS } from "../support/house.js";
import {
  Action,
  deployLinked,
  ethers,
  MARKET,
  Misbehaviour,
  Module,
  Status,
  usdc,
  Validity,
  WAD,
  wad,
} from "../support/ledger.js";
import { DUST, isClose } from "../support/liquidation.js";
import { Phase } from "../support/phases.js";

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

describe("The limits of the house pool", () => {
  it("hold what one trade adds", async () => {
    const { pool, first, deal, offer } = await loadHouse();
    await offer({}, { single: 8_000n });
    await expect(deal(first, true, 4n * WAD + 1n))
      .to.be.revertedWithCustomError(pool, "ExceedsRoom")
      .withArgs(MARKET, true, 4n * WAD + 1n, 4n * WAD);
    await deal(first, true, 4n * WAD);
    await deal(first, true, 4n * WAD);
  });

  it("hold what is added while a feed may lag behind, to both sides together, and refill with time", async () => {
    const { pool, first, second, deal, refill } = await loadHouse();
    await deal(first, true, 6n * WAD);
    expect((await pool.quote(MARKET, true, WAD)).room).to.be.lessThan(5n * WAD);
    // A seller takes 6 off and adds at most the rest of the allowance.
    expect((await pool.quote(MARKET, false, WAD)).room).to.equal(10n * WAD);
    await deal(second, false, 6n * WAD);
    expect((await pool.quote(MARKET, true, WAD)).room).to.be.lessThan(5n * WAD);
    await refill();
    expect((await pool.quote(MARKET, true, WAD)).room).to.equal(10n * WAD);
    expect((await pool.termsOf(MARKET)).allowance.capacity).to.equal(ALLOWANCE.capacity);
  });

  it("are a notional and a part of the pool's equity, whichever is less", async () => {
    const { pool, main, lender, give, house, setPrice, offer } = await loadHouse();
    expect((await pool.inventoryOf(MARKET)).limit).to.equal(25n * WAD);
    await offer({ equityShare: 100_000n });
    expect((await pool.inventoryOf(MARKET)).limit).to.equal(5n * WAD);
    await offer({ notional: 30_000n });
    expect((await pool.inventoryOf(MARKET)).limit).to.equal(15n * WAD);
    await setPrice(wad(3_000), wad(3_000));
    expect((await pool.inventoryOf(MARKET)).limit).to.equal(10n * WAD);
    await offer({ notional: 1_000_000n });
    await give(lender, 20_000, await house.getAddress());
    await house.connect(lender).deposit(main, usdc(20_000));
    expect((await pool.inventoryOf(MARKET)).limit).to.equal(20n * WAD);
  });

  it("let whatever takes inventory off through, however full the pool is and whatever has become of the limits", async () => {
    const { pool, first, second, deal, refill, offer, sizeOf, main } = await loadHouse();
    await deal(first, true, 10n * WAD);
    await refill();
    await deal(first, true, 10n * WAD);
    await offer({ notional: 0n }, { single: 0n, capacity: 0n });
    await expect(deal(first, true, WAD))
      .to.be.revertedWithCustomError(pool, "ExceedsRoom")
      .withArgs(MARKET, true, WAD, 0n);
    await deal(first, false, 8n * WAD, { reduceOnly: true });
    // Also from somebody opening; and up to nothing, not beyond.
    await deal(second, false, 7n * WAD);
    await expect(deal(second, false, 6n * WAD))
      .to.be.revertedWithCustomError(pool, "ExceedsRoom")
      .withArgs(MARKET, false, 6n * WAD, 5n * WAD);
    await deal(first, false, 12n * WAD, { reduceOnly: true });
    expect(await sizeOf(main)).to.equal(0n);
    expect(await sizeOf(first)).to.equal(7n * WAD);
  });

  it("cut a reduce-only trade to what fits instead of refusing it", async () => {
    const { first, second, meet, deal, sizeOf, main } = await loadHouse();
    await meet(first, second, 12n * WAD);
    // Alice's long comes from the book: the pool buys 10 of it within its allowance.
    await deal(first, false, 12n * WAD, { reduceOnly: true });
    expect(await sizeOf(main)).to.equal(10n * WAD);
    expect(await sizeOf(first)).to.equal(2n * WAD);
  });

  it("are not got round by reducing what was opened elsewhere", async () => {
    const { pool, first, second, meet, deal, refill, sizeOf, main } = await loadHouse();
    await meet(first, second, 40n * WAD);
    for (let round = 0; round < 3; ++round) {
      await deal(first, false, 40n * WAD, { reduceOnly: true });
      await refill();
    }
    expect(await sizeOf(main)).to.be.at.most(25n * WAD + WAD / 10n);
    await expect(deal(first, false, 40n * WAD, { reduceOnly: true })).to.be.revertedWithCustomError(
      pool,
      "ExceedsRoom",
    );
  });

  it("count what a trade adds beyond what it takes off", async () => {
    const { pool, first, second, deal, refill, sizeOf, main } = await loadHouse();
    await deal(first, true, 5n * WAD);
    await refill();
    await deal(second, false, 15n * WAD);
    expect(await sizeOf(main)).to.equal(10n * WAD);
    expect((await pool.quote(MARKET, false, WAD)).room).to.be.lessThan(WAD);
  });
});

describe("The terms of the house pool", () => {
  it("are refused with the rule they break", async () => {
    const { pool, offer } = await loadHouse();
    const unsafe: [Partial<typeof TERMS>, Partial<typeof ALLOWANCE>, string, bigint, bigint][] = [
      [{ deviation: 499n }, {}, "deviation at least 0.05 %", 499n, 500n],
      [{ spread: 4_999n }, {}, "spread at least the deviation", 4_999n, 5_000n],
      [{ skew: 495_001n }, {}, "spread and skew at most 50 %", 500_001n, 500_000n],
      [{ gap: 4_999n }, {}, "gap at least the spread", 4_999n, 5_000n],
      [{ equityShare: 1_000_001n }, {}, "equity shares together at most 100 %", 1_000_001n, 1_000_000n],
      [{}, { capacity: 50_001n }, "capacity at most the notional", 50_001n, 50_000n],
      [{}, { single: 20_001n }, "single at most the capacity", 20_001n, 20_000n],
      [{}, { window: 59n }, "window at least a feed's delay of 60 s", 59n, 60n],
    ];
    for (const [terms, allowance, ...reason] of unsafe) {
      await expect(offer(terms, allowance))
        .to.be.revertedWithCustomError(pool, "UnsafeParameter")
        .withArgs(...reason);
    }
    await expect(offer({}, {}, 16))
      .to.be.revertedWithCustomError(pool, "UnsafeParameter")
      .withArgs("market id below 16", 16, 15);
    await offer(
      { deviation: 500n, spread: 500n, skew: 499_500n, gap: 1_000_000n },
      { capacity: 50_000n, single: 50_000n },
    );
  });

  it("never commit more than the whole equity over all markets", async () => {
    const { pool, offer } = await loadHouse();
    await offer({ equityShare: 500_000n }, {}, 1);
    expect(await pool.committedShare()).to.equal(1_000_000n);
    await expect(offer({ equityShare: 1n }, {}, 2))
      .to.be.revertedWithCustomError(pool, "UnsafeParameter")
      .withArgs("equity shares together at most 100 %", 1_000_001n, 1_000_000n);
    await offer({ equityShare: 400_000n });
    await offer({ equityShare: 100_000n }, {}, 2);
    expect(await pool.committedShare()).to.equal(1_000_000n);
  });

  it("are set by the authority alone, and announced", async () => {
    const { pool, stranger, offer } = await loadHouse();
    await expect(pool.connect(stranger).setTerms(MARKET, TERMS, 1n, 1n, 60n)).to.be.revertedWithCustomError(
      pool,
      "AccessManagedUnauthorized",
    );
    await expect(offer({})).to.emit(pool, "TermsSet");
    const { terms } = await pool.termsOf(MARKET);
    expect(terms.spread).to.equal(TERMS.spread);
    expect(terms.notional).to.equal(TERMS.notional);
  });

  it("cannot be dealt on without the role in the ledger", async () => {
    const { house, pool, first, deal } = await loadHouse();
    await house.setModule(pool, Module.NONE);
    await expect(deal(first, true, WAD))
      .to.be.revertedWithCustomError(house, "NotModule")
      .withArgs(await pool.getAddress(), Module.NONE);
  });
});

describe("Shares of the house pool", () => {
  it("are an ERC-4626 over the quote token worth the equity of the pool's account at mark", async () => {
    const { pool, token, first, deal, setMark, lender } = await loadHouse();
    expect(await pool.asset()).to.equal(await token.getAddress());
    expect(await pool.decimals()).to.equal(12n);
    expect(await pool.totalAssets()).to.equal(usdc(100_000));
    await deal(first, true, 10n * WAD);
    expect(await pool.totalAssets()).to.equal(usdc(100_140));
    await setMark(wad(2_114));
    expect(await pool.totalAssets()).to.equal(usdc(99_000));
    const worth = await pool.convertToAssets(await pool.balanceOf(lender));
    expect(isClose(worth, usdc(99_000), 1n)).to.be.true;
  });

  it("refuse a token that takes a fee, and one that calls back into a trade", async () => {
    const { prices, authority, admin } = await loadHouse();
    const token = await ethers.deployContract("HostileToken", [6]);
    const house = await deployLinked("ClearingHouse", [token, authority]);
    const address = await (await deployLinked("HousePool", [house, prices, token, authority])).getAddress();
    const pool = await ethers.getContractAt("HousePool", address);
    await token.mint(admin, usdc(100));
    await token.approve(pool, usdc(100));
    await token.misbehave(Misbehaviour.FEE, admin, "0x");
    await expect(pool.deposit(usdc(100), admin))
      .to.be.revertedWithCustomError(pool, "InexactTransfer")
      .withArgs(usdc(100), usdc(99));
    const callback = pool.interface.encodeFunctionData("trade", [1n, MARKET, true, WAD, WAD, false]);
    await token.misbehave(Misbehaviour.REENTERS, pool, callback);
    await expect(pool.deposit(usdc(100), admin)).to.be.revertedWithCustomError(pool, "ReentrancyGuardReentrantCall");
  });
});
