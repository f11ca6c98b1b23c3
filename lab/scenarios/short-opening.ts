import type { Identity } from "../agents/agent.js";
import { rankedAgainst, Reporter } from "../agents/keepers.js";
import { type Cue, Scripted } from "../agents/scripted.js";
import type { DeploymentOptions } from "../deployment/options.js";
import type { Assembly, Participant } from "../scenario/assembly.js";
import type { Regime } from "../scenario/scenario.js";
import { fromWad } from "../units.js";
import type { Call } from "../venues/venue.js";
import { rowOf, type View } from "../world/view.js";
import type { World } from "../world/world.js";
import { reports } from "./keepers.js";
import { roomFor } from "./market.js";
import { MARK, type RecordedShort } from "./recorded-shorts.js";

/** Seconds between blocks while positions are built. */
export const PACE = 60;

/** Margin a short needs to open, of its notional: the market's, and a little for the fee. */
const MARGIN = 0.045;

/**
 * Once all are in, the price dips to here. A withdrawal has to leave a fifth of the notional, which the most levered of the recorded
 * accounts have only below 3,420.
 */
const DIP = 3_400;

/** A long enters this far above its bankruptcy price: the market's initial margin, and a little for the fee. */
const ENTRY_ABOVE = 1.046;

/** The market's taker fee. */
const TAKER_FEE = 400e-6;

/** Longest list a queue keeper hands in. */
const LIST = 60;

/** A long that is to be bankrupt at the mark of the record. */
export interface Doomed {
  readonly name: string;
  readonly size: number;
  /** Price at which its equity is zero. */
  readonly bankruptcy: number;
}

/**
 * Recorded shorts opened by trades: the price passes their entries from the highest down, and each sells its recorded size at its
 * recorded entry to one patient long; then it takes out what it holds beyond its recorded cash.
 */
export class ShortOpening {
  /** Highest entry first. */
  readonly shorts: readonly RecordedShort[];
  readonly begins: number;
  /** When everybody has done all this. */
  readonly ends: number;

  constructor(shorts: readonly RecordedShort[], begins: number) {
    this.shorts = [...shorts].sort((one, other) => other.entry - one.entry);
    this.begins = begins;
    this.ends = begins + ShortOpening.length(shorts);
  }

  /** Seconds it takes. */
  static length(shorts: readonly RecordedShort[]): number {
    return (shorts.length + 3) * PACE;
  }

  /** The price, as points of a path. */
  get prices(): (readonly [number, number])[] {
    return [...this.shorts.map(({ entry }, index) => [this.#enters(index), entry] as const), [this.#dip, DIP]];
  }

  /** The patient long, the shorts, and those who keep the exchange going, with the money they bring. */
  get participants(): Participant[] {
    return [
      { name: "reporter", margin: 0 },
      { name: "earlier long", margin: this.#whole * MARK },
      { name: "liquidator", margin: 0 },
      ...this.shorts.map(({ name, size, entry, cash }) => ({
        name,
        margin: Math.max(0, cash) + size * entry * MARGIN,
      })),
    ];
  }

  /** A market without a limit of its own on open interest, and with profit that may leave at once, as on the venue of record. */
  get market(): DeploymentOptions["market"] {
    return {
      ...roomFor(this.#whole),
      maturity: 0,
      startPrice: this.shorts[0]?.entry ?? MARK,
    };
  }

  /** Puts reporter and shorts into the world, and the patient long with what else it is to do. */
  cast({ world, of }: Assembly, afterwards: readonly Cue[]): void {
    const { venue } = world;
    const patient = of("earlier long");
    world.add(new Reporter(of("reporter"), reports(world), venue, 0, PACE));
    const bids = this.shorts.map(({ entry: price, size }, index) =>
      once(this.#enters(index) - PACE, "bid", () =>
        venue.place(patient.account, { buy: true, price, size, lifetime: "rest" }),
      ),
    );
    world.add(new Scripted(patient, "holder", [...bids, ...afterwards]));
    this.shorts.forEach((short, index) => {
      const identity = of(short.name);
      world.add(new Scripted(identity, "directional short", this.#script(world, identity, short, index)));
    });
  }

  #script(world: World, { account, address }: Identity, { size, entry, cash }: RecordedShort, index: number): Cue[] {
    const { venue } = world;
    // The order crosses the resting bid, which is at the entry to the tick.
    const sell = { buy: false, price: entry * 0.99, size, lifetime: "immediate" } as const;
    return [
      once(this.#enters(index), "enter", () => venue.place(account, sell)),
      once(this.#dip, "settle", () => venue.touch(account)),
      once(this.#dip + PACE, "withdraw", (view) => {
        const spare = fromWad(rowOf(view, account).cash) - Math.max(0, cash);
        return spare > 0 ? venue.withdraw(account, spare, address) : [];
      }),
    ];
  }

  get #dip(): number {
    return this.#enters(this.shorts.length);
  }

  get #whole(): number {
    return this.shorts.reduce((sum, { size }) => sum + size, 0);
  }

  #enters(index: number): number {
    return this.begins + (index + 1) * PACE;
  }
}

/** The price at which a long enters that is to have a bankruptcy price. */
export function entryOf({ bankruptcy }: Doomed): number {
  return Math.round(bankruptcy * ENTRY_ABOVE);
}

/** The margin that makes its bankruptcy price what it is to be. */
export function marginOf(long: Doomed): number {
  const entry = entryOf(long);
  return long.size * (entry - long.bankruptcy + entry * TAKER_FEE);
}

/** The patient long offers a doomed one its size; an ask is rounded up to the next tick. */
export function offer(world: World, patient: number, long: Doomed): Call {
  return world.venue.place(patient, { buy: false, price: entryOf(long) - 0.005, size: long.size, lifetime: "rest" });
}

/** The doomed long takes the offer. */
export function accept(world: World, account: number, long: Doomed): Call {
  return world.venue.place(account, { buy: true, price: entryOf(long) * 1.01, size: long.size, lifetime: "immediate" });
}

/** Liquidates a bankrupt account, and a block later lists the shorts for it where deleveraging is by queue. */
export function liquidation(world: World, account: number, regime: Regime, at: number, pace: number): Cue[] {
  const liquidate = once(at, "liquidate", () => world.venue.liquidate(account));
  if (regime !== "Queue") return [liquidate];
  return [
    liquidate,
    once(at + pace, "queue", (view) =>
      world.venue.deleverageByQueue(account, rankedAgainst(rowOf(view, account), view).slice(0, LIST)),
    ),
  ];
}

/** Something to do once. */
export function once(at: number, what: string, made: (view: View) => Call | readonly Call[]): Cue {
  return { at, what, calls: (view) => [made(view)].flat() };
}
