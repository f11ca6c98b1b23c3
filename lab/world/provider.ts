/** What the lab asks of a chain: the EIP-1193 call. */
export interface Provider {
  request(call: { method: string; params?: unknown[] }): Promise<unknown>;
}

/** A log as a node returns it. */
export interface RawLog {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
}

/** The part of a receipt the lab reads. */
export interface RawReceipt {
  readonly transactionHash: string;
  readonly contractAddress: string | null;
  readonly status: string;
  readonly gasUsed: string;
  readonly blockNumber: string;
  readonly logs: readonly RawLog[];
}

/** Sends one call and trusts the node for the shape of its answer. */
export async function ask<T>(provider: Provider, method: string, ...params: unknown[]): Promise<T> {
  return (await provider.request({ method, params })) as T;
}

/** A number as the JSON-RPC interface writes it. */
export function quantity(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}
