import type { LiquidationReport, RegimeRow, TrancheReport } from "../report/data.js";
import { fromWad, sum, WAD } from "../units.js";
import { big, type ChainEvent, small } from "../world/events.js";
import type { View } from "../world/view.js";
import type { Step } from "../world/world.js";
import { total as sumOf } from "./groups.js";
import { gini, topShare } from "./statistics.js";

/** Width of a break-even bucket, the bucket that begins at 1, and the last one (contracts/libraries/BreakEvenBucket.sol). */
const BUCKET = 1.02;
const BUCKET_OF_ONE = 1_050;
const LAST_BUCKET = 2_047;

/** Events of a transaction that is part of a deleveraging. */
const DELEVERAGING = new Set(["TrancheDeleveraged", "CounterpartyDeleveraged", "DeleveragingQueued"]);

/** A call of the waterfall while its events are read. */
type Call = { -readonly [Field in keyof LiquidationReport]: LiquidationReport[Field] };

/** The part of a row that events and positions up to the parting of the branches decide. */
export type TrunkRow = Omit<
  RegimeRow,
  | "regime"
  | "backstopResult"
  | "directionalResult"
  | "directionalCost"
  | "makersDeltaBefore"
  | "makersDeltaAfter"
  | "coveredMakersDeltaAfter"
  | "otherMakersDeltaAfter"
  | "makersResultRecovery"
  | "makersResultBelow"
  | "depthBefore"
  | "depthLaterRecovery"
  | "depthLaterBelow"
  | "actions"
  | "accounts"
>;

/** Adds up what the events of a run say. USD and base, as decimal numbers. */
export class Tally {
  readonly liquidations: LiquidationReport[] = [];
  readonly #tranches = new Map<number, { tornUp: number; charged: number }>();
  /** Base closed by deleveraging, by account, and everybody who was in profit when it began. */
  readonly #burden = new Map<number, number>();
  #winners: readonly number[] = [];
  #deleveragedBase = 0;
  /** Of it, base of shorts covered by spot in their account. */
  #hedgedBase = 0;
  /** What winners paid by being closed off the mark. */
  #conceded = 0;
  #deleveragings = 0;
  #gas = 0;
  #touches = 0;
  #firstLiquidation: number | null = null;
  #firstDeleveraging: number | null = null;

  /** Takes in a block. */
  observe(step: Step): void {
    const calls = new Map<number, Call>();
    for (const event of step.events) this.#take(event, step, calls);
    this.liquidations.push(...calls.values());
    this.#gas += deleveragingGas(step);
    if (step.tornUp.length > 0) this.#attribute(step);
  }

  /** Average price at which positions were deleveraged; undefined if none was. */
  get averagePrice(): number | undefined {
    const notional = this.#total("deleveraged");
    return this.#deleveragedBase === 0 ? undefined : notional / this.#deleveragedBase;
  }

