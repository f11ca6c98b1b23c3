import { type FunctionFragment, type ParamType, toBeHex, ZeroAddress } from "ethers";

import type { Stage } from "../../attack/stage.js";
import type { Wallet } from "../../attack/wallet.js";
import type { Deployed } from "../../deployment/artifacts.js";
import { revertData } from "../../world/refusals.js";
import { type ChainCopy, fundingIndex } from "./copy.js";

/** Roles of other contracts in the ledger, numbered from 1. */
const MODULES = 7;

/** What was made of all calls. */
export interface Tried {
  readonly tried: number;
  /** Calls after which the funding index was neither as before nor as accrued. */
  readonly moved: readonly string[];
  /** Calls that set what was set already, or paused or re-listed, and after which a holder could be liquidated. */
  readonly liquidatable: readonly string[];
}

interface Attempt {
  readonly name: string;
  readonly to: string;
  readonly data: string;
  /** Sets what is set already, or has nothing to set. */
  readonly same: boolean;
}

/**
 * Every function of the exchange that changes anything, called by a stranger; those only governance may call, by governance; and those
 * only another contract may call, by a stranger to whom governance has given that contract's role. The arguments are nothing, one
 * and the most, and what is set already where it can be read.
 */
export class EveryCall {
  readonly #stage: Stage;
  readonly #copy: ChainCopy;
  readonly #keeper: Wallet;
  readonly #holders: readonly Wallet[];
  readonly #stranger: string;
  readonly #governance: string;
  readonly #moved: string[] = [];
  readonly #liquidatable: string[] = [];
  #allowed: ReadonlySet<bigint> = new Set();
  #tried = 0;

