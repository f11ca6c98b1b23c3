import type { NetworkManager } from "hardhat/types/network";

import type { Artifacts } from "../deployment/artifacts.js";
import type { Policy, DeficitMode } from "../deployment/parameters.js";
import type { World } from "../world/world.js";
import type { PricePath } from "../world/prices.js";
import type { RegimeReport } from "../report/data.js";
import type { Step } from "../world/world.js";
import type { Parameters, Values } from "./parameters.js";

/** How a bankrupt position is deleveraged: one of the enforced policies, or the industry's queue. */
export type Regime = Policy | "Queue";

/** The regimes every paired comparison knows. */
export const REGIMES: readonly Regime[] = ["ProRata", "ProfitFirst", "LeverageFirst", "Queue"];

/** A stretch of time with a pace of its own. */
export interface Stage {
  readonly name: string;
  /** Unix seconds; blocks are mined in (from, until]. */
  readonly from: number;
  readonly until: number;
  /** Seconds between blocks. */
  readonly pace: number;
}

/** A continuation of the world from the same moment on another price path. */
export interface Branch {
  readonly id: string;
  readonly title: string;
  readonly stages: readonly Stage[];
  /** The outside price from the moment of branching on, given the average price at which deleveraging closed positions. */
  prices(averageDeleveragingPrice: number): PricePath;
}

/** A kind of claim a scenario makes about itself (lab.md): the attack works without the defence, does not with it, or what it costs. */
export type ExpectationKind = "off" | "on" | "control";

/** A claim about the result. */
export interface Expectation<Result> {
  readonly kind: ExpectationKind;
  readonly sentence: string;
  /** Whether it holds for the results of a comparison; undefined if they do not tell. */
  holds(results: readonly Result[]): boolean | undefined;
}

/** A source of a number, for the report. */
export interface Source {
  readonly what: string;
  readonly where: string;
}

/** A figure or a word of a table or a note; null is one that is not known. */
export type Cell = string | number | null;

/** A table of what a comparison found, beside a record or a closed form. */
export interface Findings {
  readonly id: string;
  readonly title: string;
  /** What to see in it, in a sentence or two. */
  readonly caption: string;
  readonly columns: readonly string[];
  /** The first cell of a row is its heading. Numbers are as they are in the JSON. */
  readonly rows: readonly (readonly Cell[])[];
}

/** A row of figures a scenario takes down of its own. */
export type Note = Readonly<Record<string, Cell>>;

/** Takes down what a scenario tells beside what every run tells. */
export interface Recorder {
  /** Takes in a block of the trunk or of a branch; a branch begins where the trunk ended. */
  observe(step: Step, branch: string): void | Promise<void>;
  /** Everything taken down, once the run is over. */
  notes(): readonly Note[];
}

/** An assumption and the values it is tried with, all else as in a small run. */
export interface Variation {
  readonly parameter: string;
  readonly values: readonly number[];
}

/** What one run of a scenario is told beside its parameters. */
export interface Setting<P extends Parameters> {
  readonly seed: number;
  readonly regime: Regime;
  readonly deficitMode: DeficitMode;
  readonly values: Values<P>;
}

/** A world at its beginning and what is to happen to it. */
export interface Staging {
  readonly world: World;
  readonly prices: PricePath;
  readonly stages: readonly Stage[];
  readonly branches: readonly Branch[];
  /** When the shock begins: what came before is the state things are compared with. */
  readonly shockAt: number;
  /** Participants whose fate in deleveraging is told one by one, by name. */
  readonly followed?: readonly string[];
  readonly recorder?: Recorder;
}

/** What the lab needs from its host to build worlds. */
export interface Host {
  readonly network: NetworkManager;
  readonly artifacts: Artifacts;
  /** Told of a world as soon as its exchange is deployed and before anybody does anything. */
  readonly watch?: (world: World) => Promise<void>;
}

/** A story told on a chain: who takes part, what happens to them, and what is claimed of the outcome. */
export interface Scenario<P extends Parameters, Result> {
  readonly id: string;
  readonly title: string;
  /** Name of the base asset, for labels. */
  readonly base?: string;
  /** How long after the crash its branches end, as a label begins; two hours without it. */
  readonly ends?: string;
  /** The story in a few sentences. */
  readonly story: string;
  /** Who takes part, and how they behave. */
  readonly actors: Readonly<Record<string, string>>;
  /** What is done to the world, apart from how people are assumed to behave in it. */
  readonly shocks: Parameters;
  readonly assumptions: Parameters;
  readonly parameters: P;
  readonly regimes: readonly Regime[];
  /** Settings of a run made small, for `--quick`; the same as the whole one without them. */
  readonly quick?: Readonly<Record<string, string>>;
  /** Assumptions varied one at a time, in small runs beside every whole one. */
  readonly variations?: readonly Variation[];
  readonly sources: readonly Source[];
  /** What the model leaves out or cannot know. */
  readonly limits: readonly string[];
  readonly expectations: readonly Expectation<Result>[];
  /** What happened, in sentences of its own that stand before those of every report. */
  outcome?(results: readonly Result[]): readonly string[];
  /** Tables of its own for the report and the JSON. */
  findings?(results: readonly Result[]): readonly Findings[];
  stage(host: Host, setting: Setting<P>): Promise<Staging>;
}

/** A scenario as the command line knows it: whatever its parameters, judged by its report. */
export type ReportedScenario = Scenario<Parameters, RegimeReport>;
