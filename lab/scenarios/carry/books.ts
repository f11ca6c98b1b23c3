import { CarryTrader } from "../../agents/carry-trader.js";
import { fundingNow } from "../../agents/funding.js";
import { isHedged } from "../../probe/checks/hedges.js";
import type { Note, Recorder } from "../../scenario/scenario.js";
import { fromTokens, fromWad } from "../../units.js";
import { type AccountRow, rowOf, type View } from "../../world/view.js";
import type { Step, World } from "../../world/world.js";
import { type Calendar, DAY, LEVEL, SETTLING } from "./calendar.js";
import { FundingSums } from "./funding-sums.js";

/** What the ledger's funding index counts in: 1e-27 of quote per unit of base. */
const RAY = 10n ** 27n;
const YEAR = 365 * DAY;

/** What moved the wealth of all carry traders together, quote; they add up to the change. */
interface Causes {
  funding: number;
  /** Of spot and short together that was not neutral, as the outside price moved. */
  drift: number;
  /** Everything else: fees, spread and impact of trades, basis paid or earned, and what deleveraging took. */
  rest: number;
}

/** A stretch of the run: the crash, or a branch after it. */
interface Stretch extends Causes {
  /** Base: short at its beginning, closed by deleveraging, and spot less short at its end. */
  readonly short: number;
  closed: number;
  left: number;
  delta: number;
  /** Quote value of what was short at its beginning, and the share of it that the venue counted as hedged. */
  readonly notional: number;
  readonly recognised: number;
}

/** A level of capital, once it has come. */
interface Level extends Causes {
  readonly level: number;
  /** When it had come, and the funding index then. */
  readonly since: number;
  readonly index: bigint;
  /** Sum over its blocks of the mark's distance from the index. */
  basis: number;
  blocks: number;
  /** Funding a year in the block in which it was lowest, and in which it was highest. */
  lowest: number;
  highest: number;
}

const CAUSES = ["funding", "drift", "rest"] as const;

/** Follows the cash-and-carry traders: what their capital yields level by level, and what the crash and taking both legs apart cost them. */
export class CarryBooks implements Recorder {
  readonly #world: World;
  readonly #calendar: Calendar;
  readonly #holding: number;
  readonly #sums: FundingSums;
  readonly #levels: Note[] = [];
  readonly #stretches = new Map<string, Stretch>();
  /** The last block of the trunk and of each branch. */
  readonly #last = new Map<string, View>();
  /** Quote in the traders' wallets before any of it was invested. */
  #purse: number | undefined;
  #now: Level | undefined;
  /** Of all clips so far: notional, and what it cost beside funding. */
  #invested = 0;
  #spent = 0;

  /** @param holding days over which the cost of the way in and out is spread */
  constructor(world: World, calendar: Calendar, holding: number) {
    this.#world = world;
    this.#calendar = calendar;
    this.#holding = holding;
    this.#sums = new FundingSums(world);
  }

  async observe(step: Step, branch: string): Promise<void> {
    const { view } = step;
    // The step's own view before it has been told the new outside price.
    const before = this.#last.get(branch) ?? this.#last.get("trunk") ?? step.before;
    this.#last.set(branch, view);
    this.#purse ??= this.#sum(before, ({ walletQuote }) => fromTokens(walletQuote));
    if (view.stage !== "history") {
      this.#suffer(step, before, branch === "trunk" ? "crash" : branch);
      return;
    }
    this.#invest(before, view);
    await this.#sums.observe(step);
  }

