import type { Stage } from "../../scenario/scenario.js";
import { PricePath } from "../../world/prices.js";
import { OPENING, PARTING, recordedPrices, SHOCK } from "../crossfire/history.js";

/** Seconds of an hour, a day and a week. */
export const HOUR = 3_600;
export const DAY = 24 * HOUR;
export const WEEK = 7 * DAY;

/** Into a week: everybody enters, then waits for the crash of its fifth day, and leaves on its last. */
export const ENTERING = [3 * HOUR, 28 * HOUR] as const;
export const LEAVING = [5 * DAY, WEEK] as const;
const CRASH = 4 * DAY;
const CRASH_LASTS = PARTING - SHOCK;

/** The hours after the crash, until the price is back where the week began. */
const AFTERMATH = 2 * HOUR;

/** Paces of blocks, seconds: while everybody enters, in calm, in the crash, and after it. */
const ENTERING_PACE = HOUR;
const CALM_PACE = 8 * HOUR;
const CRASH_PACE = 12;
const AFTER_PACE = 20 * 60;
const LEAVING_PACE = 4 * HOUR;

/** Weeks in a row, each with the recorded crash in it, every one weaker than the last. Unix seconds. */
export class Calendar {
  readonly weeks: number;
  readonly begins = OPENING;
  readonly #fading: number;

  /** @param fading part of a crash that the next one falls short of it */
  constructor(weeks: number, fading: number) {
    [this.weeks, this.#fading] = [weeks, fading];
  }

  /** When a week's crash begins, and when it is over. */
  crash(week: number): { readonly from: number; readonly until: number } {
    const from = this.begins + week * WEEK + CRASH;
    return { from, until: from + CRASH_LASTS };
  }

  /** The week a time is in. */
  weekOf(time: number): number {
    return Math.floor((time - this.begins) / WEEK);
  }

  /** Whether a time is before its week's crash. */
  isBeforeCrash(time: number): boolean {
    return time <= this.crash(this.weekOf(time)).from;
  }

  /** Whether everybody is still to enter in a time's week. */
  isEntering(time: number): boolean {
    return time - this.begins - this.weekOf(time) * WEEK <= ENTERING[1];
  }

  /** Whether a time is between everybody's entering and the week's crash. */
  isCalm(time: number): boolean {
    return this.isBeforeCrash(time) && !this.isEntering(time);
  }

  /** Flat but for the crashes; after each the price goes back to where it was in two hours. */
  get prices(): PricePath {
    const { path } = recordedPrices();
    const calm = path.at(SHOCK);
    const points: (readonly [number, number])[] = [[this.begins, calm]];
    for (let week = 0; week < this.weeks; week++) {
      const { from, until } = this.crash(week);
      const strength = (1 - this.#fading) ** week;
      const fallen = (second: number): number => calm + (path.at(SHOCK + second) - calm) * strength;
      const low = fallen(CRASH_LASTS);
      for (let second = 1; second <= CRASH_LASTS; second++) points.push([from + second, fallen(second)]);
      for (let second = 60; second <= AFTERMATH; second += 60) {
        points.push([until + second, low + ((calm - low) * second) / AFTERMATH]);
      }
    }
    return new PricePath(points);
  }

  get stages(): Stage[] {
    return Array.from({ length: this.weeks }, (_, week) => {
      const start = this.begins + week * WEEK;
      const entered = start + ENTERING[1];
      const { from, until } = this.crash(week);
      const back = until + AFTERMATH;
      const number = week + 1;
      return [
        { name: `week ${number}`, from: start, until: entered, pace: ENTERING_PACE },
        { name: `calm of week ${number}`, from: entered, until: from, pace: CALM_PACE },
        { name: `crash ${number}`, from, until, pace: CRASH_PACE },
        { name: `aftermath ${number}`, from: until, until: back, pace: AFTER_PACE },
        { name: `end of week ${number}`, from: back, until: start + WEEK, pace: LEAVING_PACE },
      ];
    }).flat();
  }
}
