import { expect } from "chai";
import { ZeroAddress } from "ethers";

import {
  Action,
  ethers,
  loadLedger,
  MARKET,
  networkHelpers,
  START,
  Status,
  Validity,
  WAD,
  wad,
} from "../../support/ledger.js";

/** Alice and Bob with 1,000 each, and Carol, who makes the market, with a million. */
async function traders() {
  const fixture = await loadLedger();
  const { open, alice, bob, carol } = fixture;
  return { ...fixture, a: await open(alice, 1_000), b: await open(bob, 1_000), maker: await open(carol, 1_000_000) };
}

describe("Settling a taker's fills", () => {
  it("gives both sides the same size at the same price", async () => {
    const { house, meet, positionOf, cashOf, a, b } = await traders();
    await meet(a, b, 2n * WAD);
    const long = await positionOf(a);
    expect(long.size).to.equal(2n * WAD);
    expect(long.quote).to.equal(wad(-4_000));
    expect(long.breakEven).to.equal(START);
    const short = await positionOf(b);
    expect(short.size).to.equal(-2n * WAD);
    expect(short.quote).to.equal(wad(4_000));
    expect(await cashOf(a)).to.equal(wad(1_000));
    const state = await house.marketState(MARKET);
    expect(state.longOpenInterest).to.equal(2n * WAD);
    expect(state.shortOpenInterest).to.equal(2n * WAD);
  });

  it("averages the price of what is added", async () => {
    const { meet, positionOf, a, maker } = await traders();
    await meet(a, maker, WAD, 2_000n * WAD);
    await meet(a, maker, WAD, 2_200n * WAD);
    const position = await positionOf(a);
    expect(position.size).to.equal(2n * WAD);
    expect(position.breakEven).to.equal(2_100n * WAD);
  });

  it("realises the closed part and leaves the break-even of the rest", async () => {
    const { meet, positionOf, cashOf, setPrice, logic, a, maker } = await traders();
    await meet(a, maker, 2n * WAD);
    await setPrice({ mark: 2_100n * WAD });
    await expect(meet(maker, a, WAD / 2n, 2_100n * WAD))
      .to.emit(logic.positions, "PositionChanged")
      .withArgs(a, MARKET, wad("1.5"), wad(-3_000), wad(1_050), 0n);
    expect(await cashOf(a)).to.equal(wad(1_050));
    expect((await positionOf(a)).breakEven).to.equal(START);
  });

  it("closes and opens the other side in one trade, splitting its quote by size", async () => {
    const { house, meet, positionOf, cashOf, setPrice, settle, rest, a, maker } = await traders();
    await meet(a, maker, WAD);
    await setPrice({ mark: 2_100n * WAD });
    await rest(maker, true, 3n * WAD);
    await settle({ taker: a, buy: false, fills: [{ maker, size: 3n * WAD, price: 2_100n * WAD }] });
    const position = await positionOf(a);
    expect(position.size).to.equal(-2n * WAD);
    // One wei of dust a fill stays in the ledger when a taker sells.
    expect(position.quote).to.be.closeTo(wad(4_200), 2n);
    expect(position.quote).to.be.lessThanOrEqual(wad(4_200));
    expect(await cashOf(a)).to.be.closeTo(wad(1_100), 2n);
    expect(await cashOf(a)).to.be.lessThanOrEqual(wad(1_100));
    const state = await house.marketState(MARKET);
    expect(state.longOpenInterest).to.equal(2n * WAD);
    expect(state.shortOpenInterest).to.equal(2n * WAD);
  });

  it("rounds each fill against both sides and keeps the wei between them", async () => {
    const { rest, settle, positionOf, a, maker } = await traders();
    const size = WAD + 1n;
    const price = START + 1n;
    // (1e18 + 1) * (2,000e18 + 1) / 1e18 = 2,000e18 + 2,001 and a bit.
    await rest(maker, false, size);
    await settle({ taker: a, buy: true, fills: [{ maker, size, price }] });
    expect((await positionOf(a)).quote).to.equal(-(2_000n * WAD + 2_002n));
    expect((await positionOf(maker)).quote).to.equal(2_000n * WAD + 2_001n);
  });

  it("takes several makers at their own prices, and one maker's several orders", async () => {
    const { rest, settle, positionOf, house, a, b, maker } = await traders();
    await rest(maker, false, 3n * WAD);
    await rest(b, false, WAD);
    await settle({
      taker: a,
      buy: true,
      fills: [
        { maker, size: WAD, price: 2_000n * WAD },
        { maker: b, size: WAD / 2n, resting: WAD, price: 2_001n * WAD },
        { maker, size: 2n * WAD, price: 2_002n * WAD },
      ],
    });
    // 2,000 + 1,000.5 + 4,004.
    expect((await positionOf(a)).quote).to.equal(wad("-7004.5"));
    expect((await positionOf(maker)).size).to.equal(-3n * WAD);
    expect((await positionOf(b)).size).to.equal(-WAD / 2n);
    expect((await house.reservation(maker, MARKET)).asks).to.equal(0n);
    expect((await house.reservation(b, MARKET)).asks).to.equal(WAD / 2n);
  });

  it("does nothing for no fills and for fills of nothing", async () => {
    const { settle, rejectedOf, positionOf, a, maker } = await traders();
    expect(await rejectedOf({ taker: a, buy: true, fills: [] })).to.equal(0n);
    await settle({ taker: a, buy: true, fills: [{ maker, size: 0n }] });
    expect((await positionOf(a)).size).to.equal(0n);
    expect((await positionOf(maker)).size).to.equal(0n);
  });

  it("takes 256 fills and no more", async () => {
    const { logic, settle, rejectedOf, a, maker } = await traders();
    const stale = { maker, size: WAD, epoch: 7n };
    const most = Array.from({ length: 256 }, () => stale);
    expect(await rejectedOf({ taker: a, buy: true, fills: most })).to.equal(2n ** 256n - 1n);
    await expect(settle({ taker: a, buy: true, fills: [...most, stale] }))
      .to.be.revertedWithCustomError(logic.trades, "TooManyFills")
      .withArgs(257n, 256n);
  });

  it("is refused in a market that does not exist and for a caller who may not act", async () => {
    const { logic, settle, stranger, a, maker } = await traders();
    const fills = [{ maker, size: WAD }];
    await expect(settle({ taker: a, buy: true, fills, market: 5 }))
      .to.be.revertedWithCustomError(logic.reservations, "UnknownMarket")
      .withArgs(5n);
    await expect(settle({ taker: a, buy: true, fills, caller: stranger.address }))
      .to.be.revertedWithCustomError(logic.accounts, "NotAuthorised")
      .withArgs(a, stranger.address);
  });

  it("bears the largest sizes and prices a fill can hold, and refuses them for want of margin", async () => {
    const { rejectedOf, a, maker } = await traders();
    const most = { maker, size: 2n ** 96n - 1n, price: 2n ** 128n - 1n, resting: 0n };
    await expect(rejectedOf({ taker: a, buy: true, fills: [most] })).to.be.revertedWithPanic(0x11);
  });
});