  notes(): readonly Note[] {
    const { blocks, paid, received, apart, kept, made } = this.#sums.totals;
    const sums = { blocks, paid: paid.toString(), received: received.toString(), apart: apart.toString(), kept, made };
    const stretches = [...this.#stretches].map(([phase, stretch]) => ({ phase, ...stretch }));
    return [...this.#levels, { phase: "funding", ...sums }, ...stretches];
  }

  #invest(before: View, view: View): void {
    const { capitalFrom, quietFrom } = this.#calendar;
    const since = view.time - capitalFrom;
    const level = view.time > quietFrom ? Infinity : Math.floor(since / LEVEL);
    if (this.#now !== undefined && this.#now.level !== level) this.#close(this.#now, before);
    const causes = this.#causes(before, view);
    const added = (this.#short(view) - this.#short(before)) * view.index;
    if (added > 0) {
      this.#invested += added;
      this.#spent -= causes.rest;
    }
    if (since < 0 || level === Infinity || since - level * LEVEL < SETTLING) return;
    const nothing = { funding: 0, drift: 0, rest: 0, basis: 0, blocks: 0, lowest: Infinity, highest: -Infinity };
    this.#now ??= { ...nothing, level, index: before.market.fundingIndex, since: before.time };
    for (const cause of CAUSES) this.#now[cause] += causes[cause];
    this.#now.basis += view.mark / view.index - 1;
    this.#now.blocks++;
    const rate = fundingNow(view);
    this.#now.lowest = Math.min(this.#now.lowest, rate);
    this.#now.highest = Math.max(this.#now.highest, rate);
  }

  #close(now: Level, view: View): void {
    this.#now = undefined;
    const grown = Number(view.market.fundingIndex - now.index) / Number(RAY) / view.index;
    const funding = (grown * YEAR) / (view.time - now.since);
    const capital = (this.#purse ?? 0) - this.#sum(view, ({ walletQuote }) => fromTokens(walletQuote));
    const short = this.#short(view);
    const cost = this.#invested === 0 ? null : this.#spent / this.#invested;
    const spread = (2 * (cost ?? 0) * 365) / this.#holding;
    this.#levels.push({
      phase: "capital",
      level: now.level,
      capital,
      short,
      longs: fromWad(view.market.longOpenInterest),
      funding,
      lowest: now.lowest,
      highest: now.highest,
      basis: now.basis / now.blocks,
      premium: fromWad(view.market.premium),
      cost,
      net: capital === 0 ? null : ((funding - spread) * short * view.index) / capital,
      received: now.funding,
    });
  }

  #suffer({ view, tornUp }: Step, before: View, name: string): void {
    const short = this.#short(before);
    const nothing = { funding: 0, drift: 0, rest: 0, closed: 0, left: 0, delta: 0 };
    const stretch = this.#stretches.get(name) ?? {
      short,
      notional: short * before.index,
      recognised: this.#sum(before, ({ key, size }) => (isHedged(key) ? -fromWad(size) : 0)) / short,
      ...nothing,
    };
    const causes = this.#causes(before, view);
    for (const cause of CAUSES) stretch[cause] += causes[cause];
    const accounts = new Set(this.#accounts());
    for (const { account, size } of tornUp) if (accounts.has(account)) stretch.closed += fromWad(size);
    stretch.left = this.#short(view);
    stretch.delta = this.#delta(view);
    this.#stretches.set(name, stretch);
  }

  #causes(before: View, view: View): Causes {
    const grown = view.market.fundingIndex - before.market.fundingIndex;
    const funding = this.#sum(before, ({ size }) => fromWad((-size * grown) / RAY));
    const drift = this.#delta(before) * (view.reference - before.reference);
    return { funding, drift, rest: this.#wealth(view) - this.#wealth(before) - funding - drift };
  }

  /** Everything the traders own, both legs at the outside price, quote. */
  #wealth(view: View): number {
    const cash = this.#sum(view, ({ cash: settled, pending, quote, walletQuote }) => {
      return fromWad(settled + pending + quote) + fromTokens(walletQuote);
    });
    return cash + this.#delta(view) * view.reference;
  }

  #delta(view: View): number {
    return this.#sum(view, ({ size, spot, walletSpot }) => fromWad(size + spot + walletSpot));
  }

  #short(view: View): number {
    return -this.#sum(view, ({ size }) => fromWad(size));
  }

  #sum(view: View, amount: (row: AccountRow) => number): number {
    return this.#accounts().reduce((sum, account) => sum + amount(rowOf(view, account)), 0);
  }

  #accounts(): number[] {
    return this.#world.agents.filter((agent) => agent instanceof CarryTrader).map(({ account }) => account);
  }
}
