import { Arbitrageur, Liquidator, QueueKeeper, Reporter } from "../agents/keepers.js";
import type { Assembly, Participant } from "../scenario/assembly.js";
import type { Regime } from "../scenario/scenario.js";
import { toWad } from "../units.js";
import type { Call } from "../venues/venue.js";
import type { World } from "../world/world.js";

/** The feed reports moves of this size, and at least this often in seconds. */
export const DEVIATION = 0.0005;
export const HEARTBEAT = 600;

/** The pool's fee is 5 bp; arbitrage starts beyond it. */
const ARBITRAGE_AT = 0.0008;

/** Bankrupt accounts a queue keeper takes on in a block, and accounts it lists for each. */
const PER_BLOCK = 10;
const LISTED = 40;

/** What they do, for the scenarios' stories. */
export const KEEPERS = {
  arbitrageur: "Keeps the pool at the outside price.",
  liquidator: "Liquidates whatever the last block left below maintenance.",
  "queue keeper": "Lists counterparties for bankrupt accounts where deleveraging is by queue.",
  reporter: "Publishes the outside price to the feed.",
} as const;

/** Who keeps feed and pool at the outside price, with the money they bring. */
export const PRICE_KEEPERS: readonly Participant[] = [
  { name: "reporter", margin: 0 },
  { name: "arbitrageur", margin: 0, walletQuote: 1e9, walletSpot: 1e6, trades: "spot" },
];

/** Puts them into the world. */
export function keepPrices(world: World, of: Assembly["of"]): void {
  world.add(new Reporter(of("reporter"), reports(world), world.venue, DEVIATION, HEARTBEAT));
  world.add(new Arbitrageur(of("arbitrageur"), world.spot, ARBITRAGE_AT));
}

/** One who liquidates for everybody, at most so many accounts in a block. */
export function soleLiquidator(world: World, of: Assembly["of"], most: number): Liquidator {
  return new Liquidator(of("liquidator"), world.venue, { index: 0, of: 1 }, most);
}

/** Who lists accounts for deleveraging where that is by queue, and elsewhere does nothing. */
export function queueKeeper(world: World, of: Assembly["of"], regime: Regime): QueueKeeper {
  return new QueueKeeper(of("queue keeper"), world.venue, regime === "Queue" ? PER_BLOCK : 0, LISTED);
}

/** The call that publishes a price; the far end of the feed takes it with eight decimals. */
export function reports({ exchange }: World): (price: number) => Call {
  const { address, interface: abi } = exchange.contracts.feed;
  return (price) => ({ to: address, data: abi.encodeFunctionData("report", [toWad(price) / 10n ** 10n]) });
}
