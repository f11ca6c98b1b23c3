import { expect } from "chai";
import { network } from "hardhat";

const WAD = 10n ** 18n;
const MAX_UINT = 2n ** 256n - 1n;
const { ethers } = await network.create();

describe("The policy ProfitFirst", () => {
  it("has one class, reached tranche after tranche", async () => {
    const policy = await ethers.deployContract("ProfitFirst");
    for (const leverage of [0n, WAD, 100n * WAD, MAX_UINT]) {
      for (const hedged of [false, true]) expect(await policy.priority(2_000n * WAD, leverage, hedged)).to.equal(0n);
    }
    expect(await policy.proportional()).to.equal(false);
    for (const trancheClass of [0, 15, 255]) expect(await policy.stage(trancheClass)).to.equal(0n);
  });
});

describe("The policy ProRata", () => {
  it("has one class and one stage, reached in proportion", async () => {
    const policy = await ethers.deployContract("ProRata");
    for (const leverage of [0n, WAD, 100n * WAD, MAX_UINT]) {
      for (const hedged of [false, true]) expect(await policy.priority(1n, leverage, hedged)).to.equal(0n);
    }
    expect(await policy.proportional()).to.equal(true);
    for (const trancheClass of [0, 15, 255]) expect(await policy.stage(trancheClass)).to.equal(0n);
  });
});

describe("The policy LeverageFirst", () => {
  it("has a class for leverage from 20, 10, 5, 3, 2, 1, 1/2 and below, reached one after the other", async () => {
    const policy = await ethers.deployContract("LeverageFirst");
    const bounds = [20n * WAD, 10n * WAD, 5n * WAD, 3n * WAD, 2n * WAD, WAD, WAD / 2n];
    for (const [trancheClass, bound] of bounds.entries()) {
      expect(await policy.priority(1n, bound, false)).to.equal(BigInt(trancheClass));
      expect(await policy.priority(1n, bound - 1n, false)).to.equal(BigInt(trancheClass) + 1n);
    }
    expect(await policy.priority(1n, 0n, false)).to.equal(7n);
    expect(await policy.proportional()).to.equal(false);
    for (const trancheClass of [0n, 7n, 15n]) expect(await policy.stage(trancheClass)).to.equal(trancheClass);
  });

  it("reaches accounts without equity first", async () => {
    const policy = await ethers.deployContract("LeverageFirst");
    expect(await policy.priority(1n, MAX_UINT, false)).to.equal(0n);
  });

  it("gives a higher leverage never a later class, whatever the entry price", async () => {
    const policy = await ethers.deployContract("LeverageFirst");
    let last = 7n;
    for (let leverage = 0n; leverage <= 25n * WAD; leverage += WAD / 4n) {
      const trancheClass = await policy.priority(leverage + 1n, leverage, false);
      expect(trancheClass).to.be.lessThanOrEqual(last);
      last = trancheClass;
    }
    expect(last).to.equal(0n);
  });
});

describe("The policy LeverageLevel", () => {
  it("has the classes of LeverageFirst in one stage, each counted at its lowest leverage", async () => {
    const policy = await ethers.deployContract("LeverageLevel");
    const first = await ethers.deployContract("LeverageFirst");
    for (const [trancheClass, lowest] of [20n, 10n, 5n, 3n, 2n, 1n].entries()) {
      expect(await policy.priority(1n, lowest * WAD, false)).to.equal(BigInt(trancheClass));
      expect(await policy.leverageOf(trancheClass)).to.equal(lowest * WAD);
      expect(await first.leverageOf(trancheClass)).to.equal(0n);
    }
    expect(await policy.leverageOf(6)).to.equal(WAD / 2n);
    expect(await policy.leverageOf(7)).to.equal(WAD / 4n);
    expect(await policy.proportional()).to.equal(true);
    for (const trancheClass of [0n, 7n, 15n]) expect(await policy.stage(trancheClass)).to.equal(0n);
  });
});

describe("The policy HedgeLast", () => {
  async function over(inner: "ProRata" | "LeverageFirst" | "LeverageLevel" | "SixteenClasses") {
    return ethers.deployContract("HedgeLast", [await ethers.deployContract(inner)]);
  }

  it("sets bit 3 of a hedged position's class and leaves the inner policy's order on both sides of it", async () => {
    const policy = await over("LeverageFirst");
    for (const [leverage, inner] of [
      [25n * WAD, 0n],
      [4n * WAD, 3n],
      [0n, 7n],
    ] as const) {
      expect(await policy.priority(1n, leverage, false)).to.equal(inner);
      expect(await policy.priority(1n, leverage, true)).to.equal(8n + inner);
      expect(await policy.stage(inner)).to.equal(inner);
      expect(await policy.stage(8n + inner)).to.equal(8n + inner);
    }
    expect(await policy.proportional()).to.equal(false);
  });

  it("over ProRata has two stages, each shared in proportion", async () => {
    const policy = await over("ProRata");
    expect(await policy.priority(1n, MAX_UINT, false)).to.equal(0n);
    expect(await policy.priority(1n, 0n, true)).to.equal(8n);
    expect(await policy.proportional()).to.equal(true);
    for (const trancheClass of [0n, 7n]) expect(await policy.stage(trancheClass)).to.equal(0n);
    for (const trancheClass of [8n, 15n]) expect(await policy.stage(trancheClass)).to.equal(8n);
  });

  it("over LeverageLevel levels directional classes first, and hedged ones after them", async () => {
    const policy = await over("LeverageLevel");
    expect(await policy.proportional()).to.equal(true);
    expect(await policy.stage(4)).to.equal(0n);
    expect(await policy.stage(12)).to.equal(8n);
    for (const trancheClass of [4, 12]) expect(await policy.leverageOf(trancheClass)).to.equal(2n * WAD);
  });

  it("never lets a directional position pass for a hedged one, and refuses an inner policy that needs the bit", async () => {
    const six = await ethers.deployContract("SixteenClasses");
    const factory = await ethers.getContractFactory("HedgeLast");
    await expect(factory.deploy(six)).to.be.revertedWithCustomError(factory, "InnerClassTooHigh").withArgs(16n);
    const hedgeLast = await over("ProRata");
    await expect(factory.deploy(hedgeLast)).to.be.revertedWithCustomError(factory, "InnerClassTooHigh").withArgs(8n);
  });
});
