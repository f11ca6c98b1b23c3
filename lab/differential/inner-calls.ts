import { ask, type Provider } from "../world/provider.js";

/** A call of a contract one knows, made by somebody one does not, within a transaction. */
export interface InnerCall {
  readonly from: string;
  readonly to: string;
  readonly data: string;
  /** Whether it did what it was asked. What its caller undid again is not told at all. */
  readonly done: boolean;
}

/** What the node's call tracer says of a call. */
interface Frame {
  readonly type: string;
  readonly from: string;
  readonly to?: string;
  readonly input: string;
  readonly error?: string;
  readonly calls?: readonly Frame[];
}

/**
 * The calls that a transaction, sent to somebody's own contract, has made of known contracts, in their order. What a known contract
 * calls in its turn is its own affair.
 */
export async function innerCalls(
  provider: Provider,
  transaction: string,
  known: (address: string) => boolean,
): Promise<readonly InnerCall[]> {
  const frame = await ask<Frame>(provider, "debug_traceTransaction", transaction, { tracer: "callTracer" });
  return within(frame, known);
}

function within(
  { type, from, to = "", input, error, calls = [] }: Frame,
  known: (address: string) => boolean,
): InnerCall[] {
  if (type === "STATICCALL") return [];
  if (known(to)) return [{ from, to, data: input, done: error === undefined }];
  return error === undefined ? calls.flatMap((call) => within(call, known)) : [];
}
