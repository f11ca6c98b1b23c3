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
