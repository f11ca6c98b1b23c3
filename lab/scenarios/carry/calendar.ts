import { PricePath } from "../../world/prices.js";
import { CLOSING, PARTING, recordedPrices, SHOCK } from "../crossfire/history.js";

/** Seconds of a funding period, and of a day. */
export const PERIOD = 8 * 3_600;
export const DAY = 86_400;

/** How long each level of capital lasts, and of it the time in which it comes and longs get used to it. */
export const LEVEL = 4 * DAY;
export const SETTLING = 2 * DAY;

/** Days before the crash in which nobody trades. */
const QUIET = 2;

/** Pace of blocks in the crash, and in the minutes after it. */
const CRASH_PACE = 8;
const AFTER_PACE = 120;

/** Carry traders take their positions apart from here on, for this many days. */
export const UNWINDING = CLOSING;
const UNWINDING_DAYS = 7;

/** When things happen, for a number of levels of capital. Unix seconds. */
export class Calendar {
  readonly begins: number;
  /** Longs and directional shorts have four days for themselves; then capital comes. */
  readonly capitalFrom: number;
  /** The last hours, in which funding is all that moves. */
  readonly quietFrom: number;

  constructor(levels: number) {
    this.quietFrom = SHOCK - QUIET * DAY;
    this.capitalFrom = this.quietFrom - levels * LEVEL;
    this.begins = this.capitalFrom - 4 * DAY;
  }

  /** The outside price stands still until the recorded crash, so that what is earned is funding and nothing else. */
  get prices(): PricePath {
    const { path } = recordedPrices();
    const seconds = Array.from({ length: CLOSING - SHOCK + 1 }, (_, index) => SHOCK + index);
    return new PricePath([
      [this.begins, path.at(SHOCK)],
      ...seconds.map((second) => [second, path.at(second)] as const),
    ]);
  }

  get stages() {
    return [
      { name: "history", from: this.begins, until: SHOCK, pace: PERIOD },
      { name: "crash", from: SHOCK, until: PARTING, pace: CRASH_PACE },
    ];
  }

  get aftermath() {
    return [
      { name: "aftermath", from: PARTING, until: CLOSING, pace: AFTER_PACE },
      { name: "unwinding", from: UNWINDING, until: UNWINDING + UNWINDING_DAYS * DAY, pace: PERIOD },
    ];
  }
}
