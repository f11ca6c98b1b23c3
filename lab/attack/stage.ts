import { Arbitrageur, Liquidator } from "../agents/keepers.js";
import type { Agent } from "../agents/agent.js";
import { Quoter, type Quoting } from "../agents/quoter.js";
import { type Artifacts, type Deployed, Deployer } from "../deployment/artifacts.js";
import { armCaps } from "../deployment/caps.js";
import type { Exchange } from "../deployment/exchange.js";
import { Probe, type Violation } from "../probe/probe.js";
import type { SpotPool as SpotMarket } from "../spot/market.js";
import type { SpotPool as UniswapPool } from "../spot/uniswap.js";
import { fromWad, toTokens, toWad } from "../units.js";
import type { ChainEvent } from "../world/events.js";
import type { Refusal } from "../world/refusals.js";
import type { View } from "../world/view.js";
import type { Scripted, ScriptedResult, Step, World } from "../world/world.js";
import { FeedReporter } from "./feeds.js";
import type { TimelineEntry } from "./outcome.js";
import { type Accounting } from "./settlement.js";
import { type Action, type Funding, Wallet } from "./wallet.js";

/** What an action came to. */
export interface Done {
  readonly ok: boolean;
  readonly gas: number;
  /** Why it was refused. */
  readonly refusal?: Refusal;
  /** The exchange's events it caused. */
  readonly events: readonly ChainEvent[];
}

/** A property of the exchange did not hold; the story ends there. */
export class PropertyBroken extends Error {
  readonly violation: Violation;

  constructor(violation: Violation, sentence: string) {
    const { property, sentence: claim, step, detail } = violation;
    super(`${property} (${claim}) fails at step ${step}, “${sentence}”: ${detail}`);
    this.violation = violation;
  }
}

/** The story did not go as it is told: an action failed that had to succeed, or the other way round. */
export class StoryBroken extends Error {}

/** What a stage is built on. */
export interface Ground {
  readonly world: World;
  readonly pool: UniswapPool | undefined;
  readonly artifacts: Artifacts;
  /** Keys nobody holds yet; the first two are the deployer's and the reporter's. */
  readonly addresses: readonly string[];
}

/** Told of everything that happens. */
export interface Watcher {
  begun(view: View): void;
  stepped(step: Step, sentence: string): void;
  spent(wallet: string, gas: number): void;
}

/**
 * Where a story is told: every verb mines blocks, lets keepers and feeds do their part in them, and checks the exchange's
 * properties after each. Wallets say what they would do; `act`, `attempt` and `expectRevert` do it.
 */
export class Stage {
  readonly world: World;
  readonly wallets: Wallet[] = [];
  readonly lenders: Deployed[] = [];
  readonly timeline: TimelineEntry[] = [];
  /** Seconds from one block to the next. */
  pace = 12;
  /** What the asset is worth on the markets the scenario says are right. */
  reference: number;
  /** Seconds the pool is left alone before the story, so that averages have a history. Change it before the first step. */
  history: number;
  /** The contract that bounds open interest by cost and capital, if the deployment has one; there from the first step on. */
  caps: Deployed | undefined;
  readonly #ground: Ground;
  readonly #probe: Probe;
  readonly #watcher: Watcher;
  readonly #accounting: () => Accounting;
  readonly #feeds: FeedReporter;
  readonly #extremes = { mark: extreme(), index: extreme(), poolPrice: extreme() };
  #nextKey = 2;
  #sentence = "before the story";
  #transactions = 0;

