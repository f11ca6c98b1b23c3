import type { Artifacts } from "../deployment/artifacts.js";
import { ask, type Provider, quantity } from "../world/provider.js";
import { answersOf, batchOf } from "./words.js";

/** Where the reading contract is put for the time of a call. Nothing is there. */
const PLACE = "0x00000000000000000000000000000000000ba7c4";

/** `Batch.read(address[],bytes[])`. */
export const READ = "0x84941937";

/** Asks any number of views in one call, through a contract that is there for the call only. */
export class BatchReader {
  readonly #provider: Provider;
  readonly #code: string;

  private constructor(provider: Provider, code: string) {
    this.#provider = provider;
    this.#code = code;
  }

  static async of(provider: Provider, artifacts: Artifacts): Promise<BatchReader> {
    const { deployedBytecode } = (await artifacts.readArtifact("Batch")) as { deployedBytecode: string };
    return new BatchReader(provider, deployedBytecode);
  }

  /** The answers, as words without a prefix. */
  async read(questions: readonly { readonly to: string; readonly data: string }[]): Promise<string[]> {
    const call = { to: PLACE, data: batchOf(READ, questions), gas: quantity(10 ** 10) };
    return answersOf(await ask<string>(this.#provider, "eth_call", call, "latest", { [PLACE]: { code: this.#code } }));
  }
}