describe("The count of open interest", () => {
  /** Where the ledger keeps a market's open interest, found by its value: long in the lowest 96 bits, short in the next, then the cap. */
  async function slotOf(house: string, value: bigint): Promise<string> {
    for (let root = 0n; root < 64n; ++root) {
      const entry = ethers.solidityPackedKeccak256(["uint256", "uint256"], [MARKET, root]);
      const slot = ethers.toBeHex(BigInt(entry) + 1n, 32);
      if (BigInt(await ethers.provider.getStorage(house, slot)) % (1n << 192n) === value) return slot;
    }
    throw new Error("open interest is not where it was");
  }

  it("that does not cover a closing position is an error, not a wrap, and dust of it ends at zero", async () => {
    const { house, logic, meet, rest, settle, a, b } = await traders();
    const address = await house.getAddress();
    await meet(a, b, WAD);
    const slot = await slotOf(address, (WAD << 96n) | WAD);
    const count = (interest: bigint) =>
      networkHelpers.setStorageAt(address, slot, ethers.toBeHex((interest << 96n) | interest, 32));
    await rest(b, true, WAD);
    const close = () => settle({ taker: a, buy: false, reduceOnly: true, fills: [{ maker: b, size: WAD }] });
    // Up to 1e12 wei may be rounding.
    await count(WAD - 10n ** 12n - 1n);
    await expect(close())
      .to.be.revertedWithCustomError(logic.markets, "OpenInterestUnderflow")
      .withArgs(MARKET, WAD - 10n ** 12n - 1n, -WAD);
    await count(WAD - 10n ** 12n);
    await close();
    const state = await house.marketState(MARKET);
    expect([state.longOpenInterest, state.shortOpenInterest]).to.deep.equal([0n, 0n]);
  });
});

