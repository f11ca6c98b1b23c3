import hre from "hardhat";

import { differential } from "../lab/differential/run.js";

/*
 * One part of `npm run differential` (scripts/differential.mjs starts as many as there are processors): sequences of one seed on
 * chain and model, compared after every call. Prints one object a line: progress, then the outcome.
 */
const sequences = Number(process.env.DIFFERENTIAL_SEQUENCES ?? 20);
const seed = Number(process.env.DIFFERENTIAL_SEED ?? 7);

const say = (value: Record<string, unknown>): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
const outcome = await differential(hre, { sequences, seed, directory: "test/differential" }, (done, calls) => {
  say({ done, calls });
});
say({ ...outcome, counts: Object.fromEntries([...outcome.counts].sort()) });
if (outcome.failure !== undefined) process.exitCode = 1;
