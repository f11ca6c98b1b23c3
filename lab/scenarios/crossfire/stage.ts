import { assemble, LEAD } from "../../scenario/assembly.js";
import type { Host, Setting, Stage, Staging } from "../../scenario/scenario.js";
import { branchesOf } from "./branches.js";
import { cast, participants, PROVIDED } from "./cast.js";
import { exchangeFor } from "./exchange.js";
import { CLOSING, LATER, OPENING, PARTING, recordedPrices, SHOCK } from "./history.js";
import type { parameters } from "./parameters.js";
import { populate } from "./population.js";

/** How much of the crowd's notional the spot pool holds as quote: spot is deeper than the book. */
const POOL_DEPTH = 20;

/** What follows the crash on either branch. */
const AFTERMATH: readonly Stage[] = [
  { name: "aftermath", from: PARTING, until: CLOSING, pace: 60 },
  { name: "two hours later", from: CLOSING, until: LATER, pace: 600 },
];

/** Builds the world of the crash, with everybody in place and nothing traded. */
export async function stage(host: Host, setting: Setting<typeof parameters>): Promise<Staging> {
  const { seed, values } = setting;
  const population = populate(seed, values);
  const { path, begins } = recordedPrices();
  const people = participants(population, values, path.at(OPENING));
  const exchange = exchangeFor(population, setting, POOL_DEPTH, path.at(begins));
  const options = { ...exchange, backstop: population.notional * values.backstop * (1 - PROVIDED) };
  const assembly = await assemble(host, seed, people, options, begins - LEAD);
  cast(assembly, population, setting, begins);
  return {
    world: assembly.world,
    prices: path,
    stages: stages(assembly.world.chain.timestamp, begins, values.crashPace),
    branches: branchesOf(path, AFTERMATH),
    shockAt: SHOCK,
  };
}

function stages(now: number, begins: number, crashPace: number): Stage[] {
  return [
    { name: "history", from: Math.max(now, begins), until: OPENING, pace: 1_800 },
    { name: "build-up", from: OPENING, until: SHOCK, pace: 8 },
    { name: "crash", from: SHOCK, until: PARTING, pace: crashPace },
  ];
}
