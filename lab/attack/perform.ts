import { deployExchange } from "../deployment/deploy.js";
import { isLayer, type LayerId, LAYERS, UnswitchableLayer } from "../deployment/defences.js";
import { Probe } from "../probe/probe.js";
import { Rng } from "../random.js";
import { Journal } from "../run/journal.js";
import { UsageError } from "../scenario/parameters.js";
import type { Host } from "../scenario/scenario.js";
import { NoPool } from "../spot/none.js";
import { PoolMarket } from "../spot/pool.js";
import { fromTokens, fromWad } from "../units.js";
import { CrossfireVenue } from "../venues/crossfire.js";
import { Chain } from "../world/chain.js";
import { OrderIndex } from "../world/orders.js";
import type { View } from "../world/view.js";
import { World } from "../world/world.js";
import type { AttackSample, Outcome } from "./outcome.js";
import { type AttackScenario, DEFAULT_GAS, type Telling } from "./scenario.js";
import { Accounting } from "./settlement.js";
import { type Ground, PropertyBroken, Stage } from "./stage.js";
import { WrongfulLiquidations } from "./wrongful.js";

/** When every story begins, unix seconds: 1 January 2026, 00:00 UTC. */
const START = 1_767_225_600;

/** Keys a story can hand out beside the deployer's and the reporter's. */
const WALLETS = 126;

/** Depth is counted this far from the index. */
const DEPTH_REACH = 0.01;

/** What decides one run of a scenario. */
export interface Performance {
  readonly seed: number;
  readonly values: Readonly<Record<string, number>>;
  /** Layers of the scenario's that are switched off. */
  readonly off: readonly LayerId[];
  readonly honest: boolean;
}

/** One run: what it came to, and everything that happened. */
export interface Performed {
  readonly outcome: Outcome;
  readonly journal: Journal;
}

/** Runs a scenario once on a chain of its own. */
export async function perform(host: Host, scenario: AttackScenario, performance: Performance): Promise<Performed> {
  const { seed, values, off, honest } = performance;
  const on = scenario.defences.map(({ layer }) => layer).filter((layer) => !off.includes(layer));
  const rng = Rng.of(seed, "story");
  const telling: Telling<Record<string, never>> = { seed, values, honest, has: (layer) => on.includes(layer), rng };
  const ground = await build(host, scenario, telling, off);
  const run = new Run(scenario, performance, ground, on);
  return run.tell(telling);
}

/** A chain with the exchange on it, without the layers that are off. */
async function build(
  host: Host,
  scenario: AttackScenario,
  telling: Telling<Record<string, never>>,
  off: readonly LayerId[],
): Promise<Ground> {
  const chain = await Chain.create(host.network, telling.seed, WALLETS + 2, START);
  const options = scenario.deployment(telling);
  const sender = chain.sender(chain.addresses[0] ?? "");
  const { exchange, pool } = await deployExchange(sender, host.artifacts, {
    ...options,
    off: [...(options.off ?? []), ...off],
  });
  const orders = new OrderIndex();
  const venue = new CrossfireVenue(exchange, orders);
  const spot = pool === undefined ? new NoPool() : await PoolMarket.of(chain, pool);
  const world = new World({ chain, exchange, venue, spot, seed: telling.seed, orders });
  await host.watch?.(world);
  return { world, pool, artifacts: host.artifacts, addresses: chain.addresses };
}

/** Checks that layers belong to a scenario and can be switched. */
export function layersOf(scenario: AttackScenario, names: readonly string[]): LayerId[] {
  return names.map((name) => {
    const known = scenario.defences.map(({ layer }) => layer);
    if (isLayer(name) && known.includes(name)) return name;
    throw new UsageError(`${scenario.id} has no defence ${name}; it has ${known.join(", ")}`);
  });
}

class Run {
  readonly #scenario: AttackScenario;
  readonly #performance: Performance;
  readonly #on: readonly LayerId[];
  readonly #world: World;
  readonly #stage: Stage;
  readonly #journal: Journal;
  readonly #series: AttackSample[] = [];
  readonly #wrongful: WrongfulLiquidations;
  readonly #accounting: Accounting;
  #steps = 0;

