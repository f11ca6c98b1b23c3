import { expect } from "chai";

import type { LedgerFixture } from "../../support/ledger.js";
import { Action, isDustBelow, loadLedger, MARKET, MAX_UINT, START, Validity, WAD, wad } from "../../support/ledger.js";

type Signer = LedgerFixture["alice"];

/** Bob is long 1 @ 2,000 with 250; Alice, rich, is the other long. Shorts are added by `short`. */
async function bankruptLong() {
  const fixture = await loadLedger();
  const { house, engine, open, meet, setPrice, alice, bob } = fixture;
  const victim = await open(bob, 250);
  const rich = await open(alice, 1_000_000);

  /** A short of `size` sold to the rich long at `price`; the mark stays there. */
  async function short(owner: Signer, size: bigint, price = START, margin = 10_000, subaccount = 0): Promise<bigint> {
    const account = await open(owner, margin, subaccount);
    await setPrice({ mark: price });
    await meet(rich, account, size, price);
    return account;
  }
  /** The victim takes its long from the rich one's, so that open interest stays balanced. */
  async function enter(): Promise<void> {
    await setPrice({});
    await meet(victim, rich, WAD);
  }
  const deleverage = (price: bigint, deficit = 0n, size = WAD, tranches = 32n) =>
    house.connect(engine).deleverage(victim, MARKET, size, price, deficit, tranches);
  const preview = (price: bigint, deficit = 0n, size = WAD, tranches = 32n) =>
    house.connect(engine).deleverage.staticCall(victim, MARKET, size, price, deficit, tranches);
  /** Somebody else takes the victim's position over, so that only a deficit is left. */
  const leave = () => house.connect(engine).transferPosition(victim, rich, MARKET, WAD, START, 0n);
  return { ...fixture, victim, rich, short, enter, leave, deleverage, preview };
}

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
      .withArgs(MARKET, Action.DELEVERAGE, Validity.UNCERTAIN);
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