  /** @param accounting is asked for when wallets are endowed; it shares this stage's lists of wallets and lenders */
  constructor(ground: Ground, watcher: Watcher, accounting: (stage: Stage) => Accounting) {
    const { world } = ground;
    this.world = world;
    this.#ground = ground;
    this.#watcher = watcher;
    this.reference = world.exchange.parameters.startPrice;
    const windows = world.exchange.settings.index.sources.map((source) => ("window" in source ? source.window : 0));
    this.history = Math.max(60, ...windows) + 60;
    this.#probe = new Probe(world);
    const reporter = { name: "reporter", address: ground.addresses[1] ?? "", account: 0 };
    this.#feeds = new FeedReporter(reporter, world.exchange.sources, world.venue);
    world.add(this.#feeds);
    const kept = accounting(this);
    this.#accounting = () => kept;
  }

  // ---- the world ---------------------------------------------------------------------------------------------------

  get exchange(): Exchange {
    return this.world.exchange;
  }

  /** The state after the last block. */
  get view(): View {
    return this.world.view;
  }

  /** Timestamp of the last block, unix seconds. */
  get now(): number {
    return this.world.chain.timestamp;
  }

  /** Transactions so far, set-up included. */
  get transactions(): number {
    return this.#transactions + this.world.preparations.length;
  }

  /** The spot pool as wallets trade in it. */
  get spot(): SpotMarket {
    return this.world.spot;
  }

  /** The spot pool itself, for reading. */
  get pool(): UniswapPool {
    const { pool } = this.#ground;
    if (pool === undefined) throw new Error("the deployment has no spot pool");
    return pool;
  }

  /** What the oracles' feeds report, and when. They follow the reference unless told otherwise. */
  get feeds(): FeedReporter {
    return this.#feeds;
  }

  /** Reads one value from a contract. */
  async read(contract: Deployed, method: string, ...args: readonly unknown[]): Promise<unknown> {
    const data = contract.interface.encodeFunctionData(method, args);
    const answer = await this.world.chain.call(contract.address, data);
    return contract.interface.decodeFunctionResult(method, answer)[0];
  }

  /** Deploys a contract of the project; before the story begins, or between two of its steps. */
  async deploy(name: string, ...args: readonly unknown[]): Promise<Deployed> {
    const contract = await this.#deployer(this.#ground.addresses[0] ?? "").deploy(name, ...args);
    this.world.know(contract);
    return contract;
  }

  /** Calls a contract as the exchange's governance; before the story begins, or between two of its steps. */
  async govern(contract: Deployed, method: string, ...args: readonly unknown[]): Promise<void> {
    const governance = this.#ground.addresses[0] ?? "";
    await this.#deployer(governance).execute(contract, method, ...args);
    if (this.world.begun) await this.world.reread(governance);
  }

  /** The highest a price has been since the story began. */
  highest(price: "mark" | "index" | "poolPrice"): number {
    return this.#extremes[price].high;
  }

  /** The lowest a price has been since the story began. */
  lowest(price: "mark" | "index" | "poolPrice"): number {
    return this.#extremes[price].low;
  }

  // ---- who takes part ----------------------------------------------------------------------------------------------

  /** A wallet with an account on the exchange, and money. */
  async wallet(name: string, funding: Funding): Promise<Wallet> {
    const wallet = new Wallet(this, name, funding.group, this.#key());
    await this.#enter(wallet, funding);
    return wallet;
  }

  /** A contract of an attacker's that does several things in a transaction and can borrow for it; its owner pays the gas. */
  async contractWallet(name: string, owner: Wallet, funding: Funding): Promise<Wallet> {
    const deployed = await this.#deployer(owner.address).deploy("ContractWallet");
    this.world.know(deployed);
    const wallet = new Wallet(this, name, funding.group, deployed.address, { deployed, owner });
    await this.#enter(wallet, funding);
    return wallet;
  }

  /** Somebody who lends quote within a transaction (ERC-3156), for a fee in parts per million. */
  async lender(quote: number, fee: number): Promise<Deployed> {
    const lender = await this.deploy("FlashLender", fee);
    this.lenders.push(lender);
    await this.#prepare([this.#mint(lender.address, "quoteToken", toTokens(quote), "lender")]);
    this.#accounting().endow("lender", quote, 0);
    return lender;
  }

  /** Lets a wallet liquidate whatever falls below maintenance, a block later. */
  liquidator(wallet: Wallet, perBlock = 10): Agent {
    return this.#employ(new Liquidator(wallet, this.world.venue, { index: 0, of: 1 }, perBlock));
  }

  /** Lets a wallet keep the spot pool at the reference whenever it is further from it than its fee. */
  arbitrageur(wallet: Wallet, threshold = (this.pool.fee / 1e6) * 1.05): Agent {
    return this.#employ(new Arbitrageur(wallet, this.spot, threshold));
  }

  /** Lets a wallet quote both sides of the book around a price, block by block. */
  maker(wallet: Wallet, quoting: Partial<Quoting> & Pick<Quoting, "size">): Agent {
    const usual = { follows: "mark", spread: 0.0005, levels: 1, patience: 0.0002, lifetime: "rest" } as const;
    return this.#employ(new Quoter(wallet, this.world.venue, { ...usual, ...quoting }));
  }

  // ---- the story ---------------------------------------------------------------------------------------------------

  /** Mines the actions into one block, in their order. All must succeed. */
  async act(sentence: string, ...actions: readonly Action[]): Promise<readonly Done[]> {
    const done = await this.#tell(sentence, actions);
    const failed = done.findIndex(({ ok }) => !ok);
    if (failed < 0) return done;
    const reason = done[failed]?.refusal?.text ?? "";
    throw new StoryBroken(
      `“${sentence}”: ${actions[failed]?.by.name ?? ""} could not ${actions[failed]?.what ?? ""}: ${reason}`,
    );
  }

  /** Mines one action that a defence may refuse with one of these typed errors; any other failure ends the story. */
  async attempt(sentence: string, action: Action, ...errors: readonly [string, ...string[]]): Promise<Done> {
    const [done] = await this.#tell(sentence, [action]);
    if (done === undefined) throw new StoryBroken(`“${sentence}” left no trace`);
    if (done.refusal === undefined || errors.includes(done.refusal.name)) return done;
    throw new StoryBroken(`“${sentence}” may fail with ${errors.join(" or ")}, and failed with ${done.refusal.text}`);
  }

  /** Mines one action that must be refused with this typed error. */
  async expectRevert(sentence: string, action: Action, error: string): Promise<Refusal> {
    const [done] = await this.#tell(sentence, [action]);
    const refusal = done?.refusal;
    if (refusal?.name === error) return refusal;
    throw new StoryBroken(`“${sentence}” was to fail with ${error} and ${refusal?.text ?? "did not fail"}`);
  }

  /** Lets time pass, block by block; keepers and feeds act. Ends early once `until` holds. */
  async wait(
    seconds: number,
    options: { pace?: number; sentence?: string; until?: () => boolean } = {},
  ): Promise<void> {
    const { pace = this.pace, sentence, until } = options;
    if (sentence !== undefined) this.#sentence = sentence;
    await this.#begin();
    const end = this.now + seconds;
    while (this.now < end && until?.() !== true) await this.#mine(Math.min(this.now + pace, end), []);
    if (sentence !== undefined) this.#note(sentence, []);
  }

  // ---- internals ---------------------------------------------------------------------------------------------------

  async #tell(sentence: string, actions: readonly Action[]): Promise<readonly Done[]> {
    this.#sentence = sentence;
    await this.#begin();
    const step = await this.#mine(this.now + this.pace, actions);
    const done = step.scripted.map((result): Done => outcomeOf(result, step));
    const refusal = done.find(({ ok }) => !ok)?.refusal?.text;
    this.#note(sentence, actions, refusal);
    return done;
  }

  async #begin(): Promise<void> {
    if (this.world.begun) return;
    await this.world.chain.mine(this.now + this.history);
    this.caps = await armCaps(this.#deployer(this.#ground.addresses[0] ?? ""), this.exchange, this.#ground.pool);
    if (this.caps !== undefined) this.world.know(this.caps);
    const view = await this.world.begin(this.reference, this.#sentence);
    this.#judge(await this.#probe.begin(view));
    this.#watcher.begun(view);
    this.#widen();
  }

  #widen(): void {
    for (const price of ["mark", "index", "poolPrice"] as const) {
      const [range, value] = [this.#extremes[price], this.view[price]];
      range.high = Math.max(range.high, value);
      range.low = Math.min(range.low, value);
    }
  }

  async #mine(time: number, actions: readonly Action[]): Promise<Step> {
    const script = actions.map((action) => scripted(action));
    this.#feeds.moment = { time, reference: this.reference };
    const step = await this.world.step(time, this.reference, this.#sentence, script);
    this.#transactions += step.actions.length;
    for (const { agent, gas } of step.actions) this.#watcher.spent(agent, gas);
    this.#watcher.stepped(step, this.#sentence);
    this.#widen();
    this.#judge(await this.#probe.check(step));
    return step;
  }

  #judge(violation: Violation | undefined): void {
    if (violation !== undefined) throw new PropertyBroken(violation, this.#sentence);
  }

  #note(sentence: string, actions: readonly Action[], refusal?: string): void {
    const { time, step, mark, index, poolPrice } = this.view;
    const who = [...new Set(actions.map(({ by }) => by.name))];
    const entry = { time, step, who, sentence, mark, index, pool: poolPrice };
    this.timeline.push(refusal === undefined ? entry : { ...entry, refusal });
  }

  #employ(agent: Agent): Agent {
    this.world.add(agent);
    return agent;
  }

