import { expect } from "chai";

import { type LedgerFixture, loadLedger, MARKET, networkHelpers, WAD, wad } from "../support/ledger.js";
import { loadExchange } from "../support/liquidation.js";
import { connectWaterfall } from "../support/waterfall.js";

// The further worked examples of docs/adl.md, done by hand there and here to the wei. Change one and the other has to follow.

const { time } = networkHelpers;
const QUEUE = 1n;
const HOUR = 3_600;
const ONE_PERCENT = 10n ** 16n;

/** What is in an account, what it still holds, and what it is worth, once it is settled. */
interface Outcome {
  readonly cash: number | string;
  readonly size: number | string;
  readonly equity: number | string;
}

/** Touches an account that holds a position and compares with the page. */
async function expectOutcome(
  fixture: Pick<LedgerFixture, "house" | "cashOf" | "positionOf" | "equityOf">,
  account: bigint,
  { cash, size, equity }: Outcome,
): Promise<void> {
  const { house, cashOf, positionOf, equityOf } = fixture;
  if ((await house.accountData(account)).openMarkets !== 0n) await house.poke(account, MARKET);
  expect([await cashOf(account), (await positionOf(account)).size, await equityOf(account)]).to.deep.equal(
    [cash, size, equity].map((amount) => wad(amount)),
  );
}

/**
 * Capital 200, 100 and 50, profit 800, 400 and 50 at a mark of 1,000; one long short of 1,500, of which the fund pays 750. In
 * hundreds: the example of arXiv 2512.01112.
 */
async function haircuts(deleveraging = 0n) {
  const fixture = await loadLedger();
  const { configure, setPrice, open, meet, alice, bob, carol, dave, erin, keeper, stranger } = fixture;
  await configure({ deleveraging });
  const connected = await connectWaterfall(fixture, { money: 10_000, single: 750 });
  const long = await open(alice, 300);
  const seller = await open(bob, 10_000);
  const patient = await open(keeper, 10_000);
  // Equal scores in a queue go by account number: the second winner's is the lower.
  const second = await open(carol, 100);
  const first = await open(dave, 200);
  const third = await open(erin, 50);
  await setPrice({ mark: 3_400n * WAD });
  await meet(long, seller, wad("0.75"), 3_400n * WAD);
  await setPrice({ mark: 2_000n * WAD });
  await meet(seller, first, wad("0.75"), 2_000n * WAD);
  await meet(patient, first, wad("0.05"), 2_000n * WAD);
  await meet(patient, second, wad("0.4"), 2_000n * WAD);
  await meet(patient, third, wad("0.05"), 2_000n * WAD);
  await setPrice({ mark: 1_000n * WAD });
  const liquidate = () => connected.engine.connect(stranger).liquidate(long, MARKET);
  return { ...fixture, ...connected, long, first, second, third, liquidate };
}

describe("The haircuts of arXiv 2512.01112", () => {
  it("start from capital 2, 1, 1/2, profit 8, 4, 1/2 and a deficit of 15", async () => {
    const { equityOf, long, first, second, third } = await haircuts();
    expect(await equityOf(long)).to.equal(wad(-1_500));
    expect(await equityOf(first)).to.equal(wad(200 + 800));
    expect(await equityOf(second)).to.equal(wad(100 + 400));
    expect(await equityOf(third)).to.equal(wad(50 + 50));
  });

  it("are 60 % of each profit where all winners are charged: 4.8, 2.4 and 0.3", async () => {
    const fixture = await haircuts();
    await fixture.liquidate();
    const { long, first, second, third } = fixture;
    await expectOutcome(fixture, long, { cash: 0, size: 0, equity: 0 });
    // 0.75 of 1.25 is torn up at 1,000: 60 % of each position too. What that part had gained, less its 60 % of the charge, is cash.
    await expectOutcome(fixture, first, { cash: 200 + 480 - 288, size: "-0.32", equity: 1_000 - 480 });
    await expectOutcome(fixture, second, { cash: 100 + 240 - 144, size: "-0.16", equity: 500 - 240 });
    await expectOutcome(fixture, third, { cash: 50 + 30 - 18, size: "-0.02", equity: 100 - 30 });
  });

  it("are 3.5, 4 and nothing by the queue", async () => {
    const fixture = await haircuts(QUEUE);
    const { queue, long, first, second, third } = fixture;
    await fixture.liquidate();
    await queue.deleverage(long, MARKET, [second, first, third]);
    await expectOutcome(fixture, long, { cash: 0, size: 0, equity: 0 });
    await expectOutcome(fixture, first, { cash: 200, size: "-0.45", equity: 1_000 - 350 });
    await expectOutcome(fixture, second, { cash: 100, size: 0, equity: 500 - 400 });
    await expectOutcome(fixture, third, { cash: 50, size: "-0.05", equity: 100 });
  });
});

/** Dora is short 8 at 2,000 against Fay's 6 and Gus's 2; at 1,800 Gus's margin is gone to the last unit. */
async function quarterTornUp() {
  const fixture = await loadLedger();
  const { setPrice, open, meet, alice, bob, carol, stranger } = fixture;
  const { engine } = await connectWaterfall(fixture, { money: 1_000, single: 300 });
  const dora = await open(alice, 4_000);
  const fay = await open(bob, 10_000);
  const gus = await open(carol, 400);
  await meet(fay, dora, 6n * WAD);
  await meet(gus, dora, 2n * WAD);
  await setPrice({ mark: 1_800n * WAD });
  await engine.connect(stranger).liquidate(gus, MARKET);
  return { ...fixture, dora, fay, gus, at: await time.latest() };
}

