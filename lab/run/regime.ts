import { type Custody, MarketMaker } from "../agents/maker.js";
import { Probe, type Violation } from "../probe/probe.js";
import type { MakerReport, RegimeReport, Sample } from "../report/data.js";
import type { Parameters } from "../scenario/parameters.js";
import type { Host, Scenario, Setting, Stage, Staging } from "../scenario/scenario.js";
import { fromWad } from "../units.js";
import type { PricePath } from "../world/prices.js";
import { rowOf, type View } from "../world/view.js";
import type { Step, World } from "../world/world.js";
import { delta, ledgerMoney, total, wealth } from "./groups.js";
import { Fates } from "./fates.js";
import { Journal } from "./journal.js";
import { Takings } from "./takings.js";
import { Tally } from "./tally.js";

/** Depth is counted this far from the index. */
const DEPTH_REACH = 0.01;

/** Told how many blocks are done, of how many. */
export type Progress = (done: number, of: number) => void;

/** One run: what the report needs, and everything that happened. */
export interface RegimeRun {
  readonly report: RegimeReport;
  readonly journal: Journal;
}

/** What the groups and makers had at a moment, and the depth of the book. */
interface Holdings {
  readonly money: ReadonlyMap<string, number>;
  readonly makers: ReadonlyMap<string, { readonly wealth: number; readonly delta: number; readonly custody: Custody }>;
  /** Base within reach of the index, both sides. */
  readonly depth: number;
}

/** Runs a scenario under one regime: the shared trunk, then every branch from the same moment. */
export async function runRegime<P extends Parameters>(
  host: Host,
  scenario: Scenario<P, RegimeReport>,
  setting: Setting<P>,
  progress: Progress,
): Promise<RegimeRun> {
  const staging = await scenario.stage(host, setting);
  const done = await new RegimeRunner(staging, setting.regime, progress).run();
  await staging.world.chain.close();
  return done;
}

class RegimeRunner {
  readonly #staging: Staging;
  readonly #world: World;
  readonly #regime: string;
  readonly #progress: Progress;
  readonly #blocks: number;
  readonly #probe: Probe;
  readonly #tally = new Tally();
  readonly #fates: Fates;
  readonly #takings = new Takings();
  readonly #journal: Journal;
  readonly #series: Sample[] = [];
  #actions = 0;
  #steps = 0;
  #violation: Violation | undefined;

  constructor(staging: Staging, regime: string, progress: Progress) {
    this.#staging = staging;
    this.#world = staging.world;
    this.#regime = regime;
    this.#progress = progress;
    this.#probe = new Probe(staging.world);
    this.#fates = new Fates(staging.followed ?? []);
    this.#journal = new Journal(regime);
    const every = [...staging.stages, ...staging.branches.flatMap(({ stages }) => stages)];
    this.#blocks = total(every.map(({ from, until, pace }) => Math.floor((until - from) / pace)));
  }

  async run(): Promise<RegimeRun> {
    const { prices, stages, branches, shockAt } = this.#staging;
    const first = stages[0];
    if (first === undefined) throw new RangeError("a scenario without stages");
    this.#violation = await this.#probe.begin(await this.#world.begin(prices.at(first.from), first.name));
    this.#actions = this.#world.preparations.length;
    this.#journal.prepare(this.#world.preparations);
    let before: Holdings | undefined;
    for (const stage of stages) {
      if (stage.from >= shockAt) before ??= await this.#holdings();
      await this.#play(stage, prices, "trunk");
    }
    before ??= await this.#holdings();
    const parting = await this.#holdings();
    const row = this.#tally.row(this.#world.view);
    const average = this.#tally.averagePrice ?? this.#world.view.mark;
    const ends = new Map<string, Holdings>();
    for (const branch of branches) {
      const moment = await this.#world.remember();
      for (const stage of branch.stages) await this.#play(stage, branch.prices(average), branch.id);
      ends.set(branch.id, await this.#holdings());
      await this.#world.rewind(moment);
    }
    return { journal: this.#journal, report: this.#report(row, before, parting, ends) };
  }

  async #play({ name, from, until, pace }: Stage, prices: PricePath, branch: string): Promise<void> {
    for (let time = from + pace; time <= until && this.#violation === undefined; time += pace) {
      if (time <= this.#world.chain.timestamp) continue;
      const step = await this.#world.step(time, prices.at(time), name);
      this.#violation = await this.#probe.check(step);
      this.#take(step, branch);
      await this.#staging.recorder?.observe(step, branch);
      this.#progress(++this.#steps, this.#blocks);
    }
  }

  #take(step: Step, branch: string): void {
    this.#actions += step.actions.length;
    const sample = this.#sample(step.view);
    if (branch === "trunk") this.#observe(step);
    if (branch === "trunk" || branch === this.#staging.branches[0]?.id) this.#series.push(sample);
    this.#journal.write(step, sample, branch);
  }

  #observe(step: Step): void {
    this.#tally.observe(step);
    this.#fates.observe(step);
    this.#takings.observe(step);
  }

  #sample(view: View): Sample {
    const { exchange } = this.#world;
    const { insuranceFund, backstopVault, backstopInventory } = exchange.accounts;
    const makers = this.#makers().map(({ account }) => rowOf(view, account));
    return {
      time: view.time,
      stage: view.stage,
      reference: view.reference,
      pool: view.poolPrice,
      index: view.index,
      mark: view.mark,
      bidDepth: this.#depth(view, true),
      askDepth: this.#depth(view, false),
      openInterest: fromWad(view.market.longOpenInterest),
      insurance: fromWad(rowOf(view, insuranceFund).equity),
      backstop: fromWad(rowOf(view, backstopVault).equity + rowOf(view, backstopInventory).equity),
      makersDelta: total(makers.map(delta)),
      makersEquity: total(makers.map((row) => wealth(row, view))),
    };
  }

