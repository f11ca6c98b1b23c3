import { Quantiles } from "../../data/records.js";
import { assemble, LEAD } from "../../scenario/assembly.js";
import { valuesOf } from "../../scenario/parameters.js";
import type { Host, Setting, Staging } from "../../scenario/scenario.js";
import { exchangeFor } from "../crossfire/exchange.js";
import { parameters as crashParameters } from "../crossfire/parameters.js";
import { fallRatio, RECORDED_MAXIMUM_LEVERAGE } from "../crossfire/history.js";
import { marginFor, type Population, populate } from "../crossfire/population.js";
import { Calendar } from "./calendar.js";
import { cast, participants } from "./cast.js";
import type { parameters } from "./parameters.js";
import { WeeklyBooks } from "./books.js";

type SpiralSetting = Setting<typeof parameters>;

/**
 * How much of the longs' notional the spot pool holds as quote. Makers are fewer here than in the scenario crossfire and each buys more at
 * once, so the pool is as much deeper.
 */
const POOL_DEPTH = 50;

/** Longs, directional shorts and hedged makers before the first week. */
export async function stage(host: Host, setting: SpiralSetting): Promise<Staging> {
  const { seed, values } = setting;
  const population = populationOf(setting);
  const calendar = new Calendar(values.weeks, values.fading);
  const { prices } = calendar;
  const price = prices.at(calendar.begins);
  const people = participants(population, values, price);
  const options = exchangeFor(population, setting, POOL_DEPTH, price);
  const assembly = await assemble(host, seed, people, options, calendar.begins - LEAD);
  cast(assembly, population, setting, calendar);
  const { world } = assembly;
  return {
    world,
    prices,
    stages: calendar.stages,
    branches: [],
    shockAt: calendar.crash(0).from,
    recorder: new WeeklyBooks(world, calendar, population.base / 400),
  };
}

/**
 * Longs and shorts as in the scenario crossfire, but for two things that take chance out of so few: longs are equally large, and their
 * leverage is spread evenly over the same quantiles instead of drawn.
 */
function populationOf({ seed, values }: SpiralSetting): Population {
  const { longs, shorts, shortShare } = values;
  const crossfire = { ...valuesOf(crashParameters, {}), crowd: longs, shorts, shortShare };
  const population = populate(seed, crossfire);
  const { crowd, base, notional, maximumLeverage } = population;
  const leverages = Quantiles.read("deleveraged-account-quantiles", "leverage");
  const highest = leverages.levelOf(RECORDED_MAXIMUM_LEVERAGE);
  const spread = crowd.map((long, index) => {
    const level = crossfire.leverageLevel + ((index + 0.5) / longs) * (highest - crossfire.leverageLevel);
    const leverage = Math.min(leverages.at(level) * fallRatio(), maximumLeverage);
    return { ...long, leverage, size: base / longs, margin: marginFor(notional / longs, leverage) };
  });
  return { ...population, crowd: spread };
}
