import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { Action, loadLedger, MARKET, OTHER_MARKET, START, Validity, WAD, wad } from "../../support/ledger.js";

/** Alice with 1,000 and Bob with a million; `reserve` and `release` are the book's calls in Alice's name. */
async function resting() {
  const fixture = await loadLedger();
  const { house, book, open, alice, bob } = fixture;
  const account = await open(alice, 1_000);
  const other = await open(bob, 1_000_000);
  const caller = house.connect(book);
  return {
    ...fixture,
    account,
    other,
    reserve: (bids: bigint, asks: bigint, market = MARKET) => caller.reserve(account, market, bids, asks, alice),
    release: (bids: bigint, asks: bigint, epoch = 0n) => caller.release(account, MARKET, bids, asks, epoch, alice),
  };
}

describe("Margin for resting orders", () => {
  it("is asked on the larger side only, exactly", async () => {
    const { house, logic, reserve, account } = await resting();
    // 5 * 2,000 * 10 % = 1,000, and asks of the same size ask for nothing more.
    await reserve(5n * WAD, 0n);
    await reserve(0n, 5n * WAD);
    expect((await house.health(account)).initialMargin).to.equal(1_000n * WAD);
    await expect(reserve(0n, 1n))
      .to.be.revertedWithCustomError(logic.reservations, "InsufficientMargin")
      .withArgs(account, 1_000n * WAD, 1_000n * WAD + 200n);
  });

  it("counts the position: bids add to a long, asks first take it off", async () => {
    const { house, reserve, meet, account, other } = await resting();
    await meet(account, other, 2n * WAD);
    await reserve(WAD, 0n);
    expect((await house.health(account)).initialMargin).to.equal(600n * WAD);
    await reserve(0n, 4n * WAD);
    // max(|2 + 1|, |2 - 4|) = 3.
    expect((await house.health(account)).initialMargin).to.equal(600n * WAD);
    await reserve(0n, 2n * WAD);
    // |2 - 6| = 4.
    expect((await house.health(account)).initialMargin).to.equal(800n * WAD);
  });

  it("is shared by all markets of the account", async () => {
    const { logic, reserve, account } = await resting();
    await reserve(3n * WAD, 0n, MARKET);
    await reserve(2n * WAD, 0n, OTHER_MARKET);
    await expect(reserve(10n, 0n, OTHER_MARKET))
      .to.be.revertedWithCustomError(logic.reservations, "InsufficientMargin")
      .withArgs(account, 1_000n * WAD, 1_000n * WAD + 2_000n);
  });

  it("is not asked of orders that can only reduce, at any price validity and in any market state", async () => {
    const { house, reserve, meet, setPrice, account, other } = await resting();
    await meet(account, other, 5n * WAD);
    await house.restrictMarket(MARKET);
    await setPrice({ mark: 1_000n * WAD, validity: Validity.INVALID });
    await reserve(0n, 5n * WAD);
    expect((await house.reservation(account, MARKET)).asks).to.equal(5n * WAD);
  });

  it("is not asked of a closing order because orders rest on the other side", async () => {
    const { house, reserve, meet, setPrice, account, other } = await resting();
    await meet(account, other, 3n * WAD);
    await reserve(2n * WAD, 0n);
    await setPrice({ mark: 1_900n * WAD });
    await house.restrictMarket(MARKET);
    await reserve(0n, 3n * WAD);
    const reserved = await house.reservation(account, MARKET);
    expect(reserved.bids).to.equal(2n * WAD);
    expect(reserved.asks).to.equal(3n * WAD);
  });

  it("is asked once asks exceed the long, or bids the short", async () => {
    const { logic, prices, reserve, meet, setPrice, configure, account, other } = await resting();
    await meet(other, account, 5n * WAD);
    await reserve(5n * WAD, 0n);
    await setPrice({ validity: Validity.UNCERTAIN });
    await expect(reserve(1n, 0n))
      .to.be.revertedWithCustomError(prices, "PriceNotUsable")
      .withArgs(MARKET, Action.OPEN, Validity.UNCERTAIN, ZeroAddress, 0n);
    await setPrice({});
    await configure({ status: 2n });
    await expect(reserve(1n, 0n))
      .to.be.revertedWithCustomError(logic.reservations, "MarketReduceOnly")
      .withArgs(MARKET);
  });

  it("is asked at an opening price from an account without a position", async () => {
    const { prices, reserve, setPrice } = await resting();
    await setPrice({ validity: Validity.STALE });
    await expect(reserve(1n, 0n))
      .to.be.revertedWithCustomError(prices, "PriceNotUsable")
      .withArgs(MARKET, Action.OPEN, Validity.STALE, ZeroAddress, 0n);
  });

  it("is refused in markets that do not exist, to others, and beyond 96 bits", async () => {
    const { house, book, logic, reserve, account, bob } = await resting();
    await expect(reserve(1n, 0n, 5))
      .to.be.revertedWithCustomError(logic.reservations, "UnknownMarket")
      .withArgs(5n);
    await expect(house.connect(book).reserve(account, MARKET, 1n, 0n, bob))
      .to.be.revertedWithCustomError(logic.accounts, "NotAuthorised")
      .withArgs(account, bob.address);
    for (const size of [2n ** 96n, 2n ** 255n]) {
      await expect(reserve(size, 0n))
        .to.be.revertedWithCustomError(logic.reservations, "ReservationOverflow")
        .withArgs(account, MARKET);
      await expect(reserve(0n, size)).to.be.revertedWithCustomError(logic.reservations, "ReservationOverflow");
    }
    await expect(reserve(2n ** 96n - 1n, 0n)).to.be.revertedWithCustomError(logic.reservations, "InsufficientMargin");
  });
});

