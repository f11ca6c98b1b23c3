import { type Cue, Scripted } from "../../agents/scripted.js";
import { assemble, type Assembly, LEAD } from "../../scenario/assembly.js";
import type { Host, Setting, Staging } from "../../scenario/scenario.js";
import { PricePath } from "../../world/prices.js";
import { FEED_ALONE, NO_CUSHION } from "../bare.js";
import { rulesOf } from "../market.js";
import { MARK, namedShorts, type RecordedShort } from "../recorded-shorts.js";
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
import { recordedWaves } from "./record.js";

type WavesSetting = Setting<typeof parameters>;

/** 21:16:04 UTC, when the first of the recorded waves began. */
const FIRST = 1_760_130_964;

/** Blocks of a wave: the price is up, the long is offered its size, takes it, the price is down, liquidation, queue. */
const BLOCKS = 6;
const WAVE = BLOCKS * PACE;

/** One market, one set of shorts, and a bankrupt long for each recorded wave, one after the other. */
export async function stage(host: Host, setting: WavesSetting): Promise<Staging> {
  const { seed, regime, deficitMode, values } = setting;
  const longs = longsOf(values.gap);
  const shorts = scaled(values.winners * longs.reduce((sum, { size }) => sum + size, 0));
  const opening = new ShortOpening(shorts, FIRST - ShortOpening.length(shorts));
  const people = [...opening.participants, ...longs.map((long) => ({ name: long.name, margin: marginOf(long) }))];
  const market = { ...opening.market, ...rulesOf(regime), deficitMode };
  const assembly = await assemble(host, seed, people, { ...FEED_ALONE, ...NO_CUSHION, market }, opening.begins - LEAD);
  cast(assembly, opening, longs, setting);
  const swings = longs.flatMap((long, index): (readonly [number, number])[] => [
    [begins(index), entryOf(long)],
    [begins(index) + 3 * PACE, MARK],
  ]);
  return {
    world: assembly.world,
    prices: new PricePath([...opening.prices, ...swings]),
    stages: [
      { name: "history", from: opening.begins, until: FIRST, pace: PACE },
      { name: "waves", from: FIRST, until: begins(longs.length), pace: PACE },
    ],
    branches: [],
    shockAt: FIRST,
  };
}

/** A long for every wave, of the size that needs what was needed at the gap. */
function longsOf(gap: number): Doomed[] {
  return recordedWaves().map(({ wave, needed }) => ({
    name: `long of wave ${wave}`,
    size: Number((needed / (gap * MARK)).toFixed(4)),
    bankruptcy: MARK * (1 + gap),
  }));
}

/** The shorts of the recorded burst, each as levered as on record, larger or smaller together. */
function scaled(whole: number): RecordedShort[] {
  const shorts = namedShorts();
  const factor = whole / shorts.reduce((sum, { size }) => sum + size, 0);
  return shorts.map((short) => ({
    ...short,
    size: Number((short.size * factor).toFixed(4)),
    cash: short.cash * factor,
  }));
}

function begins(wave: number): number {
  return FIRST + wave * WAVE;
}

function cast(assembly: Assembly, opening: ShortOpening, longs: readonly Doomed[], { regime }: WavesSetting): void {
  const { world, of } = assembly;
  const patient = of("earlier long").account;
  opening.cast(
    assembly,
    longs.map((long, index) => once(begins(index) + PACE, "offer", () => offer(world, patient, long))),
  );
  const script: Cue[] = [];
  longs.forEach((long, index) => {
    const identity = of(long.name);
    const enter = once(begins(index) + 2 * PACE, "enter", () => accept(world, identity.account, long));
    world.add(new Scripted(identity, "crowd", [enter]));
    script.push(...liquidation(world, identity.account, regime, begins(index) + 4 * PACE, PACE));
  });
  world.add(new Scripted(of("liquidator"), "liquidator", script));
}
