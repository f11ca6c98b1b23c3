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

/** Reads the logs of known contracts; logs of others (tokens of third parties, the pool) are passed over. */
export class EventReader {
  readonly #contracts: ReadonlyMap<string, Deployed>;

  constructor(contracts: Iterable<Deployed>) {
    this.#contracts = new Map([...contracts].map((contract) => [contract.address.toLowerCase(), contract]));
  }

  /** Every known event of a block, in order. */
  read(receipts: readonly RawReceipt[]): ChainEvent[] {
    return receipts.flatMap((receipt, transaction) =>
      receipt.logs.flatMap((log) => this.#parse(log, transaction) ?? []),
    );
  }

  #parse(log: RawLog, transaction: number): ChainEvent | undefined {
    const contract = this.#contracts.get(log.address.toLowerCase());
    const parsed = contract?.interface.parseLog(log);
    if (contract === undefined || parsed === null || parsed === undefined) return undefined;
    return { contract: contract.name, name: parsed.name, arguments: parsed.args.toObject(true), transaction };
  }
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
