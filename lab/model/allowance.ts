import { down, min, up } from "./arithmetic.js";
import type { Allowance } from "./records.js";

const MILLION = 10n ** 6n;
const MILLIONTH = 10n ** 12n;

/** What may be spent now, WAD. An allowance refills evenly, so there is no window's end at which two could be spent back to back. */
export function roomOf(allowance: Allowance, now: bigint): bigint {
  const capacity = allowance.capacity * MILLION;
  const used = usedNow(allowance, now);
  return used >= capacity ? 0n : min(capacity - used, allowance.single * MILLION) * MILLIONTH;
}

/** The allowance with `amount` (WAD) spent of it. Up, against the spender. */
export function spent(allowance: Allowance, amount: bigint, now: bigint): Allowance {
  return { ...allowance, used: usedNow(allowance, now) + up(amount, MILLIONTH), usedAt: now };
}

function usedNow({ capacity, window, used, usedAt }: Allowance, now: bigint): bigint {
  const elapsed = now - usedAt;
  if (used === 0n || elapsed >= window) return 0n;
  const refilled = down(capacity * MILLION * elapsed, window);
  return used > refilled ? used - refilled : 0n;
}
