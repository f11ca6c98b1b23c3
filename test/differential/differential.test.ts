import { expect } from "chai";
import hre from "hardhat";

import { differential, FUNCTIONS } from "../../lab/differential/run.js";
import { DifferentialWorld } from "../../lab/differential/world.js";

/** A fixed seed: a red run on one machine is red on all of them. `npm run differential` takes any. */
const SEED = 4;
const SEQUENCES = 16;

describe("Reference model and contracts", () => {
  it("agree on every balance, size, share and reason after every call of random sequences, which do all there is to do", async () => {
    const world = await DifferentialWorld.create(hre.network, hre.artifacts);
    const outcome = await differential(world, { sequences: SEQUENCES, seed: SEED, directory: "test/differential" });
    expect(outcome.failure?.what, outcome.failure?.path).to.equal(undefined);
    expect(outcome.sequences).to.equal(SEQUENCES);
    const missing = FUNCTIONS.filter((name) => !outcome.reached.has(name));
    expect(missing, "functions that no sequence has done").to.deep.equal([]);
  });
});
