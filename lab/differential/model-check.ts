import { Interface, type LogDescription, type ParamType, Result, type TransactionDescription } from "ethers";

import type { Artifacts, Deployed } from "../deployment/artifacts.js";
import type { Exchange as Deployment } from "../deployment/exchange.js";
import { Exchange } from "../model/exchange.js";
import { SOURCE_STATUSES } from "../model/source-status.js";
import { pair } from "../model/state.js";
import type { Block, Chain, Transaction } from "../world/chain.js";
import type { RawReceipt } from "../world/provider.js";
import { type Watcher, workSince } from "../world/world.js";
import { BatchReader } from "./batch.js";
import { modelOf, rereadRules } from "./genesis.js";
import { type InnerCall, innerCalls } from "./inner-calls.js";
import { derivedQuestions, type Scope } from "./questions.js";
import { Seen } from "./seen.js";

/** What every source of a price answers. */
const SOURCE = new Interface([
  "function read(uint8) view returns (tuple(uint8 status, uint256 price, uint256 confidence, uint256 publishedAt, uint256 depth))",
]);

/** Every so many blocks everything is compared; after the others what the model says has changed. */
const ALL_EVERY = 25;

/** A call, with what is on record of it if it was a transaction by itself. */
interface Told extends InnerCall {
  readonly receipt?: RawReceipt;
}

/** What following a run came to. */
export interface ModelSummary {
  readonly blocks: number;
  /** Calls of the exchange the model has followed, and transactions that were none. */
  readonly calls: number;
  readonly others: number;
  /** Milliseconds the chain and the model worked for the same blocks, without any comparing. */
  readonly chainTime: number;
  readonly modelTime: number;
  /** The first disagreement, if there was one. */
  readonly disagreement?: string;
}

/** Follows a world from its deployment on: does in the model what is sent to the exchange, and compares after every block. */
export class ModelCheck implements Watcher {
  readonly #chain: Chain;
  readonly #scope: Scope;
  readonly #reader: BatchReader;
  readonly #names: ReadonlyMap<string, readonly [string, Interface]>;
  readonly #tokens: ReadonlyMap<string, Interface>;
  #model: Exchange;
  #seen: Seen;
  #blocks = 0;
  #calls = 0;
  #others = 0;
  #chainTime = 0;
  #modelTime = 0;
  #disagreement: string | undefined;
  #governed = false;

  private constructor(chain: Chain, scope: Scope, reader: BatchReader, model: Exchange) {
    this.#chain = chain;
    this.#scope = scope;
    this.#reader = reader;
    this.#names = namesOf(scope.deployment);
    const { quoteToken, spotToken } = scope.deployment.contracts;
    this.#tokens = new Map([quoteToken, spotToken].map((token) => [token.address.toLowerCase(), token.interface]));
    this.#model = model;
    this.#seen = new Seen(reader, scope);
  }

  /** Begins with an exchange that was just deployed on a chain. */
  static async of(chain: Chain, deployment: Deployment, artifacts: Artifacts): Promise<ModelCheck> {
    const wallets = chain.addresses.map((address) => address.toLowerCase());
    const markets = [deployment.market];
    const provider = chain.provider;
    const model = await modelOf({ provider, deployment, wallets: wallets.slice(0, 1), markets });
    const scope = { deployment, markets, wallets: wallets.slice(0, 1) };
    return new ModelCheck(chain, scope, await BatchReader.of(provider, artifacts), model);
  }

  get summary(): ModelSummary {
    const disagreement = this.#disagreement;
    return {
      blocks: this.#blocks,
      calls: this.#calls,
      others: this.#others,
      chainTime: this.#chainTime,
      modelTime: this.#modelTime,
      ...(disagreement === undefined ? {} : { disagreement }),
    };
  }

