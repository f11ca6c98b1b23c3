import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { Action, allTo, loadLedger, MARKET, MAX_UINT, START, Validity, WAD, wad } from "../../support/ledger.js";

/** Alice is long 2 @ 2,000 against Bob; Carol has 10,000 and no position. The engine calls. */
async function engineLedger() {
  const fixture = await loadLedger();
  const { house, engine, open, meet, alice, bob, carol } = fixture;
  const long = await open(alice, 1_000);
  const short = await open(bob, 1_000);
  const other = await open(carol, 10_000);
  await meet(long, short, 2n * WAD);
  return { ...fixture, long, short, other, ledger: house.connect(engine) };
}

describe("Handing a position over", () => {
  it("closes it at the price on one side and opens it on the other, with cash", async () => {
    const { house, ledger, logic, long, other, positionOf, cashOf } = await engineLedger();
    await expect(ledger.transferPosition(long, other, MARKET, WAD, 1_900n * WAD, 50n * WAD, false))
      .to.emit(logic.transfers, "PositionTransferred")
      .withArgs(long, other, MARKET, WAD, 1_900n * WAD, 50n * WAD);
    expect((await positionOf(long)).size).to.equal(WAD);
    expect((await positionOf(long)).breakEven).to.equal(START);
    // 1,000 - 100 - 50.
    expect(await cashOf(long)).to.equal(850n * WAD);
    expect((await positionOf(other)).size).to.equal(WAD);
    expect((await positionOf(other)).breakEven).to.equal(1_900n * WAD);
    expect(await cashOf(other)).to.equal(10_050n * WAD);
    const state = await house.marketState(MARKET);
    expect([state.longOpenInterest, state.shortOpenInterest]).to.deep.equal([2n * WAD, 2n * WAD]);
  });

  it("against the opposite position closes both", async () => {
    const { house, ledger, long, short, positionOf } = await engineLedger();
    await ledger.transferPosition(long, short, MARKET, 2n * WAD, START, 0n, false);
    expect((await positionOf(long)).size).to.equal(0n);
    expect((await positionOf(short)).size).to.equal(0n);
    const state = await house.marketState(MARKET);
    expect([state.longOpenInterest, state.shortOpenInterest]).to.deep.equal([0n, 0n]);
  });

  it("may leave the first account in debt: the waterfall knows what it does", async () => {
    const { ledger, short, other, cashOf } = await engineLedger();
    await ledger.transferPosition(short, other, MARKET, -2n * WAD, 3_000n * WAD, 10n * WAD, false);
    // 1,000 - 2 * 1,000 - 10.
    expect(await cashOf(short)).to.equal(-1_010n * WAD);
  });

  it("rounds one wei against each side at an odd price", async () => {
    const { ledger, long, other, positionOf, cashOf } = await engineLedger();
    await ledger.transferPosition(long, other, MARKET, 3n, START + WAD / 2n, 0n, false);
    // 3 wei * 2,000.5 = 6,001.5: received 6,001, paid 6,002.
    expect((await positionOf(other)).quote).to.equal(-6_002n);
    expect(await cashOf(long)).to.equal(1_000n * WAD + 1n);
  });

  it("is refused for nothing, beyond the position, on the wrong side, and to the same account", async () => {
    const { ledger, logic, long, short, other } = await engineLedger();
    for (const [from, to, size, held] of [
      [long, other, 0n, 2n * WAD],
      [long, other, 2n * WAD + 1n, 2n * WAD],
      [long, other, -WAD, 2n * WAD],
      [short, other, WAD, -2n * WAD],
      [short, other, -2n * WAD - 1n, -2n * WAD],
      [other, long, WAD, 0n],
      [long, long, WAD, 2n * WAD],
    ] as const) {
      await expect(ledger.transferPosition(from, to, MARKET, size, START, 0n, false))
        .to.be.revertedWithCustomError(logic.transfers, "InvalidTransfer")
        .withArgs(from, MARKET, held, size);
    }
  });

  it("is refused for the maximum of cash, and at a price no liquidation may use", async () => {
    const { ledger, logic, prices, setPrice, long, other } = await engineLedger();
    await expect(
      ledger.transferPosition(long, other, MARKET, WAD, START, MAX_UINT, false),
    ).to.be.revertedWithCustomError(logic.transfers, "SafeCastOverflowedUintToInt");
    await setPrice({ validity: Validity.STALE });
    await expect(ledger.transferPosition(long, other, MARKET, WAD, START, 0n, false))
      .to.be.revertedWithCustomError(prices, "PriceNotUsable")
      .withArgs(MARKET, Action.LIQUIDATE, Validity.STALE, ZeroAddress, 0n);
  });

  it("is the queue's right as well", async () => {
    const { house, queue, long, other, positionOf } = await engineLedger();
    await house.connect(queue).transferPosition(long, other, MARKET, WAD, START, 0n, false);
    expect((await positionOf(other)).size).to.equal(WAD);
  });
});

