import { expect } from "chai";

import { ethers, loadLedger, MARKET, networkHelpers, WAD, wad } from "../support/ledger.js";

const { time } = networkHelpers;

const PPM = 1_000_000n;
const MINUTE = 60;
const UNBOUNDED = 2n ** 256n - 1n;

/** Which cap is the lowest, as the contract numbers it. */
const Binding = { STATIC: 0n, VAULTS: 1n, MANIPULATION: 2n } as const;

/**
 * Caps over the ledger's first market at an index of 2,000 and 5 % maintenance. Depth and capital are what the test says; kappa
 * is 1 % of depth, the adverse move 25 %.
 */
async function deployCaps() {
  const fixture = await loadLedger();
  const { house, prices, authority, admin } = fixture;
  const capital = await ethers.deployContract("TestCapital");
  const source = await ethers.deployContract("TestDepthSource");
  const caps = await ethers.deployContract("OpenInterestCaps", [house, prices, capital, capital, authority]);
  const config = { depthSource: await source.getAddress(), kappa: 10_000n, adverseMove: 250_000n, sourceGas: 400_000n };
  await source.setDepth(wad(20_000_000));
  await capital.set(0n, wad(40_000_000));
  await caps.setMarket(MARKET, config);
  return { ...fixture, caps, capital, source, config, admin };
}

describe("The manipulation-cost cap", () => {
  it("is kappa times the depth, in base at the index", async () => {
    const { caps } = await deployCaps();
    const shown = await caps.capsOf(MARKET);
    // 1 % of 20 million at 2,000.
    expect(shown.manipulation).to.equal(100n * WAD);
    expect(shown.effective).to.equal(100n * WAD);
    expect(shown.binding).to.equal(Binding.MANIPULATION);
    expect(shown.depth).to.equal(wad(20_000_000));
  });

  it("is not raised by depth that is shown for less than half an hour, and is by depth that stays", async () => {
    const { caps, source } = await deployCaps();
    await source.setDepth(wad(200_000_000));
    for (let minutes = 0; minutes < 30; ++minutes) {
      await caps.refresh(MARKET);
      expect((await caps.capsOf(MARKET)).manipulation).to.equal(100n * WAD);
      await time.increase(MINUTE);
    }
    for (let minutes = 0; minutes < 6; ++minutes) {
      await caps.refresh(MARKET);
      await time.increase(MINUTE);
    }
    expect((await caps.capsOf(MARKET)).manipulation).to.equal(1_000n * WAD);
  });

  it("falls with the depth at once, and stays down for half an hour", async () => {
    const { caps, source } = await deployCaps();
    await source.setDepth(wad(2_000_000));
    await caps.refresh(MARKET);
    expect((await caps.capsOf(MARKET)).manipulation).to.equal(10n * WAD);
    await source.setDepth(wad(20_000_000));
    for (let minutes = 0; minutes < 29; ++minutes) {
      await time.increase(MINUTE);
      await caps.refresh(MARKET);
      expect((await caps.capsOf(MARKET)).manipulation).to.equal(10n * WAD);
    }
    await time.increase(6 * MINUTE);
    await caps.refresh(MARKET);
    expect((await caps.capsOf(MARKET)).manipulation).to.equal(100n * WAD);
  });

  it("takes times nobody looked at for no deeper than what was known before", async () => {
    const { caps, source } = await deployCaps();
    await time.increase(86_400);
    await source.setDepth(wad(200_000_000));
    await caps.refresh(MARKET);
    expect((await caps.capsOf(MARKET)).manipulation).to.equal(100n * WAD);
  });

  it("finds no depth in a source that is unsure, dead or nonsense", async () => {
    const { caps, source } = await deployCaps();
    for (const failure of [1, 2, 3]) {
      await source.fail(failure);
      expect(await caps.refresh.staticCall(MARKET)).to.equal(0n);
    }
  });

  it("cannot be pushed down by a caller who leaves the source no gas", async () => {
    const { caps } = await deployCaps();
    await expect(caps.refresh(MARKET, { gasLimit: 400_000 })).to.be.revertedWithCustomError(caps, "NotEnoughGas");
  });

  it("has a kappa that follows from the fees: what manipulation of a raw spot index costs", async () => {
    const { caps } = await deployCaps();
    // Pool fee, taker fee, and N_max / Q, all in parts per million: the table this was derived for.
    for (const [pool, taker, most] of [
      [500n, 300n, 1_040n],
      [500n, 500n, 1_450n],
      [500n, 1_000n, 2_470n],
      [3_000n, 300n, 2_790n],
      [3_000n, 500n, 3_320n],
      [3_000n, 1_000n, 4_480n],
      [10_000n, 300n, 7_050n],
      [10_000n, 500n, 7_770n],
      [10_000n, 1_000n, 9_280n],
    ] as const) {
      const kappa = await caps.spotKappa(pool, taker);
      // The table is rounded to 10 parts per million.
      expect(kappa <= most + 5n && kappa >= (most * 99n) / 100n - 5n, `${pool}/${taker}: ${kappa}`).to.equal(true);
    }
    expect(await caps.spotKappa(0n, 0n)).to.equal(0n);
  });
});

