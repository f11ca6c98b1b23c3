import { expect } from "chai";

import type { MarketConfig } from "../../support/ledger.js";
import { deployHouse, ethers, loadLedger, MARKET, Status } from "../../support/ledger.js";

const PPM = 1_000_000n;

describe("Listing a market", () => {
  it("takes ids up to 15, once each", async () => {
    const { house, logic, config } = await loadLedger();
    await expect(house.listMarket(15, config)).to.emit(logic.listing, "MarketListed");
    expect((await house.marketConfig(15)).initialMarginRate).to.equal(100_000n);
    await expect(house.listMarket(16, config))
      .to.be.revertedWithCustomError(logic.listing, "UnsafeParameter")
      .withArgs("market id below 16", 16n, 16n);
    await expect(house.listMarket(255, config)).to.be.revertedWithCustomError(logic.listing, "UnsafeParameter");
    await expect(house.listMarket(15, config))
      .to.be.revertedWithCustomError(logic.listing, "ListingMismatch")
      .withArgs(15n, Status.ACTIVE);
  });

  it("comes before changing it, and cannot be undone by changing it", async () => {
    const { house, logic, config } = await loadLedger();
    await expect(house.setMarket(9, config))
      .to.be.revertedWithCustomError(logic.listing, "ListingMismatch")
      .withArgs(9n, Status.UNLISTED);
    await expect(house.setMarket(MARKET, { ...config, status: Status.UNLISTED }))
      .to.be.revertedWithCustomError(logic.listing, "UnsafeParameter")
      .withArgs("a listed market has a status", 0n, 1n);
    await expect(house.setMarket(MARKET, { ...config, takerFee: 1n })).to.emit(logic.listing, "MarketChanged");
    expect((await house.marketConfig(MARKET)).takerFee).to.equal(1n);
  });

  const limits: [
    rule: string,
    within: Partial<MarketConfig>,
    beyond: Partial<MarketConfig>,
    value: bigint,
    limit: bigint,
  ][] = [
    ["initial margin at least 1 %", { initialMarginRate: 10_000n }, { initialMarginRate: 9_999n }, 9_999n, 10_000n],
    [
      "initial margin at most 100 %",
      { initialMarginRate: PPM, keptRate: PPM },
      { initialMarginRate: PPM + 1n },
      PPM + 1n,
      PPM,
    ],
    ["maker fee at most 1 %", { makerFee: 10_000n }, { makerFee: 10_001n }, 10_001n, 10_000n],
    ["taker fee at most 1 %", { takerFee: 10_000n }, { takerFee: 10_001n }, 10_001n, 10_000n],
    [
      "liquidation fee at most maintenance less taker fee",
      { liquidationFee: 49_000n, takerFee: 1_000n },
      { liquidationFee: 49_000n, takerFee: 1_001n },
      50_001n,
      50_000n,
    ],
    ["backstop threshold at most 100 %", { backstopThreshold: PPM }, { backstopThreshold: PPM + 1n }, PPM + 1n, PPM],
    [
      "open interest low below high",
      { openInterestLow: 5n, openInterestHigh: 6n },
      { openInterestLow: 6n, openInterestHigh: 6n },
      6n,
      6n,
    ],
    ["maturity at most 30 days", { maturity: 2_592_000n }, { maturity: 2_592_001n }, 2_592_001n, 2_592_000n],
    // 10x leverage: an hour.
    ["maturity outlasts the depth window", { maturity: 0n }, { maturity: 1_799n }, 1_799n, 1_800n],
    ["maturity as long as the market is thin", { maturity: 3_600n }, { maturity: 3_599n }, 3_599n, 3_600n],
    ["kept margin at least initial margin", { keptRate: 100_000n }, { keptRate: 99_999n }, 99_999n, 100_000n],
    ["kept margin at most 100 %", { keptRate: PPM }, { keptRate: PPM + 1n }, PPM + 1n, PPM],
    ["kept margin at least initial margin", { keptRate: 0n }, { keptRate: 1n }, 1n, 100_000n],
    ["spot asset id below 16", { spotAsset: 16n }, { spotAsset: 17n }, 17n, 16n],
  ];
  for (const [rule, within, beyond, value, limit] of limits) {
    it(`asks for: ${rule}`, async () => {
      const { house, logic, config } = await loadLedger();
      await house.listMarket(5, { ...config, ...within });
      await house.setMarket(MARKET, { ...config, ...within });
      for (const attempt of [
        () => house.listMarket(6, { ...config, ...beyond }),
        () => house.setMarket(MARKET, { ...config, ...beyond }),
      ]) {
        await expect(attempt())
          .to.be.revertedWithCustomError(logic.listing, "UnsafeParameter")
          .withArgs(rule, value, limit);
      }
    });
  }

  it("asks for a mark slower than a keeper, and so near the index that it liquidates nobody who has just opened there", async () => {
    const { house, logic, prices, config } = await loadLedger();
    // Maintenance 5 % in four seconds. A short opened with 10 % has 10 % - 4.7619 % left at a mark that much higher, and needs 5 % of that.
    await prices.setLimits(47_619n, 12_500n);
    await house.listMarket(5, config);
    for (const [band, speed, rule, value, limit] of [
      [47_619n, 12_501n, "mark crosses maintenance slower than a keeper acts", 12_501n, 12_500n],
      [47_620n, 12_500n, "mark band at most (initial - maintenance) / (1 + maintenance)", 47_620n, 47_619n],
    ] as const) {
      await prices.setLimits(band, speed);
      for (const attempt of [() => house.listMarket(6, config), () => house.setMarket(MARKET, config)]) {
        await expect(attempt())
          .to.be.revertedWithCustomError(logic.lints, "UnsafeParameter")
          .withArgs(rule, value, limit);
      }
    }
  });

  it("lets anything the arithmetic can take pass where the lints are left out", async () => {
    const { prices, config, token, authority } = await loadLedger();
    const house = await deployHouse(token, authority, { ParameterLints: "Unlinted" });
    await prices.setLimits(PPM, PPM);
    await house.setMarkPrice(prices);
    await house.listMarket(0, { ...config, initialMarginRate: 1n, takerFee: PPM, keptRate: 1n, maturity: 1n });
    expect((await house.marketConfig(0)).takerFee).to.equal(PPM);
    const listing = await ethers.getContractAt("ListingLogic", await house.getAddress());
    await expect(house.listMarket(1, { ...config, initialMarginRate: PPM + 1n }))
      .to.be.revertedWithCustomError(listing, "UnsafeParameter")
      .withArgs("initial margin at most 100 %", PPM + 1n, PPM);
  });

  it("asks for a policy that is a contract and stays within four bits", async () => {
    const { house, logic, config, alice, token } = await loadLedger();
    await expect(house.listMarket(5, { ...config, policy: alice.address }))
      .to.be.revertedWithCustomError(logic.listing, "UnsafeParameter")
      .withArgs("policy is a contract", 0n, 1n);
    const policy = await (await ethers.deployContract("SixteenClasses")).getAddress();
    await expect(house.listMarket(5, { ...config, policy }))
      .to.be.revertedWithCustomError(logic.listing, "UnsafeParameter")
      .withArgs("class below 16", 16n, 15n);
    await expect(house.listMarket(5, { ...config, policy: await token.getAddress() })).to.be.revertedWithoutReason(
      ethers,
    );
  });
});

