import { down, min, PPM, up, WAD } from "./arithmetic.js";
import type { SourceRules } from "./parameters.js";
import type { KeptReading, Reading, Round } from "./records.js";
import type { SourceStatus } from "./source-status.js";
import type { State } from "./state.js";

/** The lowest and the highest price a reading may have, quote per base. */
const LOWEST = 10n ** 6n;
const HIGHEST = 10n ** 26n;

/** A kept depth has 48 bits. */
const DEEPEST = (1n << 48n) - 1n;

/** What a source says now: a feed's latest round, or a reading given from outside. */
export function readingOf(state: State, source: string): Reading {
  const feed = state.feeds.get(source);
  if (feed === undefined) return judged(state.readings.get(source) ?? failed("UNCONFIGURED"), state.now);
  const round = state.rounds.get(feed.aggregator);
  const status = roundStatus(round, feed.heartbeat, state.now);
  if (status !== "OK") return failed(status);
  const price = round.answer * 10n ** (18n - feed.decimals);
  const confidence = down(price * feed.deviation, PPM);
  return judged({ status, price, confidence, publishedAt: round.updatedAt, depth: feed.depth * WAD }, state.now);
}

function failed(status: SourceStatus): Reading {
  return { status, price: 0n, confidence: 0n, publishedAt: 0n, depth: 0n };
}

/** What a feed may not say: first what cannot be, then what is not answered or too old. */
function roundStatus({ id, answer, updatedAt, answeredIn }: Round, heartbeat: bigint, now: bigint): SourceStatus {
  if (answer <= 0n) return "NOT_POSITIVE";
  if (answer >= 1n << 128n) return "OUT_OF_RANGE";
  if (updatedAt > now) return "FUTURE";
  if (updatedAt === 0n || answeredIn < id) return "INCOMPLETE";
  return now - updatedAt > heartbeat ? "STALE" : "OK";
}

/** What no source may say, whatever it says of itself. */
function judged(reading: Reading, now: bigint): Reading {
  const { price, confidence, publishedAt, depth } = reading;
  if (reading.status !== "OK") return reading;
  if (price === 0n) return failed("NOT_POSITIVE");
  if (price < LOWEST || price > HIGHEST || confidence >= price) return failed("OUT_OF_RANGE");
  if (publishedAt > now) return failed("FUTURE");
  if (publishedAt === 0n) return failed("INCOMPLETE");
  return depth < WAD ? failed("NO_DEPTH") : reading;
}

/** The reading kept from less than the interval ago, value and time together, or a new one; `anew` if the source was asked. */
export function ask(
  state: State,
  rules: SourceRules,
  kept: KeptReading | undefined,
): { status: Reading["status"]; reading: KeptReading | undefined; anew: boolean } {
  if (kept !== undefined && state.now - kept.readAt < rules.interval)
    return { status: "OK", reading: kept, anew: false };
  const reading = readingOf(state, rules.source);
  return {
    status: reading.status,
    reading: reading.status === "OK" ? keep(reading, state.now) : undefined,
    anew: true,
  };
}

/** Rule of the kept reading: depth in whole units, down; confidence in parts per million of the price, up. Both against trust. */
function keep({ price, confidence, publishedAt, depth }: Reading, now: bigint): KeptReading {
  return {
    price,
    publishedAt,
    readAt: now,
    depth: min(down(depth, WAD), DEEPEST),
    confidence: up(confidence * PPM, price),
  };
}