describe("Opening as a taker", () => {
  it("asks for initial margin exactly", async () => {
    const { logic, meet, rest, settle, positionOf, open, dave, maker } = await traders();
    const account = await open(dave, 200);
    await rest(maker, false, 2n * WAD);
    await expect(settle({ taker: account, buy: true, fills: [{ maker, size: WAD + 10n }] }))
      .to.be.revertedWithCustomError(logic.reservations, "InsufficientMargin")
      .withArgs(account, 200n * WAD, 200n * WAD + 2_000n);
    await meet(account, maker, WAD);
    expect((await positionOf(account)).size).to.equal(WAD);
  });

  it("counts what the price is off the mark as a loss at once, or a gain", async () => {
    const { logic, rest, settle, equityOf, open, dave, maker } = await traders();
    const account = await open(dave, 250);
    await rest(maker, false, 2n * WAD);
    // Buying at 2,050.01 loses 50.01: 199.99 is left of 250.
    await expect(settle({ taker: account, buy: true, fills: [{ maker, size: WAD, price: wad("2050.01") }] }))
      .to.be.revertedWithCustomError(logic.reservations, "InsufficientMargin")
      .withArgs(account, wad("199.99"), 200n * WAD);
    await settle({ taker: account, buy: true, fills: [{ maker, size: WAD, price: wad("2050") }] });
    expect(await equityOf(account)).to.equal(200n * WAD);
  });

  it("asks for a valid price", async () => {
    const { prices, rest, settle, setPrice, a, maker } = await traders();
    await rest(maker, false, WAD);
    for (const validity of [Validity.UNCERTAIN, Validity.STALE, Validity.INVALID]) {
      await setPrice({ validity });
      await expect(settle({ taker: a, buy: true, fills: [{ maker, size: WAD }] }))
        .to.be.revertedWithCustomError(prices, "PriceNotUsable")
        .withArgs(MARKET, Action.OPEN, validity, ZeroAddress, 0n);
    }
  });

  it("is refused in a market that only reduces, even against somebody who closes", async () => {
    const { house, logic, meet, rest, settle, a, b, maker } = await traders();
    await meet(a, maker, WAD);
    await rest(a, false, WAD);
    await house.restrictMarket(MARKET);
    expect((await house.marketConfig(MARKET)).status).to.equal(Status.REDUCE_ONLY);
    await expect(settle({ taker: b, buy: true, fills: [{ maker: a, size: WAD }] }))
      .to.be.revertedWithCustomError(logic.reservations, "MarketReduceOnly")
      .withArgs(MARKET);
  });

  it("below the market's minimum is refused, at it is not", async () => {
    const { logic, meet, rest, settle, positionOf, a, maker } = await traders();
    const size = wad("0.005");
    await rest(maker, false, size);
    // 0.005 * 2,000 = 10 is the minimum.
    await expect(settle({ taker: a, buy: true, fills: [{ maker, size: size - 1n, resting: size }] }))
      .to.be.revertedWithCustomError(logic.trades, "PositionTooSmall")
      .withArgs(MARKET, 10n * WAD - 2_000n, 10n * WAD);
    await meet(a, maker, size);
    expect((await positionOf(a)).size).to.equal(size);
  });

  it("of one wei is refused as too small", async () => {
    const { logic, rest, settle, a, maker } = await traders();
    await rest(maker, false, 1n);
    await expect(settle({ taker: a, buy: true, fills: [{ maker, size: 1n }] })).to.be.revertedWithCustomError(
      logic.trades,
      "PositionTooSmall",
    );
  });

  it("stops at the open-interest cap, whichever side the taker is on", async () => {
    const { logic, configure, meet, rest, settle, house, open, dave, a, b, maker } = await traders();
    const flat = await open(dave, 10_000);
    await configure({ openInterestCap: 3n * WAD });
    await meet(a, maker, 2n * WAD);
    for (const buy of [true, false]) {
      await rest(flat, !buy, 2n * WAD);
      await expect(settle({ taker: b, buy, fills: [{ maker: flat, size: 2n * WAD }] })).to.be.revertedWithCustomError(
        logic.trades,
        "OpenInterestCapExceeded",
      );
    }
    await meet(b, maker, WAD);
    expect((await house.marketState(MARKET)).longOpenInterest).to.equal(3n * WAD);
    await rest(maker, false, 1n);
    await expect(settle({ taker: b, buy: true, fills: [{ maker, size: 1n }] }))
      .to.be.revertedWithCustomError(logic.trades, "OpenInterestCapExceeded")
      .withArgs(MARKET, 3n * WAD + 1n, 3n * WAD);
  });

  it("at the cap is still possible against somebody who closes", async () => {
    const { configure, meet, house, a, b, maker } = await traders();
    await configure({ openInterestCap: 2n * WAD });
    await meet(a, maker, 2n * WAD);
    await meet(b, a, WAD);
    expect((await house.marketState(MARKET)).longOpenInterest).to.equal(2n * WAD);
  });
});