describe("The limits of a mark, against the margin of a market that is listed", () => {
  const MARK = {
    band: 47_619n,
    speed: 12_500n,
    midTau: 150n,
    quoteTau: 30n,
    premiumTau: 3_600n,
    premiumInterval: 10n,
    impactNotional: 10_000n,
    impactOrders: 16n,
  };
  const UNSAFE = [
    [{ speed: 12_501n }, "mark crosses maintenance slower than a keeper acts", 12_501n, 12_500n],
    [{ band: 47_620n }, "mark band at most (initial - maintenance) / (1 + maintenance)", 47_620n, 47_619n],
  ] as const;

  async function marked() {
    const fixture = await loadLedger();
    const oracle = await ethers.deployContract("IndexOracle", [fixture.authority]);
    const marks = await ethers.deployContract("MarkPrice", [oracle, fixture.authority]);
    return { ...fixture, marks };
  }

  it("are held to it when the mark is set, once it knows the ledger", async () => {
    const { house, logic, marks } = await marked();
    await expect(marks.setLedger(house)).to.emit(marks, "LedgerSet").withArgs(house);
    await marks.setMarket(MARKET, MARK);
    for (const [change, rule, value, limit] of UNSAFE) {
      await expect(marks.setMarket(MARKET, { ...MARK, ...change }))
        .to.be.revertedWithCustomError(logic.lints, "UnsafeParameter")
        .withArgs(rule, value, limit);
    }
    expect((await marks.configOf(MARKET)).band).to.equal(47_619n);
  });

  it("are held to it by the listing where the mark is set before it", async () => {
    const { house, logic, marks, config } = await marked();
    await marks.setLedger(house);
    await house.setMarkPrice(marks);
    await marks.setMarket(5, { ...MARK, band: 47_620n });
    await expect(house.listMarket(5, config)).to.be.revertedWithCustomError(logic.lints, "UnsafeParameter");
    await marks.setMarket(5, MARK);
    await house.listMarket(5, config);
    await expect(marks.setMarket(5, { ...MARK, band: 47_620n })).to.be.revertedWithCustomError(
      logic.lints,
      "UnsafeParameter",
    );
  });

  it("are held to it when the mark is told its ledger, which must be a contract", async () => {
    const { house, logic, marks, alice, stranger } = await marked();
    for (const [change, rule, value, limit] of UNSAFE) {
      await marks.setMarket(1, { ...MARK, ...change });
      await expect(marks.setLedger(house))
        .to.be.revertedWithCustomError(logic.lints, "UnsafeParameter")
        .withArgs(rule, value, limit);
    }
    await marks.setMarket(1, MARK);
    for (const nobody of [ethers.ZeroAddress, alice.address]) {
      await expect(marks.setLedger(nobody))
        .to.be.revertedWithCustomError(marks, "UnsafeParameter")
        .withArgs("ledger is a contract", 0n, 1n);
    }
    await expect(marks.connect(stranger).setLedger(house))
      .to.be.revertedWithCustomError(marks, "AccessManagedUnauthorized")
      .withArgs(stranger.address);
    await marks.setLedger(house);
    expect(await marks.ledger()).to.equal(await house.getAddress());
  });

  it("are held to it when the ledger is pointed at other prices, which it then needs", async () => {
    const { house, logic, token, authority } = await loadLedger();
    const other = await ethers.deployContract("ScriptedMarkPrice");
    for (const [change, rule, value, limit] of UNSAFE) {
      const { band, speed } = { ...MARK, ...change };
      await other.setLimits(band, speed);
      await expect(house.setMarkPrice(other))
        .to.be.revertedWithCustomError(logic.lints, "UnsafeParameter")
        .withArgs(rule, value, limit);
    }
    await other.setLimits(47_619n, 12_500n);
    await house.setMarkPrice(other);
    expect(await house.markPrice()).to.equal(await other.getAddress());
    await expect(house.setMarkPrice(ethers.ZeroAddress))
      .to.be.revertedWithCustomError(logic.listing, "UnsafeParameter")
      .withArgs("a source of prices is set", 0n, 1n);
    // Before anything is listed there is nothing to check.
    const empty = await deployHouse(token, authority);
    await other.setLimits(PPM, PPM);
    await empty.setMarkPrice(other);
    await empty.setMarkPrice(ethers.ZeroAddress);
  });

  it("may be anything where the lints are left out", async () => {
    const { config, marks, token, authority } = await marked();
    const house = await deployHouse(token, authority, { ParameterLints: "Unlinted" });
    await house.setMarkPrice(marks);
    await marks.setMarket(0, MARK);
    await house.listMarket(0, config);
    await marks.setLedger(house);
    await marks.setMarket(0, { ...MARK, band: 500_000n, speed: PPM });
    await house.setMarkPrice(marks);
    expect((await marks.configOf(0)).speed).to.equal(PPM);
  });
});

