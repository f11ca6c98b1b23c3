import { createHash } from "node:crypto";
import type { NetworkManager } from "hardhat/types/network";
import { providerSender, type Sender } from "../deployment/sender.js";
import { ask, type Provider, quantity, type RawReceipt } from "./provider.js";

/** Gas a transaction may use unless it says otherwise. Below the 2^24 main networks allow. */
export const TRANSACTION_GAS = 12_000_000;

const BLOCK_GAS = 20_000_000_000n;
const BASE_FEE = 1_000_000_000;
const GAS_PRICE = quantity(BASE_FEE * 2);
const COINBASE = "0x00000000000000000000000000000000c0ffee00";
/** Before transactions were capped at 2^24 gas, a cap that would also bind the calls that read every account at once. */
const HARDFORK = "prague";
const ENDOWMENT = 10n ** 24n;

/** A transaction to be put into the next block. */
export interface Transaction {
  readonly from: string;
  readonly to?: string;
  readonly data: string;
  readonly gas?: number;
}

/** A mined block: receipts in the order the transactions were submitted. */
export interface Block {
  readonly number: number;
  readonly timestamp: number;
  readonly receipts: readonly RawReceipt[];
}

/** A point to return to. */
export interface Snapshot {
  readonly id: string;
  readonly timestamp: number;
  readonly nonces: ReadonlyMap<string, number>;
}

/**
 * A chain in this process. Blocks are mined by hand, first come first served; keys, timestamps, base fee, prevrandao and
 * coinbase are pinned, so that the same transactions give the same chain to the byte.
 */
export class Chain {
  /** The accounts whose keys the chain holds. */
  readonly addresses: readonly string[];
  readonly provider: Provider;
  readonly #end: () => Promise<void>;
  #timestamp: number;
  #pending: string[] = [];
  #nonces = new Map<string, number>();

  private constructor(provider: Provider, addresses: readonly string[], timestamp: number, end: () => Promise<void>) {
    this.provider = provider;
    this.addresses = addresses;
    this.#timestamp = timestamp;
    this.#end = end;
  }

  /** Starts a chain with `accounts` funded keys derived from `seed`, its clock at `start` (unix seconds). */
  static async create(network: NetworkManager, seed: number, accounts: number, start: number): Promise<Chain> {
    const connection = await network.create({
      network: "default",
      override: {
        accounts: Array.from({ length: accounts }, (_, index) => ({
          privateKey: keyOf(seed, index),
          balance: ENDOWMENT,
        })),
        mining: { auto: false, interval: 0, mempool: { order: "fifo" } },
        blockGasLimit: BLOCK_GAS,
        initialBaseFeePerGas: BigInt(BASE_FEE),
        initialDate: new Date(start * 1000),
        hardfork: HARDFORK,
        coinbase: COINBASE,
        throwOnTransactionFailures: false,
      },
    });
    const provider = connection.provider as Provider;
    const addresses = await ask<string[]>(provider, "eth_accounts");
    return new Chain(provider, addresses, start, () => connection.close());
  }

  /** Ends the chain, so that its memory can be used for others. */
  async close(): Promise<void> {
    await this.#end();
  }

  /** Timestamp of the last block, unix seconds. */
  get timestamp(): number {
    return this.#timestamp;
  }

  /** Puts a transaction into the next block. It is executed when the block is mined, and may then fail. */
  async submit(transaction: Transaction): Promise<string> {
    const nonce = this.#nonces.get(transaction.from) ?? 0;
    this.#nonces.set(transaction.from, nonce + 1);
    const hash = await ask<string>(this.provider, "eth_sendTransaction", {
      from: transaction.from,
      ...(transaction.to === undefined ? {} : { to: transaction.to }),
      data: transaction.data,
      gas: quantity(transaction.gas ?? TRANSACTION_GAS),
      gasPrice: GAS_PRICE,
      nonce: quantity(nonce),
    });
    this.#pending.push(hash);
    return hash;
  }

