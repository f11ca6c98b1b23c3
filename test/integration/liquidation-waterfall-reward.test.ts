import { expect } from "chai";

import { MARKET, WAD, wad } from "../support/ledger.js";
import { aliceLong, isClose, loadExchange } from "../support/liquidation.js";

describe("Who may call, and what it earns", () => {
  it("pays the liquidator out of the equity that closing frees, never so that the margin ratio falls", async () => {
    const exchange = await loadExchange();
    const { engine, house, pace, setMark, rest, open, keeper, erin, equityOf, eventOf } = exchange;
    await pace({ rewardRate: 250n });
    const { long } = await aliceLong(exchange);
    const earner = await open(keeper);
    await setMark(wad(1_860));
    await rest(await open(erin, 50_000), true, wad(1_850), 10n * WAD);
    const before = await house.health(long);
    const event = (await eventOf(await engine.connect(keeper).liquidate(long, MARKET), "Liquidation"))!;
    const closed = event.size as bigint;
    // 0.025 % of closed * 1,860
    const reward = (closed * 1_860n * 250n) / 1_000_000n;
    expect(isClose(event.reward as bigint, reward, 2n)).to.be.true;
    expect(await equityOf(earner)).to.equal(event.reward);
    const after = await house.health(long);
    expect(after.equity * before.maintenanceMargin).to.be.at.least(before.equity * after.maintenanceMargin);
    expect(event.equityAfter).to.equal(after.equity);
    expect(event.maintenanceAfter).to.equal(after.maintenanceMargin);
  });

  it("caps the reward", async () => {
    const exchange = await loadExchange();
    const { engine, pace, setMark, rest, open, keeper, erin, equityOf } = exchange;
    await pace({ rewardRate: 10_000n, maxReward: 3n });
    const { long } = await aliceLong(exchange);
    const earner = await open(keeper);
    await setMark(wad(1_860));
    await rest(await open(erin, 50_000), true, wad(1_850), 10n * WAD);
    await engine.connect(keeper).liquidate(long, MARKET);
    expect(await equityOf(earner)).to.equal(wad(3));
  });

  it("lets the owner liquidate itself and gain nothing by it", async () => {
    const exchange = await loadExchange();
    const { engine, pace, setMark, rest, open, alice, erin, equityOf } = exchange;
    await pace({ rewardRate: 250n });
    const { long } = await aliceLong(exchange);
    await setMark(wad(1_860));
    await rest(await open(erin, 50_000), true, wad(1_850), 10n * WAD);
    const before = await equityOf(long);
    await engine.connect(alice).liquidate(long, MARKET);
    expect(await equityOf(long)).to.be.lessThan(before);
  });

  it("pays a bounty from the fund for an account under water, no more than its opening cost in fees", async () => {
    const exchange = await loadExchange();
    const { engine, fund, configure, pace, insure, setMark, meet, open, alice, bob, keeper, equityOf, eventOf } =
      exchange;
    await configure({ makerFee: 100n, takerFee: 500n });
    await pace({ rewardRate: 5_000n });
    await insure(1_000);
    const long = await open(alice, 2_110);
    await meet(long, await open(bob, 20_000), 10n * WAD);
    const earner = await open(keeper);
    // taker fee 20,000 * 0.05 % = 10, so equity is 2,100 - 2,500 = -400
    await setMark(wad(1_750));
    const event = (await eventOf(await engine.connect(keeper).liquidate(long, MARKET), "Liquidation"))!;
    // the lower fee, 0.01 %, of the lower value, 17,500
    expect(event.reward).to.equal(wad("1.75"));
    expect(await equityOf(earner)).to.equal(wad("1.75"));
    expect(await fund.balance()).to.equal(wad("598.25"));
  });

  it("earns nobody anything to own the account, its winner and the liquidator", async () => {
    const exchange = await loadExchange();
    const { engine, configure, pace, insure, setMark, meet, open, alice, equityOf, fund } = exchange;
    await configure({ makerFee: 100n, takerFee: 500n });
    await pace({ rewardRate: 10_000n });
    await insure(5_000);
    const caller = await open(alice);
    const long = await open(alice, 2_110, 1);
    const short = await open(alice, 20_000, 2);
    await meet(long, short, 10n * WAD);
    await setMark(wad(1_789));
    const fundBefore = await fund.balance();
    await engine.connect(alice).liquidate(long, MARKET);
    const wealth = (await equityOf(caller)) + (await equityOf(long)) + (await equityOf(short));
    // What was put in, less both fees, plus what the fund paid: a deficit of 10 and a bounty of 1.789, against fees of 12.
    expect(fundBefore - (await fund.balance())).to.be.lessThan(wad(12));
    expect(wealth).to.be.lessThan(wad(22_110));
  });

  it("pays nothing to a caller without an account, and goes on", async () => {
    const exchange = await loadExchange();
    const { engine, pace, setMark, rest, open, stranger, erin, eventOf } = exchange;
    await pace({ rewardRate: 250n });
    const { long } = await aliceLong(exchange);
    await setMark(wad(1_860));
    await rest(await open(erin, 50_000), true, wad(1_850), 10n * WAD);
    const event = (await eventOf(await engine.connect(stranger).liquidate(long, MARKET), "Liquidation"))!;
    expect(event.reward).to.equal(0n);
  });

  it("charges the liquidation fee only out of what closing frees (P10)", async () => {
    const exchange = await loadExchange();
    const { engine, house, configure, setMark, rest, open, erin } = exchange;
    // 2 % of notional is more than the 25 equity has left for it.
    await configure({ liquidationFee: 20_000n });
    const { long } = await aliceLong(exchange);
    await setMark(wad(1_800));
    // equity 100, maintenance 900; only 4 are bid for
    await rest(await open(erin, 50_000), true, wad(1_800), 4n * WAD);
    const before = await house.health(long);
    await engine.liquidate(long, MARKET);
    const after = await house.health(long);
    expect(after.equity * before.maintenanceMargin).to.be.at.least(before.equity * after.maintenanceMargin);
    expect(await house.feesAccrued()).to.be.greaterThan(0n);
  });
});

describe("The engine's parameters", () => {
  it("refuses unsafe ones, with the rule", async () => {
    const { engine, pace } = await loadExchange();
    for (const changes of [
      { buffer: 1_000_001n },
      { slice: 9_999n },
      { slice: 1_000_001n },
      { cooldown: 3_601n },
      { rewardRate: 10_001n },
      { maxMakers: 0n },
      { maxMakers: 257n },
      { maxTranches: 0n },
      { maxTranches: 257n },
    ]) {
      await expect(pace(changes)).to.be.revertedWithCustomError(engine, "UnsafeParameter");
    }
  });

  it("can only be set by governance", async () => {
    const { engine, parameters, stranger } = await loadExchange();
    const outsider = engine.connect(stranger);
    await expect(outsider.setParameters(parameters)).to.be.revertedWithCustomError(engine, "AccessManagedUnauthorized");
    await expect(outsider.setBackstop(stranger)).to.be.revertedWithCustomError(engine, "AccessManagedUnauthorized");
    await expect(outsider.setInsurance(stranger)).to.be.revertedWithCustomError(engine, "AccessManagedUnauthorized");
  });

  it("finds an account that does not exist not liquidatable", async () => {
    const { engine } = await loadExchange();
    await expect(engine.liquidate(2n ** 32n - 1n, MARKET))
      .to.be.revertedWithCustomError(engine, "NotLiquidatable")
      .withArgs(2n ** 32n - 1n, 0n, 0n);
  });
});
