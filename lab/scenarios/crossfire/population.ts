import { Quantiles } from "../../data/records.js";
import { total } from "../../numbers.js";
import { Rng } from "../../random.js";
import type { Participant } from "../../scenario/assembly.js";
import type { Values } from "../../scenario/parameters.js";
import { fallRatio, OPENING, RECORDED_MAXIMUM_LEVERAGE, recordedPrices, recordedShorts, SHOCK } from "./history.js";
import type { parameters } from "./parameters.js";

/** Smallest notional of a trader, USD. */
const SMALLEST = 100;

/** How much more than its initial margin a levered trader deposits, for fees and the spread. */
const ROOM = 1.02;

/** The crowd is in by this time. */
const CROWD_ENTERS_BY = SHOCK - 90;

/** Somebody with a position to take. */
export interface Trading extends Participant {
  /** Base. */
  readonly size: number;
  readonly leverage: number;
  readonly enterAt: number;
}

/** Everybody in the world, with sizes that fit one another. */
export interface Population {
  readonly crowd: readonly Trading[];
  readonly shorts: readonly Trading[];
  /** Notional of the crowd, USD, and its base at the opening price. */
  readonly notional: number;
  readonly base: number;
  readonly directional: number;
  /** Highest leverage the market is listed with. */
  readonly maximumLeverage: number;
}

/** Draws the crowd and the shorts. Sizes are the recorded quantiles at evenly spaced levels, handed out at random. */
export function populate(seed: number, values: Values<typeof parameters>): Population {
  const rng = Rng.of(seed, "population");
  const price = recordedPrices().path.at(OPENING);
  const maximumLeverage = RECORDED_MAXIMUM_LEVERAGE * fallRatio();
  const crowd = drawCrowd(rng, values, price, maximumLeverage);
  const base = total(crowd.map(({ size }) => size));
  const directional = base * values.shortShare;
  return {
    crowd,
    shorts: drawShorts(rng, values, directional),
    notional: base * price,
    base,
    directional,
    maximumLeverage,
  };
}

/** Quote a levered trader deposits for a notional. */
export function marginFor(notional: number, leverage: number): number {
  return (notional / leverage) * ROOM + notional * 0.002;
}

function drawCrowd(
  rng: Rng,
  { crowd, largestLevel, leverageLevel }: Values<typeof parameters>,
  price: number,
  maximumLeverage: number,
): Trading[] {
  const leverages = Quantiles.read("deleveraged-account-quantiles", "leverage");
  const highest = leverages.levelOf(RECORDED_MAXIMUM_LEVERAGE);
  const ratio = fallRatio();
  const sizes = rng.shuffle(notionals(crowd, largestLevel));
  return sizes.map((notional, index) => {
    const recorded = leverages.at(rng.between(leverageLevel, highest));
    const leverage = Math.min(recorded * ratio, maximumLeverage);
    return {
      name: `long ${index + 1}`,
      margin: marginFor(notional, leverage),
      size: notional / price,
      leverage,
      enterAt: Math.floor(rng.between(OPENING + 30, CROWD_ENTERS_BY)),
    };
  });
}

function drawShorts(rng: Rng, { shorts, largestLevel }: Values<typeof parameters>, base: number): Trading[] {
  const recorded = recordedShorts();
  const { entries } = recordedPrices();
  const sizes = rng.shuffle(notionals(shorts, largestLevel));
  const scale = base / total(sizes);
  return sizes.map((notional, index) => {
    const { entry, margin } = recorded[index % recorded.length] ?? { entry: 0, margin: 0 };
    const size = notional * scale;
    return {
      name: `short ${index + 1}`,
      margin: size * margin * 1.01,
      size,
      leverage: entry / margin,
      enterAt: entries[index % recorded.length] ?? 0,
    };
  });
}

function notionals(count: number, highest: number): number[] {
  const quantiles = Quantiles.read("deleveraged-account-quantiles", "notional_usd");
  return Array.from({ length: count }, (_, index) =>
    Math.max(SMALLEST, quantiles.at(((index + 0.5) / count) * highest)),
  );
}
