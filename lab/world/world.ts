import type { Agent, Identity, Intent } from "../agents/agent.js";
import type { Deployed } from "../deployment/artifacts.js";
import type { Exchange } from "../deployment/exchange.js";
import { Rng } from "../random.js";
import type { SpotPool } from "../spot/market.js";
import { fromWad } from "../units.js";
import type { Venue } from "../venues/venue.js";
import { type TornUp, tornUp } from "./attribution.js";
import { AccountBooks, named } from "./accounts.js";
import type { Block, Chain, Snapshot, Transaction } from "./chain.js";
import { type ChainEvent, EventReader } from "./events.js";
import { Lens } from "./lens.js";
import type { Filled, OrderIndex } from "./orders.js";
import { type Refusal, refusalOf, revertData } from "./refusals.js";
import type { LedgerRow, View } from "./view.js";

/** Time constant of the volatility estimate, seconds. */
const VOLATILITY_SECONDS = 60;

/** A transaction and what became of it. */
export interface ActionRecord {
  readonly agent: string;
  readonly role: string;
  readonly what: string;
  readonly ok: boolean;
  readonly gas: number;
  /** The contract's own error, if it failed. */
  readonly error?: string;
}

/** A transaction that a script puts into the next block, rather than an agent of its own accord. */
export interface Scripted extends Intent {
  /** Who sends it, in the log. */
  readonly agent: string;
  readonly role: string;
  /** Ledger accounts it may touch without an event that names them. */
  readonly accounts: readonly number[];
}

/** What a script's transaction came to. */
export interface ScriptedResult {
  readonly ok: boolean;
  readonly gas: number;
  /** Place among the block's transactions, by which its events can be told. */
  readonly transaction: number;
  /** Why it failed. */
  readonly refusal?: Refusal;
}

/** One block of the world. */
export interface Step {
  readonly before: View;
  readonly view: View;
  readonly actions: readonly ActionRecord[];
  readonly events: readonly ChainEvent[];
  /** Whose resting orders were filled. */
  readonly fills: readonly Filled[];
  /** Whose positions deleveraging shrank. */
  readonly tornUp: readonly TornUp[];
  /** What became of the script's transactions, in their order. */
  readonly scripted: readonly ScriptedResult[];
}

/** What this process has worked since, all its threads together, milliseconds: unlike the time, it does not count what others do. */
export function workSince(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1_000;
}

/** Somebody who is told of every block a world makes, and can be rewound with it. */
export interface Watcher {
  /** `milliseconds` is what the chain worked for the block. */
  block(block: Block, transactions: readonly Transaction[], milliseconds: number): Promise<void>;
  remember(): unknown;
  restore(moment: unknown): void;
}

/** What a world is made of. */
export interface WorldParts {
  readonly chain: Chain;
  readonly exchange: Exchange;
  readonly venue: Venue;
  readonly spot: SpotPool;
  readonly seed: number;
  /** Shared with the venue, which quotes from it. */
  readonly orders: OrderIndex;
}

/** A world to return to. */
export interface Moment {
  readonly chain: Snapshot;
  readonly orders: OrderIndex;
  readonly view: View;
  readonly variance: number;
  readonly books: AccountBooks;
  readonly memories: readonly Agent["memory"][];
  readonly streams: readonly Rng[];
  readonly ordering: Rng;
  readonly watched: unknown;
}

/** The parts of a view that are known before the rest is looked up. */
type Known = Pick<View, "step" | "reference" | "stage" | "market" | "accounts" | "deleveraged">;

/** A chain with an exchange, a spot pool and agents on it, moved forward block by block. */
export class World {
  readonly chain: Chain;
  readonly exchange: Exchange;
  readonly venue: Venue;
  readonly spot: SpotPool;
  readonly seed: number;
  readonly orders: OrderIndex;
  readonly lens: Lens;
  readonly agents: Agent[] = [];
  /** Account holders that are no agents: what they do is a script's. */
  readonly residents: Identity[] = [];
  /** What was sent before the world began. */
  readonly preparations: ActionRecord[] = [];
  /** Told of every block, if there is one. */
  watcher: Watcher | undefined;
  readonly #reader: EventReader;
  readonly #errors: Deployed[];
  /** Accounts of the exchange itself, read every block. */
  readonly #house: ReadonlySet<number>;
  #streams: Rng[] = [];
  #ordering: Rng;
  #variance = 0;
  #books: AccountBooks;
  #view: View | undefined;

  constructor(parts: WorldParts) {
    const { chain, exchange, venue, spot, seed, orders } = parts;
    this.chain = chain;
    this.exchange = exchange;
    this.venue = venue;
    this.spot = spot;
    this.seed = seed;
    this.orders = orders;
    const contracts = Object.values(exchange.contracts) as Deployed[];
    if (exchange.house !== undefined) contracts.push(exchange.house.pool);
    this.lens = new Lens(chain, exchange.contracts.lens, exchange.market, exchange.contracts.spotToken.address);
    this.#reader = new EventReader(contracts);
    this.#errors = [...contracts];
    this.#ordering = Rng.of(seed, "ordering");
    this.#books = new AccountBooks((accounts) => this.lens.accounts(accounts));
    this.#house = new Set([...Object.values(exchange.accounts), ...(exchange.house ? [exchange.house.account] : [])]);
  }