describe("A charge", () => {
  it("of 100 is shared 3 : 1 by profits of 300 and 100", async () => {
    const { setPrice, short, enter, leave, deleverage, preview, positionOf, cashOf, carol, dave, victim } =
      await bankruptLong();
    const three = await short(carol, WAD, 2_100n * WAD);
    const one = await short(dave, WAD, 1_900n * WAD);
    await enter();
    await setPrice({ mark: 1_800n * WAD });
    await leave();
    expect((await preview(1_800n * WAD, 100n * WAD)).charged).to.equal(100n * WAD);
    await deleverage(1_800n * WAD, 100n * WAD);
    // It comes out of profit, not out of cash: the break-even moves by what was paid per unit.
    expect((await positionOf(three)).breakEven).to.equal(2_025n * WAD);
    expect((await positionOf(one)).breakEven).to.equal(1_875n * WAD);
    expect((await positionOf(three)).size).to.equal(-WAD);
    expect((await positionOf(three)).pending).to.equal(0n);
    expect(await cashOf(victim)).to.equal(350n * WAD);
  });

  it("inside a tranche is shared by size", async () => {
    const { setPrice, short, enter, deleverage, equityOf, carol, dave } = await bankruptLong();
    const three = await short(carol, 3n * WAD);
    const one = await short(dave, WAD);
    await enter();
    await setPrice({ mark: 1_800n * WAD });
    await deleverage(1_800n * WAD, 100n * WAD, 1n);
    expect(await equityOf(three)).to.be.closeTo(wad(10_000 + 600 - 75), 10_000n);
    expect(await equityOf(one)).to.be.closeTo(wad(10_000 + 200 - 25), 10_000n);
  });

  it("is exactly the deficit, with a tear-up in the same call (P6)", async () => {
    const { setPrice, short, enter, deleverage, preview, cashOf, positionOf, carol, victim } = await bankruptLong();
    const one = await short(carol, 2n * WAD);
    await enter();
    // Mark 1,700: the victim lost 300 of its 250. Torn up at mark, the 50 missing are charged.
    await setPrice({ mark: 1_700n * WAD });
    const result = await preview(1_700n * WAD, 50n * WAD);
    expect(result.tornUp).to.equal(WAD);
    expect(result.charged).to.equal(50n * WAD);
    await deleverage(1_700n * WAD, 50n * WAD);
    expect(await cashOf(victim)).to.equal(0n);
    // Half of 600 realised; the 50 come out of the half that is left.
    expect((await positionOf(one)).pending).to.equal(300n * WAD);
    expect((await positionOf(one)).breakEven).to.equal(1_950n * WAD);
    expect((await positionOf(one)).size).to.equal(-WAD);
  });

  it("is never more than the least profitable member of a bucket may have gained, however often it comes", async () => {
    const { setPrice, short, enter, deleverage, preview, positionOf, equityOf, carol } = await bankruptLong();
    const one = await short(carol, WAD);
    await enter();
    await setPrice({ mark: 1_800n * WAD });
    // 2,000 lies in a bucket 2 % wide, so between 160 and 200 may be charged.
    const most = (await preview(1_800n * WAD, MAX_UINT / 2n ** 40n, 1n)).charged;
    expect(most).to.be.greaterThan(160n * WAD - 10n);
    expect(most).to.be.lessThanOrEqual(200n * WAD);
    await deleverage(1_800n * WAD, 10_000n * WAD, 1n);
    expect((await preview(1_800n * WAD, 10_000n * WAD, 1n)).charged).to.be.lessThanOrEqual(1_000n);
    expect(await equityOf(one)).to.be.greaterThanOrEqual(10_000n * WAD);
    // A further fall of 100 makes 100 a unit more of room.
    await setPrice({ mark: 1_700n * WAD });
    expect((await preview(1_700n * WAD, 10_000n * WAD, 1n)).charged).to.be.closeTo(100n * WAD, 10_000n);
    expect((await positionOf(one)).size).to.be.closeTo(-WAD, 2n);
  });

  it("beyond some tranches' room goes to where there is room", async () => {
    const { setPrice, short, enter, preview, deleverage, equityOf, carol, dave } = await bankruptLong();
    const far = await short(carol, WAD, 2_400n * WAD);
    const near = await short(dave, WAD, 1_850n * WAD);
    await enter();
    await setPrice({ mark: 1_800n * WAD });
    const all = (await preview(1_800n * WAD, 10_000n * WAD, 1n)).charged;
    expect((await preview(1_800n * WAD, all - WAD, 1n)).charged).to.equal(all - WAD);
    await deleverage(1_800n * WAD, all, 1n);
    for (const account of [far, near]) expect(await equityOf(account)).to.be.greaterThanOrEqual(10_000n * WAD - 10n);
  });

  it("of nothing, or with nobody in profit, takes nothing", async () => {
    const { setPrice, short, enter, preview, carol } = await bankruptLong();
    await short(carol, WAD);
    await enter();
    expect((await preview(START, 100n * WAD)).charged).to.equal(0n);
    await setPrice({ mark: 1_800n * WAD });
    expect((await preview(1_800n * WAD, 0n)).charged).to.equal(0n);
  });

  it("of one wei is paid, rounded against the winners", async () => {
    const { setPrice, short, enter, deleverage, preview, equityOf, carol } = await bankruptLong();
    const one = await short(carol, WAD);
    await enter();
    await setPrice({ mark: 1_800n * WAD });
    const before = await equityOf(one);
    expect((await preview(1_800n * WAD, 1n, 1n)).charged).to.equal(1n);
    await deleverage(1_800n * WAD, 1n, 1n);
    expect(await equityOf(one)).to.be.lessThan(before);
  });

  it("takes the break-even with it: what was paid is no profit any more, whoever pokes and wherever the position goes", async () => {
    const { house, setPrice, short, enter, leave, deleverage, preview, positionOf, cashOf, equityOf, carol } =
      await bankruptLong();
    const one = await short(carol, WAD);
    await enter();
    await leave();
    await setPrice({ mark: 1_800n * WAD });
    await deleverage(1_800n * WAD, 150n * WAD);
    const equity = await equityOf(one);
    expect(equity).to.equal(10_050n * WAD);
    await house.poke(one, MARKET);
    // Sold at 2,000, charged 150: as if sold at 1,850.
    expect((await positionOf(one)).breakEven).to.equal(1_850n * WAD);
    expect(await cashOf(one)).to.equal(10_000n * WAD);
    expect(await equityOf(one)).to.equal(equity);
    expect((await preview(1_800n * WAD, 10_000n * WAD)).charged).to.be.lessThanOrEqual(50n * WAD);
  });

  it("of a tranche that emptied since is forgotten with its members", async () => {
    const { setPrice, short, enter, leave, meet, deleverage, preview, positionOf, carol, dave, rich } =
      await bankruptLong();
    const one = await short(carol, WAD);
    const { key } = await positionOf(one);
    await enter();
    await leave();
    await setPrice({ mark: 1_800n * WAD });
    await deleverage(1_800n * WAD, 150n * WAD);
    await meet(one, rich, WAD, 1_800n * WAD);
    const two = await short(dave, WAD);
    expect((await positionOf(two)).key).to.equal(key);
    await setPrice({ mark: 1_800n * WAD });
    expect((await preview(1_800n * WAD, 155n * WAD)).charged).to.equal(155n * WAD);
  });

  it("does not follow a member that joins afterwards", async () => {
    const { setPrice, short, enter, leave, deleverage, equityOf, positionOf, carol, dave } = await bankruptLong();
    const one = await short(carol, WAD);
    await enter();
    await leave();
    await setPrice({ mark: 1_800n * WAD });
    await deleverage(1_800n * WAD, 100n * WAD);
    const two = await short(dave, WAD);
    expect((await positionOf(two)).key).to.equal((await positionOf(one)).key);
    expect((await positionOf(two)).pending).to.equal(0n);
    expect(await equityOf(two)).to.equal(10_000n * WAD);
    expect((await positionOf(one)).breakEven).to.equal(1_900n * WAD);
  });

  it("is not asked for twice of a member that moved to another tranche in between", async () => {
    const { setPrice, short, enter, leave, house, deleverage, preview, positionOf, carol } = await bankruptLong();
    const one = await short(carol, WAD);
    await enter();
    await setPrice({ mark: 1_800n * WAD });
    await leave();
    const most = (await preview(1_800n * WAD, 10_000n * WAD)).charged;
    await deleverage(1_800n * WAD, most);
    const before = (await positionOf(one)).key;
    await house.poke(one, MARKET);
    expect((await positionOf(one)).key).not.to.equal(before);
    expect((await preview(1_800n * WAD, 10_000n * WAD)).charged).to.be.lessThanOrEqual(200n * WAD - most);
  });
});