  /** Base resting on a side within reach of the index. */
  #depth(view: View, buy: boolean): number {
    return fromWad(this.#world.orders.depth(buy, view.market.index, DEPTH_REACH));
  }

  #makers(): MarketMaker[] {
    return this.#world.agents.filter((agent) => agent instanceof MarketMaker);
  }

  async #holdings(): Promise<Holdings> {
    const { view } = this.#world;
    const makers = this.#makers().map(({ name, account, custody }) => {
      const row = rowOf(view, account);
      return [name, { wealth: wealth(row, view), delta: delta(row), custody }] as const;
    });
    const fees = fromWad(await this.#world.feesAccrued());
    const depth = this.#depth(view, true) + this.#depth(view, false);
    return { money: ledgerMoney(this.#world, view, fees), makers: new Map(makers), depth };
  }

  #report(
    row: ReturnType<Tally["row"]>,
    before: Holdings,
    parting: Holdings,
    ends: ReadonlyMap<string, Holdings>,
  ): RegimeReport {
    const [recovery, below] = [ends.get("recovery"), ends.get("below")];
    const makers = [...before.makers].map(([name, start]): MakerReport => {
      const made = (end: Holdings | undefined): number | undefined =>
        end === undefined ? undefined : (end.makers.get(name)?.wealth ?? 0) - start.wealth;
      return {
        name,
        custody: start.custody,
        deltaBefore: start.delta,
        deltaAfter: parting.makers.get(name)?.delta ?? 0,
        ...told({ resultRecovery: made(recovery), resultBelow: made(below) }),
      };
    });
    const groups = [...before.money].map(([group, money]) => [group, (parting.money.get(group) ?? 0) - money] as const);
    return {
      regime: this.#regime,
      row: {
        regime: this.#regime,
        ...row,
        backstopResult: (parting.money.get("backstop") ?? 0) - (before.money.get("backstop") ?? 0),
        directionalResult: (parting.money.get("shorts") ?? 0) - (before.money.get("shorts") ?? 0),
        makersDeltaBefore: total(makers.map(({ deltaBefore }) => deltaBefore)),
        makersDeltaAfter: total(makers.map(({ deltaAfter }) => deltaAfter)),
        coveredMakersDeltaAfter: deltaAfter(makers, "account"),
        otherMakersDeltaAfter: deltaAfter(makers, "wallet"),
        ...told({
          makersResultRecovery: recovery && total(makers.map(({ resultRecovery = 0 }) => resultRecovery)),
          makersResultBelow: below && total(makers.map(({ resultBelow = 0 }) => resultBelow)),
        }),
        depthBefore: before.depth,
        ...told({ depthLaterRecovery: recovery?.depth, depthLaterBelow: below?.depth }),
        actions: this.#actions,
        accounts: this.#world.view.accounts.size,
      },
      series: this.#series,
      liquidations: this.#tally.liquidations,
      tranches: this.#tally.tranches(),
      makers,
      groups: Object.fromEntries(groups),
      ...(this.#staging.followed === undefined ? {} : { fates: this.#fates.of(this.#world.agents) }),
      ...(this.#takings.all.length === 0 ? {} : { takings: this.#takings.all }),
      ...(this.#staging.recorder === undefined ? {} : { notes: this.#staging.recorder.notes() }),
      properties: {
        checked: Probe.checked,
        steps: this.#steps,
        ...(this.#violation === undefined ? {} : { violation: describe(this.#violation) }),
      },
    };
  }
}

function deltaAfter(makers: readonly MakerReport[], custody: Custody): number {
  return total(makers.filter((maker) => maker.custody === custody).map((maker) => maker.deltaAfter));
}

/** The figures there are, without those that are undefined. */
function told<Name extends string>(figures: Readonly<Record<Name, number | undefined>>): { [Key in Name]?: number } {
  return Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined)) as {
    [Key in Name]?: number;
  };
}

function describe({ property, sentence, step, time, detail }: Violation): string {
  return `${property} (${sentence}) fails at step ${step}, ${new Date(time * 1_000).toISOString()}: ${detail}`;
}
