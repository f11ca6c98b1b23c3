import { expect } from "chai";
import fc from "fast-check";
import hre from "hardhat";

import { command } from "../../lab/differential/commands.js";
import { compare } from "../../lab/differential/compare.js";
import { DifferentialWorld } from "../../lab/differential/world.js";

/** A fixed seed: a red run on one machine is red on all of them. */
const SEED = 1;
const SEQUENCES = 2;
const LENGTH = 50;

describe("model and chain", () => {
  it("agree on every balance, size, share and reason after every step", async () => {
    const world = await DifferentialWorld.create(hre.network, hre.artifacts);
    let calls = 0;
    const sequence = fc.array(command, { minLength: LENGTH, maxLength: LENGTH });
    const property = fc.asyncProperty(sequence, async (commands) => {
      calls += (await compare(world, commands)).calls;
    });
    await fc.assert(property, { numRuns: SEQUENCES, seed: SEED, endOnFailure: true });
    expect(calls).to.be.greaterThan(SEQUENCES * LENGTH);
  });
});