describe("A guardian's stop", () => {
  it("turns an active market to reduce-only, once, and leaves unlisted ones alone", async () => {
    const { house, configure } = await loadLedger();
    await expect(house.restrictMarket(MARKET)).to.emit(house, "MarketRestricted").withArgs(MARKET);
    await expect(house.restrictMarket(MARKET)).not.to.emit(house, "MarketRestricted");
    await expect(house.restrictMarket(9)).not.to.emit(house, "MarketRestricted");
    expect((await house.marketConfig(9)).status).to.equal(Status.UNLISTED);
    await configure({ status: Status.ACTIVE });
    expect((await house.marketConfig(MARKET)).status).to.equal(Status.ACTIVE);
  });
});

describe("Listing a spot asset", () => {
  async function asset(decimals = 18) {
    const fixture = await loadLedger();
    const token = await ethers.deployContract("TestToken", ["Spot", "SPOT", decimals]);
    const spot = {
      token: await token.getAddress(),
      decimals: BigInt(decimals),
      market: MARKET,
      haircut: 200_000n,
      discount: 100_000n,
    };
    return { ...fixture, spot };
  }

  it("keeps what it was given, and may change haircut and discount later", async () => {
    const { house, logic, spot } = await asset();
    await expect(house.listSpotAsset(15, spot)).to.emit(logic.listing, "SpotAssetListed");
    await house.listSpotAsset(15, { ...spot, haircut: PPM, discount: PPM });
    const listed = await house.spotAsset(15);
    expect(listed.token).to.equal(spot.token);
    expect([listed.haircut, listed.discount]).to.deep.equal([PPM, PPM]);
  });

  it("asks for a safe set of parameters", async () => {
    const { house, logic, spot, token } = await asset();
    const quote = await token.getAddress();
    for (const [id, change, rule, value, limit] of [
      [16, {}, "asset id below 16", 16n, 16n],
      [1, { decimals: 19n }, "at most 18 decimals", 19n, 18n],
      [1, { token: quote, decimals: 6n }, "not the quote token", 1n, 0n],
      [1, { haircut: PPM + 1n }, "haircut at most 100 %", PPM + 1n, PPM],
      [1, { discount: 200_001n }, "discount at most the haircut", 200_001n, 200_000n],
      [1, { discount: 150_001n }, "haircut beyond discount covers maintenance", 49_999n, 50_000n],
    ] as const) {
      await expect(house.listSpotAsset(id, { ...spot, ...change }))
        .to.be.revertedWithCustomError(logic.listing, "UnsafeParameter")
        .withArgs(rule, value, limit);
    }
  });

  it("bounds the margin of the market that prices it from then on, and of no other", async () => {
    const { house, logic, spot, configure, config } = await asset();
    for (const id of [0, 15]) {
      const { token } = id === 0 ? spot : { token: await ethers.deployContract("TestToken", ["Spot", "SPOT", 18]) };
      await house.listSpotAsset(id, { ...spot, token });
      await configure({ initialMarginRate: 200_001n, keptRate: 0n });
      for (const status of [Status.ACTIVE, Status.REDUCE_ONLY]) {
        await expect(configure({ status, initialMarginRate: 200_002n, keptRate: 0n }))
          .to.be.revertedWithCustomError(logic.lints, "UnsafeParameter")
          .withArgs("haircut beyond discount covers maintenance", 100_000n, 100_001n);
      }
      await house.setMarket(1, { ...config, initialMarginRate: PPM, keptRate: 0n });
      // Spot that counts for nothing needs no cover.
      await house.listSpotAsset(id, { ...spot, token, haircut: PPM });
      await configure({ initialMarginRate: PPM, keptRate: 0n });
      await configure({});
    }
  });

  it("asks for the decimals the token says it has, and for a token", async () => {
    const { house, logic, spot, alice } = await asset(8);
    await expect(house.listSpotAsset(1, { ...spot, decimals: 18n }))
      .to.be.revertedWithCustomError(logic.listing, "UnsafeParameter")
      .withArgs("decimals of the token", 18n, 8n);
    for (const token of [ethers.ZeroAddress, alice.address]) {
      await expect(house.listSpotAsset(1, { ...spot, token }))
        .to.be.revertedWithCustomError(logic.listing, "UnsafeParameter")
        .withArgs("token is a contract", 0n, 1n);
    }
  });

  it("asks for a listed market, and never changes an id's token", async () => {
    const { house, logic, spot } = await asset();
    await expect(house.listSpotAsset(1, { ...spot, market: 9 }))
      .to.be.revertedWithCustomError(logic.listing, "ListingMismatch")
      .withArgs(9n, Status.UNLISTED);
    await house.listSpotAsset(1, spot);
    const other = await (await ethers.deployContract("TestToken", ["Other", "OTH", 18])).getAddress();
    await expect(house.listSpotAsset(1, { ...spot, token: other }))
      .to.be.revertedWithCustomError(logic.listing, "UnsafeParameter")
      .withArgs("an asset id keeps its token", 1n, 0n);
  });
});