describe("Moving cash for engine and fund", () => {
  it("takes settled cash to the wei, and no more", async () => {
    const { house, ledger, fund, logic, long, other, cashOf } = await engineLedger();
    await expect(ledger.transferCash(other, long, 10_000n * WAD + 1n))
      .to.be.revertedWithCustomError(logic.transfers, "InsufficientCash")
      .withArgs(other, 10_000n * WAD, 10_000n * WAD + 1n);
    await expect(ledger.transferCash(other, long, 9_999n * WAD))
      .to.emit(logic.transfers, "CashTransferred")
      .withArgs(other, long, 9_999n * WAD);
    await house.connect(fund).transferCash(other, long, WAD);
    expect(await cashOf(other)).to.equal(0n);
    expect(await cashOf(long)).to.equal(11_000n * WAD);
    await ledger.transferCash(other, long, 0n);
  });

  it("never runs backwards, however large the amount", async () => {
    const { ledger, logic, long, other, cashOf } = await engineLedger();
    // As a signed number this is -500.
    await expect(ledger.transferCash(other, long, MAX_UINT - 500n * WAD + 1n)).to.be.revertedWithCustomError(
      logic.transfers,
      "SafeCastOverflowedUintToInt",
    );
    expect(await cashOf(other)).to.equal(10_000n * WAD);
  });

  it("reaches only accounts that exist", async () => {
    const { ledger, logic, other } = await engineLedger();
    for (const unknown of [0n, 99n]) {
      await expect(ledger.transferCash(other, unknown, 1n))
        .to.be.revertedWithCustomError(logic.accounts, "UnknownAccount")
        .withArgs(unknown);
    }
  });
});

