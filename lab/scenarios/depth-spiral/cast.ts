import { LeavingMaker } from "../../agents/leaving-maker.js";
import type { MakerRule } from "../../agents/maker.js";
import { WeeklyTrader } from "../../agents/weekly-trader.js";
import { range } from "../../numbers.js";
import type { Assembly, Participant } from "../../scenario/assembly.js";
import type { Values } from "../../scenario/parameters.js";
import type { Setting } from "../../scenario/scenario.js";
import type { Population, Trading } from "../crossfire/population.js";
import { keepPrices, PRICE_KEEPERS, queueKeeper, soleLiquidator } from "../keepers.js";
import { type Calendar, ENTERING, HOUR, LEAVING, WEEK } from "./calendar.js";
import type { parameters } from "./parameters.js";

type SpiralValues = Values<typeof parameters>;

/** A maker's ladder: with the calm half spread its levels reach 1 % from the middle, as in the scenario crossfire. */
const LADDER = { levels: 4, levelStep: 0.0028, halfSpread: 0.0005, spreadPerVolatility: 0.2, inventorySkew: 0.0005 };

/** Room makers have beyond what longs are expected to need of them, and the margin they hold of it beside spot. */
const SLACK = 1.5;
const MAKER_MARGIN = 0.4;

/** Volatility, per square root of a second, above which makers withdraw. */
const STRESS = 0.001;

/** How long makers leave spot unsold whose short was closed. */
const PATIENCE = 6 * HOUR;

/** Fresh quote a long or a short has for every week, of its margin. */
const FRESH = 1.2;

const SLIPPAGE = 0.01;

const capacityOf = ({ base, directional }: Population, { makers }: SpiralValues): number =>
  ((base - directional) / makers) * SLACK;

/** Everybody, with the money they bring. */
export function participants(population: Population, values: SpiralValues, price: number): Participant[] {
  const capacity = capacityOf(population, values);
  const trader = ({ name, margin }: Trading): Participant => ({
    name,
    margin: 1,
    walletQuote: margin * FRESH * values.weeks,
  });
  return [
    ...PRICE_KEEPERS,
    { name: "liquidator", margin: 0 },
    { name: "queue keeper", margin: 0 },
    ...range(values.makers).map((index) => ({
      name: `maker ${index + 1}`,
      margin: capacity * price * MAKER_MARGIN,
      walletQuote: capacity * price * SLACK,
      trades: "spot" as const,
    })),
    ...population.crowd.map(trader),
    ...population.shorts.map(trader),
  ];
}

/** Puts the agents into the world. */
export function cast(
  { world, of }: Assembly,
  population: Population,
  { values, regime }: Setting<typeof parameters>,
  calendar: Calendar,
): void {
  const { venue, spot } = world;
  keepPrices(world, of);
  world.add(soleLiquidator(world, of, 50));
  world.add(queueKeeper(world, of, regime));
  const makers = range(values.makers).map((index) => of(`maker ${index + 1}`));
  const endurance = {
    tolerance: values.tolerance,
    absence: values.absence * WEEK,
    patience: PATIENCE,
    scarcity: values.scarcity,
    makers: makers.map(({ account }) => account),
    stocks: (time: number) => calendar.isEntering(time),
  };
  makers.forEach((maker, index) => {
    const custody = index < Math.round(values.makers * values.elsewhere) ? "wallet" : "account";
    const rule = { ...makerRule(population, values), custody } as const;
    world.add(new LeavingMaker(maker, rule, endurance, venue, spot));
  });
  const week = { begins: calendar.begins, week: WEEK, enters: ENTERING, leaves: LEAVING, slippage: SLIPPAGE };
  for (const { name, size, margin } of population.crowd) {
    const plan = { ...week, buy: true, size, margin, tolerance: 2, absence: 0 };
    world.add(new WeeklyTrader(of(name), "crowd", plan, venue));
  }
  for (const { name, size, margin } of population.shorts) {
    const patience = { tolerance: values.shortsTolerance, absence: values.absence * WEEK };
    world.add(
      new WeeklyTrader(of(name), "directional short", { ...week, ...patience, buy: false, size, margin }, venue),
    );
  }
}

function makerRule(population: Population, values: SpiralValues): Omit<MakerRule, "custody"> {
  const capacity = capacityOf(population, values);
  return {
    ...LADDER,
    levelSize: (population.base * values.depth) / values.makers / (2 * LADDER.levels),
    capacity,
    withdrawn: values.withdrawn,
    withdrawAbove: STRESS,
    patience: 10,
    quoteFrom: 0,
    hedgeTolerance: capacity * 0.01,
    hedgeSlippage: 0.01,
    stock: capacity,
    stockFrom: 0,
    stockUntil: 0,
  };
}
