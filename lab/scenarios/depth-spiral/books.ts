import { LeavingMaker } from "../../agents/leaving-maker.js";
import type { Note, Recorder } from "../../scenario/scenario.js";
import { fromWad, toWad } from "../../units.js";
import type { View } from "../../world/view.js";
import type { Step, World } from "../../world/world.js";
import { isHedged } from "../../probe/checks/hedges.js";
import { rowOf } from "../../world/view.js";
import type { Calendar } from "./calendar.js";

/** Depth is counted this far from the index. */
const REACH = 0.01;

/** The book at a moment. */
interface Book {
  /** Base within reach on both sides. */
  readonly depth: number;
  /** Distance of the best quotes, of the index; null if a side is empty. */
  readonly spread: number | null;
  /** What a market order of the given size loses against the index, of it, the mean of both sides; null if there is not as much. */
  readonly slippage: number | null;
  readonly makers: number;
}

/** Takes down, week by week, the book in the calm before the crash and at its thinnest, and what the crash closed. */
export class WeeklyBooks implements Recorder {
  readonly #world: World;
  readonly #calendar: Calendar;
  readonly #size: bigint;
  readonly #weeks: Record<string, number | null>[] = [];
  readonly #calm = { week: -1, blocks: 0 };

  /** @param size base of the market order whose slippage is told */
  constructor(world: World, calendar: Calendar, size: number) {
    this.#world = world;
    this.#calendar = calendar;
    this.#size = toWad(size);
  }

  observe({ view, tornUp, before }: Step): void {
    const number = this.#calendar.weekOf(view.time);
    const { until } = this.#calendar.crash(number);
    const week = this.#week(number);
    const total = (name: string, added: number): void => void (week[name] = (week[name] ?? 0) + added);
    if (this.#calendar.isCalm(view.time)) {
      const { depth, spread, slippage, makers } = this.#book(view);
      this.#calm.blocks = this.#calm.week === number ? this.#calm.blocks + 1 : 1;
      this.#calm.week = number;
      const mean = (name: string, value: number): void => {
        week[name] = (week[name] ?? 0) + (value - (week[name] ?? 0)) / this.#calm.blocks;
      };
      mean("depth", depth);
      mean("oneSided", spread === null ? 1 : 0);
      // Of the blocks that have one.
      if (spread !== null) week.spread = Math.max(week.spread ?? 0, spread);
      if (slippage !== null) week.slippage = Math.max(week.slippage ?? 0, slippage);
      Object.assign(week, { makers, openInterest: fromWad(view.market.longOpenInterest) });
    } else if (view.time <= until && !this.#calendar.isBeforeCrash(view.time)) {
      week.thinnest = Math.min(week.thinnest ?? Infinity, this.#book(view).depth);
    }
    if (view.time >= until) week.makersAfter = this.#book(view).makers;
    const makers = new Set(this.#makers().map(({ account }) => account));
    for (const { account, size } of tornUp) {
      total("closed", fromWad(size));
      if (makers.has(account)) total("closedOfMakers", fromWad(size));
      if (isHedged(rowOf(before, account).key)) total("closedOfHedged", fromWad(size));
    }
  }

  notes(): readonly Note[] {
    return this.#weeks.map((week, index) => ({ week: index + 1, ...week }));
  }

  #week(number: number): Record<string, number | null> {
    return (this.#weeks[number] ??= { closed: 0, closedOfMakers: 0, closedOfHedged: 0 });
  }

  #book(view: View): Book {
    const { orders } = this.#world;
    const { index } = view.market;
    const depth = fromWad(orders.depth(true, index, REACH) + orders.depth(false, index, REACH));
    const twoSided = view.bestBid > 0 && view.bestAsk > 0;
    const [bought, sold] = [orders.taking(true, this.#size), orders.taking(false, this.#size)];
    const whole = bought.size === this.#size && sold.size === this.#size;
    return {
      depth,
      spread: twoSided ? (view.bestAsk - view.bestBid) / view.index : null,
      slippage: whole ? fromWad(bought.price - sold.price) / 2 / view.index : null,
      makers: this.#makers().filter(({ away }) => !away).length,
    };
  }

  #makers(): LeavingMaker[] {
    return this.#world.agents.filter((agent) => agent instanceof LeavingMaker);
  }
}