  /** The numbers up to now, given the state. */
  row(view: View): TrunkRow {
    const deleveraged = this.#total("deleveraged");
    const liquidated = this.#total("book") + this.#total("backstop") + deleveraged + this.#total("closedAtMark");
    const outstanding = -fromWad(sum([...view.accounts.values()].map(({ equity }) => (equity < 0n ? equity : 0n))));
    const insurance = this.#total("insured");
    const winners = this.#total("charged") + this.#conceded;
    const socialised = this.#total("socialised");
    const burdens = this.#winners.map((account) => this.#burden.get(account) ?? 0);
    const [first, closing] = [this.#firstLiquidation, this.#firstDeleveraging];
    return {
      liquidatedNotional: liquidated,
      deleveragedNotional: deleveraged,
      deleveragedShare: liquidated === 0 ? 0 : deleveraged / liquidated,
      secondsToDeleveraging: first === null || closing === null ? null : closing - first,
      averageDeleveragingPrice: this.averagePrice ?? null,
      badDebt: insurance + winners + socialised + outstanding,
      paidByInsurance: insurance,
      paidByWinners: winners,
      socialised: socialised + outstanding,
      hedgedClosed: this.#hedgedBase,
      directionalClosed: sumOf(this.#burden.values()) - this.#hedgedBase,
      accountsTouched: this.#burden.size,
      gini: gini(burdens),
      topTenShare: topShare(burdens, 10),
      gasPerDeleveraging: this.#deleveragings === 0 ? null : this.#gas / this.#deleveragings,
      gasPerAccount: this.#touches === 0 ? null : this.#gas / this.#touches,
    };
  }

  /** What deleveraging took, by tranche, in the order of the keys. */
  tranches(): TrancheReport[] {
    return [...this.#tranches]
      .sort(([left], [right]) => left - right)
      .map(([key, taken]) => {
        const short = key >> 15 === 1;
        const rank = key & LAST_BUCKET;
        const bucket = (short ? LAST_BUCKET - rank : rank) - BUCKET_OF_ONE;
        const edges = { from: BUCKET ** bucket, to: BUCKET ** (bucket + 1) };
        return { side: short ? "short" : "long", class: (key >> 11) & 15, ...edges, ...taken };
      });
  }

  #total(field: "book" | "backstop" | "deleveraged" | "closedAtMark" | "insured" | "charged" | "socialised"): number {
    return this.liquidations.reduce((total, call) => total + call[field], 0);
  }

  #take(event: ChainEvent, step: Step, calls: Map<number, Call>): void {
    const { time, mark } = step.view;
    switch (event.name) {
      case "Liquidation":
        this.#firstLiquidation ??= time;
        callOf(event, step, calls);
        break;
      case "PositionLiquidated":
        callOf(event, step, calls).book += fromWad(big(event, "paid"));
        break;
      case "PositionTakenOver":
        callOf(event, step, calls).backstop += baseOf(event) * fromWad(big(event, "price"));
        break;
      case "DeficitInsured":
        callOf(event, step, calls).insured += fromWad(big(event, "paid"));
        break;
      case "QueueDeleveraged":
        callOf(event, step, calls).insured += fromWad(big(event, "insured"));
        this.#deleveragings++;
        break;
      case "PositionDeleveraged":
        callOf(event, step, calls).charged += fromWad(big(event, "charged"));
        this.#deleveragings++;
        this.#close(event, step, calls);
        break;
      case "CounterpartyDeleveraged":
        this.#close(event, step, calls);
        break;
      case "LossSocialised":
        // The ledger reports the same loss once more, without a size.
        if (!("size" in event.arguments)) break;
        callOf(event, step, calls).closedAtMark += baseOf(event) * mark;
        callOf(event, step, calls).socialised += fromWad(big(event, "loss"));
        break;
      case "TrancheDeleveraged": {
        const taken = this.#tranches.get(small(event, "key")) ?? { tornUp: 0, charged: 0 };
        taken.tornUp += fromWad(big(event, "tornUp"));
        taken.charged += fromWad(big(event, "charged"));
        this.#tranches.set(small(event, "key"), taken);
        break;
      }
    }
  }

  /** A winner who closes against a bankrupt long buys: above the mark it pays the difference. */
  #close(event: ChainEvent, step: Step, calls: Map<number, Call>): void {
    const base = baseOf(event);
    if (base === 0) return;
    const price = fromWad(big(event, "price"));
    const above = big(event, "size") > 0n ? price - step.view.mark : step.view.mark - price;
    this.#firstDeleveraging ??= step.view.time;
    this.#deleveragedBase += base;
    this.#conceded += base * above;
    callOf(event, step, calls).deleveraged += base * price;
  }

  /** Who bore a block's deleveraging. */
  #attribute(step: Step): void {
    if (this.#winners.length === 0) this.#winners = inProfit(step.before);
    for (const { account, size } of step.tornUp) {
      if (isCovered(step.before, account)) this.#hedgedBase += fromWad(size);
      this.#burden.set(account, (this.#burden.get(account) ?? 0) + fromWad(size));
    }
    this.#touches += step.tornUp.length;
  }
}

/**
 * What a block's deleveraging cost: the calls that did it, and under the queue also those that put an account into it and those
 * whose list was out of date.
 */
function deleveragingGas({ events, actions }: Step): number {
  const calls = new Set(events.filter(({ name }) => DELEVERAGING.has(name)).map(({ transaction }) => transaction));
  return actions.reduce(
    (gas, action, index) => (calls.has(index) || action.what === "queue" ? gas + action.gas : gas),
    0,
  );
}

function callOf(event: ChainEvent, { view, actions }: Step, calls: Map<number, Call>): Call {
  let call = calls.get(event.transaction);
  if (call === undefined) {
    const gas = actions[event.transaction]?.gas ?? 0;
    const nothing = { book: 0, backstop: 0, deleveraged: 0, closedAtMark: 0, insured: 0, charged: 0, socialised: 0 };
    call = { time: view.time, account: small(event, "account"), ...nothing, gas };
    calls.set(event.transaction, call);
  }
  return call;
}

function baseOf(event: ChainEvent): number {
  return Math.abs(fromWad(big(event, "size")));
}

/** A short is covered by spot in its own account from this share on (mechanism section 4). */
const COVERED = { of: 100n, atLeast: 95n };

function isCovered(view: View, account: number): boolean {
  const row = view.accounts.get(account);
  return row !== undefined && row.size < 0n && row.spot * COVERED.of >= -row.size * COVERED.atLeast;
}

/** Accounts whose position is in profit at mark. */
function inProfit(view: View): number[] {
  return [...view.accounts.values()]
    .filter(({ size, quote }) => size !== 0n && (size * view.market.mark) / WAD + quote > 0n)
    .map(({ account }) => account);
}