describe("Who is reached", () => {
  /** Carol is short 1 @ 2,100 with 10,000, Dave 1 @ 1,900 with 200; then Bob is bankrupt at 1,700. */
  async function twoWinners(policy: keyof LedgerFixture["policies"]) {
    const fixture = await bankruptLong();
    const { configure, policies, short, enter, setPrice, carol, dave } = fixture;
    await configure({ policy: await policies[policy].getAddress() });
    const winner = await short(carol, WAD, 2_100n * WAD, 10_000);
    const levered = await short(dave, WAD, 1_900n * WAD, 200);
    await enter();
    await setPrice({ mark: 1_700n * WAD });
    return { ...fixture, winner, levered };
  }

  it("under ProfitFirst is the most profitable bucket, whole, before the next is touched", async () => {
    const { deleverage, positionOf, winner, levered } = await twoWinners("profitFirst");
    await deleverage(1_700n * WAD, 0n, wad("0.75"));
    expect((await positionOf(winner)).size).to.equal(-wad("0.25"));
    expect((await positionOf(levered)).size).to.equal(-WAD);
    await deleverage(1_700n * WAD, 0n, WAD);
    expect((await positionOf(winner)).size).to.equal(0n);
    expect((await positionOf(levered)).size).to.equal(-WAD);
  });

  it("under ProRata is the same fraction of everybody in profit", async () => {
    const { deleverage, positionOf, winner, levered } = await twoWinners("proRata");
    await deleverage(1_700n * WAD, 0n, wad("0.75"));
    expect((await positionOf(winner)).size).to.equal(-wad("0.625"));
    expect((await positionOf(levered)).size).to.equal(-wad("0.625"));
  });

  it("under LeverageFirst is the most levered class, though its profit is less", async () => {
    const { deleverage, positionOf, winner, levered } = await twoWinners("leverageFirst");
    // 1,900 / 200 = 9.5 is class 2; 2,100 / 10,000 = 0.21 is class 7.
    expect(((await positionOf(levered)).key >> 11n) & 15n).to.equal(2n);
    expect(((await positionOf(winner)).key >> 11n) & 15n).to.equal(7n);
    await deleverage(1_700n * WAD, 0n, wad("0.75"));
    expect((await positionOf(levered)).size).to.equal(-wad("0.25"));
    expect((await positionOf(winner)).size).to.equal(-WAD);
    await deleverage(1_700n * WAD, 0n, WAD);
    expect((await positionOf(levered)).size).to.equal(0n);
    expect((await positionOf(winner)).size).to.equal(-WAD);
  });

  it("under a proportional policy with stages is one stage after the other, in proportion inside", async () => {
    const { deleverage, positionOf, short, setPrice, erin, winner, levered } = await twoWinners("proRataByClass");
    const second = await short(erin, WAD, 1_950n * WAD, 200);
    await setPrice({ mark: 1_700n * WAD });
    await deleverage(1_700n * WAD, 0n, WAD / 2n);
    expect((await positionOf(levered)).size).to.equal(-wad("0.75"));
    expect((await positionOf(second)).size).to.equal(-wad("0.75"));
    expect((await positionOf(winner)).size).to.equal(-WAD);
  });

  it("follows a position whose class has changed once anybody pokes it", async () => {
    const { house, setPrice, positionOf, winner } = await twoWinners("leverageFirst");
    await setPrice({ mark: 11_000n * WAD });
    // Short 1 @ 2,100 with 10,000: equity 1,100 and leverage 10.
    await house.poke(winner, MARKET);
    expect(((await positionOf(winner)).key >> 11n) & 15n).to.equal(1n);
    expect((await positionOf(winner)).size).to.equal(-WAD);
    expect((await positionOf(winner)).quote).to.equal(2_100n * WAD);
  });

  it("is listed in order, most urgent first, page by page", async () => {
    const { house, positionOf, winner, levered } = await twoWinners("profitFirst");
    const keys = await house.trancheKeys(MARKET, true, 0n, 10n);
    expect(keys).to.deep.equal([(await positionOf(winner)).key, (await positionOf(levered)).key]);
    expect(await house.trancheKeys(MARKET, true, 0n, 1n)).to.deep.equal([keys[0]]);
    expect(await house.trancheKeys(MARKET, true, (keys[0]! & 0x7fffn) + 1n, 10n)).to.deep.equal([keys[1]]);
    expect(await house.trancheKeys(MARKET, true, 32_768n, 10n)).to.deep.equal([]);
    expect(await house.trancheKeys(MARKET, true, 0n, 0n)).to.deep.equal([]);
  });
});