describe("The vault-bearing cap", () => {
  it("is what backstop and insurance could pay if one side stood at maintenance before the move", async () => {
    const { caps, capital, house, open, alice } = await deployCaps();
    await capital.set(0n, wad(1_000));
    // 1,000 / (25 % - 5 %) at 2,000.
    expect((await caps.capsOf(MARKET)).vaults).to.equal((25n * WAD) / 10n);
    const account = await open(alice, 3_000);
    expect((await house.health(account)).equity).to.equal(wad(3_000));
    await capital.set(account, wad(1_000));
    const shown = await caps.capsOf(MARKET);
    expect(shown.capital).to.equal(wad(4_000));
    expect(shown.vaults).to.equal(10n * WAD);
    expect(shown.binding).to.equal(Binding.VAULTS);
  });

  it("bounds nothing once margin alone bears the move", async () => {
    const { caps, configure } = await deployCaps();
    await configure({ initialMarginRate: 500_000n, keptRate: 0n });
    expect((await caps.capsOf(MARKET)).vaults).to.equal(UNBOUNDED);
  });
});

describe("Setting caps", () => {
  it("refuses a kappa without a source, a move within maintenance, too little or too much gas, and anybody but governance", async () => {
    const { caps, config, stranger } = await deployCaps();
    for (const [changes, rule, value, limit] of [
      [{ depthSource: ethers.ZeroAddress }, "kappa needs a depth source", 10_000n, 0n],
      [{ adverseMove: 50_000n }, "adverse move beyond maintenance", 50_000n, 50_000n],
      [{ sourceGas: 19_999n }, "source gas, the least", 19_999n, 20_000n],
      [{ sourceGas: 5_000_001n }, "source gas, the most", 5_000_001n, 5_000_000n],
    ] as const) {
      await expect(caps.setMarket(MARKET, { ...config, ...changes }))
        .to.be.revertedWithCustomError(caps, "UnsafeParameter")
        .withArgs(rule, value, limit);
    }
    await expect(caps.connect(stranger).setMarket(MARKET, config)).to.be.revertedWithCustomError(
      caps,
      "AccessManagedUnauthorized",
    );
  });

  it("is off at zero, each by itself", async () => {
    const { caps, config } = await deployCaps();
    await caps.setMarket(MARKET, { ...config, kappa: 0n, adverseMove: 0n });
    const shown = await caps.capsOf(MARKET);
    expect([shown.vaults, shown.manipulation]).to.deep.equal([UNBOUNDED, UNBOUNDED]);
    expect(shown.binding).to.equal(Binding.STATIC);
    expect(await caps.refresh.staticCall(MARKET)).to.equal(UNBOUNDED);
  });
});

