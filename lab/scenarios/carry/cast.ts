import { CarryTrader } from "../../agents/carry-trader.js";
import { FundingTrader } from "../../agents/funding-trader.js";
import { InventoryMaker } from "../../agents/inventory-maker.js";
import { Trader } from "../../agents/trader.js";
import { range } from "../../numbers.js";
import { Rng } from "../../random.js";
import type { Assembly, Participant } from "../../scenario/assembly.js";
import type { Values } from "../../scenario/parameters.js";
import type { Setting } from "../../scenario/scenario.js";
import type { World } from "../../world/world.js";
import { CLOSING } from "../crossfire/history.js";
import type { Population } from "../crossfire/population.js";
import { keepPrices, PRICE_KEEPERS, queueKeeper, soleLiquidator } from "../keepers.js";
import { type Calendar, LEVEL, PERIOD, SETTLING, UNWINDING } from "./calendar.js";
import type { parameters } from "./parameters.js";

type CarryValues = Values<typeof parameters>;

/** A maker's ladder reaches 1 % from the middle; margin of what it may come to hold, and volatility at which it withdraws. */
const LADDER = { levels: 6, levelStep: 0.0019, halfSpread: 0.0002 };
const MAKER_MARGIN = 0.4;
const STRESS = 0.001;

/** Quote a long has beside its margin, of notional: for funding. */
const FUNDING_RESERVE = 0.1;

/** Longs act on the present funding every five blocks on average. */
const ALERTNESS = 0.2;

const SLIPPAGE = 0.01;

/** Everybody, with the money they bring. */
export function participants(population: Population, values: CarryValues, price: number): Participant[] {
  const { crowd, shorts, base } = population;
  return [
    ...PRICE_KEEPERS,
    { name: "liquidator", margin: 0 },
    { name: "queue keeper", margin: 0 },
    ...range(values.makers).map((index) => ({
      name: `maker ${index + 1}`,
      margin: ((base * values.capacity) / values.makers) * price * MAKER_MARGIN,
    })),
    ...range(values.carriers).map((index) => ({
      name: `carry trader ${index + 1}`,
      margin: 1,
      walletQuote: ((base * price) / values.carriers) * 2 * (1 + values.cash),
      trades: "spot" as const,
    })),
    ...crowd.map(({ name, size, margin }) => ({
      name,
      margin: 1,
      walletQuote: margin + size * price * FUNDING_RESERVE,
    })),
    ...shorts,
  ];
}

/** Puts the agents into the world. */
export function cast(
  { world, of }: Assembly,
  population: Population,
  { values, regime }: Setting<typeof parameters>,
  calendar: Calendar,
  price: number,
): void {
  const { venue, spot } = world;
  keepPrices(world, of);
  world.add(soleLiquidator(world, of, 50));
  world.add(queueKeeper(world, of, regime));
  const { base } = population;
  const share = base / values.makers;
  for (const index of range(values.makers)) {
    const rule = {
      ...LADDER,
      levelSize: (share * values.depth) / (2 * LADDER.levels),
      capacity: share * values.capacity,
      skew: values.skew,
      withdrawn: values.withdrawn,
      withdrawAbove: STRESS,
    };
    world.add(new InventoryMaker(of(`maker ${index + 1}`), rule, venue));
  }
  for (const index of range(values.carriers)) {
    const rule = {
      clip: base * values.clip,
      cash: values.cash,
      hurdle: values.hurdle,
      roundTrip: values.roundTrip,
      holding: values.holding,
      levels: { from: calendar.capitalFrom, period: LEVEL, delay: (index % 3) * PERIOD, settling: SETTLING },
      touches: index < Math.round(values.carriers * values.touching),
      investUntil: calendar.quietFrom,
      unwindFrom: UNWINDING,
      slippage: SLIPPAGE,
    };
    world.add(new CarryTrader(of(`carry trader ${index + 1}`), rule, venue, spot));
  }
  traders(world, population, values, calendar, price, of);
}

function traders(
  world: World,
  { crowd, shorts }: Population,
  { reservation }: CarryValues,
  calendar: Calendar,
  price: number,
  of: Assembly["of"],
): void {
  const { venue, seed } = world;
  // Evenly spaced quantiles of the exponential distribution, handed out at random.
  const reservations = Rng.of(seed, "reservations").shuffle(
    crowd.map((_, index) => -reservation * Math.log(1 - (index + 0.5) / crowd.length)),
  );
  crowd.forEach((long, index) => {
    const appetite = {
      size: long.size,
      reservation: reservations[index] ?? 0,
      margin: long.margin,
      alertness: ALERTNESS,
      slippage: SLIPPAGE,
      until: calendar.quietFrom,
      resumesAt: CLOSING,
    };
    world.add(new FundingTrader(of(long.name), appetite, venue));
  });
  for (const short of shorts) {
    const plan = {
      buy: false,
      size: short.size,
      enterAt: calendar.begins + PERIOD,
      enterUntil: calendar.capitalFrom,
      slippage: SLIPPAGE,
    };
    world.add(new Trader(of(short.name), "directional short", plan, venue));
  }
}
