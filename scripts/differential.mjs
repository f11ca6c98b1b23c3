/*
 * `npm run differential [-- sequences [seed]] [--from n]`: random sequences of calls on the contracts and on the reference model, compared
 * after every call, shared out over the processors. 2,000 sequences of 50 actions unless told otherwise. What a run has written says how
 * far it came: `--from` goes on from there. Exit 1 if the two disagree.
 */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** Sequences drawn from one seed; a run is so many of those, with seeds of its own in a row. */
const DRAWN = 20;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { from: { type: "string", default: "0" } },
});
const [sequences = 2_000, seed = 7] = positionals.map(Number);
const from = Number(values.from);
if (![sequences, seed, from].every((number) => Number.isInteger(number) && number >= 0) || from >= sequences) {
  console.error("usage: npm run differential -- [sequences] [seed] [--from n]");
  process.exit(2);
}

const root = fileURLToPath(new URL("..", import.meta.url));
const hardhat = fileURLToPath(new URL("../node_modules/hardhat/dist/src/cli.js", import.meta.url));
const begun = performance.now();
const outcomes = [];
const waiting = Array.from({ length: Math.ceil(sequences / DRAWN) }, (_, draw) => draw).slice(Math.floor(from / DRAWN));
const expected = waiting.length;

const build = spawn(process.execPath, [hardhat, "build", "--quiet"], {
  cwd: root,
  stdio: ["ignore", "ignore", "inherit"],
});
if ((await new Promise((resolve) => build.on("close", resolve))) !== 0) process.exit(1);
const codes = await Promise.all(Array.from({ length: Math.min(availableParallelism(), expected) }, work));

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
for (const line of table()) console.log(line);
const failures = outcomes.flatMap(({ failure }) => failure ?? []);
for (const { path, what } of failures) console.log(`they disagree; shrunk to ${path}\n${what}`);
const complete = outcomes.length === expected && codes.every((code) => code === 0);
if (failures.length === 0 && complete) console.log("model and chain agree");
process.exit(failures.length === 0 && complete ? 0 : 1);

/** Every function: how often it was tried, how often done, and in what part of the sequences; the rarest first. */
function table() {
  const total = sum((outcome) => outcome.sequences);
  const names = new Set(outcomes.flatMap(({ counts }) => Object.keys(counts).map((name) => name.split(" ")[0])));
  const rows = [...names].map((name) => {
    const tried = sum(({ counts }) =>
      Object.entries(counts).reduce((all, [one, count]) => all + (one.split(" ")[0] === name ? count : 0), 0),
    );
    return { name, tried, done: sum(({ counts }) => counts[name] ?? 0), in: sum(({ reached }) => reached[name] ?? 0) };
  });
  rows.sort((left, right) => left.in - right.in);
  return [
    `${"function".padEnd(32)}${"tried".padStart(9)}${"done".padStart(9)}  in sequences`,
    ...rows.map((row) => {
      const share = `${((100 * row.in) / total).toFixed(1)} %`;
      return row.name.padEnd(32) + String(row.tried).padStart(9) + String(row.done).padStart(9) + share.padStart(14);
    }),
  ];
}

/** A process that draws seed after seed until none is left. */
function work() {
  // Traces of calls take memory by tens of megabytes; an allocator that hands it back at once has it cleared again and again.
  const env = { ...process.env, MIMALLOC_PURGE_DELAY: "-1" };
  const child = spawn(process.execPath, [hardhat, "run", "--no-compile", "scripts/differential.ts"], {
    cwd: root,
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const draw = () => {
    const next = waiting.shift();
    if (next === undefined) child.stdin.end();
    else child.stdin.write(`${seed * 1_000 + next} ${Math.min(DRAWN, sequences - next * DRAWN)}\n`);
  };
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (!line.startsWith('{"')) return;
    const outcome = JSON.parse(line);
    outcomes.push(outcome);
    const problem = outcome.failure === undefined ? "agree" : `DISAGREE, ${outcome.failure.path}`;
    console.error(`seed ${outcome.seed}: ${outcome.sequences} sequences, ${outcome.calls} calls, ${problem}`);
    draw();
  });
  draw();
  return new Promise((resolve) => child.on("close", resolve));
}
