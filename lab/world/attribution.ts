import { abs } from "../units.js";
import { big, type ChainEvent, small } from "./events.js";
import type { Filled } from "./orders.js";
import type { AccountRow } from "./view.js";

/** Rounding of a tear-up, in wei of base, that is nobody's deleveraging. */
const DUST = 10n ** 9n;

/** A block as the attribution sees it. */
export interface Passage {
  readonly before: ReadonlyMap<number, AccountRow>;
  readonly after: ReadonlyMap<number, AccountRow>;
  readonly events: readonly ChainEvent[];
  readonly fills: readonly Filled[];
}

/** What one block's deleveraging took from an account that was not liquidated itself. */
export interface TornUp {
  readonly account: number;
  /** Base, WAD, positive. */
  readonly size: bigint;
  /** Break-even before the block, quote per base, WAD. */
  readonly breakEven: bigint;
  readonly short: boolean;
}

/** Base an account traded or was liquidated for in a block, signed as it changed the position: on the book and outside it. */
function explained(step: Passage): Map<number, bigint> {
  const changes = new Map<number, bigint>();
  const add = (account: number, size: bigint): void => void changes.set(account, (changes.get(account) ?? 0n) + size);
  for (const { account, buy, size } of step.fills) add(account, buy ? size : -size);
  for (const event of step.events) {
    if (event.name === "Traded") {
      add(small(event, "taker"), event.arguments.buy === true ? big(event, "size") : -big(event, "size"));
    } else if (event.name === "PositionTransferred") {
      add(small(event, "from"), -big(event, "size"));
      add(small(event, "to"), big(event, "size"));
    } else if (event.name === "PositionDeleveraged" || (event.name === "LossSocialised" && "size" in event.arguments)) {
      add(small(event, "account"), -big(event, "size"));
    }
  }
  return changes;
}

/**
 * Whose positions a block's deleveraging shrank, and by how much: what neither their trades nor their own liquidation explain.
 * Read from positions before and after, so it is the same question for every policy and for the queue.
 */
export function tornUp(step: Passage): TornUp[] {
  const queued = step.events.filter(({ name }) => name === "CounterpartyDeleveraged");
  const inQueue = new Map<number, bigint>();
  for (const event of queued) {
    const account = small(event, "counterparty");
    inQueue.set(account, (inQueue.get(account) ?? 0n) + abs(big(event, "size")));
  }
  const deleveraged = step.events.some(({ name }) => name === "TrancheDeleveraged");
  if (!deleveraged && inQueue.size === 0) return [];
  const changes = deleveraged ? explained(step) : new Map<number, bigint>();
  const torn: TornUp[] = [];
  for (const [account, before] of step.before) {
    if (before.size === 0n) continue;
    const after = step.after.get(account);
    const expected = before.size + (changes.get(account) ?? 0n);
    const missing = deleveraged ? abs(expected) - abs(after?.size ?? 0n) : 0n;
    const size = (inQueue.get(account) ?? 0n) + (missing > DUST ? missing : 0n);
    if (size === 0n) continue;
    const breakEven = (abs(before.quote) * 10n ** 18n) / abs(before.size);
    torn.push({ account, size, breakEven, short: before.size < 0n });
  }
  return torn;
}