  #key(): string {
    const address = this.#ground.addresses[this.#nextKey++];
    if (address === undefined) throw new RangeError("the stage has no more keys: ask for more wallets");
    return address;
  }

  #deployer(address: string): Deployer {
    return new Deployer(this.world.chain.sender(address), this.#ground.artifacts);
  }

  /** Gives a wallet its money, opens its account, and lets exchange, pool and vault take its tokens. */
  async #enter(wallet: Wallet, { group, margin = 0, quote = 0, spot = 0 }: Funding): Promise<void> {
    this.wallets.push(wallet);
    this.world.residents.push(wallet);
    this.#accounting().endow(group, margin + quote, spot);
    const { venue } = this.world;
    const units = toWad(spot) / 10n ** BigInt(18 - this.exchange.settings.base.decimals);
    const setUp = [
      wallet.does("open account", venue.openAccount()),
      wallet.does("approve", venue.approveQuote()),
      wallet.does("approve", venue.approveSpot()),
      wallet.does("approve", venue.approveBackstop()),
      ...this.spot.approvals().map((call) => wallet.does("approve", call)),
    ];
    await this.#prepare([
      this.#mint(wallet.address, "quoteToken", toTokens(margin) + toTokens(quote), wallet.name),
      this.#mint(wallet.address, "spotToken", units, wallet.name),
      ...setUp.map((action) => scripted(action)),
    ]);
    const { clearingHouse } = this.exchange.contracts;
    wallet.opened(Number(await this.read(clearingHouse, "accountOf", wallet.address, 0)));
    if (margin > 0) await this.#prepare([scripted(wallet.deposit(margin))]);
  }

  #mint(to: string, token: "quoteToken" | "spotToken", amount: bigint, name: string): Scripted {
    const { address, interface: abi } = this.exchange.contracts[token];
    const data = abi.encodeFunctionData("mint", [to, amount]);
    const from = this.#ground.addresses[0] ?? "";
    return { to: address, data, from, what: `mint for ${name}`, agent: "deployer", role: "set-up", accounts: [] };
  }

  /** Set-up is no step of the story before it begins, and one of it afterwards. */
  async #prepare(intents: readonly Scripted[]): Promise<void> {
    if (!this.world.begun) {
      const known = this.world.preparations.length;
      await this.world.prepare(intents);
      for (const { agent, gas } of this.world.preparations.slice(known)) this.#watcher.spent(agent, gas);
      return;
    }
    const step = await this.world.step(this.now + 1, this.reference, this.#sentence, intents);
    this.#transactions += step.actions.length;
    this.#watcher.stepped(step, this.#sentence);
    const failed = step.scripted.findIndex(({ ok }) => !ok);
    if (failed >= 0)
      throw new StoryBroken(`${intents[failed]?.what ?? ""}: ${step.scripted[failed]?.refusal?.text ?? ""}`);
    this.#judge(await this.#probe.check(step));
  }
}

/** An action as a transaction: a contract wallet's goes through its owner. */
function scripted(action: Action): Scripted {
  const { by, what, through } = action;
  if (by.contract !== undefined) return scripted(by.together(what, [action]));
  const accounts = [by, through].flatMap((wallet) =>
    wallet === undefined || wallet.account === 0 ? [] : wallet.account,
  );
  const { to, data } = action;
  return { agent: by.name, role: by.group, accounts, what, to, data, from: by.address };
}

function extreme(): { low: number; high: number } {
  return { low: Infinity, high: -Infinity };
}

function outcomeOf({ ok, gas, transaction, refusal }: ScriptedResult, { events }: Step): Done {
  const caused = events.filter((event) => event.transaction === transaction);
  return refusal === undefined ? { ok, gas, events: caused } : { ok, gas, events: caused, refusal };
}

/** Base and quote that a wallet's fills in some events came to, decimal: for prices paid. */
export function traded(events: readonly ChainEvent[]): { readonly size: number; readonly quote: number } {
  const own = events.filter(({ name }) => name === "Traded");
  const total = (field: string): number =>
    own.reduce((sum, { arguments: values }) => sum + fromWad(values[field] as bigint), 0);
  return { size: total("size"), quote: total("quote") };
}
