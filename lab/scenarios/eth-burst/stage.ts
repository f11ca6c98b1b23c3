import { Scripted } from "../../agents/scripted.js";
import { total } from "../../numbers.js";
import { assemble, type Assembly, LEAD } from "../../scenario/assembly.js";
import type { Host, Setting, Staging } from "../../scenario/scenario.js";
import { PricePath } from "../../world/prices.js";
import { FEED_ALONE, NO_CUSHION } from "../bare.js";
import { rulesOf } from "../market.js";
import { BURST, MARK, namedShorts, tail } from "../recorded-shorts.js";
import {
  accept,
  type Doomed,
  entryOf,
  liquidation,
  marginOf,
  offer,
  once,
  PACE,
  ShortOpening,
} from "../short-opening.js";
import type { parameters } from "./parameters.js";

type BurstSetting = Setting<typeof parameters>;

/** Seconds between blocks in the burst. */
const BURST_PACE = 6;

/** The long enters this long before the fall, and the fall is over this long before it is liquidated. */
const ENTRY = 3 * PACE;
const FALL = 2 * BURST_PACE;

/** Builds the world of the burst: every short opens on the book at its entry when the price passes it. */
export async function stage(host: Host, setting: BurstSetting): Promise<Staging> {
  const { values, seed, regime, deficitMode } = setting;
  const shorts = [...namedShorts(), tail(values.tailEntry, values.tailLeverage)];
  const fall = BURST - FALL;
  const opening = new ShortOpening(shorts, fall - ENTRY - ShortOpening.length(shorts));
  const long = {
    name: "bankrupt long",
    size: total(shorts.map(({ closed }) => closed)),
    bankruptcy: values.bankruptcy,
  };
  const people = [...opening.participants, { name: long.name, margin: marginOf(long) }];
  const market = { ...opening.market, ...rulesOf(regime), deficitMode };
  const assembly = await assemble(host, seed, people, { ...FEED_ALONE, ...NO_CUSHION, market }, opening.begins - LEAD);
  cast(assembly, opening, long, setting);
  return {
    world: assembly.world,
    prices: new PricePath([...opening.prices, [opening.ends, entryOf(long)], [fall, MARK]]),
    stages: [
      { name: "history", from: opening.begins, until: fall, pace: PACE },
      { name: "burst", from: fall, until: BURST + FALL, pace: BURST_PACE },
    ],
    branches: [],
    shockAt: fall,
    followed: opening.shorts.map(({ name }) => name),
  };
}

function cast(assembly: Assembly, opening: ShortOpening, long: Doomed, { values, regime }: BurstSetting): void {
  const { world, of } = assembly;
  const patient = of("earlier long");
  const bankrupt = of(long.name);
  opening.cast(assembly, [once(opening.ends + PACE, "offer", () => offer(world, patient.account, long))]);
  world.add(
    new Scripted(bankrupt, "crowd", [
      once(opening.ends + 2 * PACE, "enter", () => accept(world, bankrupt.account, long)),
    ]),
  );
  const accounts = opening.shorts.map(({ name }) => of(name).account);
  const touch = once(BURST - BURST_PACE, "touch", () => accounts.map((account) => world.venue.touch(account)));
  world.add(
    new Scripted(of("liquidator"), "liquidator", [
      ...(values.touched === 1 ? [touch] : []),
      ...liquidation(world, bankrupt.account, regime, BURST, BURST_PACE),
    ]),
  );
}
