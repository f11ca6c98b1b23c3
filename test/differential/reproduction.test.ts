import { expect } from "chai";
import hre from "hardhat";
import Mocha from "mocha";
import { mkdtemp, readFile, rm } from "node:fs/promises";

import { differential, LENGTH, type Outcome } from "../../lab/differential/run.js";
import { DifferentialWorld } from "../../lab/differential/world.js";
import { HANDLERS } from "../../lab/model/calls.js";
import { moveCash } from "../../lab/model/cash.js";

type Handler = (typeof HANDLERS)[string];

const SEED = 4;

/** What the model does wrong: whoever places an order gets a wei. */
const BROKEN = "orderBook.place";

/** Gives the model a mistake for as long as something lasts. */
async function mistaken<Result>(during: () => Promise<Result>): Promise<Result> {
  const handlers = HANDLERS as Record<string, Handler>;
  const whole = handlers[BROKEN];
  if (whole === undefined) throw new RangeError(`the model has no ${BROKEN}`);
  handlers[BROKEN] = (state, from, args, to) => {
    whole(state, from, args, to);
    moveCash(state, args.number(0), 1n);
  };
  try {
    return await during();
  } finally {
    handlers[BROKEN] = whole;
  }
}

/** The tests of a file as a runner of their own runs them, now and again; the names of this runner stay as they are. */
async function runnerOf(path: string): Promise<() => Promise<{ passed: number; messages: string[] }>> {
  const mocha = new Mocha({ timeout: 60_000, reporter: Mocha.reporters.Base }).cleanReferencesAfterRun(false);
  const names = ["describe", "it", "before", "after", "beforeEach", "afterEach"] as const;
  const globals = globalThis as Record<string, unknown>;
  const ours = names.map((name) => [name, globals[name]] as const);
  await mocha.addFile(path).loadFilesAsync();
  for (const [name, own] of ours) globals[name] = own;
  return () =>
    new Promise((resolve) => {
      const messages: string[] = [];
      const runner = mocha.run(() => {
        resolve({ passed: runner.stats?.passes ?? 0, messages });
      });
      runner.on("fail", (_, error: Error) => messages.push(error.message));
    });
}

describe("A disagreement of model and chain", function () {
  this.timeout(120_000);
  let directory: string;
  let outcome: Outcome;

  before(async () => {
    // Within the project, so that what is written finds its packages; Git ignores it.
    directory = await mkdtemp("cache/reproduction-");
    const world = await DifferentialWorld.create(hre.network, hre.artifacts);
    outcome = await mistaken(() => differential(world, { sequences: 1, seed: SEED, directory }));
  });

  after(() => rm(directory, { recursive: true }));

  it("of one wei is found", () => {
    expect(outcome.failure?.what).to.match(/orderBook\.place/);
  });

  it("is shrunk to the few steps it takes", async () => {
    const written = await readFile(outcome.failure?.path ?? "", "utf8");
    const steps = [...written.matchAll(/^ {2}\{"wait".*"type":"\w+"/gm)].length;
    // A step is one order at least, and often what it needs before it.
    expect(steps > 0 && steps <= 3, `${steps} steps of ${LENGTH}`).to.equal(true);
  });

  it("is written as a test that fails for as long as the mistake is there, and passes without it", async () => {
    expect(outcome.failure?.path).to.equal(`${directory}/repro-${SEED}.test.ts`);
    const run = await runnerOf(outcome.failure?.path ?? "");
    const [broken] = (await mistaken(run)).messages;
    expect(broken).to.equal(outcome.failure?.what);
    expect(await run()).to.deep.equal({ passed: 1, messages: [] });
  });
});
