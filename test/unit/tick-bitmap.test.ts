import { expect } from "chai";
import { network } from "hardhat";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

const LAST = 2 ** 24 - 1;
const { ethers, networkHelpers } = await network.create();

async function emptySet() {
  return { ticks: await ethers.deployContract("TickBitmapHarness") };
}

describe("The set of ticks", () => {
  it("has no neighbours to show while it is empty", async () => {
    const { ticks } = await networkHelpers.loadFixture(emptySet);
    for (const tick of [0, 1, 255, 256, 65_535, 65_536, LAST]) {
      expect(await ticks.above(tick)).to.equal(0n);
      expect(await ticks.below(tick)).to.equal(0n);
      expect(await ticks.contains(tick)).to.be.false;
    }
  });

  it("finds a neighbour across every boundary of words, and never the tick itself", async () => {
    const { ticks } = await networkHelpers.loadFixture(emptySet);
    const members = [1, 255, 256, 257, 65_535, 65_536, 65_537, 8_388_608, LAST - 256, LAST - 1, LAST];
    for (const tick of members) await ticks.set(tick);
    for (const [i, tick] of members.entries()) {
      expect(await ticks.contains(tick)).to.be.true;
      expect(await ticks.above(tick), `above ${tick}`).to.equal(BigInt(members[i + 1] ?? 0));
      expect(await ticks.below(tick), `below ${tick}`).to.equal(BigInt(members[i - 1] ?? 0));
    }
    expect(await ticks.above(0)).to.equal(1n);
    expect(await ticks.below(0)).to.equal(0n);
  });

  it("keeps the upper words exactly as long as something lies below them", async () => {
    const { ticks } = await networkHelpers.loadFixture(emptySet);
    await ticks.set(LAST);
    await ticks.set(LAST - 1);
    await ticks.clear(LAST);
    expect((await ticks.words(LAST)).root).to.equal(1n << 255n);
    await ticks.clear(LAST - 1);
    expect(await ticks.words(LAST)).to.deep.equal([0n, 0n, 0n]);
  });

  it("takes setting twice and clearing twice for once", async () => {
    const { ticks } = await networkHelpers.loadFixture(emptySet);
    await ticks.set(700);
    await ticks.set(700);
    await ticks.clear(700);
    await ticks.clear(700);
    expect(await ticks.above(0)).to.equal(0n);
    expect(await ticks.words(700)).to.deep.equal([0n, 0n, 0n]);
  });

  it("agrees with a sorted list on a random sequence", async () => {
    const { ticks } = await networkHelpers.loadFixture(emptySet);
    const random = xoroshiro128plus(20_251_010);
    const pick = (low: number, high: number) => uniformInt(random, low, high);
    const members = new Set<number>();
    // Half of the ticks crowd into one leaf and its neighbours, the rest go anywhere.
    const tick = () => (pick(0, 1) === 0 ? pick(65_300, 65_800) : pick(1, LAST));
    for (let step = 0; step < 300; ++step) {
      const known = [...members];
      if (known.length > 0 && pick(0, 2) === 0) {
        const gone = known[pick(0, known.length - 1)]!;
        members.delete(gone);
        await ticks.clear(gone);
      } else {
        const added = tick();
        members.add(added);
        await ticks.set(added);
      }
      const from = tick();
      const above = Math.min(...[...members].filter((member) => member > from));
      const below = Math.max(...[...members].filter((member) => member < from));
      expect(await ticks.above(from), `above ${from}`).to.equal(BigInt(Number.isFinite(above) ? above : 0));
      expect(await ticks.below(from), `below ${from}`).to.equal(BigInt(Number.isFinite(below) ? below : 0));
    }
  });
});
