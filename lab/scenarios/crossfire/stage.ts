import type { DeploymentOptions } from "../../deployment/deploy.js";
import { assemble, LEAD } from "../../scenario/assembly.js";
import type { Host, Setting, Stage, Staging } from "../../scenario/scenario.js";
import { leveredTo, roomFor, rulesOf } from "../market.js";
import { branchesOf } from "./branches.js";
import { cast, participants, PROVIDED } from "./cast.js";
import { CLOSING, LATER, OPENING, PARTING, recordedPrices, SHOCK } from "./history.js";
import type { parameters } from "./parameters.js";
import { type Population, populate } from "./population.js";

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
  const options = deployment(population, setting, path.at(begins));
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

function deployment(
  population: Population,
  { regime, deficitMode, values }: Setting<typeof parameters>,
  startPrice: number,
): DeploymentOptions {
  const { notional, base, maximumLeverage } = population;
  return {
    poolDepth: Math.round(notional * POOL_DEPTH),
    insurance: notional * values.insurance,
    backstop: notional * values.backstop * (1 - PROVIDED),
    market: {
      ...rulesOf(regime),
      ...leveredTo(maximumLeverage),
      deficitMode,
      ...roomFor(base),
      startPrice,
    },
  };
}

function stages(now: number, begins: number, crashPace: number): Stage[] {
  return [
    { name: "history", from: Math.max(now, begins), until: OPENING, pace: 1_800 },
    { name: "build-up", from: OPENING, until: SHOCK, pace: 8 },
    { name: "crash", from: SHOCK, until: PARTING, pace: crashPace },
  ];
}
