import {
  ErrorFragment,
  EventFragment,
  type Fragment,
  Interface,
  type JsonFragment,
  type JsonFragmentType,
} from "ethers";
import type { Sender } from "./sender.js";

/** What the compiler says about a contract. */
export interface Artifact {
  readonly contractName: string;
  readonly sourceName: string;
  readonly abi: readonly JsonFragment[];
  readonly bytecode: string;
  readonly linkReferences?: Readonly<
    Record<string, Readonly<Record<string, readonly { readonly start: number; readonly length: number }[]>>>
  >;
}

/** Finds an artifact by contract name, or by `source:name` where the name alone is ambiguous. */
export interface Artifacts {
  readArtifact(name: string): Promise<unknown>;
}

/** A contract on a chain. Its interface also knows the events and errors of the libraries it is linked with. */
export interface Deployed {
  readonly name: string;
  readonly address: string;
  readonly interface: Interface;
}

/** Deploys contracts, and the external libraries they are linked with, each library once. */
export class Deployer {
  readonly sender: Sender;
  readonly #artifacts: Artifacts;
  readonly #substitutes: Readonly<Record<string, string>>;
  readonly #libraries = new Map<string, Deployed>();

  /** @param substitutes libraries to link in the place of others, by name: for tests of what the others are worth */
  constructor(sender: Sender, artifacts: Artifacts, substitutes: Readonly<Record<string, string>> = {}) {
    this.sender = sender;
    this.#artifacts = artifacts;
    this.#substitutes = substitutes;
  }

  /** External libraries deployed so far. */
  get libraries(): readonly Deployed[] {
    return [...this.#libraries.values()];
  }

  /** Deploys a contract of this project. */
  async deploy(name: string, ...args: unknown[]): Promise<Deployed> {
    return this.deployArtifact((await this.#artifacts.readArtifact(name)) as Artifact, ...args);
  }

  /** Deploys compiled code from elsewhere. */
  async deployArtifact(artifact: Artifact, ...args: unknown[]): Promise<Deployed> {
    const own = interfaceOf(artifact);
    const { code, libraries } = await this.#link(artifact);
    const receipt = await this.sender.send({ data: code + own.encodeDeploy(args).slice(2) });
    if (receipt.status !== "0x1" || receipt.contractAddress === null) {
      throw new Error(`${artifact.contractName} could not be deployed`);
    }
    const known = merged(own, libraries);
    return { name: artifact.contractName, address: receipt.contractAddress, interface: known };
  }

  /** A contract of this project that is already on the chain. */
  async at(name: string, address: string): Promise<Deployed> {
    const artifact = (await this.#artifacts.readArtifact(name)) as Artifact;
    return { name, address, interface: interfaceOf(artifact) };
  }

  /** Calls a function in a transaction and fails with the contract's own error if it reverts. */
  async execute(contract: Deployed, method: string, ...args: unknown[]): Promise<void> {
    const data = contract.interface.encodeFunctionData(method, args);
    const receipt = await this.sender.send({ to: contract.address, data });
    if (receipt.status !== "0x1") {
      throw new Error(`${contract.name}.${method} failed: ${await this.#reason(contract, data)}`);
    }
  }

  /** Reads one value. */
  async read<T>(contract: Deployed, method: string, ...args: unknown[]): Promise<T> {
    const data = contract.interface.encodeFunctionData(method, args);
    const call = { from: this.sender.address, to: contract.address, data };
    const answer = await this.sender.provider.request({ method: "eth_call", params: [call, "latest"] });
    return contract.interface.decodeFunctionResult(method, answer as string)[0] as T;
  }

  async #link(artifact: Artifact): Promise<{ code: string; libraries: Deployed[] }> {
    let code = artifact.bytecode;
    const libraries: Deployed[] = [];
    for (const [source, names] of Object.entries(artifact.linkReferences ?? {})) {
      for (const [name, places] of Object.entries(names)) {
        const library = await this.#library(this.#substitutes[name] ?? `${source.replace(/^project\//, "")}:${name}`);
        libraries.push(library);
        for (const { start, length } of places) {
          const from = 2 + start * 2;
          code = code.slice(0, from) + library.address.slice(2).toLowerCase() + code.slice(from + length * 2);
        }
      }
    }
    return { code, libraries };
  }

  async #library(name: string): Promise<Deployed> {
    const known = this.#libraries.get(name);
    if (known !== undefined) return known;
    const library = await this.deploy(name);
    this.#libraries.set(name, library);
    return library;
  }

  async #reason(contract: Deployed, data: string): Promise<string> {
    try {
      const call = { from: this.sender.address, to: contract.address, data };
      await this.sender.provider.request({ method: "eth_call", params: [call, "latest"] });
      return "no reason given";
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}

/** A type as the ABI has it. Linked libraries also have functions of storage structs and enums by name, which nobody calls from outside. */
const ABI_TYPE = /^(u?int\d*|address|bool|bytes\d*|string|tuple|function)(\[\d*\])*$/;

/** What of a contract can be called: ethers would say on standard output what it cannot make sense of. */
export function interfaceOf({ abi }: Pick<Artifact, "abi">): Interface {
  return new Interface(
    abi.filter((fragment) => [...(fragment.inputs ?? []), ...(fragment.outputs ?? [])].every(isPlain)),
  );
}

function isPlain({ type, components }: JsonFragmentType): boolean {
  return ABI_TYPE.test(type ?? "") && (components ?? []).every(isPlain);
}

/** An interface with the events and errors of linked libraries, which appear under the contract's own address. */
function merged(own: Interface, libraries: readonly Deployed[]): Interface {
  const known = new Set(own.fragments.filter(isReport).map((fragment) => fragment.format("sighash")));
  const foreign = new Map<string, Fragment>();
  for (const fragment of libraries.flatMap((library) => library.interface.fragments.filter(isReport))) {
    const signature = fragment.format("sighash");
    if (!known.has(signature)) foreign.set(signature, fragment);
  }
  return new Interface([...own.fragments, ...foreign.values()]);
}

function isReport(fragment: Fragment): fragment is EventFragment | ErrorFragment {
  return EventFragment.isFragment(fragment) || ErrorFragment.isFragment(fragment);
}