describe("A tear-up of a quarter, and an hour of funding", () => {
  it("pays on the 6 that are left and not on the 8 there were", async () => {
    const fixture = await quarterTornUp();
    const { house, setPrice, positionOf, dora, fay, gus, at } = fixture;
    await expectOutcome(fixture, gus, { cash: 0, size: 0, equity: 0 });
    await setPrice({ mark: 1_800n * WAD, premium: ONE_PERCENT });
    await time.setNextBlockTimestamp(at + HOUR);
    await house.poke(fay, MARKET);
    await setPrice({ mark: 1_800n * WAD });
    // 0.95 % / 8 of 1,800 is 2.1375 a unit. Dora has 2 * 200 from the tear-up and 6 * 2.1375 from funding coming.
    expect((await positionOf(dora)).pending).to.equal(wad("412.825"));
    await expectOutcome(fixture, dora, { cash: "4412.825", size: -6, equity: "5612.825" });
    await expectOutcome(fixture, fay, { cash: "9987.175", size: 6, equity: "8787.175" });
  });
});

/** Hal, Ida and Jon are each short 10 at 2,000; at 1,800 they are levered 6, 2 and 0.4 times, and Kim's long of 9.5 is bankrupt. */
async function threeLeverages() {
  const fixture = await loadLedger();
  const { house, configure, policies, setPrice, open, meet, alice, bob, carol, dave, erin, stranger } = fixture;
  await configure({ initialMarginRate: 50_000n, policy: await policies.leverageLevel.getAddress() });
  const { engine } = await connectWaterfall(fixture, { money: 1_000, single: 300 });
  const [hal, ida, jon] = [await open(alice, 1_000), await open(bob, 7_000), await open(carol, 43_000)];
  const kim = await open(dave, 1_900);
  const lin = await open(erin, 100_000);
  await meet(kim, hal, wad("9.5"));
  await meet(lin, hal, wad("0.5"));
  await meet(lin, ida, 10n * WAD);
  await meet(lin, jon, 10n * WAD);
  await setPrice({ mark: 1_800n * WAD });
  for (const account of [hal, ida, jon]) await house.poke(account, MARKET);
  await engine.connect(stranger).liquidate(kim, MARKET);
  return { ...fixture, hal, ida, jon, kim };
}

describe("Three shorts levelled", () => {
  it("are brought down to 1.5 of their class's leverage: Hal keeps 3, Ida 7.5, Jon all 10", async () => {
    const fixture = await threeLeverages();
    const { hal, ida, jon, kim } = fixture;
    await expectOutcome(fixture, kim, { cash: 0, size: 0, equity: 0 });
    await expectOutcome(fixture, hal, { cash: 2_400, size: -3, equity: 3_000 });
    await expectOutcome(fixture, ida, { cash: 7_500, size: "-7.5", equity: 9_000 });
    await expectOutcome(fixture, jon, { cash: 43_000, size: -10, equity: 45_000 });
  });
});

/** Lia's long of 20 lacks 840 at 1,800; of the two shorts of 10 opposite, Gil has sold his to a second account of his own. */
async function takenJustBefore(hal: "stays" | "sells") {
  const fixture = await loadExchange();
  const { house, engine, configure, open, meet, setMark, alice, bob, carol } = fixture;
  await configure({ initialMarginRate: 50_000n, maturity: 7_200n });
  const lia = await open(alice, 3_360);
  const gil = await open(bob, 5_000);
  const second = await open(bob, 5_000, 1);
  const other = await open(carol, 5_000);
  const others = await open(carol, 5_000, 1);
  await setMark(2_010n * WAD);
  await meet(lia, gil, 10n * WAD, 2_010n * WAD);
  await meet(lia, other, 10n * WAD, 2_010n * WAD);
  await setMark(1_800n * WAD);
  await meet(gil, second, 10n * WAD, 1_800n * WAD);
  if (hal === "sells") await meet(other, others, 10n * WAD, 1_800n * WAD);
  expect((await house.health(lia)).equity).to.equal(wad(-840));
  await engine.liquidate(lia, MARKET);
  const reading = {
    house,
    cashOf: async (account: bigint) => (await house.accountData(account)).cash,
    positionOf: (account: bigint) => house.positionOf(account, MARKET),
    equityOf: async (account: bigint) => (await house.health(account)).equity,
  };
  expect(await house.socialisedLoss()).to.equal(0n);
  await expectOutcome(reading, lia, { cash: 0, size: 0, equity: 0 });
  return { reading, gil, second, other, others };
}

describe("Profit taken just before", () => {
  it("is charged 420 like the open profit beside it, and the second account nothing", async () => {
    const { reading, gil, second, other } = await takenJustBefore("stays");
    for (const account of [gil, other]) await expectOutcome(reading, account, { cash: 6_680, size: 0, equity: 6_680 });
    await expectOutcome(reading, second, { cash: 5_000, size: 0, equity: 5_000 });
  });

  it("is charged the same where all who have won have taken it", async () => {
    const { reading, gil, second, other, others } = await takenJustBefore("sells");
    for (const account of [gil, other]) await expectOutcome(reading, account, { cash: 6_680, size: 0, equity: 6_680 });
    for (const account of [second, others]) {
      await expectOutcome(reading, account, { cash: 5_000, size: 0, equity: 5_000 });
    }
  });
});
