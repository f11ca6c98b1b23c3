import hre from "hardhat";
import { createInterface } from "node:readline";

import { differential } from "../lab/differential/run.js";
import { DifferentialWorld } from "../lab/differential/world.js";

/*
 * One process of `npm run differential` (scripts/differential.mjs starts as many as there are processors): for every line of input,
 * a seed and how many sequences to draw from it, runs them on chain and model and prints the outcome as a line.
 */
const world = await DifferentialWorld.create(hre.network, hre.artifacts);
for await (const line of createInterface({ input: process.stdin })) {
  const [seed = 0, sequences = 0] = line.split(" ").map(Number);
  const { counts, reached, ...outcome } = await differential(world, {
    sequences,
    seed,
    directory: "test/differential",
  });
  const tables = { counts: Object.fromEntries(counts), reached: Object.fromEntries(reached) };
  process.stdout.write(`${JSON.stringify({ seed, ...outcome, ...tables })}\n`);
}
