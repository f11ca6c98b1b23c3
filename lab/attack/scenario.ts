import type { LayerId } from "../deployment/defences.js";
import type { DeploymentOptions } from "../deployment/options.js";
import type { Rng } from "../random.js";
import type { Parameters, Values } from "../scenario/parameters.js";
import type { ExpectationKind, Source } from "../scenario/scenario.js";
import type { Outcome } from "./outcome.js";
import type { Stage } from "./stage.js";

/** A number of the incident that the scenario is held to. */
export interface IncidentFigure {
  readonly what: string;
  readonly value: string;
  /** Where it comes from. */
  readonly source: string;
}

/** A number the scenario measures for itself. */
export interface FigureInfo {
  readonly label: string;
  /** "quote", "share", "seconds", "blocks" and the like; "quote" and "share" are printed as money and per cent. */
  readonly unit: string;
}

/** The scenario's own numbers by name. */
export type FigureInfos = Readonly<Record<string, FigureInfo>>;

/** One run's values of them; null where there is nothing to measure. */
export type Figures<F extends FigureInfos> = { readonly [Name in keyof F]: number | null };

/** The values of the main parameter over which the attacker's profit is drawn. */
export interface Grid<P extends Parameters> {
  readonly parameter: keyof P & string;
  readonly values: readonly number[];
}

/** A defence of the scenario: a layer of the exchange, and what it does in this story. */
export interface Defence {
  readonly layer: LayerId;
  readonly here: string;
}

/** The run an expectation of honest flow may be compared with: the same flow without the defences. */
export interface Compared {
  readonly baseline?: Outcome;
}

/** A claim about one of the runs: `off` the attack without the defences, `on` with them, `control` honest flow with them. */
export interface AttackExpectation {
  readonly kind: ExpectationKind;
  readonly sentence: string;
  holds(outcome: Outcome, compared: Compared): boolean;
}

/** What a performance is told. */
export interface Telling<P extends Parameters> {
  readonly seed: number;
  readonly values: Values<P>;
  /** Honest users' flow instead of the attack. */
  readonly honest: boolean;
  /** Whether a layer of the scenario's is switched on. */
  readonly has: (layer: LayerId) => boolean;
  /** Randomness of the story's own. */
  readonly rng: Rng;
}

/** Native currency that gas is paid in. */
export interface GasPrice {
  readonly gwei: number;
  /** Quote per unit of native currency. */
  readonly native: number;
}

/** A gas price that is neither a quiet day's nor a panic's, at 4,000 a unit. */
export const DEFAULT_GAS: GasPrice = { gwei: 1, native: 4_000 };

/** An attack told on a chain: what it is, which defences stand against it, and how it goes. */
export interface AttackScenario<P extends Parameters = Parameters, F extends FigureInfos = FigureInfos> {
  readonly id: string;
  readonly title: string;
  /** Name of the base asset, for labels. */
  readonly base: string;
  /** The story in a few sentences. */
  readonly story: string;
  readonly incident: readonly IncidentFigure[];
  readonly actors: Readonly<Record<string, string>>;
  /** What is done to the world, apart from how people are assumed to behave in it. */
  readonly shocks: Parameters;
  readonly assumptions: Parameters;
  /** Both together. */
  readonly parameters: P;
  readonly defences: readonly Defence[];
  readonly grid: Grid<P>;
  readonly figures: F;
  /** The figure that says what the defences cost honest users, for tables of all scenarios. */
  readonly cost?: keyof F & string;
  readonly sources: readonly Source[];
  /** What the story leaves out or cannot know. */
  readonly limits: readonly string[];
  readonly expectations: readonly AttackExpectation[];
  readonly gas?: GasPrice;
  /** The exchange with all its defences; the frame leaves out those that are off. */
  deployment(telling: Telling<P>): DeploymentOptions;
  /** Tells the story and returns the scenario's own figures. */
  play(stage: Stage, telling: Telling<P>): Promise<Figures<F>>;
}

/** Declares an attack; the types of its parameters and figures are those of the declaration. */
export function attack<const P extends Parameters, const F extends FigureInfos>(
  scenario: AttackScenario<P, F>,
): AttackScenario {
  return scenario as unknown as AttackScenario;
}
