import { expect } from "chai";

import { type LedgerFixture, loadLedger, MARKET, WAD, wad } from "../support/ledger.js";
import { connectWaterfall } from "../support/waterfall.js";

// The worked example of docs/adl.md, number by number. Change one and the other has to follow.

/** The mark at which the example's long is bankrupt. */
const MARK = wad(1_800);

/** The price at which that long's equity would have been zero, once insurance has paid its part. */
const BANKRUPTCY = wad(1_845);

const DeficitMode = { ALL_WINNERS: 0n, TORN_UP: 1n } as const;
const Deleveraging = { TRANCHES: 0n, QUEUE: 1n } as const;

/** One member of the example when everything is settled: what is in its account, and what it still holds. */
interface Outcome {
  cash: number;
  size: number;
  equity: number;
}

/** What differs between the columns of the page. */
interface Rules {
  policy: "proRata" | "profitFirst";
  deficitMode?: bigint;
  deleveraging?: bigint;
}

describe("The worked example of docs/adl.md", () => {
  it("starts from 1,200 missing, three shorts in two buckets and 8,100 of profit", async () => {
    const { engine, accounts, fixture } = await liquidationOf({ policy: "proRata" });
    const { house, positionOf, equityOf } = fixture;
    expect(await engine.isLiquidatable(accounts.lou)).to.equal(true);
    expect(await equityOf(accounts.lou)).to.equal(wad(-1_200));
    expect(await engine.bankruptcyPrice(accounts.lou, MARKET)).to.equal(wad(1_860));
    const keys = await Promise.all(
      [accounts.ann, accounts.ben, accounts.cat].map(async (account) => (await positionOf(account)).key),
    );
    expect(keys[0]).to.equal(keys[1]);
    expect(keys[2]).to.equal(keys[0]! + 1n);
    expect(await house.trancheKeys(MARKET, true, 0, 10)).to.deep.equal([keys[0], keys[2]]);
    expect(await equityOf(accounts.ann)).to.equal(wad(6_400));
    expect(await equityOf(accounts.ben)).to.equal(wad(7_100));
    expect(await equityOf(accounts.cat)).to.equal(wad(23_600));
    expect(await equityOf(accounts.max)).to.equal(wad(6_400));
  });

  it("under ProRata halves every short at mark, and charges 25 a unit to one bucket and 20 to the other", async () => {
    const example = await liquidationOf({ policy: "proRata" });
    await example.liquidate();
    await example.expectOutcome({
      lou: { cash: 0, size: 0, equity: 0 },
      ann: { cash: 5_075, size: -5, equity: 6_150 },
      ben: { cash: 5_925, size: -5, equity: 6_850 },
      cat: { cash: 21_600, size: -10, equity: 23_200 },
      max: { cash: 10_000, size: 20, equity: 6_400 },
      fund: { cash: 700, size: 0, equity: 700 },
    });
  });

  it("under ProfitFirst closes the better bucket whole, and charges exactly as under ProRata", async () => {
    const example = await liquidationOf({ policy: "profitFirst" });
    await example.liquidate();
    await example.expectOutcome({
      lou: { cash: 0, size: 0, equity: 0 },
      ann: { cash: 6_150, size: 0, equity: 6_150 },
      ben: { cash: 6_850, size: 0, equity: 6_850 },
      cat: { cash: 20_000, size: -20, equity: 23_200 },
      max: { cash: 10_000, size: 20, equity: 6_400 },
      fund: { cash: 700, size: 0, equity: 700 },
    });
  });

  it("with TORN_UP under ProRata closes the same sizes at the bankruptcy price and charges nobody", async () => {
    const example = await liquidationOf({ policy: "proRata", deficitMode: DeficitMode.TORN_UP });
    await example.liquidate();
    await example.expectOutcome({
      lou: { cash: 0, size: 0, equity: 0 },
      ann: { cash: 4_975, size: -5, equity: 6_175 },
      ben: { cash: 5_825, size: -5, equity: 6_875 },
      cat: { cash: 21_350, size: -10, equity: 23_150 },
      max: { cash: 10_000, size: 20, equity: 6_400 },
      fund: { cash: 700, size: 0, equity: 700 },
    });
  });

  it("by the queue closes the two best scores whole at the bankruptcy price, and they alone pay", async () => {
    const example = await liquidationOf({ policy: "proRata", deleveraging: Deleveraging.QUEUE });
    const { queue, accounts } = example;
    const annsScore = wad("3.1875") - 1n; // rounded down
    expect(await queue.scoreOf(accounts.ann, MARKET)).to.equal(annsScore);
    expect(await queue.scoreOf(accounts.ben, MARKET)).to.be.closeTo(wad("2.831"), wad("0.001"));
    expect(await queue.scoreOf(accounts.cat, MARKET)).to.be.closeTo(wad("1.678"), wad("0.001"));
    await example.liquidate();
    await expect(queue.deleverage(accounts.lou, MARKET, [accounts.ann, accounts.ben, accounts.cat]))
      .to.emit(queue, "CounterpartyDeleveraged")
      .withArgs(accounts.lou, MARKET, accounts.ann, 10n * WAD, BANKRUPTCY, annsScore);
    await example.expectOutcome({
      lou: { cash: 0, size: 0, equity: 0 },
      ann: { cash: 5_950, size: 0, equity: 5_950 },
      ben: { cash: 6_650, size: 0, equity: 6_650 },
      cat: { cash: 20_000, size: -20, equity: 23_600 },
      max: { cash: 10_000, size: 20, equity: 6_400 },
      fund: { cash: 700, size: 0, equity: 700 },
    });
  });
});

