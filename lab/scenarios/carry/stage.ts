import { assemble, LEAD } from "../../scenario/assembly.js";
import { valuesOf } from "../../scenario/parameters.js";
import type { Host, Setting, Staging } from "../../scenario/scenario.js";
import { branchesOf } from "../crossfire/branches.js";
import { exchangeFor } from "../crossfire/exchange.js";
import { SHOCK } from "../crossfire/history.js";
import { parameters as crashParameters } from "../crossfire/parameters.js";
import { type Population, populate, type Trading } from "../crossfire/population.js";
import { Calendar } from "./calendar.js";
import { cast, participants } from "./cast.js";
import type { parameters } from "./parameters.js";
import { CarryBooks } from "./books.js";

type CarrySetting = Setting<typeof parameters>;

/** Longs and shorts before anybody has traded, and everybody else with money. */
export async function stage(host: Host, setting: CarrySetting): Promise<Staging> {
  const { seed, values } = setting;
  const population = populationOf(setting);
  const calendar = new Calendar(values.levels);
  const { prices } = calendar;
  const price = prices.at(calendar.begins);
  const people = participants(population, values, price);
  const options = exchangeFor(population, setting, values.pool, price);
  const assembly = await assemble(host, seed, people, options, calendar.begins - LEAD);
  cast(assembly, population, setting, calendar, price);
  const { world } = assembly;
  return {
    world,
    prices,
    stages: calendar.stages,
    branches: branchesOf(prices, calendar.aftermath),
    shockAt: SHOCK,
    recorder: new CarryBooks(world, calendar, values.holding),
  };
}

/** Levered longs and directional shorts as in the scenario crossfire, from the recorded quantiles, but for the size of longs. */
function populationOf({ seed, values }: CarrySetting): Population {
  const { longs, shortShare, depth } = values;
  const shorts = Math.max(5, Math.round(longs * 0.2));
  const crossfire = { ...valuesOf(crashParameters, {}), crowd: longs, shorts, shortShare, depth };
  const { crowd, shorts: others, ...whole } = populate(seed, crossfire);
  const larger = (trading: Trading): Trading => ({
    ...trading,
    size: trading.size * values.each,
    margin: trading.margin * values.each,
  });
  return {
    ...whole,
    crowd: crowd.map((long) => equal(larger(long), (whole.base * values.each) / crowd.length)),
    shorts: others.map(larger),
    notional: whole.notional * values.each,
    base: whole.base * values.each,
    directional: whole.directional * values.each,
  };
}

/** The same leverage at another size: were longs as unequal as on record, the largest alone would move the basis. */
function equal(long: Trading, size: number): Trading {
  return { ...long, size, margin: (long.margin * size) / long.size };
}
