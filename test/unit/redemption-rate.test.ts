import { expect } from "chai";

import { deployIndex, MARKET, Status, wad, WAD } from "../support/prices.js";

const { OK, STALE, UNREACHABLE, UNCONFIGURED, RATE_TOO_HIGH, RATE_TOO_LOW, MALFORMED, NOT_POSITIVE, OUT_OF_RANGE } =
  Status;
const YEAR = 365 * 86_400;
const WEEK = 7 * 86_400;
const UNDERLYING = 3;

describe("The redemption-rate source", () => {
  /** An asset that redeems for 1.2 of an underlying at 3,000: 10 % growth a year, 0.1 % at once, 1 % down. */
  async function world(change: object = {}) {
    const base = await deployIndex();
    const { ethers, networkHelpers, authority } = base;
    const feed = await base.deployFeed({ heartbeat: 172_800n, deviation: 1_000n });
    await feed.source.setFeed(UNDERLYING, feed.config);
    await base.report(feed, 3_000);
    const rate = await ethers.deployContract("TestRate");
    await rate.setRate(wad(1.2));
    const source = await ethers.deployContract("RedemptionRateSource", [authority]);
    const asset = {
      provider: rate,
      kind: 0,
      maxGrowth: 100_000,
      slack: 1_000,
      maxFall: 10_000,
      underlying: feed.source,
      underlyingMarket: UNDERLYING,
      ...change,
    };
    await source.setAsset(MARKET, asset);
    const setAt = await networkHelpers.time.latest();
    const status = async () => (await source.read(MARKET)).status;
    /** Moves the clock and reports the underlying's price again. */
    const pass = async (seconds: number) => {
      await networkHelpers.time.increase(seconds);
      await base.report(feed, 3_000);
    };
    return { ...base, feed, rate, source, asset, setAt, status, pass };
  }

  it("is the rate times the underlying, the price rounded down and the confidence up, with the underlying's time and depth", async () => {
    const { source, rate, feed } = await world();
    const underlying = await feed.source.read(UNDERLYING);
    const reading = await source.read(MARKET);
    expect([reading.status, reading.price, reading.confidence]).to.deep.equal([OK, wad(3_600), wad(3.6)]);
    expect([reading.publishedAt, reading.depth]).to.deep.equal([underlying.publishedAt, underlying.depth]);
    const odd = wad(1.2) + 1n;
    await rate.setRate(odd);
    const rounded = await source.read(MARKET);
    expect(rounded.price).to.equal((wad(3_000) * odd) / WAD);
    expect(rounded.confidence).to.equal((wad(3) * odd) / WAD);
  });

  it("reads a vault's shares whatever the decimals of its asset", async () => {
    const { ethers, source, asset, admin } = await world();
    const token = await ethers.deployContract("TestToken", ["Dollar", "USD", 6]);
    const vault = await ethers.deployContract("TestVault", [token]);
    await token.mint(admin, 10n ** 12n);
    await token.approve(vault, 10n ** 12n);
    await vault.deposit(10n ** 9n, admin);
    await source.setAsset(MARKET, { ...asset, provider: vault, kind: 1 });
    expect((await source.snapshotOf(MARKET)).rate).to.equal(WAD);
    expect((await source.read(MARKET)).price).to.equal(wad(3_000));
    // 0.1 % of what is in the vault is what the rate may grow at once.
    await token.transfer(vault, 10n ** 6n - 10n);
    expect((await source.read(MARKET)).price).to.be.within(wad(3_002.9), wad(3_003));
  });

  it("is silent, not wrong, when a vault is given more than it can have earned", async () => {
    const { ethers, source, asset, admin, status } = await world();
    const token = await ethers.deployContract("TestToken", ["Ether", "ETH", 18]);
    const vault = await ethers.deployContract("TestVault", [token]);
    await token.mint(admin, 10n * WAD);
    await token.approve(vault, 10n * WAD);
    await vault.deposit(WAD, admin);
    await source.setAsset(MARKET, { ...asset, provider: vault, kind: 1 });
    await token.transfer(vault, WAD);
    expect(await status()).to.equal(RATE_TOO_HIGH);
  });

  it("lets the rate grow with time from its snapshot, to the wei", async () => {
    const { source, rate, setAt, status, networkHelpers } = await world();
    const at = setAt + YEAR / 10;
    await networkHelpers.time.increaseTo(at);
    // 1.2 * (1 + 0.1 % + 10 % * a tenth of a year) = 1.2132.
    const [low, high] = await source.boundsOf(MARKET);
    expect([low, high]).to.deep.equal([wad(1.188), wad(1.2132)]);
    for (const [value, expected] of [
      [high, STALE],
      [high + 100_000_000_000n, RATE_TOO_HIGH],
      [low, STALE],
      [low - 1n, RATE_TOO_LOW],
    ] as const) {
      await rate.setRate(value);
      // Within its bounds the rate goes through, and it is the underlying that is stale after five weeks.
      expect(await status()).to.equal(expected);
    }
  });

  it("has no cap and no floor where they are off", async () => {
    const { rate, status } = await world({ maxGrowth: 0, maxFall: 1_000_000 });
    for (const value of [1n, (1n << 96n) - 1n]) {
      await rate.setRate(value);
      expect(await status()).to.equal(OK);
    }
  });

  it("names a rate that is zero, too large to be one, or not to be had", async () => {
    const { ethers, source, rate, asset, status } = await world({ maxFall: 1_000_000 });
    await rate.setRate(0n);
    expect(await status()).to.equal(NOT_POSITIVE);
    await rate.setRate(1n << 96n);
    expect(await status()).to.equal(OUT_OF_RANGE);
    const far = await ethers.deployContract("HostileFeed");
    await far.behave(0, ethers.toBeHex(WAD, 32));
    await source.setAsset(MARKET, { ...asset, provider: far });
    expect(await status()).to.equal(OK);
    for (const [mode, words, expected] of [
      [1, "0x", UNREACHABLE],
      [2, "0x", UNREACHABLE],
      [4, "0x", UNREACHABLE],
      [0, "0x", UNREACHABLE],
      [0, "0x01", MALFORMED],
      [3, "0x", NOT_POSITIVE],
    ] as const) {
      await far.behave(mode, words);
      expect((await source.read(MARKET, { gasLimit: 1_000_000n })).status).to.equal(expected);
    }
  });

  it("passes on what is wrong with the underlying, and survives one that is hostile", async () => {
    const { ethers, source, feed, asset, status, networkHelpers } = await world();
    await feed.aggregator.report(0n);
    expect(await status()).to.equal(NOT_POSITIVE);
    await feed.aggregator.report(300_000_000_000n);
    await networkHelpers.time.increase(172_801);
    expect(await status()).to.equal(STALE);
    const far = await ethers.deployContract("HostileFeed");
    await source.setAsset(MARKET, { ...asset, underlying: far });
    const words = (...list: bigint[]) =>
      ethers.AbiCoder.defaultAbiCoder().encode(
        list.map(() => "uint256"),
        list,
      );
    const now = BigInt(await networkHelpers.time.latest());
    const most = (1n << 256n) - 1n;
    for (const [mode, answer, expected] of [
      [0, words(0n, WAD, 0n, now, most), OK],
      [0, words(0n, 0n, 0n, now, WAD), NOT_POSITIVE],
      [0, words(0n, most, 0n, now, WAD), OUT_OF_RANGE],
      [0, words(0n, WAD, most, now, WAD), OUT_OF_RANGE],
      [0, words(0n, WAD, 0n, now + 1_000n, WAD), Status.FUTURE],
      [0, words(17n, WAD, 0n, now, WAD), MALFORMED],
      [0, words(0n, WAD, 0n, now), MALFORMED],
      [1, "0x", UNREACHABLE],
      [2, "0x", UNREACHABLE],
    ] as const) {
      await far.behave(mode, answer);
      expect((await source.read(MARKET, { gasLimit: 1_000_000n })).status).to.equal(expected);
    }
  });

  describe("moves a snapshot's value and time together or not at all:", () => {
    /** A week on, with the rate grown by 0.19 % and noted; then another week. */
    async function noted() {
      const base = await world();
      const { source, rate, pass, networkHelpers } = base;
      await pass(WEEK);
      await rate.setRate(wad(1.2023));
      await source.observe(MARKET);
      const seenAt = await networkHelpers.time.latest();
      await pass(WEEK);
      await rate.setRate(wad(1.2046));
      return { ...base, seenAt, seen: wad(1.2023) };
    }

    it("the incident's update, an old value with a time of later, is refused", async () => {
      const { source, seen, seenAt, networkHelpers, status } = await noted();
      const later = await networkHelpers.time.latest();
      for (const takenAt of [later, later + WEEK, seenAt + 1, 0]) {
        await expect(source.setSnapshot(MARKET, seen, takenAt))
          .to.be.revertedWithCustomError(source, "SnapshotNotObserved")
          .withArgs(MARKET, seen, takenAt, 0n);
      }
      expect(await status()).to.equal(OK);
    });

    it("a value that was never read is refused at any time", async () => {
      const { source, seen, seenAt } = await noted();
      for (const rate of [0n, seen - 1n, seen + 1n, (1n << 256n) - 1n]) {
        await expect(source.setSnapshot(MARKET, rate, seenAt))
          .to.be.revertedWithCustomError(source, "SnapshotNotObserved")
          .withArgs(MARKET, rate, seenAt, seen);
      }
    });

    it("what was read is taken, and growth is measured from it", async () => {
      const { source, seen, seenAt, status } = await noted();
      expect(await source.observedAt(MARKET, seenAt)).to.equal(seen);
      await expect(source.setSnapshot(MARKET, seen, seenAt))
        .to.emit(source, "SnapshotSet")
        .withArgs(MARKET, seen, seenAt);
      expect([...(await source.snapshotOf(MARKET))]).to.deep.equal([seen, BigInt(seenAt)]);
      expect(await status()).to.equal(OK);
      await expect(source.setSnapshot(MARKET, seen, seenAt))
        .to.be.revertedWithCustomError(source, "SnapshotNotNewer")
        .withArgs(MARKET, seenAt, seenAt);
    });

    it("a snapshot the rate of now contradicts is refused, so that none can silence the source", async () => {
      const { source, rate, seen, seenAt, status } = await noted();
      await rate.setRate(wad(1.19));
      await expect(source.setSnapshot(MARKET, seen, seenAt)).to.be.revertedWithCustomError(
        source,
        "SnapshotContradicted",
      );
      await rate.setRate(wad(1.2046));
      expect((await source.snapshotOf(MARKET)).rate).to.equal(wad(1.2));
      expect(await status()).to.equal(OK);
    });

    it("nobody notes a rate out of bounds, and of two in a second the lower stays", async () => {
      const { source, rate, provider, networkHelpers, stranger } = await world();
      await rate.setRate(wad(2));
      await expect(source.observe(MARKET)).to.be.revertedWithCustomError(source, "RateOutOfBounds");
      await rate.setRate(wad(1.1));
      await expect(source.observe(MARKET)).to.be.revertedWithCustomError(source, "RateOutOfBounds");
      await provider.request({ method: "evm_setAutomine", params: [false] });
      const limit = { gasLimit: 300_000n };
      for (const value of [1.2005, 1.2003, 1.2004]) {
        await rate.setRate(wad(value), limit);
        await source.connect(stranger).observe(MARKET, limit);
      }
      await networkHelpers.mine();
      await provider.request({ method: "evm_setAutomine", params: [true] });
      expect(await source.observedAt(MARKET, await networkHelpers.time.latest())).to.equal(wad(1.2003));
    });
  });

  it("knows an asset only while one is set, and starts from the rate it reads itself", async () => {
    const { ethers, source, rate, asset, setAt } = await world();
    expect([...(await source.snapshotOf(MARKET))]).to.deep.equal([wad(1.2), BigInt(setAt)]);
    expect((await source.assetOf(MARKET)).provider).to.equal(await rate.getAddress());
    expect((await source.read(5)).status).to.equal(UNCONFIGURED);
    await expect(source.observe(5)).to.be.revertedWithCustomError(source, "RateNotUsable").withArgs(5, UNCONFIGURED);
    await rate.setRate(0n);
    await expect(source.setAsset(MARKET, asset))
      .to.be.revertedWithCustomError(source, "RateNotUsable")
      .withArgs(MARKET, NOT_POSITIVE);
    await expect(source.setAsset(MARKET, { ...asset, provider: ethers.ZeroAddress })).to.emit(source, "AssetSet");
    expect((await source.read(MARKET)).status).to.equal(UNCONFIGURED);
  });

  it("is set up by its authority only, and refuses unsafe parameters", async () => {
    const { ethers, source, asset, stranger } = await world();
    const refused = (parameter: string, value: number, high: number, change: object) =>
      expect(source.setAsset(MARKET, { ...asset, ...change }))
        .to.be.revertedWithCustomError(source, "ParameterOutOfRange")
        .withArgs(parameter, value, 0, high);
    await refused("maxGrowth", 10_000_001, 10_000_000, { maxGrowth: 10_000_001 });
    await refused("slack", 100_001, 100_000, { slack: 100_001 });
    await refused("maxFall", 1_000_001, 1_000_000, { maxFall: 1_000_001 });
    const token = await ethers.deployContract("TestToken", ["Odd", "ODD", 19]);
    const vault = await ethers.deployContract("TestVault", [token]);
    await refused("shareDecimals", 19, 18, { provider: vault, kind: 1 });
    const foreign = source.connect(stranger);
    for (const call of [() => foreign.setAsset(MARKET, asset), () => foreign.setSnapshot(MARKET, 1n, 1n)]) {
      await expect(call())
        .to.be.revertedWithCustomError(source, "AccessManagedUnauthorized")
        .withArgs(stranger.address);
    }
  });
});
