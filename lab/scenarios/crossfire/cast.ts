import { Holder } from "../../agents/holder.js";
import { BackstopProvider, Liquidator } from "../../agents/keepers.js";
import { type Custody, type MakerRule, MarketMaker } from "../../agents/maker.js";
import { type Plan, Trader } from "../../agents/trader.js";
import { range } from "../../numbers.js";
import { Rng } from "../../random.js";
import type { Assembly, Participant } from "../../scenario/assembly.js";
import type { Setting } from "../../scenario/scenario.js";
import type { Values } from "../../scenario/parameters.js";
import type { World } from "../../world/world.js";
import { keepPrices, PRICE_KEEPERS, queueKeeper } from "../keepers.js";
import { OPENING, SHOCK } from "./history.js";
import type { parameters } from "./parameters.js";
import type { Population, Trading } from "./population.js";

type CrossfireValues = Values<typeof parameters>;

/** How many of those there are whose number the outcome does not depend on. */
const HOLDERS = 12;
const LIQUIDATORS = 3;
const PROVIDERS = 6;

/** Part of the backstop's capital that comes from providers during the run, and is not allotted to the market. */
export const PROVIDED = 0.1;

/** A maker's ladder: with the calm half spread its levels reach 1 % from the middle. */
const LEVELS = 4;
const LEVEL_STEP = 0.0028;
const HALF_SPREAD = 0.0005;

/** Room makers and holders have beyond what the crowd is expected to need of them. */
const SLACK = 1.5;

/** Margin a maker deposits, of the notional it may come to be short; its spot comes on top. */
const MAKER_MARGIN = 0.25;

/**
 * Makers hold what they expect to sell short as stock before the crowd comes, so that spot on the venue has been there for its
 * hedge tenure of an hour; what they then did not need they sell once the crowd is in. Blocks are half an hour apart then, and the pool
 * takes one or two of them in a block before it is dearer than they accept.
 */
const STOCK_FROM = OPENING - 12 * 3_600;
const STOCK_UNTIL = SHOCK - 60;

/** Volatility, per square root of a second, above which makers withdraw: twice the median from 21:03 to 21:11. */
const STRESS = 0.001;

const name = (role: string, index: number): string => `${role} ${index + 1}`;

/** Everybody, with the money they bring. `price` is that of the opening. */
export function participants(population: Population, values: CrossfireValues, price: number): Participant[] {
  const { base, directional, crowd, shorts, notional } = population;
  const makerCapacity = ((base - directional) / values.makers) * SLACK;
  const holderSize = (directional / HOLDERS) * SLACK;
  return [
    ...PRICE_KEEPERS,
    ...range(HOLDERS).map((index) => ({ name: name("holder", index), margin: holderSize * price * 1.4 + 1_000 })),
    ...range(values.makers).map((index) => ({
      name: name("maker", index),
      margin: makerCapacity * price * MAKER_MARGIN + 1_000,
      walletQuote: makerCapacity * price * 1.15,
      trades: "spot" as const,
    })),
    ...range(LIQUIDATORS).map((index) => ({ name: name("liquidator", index), margin: 100 })),
    { name: "queue keeper", margin: 0 },
    ...range(PROVIDERS).map((index) => ({
      name: name("provider", index),
      margin: 0,
      walletQuote: (notional * values.backstop * PROVIDED) / PROVIDERS,
    })),
    ...crowd,
    ...shorts,
  ];
}

/** Puts the agents into the world. The history begins at `begins`. */
export function cast(
  { world, of }: Assembly,
  population: Population,
  { values, regime }: Setting<typeof parameters>,
  begins: number,
): void {
  const { venue, spot } = world;
  keepPrices(world, of);
  const holderPlan = {
    size: (population.directional / HOLDERS) * SLACK,
    buyUntil: OPENING,
    sellFrom: OPENING + 30,
    soldBy: SHOCK - 120,
  };
  for (const index of range(HOLDERS)) world.add(new Holder(of(name("holder", index)), holderPlan, venue));
  for (const index of range(values.makers)) {
    const rng = Rng.of(world.seed, `rule of maker ${index}`);
    const custody = index < Math.round(values.makers * values.elsewhere) ? "wallet" : "account";
    const rule = makerRule(rng, population, values, custody);
    world.add(new MarketMaker(of(name("maker", index)), rule, venue, spot));
  }
  for (const index of range(LIQUIDATORS)) {
    world.add(new Liquidator(of(name("liquidator", index)), venue, { index, of: LIQUIDATORS }, 25));
  }
  world.add(queueKeeper(world, of, regime));
  const capital = (population.notional * values.backstop * PROVIDED) / PROVIDERS;
  for (const index of range(PROVIDERS)) {
    world.add(new BackstopProvider(of(name("provider", index)), venue, capital, begins));
  }
  traders(world, population, values, of);
}

function traders(world: World, population: Population, values: CrossfireValues, of: Assembly["of"]): void {
  const rng = Rng.of(world.seed, "plans");
  const plan = (trading: Trading, buy: boolean): Plan => ({
    buy,
    size: trading.size,
    enterAt: trading.enterAt,
    enterUntil: SHOCK,
    slippage: buy ? 0.004 : 0.01,
    ...(buy && rng.chance(values.stopShare) ? { stopAt: 2 } : {}),
  });
  for (const trading of population.crowd) {
    world.add(new Trader(of(trading.name), "crowd", plan(trading, true), world.venue));
  }
  for (const trading of population.shorts) {
    world.add(new Trader(of(trading.name), "directional short", plan(trading, false), world.venue));
  }
}

/** One maker's habits: the same for all but for the depth it withdraws and how patient it is. */
function makerRule(rng: Rng, population: Population, values: CrossfireValues, custody: Custody): MakerRule {
  const { base, directional } = population;
  const depth = (base * values.depth) / values.makers;
  const capacity = ((base - directional) / values.makers) * SLACK;
  const low = Math.min(values.withdrawnLow, values.withdrawnHigh);
  return {
    levels: LEVELS,
    levelStep: LEVEL_STEP,
    levelSize: depth / LEVELS,
    halfSpread: HALF_SPREAD,
    spreadPerVolatility: 0.2,
    capacity,
    inventorySkew: 0.0005,
    withdrawn: rng.between(low, Math.max(values.withdrawnLow, values.withdrawnHigh)),
    withdrawAbove: STRESS,
    patience: rng.between(5, 15),
    quoteFrom: OPENING,
    hedgeTolerance: capacity * 0.01,
    hedgeSlippage: 0.01,
    custody,
    stock: capacity,
    stockFrom: STOCK_FROM,
    stockUntil: STOCK_UNTIL,
  };
}
