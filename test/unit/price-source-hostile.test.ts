import { expect } from "chai";
import hre from "hardhat";

import { ADAPTERS, type Fixture, PRICE } from "../support/adapters.js";
import { MARKET, Status, WAD } from "../support/prices.js";
import type { HostileFeed } from "../../typechain-types/index.js";

const { OK } = Status;
const VALID = 0n;
const INVALID = 3n;

/** How HostileFeed answers; the order of the contract's enumeration. */
const Mode = { ANSWER: 0, REVERT: 1, BURN: 2, BOMB: 3, REVERT_BOMB: 4 } as const;

/** Gas the index gives each source. */
const GAS = 500_000n;

/** What any far end can do, in whatever words it should have answered: no code of ours may trip over it. */
const ABUSES: readonly (readonly [what: string, mode: number, answer: string])[] = [
  ["reverts", Mode.REVERT, "0x"],
  ["burns all the gas it is given", Mode.BURN, "0x"],
  ["returns 128 KiB", Mode.BOMB, "0x"],
  ["reverts with 128 KiB", Mode.REVERT_BOMB, "0x"],
  ["returns nothing", Mode.ANSWER, "0x"],
  ["returns one byte", Mode.ANSWER, "0x01"],
  ["returns a byte less than a word", Mode.ANSWER, `0x${"00".repeat(31)}`],
  ["returns zeros", Mode.ANSWER, `0x${"00".repeat(256)}`],
  ["returns the largest words, each of them minus one", Mode.ANSWER, `0x${"ff".repeat(256)}`],
  ["returns the least words", Mode.ANSWER, `0x${`80${"00".repeat(31)}`.repeat(8)}`],
];

/** Puts hostile code where the far end is. */
async function corrupt({ ethers, networkHelpers, far }: Fixture): Promise<HostileFeed> {
  const { deployedBytecode } = await hre.artifacts.readArtifact("HostileFeed");
  await networkHelpers.setCode(far, deployedBytecode);
  // Where the contract before it kept words of its own.
  for (const slot of [0, 1]) await networkHelpers.setStorageAt(far, slot, 0n);
  return ethers.getContractAt("HostileFeed", far);
}

/** An index of the adapter and two honest feeds of which two must agree, and one of the adapter alone in market 1's place. */
async function indexed(fixture: Fixture, alone: boolean): Promise<void> {
  const { oracle, source, deployFeed, networkHelpers } = fixture;
  const honest = alone ? [] : [await deployFeed(), await deployFeed()];
  const now = await networkHelpers.time.latest();
  for (const { aggregator } of honest) await aggregator.setRound(1n, BigInt(PRICE) * 10n ** 8n, now, 1n);
  const sources = [...honest.map(({ source }) => source), source];
  const entries = sources.map((each) => ({ source: each, gasLimit: GAS, maxDepth: 10n ** 12n, interval: 0n }));
  await oracle.setSources(MARKET, entries, {
    quorum: alone ? 1n : 2n,
    maxDispersion: 10_000n,
    maxConfidence: 10_000n,
  });
}

