import { expect } from "chai";

import { loadLedger, MARKET, Module, START, WAD, wad } from "../../support/ledger.js";

/** A house played by a plain account, with 10,000 in its own account, and Alice who has let it deal with hers. */
async function loadHouseRole() {
  const ledger = await loadLedger();
  const { house, open, alice, stranger } = ledger;
  await house.setModule(stranger, Module.HOUSE);
  const own = await open(stranger, 10_000);
  const account = await open(alice, 10_000);
  await house.connect(alice).setOperator(account, stranger, true);
  /** A deal of the house: what a test is about is said in the changes. */
  const deal = (changes: object = {}, fill: object = {}) =>
    house.connect(stranger).settle({
      market: MARKET,
      taker: account,
      caller: stranger.address,
      buy: true,
      reduceOnly: false,
      liquidation: false,
      fills: [{ maker: own, epoch: 0n, reduceOnly: false, price: START, size: WAD, resting: 0n, ...fill }],
      ...changes,
    });
  return { ...ledger, own, account, deal };
}

describe("A house in the ledger", () => {
  it("deals for its own account with an account that named it operator, without an order of its own", async () => {
    const { house, deal, own, account, positionOf } = await loadHouseRole();
    await deal();
    expect((await positionOf(account)).size).to.equal(WAD);
    expect((await positionOf(own)).size).to.equal(-WAD);
    const { bids, asks } = await house.reservation(own, MARKET);
    expect(bids + asks).to.equal(0n);
  });

  it("keeps what it has resting in the book reserved", async () => {
    const { house, book, deal, own, stranger } = await loadHouseRole();
    await house.connect(book).reserve(own, MARKET, 0n, 3n * WAD, stranger);
    await deal();
    expect((await house.reservation(own, MARKET)).asks).to.equal(3n * WAD);
  });

  it("cannot touch an account that has not named it operator, nor one that no longer does", async () => {
    const { house, logic, deal, open, account, alice, bob, stranger } = await loadHouseRole();
    const other = await open(bob, 10_000);
    await expect(deal({ taker: other }))
      .to.be.revertedWithCustomError(logic.accounts, "NotAuthorised")
      .withArgs(other, stranger.address);
    await house.connect(alice).setOperator(account, stranger, false);
    await expect(deal()).to.be.revertedWithCustomError(logic.accounts, "NotAuthorised");
  });

  it("cannot act in anybody's name, fill anybody's orders, or liquidate", async () => {
    const { logic, deal, open, rest, own, alice, bob, stranger } = await loadHouseRole();
    await expect(deal({ caller: alice.address }))
      .to.be.revertedWithCustomError(logic.trades, "NotForHouse")
      .withArgs(stranger.address, own, alice.address, false);
    await expect(deal({ liquidation: true }))
      .to.be.revertedWithCustomError(logic.trades, "NotForHouse")
      .withArgs(stranger.address, own, stranger.address, true);
    const maker = await open(bob, 10_000);
    await rest(maker, false, WAD);
    await expect(deal({}, { maker, resting: WAD }))
      .to.be.revertedWithCustomError(logic.trades, "NotForHouse")
      .withArgs(stranger.address, maker, stranger.address, false);
  });

  it("may neither reserve nor release, nor do what the engine does", async () => {
    const { house, own, stranger } = await loadHouseRole();
    const outsider = house.connect(stranger);
    for (const attempt of [
      () => outsider.reserve(own, MARKET, WAD, 0n, stranger),
      () => outsider.release(own, MARKET, WAD, 0n, 0n, stranger),
      () => outsider.releaseAll(own, MARKET, stranger),
      () => outsider.transferCash(1n, own, 1n),
      () => outsider.socialiseLoss(own),
    ]) {
      await expect(attempt())
        .to.be.revertedWithCustomError(house, "NotModule")
        .withArgs(stranger.address, Module.HOUSE);
    }
  });

  it("is rejected like any maker when its margin fails, and the trader is left alone", async () => {
    const { house, deal, own, account, stranger, equityOf } = await loadHouseRole();
    await house.connect(stranger).withdraw(own, 9_900_000_000n, stranger);
    const before = await equityOf(account);
    await deal();
    expect(await equityOf(account)).to.equal(before);
    expect((await house.positionOf(account, MARKET)).size).to.equal(0n);
    expect(await equityOf(own)).to.equal(wad(100));
  });
});
