import { Agent, type Identity, type Intent } from "../agents/agent.js";
import type { Source } from "../deployment/sources.js";
import { FEED_DECIMALS } from "../deployment/sources.js";
import { toWad } from "../units.js";
import type { Call, Venue } from "../venues/venue.js";

/** When a feed reports what it sees. */
export interface Reporting {
  /** Relative move that is reported at once. */
  readonly deviation: number;
  /** Seconds after which an unmoved price is reported again. */
  readonly heartbeat: number;
  /** Seconds from a price to its report. */
  readonly delay: number;
}

/** A feed of a liquid asset. */
export const PROMPT: Reporting = { deviation: 0.0005, heartbeat: 600, delay: 0 };

/** What is reported of one feed. */
interface Feed {
  readonly source: Source;
  reporting: Reporting;
  /** What it sees; the reference without it. */
  price: ((time: number, reference: number) => number) | undefined;
  silent: boolean;
  reported: number;
  reportedAt: number;
  readonly seen: (readonly [time: number, price: number])[];
}

/** Every price feed of a deployment: each sees the reference, or what the story says, and reports it by its rules. */
export class FeedReporter extends Agent {
  readonly role = "reporter" as const;
  /** The block that is about to be mined. */
  moment = { time: 0, reference: 0 };
  /** Brings mark and index up to date every block; without it they wait for somebody who needs them. */
  updates = true;
  readonly #feeds: Feed[];
  readonly #venue: Venue;

  constructor(identity: Identity, sources: readonly Source[], venue: Venue) {
    super(identity);
    this.#venue = venue;
    this.#feeds = sources
      .filter(({ feed }) => feed !== undefined)
      .map((source) => ({
        source,
        reporting: PROMPT,
        price: undefined,
        silent: false,
        reported: 0,
        reportedAt: 0,
        seen: [],
      }));
  }

  /** Changes when feeds report; all of them without a name. */
  report(reporting: Partial<Reporting>, name?: string): void {
    for (const feed of this.#named(name)) feed.reporting = { ...feed.reporting, ...reporting };
  }

  /** Lets feeds see something else than the reference; undefined for the reference again. */
  see(price: ((time: number, reference: number) => number) | undefined, name?: string): void {
    for (const feed of this.#named(name)) feed.price = price;
  }

  /** Stops feeds from reporting. */
  mute(name?: string): void {
    for (const feed of this.#named(name)) feed.silent = true;
  }

  /** Lets feeds report again. */
  unmute(name?: string): void {
    for (const feed of this.#named(name)) feed.silent = false;
  }

  act(): readonly Intent[] {
    const reports = this.#feeds.flatMap((feed) => this.#due(feed));
    return this.updates ? [...reports, this.say("update prices", this.#venue.updatePrices())] : reports;
  }

  #due(feed: Feed): Intent[] {
    const { time, reference } = this.moment;
    const { deviation, heartbeat, delay } = feed.reporting;
    feed.seen.push([time, feed.price?.(time, reference) ?? reference * (feed.source.scale ?? 1)]);
    while ((feed.seen[1]?.[0] ?? Infinity) <= time - delay) feed.seen.shift();
    const price = feed.seen[0]?.[1] ?? reference;
    const moved = Math.abs(price / feed.reported - 1) >= deviation;
    if (feed.silent || (feed.reported !== 0 && !moved && time - feed.reportedAt < heartbeat)) return [];
    feed.reported = price;
    feed.reportedAt = time;
    return [this.say(`report ${feed.source.name}`, reportOf(feed.source, price))];
  }

  #named(name: string | undefined): Feed[] {
    const found = this.#feeds.filter(({ source }) => name === undefined || source.name === name);
    if (name !== undefined && found.length === 0) throw new RangeError(`no feed ${name}`);
    return found;
  }
}

/** The call that publishes a price in a feed. */
export function reportOf({ feed, name }: Source, price: number): Call {
  if (feed === undefined) throw new RangeError(`${name} is no feed`);
  const answer = toWad(price) / 10n ** BigInt(18 - FEED_DECIMALS);
  return { to: feed.address, data: feed.interface.encodeFunctionData("report", [answer]) };
}