for (const [name, load] of ADAPTERS) {
  describe(`A hostile far end behind ${name}`, () => {
    it("makes the adapter say what is wrong and never revert, or is not listened to", async () => {
      const fixture = await load();
      const { source, bring } = fixture;
      const before = await source.read(MARKET);
      const far = await corrupt(fixture);
      for (const [what, mode, answer] of ABUSES) {
        await far.behave(mode, answer);
        await bring?.().catch(() => undefined);
        const reading = await source.read(MARKET, { gasLimit: GAS });
        // A price that was brought stays what it was; one that is asked for is gone.
        if (reading.status === OK) expect(reading.price, what).to.equal(before.price);
        if (bring === undefined) expect(reading.status, what).not.to.equal(OK);
      }
    });

    it("is found out in its own words", async () => {
      const fixture = await load();
      const { source, lies, networkHelpers, ethers } = fixture;
      if (lies === undefined) return;
      const far = await corrupt(fixture);
      for (const [what, words, status] of lies(BigInt(await networkHelpers.time.latest()))) {
        const types = Array<string>(words.length).fill("int256");
        await far.behave(Mode.ANSWER, ethers.AbiCoder.defaultAbiCoder().encode(types, words));
        expect((await source.read(MARKET)).status, what).to.equal(status);
      }
    });

    it("does not touch an index of which it is one of three sources", async () => {
      const fixture = await load();
      const { oracle, bring } = fixture;
      await indexed(fixture, false);
      const far = await corrupt(fixture);
      for (const [what, mode, answer] of ABUSES) {
        await far.behave(mode, answer);
        await bring?.().catch(() => undefined);
        await oracle.update(MARKET, { gasLimit: 5_000_000n });
        const { value, validity } = await oracle.indexOf(MARKET);
        expect(validity, what).to.equal(VALID);
        expect(Math.abs(Number(value / 10n ** 9n) / 1e9 / PRICE - 1), what).to.be.at.most(fixture.tolerance ?? 0);
      }
    });

    it("silences an index of its own with the reason and the last good value, and blocks nothing", async () => {
      const fixture = await load();
      const { oracle, source, bring } = fixture;
      await indexed(fixture, true);
      await oracle.update(MARKET);
      const good = await oracle.indexOf(MARKET);
      const far = await corrupt(fixture);
      for (const [what, mode, answer] of ABUSES) {
        await far.behave(mode, answer);
        await bring?.().catch(() => undefined);
        await oracle.update(MARKET, { gasLimit: 5_000_000n });
        const { value, publishedAt, validity } = await oracle.indexOf(MARKET);
        expect(value, what).to.equal(good.value);
        if (validity === VALID) {
          expect(bring, what).not.to.equal(undefined);
          continue;
        }
        expect(publishedAt, what).to.equal(good.publishedAt);
        expect(validity, what).to.be.at.most(INVALID);
        const [blamed, status] = await oracle.failureOf(MARKET);
        expect(blamed, what).to.equal(await source.getAddress());
        expect(status, what).not.to.equal(OK);
      }
    });
  });
}

describe("A far end that changes its scale after it was set up", () => {
  it("is an outlier to the others, and never a price of its own", async () => {
    const [, load] = ADAPTERS[1]!;
    const fixture = await load();
    const { oracle, source, say } = fixture;
    await indexed(fixture, false);
    for (const answer of [BigInt(PRICE), BigInt(PRICE) * WAD]) {
      await say?.(answer);
      await oracle.update(MARKET);
      const { value, validity } = await oracle.indexOf(MARKET);
      expect(validity === VALID || value === BigInt(PRICE) * WAD).to.equal(true);
      expect(value).to.equal(BigInt(PRICE) * WAD);
      const [, , odd] = await oracle.readingsOf(MARKET);
      expect(odd!.price === value && odd!.status === OK).to.equal(false);
    }
    expect(await source.getAddress()).to.match(/^0x/);
  });
});

describe("A pool that claims more liquidity than a pool can have, at the highest of all prices", () => {
  it("has a price that the index refuses as out of range, and nothing overflows on the way", async () => {
    for (const [name, load] of ADAPTERS.filter(([name]) => name.startsWith("Uniswap"))) {
      const fixture = await load();
      const { source, oracle, ethers } = fixture;
      await indexed(fixture, true);
      const far = await corrupt(fixture);
      // Two arrays of two: the pool's highest tick for all of the window, and a 2^128th of a second by liquidity.
      const words = [64n, 160n, 2n, 0n, 887_272n * 600n, 2n, 0n, 1n];
      await far.behave(Mode.ANSWER, ethers.AbiCoder.defaultAbiCoder().encode(Array<string>(8).fill("int256"), words));
      await source.read(MARKET);
      const [reading] = await oracle.readingsOf(MARKET);
      expect([Status.OUT_OF_RANGE, Status.NOT_POSITIVE], name).to.include(reading!.status);
    }
  });
});