describe("The cap in force", () => {
  async function inForce() {
    const fixture = await deployCaps();
    const { house, open, alice, bob, carol, caps } = fixture;
    await house.setOpenInterestCaps(caps);
    const [a, b, c] = [await open(alice, 1_000_000), await open(bob, 1_000_000), await open(carol, 1_000_000)];
    return { ...fixture, a, b, c };
  }

  it("is asked for by the first opening trade, and kept where trades read it", async () => {
    const { house, logic, meet, a, b } = await inForce();
    await expect(meet(a, b, 101n * WAD))
      .to.be.revertedWithCustomError(logic.trades, "OpenInterestCapExceeded")
      .withArgs(MARKET, 101n * WAD, 100n * WAD);
    await expect(meet(a, b, 100n * WAD))
      .to.emit(logic.trades, "OpenInterestCapChanged")
      .withArgs(MARKET, 100n * WAD);
    const state = await house.marketState(MARKET);
    expect(state.cap).to.equal(100n * 10n ** 9n);
    expect(state.cappedAt).to.equal(await time.latest());
  });

  it("is computed anew by an opening trade once it is older than a minute, and by anyone at any time", async () => {
    const { house, source, logic, meet, a, b, stranger } = await inForce();
    await meet(a, b, 5n * WAD);
    await source.setDepth(wad(2_000_000));
    const before = await house.marketState(MARKET);
    await meet(a, b, 5n * WAD);
    expect((await house.marketState(MARKET)).cappedAt).to.equal(before.cappedAt);
    await time.increase(MINUTE);
    await expect(meet(a, b, 1n)).to.be.revertedWithCustomError(logic.trades, "OpenInterestCapExceeded");
    await expect(house.connect(stranger).refreshCap(MARKET)).to.emit(logic.trades, "OpenInterestCapChanged");
    expect((await house.marketState(MARKET)).cap).to.equal(10n * 10n ** 9n);
    await expect(house.refreshCap(9)).to.be.revertedWithCustomError(logic.reservations, "UnknownMarket").withArgs(9n);
  });

  it("never stands in the way of closing, were it zero and its source dead (P14)", async () => {
    const { house, source, meet, positionOf, a, b, c } = await inForce();
    await meet(a, b, 10n * WAD);
    await source.fail(2);
    await time.increase(MINUTE * 2);
    await house.refreshCap(MARKET);
    expect((await house.marketState(MARKET)).cap).to.equal(0n);
    // Somebody new takes over what Alice closes: open interest stays.
    await meet(c, a, 4n * WAD);
    await meet(b, a, 6n * WAD);
    expect((await positionOf(a)).size).to.equal(0n);
    await meet(b, c, 4n * WAD);
    expect((await house.marketState(MARKET)).longOpenInterest).to.equal(0n);
  });

  it("is never above the static one, and is that alone again once caps are switched off", async () => {
    const { house, configure, logic, meet, stranger, a, b } = await inForce();
    await configure({ openInterestCap: 50n * WAD });
    await expect(meet(a, b, 51n * WAD)).to.be.revertedWithCustomError(logic.trades, "OpenInterestCapExceeded");
    await configure({ openInterestCap: 200n * WAD });
    await expect(meet(a, b, 101n * WAD)).to.be.revertedWithCustomError(logic.trades, "OpenInterestCapExceeded");
    await expect(house.connect(stranger).setOpenInterestCaps(ethers.ZeroAddress)).to.be.revertedWithCustomError(
      house,
      "AccessManagedUnauthorized",
    );
    await house.setOpenInterestCaps(ethers.ZeroAddress);
    await meet(a, b, 200n * WAD);
    expect((await house.marketState(MARKET)).cap).to.equal(200n * 10n ** 9n);
  });

  it("counts as the largest that fits where the parameter is larger", async () => {
    const { house, config } = await loadLedger();
    await house.setMarket(MARKET, { ...config, openInterestCap: 2n ** 96n - 1n });
    expect((await house.marketState(MARKET)).cap).to.equal(2n ** 64n - 1n);
    await house.setMarket(MARKET, { ...config, openInterestCap: PPM });
    expect((await house.marketState(MARKET)).cap).to.equal(0n);
  });
});
