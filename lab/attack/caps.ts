import { fromWad, toWad } from "../units.js";
import type { Stage } from "./stage.js";
import type { Wallet } from "./wallet.js";

/** Numbers of the caps on open interest, in the order of the contract's enumeration. */
export const BINDING = { static: 0, vaults: 1, manipulation: 2 } as const;

/** Margin that does not rise with open interest: it would only beyond any position of a story that is about other defences. */
export const FLAT_MARGIN = { openInterestLow: toWad(40_000_000_000), openInterestHigh: toWad(60_000_000_000) };

/** What the caps on open interest come to, quote at the index, decimal. */
export interface CapsNow {
  /** The lowest of them. */
  readonly cap: number;
  /** Depth of the spot pool that counts: the lowest of half an hour; 0 where no cap looks at it. */
  readonly depth: number;
  /** Which one binds: one of `BINDING`. */
  readonly binding: number;
}

interface Caps {
  readonly effective: bigint;
  readonly depth: bigint;
  readonly binding: bigint;
}

/** Has the caps brought up to date by somebody and reads them; undefined where there is none but the static one. */
export async function capsNow(stage: Stage, caller: Wallet): Promise<CapsNow | undefined> {
  const { caps, exchange } = stage;
  if (caps === undefined) return undefined;
  await stage.act("the caps are brought up to date", caller.call(caps, "refresh", exchange.market));
  const { effective, depth, binding } = await read(stage, caps);
  return { cap: fromWad(effective) * stage.view.index, depth: fromWad(depth), binding: Number(binding) };
}

/** Open interest the caps leave, base. */
export async function roomLeft(stage: Stage): Promise<number> {
  const { caps, exchange, view } = stage;
  const cap = caps === undefined ? exchange.parameters.openInterestCap : (await read(stage, caps)).effective;
  return fromWad(cap - view.market.longOpenInterest);
}

async function read(stage: Stage, caps: NonNullable<Stage["caps"]>): Promise<Caps> {
  return (await stage.read(caps, "capsOf", stage.exchange.market)) as Caps;
}

/**
 * The contracts' closed form for the largest open interest per quote of depth that no push of a raw spot price pays for. Fees and
 * result in parts per million.
 */
export function spotKappa(poolFee: number, takerFee: number): number {
  const root = Math.sqrt(takerFee * takerFee + poolFee * takerFee);
  return Math.floor((takerFee + poolFee / 2 + root) * (1 - (2 * takerFee + 2 * root) / 1e6));
}
