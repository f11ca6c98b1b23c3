import { ask, quantity, type RawLog } from "../world/provider.js";
import type { Stage } from "./stage.js";

/** What the market guard may say of a market; the order of the contract's enumeration. */
export const PHASES = ["OPEN", "LIMITED", "PAUSED", "AUCTION", "CLOSED"] as const;
export type Phase = (typeof PHASES)[number];

/** A market's way into a phase. */
export interface PhaseEntry {
  readonly phase: Phase;
  /** Unix seconds. */
  readonly time: number;
}

/** Every phase the market has entered from a time on (unix seconds), in order, read from the guard's log. */
export async function phasesSince(stage: Stage, time: number): Promise<PhaseEntry[]> {
  const { marketGuard } = stage.exchange.contracts;
  const { provider } = stage.world.chain;
  const filter = { address: marketGuard.address, fromBlock: quantity(0), toBlock: "latest" };
  const logs = await ask<(RawLog & { readonly blockNumber: string })[]>(provider, "eth_getLogs", filter);
  const entries: PhaseEntry[] = [];
  for (const { topics, data, blockNumber } of logs) {
    const event = marketGuard.interface.parseLog({ topics: [...topics], data });
    if (event?.name !== "PhaseEntered") continue;
    const block = await ask<{ readonly timestamp: string }>(provider, "eth_getBlockByNumber", blockNumber, false);
    const phase = PHASES[Number(event.args["phase"])] ?? "OPEN";
    if (Number(block.timestamp) >= time) entries.push({ phase, time: Number(block.timestamp) });
  }
  return entries;
}

/** Seconds up to `end` that a market which was in `first` at the beginning has spent in some phases. */
export function secondsIn(
  phases: readonly Phase[],
  entries: readonly PhaseEntry[],
  { first, start, end }: { readonly first: Phase; readonly start: number; readonly end: number },
): number {
  const all: readonly PhaseEntry[] = [{ phase: first, time: start }, ...entries];
  return all.reduce((sum, { phase, time }, index) => {
    const until = all[index + 1]?.time ?? end;
    return phases.includes(phase) ? sum + until - time : sum;
  }, 0);
}
