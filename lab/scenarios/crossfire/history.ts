import { column, readRecord } from "../../data/records.js";
import { PricePath } from "../../world/prices.js";

/** 10 October 2025, 21:00:00 UTC. */
export const OPENING = 1_760_130_000;
const MINUTE = 60;

/** The crash begins: ETH on Gemini leaves 3,885. */
export const SHOCK = OPENING + 11 * MINUTE;

/** The worst is over; what follows is run on two branches. */
export const PARTING = OPENING + 18 * MINUTE;
export const CLOSING = OPENING + 40 * MINUTE;

/** Two hours after the worst. The record ends at the closing; the last price then stands. */
export const LATER = PARTING + 120 * MINUTE;

/** Average price at which ETH positions were auto-deleveraged on record, USD. */
export const RECORDED_DELEVERAGING_PRICE = 3_467.9;

/** Highest leverage for ETH on the venue of record. */
export const RECORDED_MAXIMUM_LEVERAGE = 25;

/**
 * How far spot traded below the average deleveraging price on the branch that did: BTC's index on Binance, 102,497 at 21:20
 * against an average deleveraging price of 106,427.7.
 */
export const BELOW_DELEVERAGING = 102_497 / 106_427.7;

/** Entry and margin of one recorded short, per unit of base. */
export interface RecordedShort {
  readonly entry: number;
  /** Margin at the entry: equity at the burst less the profit made by then, at least a tenth of the entry. */
  readonly margin: number;
}

const BURST_PRICE = 3_561.2;

/** The named shorts of the recorded burst, highest entry first. */
export function recordedShorts(): RecordedShort[] {
  const rows = readRecord("eth-short-entries");
  const sizes = column(rows, "size_eth");
  const equities = column(rows, "equity_usd");
  return column(rows, "entry_usd")
    .map((entry, index) => {
      const equity = (equities[index] ?? 0) / (sizes[index] ?? 1);
      return { entry, margin: Math.max(entry / 10, equity - (entry - BURST_PRICE)) };
    })
    .sort((left, right) => right.entry - left.entry);
}

/** Seconds between two prices of the time before 21:00, at which the recorded shorts had entered. */
const HISTORY_PACE = 30 * MINUTE;

/** The outside price: down through the recorded entries of the shorts, half an hour each, then second by second as traded. */
export function recordedPrices(): {
  readonly path: PricePath;
  readonly begins: number;
  readonly entries: readonly number[];
} {
  const traded = readRecord("eth-usd-2025-10-10");
  const seconds = column(traded, "unix_second");
  const closes = column(traded, "close");
  const shorts = recordedShorts();
  const begins = OPENING - HISTORY_PACE * (shorts.length + 1);
  const entries = shorts.map((_, index) => begins + HISTORY_PACE * index);
  const before = shorts.map(({ entry }, index) => [entries[index] ?? begins, entry] as const);
  const known = seconds.map((second, index) => [second, closes[index] ?? Number.NaN] as const);
  return { path: new PricePath([...before, ...known]), begins, entries };
}

/**
 * How much deeper the venue of record fell to its average deleveraging price than Gemini did: 11 % against 6 %. Leverage is
 * multiplied by it, so that a trader's distance to bankruptcy, measured in falls, is what it was on the venue.
 */
export function fallRatio(): number {
  const { path } = recordedPrices();
  const { high } = path.range(OPENING, SHOCK);
  const { low } = path.range(SHOCK, PARTING);
  return (1 - RECORDED_DELEVERAGING_PRICE / high) / (1 - low / high);
}