  /** Follows a block. After the first disagreement there is nothing left to follow. */
  async block(block: Block, transactions: readonly Transaction[], milliseconds: number): Promise<void> {
    if (this.#disagreement !== undefined) return;
    const told = await this.#told(block, transactions);
    this.#blocks += 1;
    this.#chainTime += milliseconds;
    if (block.receipts.length !== 0 && block.number > this.#model.state.block + 1)
      await this.#readRules(block.number - 1);
    await this.#readSources();
    this.#readIndex(block);
    const followed = this.#follow(block, told);
    // What is compared is the chain after the block, and so is what its sources then say.
    await this.#readSources();
    if (this.#governed) await this.#readRules(block.number);
    const problem = followed ?? (await this.#seen.differ(this.#model, this.#questions()));
    if (problem !== undefined) this.#disagreement = `block ${block.number} at ${block.timestamp}: ${problem}`;
  }

  /** What there is to return to when the world is rewound. */
  remember(): unknown {
    return this.#model.copy();
  }

  /** Returns to what was remembered. */
  restore(moment: unknown): void {
    this.#model = (moment as Exchange).copy();
    this.#seen = new Seen(this.#reader, this.#scope);
  }

  #questions(): ReturnType<typeof derivedQuestions> | undefined {
    return this.#blocks % ALL_EVERY === 0 ? derivedQuestions(this.#scope, this.#model) : undefined;
  }

  /** Blocks the world has not told of are governance's: what it decided is read again. */
  async #readRules(number: number): Promise<void> {
    const { deployment, markets, wallets } = this.#scope;
    await rereadRules(this.#model, { provider: this.#chain.provider, deployment, markets, wallets });
    this.#model.advance(Number(this.#model.state.now), number);
    this.#governed = false;
  }

  /** Sources that are no feeds are inputs: what they say in this block. So is the depth that bounds open interest. */
  async #readSources(): Promise<void> {
    const { market, sources } = this.#scope.deployment;
    const { capRules, perpetuals } = this.#model.state;
    const keys = sources.flatMap(({ kind, adapter }) =>
      kind === "feed" ? [] : [`${adapter.address.toLowerCase()}/${market}`],
    );
    const perpetual = perpetuals.get(market);
    if (perpetual !== undefined) keys.push(perpetual);
    const caps = capRules.get(market);
    if (caps !== undefined && caps.kappa !== 0n) keys.push(caps.depthSource);
    for (const key of keys) await this.#readSource(key);
  }

  /**
   * A source can be moved within the block it was read in: after its transactions it says what nobody was told. Where it is the only
   * one, what it said is the index that was written.
   */
  #readIndex({ receipts }: Block): void {
    const { market, contracts } = this.#scope.deployment;
    const { sources, readings } = this.#model.state;
    const [only, ...others] = sources.get(market);
    const reading = only && readings.get(only.source);
    if (only === undefined || reading?.status !== "OK" || others.length !== 0) return;
    for (const { address, topics, data } of receipts.flatMap(({ logs }) => logs)) {
      if (address.toLowerCase() !== contracts.indexOracle.address.toLowerCase()) continue;
      const log = contracts.indexOracle.interface.parseLog({ topics, data });
      if (log?.name !== "IndexUpdated" || Number(log.args[0]) !== market) continue;
      const [price, publishedAt] = [log.args[1] as bigint, log.args[2] as bigint];
      readings.set(only.source, { ...reading, price, publishedAt });
    }
  }

  async #readSource(key: string): Promise<void> {
    const [address = ""] = key.split("/");
    const data = SOURCE.encodeFunctionData("read", [this.#scope.deployment.market]);
    const answer = SOURCE.decodeFunctionResult("read", await this.#chain.call(address, data));
    const said = (answer[0] as Result).toObject() as Record<string, bigint>;
    const { status, price = 0n, confidence = 0n, publishedAt = 0n, depth = 0n } = said;
    const known = SOURCE_STATUSES[Number(status)] ?? "MALFORMED";
    this.#model.state.readings.set(key, { status: known, price, confidence, publishedAt, depth });
  }

  /** A block's calls of known contracts: those sent to them, and those that somebody's own contract has made. */
  async #told({ receipts }: Block, transactions: readonly Transaction[]): Promise<readonly Told[]> {
    const told: Told[] = [];
    for (const [place, { from, to = "", data }] of transactions.entries()) {
      const receipt = receipts[place];
      if (receipt === undefined) continue;
      if (!this.#isPassage(to, receipt)) {
        told.push({ from, to, data, done: receipt.status === "0x1", receipt });
        continue;
      }
      const known = (address: string): boolean => this.#names.has(address.toLowerCase());
      told.push(...(await innerCalls(this.#chain.provider, receipt.transactionHash, known)));
    }
    return told;
  }

  /** Whether a transaction is somebody's own contract having the exchange do something. */
  #isPassage(to: string, { logs }: RawReceipt): boolean {
    if (this.#names.has(to.toLowerCase())) return false;
    return logs.some(({ address }) => {
      const from = address.toLowerCase();
      return this.#names.has(from) && !this.#tokens.has(from);
    });
  }

  #follow(block: Block, calls: readonly Told[]): string | undefined {
    const { state } = this.#model;
    this.#model.advance(block.timestamp, block.receipts.length === 0 ? state.block + 1 : block.number);
    for (const call of calls) {
      const problem = this.#do(call);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  #do({ from, to, data, done, receipt }: Told): string | undefined {
    const [contract, abi] = this.#names.get(to.toLowerCase()) ?? [];
    const call = abi?.parseTransaction({ data });
    const method = `${contract ?? ""}.${call?.name ?? ""}`;
    const token = this.#tokens.has(to.toLowerCase());
    if (receipt === undefined && token) {
      if (done && call != null) this.#pay(from, to, call);
      return undefined;
    }
    if (call == null || !Exchange.knows(method)) {
      this.#others += 1;
      // A function of the exchange that is not modelled is governance's.
      this.#governed ||= contract !== undefined && done && !token;
      if (receipt !== undefined) this.#takeIn(receipt);
      return undefined;
    }
    this.#calls += 1;
    const args = plain(call);
    const begun = process.cpuUsage();
    const refusal = this.#model.call({ from, to, method, args });
    this.#modelTime += workSince(begun);
    if (done === (refusal === undefined)) return undefined;
    return `${method} by ${from}: the chain ${done ? "does it" : "refuses"}, the model ${refusal?.message ?? "does it"}`;
  }

  /** Tokens that somebody's own contract, or who lends to it, pays. */
  #pay(from: string, token: string, { name, args }: TransactionDescription): void {
    if (name === "approve") this.#allow(token, from, String(args[0]), args[1] as bigint);
    if (name === "transfer") this.#move(token, from, String(args[0]), args[1] as bigint);
    if (name === "transferFrom") this.#move(token, String(args[0]), String(args[1]), args[2] as bigint);
  }

  /** Tokens that others have moved. */
  #takeIn({ logs }: RawReceipt): void {
    for (const { address, topics, data } of logs) {
      const token = address.toLowerCase();
      const log: LogDescription | null | undefined = this.#tokens.get(token)?.parseLog({ topics, data });
      if (log == null) continue;
      const [first, second] = [String(log.args[0]).toLowerCase(), String(log.args[1]).toLowerCase()];
      const amount = log.args[2] as bigint;
      if (log.name === "Approval") this.#allow(token, first, second, amount);
      if (log.name === "Transfer") this.#move(token, first, second, amount);
    }
  }

  #allow(token: string, owner: string, spender: string, amount: bigint): void {
    const key = pair(token.toLowerCase(), pair(owner.toLowerCase(), spender.toLowerCase()));
    this.#model.state.approvals.set(key, amount);
  }

  /** What somebody had before is not always known, so it is not asked whether it suffices. */
  #move(token: string, from: string, to: string, amount: bigint): void {
    const { balances } = this.#model.state;
    const payer = pair(token.toLowerCase(), from.toLowerCase());
    const payee = pair(token.toLowerCase(), to.toLowerCase());
    balances.set(payer, balances.get(payer) - amount);
    balances.set(payee, balances.get(payee) + amount);
  }
}

/** The exchange's contracts by address, as the model names them. */
function namesOf({ contracts, sources, house }: Deployment): Map<string, readonly [string, Interface]> {
  const names = new Map<string, readonly [string, Interface]>();
  for (const [name, contract] of Object.entries(contracts) as [string, Deployed][]) {
    names.set(contract.address.toLowerCase(), [name, contract.interface]);
  }
  if (house !== undefined) names.set(house.pool.address.toLowerCase(), ["housePool", house.pool.interface]);
  for (const token of [contracts.quoteToken, contracts.spotToken]) {
    names.set(token.address.toLowerCase(), ["token", token.interface]);
  }
  for (const { feed } of sources)
    if (feed !== undefined) names.set(feed.address.toLowerCase(), ["feed", feed.interface]);
  return names;
}

/** Arguments as plain values: structs by the names of their members, lists as lists. */
function plain({ fragment, args }: TransactionDescription): unknown[] {
  return fragment.inputs.map((type, place) => value(type, args[place] as unknown));
}

function value(type: ParamType, raw: unknown): unknown {
  if (!(raw instanceof Result)) return raw;
  const { arrayChildren } = type;
  return arrayChildren === null ? raw.toObject() : [...raw].map((item: unknown) => value(arrayChildren, item));
}
