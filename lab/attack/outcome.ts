import type { LayerId } from "../deployment/defences.js";
import type { Settlement } from "./settlement.js";
import type { WrongfulLiquidation } from "./wrongful.js";

/** The world after a block of a story. Prices are quote per base, amounts whole units of quote or base, decimal. */
export interface AttackSample {
  /** Unix seconds. */
  readonly time: number;
  /** The sentence of the story the block belongs to. */
  readonly stage: string;
  readonly reference: number;
  readonly pool: number;
  readonly index: number;
  readonly mark: number;
  readonly openInterest: number;
  /** Base resting within one per cent of the index. */
  readonly bidDepth: number;
  readonly askDepth: number;
  readonly insurance: number;
  readonly backstop: number;
  /** What the attacker has gained so far, without gas, positions at the reference price. */
  readonly attacker: number;
}

/** Something that was done, in the story's words. */
export interface TimelineEntry {
  readonly time: number;
  readonly step: number;
  readonly who: readonly string[];
  readonly sentence: string;
  /** The contract's own error, where it was refused. */
  readonly refusal?: string;
  readonly mark: number;
  readonly index: number;
  readonly pool: number;
}

/** What was checked, and what did not hold. */
export interface Properties {
  readonly checked: readonly string[];
  readonly steps: number;
  readonly violation?: string;
}

/** What one run of an attack came to; every number is read from the chain. */
export interface Outcome extends Settlement {
  readonly scenario: string;
  readonly seed: number;
  readonly honest: boolean;
  /** Layers of the scenario that were on, and those that were off. */
  readonly defences: readonly LayerId[];
  readonly off: readonly LayerId[];
  readonly parameters: Readonly<Record<string, number>>;
  /** Notional at the reference price of what was liquidated of accounts that were above maintenance at it, quote. */
  readonly wrongfulLiquidations: number;
  readonly wrongful: readonly WrongfulLiquidation[];
  /** Notional at the reference price of everything liquidated, quote. */
  readonly liquidated: number;
  /** The scenario's own. */
  readonly figures: Readonly<Record<string, number | null>>;
  readonly properties: Properties;
  readonly actions: number;
  readonly series: readonly AttackSample[];
  readonly timeline: readonly TimelineEntry[];
}
