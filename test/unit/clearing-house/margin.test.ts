import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { Action, loadLedger, MARKET, OTHER_MARKET, START, Validity, WAD, wad } from "../../support/ledger.js";

describe("An account's health", () => {
  it("adds up by hand: long 2 @ 2,000 and short 1 @ 2,000 in another market", async () => {
    const { house, open, meet, setPrice, rest, alice, bob } = await loadLedger();
    const account = await open(alice, 1_000);
    const other = await open(bob, 10_000);
    await meet(account, other, 2n * WAD);
    await meet(other, account, WAD, START, OTHER_MARKET);
    await rest(account, false, WAD, OTHER_MARKET);
    await setPrice({ mark: 2_100n * WAD });
    await setPrice({ mark: 2_050n * WAD }, OTHER_MARKET);
    const health = await house.health(account);
    // 1,000 + 2 * 100 - 50.
    expect(health.equity).to.equal(1_150n * WAD);
    expect(health.cash).to.equal(1_000n * WAD);
    // 4,200 + 2,050.
    expect(health.notional).to.equal(6_250n * WAD);
    // 5 % of it.
    expect(health.maintenanceMargin).to.equal(wad("312.5"));
    // 10 % of 4,200 + 10 % of |-1 - 1| * 2,050.
    expect(health.initialMargin).to.equal(830n * WAD);
  });

  it("rounds a position of odd size against its holder", async () => {
    const { house, open, meet, alice, bob } = await loadLedger();
    const account = await open(alice, 1_000);
    await meet(account, await open(bob, 1_000), WAD + 1n, START + 1n);
    const health = await house.health(account);
    // Notional (1e18 + 1) * 2,000 exactly; the price paid rounded up to 2,000e18 + 2,002.
    expect(health.notional).to.equal(2_000n * WAD + 2_000n);
    expect(health.equity).to.equal(1_000n * WAD - 2n);
    expect(health.maintenanceMargin).to.equal(100n * WAD + 100n);
  });

  it("lets profit in one market back a position in another, and a loss take it away", async () => {
    const { logic, open, meet, rest, settle, setPrice, alice, bob } = await loadLedger();
    const account = await open(alice, 1_000);
    const other = await open(bob, 100_000);
    await meet(account, other, 5n * WAD);
    await rest(other, false, WAD, OTHER_MARKET);
    const trade = { taker: account, buy: true, market: OTHER_MARKET, fills: [{ maker: other, size: WAD }] };
    await expect(settle(trade))
      .to.be.revertedWithCustomError(logic.reservations, "InsufficientMargin")
      .withArgs(account, 1_000n * WAD, 1_200n * WAD);
    await setPrice({ mark: 2_100n * WAD });
    // Equity 1,500; 10 % of 10,500 + 2,000.
    await settle(trade);
  });

  it("covers sixteen markets at once", async () => {
    const { house, config, open, meet, setPrice, alice, bob } = await loadLedger();
    const account = await open(alice, 10_000);
    const other = await open(bob, 10_000);
    for (let market = 0; market < 16; ++market) {
      await setPrice({}, market);
      if (market > OTHER_MARKET) await house.listMarket(market, config);
      await meet(account, other, WAD, START, market);
    }
    expect((await house.accountData(account)).openMarkets).to.equal(0xffffn);
    expect((await house.health(account)).notional).to.equal(32_000n * WAD);
  });

  it("is shown whatever the price is worth, but given for an action only as the ladder allows", async () => {
    const { house, prices, open, meet, setPrice, alice, bob } = await loadLedger();
    const account = await open(alice, 1_000);
    await meet(account, await open(bob, 1_000), WAD);
    const { VALID, UNCERTAIN, STALE, INVALID } = Validity;
    const worst = new Map<number, bigint>([
      [Action.DEPOSIT, INVALID],
      [Action.CANCEL, INVALID],
      [Action.REDUCE, INVALID],
      [Action.OPEN, VALID],
      [Action.WITHDRAW, UNCERTAIN],
      // The engine asks for the price of the market it acts in; no other may shield the account.
      [Action.LIQUIDATE, INVALID],
      [Action.DELEVERAGE, VALID],
    ]);
    for (const validity of [VALID, UNCERTAIN, STALE, INVALID]) {
      await setPrice({ validity });
      expect((await house.health(account)).notional).to.equal(2_000n * WAD);
      for (const [action, limit] of worst) {
        if (validity <= limit) {
          expect((await house.healthFor.staticCall(account, action)).notional).to.equal(2_000n * WAD);
        } else {
          await expect(house.healthFor(account, action))
            .to.be.revertedWithCustomError(prices, "PriceNotUsable")
            .withArgs(MARKET, action, validity, ZeroAddress, 0n);
        }
      }
    }
  });
});

describe("Initial margin that rises with open interest", () => {
  /** Low 10, high 30, and open interest of 20 between two large traders. */
  async function halfWay() {
    const fixture = await loadLedger();
    const { configure, open, meet, carol, dave } = fixture;
    await configure({ openInterestLow: 10n * WAD, openInterestHigh: 30n * WAD });
    const long = await open(carol, 100_000);
    const short = await open(dave, 100_000);
    await meet(long, short, 10n * WAD);
    expect((await fixture.house.marketState(MARKET)).initialRate).to.equal(wad("0.1"));
    await meet(long, short, 10n * WAD);
    return { ...fixture, long, short };
  }

  it("is half way between the base rate and 100 % half way up the range", async () => {
    const { house, logic, open, meet, rest, settle, alice, short } = await halfWay();
    // 10 % + 90 % / 2.
    expect((await house.marketState(MARKET)).initialRate).to.equal(wad("0.55"));
    const account = await open(alice, 1_100);
    await rest(short, false, 2n * WAD);
    await expect(settle({ taker: account, buy: true, fills: [{ maker: short, size: WAD + 1n }] }))
      .to.be.revertedWithCustomError(logic.reservations, "InsufficientMargin")
      .withArgs(account, 1_100n * WAD, 1_100n * WAD + 1_100n);
    await meet(account, short, WAD);
    const health = await house.health(account);
    // Open interest 21: 10 % + 90 % * 11 / 20 = 59.5 %; maintenance stays 5 %.
    expect(health.initialMargin).to.equal(1_190n * WAD);
    expect(health.maintenanceMargin).to.equal(100n * WAD);
  });

  it("is 100 % from the top of the range on, and falls as positions close", async () => {
    const { house, meet, long, short } = await halfWay();
    await meet(long, short, 11n * WAD);
    expect((await house.marketState(MARKET)).initialRate).to.equal(WAD);
    await meet(short, long, 26n * WAD);
    expect((await house.marketState(MARKET)).initialRate).to.equal(wad("0.1"));
  });

  it("follows the parameters when governance changes them", async () => {
    const { house, configure } = await halfWay();
    await configure({ initialMarginRate: 200_000n, openInterestLow: 0n, openInterestHigh: 40n * WAD });
    // 20 % + 80 % / 2.
    expect((await house.marketState(MARKET)).initialRate).to.equal(wad("0.6"));
  });

  it("is rounded up", async () => {
    const { house, configure } = await halfWay();
    // 10 % + 90 % * (20 - 13) / (20 - 13 + 2) = 0.8 exactly; with a third: 10 % + 90 % * 20 / 70.
    await configure({ openInterestLow: 0n, openInterestHigh: 70n * WAD });
    expect((await house.marketState(MARKET)).initialRate).to.equal(357_142_857_142_857_143n);
  });
});