  /** Mines everything submitted since the last block into one at `timestamp`. */
  async mine(timestamp: number): Promise<Block> {
    await ask(this.provider, "hardhat_setNextBlockBaseFeePerGas", quantity(BASE_FEE));
    await ask(this.provider, "hardhat_setPrevRandao", digest(`prevrandao/${timestamp}`));
    await ask(this.provider, "evm_setNextBlockTimestamp", quantity(timestamp));
    await ask(this.provider, "evm_mine");
    this.#timestamp = timestamp;
    const hashes = this.#pending;
    this.#pending = [];
    const receipts: RawReceipt[] = [];
    for (const hash of hashes) receipts.push(await this.#receipt(hash));
    return { number: Number(receipts[0]?.blockNumber ?? 0), timestamp, receipts };
  }

  /** Reads without changing anything. Rejects if the call reverts. */
  async call(to: string, data: string, from?: string): Promise<string> {
    return this.#read({ to, data, ...(from === undefined ? {} : { from }) }, "latest");
  }

  /** Reads the state as it was before the last block. */
  async callBefore(to: string, data: string): Promise<string> {
    const height = Number(await ask<string>(this.provider, "eth_blockNumber"));
    return this.#read({ to, data }, quantity(height - 1));
  }

  /** What a mined transaction failed with, from running it again where it stood. */
  async revertData(hash: string): Promise<string> {
    // The call alone: the trace of every step would be tens of megabytes.
    const options = { tracer: "callTracer", tracerConfig: { onlyTopCall: true } };
    const { output } = await ask<{ readonly output?: string }>(this.provider, "debug_traceTransaction", hash, options);
    return output ?? "0x";
  }

  /** Remembers the present state. */
  async snapshot(): Promise<Snapshot> {
    const id = await ask<string>(this.provider, "evm_snapshot");
    return { id, timestamp: this.#timestamp, nonces: new Map(this.#nonces) };
  }

  /** Returns to a remembered state, which is spent by it. */
  async revert(snapshot: Snapshot): Promise<void> {
    if (!(await ask<boolean>(this.provider, "evm_revert", snapshot.id))) throw new Error("the snapshot is spent");
    this.#timestamp = snapshot.timestamp;
    this.#nonces = new Map(snapshot.nonces);
    this.#pending = [];
  }

  /**
   * The chain as ordinary tools expect it: every transaction sent through this is mined at once, in a block of its own a
   * second after the last. For deployments and set-up.
   */
  get automatic(): Provider {
    return {
      request: async ({ method, params }) => {
        if (method !== "eth_sendTransaction") return this.provider.request({ method, params: params ?? [] });
        const [sent] = params as [Omit<Transaction, "gas"> & { readonly gas?: string }];
        const hash = await this.submit({ ...sent, gas: Number(sent.gas ?? TRANSACTION_GAS) });
        await this.mine(this.#timestamp + 1);
        return hash;
      },
    };
  }

  /** A sender for deployments. */
  sender(from: string): Sender {
    return providerSender(this.automatic, from);
  }

  #read(call: { readonly to: string; readonly data: string; readonly from?: string }, block: string): Promise<string> {
    return ask<string>(this.provider, "eth_call", { ...call, gas: quantity(BLOCK_GAS) }, block);
  }

  async #receipt(hash: string): Promise<RawReceipt> {
    const receipt = await ask<RawReceipt | null>(this.provider, "eth_getTransactionReceipt", hash);
    if (receipt === null) throw new Error(`transaction ${hash} is in no block`);
    return receipt;
  }
}

/** The private key of an account of a seed. */
export function keyOf(seed: number, index: number): string {
  return digest(`crossfire/${seed}/${index}`);
}

function digest(text: string): string {
  return `0x${createHash("sha256").update(text).digest("hex")}`;
}
