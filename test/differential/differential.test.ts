import { expect } from "chai";
import hre from "hardhat";

import { differential } from "../../lab/differential/run.js";
import { DifferentialWorld } from "../../lab/differential/world.js";

/** A fixed seed: a red run on one machine is red on all of them. `npm run differential` takes any. */
const SEED = 1;
const SEQUENCES = 6;

describe("Reference model and contracts", () => {
  it("agree on every balance, size, share and reason after every call of random sequences", async () => {
    const outcome = await differential(await DifferentialWorld.create(hre.network, hre.artifacts), {
      sequences: SEQUENCES,
      seed: SEED,
      directory: "test/differential",
    });
    expect(outcome.failure?.what, outcome.failure?.path).to.equal(undefined);
    expect(outcome.sequences).to.equal(SEQUENCES);
  });
});
