/*
 * `npm run differential [-- sequences [seed]]`: random sequences of calls on the contracts and on the reference model, compared after
 * every call, shared out over the processors. 2,000 sequences of 50 actions unless told otherwise. Exit 1 if the two disagree.
 */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const [sequences = 2_000, seed = 7] = process.argv.slice(2).map(Number);
if (![sequences, seed].every((number) => Number.isInteger(number) && number > 0)) {
  console.error("usage: npm run differential -- [sequences] [seed]");
  process.exit(2);
}

const root = fileURLToPath(new URL("..", import.meta.url));
const hardhat = fileURLToPath(new URL("../node_modules/hardhat/dist/src/cli.js", import.meta.url));
const parts = Math.min(availableParallelism(), sequences);
const begun = performance.now();
const done = Array.from({ length: parts }, () => ({ done: 0, calls: 0 }));
const outcomes = [];

const build = spawn(process.execPath, [hardhat, "build", "--quiet"], {
  cwd: root,
  stdio: ["ignore", "ignore", "inherit"],
});
if ((await new Promise((resolve) => build.on("close", resolve))) !== 0) process.exit(1);
const codes = await Promise.all(done.map((_, part) => run(part)));

const sum = (of) => outcomes.reduce((total, outcome) => total + of(outcome), 0);
const refused = sum(({ counts }) =>
  Object.entries(counts).reduce((all, [name, count]) => all + (name.includes(" ") ? count : 0), 0),
);
const reasons = new Set(outcomes.flatMap(({ counts }) => Object.keys(counts).filter((name) => name.includes(" "))));
const seconds = (performance.now() - begun) / 1_000;
console.log(
  `${sum((outcome) => outcome.sequences)} sequences, ${sum(({ commands }) => commands)} actions, ${sum(({ calls }) => calls)} calls ` +
    `(${refused} refused, for ${reasons.size} reasons) in ${(seconds / 60).toFixed(1)} minutes`,
);
for (const { failure } of outcomes) {
  if (failure) console.log(`they disagree; shrunk to ${failure.path}\n${failure.what}`);
}
if (outcomes.length === parts && outcomes.every(({ failure }) => failure === undefined))
  console.log("model and chain agree");
process.exit(codes.some((code) => code !== 0) ? 1 : 0);

/** One process's share; seeds differ, so that no two do the same. */
function run(part) {
  const share = Math.floor(sequences / parts) + (part < sequences % parts ? 1 : 0);
  const env = { ...process.env, DIFFERENTIAL_SEQUENCES: String(share), DIFFERENTIAL_SEED: String(seed * 1_000 + part) };
  const child = spawn(process.execPath, [hardhat, "run", "--no-compile", "scripts/differential.ts"], {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (!line.startsWith('{"')) return;
    const told = JSON.parse(line);
    if (told.done === undefined) outcomes.push(told);
    else done[part] = told;
    if (process.stderr.isTTY) {
      const total = done.reduce((all, one) => all + one.done, 0);
      process.stderr.write(`\r${total} of ${sequences} sequences`);
    }
  });
  return new Promise((resolve) => child.on("close", resolve));
}