  /** Whether the state has been read for the first time. */
  get begun(): boolean {
    return this.#view !== undefined;
  }

  /** The state after the last block. */
  get view(): View {
    if (this.#view === undefined) throw new Error("the world has not begun");
    return this.#view;
  }

  /** Everybody with an account who may want to trade. */
  get holders(): readonly Identity[] {
    return [...this.agents, ...this.residents];
  }

  /** Makes the errors of another contract readable. */
  know(contract: Deployed): void {
    this.#errors.push(contract);
  }

  /** Lets an agent take part from the next block on. */
  add(agent: Agent): void {
    this.agents.push(agent);
    this.#streams.push(Rng.of(this.seed, agent.name));
  }

  /** Sends set-up transactions in one block and fails if one of them fails. */
  async prepare(intents: readonly (Intent & { readonly agent: string })[]): Promise<void> {
    const block = await this.#mine(intents, this.chain.timestamp + 1);
    const failed = block.receipts.findIndex((receipt) => receipt.status !== "0x1");
    const intent = intents[failed];
    if (intent !== undefined) throw new Error(`${intent.what} failed: ${await this.#reason(intent)}`);
    this.orders.apply(this.#reader.read(block.receipts));
    intents.forEach(({ agent, what }, index) => {
      const gas = Number(block.receipts[index]?.gasUsed ?? 0);
      this.preparations.push({ agent, role: "set-up", what, ok: true, gas });
    });
  }

  /** Reads the state for the first time; every account is to be open by then. */
  async begin(reference: number, stage: string): Promise<View> {
    const market = await this.lens.market();
    await this.#books.open(await this.#count(), market);
    const accounts = this.#books.valued(market, this.exchange.parameters, this.chain.timestamp);
    this.#view = await this.#look({ step: 0, reference, stage, market, accounts, deleveraged: new Map() });
    return this.#view;
  }

  /**
   * Lets everybody act on the last block's state and mines the next block at `time`. A script's transactions stand, in their
   * order, between the reports and everybody else's.
   */
  async step(time: number, reference: number, stage: string, script: readonly Scripted[] = []): Promise<Step> {
    const before: View = { ...this.view, next: time, reference, stage };
    const [reports, others] = this.#collect(before);
    const intents = [...reports, ...script.map((intent) => ({ by: actor(intent), intent })), ...others];
    const block = await this.#mine(
      intents.map(({ intent }) => intent),
      time,
    );
    const events = this.#reader.read(block.receipts);
    const fills = this.orders.apply(events);
    this.#learn(this.view, time, reference);
    const market = await this.lens.market();
    const touched = new Set([...named(events, fills), ...intents.flatMap(({ by }) => by.accounts), ...this.#house]);
    await this.#books.update(touched, events, market);
    const accounts = this.#books.valued(market, this.exchange.parameters, time);
    const torn = tornUp({ before: before.accounts, after: accounts, events, fills });
    const deleveraged = new Map(before.deleveraged);
    for (const { account, size } of torn) deleveraged.set(account, (deleveraged.get(account) ?? 0n) + size);
    this.#view = await this.#look({ step: before.step + 1, reference, stage, market, accounts, deleveraged });
    const scripted = await this.#results(block, reports.length, script.length);
    const actions = await this.#record(intents, block, reports.length, scripted);
    return { before, view: this.#view, actions, events, fills, tornUp: torn, scripted };
  }

  /** Every account as it stands on the chain now, read afresh. */
  async accountsNow(): Promise<LedgerRow[]> {
    const accounts = await this.#numbers();
    return accounts.length === 0 ? [] : this.lens.accounts(accounts);
  }

  /** Every account there is now as it stood before the last block, read afresh. */
  async accountsBefore(): Promise<LedgerRow[]> {
    const accounts = await this.#numbers();
    return accounts.length === 0 ? [] : this.lens.accountsBefore(accounts);
  }

  /** Reads every account afresh, after transactions that were no step of the world; funding is first brought up to date. */
  async reread(from: string): Promise<void> {
    await this.#mine([{ from, ...this.venue.updatePrices() }], this.chain.timestamp + 1);
    const market = await this.lens.market();
    await this.#books.open(await this.#count(), market);
    const accounts = this.#books.valued(market, this.exchange.parameters, this.chain.timestamp);
    this.#view = { ...this.view, time: this.chain.timestamp, market, accounts };
  }

  /** Fees the ledger has taken and not yet paid out, quote, WAD. */
  async feesAccrued(): Promise<bigint> {
    const { address, interface: abi } = this.exchange.contracts.clearingHouse;
    return BigInt(await this.chain.call(address, abi.encodeFunctionData("feesAccrued")));
  }

  /** Remembers everything: chain, book, agents and their random streams. */
  async remember(): Promise<Moment> {
    return {
      chain: await this.chain.snapshot(),
      orders: this.orders.copy(),
      view: this.view,
      variance: this.#variance,
      books: this.#books.copy(),
      memories: this.agents.map((agent) => structuredClone(agent.memory)),
      streams: this.#streams.map((stream) => stream.clone()),
      ordering: this.#ordering.clone(),
      watched: this.watcher?.remember(),
    };
  }

  /** Returns to a moment, which is spent by it. */
  async rewind(moment: Moment): Promise<void> {
    await this.chain.revert(moment.chain);
    this.orders.restore(moment.orders);
    this.#view = moment.view;
    this.#variance = moment.variance;
    this.#books = moment.books.copy();
    this.agents.forEach((agent, index) => Object.assign(agent.memory, moment.memories[index]));
    this.#streams = moment.streams.map((stream) => stream.clone());
    this.#ordering = moment.ordering.clone();
    this.watcher?.restore(moment.watched);
  }

  async #mine(transactions: readonly Transaction[], time: number): Promise<Block> {
    const begun = process.cpuUsage();
    for (const transaction of transactions) await this.chain.submit(transaction);
    const block = await this.chain.mine(time);
    await this.watcher?.block(block, transactions, workSince(begun));
    return block;
  }

  /** What everybody wants in the next block: reports, and the rest in random order, as in a public mempool. */
  #collect(view: View): [reports: Entry[], others: Entry[]] {
    const wanted = this.agents.map((agent, index) => {
      const stream = this.#streams[index];
      if (stream === undefined) throw new Error("an agent without a stream");
      const by = { name: agent.name, role: agent.role, accounts: [agent.account] };
      return agent.act(view, stream).map((intent) => ({ by, intent }));
    });
    const reports = wanted.filter((_, index) => this.agents[index]?.role === "reporter");
    const others = wanted.filter((_, index) => this.agents[index]?.role !== "reporter");
    return [reports.flat(), this.#ordering.shuffle(others).flat()];
  }

  #learn(last: View, time: number, reference: number): void {
    const seconds = time - last.time;
    const change = Math.log(reference / last.reference) ** 2 / seconds;
    const weight = 1 - Math.exp(-seconds / VOLATILITY_SECONDS);
    this.#variance += weight * (change - this.#variance);
  }

  async #numbers(): Promise<number[]> {
    return Array.from({ length: await this.#count() }, (_, index) => index + 1);
  }

  async #count(): Promise<number> {
    const { address, interface: abi } = this.exchange.contracts.clearingHouse;
    return Number(await this.chain.call(address, abi.encodeFunctionData("accountCount")));
  }

  async #look(known: Known): Promise<View> {
    const { market } = known;
    const time = this.chain.timestamp;
    return {
      ...known,
      time,
      next: time,
      volatility: Math.sqrt(this.#variance),
      poolPrice: await this.spot.price(),
      mark: fromWad(market.mark),
      index: fromWad(market.index),
      bestBid: fromWad(market.bestBid),
      bestAsk: fromWad(market.bestAsk),
    };
  }

  async #results(block: Block, from: number, count: number): Promise<ScriptedResult[]> {
    const results: ScriptedResult[] = [];
    for (let transaction = from; transaction < from + count; transaction++) {
      const receipt = block.receipts[transaction];
      if (receipt === undefined) throw new Error("a transaction without a receipt");
      const result = { ok: receipt.status === "0x1", gas: Number(receipt.gasUsed), transaction };
      if (result.ok) results.push(result);
      else {
        const data = await this.chain.revertData(receipt.transactionHash);
        results.push({ ...result, refusal: refusalOf(data, this.#errors) });
      }
    }
    return results;
  }

  async #record(
    intents: readonly Entry[],
    block: Block,
    from: number,
    scripted: readonly ScriptedResult[],
  ): Promise<ActionRecord[]> {
    const records: ActionRecord[] = [];
    for (const [index, { by, intent }] of intents.entries()) {
      const receipt = block.receipts[index];
      const ok = receipt?.status === "0x1";
      const gas = Number(receipt?.gasUsed ?? 0);
      const record = { agent: by.name, role: by.role, what: intent.what, ok, gas };
      const known = scripted[index - from]?.refusal?.name;
      records.push(ok ? record : { ...record, error: known ?? (await this.#reason(intent)) });
    }
    return records;
  }

  /** Asks the node again, on the state after the block, why a transaction failed. */
  async #reason(intent: Intent): Promise<string> {
    try {
      await this.chain.call(intent.to, intent.data, intent.from);
      return "state changed within the block";
    } catch (error) {
      return this.#named(error);
    }
  }

  #named(error: unknown): string {
    const data = revertData(error);
    if (data !== undefined) return refusalOf(data, this.#errors).name;
    return error instanceof Error ? error.message : String(error);
  }
}

/** A transaction of the next block and who wants it. */
interface Entry {
  readonly by: { readonly name: string; readonly role: string; readonly accounts: readonly number[] };
  readonly intent: Intent;
}

function actor({ agent, role, accounts }: Scripted): Entry["by"] {
  return { name: agent, role, accounts };
}