describe("Closing dust", () => {
  /** Alice holds a long of `size` at 2,000, less than the market's minimum of 10; Dave's account is the treasury. */
  async function dust(size: bigint) {
    const fixture = await engineLedger();
    const { house, ledger, open, configure, dave, long, short } = fixture;
    const treasury = await open(dave);
    await house.setFeeSplit(allTo(treasury));
    await ledger.transferPosition(long, short, MARKET, 2n * WAD - size, START, 0n, false);
    await configure({ takerFee: 500n });
    return { ...fixture, treasury, owner: house.connect(fixture.alice) };
  }

  it("sells it to the treasury at mark for the taker's fee", async () => {
    const { house, owner, logic, treasury, long, positionOf, cashOf, setPrice } = await dust(wad("0.004"));
    await setPrice({ mark: 2_200n * WAD });
    await expect(owner.closeDust(long, MARKET))
      .to.emit(logic.transfers, "PositionTransferred")
      .withArgs(long, treasury, MARKET, wad("0.004"), 2_200n * WAD, 0n);
    expect((await positionOf(long)).size).to.equal(0n);
    expect((await positionOf(treasury)).size).to.equal(wad("0.004"));
    // A profit of 0.8 less 0.05 % of 8.8.
    expect(await cashOf(long)).to.equal(wad("1000.7956"));
    expect(await house.feesAccrued()).to.equal(wad("0.0044"));
    expect((await house.accountData(long)).openMarkets).to.equal(0n);
  });

  it("takes one wei of position", async () => {
    const { owner, long, positionOf } = await dust(1n);
    await owner.closeDust(long, MARKET);
    expect((await positionOf(long)).size).to.equal(0n);
  });

  it("is refused at the market's minimum, and allowed a wei below", async () => {
    const { owner, logic, long, setPrice } = await dust(wad("0.005"));
    await expect(owner.closeDust(long, MARKET))
      .to.be.revertedWithCustomError(logic.transfers, "NotDust")
      .withArgs(long, MARKET, 10n * WAD, 10n * WAD);
    await setPrice({ mark: START - 200n });
    await owner.closeDust(long, MARKET);
  });

  it("works in a market that only reduces, at a valid mark: the treasury is not asked (P14)", async () => {
    const { house, owner, prices, long, positionOf, setPrice } = await dust(wad("0.004"));
    await house.restrictMarket(MARKET);
    for (const validity of [Validity.UNCERTAIN, Validity.STALE, Validity.INVALID]) {
      await setPrice({ validity });
      await expect(owner.closeDust(long, MARKET))
        .to.be.revertedWithCustomError(prices, "PriceNotUsable")
        .withArgs(MARKET, Action.DELEVERAGE, validity, ZeroAddress, 0n);
    }
    await setPrice({});
    await owner.closeDust(long, MARKET);
    expect((await positionOf(long)).size).to.equal(0n);
  });

  it("is for the owner and operators, of accounts with a position, and not for the treasury itself", async () => {
    const { house, owner, logic, treasury, long, other, alice, bob, carol, dave } = await dust(wad("0.004"));
    await expect(house.connect(bob).closeDust(long, MARKET))
      .to.be.revertedWithCustomError(logic.accounts, "NotAuthorised")
      .withArgs(long, bob.address);
    await expect(house.connect(carol).closeDust(other, MARKET)).to.be.revertedWithCustomError(
      logic.transfers,
      "InvalidTransfer",
    );
    await house.connect(alice).setOperator(long, bob, true);
    await house.connect(bob).closeDust(long, MARKET);
    await expect(house.connect(dave).closeDust(treasury, MARKET)).to.be.revertedWithCustomError(
      logic.transfers,
      "InvalidTransfer",
    );
    await expect(owner.closeDust(long, MARKET)).to.be.revertedWithCustomError(logic.transfers, "InvalidTransfer");
  });

  it("is refused while there is no treasury to take it", async () => {
    const { house, ledger, logic, long, short, alice, positionOf } = await engineLedger();
    await ledger.transferPosition(long, short, MARKET, 2n * WAD - 1n, START, 0n, false);
    await expect(house.connect(alice).closeDust(long, MARKET))
      .to.be.revertedWithCustomError(logic.accounts, "UnknownAccount")
      .withArgs(0n);
    expect((await positionOf(long)).size).to.equal(1n);
  });
});

describe("Touching a position", () => {
  it("may be done by anyone and changes nothing that is up to date", async () => {
    const { house, stranger, logic, long, positionOf, cashOf } = await engineLedger();
    const before = await positionOf(long);
    await expect(house.connect(stranger).poke(long, MARKET))
      .to.emit(logic.positions, "PositionChanged")
      .withArgs(long, MARKET, 2n * WAD, -4_000n * WAD, 1_000n * WAD, 0n);
    expect(await positionOf(long)).to.deep.equal(before);
    expect(await cashOf(long)).to.equal(1_000n * WAD);
  });

  it("of nobody, or in a market without a position, does nothing", async () => {
    const { house, other } = await engineLedger();
    await house.poke(other, MARKET);
    await house.poke(999n, MARKET);
    expect((await house.accountData(other)).openMarkets).to.equal(0n);
  });

  it("in a market that does not exist is refused by name", async () => {
    const { house, logic, other } = await engineLedger();
    await expect(house.poke(other, 9)).to.be.revertedWithCustomError(logic.reservations, "UnknownMarket").withArgs(9n);
  });

  it("shows all a liquidation needs in one reading", async () => {
    const { ledger, setPrice, alice, long, other } = await engineLedger();
    await setPrice({ mark: 1_900n * WAD });
    const seen = await ledger.examine.staticCall(long, MARKET, Action.LIQUIDATE);
    expect(seen.heldMarkets).to.equal(1n);
    expect(seen.owner).to.equal(alice.address);
    expect(seen.size).to.equal(2n * WAD);
    expect(seen.quote).to.equal(-4_000n * WAD);
    expect(seen.price.mark).to.equal(1_900n * WAD);
    expect(seen.health.equity).to.equal(800n * WAD);
    expect(seen.health.maintenanceMargin).to.equal(190n * WAD);
    const none = await ledger.examine.staticCall(other, MARKET, Action.LIQUIDATE);
    expect([none.size, none.price.mark, none.health.equity]).to.deep.equal([0n, 0n, 10_000n * WAD]);
  });
});
