import type { Findings, Note } from "../scenario/scenario.js";

/** What one regime did in a run: what the report draws and tabulates. Quote amounts are whole units, sizes base, both decimal. */
export interface RegimeReport {
  readonly regime: string;
  readonly row: RegimeRow;
  readonly series: readonly Sample[];
  readonly liquidations: readonly LiquidationReport[];
  readonly tranches: readonly TrancheReport[];
  readonly makers: readonly MakerReport[];
  /**
   * Profit and loss on the exchange by group of participants, from the shock to its end with positions at the mark: crowd, shorts,
   * makers, backstop, insurance, fees, liquidators. They add up to zero.
   */
  readonly groups: Readonly<Record<string, number>>;
  /** Named sentences of properties that were checked, and the first violation if there was one. */
  readonly properties: { readonly checked: readonly string[]; readonly steps: number; readonly violation?: string };
  /** What deleveraging made of the participants the scenario follows. */
  readonly fates?: readonly Fate[];
  /** What every block of deleveraging at an unmoved mark took from winners. */
  readonly takings?: readonly Taking[];
  /** What the scenario took down of its own. */
  readonly notes?: readonly Note[];
  /** The same of small runs, each with one assumption changed. */
  readonly varied?: readonly Varied[];
}

/** A small run with one assumption changed. */
export interface Varied {
  readonly parameter: string;
  readonly value: number;
  readonly notes: readonly Note[];
}

/** What deleveraging made of one account: just before the first of it, and at the end. */
export interface Fate {
  readonly name: string;
  /** Base before, its break-even price, and base of it that deleveraging closed. */
  readonly size: number;
  readonly breakEven: number;
  readonly closed: number;
  readonly equityBefore: number;
  readonly equityAfter: number;
  /** Notional at mark over equity. */
  readonly leverageBefore: number;
  readonly leverageAfter: number;
}

/** What one block of deleveraging took from winners, beside what it needed. Quote. */
export interface Taking {
  readonly time: number;
  /** What the bankrupt accounts lacked after insurance. */
  readonly needed: number;
  /** What all others' equity fell by at the same mark, funding apart. */
  readonly taken: number;
  /** Taken less needed, subtracted before either was rounded to a decimal number. */
  readonly overshoot: number;
}

/** The comparison table: one row per regime; also what `summary.json` holds. */
export interface RegimeRow {
  readonly regime: string;
  readonly liquidatedNotional: number;
  readonly deleveragedNotional: number;
  readonly deleveragedShare: number;
  /** From the first liquidation to the first deleveraging; null if there was none. */
  readonly secondsToDeleveraging: number | null;
  readonly averageDeleveragingPrice: number | null;
  readonly badDebt: number;
  readonly paidByInsurance: number;
  readonly paidByWinners: number;
  readonly socialised: number;
  readonly backstopResult: number;
  readonly accountsTouched: number;
  readonly gini: number;
  readonly topTenShare: number;
  /** Base closed by deleveraging of shorts that spot in the same account covered by 95 % or more, and of everybody else. */
  readonly hedgedClosed: number;
  readonly directionalClosed: number;
  /** Profit and loss of directional shorts from the shock to its end, quote. */
  readonly directionalResult: number;
  /** How much worse that is than under pro rata, quote: what they pay for the protection of others. Only where pro rata was run beside it. */
  readonly directionalCost?: number;
  readonly makersDeltaBefore: number;
  readonly makersDeltaAfter: number;
  /** Of the delta after: makers whose spot is in their account, and makers whose spot is elsewhere. */
  readonly coveredMakersDeltaAfter: number;
  readonly otherMakersDeltaAfter: number;
  /** What makers gained or lost until the end of either branch, spot elsewhere included, quote; absent without such a branch. */
  readonly makersResultRecovery?: number;
  readonly makersResultBelow?: number;
  /** Base resting within one per cent of the index on both sides: before the shock, and at the end of either branch if there is one. */
  readonly depthBefore: number;
  readonly depthLaterRecovery?: number;
  readonly depthLaterBelow?: number;
  readonly gasPerDeleveraging: number | null;
  readonly gasPerAccount: number | null;
  readonly actions: number;
  readonly accounts: number;
}

/** The world after a block. */
export interface Sample {
  /** Unix seconds. */
  readonly time: number;
  readonly stage: string;
  readonly reference: number;
  readonly pool: number;
  readonly index: number;
  readonly mark: number;
  /** Base resting within one per cent of the index. */
  readonly bidDepth: number;
  readonly askDepth: number;
  /** Base, of either side. */
  readonly openInterest: number;
  readonly insurance: number;
  readonly backstop: number;
  /** Base: perp and spot together, and quote equity including the spot outside the venue, over all makers. */
  readonly makersDelta: number;
  readonly makersEquity: number;
}

/** One liquidation call: how far down the waterfall it went. Quote notional at each step. */
export interface LiquidationReport {
  readonly time: number;
  readonly account: number;
  readonly book: number;
  readonly backstop: number;
  readonly deleveraged: number;
  readonly closedAtMark: number;
  readonly insured: number;
  readonly charged: number;
  readonly socialised: number;
  readonly gas: number;
}

/** What deleveraging took from one tranche over the run. */
export interface TrancheReport {
  readonly side: "long" | "short";
  readonly class: number;
  /** Edges of its bucket of break-even prices. */
  readonly from: number;
  readonly to: number;
  /** Base. */
  readonly tornUp: number;
  /** Quote. */
  readonly charged: number;
}

/** One market maker before and after. */
export interface MakerReport {
  readonly name: string;
  /** Where its spot is: in its account on the venue, or in a wallet the venue cannot see. */
  readonly custody: "account" | "wallet";
  readonly deltaBefore: number;
  readonly deltaAfter: number;
  /** Until the end of either branch; absent without such a branch. */
  readonly resultRecovery?: number;
  readonly resultBelow?: number;
}

/** A whole report. */
export interface ReportData {
  readonly scenario: {
    readonly id: string;
    readonly title: string;
    readonly story: string;
    /** Name of the base asset, for labels. */
    readonly base?: string;
    /** How long after the crash the branches end. */
    readonly ends?: string;
  };
  readonly seed: number;
  readonly parameters: Readonly<Record<string, number | string>>;
  readonly regimes: readonly RegimeReport[];
  /** What happened, in the scenario's own sentences. */
  readonly outcome?: readonly string[];
  /** The scenario's own tables. */
  readonly findings?: readonly Findings[];
  /** What was claimed of the outcome, and whether it held. */
  readonly expectations: readonly { readonly kind: string; readonly sentence: string; readonly held: boolean }[];
  readonly actors: Readonly<Record<string, string>>;
  readonly assumptions: readonly { readonly name: string; readonly value: string; readonly why: string }[];
  readonly shocks: readonly { readonly name: string; readonly value: string; readonly why: string }[];
  readonly sources: readonly { readonly what: string; readonly where: string }[];
  readonly limits: readonly string[];
  /** The command that reproduces it. */
  readonly command: string;
}
