import { expect } from "chai";

import {
  ethers,
  loadLedger,
  MARKET,
  type MarketConfig,
  networkHelpers,
  Validity,
  WAD,
  wad,
} from "../../support/ledger.js";

/** Alice is long `size` at 2,000 with four times leverage under LeverageFirst: class 3, and class 2 at 1,850, where it is 5.3. */
async function load(size: number | string = 1, changes: Partial<MarketConfig> = {}) {
  const fixture = await loadLedger();
  const { house, policies, open, meet, configure, setPrice, alice, bob, carol } = fixture;
  const rules = { policy: await policies.leverageFirst.getAddress(), refreshReward: 50n, ...changes };
  await configure(rules);
  const account = await open(alice, Number(size) * 500);
  await meet(account, await open(bob, 10_000), wad(size));
  const poker = await open(carol, 0);
  const classes = await ethers.getContractAt("ClassLogic", await house.getAddress());
  const classOf = async () => ((await house.positionOf(account, MARKET)).key >> 11n) & 15n;
  const fall = () => setPrice({ mark: wad(1_850) });
  const rise = () => setPrice({ mark: wad(2_000) });
  return { ...fixture, account, poker, classes, classOf, fall, rise, poke: house.connect(carol) };
}

describe("Refreshing a stale class", () => {
  it("pays who moves a position to where it is reached earlier, out of its holder's cash", async () => {
    const { account, poker, poke, classes, classOf, fall, house, cashOf } = await load();
    expect(await classOf()).to.equal(3n);
    await fall();
    const { key } = await house.positionOf(account, MARKET);
    await expect(poke.poke(account, MARKET))
      .to.emit(classes, "RefreshRewarded")
      .withArgs(account, MARKET, poker, key, key - (1n << 11n), wad("0.5"));
    expect(await classOf()).to.equal(2n);
    expect(await cashOf(account)).to.equal(wad("499.5"));
    expect(await cashOf(poker)).to.equal(wad("0.5"));
  });

  it("pays once an hour, and nothing for moving the position back, so that poking to and fro earns nothing", async () => {
    const { account, poker, poke, fall, rise, cashOf } = await load();
    for (let i = 0; i < 3; i++) {
      await fall();
      await poke.poke(account, MARKET);
      await poke.poke(account, MARKET);
      await rise();
      await poke.poke(account, MARKET);
    }
    expect(await cashOf(poker)).to.equal(wad("0.5"));
    await networkHelpers.time.increase(3_600);
    await fall();
    await poke.poke(account, MARKET);
    expect(await cashOf(poker)).to.equal(wad("1"));
  });

  it("moves money from the holder to the caller and makes none, so that owning both earns nothing", async () => {
    const { account, poker, house, alice, poke, fall, rise, cashOf, open } = await load();
    // Alice's account 0 is the one refreshed, and then a stranger to her own second.
    const second = await open(alice, 100, 1);
    const sum = async () => (await cashOf(account)) + (await cashOf(poker)) + (await cashOf(second));
    const before = await sum();
    await fall();
    await house.connect(alice).poke(account, MARKET);
    expect(await cashOf(account)).to.equal(wad(500));
    await rise();
    await poke.poke(account, MARKET);
    await fall();
    await poke.poke(account, MARKET);
    expect(await sum()).to.equal(before);
  });

  it("pays at most a thousandth of the notional", async () => {
    const { account, poker, poke, fall, cashOf } = await load("0.01", { minimumNotional: 0n });
    await fall();
    await poke.poke(account, MARKET);
    expect(await cashOf(poker)).to.equal(wad("0.0185"));
  });

  it("pays nothing to a caller without an account, at a doubtful price, out of cash that is needed, or where it is off", async () => {
    const cases: ((fixture: Awaited<ReturnType<typeof load>>) => Promise<unknown>)[] = [
      async ({ house, stranger, account, fall }) => {
        await fall();
        return house.connect(stranger).poke(account, MARKET);
      },
      async ({ poke, account, setPrice }) => {
        await setPrice({ mark: wad(1_850), validity: Validity.UNCERTAIN, confidence: wad(1) });
        return poke.poke(account, MARKET);
      },
      async ({ poke, account, setPrice }) => {
        // Equity 167 against 166.7 of initial margin.
        await setPrice({ mark: wad(1_667) });
        return poke.poke(account, MARKET);
      },
      async ({ poke, account, fall, configure, policies }) => {
        await configure({ policy: await policies.leverageFirst.getAddress(), refreshReward: 0n });
        await fall();
        return poke.poke(account, MARKET);
      },
    ];
    for (const act of cases) {
      const fixture = await load();
      await act(fixture);
      expect(await fixture.classOf()).to.equal(2n);
      expect(await fixture.cashOf(fixture.account)).to.equal(500n * WAD);
    }
  });

  it("pays what matures like profit, so that it is no way out for what may not be withdrawn yet", async () => {
    const { account, poker, poke, fall, house } = await load(1, { maturity: 3_600n });
    await fall();
    await poke.poke(account, MARKET);
    expect(await house.withdrawable(poker)).to.equal(0n);
    expect(await house.maturing(poker)).to.equal(wad("0.5"));
  });

  it("is bounded by the rules of a listing", async () => {
    const { configure, logic } = await load();
    await expect(configure({ refreshReward: 1_001n }))
      .to.be.revertedWithCustomError(logic.listing, "UnsafeParameter")
      .withArgs("refresh reward at most 10 quote", 1_001n, 1_000n);
    await expect(configure({ hedgedMaintenance: 50_001n }))
      .to.be.revertedWithCustomError(logic.listing, "UnsafeParameter")
      .withArgs("hedged maintenance at most maintenance", 50_001n, 50_000n);
    await configure({ hedgedMaintenance: 50_000n, refreshReward: 1_000n });
  });
});