/** The example up to the moment somebody liquidates: real engine, fund, queue and book over the ledger, prices set by hand. */
async function liquidationOf(rules: Rules) {
  const fixture = await loadLedger();
  const accounts = await openPositions(fixture, rules);
  const { engine, fund, queue } = await connectWaterfall(fixture, { money: 1_000, single: 300 });
  await fixture.setPrice({ mark: MARK });
  const everyone = { ...accounts, fund: await fund.ACCOUNT() };
  type Name = keyof typeof everyone;

  /** Anyone may; the caller has no account, so that no reward is part of the numbers. */
  async function liquidate(): Promise<void> {
    await engine.connect(fixture.stranger).liquidate(accounts.lou, MARKET);
  }

  /** Touches every position and compares with the page, to the wei. */
  async function expectOutcome(expected: Record<Name, Outcome>): Promise<void> {
    for (const [name, { cash, size, equity }] of Object.entries(expected) as [Name, Outcome][]) {
      const account = everyone[name];
      if ((await fixture.house.accountData(account)).openMarkets !== 0n) await fixture.house.poke(account, MARKET);
      expect(await fixture.cashOf(account), `${name}'s cash`).to.equal(wad(cash));
      expect(await fixture.equityOf(account), `${name}'s equity`).to.equal(wad(equity));
      expect((await fixture.positionOf(account)).size, `${name}'s size`).to.equal(wad(size));
    }
  }

  return { fixture, engine, queue, accounts, liquidate, expectOutcome };
}

/** Lou is long 20 against Ann and Ben; Max is long 20 against Cat. Everyone trades at mark, without fees or funding. */
async function openPositions(fixture: LedgerFixture, rules: Rules) {
  const { configure, setPrice, open, meet, policies, alice, bob, carol, dave, erin } = fixture;
  await configure({
    initialMarginRate: 50_000n,
    policy: await policies[rules.policy].getAddress(),
    deficitMode: rules.deficitMode ?? DeficitMode.ALL_WINNERS,
    deleveraging: rules.deleveraging ?? Deleveraging.TRANCHES,
  });
  const lou = await open(alice, 3_300);
  const ann = await open(bob, 4_000);
  const ben = await open(carol, 5_000);
  const cat = await open(dave, 20_000);
  const max = await open(erin, 10_000);
  for (const [buyer, seller, size, price] of [
    [lou, ann, 10n, wad(2_040)],
    [lou, ben, 10n, wad(2_010)],
    [max, cat, 20n, wad(1_980)],
  ] as const) {
    await setPrice({ mark: price });
    await meet(buyer, seller, size * WAD, price);
  }
  return { lou, ann, ben, cat, max };
}