describe("Reducing as a taker", () => {
  /** Alice is long 5 @ 2,000 with 1,000, and the market has fallen to 1,850: equity 250 of 462.5 maintenance. */
  async function underMaintenance() {
    const fixture = await traders();
    const { meet, setPrice, rest, a, maker } = fixture;
    await meet(a, maker, 5n * WAD);
    await setPrice({ mark: 1_850n * WAD });
    await rest(maker, true, 100n * WAD);
    return fixture;
  }

  it("below maintenance is allowed as long as the margin ratio does not fall", async () => {
    const { logic, settle, equityOf, house, a, maker } = await underMaintenance();
    // Selling 1 leaves 370 of maintenance. At 1,800 equity is 200: 200 / 370 = 250 / 462.5, no worse. (The seller's wei of
    // dust makes it two wei worse: 1,800 and a bit is needed.)
    const fill = (price: bigint) => ({ taker: a, buy: false, fills: [{ maker, size: WAD, price }] });
    await expect(settle(fill(wad("1799.99"))))
      .to.be.revertedWithCustomError(logic.trades, "MarginRatioWorsened")
      .withArgs(a, wad("199.99") - 1n, 370n * WAD);
    await settle(fill(1_800n * WAD + 10n));
    const health = await house.health(a);
    expect(await equityOf(a)).to.be.closeTo(200n * WAD, 20n);
    expect(health.maintenanceMargin).to.equal(370n * WAD);
  });

  it("needs no initial margin, no minimum size and no active market", async () => {
    const { house, settle, positionOf, a, b, meet, maker } = await underMaintenance();
    await meet(b, maker, WAD, 1_850n * WAD);
    await house.restrictMarket(MARKET);
    await settle({
      taker: a,
      buy: false,
      reduceOnly: true,
      fills: [{ maker, size: 5n * WAD - 1n, price: 1_850n * WAD }],
    });
    expect((await positionOf(a)).size).to.equal(1n);
  });

  it("to zero is refused if it would leave debt: that is for liquidation", async () => {
    const { logic, settle, setPrice, a, maker } = await underMaintenance();
    await setPrice({ mark: 1_790n * WAD });
    const fills = [{ maker, size: 5n * WAD, price: 1_790n * WAD }];
    await expect(settle({ taker: a, buy: false, fills }))
      .to.be.revertedWithCustomError(logic.trades, "MarginRatioWorsened")
      .withArgs(a, wad(-50) - 1n, 0n);
  });

  it("works at any validity when it says that it only reduces", async () => {
    const { settle, positionOf, setPrice, a, maker } = await underMaintenance();
    let left = 5n;
    for (const validity of [Validity.UNCERTAIN, Validity.STALE, Validity.INVALID]) {
      await setPrice({ mark: 1_850n * WAD, validity });
      const fills = [{ maker, size: WAD, price: 1_850n * WAD }];
      await settle({ taker: a, buy: false, reduceOnly: true, fills });
      expect((await positionOf(a)).size).to.equal(--left * WAD);
    }
  });

  it("with a reduce-only order is refused without a position, on its side, and beyond it", async () => {
    const { logic, settle, rest, a, b, maker } = await underMaintenance();
    const sale = { maker, size: 5n * WAD + 1n, price: 1_850n * WAD };
    await expect(settle({ taker: a, buy: false, reduceOnly: true, fills: [sale] }))
      .to.be.revertedWithCustomError(logic.trades, "NotReducing")
      .withArgs(a, MARKET, 5n * WAD, -(5n * WAD + 1n));
    await expect(settle({ taker: b, buy: false, reduceOnly: true, fills: [sale] }))
      .to.be.revertedWithCustomError(logic.trades, "NotReducing")
      .withArgs(b, MARKET, 0n, -(5n * WAD + 1n));
    await rest(maker, false, WAD);
    await expect(settle({ taker: a, buy: true, reduceOnly: true, fills: [{ maker, size: WAD, price: 1_850n * WAD }] }))
      .to.be.revertedWithCustomError(logic.trades, "NotReducing")
      .withArgs(a, MARKET, 5n * WAD, WAD);
  });

  it("is possible while fund and vault are empty (P14)", async () => {
    const { settle, positionOf, setPrice, a, maker } = await underMaintenance();
    await setPrice({ mark: 1_900n * WAD });
    await settle({ taker: a, buy: false, reduceOnly: true, fills: [{ maker, size: 5n * WAD, price: 1_900n * WAD }] });
    expect((await positionOf(a)).size).to.equal(0n);
  });
});

