import { BookRecorder } from "../../agents/recorder.js";
import { phasesSince, secondsIn } from "../../attack/phases.js";
import type { Stage } from "../../attack/stage.js";
import type { Wallet } from "../../attack/wallet.js";
import { fromWad } from "../../units.js";
import type { AccountRow } from "../../world/view.js";

/** The short: 398 contracts, 10 M. */
const CONTRACTS = 398;
export const SHORT = 10_000_000;
export const PRICE = SHORT / CONTRACTS;

/** Longs that were liquidated, of 13 M: two are on record, the rest is taken to be five of the same size. */
export const LONGS = [7_400_000, 2_700_000, 580_000, 580_000, 580_000, 580_000, 580_000];
export const LIQUIDATED = LONGS.reduce((sum, notional) => sum + notional, 0);

/** Maintenance of the default market, of twenty-five times leverage. */
const MAINTENANCE = 0.02;

export const HOUR = 3_600;

/** Hours of the week, from Monday 00:00 UTC, in which index futures do not trade: Friday 17:00 to Sunday 18:00 New York time, in winter. */
const FRIDAY_CLOSE = 4 * 24 + 22;
const SUNDAY_OPEN = 6 * 24 + 23;
export const CLOSED_HOURS = Array.from({ length: SUNDAY_OPEN - FRIDAY_CLOSE }, (_, hour) => FRIDAY_CLOSE + hour);

/** Unix seconds of the Monday before the story: 29 December 2025. */
const MONDAY = 1_766_966_400;
export const CLOSE = MONDAY + FRIDAY_CLOSE * HOUR;
export const REOPENING = MONDAY + SUNDAY_OPEN * HOUR;

/** From the beginning of the story to the close, seconds. */
export const BEFORE = 1_800;

/** Orders on each side of the book that is left. */
const LEVELS = 20;

/** How a closed market, or one in an auction, refuses. */
export const HELD = [
  "OpeningHalted",
  "NoTakersInAuction",
  "AuctionClearing",
  "NothingToReduce",
  "PriceNotUsable",
] as const;

export const BOOK = "own book";

/** The last half hour of the week: longs are bought of makers. */
export async function friday(stage: Stage, leverage: number): Promise<Wallet[]> {
  const makers = await stage.wallet("Friday's makers", { group: "makers", margin: LIQUIDATED });
  const longs: Wallet[] = [];
  for (const [index, notional] of LONGS.entries()) {
    const margin = notional / leverage + notional * 0.001;
    longs.push(await stage.wallet(`long ${index + 1}`, { group: "traders", margin }));
  }
  const keeper = await stage.wallet("keeper", { group: "keepers", margin: 1_000 });
  stage.liquidator(keeper);
  const book = stage.exchange.sources.find(({ name }) => name === BOOK);
  if (book !== undefined) stage.world.add(new BookRecorder(keeper, book.adapter, stage.exchange.market));
  const size = (3 * LIQUIDATED) / PRICE;
  await stage.act(
    "makers quote",
    makers.quote({ buy: true, price: PRICE * 0.9999, size }, { buy: false, price: PRICE * 1.0001, size }),
  );
  await stage.act(
    "longs are bought, highly levered",
    ...longs.map((long, index) => long.buy((LONGS[index] ?? 0) / PRICE)),
  );
  return longs;
}

/** Nobody renews these before the market opens again. */
export async function leaveLadder(stage: Stage, density: number, far: number): Promise<void> {
  const size = (density * far) / LEVELS / PRICE;
  const makers = await stage.wallet("weekend's makers", { group: "makers", margin: 2 * density * far });
  const levels = Array.from({ length: LEVELS }, (_, level) => (far * (level + 1)) / LEVELS);
  const friday = stage.wallets.find(({ name }) => name === "Friday's makers");
  await stage.act(
    "makers leave a ladder of orders for the weekend",
    ...(friday === undefined ? [] : [friday.quote()]),
    makers.quote(
      ...levels.flatMap((distance) => [
        { buy: true, price: PRICE * (1 - distance), size },
        { buy: false, price: PRICE * (1 + distance), size },
      ]),
    ),
  );
}

/** Seconds in which the guard held the market. */
export async function heldSeconds(stage: Stage, start: number): Promise<number> {
  const held = ["LIMITED", "PAUSED", "AUCTION", "CLOSED"] as const;
  return secondsIn(held, await phasesSince(stage, start), { first: "OPEN", start, end: stage.now });
}

/** Lets time pass and remembers what the mark did. */
export class Watch {
  apart = 0;
  /** When the mark was last found back near the price. */
  back: number | undefined;
  readonly #stage: Stage;
  readonly #open: number;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#open = this.#held();
  }

  async until(time: number, pace: number, sentence: string): Promise<void> {
    while (this.#stage.now < time) {
      await this.#stage.wait(Math.min(pace, time - this.#stage.now), { pace, sentence });
      this.look();
    }
  }

  look(): void {
    const { mark, index, time } = this.#stage.view;
    this.apart = Math.max(this.apart, Math.abs(mark / index - 1));
    if (Math.abs(mark / PRICE - 1) > 0.005) this.back = undefined;
    else this.back ??= time;
  }

  /** What the longs no longer hold, at the last price of the week. */
  liquidated(): number {
    return (this.#open - this.#held()) * PRICE;
  }

  #held(): number {
    const longs = this.#stage.wallets.filter(({ group }) => group === "traders");
    return longs.reduce((sum, { position }) => sum + position, 0);
  }
}

export function worthAt({ cash, pending, quote, size }: AccountRow, price: number): number {
  return fromWad(cash + pending + quote) + fromWad(size) * price;
}

/** When longs become insolvent at the reference, and when each is first liquidated. */
export class Delays {
  longest: number | null = null;
  /** When the last of them was first liquidated. */
  last: number | undefined;
  readonly #stage: Stage;
  readonly #longs: Map<Wallet, { readonly size: number; since: number | undefined }>;

  constructor(stage: Stage, longs: readonly Wallet[]) {
    this.#stage = stage;
    this.#longs = new Map(longs.map((long) => [long, { size: long.position, since: undefined }]));
  }

  look(): void {
    const { now, reference } = this.#stage;
    for (const [long, state] of this.#longs) {
      if (long.position < state.size) {
        this.longest = Math.max(this.longest ?? 0, state.since === undefined ? 0 : now - state.since);
        this.last = now;
        this.#longs.delete(long);
      } else if (worthAt(long.row, reference) < MAINTENANCE * long.position * reference) {
        state.since ??= now;
      }
    }
  }
}
