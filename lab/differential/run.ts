import fc from "fast-check";
import { mkdir, writeFile } from "node:fs/promises";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

import { HANDLERS } from "../model/calls.js";
import { type Command, command } from "./commands.js";
import { compare, Disagreement } from "./compare.js";
import type { DifferentialWorld } from "./world.js";

/** Steps in a sequence. */
export const LENGTH = 50;

/** What a run of many sequences came to. */
export interface Outcome {
  readonly sequences: number;
  readonly commands: number;
  readonly calls: number;
  /** Done and refused, by function and reason. */
  readonly counts: ReadonlyMap<string, number>;
  /** By function, the sequences in which it was done at least once. */
  readonly reached: ReadonlyMap<string, number>;
  /** Where a shrunk disagreement was written, and what it is. */
  readonly failure?: { readonly path: string; readonly what: string };
}

/** Sequences of any commands; those left over by shrinking are dropped by `trimmed`. */
export const sequence = fc.array(command, { minLength: LENGTH, maxLength: LENGTH });

/** What no sequence calls: the tokens' own functions, and the report to one feed, which a report to several stands for. */
const LEFT_OUT = ["token.mint", "token.approve", "token.transfer", "feed.report"];

/** Every function of the exchange that sequences are to have done. */
export const FUNCTIONS: readonly string[] = Object.keys(HANDLERS).filter((name) => !LEFT_OUT.includes(name));

/** Runs sequences on chain and model from one seed. The first disagreement is shrunk and written as a test. */
export async function differential(
  world: DifferentialWorld,
  options: { readonly sequences: number; readonly seed: number; readonly directory: string },
): Promise<Outcome> {
  const counts = new Map<string, number>();
  const reached = new Map<string, number>();
  let [done, calls] = [0, 0];
  const property = fc.asyncProperty(sequence, async (commands) => {
    const passage = await compare(world, commands);
    done += 1;
    calls += passage.calls;
    for (const [name, count] of passage.counts) {
      counts.set(name, (counts.get(name) ?? 0) + count);
      if (!name.includes(" ")) reached.set(name, (reached.get(name) ?? 0) + 1);
    }
  });
  const details = await fc.check(property, { numRuns: options.sequences, seed: options.seed, endOnFailure: false });
  const outcome = { sequences: done, commands: done * LENGTH, calls, counts, reached };
  const found = details.counterexample?.[0];
  if (!details.failed || found === undefined) return outcome;
  if (!(details.errorInstance instanceof Disagreement)) throw details.errorInstance;
  const { commands, what } = await shortest(world, found, details.errorInstance.message);
  const path = await writeReproduction(options.directory, options.seed, commands, what);
  return { ...outcome, failure: { path, what } };
}

/** A shrunk sequence trimmed, if that disagrees as well: a step that does nothing may still have had prices reported. */
async function shortest(
  world: DifferentialWorld,
  found: readonly Command[],
  what: string,
): Promise<{ readonly commands: readonly Command[]; readonly what: string }> {
  const commands = trimmed(found);
  try {
    await compare(world, commands);
  } catch (error) {
    if (error instanceof Disagreement) return { commands, what: error.message };
    throw error;
  }
  return { commands: found, what };
}

/** A sequence without the steps that do nothing; what they waited is waited by the next. */
export function trimmed(commands: readonly Command[]): Command[] {
  const kept: Command[] = [];
  let wait = 0;
  for (const one of commands) {
    wait += one.wait;
    if (one.type === "nothing") continue;
    kept.push({ ...one, wait });
    wait = 0;
  }
  return kept;
}

/** Where what a written test needs is. */
const HERE = fileURLToPath(new URL(".", import.meta.url));

/** Writes a sequence as a test that can be run by itself, from wherever in the project it is. Returns its path. */
async function writeReproduction(
  directory: string,
  seed: number,
  commands: readonly Command[],
  what: string,
): Promise<string> {
  const path = `${directory}/repro-${seed}.test.ts`;
  await mkdir(directory, { recursive: true });
  const comment = what.split("\n").map((line) => ` * ${line}`.trimEnd());
  const lab = relative(directory, HERE).replaceAll("\\", "/");
  const lines = [
    'import hre from "hardhat";',
    "",
    `import type { Command } from "${lab}/commands.js";`,
    `import { compare } from "${lab}/compare.js";`,
    `import { DifferentialWorld } from "${lab}/world.js";`,
    "",
    "/*",
    ...comment,
    " */",
    "const commands: readonly Command[] = [",
    ...commands.map((one) => `  ${JSON.stringify(one)},`),
    "];",
    "",
    `describe("model and chain, seed ${seed}", () => {`,
    `  it("agree after each of ${commands.length} steps", async () => {`,
    "    await compare(await DifferentialWorld.create(hre.network, hre.artifacts), commands);",
    "  });",
    "});",
    "",
  ];
  await writeFile(path, lines.join("\n"));
  return path;
}