describe("Settling for the liquidation engine", () => {
  async function liquidated(mark: bigint, size = 5n * WAD) {
    const fixture = await traders();
    const { configure, meet, setPrice, rest, settle, book, a, maker } = fixture;
    await meet(a, maker, 5n * WAD);
    await configure({ liquidationFee: 10_000n, takerFee: 500n });
    await setPrice({ mark });
    await rest(maker, true, size);
    const liquidate = () =>
      settle({
        taker: a,
        buy: false,
        reduceOnly: true,
        liquidation: true,
        caller: book.address,
        fills: [{ maker, size, price: mark }],
      });
    return { ...fixture, liquidate };
  }

  it("asks neither the owner nor margin, and takes the liquidation fee", async () => {
    const { liquidate, house, positionOf, cashOf, a } = await liquidated(1_850n * WAD);
    await liquidate();
    // Sold 5 @ 1,850: a loss of 750, and 1 % of 9,250 = 92.5.
    expect((await positionOf(a)).size).to.equal(0n);
    expect(await cashOf(a)).to.be.closeTo(wad("157.5"), 2n);
    expect(await house.feesAccrued()).to.equal(wad("92.5"));
  });

  it("takes no fee that would lower the margin ratio", async () => {
    // Mark 1,805: equity 25 of 451.25. Selling 1 leaves 361 of maintenance, so 25 * 361 / 451.25 = 20 must stay: the fee is
    // at most 5 of the 18.05 due.
    const { liquidate, house } = await liquidated(1_805n * WAD, WAD);
    await liquidate();
    expect(await house.feesAccrued()).to.be.closeTo(5n * WAD, 10n);
    expect(await house.feesAccrued()).to.be.lessThanOrEqual(5n * WAD);
  });

  it("takes no fee from an account without equity", async () => {
    const { liquidate, house, cashOf, a } = await liquidated(1_790n * WAD);
    await liquidate();
    expect(await house.feesAccrued()).to.equal(0n);
    expect(await cashOf(a)).to.be.closeTo(wad(-50), 2n);
  });

  it("asks for a price good enough to liquidate at", async () => {
    const { liquidate, prices, setPrice } = await liquidated(1_850n * WAD);
    await setPrice({ mark: 1_850n * WAD, validity: Validity.STALE });
    await expect(liquidate())
      .to.be.revertedWithCustomError(prices, "PriceNotUsable")
      .withArgs(MARKET, Action.LIQUIDATE, Validity.STALE, ZeroAddress, 0n);
  });
});