describe("Releasing orders", () => {
  it("gives back what a cancelled order held, under its own epoch only", async () => {
    const { house, reserve, release, account } = await resting();
    await reserve(3n * WAD, 2n * WAD);
    await release(WAD, 2n * WAD);
    expect((await house.reservation(account, MARKET)).bids).to.equal(2n * WAD);
    expect((await house.reservation(account, MARKET)).asks).to.equal(0n);
    await release(2n * WAD, 0n, 7n);
    expect((await house.reservation(account, MARKET)).bids).to.equal(2n * WAD);
  });

  it("never gives back more than was reserved", async () => {
    const { reserve, release } = await resting();
    await reserve(WAD, 0n);
    await expect(release(WAD + 1n, 0n)).to.be.revertedWithPanic(0x11);
    await expect(release(0n, 1n)).to.be.revertedWithPanic(0x11);
  });

  it("is for the owner, its operators, and the book pruning in its own name", async () => {
    const { house, book, logic, reserve, account, bob } = await resting();
    await reserve(2n * WAD, 0n);
    const caller = house.connect(book);
    await expect(caller.release(account, MARKET, WAD, 0n, 0n, bob))
      .to.be.revertedWithCustomError(logic.accounts, "NotAuthorised")
      .withArgs(account, bob.address);
    await caller.release(account, MARKET, WAD, 0n, 0n, book);
    expect((await house.reservation(account, MARKET)).bids).to.equal(WAD);
  });

  it("all at once starts a new epoch, for the owner through the book and for the engine by itself", async () => {
    const { house, book, engine, logic, reserve, account, alice, bob } = await resting();
    await reserve(WAD, WAD);
    await expect(house.connect(book).releaseAll(account, MARKET, bob))
      .to.be.revertedWithCustomError(logic.accounts, "NotAuthorised")
      .withArgs(account, bob.address);
    await expect(house.connect(book).releaseAll(account, MARKET, alice))
      .to.emit(house, "OrdersVoided")
      .withArgs(account, MARKET, 1n);
    expect(await house.orderEpoch(account, MARKET)).to.equal(1n);
    await reserve(WAD, 0n);
    await house.connect(engine).releaseAll(account, MARKET, engine);
    const reserved = await house.reservation(account, MARKET);
    expect([reserved.bids, reserved.asks, reserved.epoch]).to.deep.equal([0n, 0n, 2n]);
  });

  it("keeps the cooldown of a partial liquidation, as every other change does", async () => {
    const { house, book, engine, reserve, release, meet, account, other, alice } = await resting();
    await house.connect(engine).startCooldown(account, MARKET, 12_345);
    await reserve(WAD, WAD);
    await release(WAD, 0n);
    await meet(other, account, WAD / 2n);
    await house.connect(book).releaseAll(account, MARKET, alice);
    expect((await house.reservation(account, MARKET)).cooldownUntil).to.equal(12_345n);
  });
});

describe("Orders and the price of a market left", () => {
  it("void orders and rejected ones keep no other market from trading when their price is bad", async () => {
    const { house, book, reserve, setPrice, meet, positionOf, account, other, alice } = await resting();
    await reserve(WAD, 0n, OTHER_MARKET);
    await house.connect(book).releaseAll(account, OTHER_MARKET, alice);
    await setPrice({ validity: Validity.STALE }, OTHER_MARKET);
    await meet(account, other, WAD, START);
    expect((await positionOf(account)).quote).to.equal(wad(-2_000));
  });
});