  constructor(scenario: AttackScenario, performance: Performance, ground: Ground, on: readonly LayerId[]) {
    this.#scenario = scenario;
    this.#performance = performance;
    this.#on = on;
    const { world } = ground;
    this.#world = world;
    this.#journal = new Journal(legName(performance));
    const watcher = {
      begun: (view: View) => void this.#series.push(this.#sample(view)),
      stepped: (...[step, sentence]: Parameters<Run["stepped"]>) => {
        this.stepped(step, sentence);
      },
      spent: (wallet: string, gas: number) => {
        this.#accounting.spent(wallet, gas);
      },
    };
    let accounting: Accounting | undefined;
    this.#stage = new Stage(ground, watcher, ({ wallets, lenders }) => {
      const parts = { world, wallets, lenders, deployer: ground.addresses[0] ?? "", pool: ground.pool?.address };
      return (accounting = new Accounting(parts));
    });
    if (accounting === undefined) throw new Error("a stage without accounts");
    this.#accounting = accounting;
    this.#wrongful = new WrongfulLiquidations(world, (account) => this.#exempt(account));
  }

  async tell(telling: Telling<Record<string, never>>): Promise<Performed> {
    await this.#accounting.open();
    let figures: Outcome["figures"] = {};
    let violation: string | undefined;
    try {
      figures = await this.#scenario.play(this.#stage, telling);
    } catch (error) {
      if (!(error instanceof PropertyBroken)) throw error;
      violation = error.message;
    }
    const { gas = DEFAULT_GAS, id, defences } = this.#scenario;
    const settlement = await this.#accounting.settle(this.#stage.reference, gas, this.#stage.transactions);
    const { seed, honest, values } = this.#performance;
    const properties = { checked: Probe.checked, steps: this.#steps };
    const outcome: Outcome = {
      scenario: id,
      seed,
      honest,
      defences: this.#on,
      off: defences.map(({ layer }) => layer).filter((layer) => !this.#on.includes(layer)),
      parameters: values,
      ...settlement,
      wrongfulLiquidations: this.#wrongful.total,
      wrongful: this.#wrongful.found,
      liquidated: this.#wrongful.liquidated,
      figures,
      properties: violation === undefined ? properties : { ...properties, violation },
      actions: this.#stage.transactions,
      series: this.#series,
      timeline: this.#stage.timeline,
    };
    return { outcome, journal: this.#journal };
  }

  /** Takes in a block. */
  stepped(step: Parameters<Journal["write"]>[0], sentence: string): void {
    this.#steps++;
    this.#wrongful.observe(step);
    const sample = this.#sample(step.view, sentence);
    this.#series.push(sample);
    this.#journal.write(step, sample, sentence);
  }

  #sample(view: View, sentence = view.stage): AttackSample {
    const { orders, exchange } = this.#world;
    const { insuranceFund, backstopVault, backstopInventory } = exchange.accounts;
    const equity = (account: number): number => fromWad(view.accounts.get(account)?.equity ?? 0n);
    const depth = (buy: boolean): number => fromWad(orders.depth(buy, view.market.index, DEPTH_REACH));
    return {
      time: view.time,
      stage: sentence,
      reference: view.reference,
      pool: view.poolPrice,
      index: view.index,
      mark: view.mark,
      openInterest: fromWad(view.market.longOpenInterest),
      bidDepth: depth(true),
      askDepth: depth(false),
      insurance: equity(insuranceFund),
      backstop: equity(backstopVault) + equity(backstopInventory),
      attacker: this.#attackerGain(view),
    };
  }

  #attackerGain(view: View): number {
    const { decimals } = this.#world.exchange.settings.base;
    const worth = this.#stage.wallets
      .filter(({ group }) => group === "attacker")
      .map(({ account }) => {
        const row = view.accounts.get(account);
        if (row === undefined) return 0;
        const base = fromWad(row.spot) + Number(row.walletSpot) / 10 ** decimals;
        const claim =
          fromWad(row.cash + row.pending + row.quote) + (fromWad(row.size) + fromWad(row.spot)) * view.reference;
        return Math.max(0, claim) + fromTokens(row.walletQuote) + (base - fromWad(row.spot)) * view.reference;
      });
    const held = worth.reduce((sum, one) => sum + one, 0);
    return held - this.#accounting.endowment("attacker", view.reference);
  }

  /** The attacker's accounts, and those of nobody in the story. */
  #exempt(account: number): boolean {
    const wallet = this.#stage.wallets.find((known) => known.account === account);
    return wallet === undefined || wallet.group === "attacker";
  }
}

/** A run's name in tables and logs. */
export function legName({ off, honest }: Pick<Performance, "off" | "honest">): string {
  const flow = honest ? "honest flow" : "attack";
  return off.length === 0 ? `${flow}, all defences` : `${flow}, without ${off.join(" and ")}`;
}

/** A layer that cannot be switched off yet is told to the user like any other mistake. */
export function switchable(layers: readonly LayerId[]): void {
  for (const layer of layers) {
    if (LAYERS[layer].off !== undefined) continue;
    throw new UsageError(new UnswitchableLayer(`no contract has the layer ${layer} yet`).message);
  }
}
