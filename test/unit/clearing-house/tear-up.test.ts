import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { bankruptLong } from "../../support/bankrupt-long.js";
import { Action, isDustBelow, loadLedger, MARKET, START, Validity, WAD, wad } from "../../support/ledger.js";

describe("A tear-up", () => {
  it("of half a tranche at 1,800 halves both shorts and pays each for its half", async () => {
    const { house, logic, setPrice, short, enter, deleverage, positionOf, cashOf, carol, dave, victim } =
      await bankruptLong();
    const one = await short(carol, WAD);
    const two = await short(dave, WAD);
    await enter();
    await setPrice({ mark: 1_800n * WAD });
    const { key } = await positionOf(one);
    // S = 2, q = 1: A falls from 1 to 1/2 and C by 1,800 / 2 = 900.
    await expect(deleverage(1_800n * WAD))
      .to.emit(logic.deleveraging, "TrancheDeleveraged")
      .withArgs(MARKET, key, 0n, WAD, 1_800n * WAD, 0n, 5n * 10n ** 26n, -900n * 10n ** 27n);
    for (const account of [one, two]) {
      const position = await positionOf(account);
      expect(position.size).to.equal(-WAD / 2n);
      expect(position.breakEven).to.equal(START);
      expect(position.pending).to.equal(100n * WAD);
      expect(await cashOf(account)).to.equal(10_000n * WAD);
    }
    expect((await positionOf(victim)).size).to.equal(0n);
    // Sold 1 @ 1,800 after buying at 2,000.
    expect(await cashOf(victim)).to.equal(50n * WAD);
    await house.poke(one, MARKET);
    expect(await cashOf(one)).to.equal(10_100n * WAD);
    expect((await positionOf(one)).pending).to.equal(0n);
    expect((await positionOf(one)).size).to.equal(-WAD / 2n);
    const state = await house.marketState(MARKET);
    expect(state.longOpenInterest).to.equal(WAD);
    expect(state.shortOpenInterest).to.equal(WAD);
  });

  it("of longs gives them what shorts pay", async () => {
    const { house, engine, open, meet, setPrice, positionOf, cashOf, alice, bob } = await loadLedger();
    const winner = await open(alice, 1_000);
    const victim = await open(bob, 1_000);
    await meet(winner, victim, 4n * WAD);
    await setPrice({ mark: 2_200n * WAD });
    await house.connect(engine).deleverage(victim, MARKET, -WAD, 2_200n * WAD, 0n, 10n);
    const position = await positionOf(winner);
    expect(position.size).to.equal(3n * WAD);
    expect(position.breakEven).to.equal(START);
    expect(position.pending).to.equal(200n * WAD);
    expect(await cashOf(victim)).to.equal(800n * WAD);
    expect((await positionOf(victim)).size).to.equal(-3n * WAD);
  });

  it("of a whole tranche ends its generation; members settle to nothing, newcomers start afresh", async () => {
    const { house, setPrice, short, enter, deleverage, positionOf, cashOf, meet, carol, dave, rich, victim } =
      await bankruptLong();
    const one = await short(carol, WAD);
    await enter();
    await setPrice({ mark: 1_800n * WAD });
    await deleverage(1_800n * WAD);
    const { key } = await positionOf(one);
    expect((await positionOf(one)).size).to.equal(0n);
    expect((await positionOf(one)).pending).to.equal(200n * WAD);
    expect(await house.trancheKeys(MARKET, true, 0n, 10n)).to.deep.equal([]);
    expect((await house.tranche(MARKET, key, 0n)).sizePerShare).to.equal(0n);
    expect((await house.tranche(MARKET, key, 0n)).current).to.equal(1n);
    // A newcomer at the same price sits in the next generation, at full size.
    const two = await short(dave, WAD);
    expect((await positionOf(two)).key).to.equal(key);
    expect((await positionOf(two)).generation).to.equal(1n);
    expect((await positionOf(two)).size).to.equal(-WAD);
    // And the old member settles by trading on.
    await setPrice({});
    await meet(rich, one, WAD);
    expect(await cashOf(one)).to.equal(10_200n * WAD);
    expect((await positionOf(one)).generation).to.equal(1n);
    expect((await positionOf(one)).size).to.equal(-WAD);
    expect((await positionOf(victim)).size).to.equal(0n);
  });

  it("that leaves too little size per share starts a generation beside the old one, and later reaches both", async () => {
    const { house, engine, setPrice, short, positionOf, carol, dave, rich } = await bankruptLong();
    const tearUp = (size: bigint) => house.connect(engine).deleverage(rich, MARKET, size, 1_800n * WAD, 0n, 10n);
    const one = await short(carol, WAD);
    await setPrice({ mark: 1_800n * WAD });
    // A = 1e-10.
    await tearUp(WAD - 10n ** 8n);
    expect((await positionOf(one)).size).to.equal(-(10n ** 8n));
    const two = await short(dave, WAD);
    expect((await positionOf(two)).key).to.equal((await positionOf(one)).key);
    expect((await positionOf(two)).generation).to.equal(1n);
    await setPrice({ mark: 1_800n * WAD });
    await tearUp((WAD + 10n ** 8n) / 2n);
    expect((await positionOf(two)).size).to.equal(-WAD / 2n);
    expect((await positionOf(one)).size).to.equal(-5n * 10n ** 7n);
    await tearUp(WAD);
    expect((await positionOf(two)).size).to.equal(0n);
    expect((await positionOf(one)).size).to.equal(0n);
    expect(await house.trancheKeys(MARKET, true, 0n, 10n)).to.deep.equal([]);
    await house.poke(one, MARKET);
    await house.poke(two, MARKET);
    expect((await house.accountData(one)).openMarkets).to.equal(0n);
    // Both closed at 1,800 what they had sold at 2,000.
    for (const account of [one, two]) expect(await house.withdrawable(account)).to.be.closeTo(10_200n * WAD, 10_000n);
  });

  it("reaches nobody who is not in profit at its price (P5)", async () => {
    const { setPrice, short, enter, deleverage, preview, positionOf, carol, dave } = await bankruptLong();
    await enter();
    const loser = await short(carol, WAD, 1_700n * WAD);
    // 1,800 and 1,801 share a bucket: who sold at 1,801 is in profit, but not all of the bucket need be.
    const straddling = await short(dave, WAD, 1_801n * WAD);
    await setPrice({ mark: 1_800n * WAD });
    const result = await preview(1_800n * WAD, 1_000n * WAD);
    expect([result.tornUp, result.charged, result.tranches]).to.deep.equal([0n, 0n, 0n]);
    await deleverage(1_800n * WAD, 1_000n * WAD);
    for (const account of [loser, straddling]) {
      expect((await positionOf(account)).size).to.equal(-WAD);
      expect((await positionOf(account)).pending).to.equal(0n);
    }
  });

  it("never reaches the outermost buckets, whose members' least profit nobody knows", async () => {
    const { house, engine, configure, open, meet, setPrice, alice, bob } = await loadLedger();
    await configure({ minimumNotional: 0n });
    const buyer = await open(alice, 1_000);
    const seller = await open(bob, 1_000);
    const tearUp = (victim: bigint, size: bigint, price: bigint) =>
      house.connect(engine).deleverage.staticCall(victim, MARKET, size, price, WAD, 10n);
    // Longs from 4e8 up may have paid anything; shorts below 1e-9 may have received nothing.
    const dear = 10n ** 9n * WAD;
    await setPrice({ mark: dear });
    await meet(buyer, seller, 10n ** 10n, dear);
    await setPrice({ mark: 2n * dear });
    expect((await tearUp(seller, -(10n ** 10n), 2n * dear)).tornUp).to.equal(0n);
    await setPrice({ mark: dear });
    await meet(seller, buyer, 10n ** 10n, dear);
    const cheap = 10n ** 8n;
    await setPrice({ mark: cheap });
    await meet(buyer, seller, WAD, cheap);
    await setPrice({ mark: 1n });
    expect((await tearUp(buyer, WAD, 1n)).tornUp).to.equal(0n);
  });

  it("takes no more than the account holds, and no more than is in profit", async () => {
    const { setPrice, short, enter, preview, carol, dave } = await bankruptLong();
    await short(dave, WAD, 1_700n * WAD);
    await short(carol, WAD / 4n);
    await enter();
    await setPrice({ mark: 1_800n * WAD });
    expect((await preview(1_800n * WAD, 0n, 2n ** 255n - 1n)).tornUp).to.equal(WAD / 4n);
    expect((await preview(1_800n * WAD, 0n, 1n)).tornUp).to.equal(1n);
  });

  it("stops at the number of tranches it is given", async () => {
    const { setPrice, short, enter, preview, carol, dave } = await bankruptLong();
    await short(carol, WAD, 2_100n * WAD);
    await short(dave, WAD, 1_900n * WAD);
    await enter();
    await setPrice({ mark: 1_700n * WAD });
    expect((await preview(1_700n * WAD, 0n, WAD, 0n)).tranches).to.equal(0n);
    expect((await preview(1_700n * WAD, 0n, WAD, 1n)).tranches).to.equal(1n);
    expect((await preview(1_700n * WAD, 0n, WAD, 2n)).tranches).to.equal(2n);
  });

  it("at the bankruptcy price lets those torn up bear the deficit, to the quote (TORN_UP)", async () => {
    const { setPrice, short, enter, deleverage, cashOf, positionOf, carol, victim } = await bankruptLong();
    const one = await short(carol, 2n * WAD);
    await enter();
    // Mark 1,700: the victim has 250 and has lost 300; it is bankrupt at 1,750.
    await setPrice({ mark: 1_700n * WAD });
    await deleverage(1_750n * WAD);
    expect(await cashOf(victim)).to.equal(0n);
    expect((await positionOf(victim)).size).to.equal(0n);
    expect((await positionOf(one)).pending).to.equal(250n * WAD);
  });

  it("is refused for no size, for the wrong side, and at a price that is not valid", async () => {
    const { setPrice, short, enter, deleverage, logic, prices, carol, victim } = await bankruptLong();
    await short(carol, WAD);
    await enter();
    for (const size of [0n, -1n, -(2n ** 255n)]) {
      await expect(deleverage(1_800n * WAD, 0n, size))
        .to.be.revertedWithCustomError(logic.deleveraging, "NotItsSide")
        .withArgs(victim, MARKET, WAD, size);
    }
    await setPrice({ validity: Validity.UNCERTAIN });
    await expect(deleverage(1_800n * WAD))
      .to.be.revertedWithCustomError(prices, "PriceNotUsable")
      .withArgs(MARKET, Action.DELEVERAGE, Validity.UNCERTAIN, ZeroAddress, 0n);
  });

  it("costs the same gas for two members as for twenty (P7)", async () => {
    async function gasFor(members: number): Promise<bigint> {
      const { setPrice, short, enter, deleverage, carol } = await bankruptLong();
      for (let i = 0; i < members; ++i) await short(carol, wad(20 / members), START, 10_000, i);
      await enter();
      await setPrice({ mark: 1_800n * WAD });
      const receipt = await (await deleverage(1_800n * WAD, 10n * WAD)).wait();
      return receipt!.gasUsed;
    }
    const [few, many] = [await gasFor(2), await gasFor(20)];
    expect(many).to.be.closeTo(few, few / 100n);
  });

  it("leaves the sum of everybody's equity where it was, but for dust that stays in the ledger", async () => {
    const { house, setPrice, short, enter, deleverage, equityOf, carol, dave, erin, victim, rich } =
      await bankruptLong();
    const shorts = [
      await short(carol, wad("1.1234567"), 2_100n * WAD),
      await short(dave, wad("0.7654321"), 2_050n * WAD),
      await short(erin, wad("2.3333333"), 1_750n * WAD),
    ];
    await enter();
    await setPrice({ mark: 1_777n * WAD });
    const all = [victim, rich, ...shorts];
    const total = async () => (await Promise.all(all.map(equityOf))).reduce((sum, equity) => sum + equity, 0n);
    const before = await total();
    await deleverage(1_777n * WAD, wad("33.333333333333333333"), wad("0.777"));
    // A touch may cost each of five accounts a wei of size, at a price of at most 2,500, and a wei of quote.
    const dust = 5n * 2_501n;
    expect(isDustBelow(await total(), before, dust)).to.equal(true);
    for (const account of all) await house.poke(account, MARKET);
    expect(isDustBelow(await total(), before, 2n * dust)).to.equal(true);
    for (const mark of [2_500n, 1_000n]) {
      await setPrice({ mark: mark * WAD });
      expect(isDustBelow(await total(), before, 2n * dust)).to.equal(true);
    }
  });
});
