import { type Interface, type LogDescription, type ParamType, Result, type TransactionDescription } from "ethers";

import type { Artifacts, Deployed } from "../deployment/artifacts.js";
import type { Exchange as Deployment } from "../deployment/exchange.js";
import { Exchange } from "../model/exchange.js";
import { SOURCE_STATUSES } from "../model/source-status.js";
import { pair } from "../model/state.js";
import type { Block, Chain, Transaction } from "../world/chain.js";
import type { RawReceipt } from "../world/provider.js";
import type { Watcher } from "../world/world.js";
import { BatchReader } from "./batch.js";
import { modelOf } from "./genesis.js";
import { derivedQuestions, type Scope } from "./questions.js";
import { Seen } from "./seen.js";

/** Every so many blocks everything is compared; after the others what the model says has changed. */
const ALL_EVERY = 25;

/** What following a run came to. */
export interface ModelSummary {
  readonly blocks: number;
  /** Calls of the exchange the model has followed, and transactions that were none. */
  readonly calls: number;
  readonly others: number;
  /** Milliseconds the chain and the model took for the same blocks, without any comparing. */
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
    this.#blocks += 1;
    this.#chainTime += milliseconds;
    await this.#readSources();
    const problem = this.#follow(block, transactions) ?? (await this.#seen.differ(this.#model, this.#questions()));
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

  /** Sources that are no feeds are inputs: what they say in this block. */
  async #readSources(): Promise<void> {
    const { deployment } = this.#scope;
    for (const { kind, adapter } of deployment.sources) {
      if (kind === "feed") continue;
      const data = adapter.interface.encodeFunctionData("read", [deployment.market]);
      const answer = adapter.interface.decodeFunctionResult("read", await this.#chain.call(adapter.address, data));
      const { status, price, confidence, publishedAt, depth } = (answer[0] as Result).toObject() as Record<
        string,
        bigint
      >;
      this.#model.state.readings.set(`${adapter.address.toLowerCase()}/${deployment.market}`, {
        status: SOURCE_STATUSES[Number(status)] ?? "MALFORMED",
        price: price ?? 0n,
        confidence: confidence ?? 0n,
        publishedAt: publishedAt ?? 0n,
        depth: depth ?? 0n,
      });
    }
  }

  #follow(block: Block, transactions: readonly Transaction[]): string | undefined {
    this.#model.advance(block.timestamp);
    for (const [place, transaction] of transactions.entries()) {
      const receipt = block.receipts[place];
      if (receipt === undefined) continue;
      const problem = this.#do(transaction, receipt);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  #do({ from, to = "", data }: Transaction, receipt: RawReceipt): string | undefined {
    const [contract, abi] = this.#names.get(to.toLowerCase()) ?? [];
    const call = abi?.parseTransaction({ data });
    const method = `${contract ?? ""}.${call?.name ?? ""}`;
    if (call == null || !Exchange.knows(method)) {
      this.#others += 1;
      this.#takeIn(receipt);
      return undefined;
    }
    this.#calls += 1;
    const args = plain(call);
    const begun = performance.now();
    const refusal = this.#model.call({ from, to, method, args });
    this.#modelTime += performance.now() - begun;
    const done = receipt.status === "0x1";
    if (done === (refusal === undefined)) return undefined;
    return `${method} by ${from}: the chain ${done ? "does it" : "refuses"}, the model ${refusal?.message ?? "does it"}`;
  }

  /** Tokens that others have moved. */
  #takeIn({ logs }: RawReceipt): void {
    for (const { address, topics, data } of logs) {
      const token = address.toLowerCase();
      const log: LogDescription | null | undefined = this.#tokens.get(token)?.parseLog({ topics, data });
      if (log == null) continue;
      const [first, second] = [String(log.args[0]).toLowerCase(), String(log.args[1]).toLowerCase()];
      const amount = log.args[2] as bigint;
      const { balances, approvals } = this.#model.state;
      if (log.name === "Approval") approvals.set(pair(token, pair(first, second)), amount);
      if (log.name !== "Transfer") continue;
      balances.set(pair(token, first), balances.get(pair(token, first)) - amount);
      balances.set(pair(token, second), balances.get(pair(token, second)) + amount);
    }
  }
}

/** The exchange's contracts by address, as the model names them. */
function namesOf({ contracts, sources }: Deployment): Map<string, readonly [string, Interface]> {
  const names = new Map<string, readonly [string, Interface]>();
  for (const [name, contract] of Object.entries(contracts) as [string, Deployed][]) {
    names.set(contract.address.toLowerCase(), [name, contract.interface]);
  }
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
