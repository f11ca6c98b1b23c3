import { AbiCoder, type EventFragment, type ParamType, Result } from "ethers";

import type { Deployed } from "../deployment/artifacts.js";
import type { RawLog, RawReceipt } from "./provider.js";

/** What an event says: numbers are bigints, nested structures keep their names. */
export type Arguments = Readonly<Record<string, unknown>>;

/** An event of one of the exchange's contracts. */
export interface ChainEvent {
  readonly contract: string;
  readonly name: string;
  readonly arguments: Arguments;
  /** Place of the transaction in its block. */
  readonly transaction: number;
}

/** How one event is decoded. Kept per topic: looking fragments up and hashing them for every log is most of the work. */
interface Decoder {
  readonly name: string;
  readonly indexed: readonly ParamType[];
  readonly others: readonly ParamType[];
}

/** Reads the logs of known contracts; logs of others (tokens of third parties, the pool) are passed over. */
export class EventReader {
  readonly #contracts = new Map<string, { readonly name: string; readonly decoders: ReadonlyMap<string, Decoder> }>();
  readonly #coder = AbiCoder.defaultAbiCoder();

  constructor(contracts: Iterable<Deployed>) {
    for (const { address, name, interface: abi } of contracts) {
      const decoders = new Map<string, Decoder>();
      abi.forEachEvent((fragment) => decoders.set(fragment.topicHash, decoder(fragment)));
      this.#contracts.set(address.toLowerCase(), { name, decoders });
    }
  }

  /** Every known event of a block, in order. */
  read(receipts: readonly RawReceipt[]): ChainEvent[] {
    return receipts.flatMap((receipt, transaction) =>
      receipt.logs.flatMap((log) => this.#parse(log, transaction) ?? []),
    );
  }

  #parse(log: RawLog, transaction: number): ChainEvent | undefined {
    const contract = this.#contracts.get(log.address.toLowerCase());
    const known = contract?.decoders.get(log.topics[0] ?? "");
    if (contract === undefined || known === undefined) return undefined;
    const values: Record<string, unknown> = {};
    known.indexed.forEach((parameter, index) => {
      [values[parameter.name]] = this.#coder.decode([parameter], log.topics[index + 1] ?? "0x");
    });
    const others = this.#coder.decode(known.others, log.data);
    known.others.forEach((parameter, index) => {
      const value: unknown = others[index];
      values[parameter.name] = value instanceof Result && parameter.isTuple() ? value.toObject(true) : value;
    });
    return { contract: contract.name, name: known.name, arguments: values, transaction };
  }
}

function decoder(fragment: EventFragment): Decoder {
  return {
    name: fragment.name,
    indexed: fragment.inputs.filter(({ indexed }) => indexed === true),
    others: fragment.inputs.filter(({ indexed }) => indexed !== true),
  };
}

/** A number an event carries. */
export function big(event: ChainEvent, name: string): bigint {
  const value = event.arguments[name];
  if (typeof value !== "bigint") throw new TypeError(`${event.name} has no number ${name}`);
  return value;
}

/** A small number an event carries: an account, a market, an enumeration. */
export function small(event: ChainEvent, name: string): number {
  return Number(big(event, name));
}