  constructor(stage: Stage, copy: ChainCopy, keeper: Wallet, holders: readonly Wallet[]) {
    [this.#stage, this.#copy, this.#keeper, this.#holders] = [stage, copy, keeper, holders];
    const { addresses } = stage.world.chain;
    [this.#governance, this.#stranger] = [addresses[0] ?? "", addresses.at(-1) ?? ""];
  }

  async try(): Promise<Tried> {
    this.#allowed = await this.#accruals();
    const forModules: Attempt[] = [];
    for (const contract of this.#contracts) {
      for (const fragment of changing(contract)) {
        const attempts = await this.#attempts(contract, fragment);
        const [first] = attempts;
        const refusal = first === undefined ? undefined : await this.#take(first, this.#stranger);
        if (isError(contract, refusal, "AccessManagedUnauthorized")) await this.#takeAll(attempts, this.#governance);
        else if (isError(contract, refusal, "NotModule")) forModules.push(...attempts);
        else await this.#takeAll(attempts.slice(1), this.#stranger);
      }
    }
    const { clearingHouse } = this.#stage.exchange.contracts;
    for (let role = 1; role <= MODULES; role++) {
      await this.#copy.trying(async () => {
        const data = clearingHouse.interface.encodeFunctionData("setModule", [this.#stranger, role]);
        await this.#copy.mine(this.#governance, { to: clearingHouse.address, data });
        await this.#takeAll(forModules, this.#stranger);
      });
    }
    return { tried: this.#tried, moved: this.#moved, liquidatable: this.#liquidatable };
  }

  /** The exchange's own contracts: not the tokens and feeds of a test chain. */
  get #contracts(): readonly Deployed[] {
    const { exchange, caps } = this.#stage;
    const foreign = [exchange.contracts.quoteToken, exchange.contracts.spotToken, exchange.contracts.feed];
    const sources = exchange.sources.map(({ adapter }) => adapter);
    const every = [
      ...(Object.values(exchange.contracts) as Deployed[]),
      ...sources,
      ...(caps === undefined ? [] : [caps]),
    ];
    const own = new Map(every.filter((contract) => !foreign.includes(contract)).map((one) => [one.address, one]));
    return [...own.values()];
  }

  /** The funding index as it stands, and as it is once it is accrued in one of the next blocks. */
  async #accruals(): Promise<ReadonlySet<bigint>> {
    const { contracts, market } = this.#stage.exchange;
    const { clearingHouse } = contracts;
    const data = clearingHouse.interface.encodeFunctionData("poke", [this.#holders[0]?.account ?? 0, market]);
    const accruals = new Set([await fundingIndex(this.#stage)]);
    for (const blocks of [1, 2]) {
      await this.#copy.trying(async () => {
        for (let block = 1; block < blocks; block++) await this.#copy.mine(this.#keeper.address);
        await this.#copy.mine(this.#keeper.address, { to: clearingHouse.address, data });
        accruals.add(await fundingIndex(this.#stage));
      });
    }
    return accruals;
  }

  async #takeAll(attempts: readonly Attempt[], from: string): Promise<void> {
    for (const attempt of attempts) await this.#take(attempt, from);
  }

  /** Mines a call on a copy if it would not be refused; returns what it is refused with. */
  async #take(attempt: Attempt, from: string): Promise<string | undefined> {
    this.#tried++;
    const refusal = await this.#refusal(attempt, from);
    if (refusal !== undefined) return refusal;
    await this.#copy.trying(async () => {
      await this.#copy.mine(from, attempt);
      if (!this.#allowed.has(await fundingIndex(this.#stage))) this.#moved.push(attempt.name);
      if (attempt.same && (await this.#anyLiquidatable())) this.#liquidatable.push(attempt.name);
    });
    return undefined;
  }

  /** What a call fails with; undefined if it does not. */
  async #refusal({ to, data }: Pick<Attempt, "to" | "data">, from: string): Promise<string | undefined> {
    try {
      await this.#stage.world.chain.call(to, data, from);
      return undefined;
    } catch (error) {
      return revertData(error) ?? "";
    }
  }

  async #anyLiquidatable(): Promise<boolean> {
    for (const holder of this.#holders) {
      if ((await this.#refusal(this.#keeper.liquidate(holder), this.#keeper.address)) === undefined) return true;
    }
    return false;
  }

  async #attempts(contract: Deployed, fragment: FunctionFragment): Promise<Attempt[]> {
    const attempt = (values: readonly unknown[], same: boolean): Attempt => {
      const data = contract.interface.encodeFunctionData(fragment, values);
      return { name: `${contract.name}.${fragment.name}`, to: contract.address, data, same };
    };
    if (fragment.inputs.length === 0) return [attempt([], true)];
    const generic = [0, 1, 2].map((kind) => fragment.inputs.map((input) => this.#value(input, kind)));
    const present = await this.#present(contract, fragment);
    const attempts = generic.map((values) => attempt(values, false));
    return present === undefined ? attempts : [...attempts, attempt(present, true)];
  }

  /** What is set already: what a view returns that is asked for the market and answers with the other arguments. */
  async #present(contract: Deployed, { name, inputs }: FunctionFragment): Promise<readonly unknown[] | undefined> {
    const { exchange, world } = this.#stage;
    const [first, ...rest] = inputs;
    const keys = first?.type === "uint8" ? [first.name === "asset" ? exchange.spotAsset : exchange.market] : [];
    const others = keys.length === 0 ? inputs : rest;
    if (others.length === 0) return keys;
    const views = functions(contract).filter(
      (view) =>
        view.stateMutability === "view" &&
        typesOf(view.inputs) === (keys.length === 0 ? "" : "uint8") &&
        typesOf(view.outputs) === typesOf(others),
    );
    const what = name.replace(/^(set|list)/, "").toLowerCase();
    const view = views.find((one) => one.name.toLowerCase().startsWith(what)) ?? views[0];
    if (view === undefined) return undefined;
    const { interface: abi, address } = contract;
    const answer = await world.chain.call(address, abi.encodeFunctionData(view, keys));
    return [...keys, ...(abi.decodeFunctionResult(view, answer).toArray() as unknown[])];
  }

  /** Nothing, one, or the most of a type; an address is nobody's, the ledger's or the stranger's. */
  #value(type: ParamType, kind: number): unknown {
    const { baseType, components, arrayChildren } = type;
    if (baseType === "tuple") return (components ?? []).map((component) => this.#value(component, kind));
    if (baseType === "array") return arrayChildren === null || kind === 0 ? [] : [this.#value(arrayChildren, kind)];
    const { clearingHouse } = this.#stage.exchange.contracts;
    if (baseType === "address") return [ZeroAddress, clearingHouse.address, this.#stranger][kind];
    if (baseType === "bool") return kind > 0;
    if (baseType === "string") return "";
    if (baseType === "bytes") return "0x";
    const bytes = /^bytes(\d+)$/.exec(baseType)?.[1];
    if (bytes !== undefined) return toBeHex(kind, Number(bytes));
    const [, unsigned, bits] = /^(u?)int(\d+)$/.exec(baseType) ?? [];
    return [0n, 1n, (1n << BigInt(Number(bits) - (unsigned === "u" ? 0 : 1))) - 1n][kind];
  }
}

function isError({ interface: abi }: Deployed, refusal: string | undefined, name: string): boolean {
  const selector = abi.getError(name)?.selector;
  return selector !== undefined && refusal?.startsWith(selector) === true;
}

function typesOf(parameters: readonly ParamType[]): string {
  return parameters.map((one) => one.format("sighash")).join();
}

function functions({ interface: abi }: Deployed): FunctionFragment[] {
  return abi.fragments.filter((fragment): fragment is FunctionFragment => fragment.type === "function");
}

function changing(contract: Deployed): FunctionFragment[] {
  return functions(contract).filter(({ stateMutability }) => !["view", "pure"].includes(stateMutability));
}
