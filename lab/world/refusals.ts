import { Interface } from "ethers";

import type { Deployed } from "../deployment/artifacts.js";

/** Why a call failed: the contract's typed error. */
export interface Refusal {
  /** Name of the error; the data itself if no known contract has it, and "out of gas" without any. */
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** The error with its arguments, for people. */
  readonly text: string;
}

/** Errors the language itself raises. */
const BUILT_IN = new Interface(["error Error(string reason)", "error Panic(uint256 code)"]);

/** What revert data says, by the first contract that knows the error. */
export function refusalOf(data: string, contracts: readonly Deployed[]): Refusal {
  if (data === "0x") return { name: "no reason", arguments: {}, text: "failed without a reason, or out of gas" };
  for (const abi of [BUILT_IN, ...contracts.map((contract) => contract.interface)]) {
    const parsed = abi.parseError(data);
    if (parsed === null) continue;
    const values = parsed.fragment.inputs.map(({ name }, index) => [name, parsed.args[index] as unknown] as const);
    const text = `${parsed.name}(${values.map(([name, value]) => `${name} ${String(value)}`).join(", ")})`;
    return { name: parsed.name, arguments: Object.fromEntries(values), text };
  }
  return { name: data, arguments: {}, text: data };
}

/** The revert data a node hands back with its error, wherever it puts it. */
export function revertData(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { data, cause } = error as { data?: unknown; cause?: unknown };
  if (typeof data === "string") return data;
  if (typeof data === "object" && data !== null) return revertData(data);
  return cause === undefined ? undefined : revertData(cause);
}
