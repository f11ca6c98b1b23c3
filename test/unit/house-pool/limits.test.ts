import { expect } from "chai";

import { ALLOWANCE, loadHouse, TERMS } from "../../support/house.js";
import { MARKET, Module, usdc, WAD, wad } from "../../support/ledger.js";

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
