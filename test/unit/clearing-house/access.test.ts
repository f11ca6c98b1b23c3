import { expect } from "chai";

import type { LedgerFixture } from "../../support/ledger.js";
import { loadLedger, MARKET, Module, WAD } from "../../support/ledger.js";

type Signer = LedgerFixture["alice"];
type Caller = LedgerFixture["house"];

const TRADE = { market: MARKET, taker: 1n, caller: "", buy: true, reduceOnly: false, liquidation: false, fills: [] };

/** Each function of a module, and the modules that may call it. */
const MODULE_FUNCTIONS: [name: string, call: (house: Caller, self: Signer) => Promise<unknown>, roles: bigint[]][] = [
  ["settle", (house, self) => house.settle({ ...TRADE, caller: self.address }), [Module.BOOK]],
  ["reserve", (house, self) => house.reserve(1n, MARKET, 0n, 0n, self), [Module.BOOK]],
  ["release", (house, self) => house.release(1n, MARKET, 0n, 0n, 0n, self), [Module.BOOK]],
  ["releaseAll", (house, self) => house.releaseAll(1n, MARKET, self), [Module.BOOK, Module.ENGINE]],
  [
    "transferPosition",
    (house) => house.transferPosition(1n, 2n, MARKET, WAD, WAD, 0n, false),
    [Module.ENGINE, Module.QUEUE],
  ],
  ["transferCash", (house) => house.transferCash(1n, 2n, 0n), [Module.ENGINE, Module.FUND]],
  ["deleverage", (house) => house.deleverage(1n, MARKET, WAD, WAD, 0n, 1n), [Module.ENGINE]],
  ["closeAtMark", (house) => house.closeAtMark(1n, MARKET, WAD, 1n), [Module.ENGINE]],
  ["socialiseLoss", (house) => house.socialiseLoss(1n), [Module.ENGINE]],
  ["startCooldown", (house) => house.startCooldown(1n, MARKET, 1), [Module.ENGINE]],
  ["sellSpot", (house) => house.sellSpot(1n, 2n, 0, WAD, 0n), [Module.ENGINE]],
];

describe("What only modules may call", () => {
  for (const [name, call, roles] of MODULE_FUNCTIONS) {
    it(`keeps ${name} from everyone else, the owner and governance included`, async () => {
      const { house, admin, book, engine, queue, fund, alice, open, bob } = await loadLedger();
      await open(alice, 1_000);
      await open(bob, 1_000);
      for (const [caller, role] of [
        [alice, Module.NONE],
        [admin, Module.NONE],
        [book, Module.BOOK],
        [engine, Module.ENGINE],
        [queue, Module.QUEUE],
        [fund, Module.FUND],
      ] as const) {
        if (roles.includes(role)) continue;
        await expect(call(house.connect(caller), caller))
          .to.be.revertedWithCustomError(house, "NotModule")
          .withArgs(caller.address, role);
      }
    });
  }

  it("is given and taken by governance", async () => {
    const { house, engine, alice, open } = await loadLedger();
    await open(alice);
    await house.connect(engine).startCooldown(1n, MARKET, 77);
    expect((await house.reservation(1n, MARKET)).cooldownUntil).to.equal(77n);
    await expect(house.setModule(engine, Module.NONE))
      .to.emit(house, "ModuleSet")
      .withArgs(engine.address, Module.NONE);
    expect(await house.moduleRole(engine)).to.equal(Module.NONE);
    await expect(house.connect(engine).startCooldown(1n, MARKET, 78)).to.be.revertedWithCustomError(house, "NotModule");
  });
});

describe("What only governance may call", () => {
  it("is refused to strangers and modules", async () => {
    const { house, config, prices, stranger, book } = await loadLedger();
    const split = { insuranceAccount: 1, backstopAccount: 1, treasuryAccount: 1, insuranceShare: 0, backstopShare: 0 };
    const spot = { token: prices, decimals: 18, market: MARKET, haircut: 0, discount: 0 };
    const calls: ((caller: Caller) => Promise<unknown>)[] = [
      (caller) => caller.setModule(stranger, Module.ENGINE),
      (caller) => caller.setMarkPrice(prices),
      (caller) => caller.listMarket(5, config),
      (caller) => caller.setMarket(MARKET, config),
      (caller) => caller.restrictMarket(MARKET),
      (caller) => caller.listSpotAsset(0, spot),
      (caller) => caller.setFeeSplit(split),
    ];
    for (const call of calls) {
      for (const caller of [stranger, book]) {
        await expect(call(house.connect(caller)))
          .to.be.revertedWithCustomError(house, "AccessManagedUnauthorized")
          .withArgs(caller.address);
      }
    }
  });

  it("can leave a guardian the right to restrict a market, and nothing else", async () => {
    const { house, authority, config, stranger } = await loadLedger();
    const GUARDIAN = 7n;
    const { selector } = house.interface.getFunction("restrictMarket");
    await authority.setTargetFunctionRole(house, [selector], GUARDIAN);
    await authority.grantRole(GUARDIAN, stranger, 0);
    const guardian = house.connect(stranger);
    await expect(guardian.restrictMarket(MARKET)).to.emit(house, "MarketRestricted").withArgs(MARKET);
    await expect(guardian.setMarket(MARKET, config)).to.be.revertedWithCustomError(house, "AccessManagedUnauthorized");
  });

  it("points the ledger at its prices", async () => {
    const { house, logic, prices, token } = await loadLedger();
    await expect(house.setMarkPrice(prices))
      .to.emit(logic.listing, "MarkPriceSet")
      .withArgs(await prices.getAddress());
    expect(await house.markPrice()).to.equal(await prices.getAddress());
    expect(await house.quoteToken()).to.equal(await token.getAddress());
    expect(await house.quoteScale()).to.equal(10n ** 12n);
  });
});
