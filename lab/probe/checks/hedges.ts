import { big, small } from "../../world/events.js";
import type { AccountRow, View } from "../../world/view.js";
import type { Check } from "../check.js";

/** Bit 3 of the class in a tranche key: the position is hedged. */
const HEDGED = 1 << 14;
const SHORT = 1 << 15;

/** A bucket is 2 % wide, and who has gained less than its width may count as not in profit. Parts per thousand. */
const WIDTH = 21n;

/** Whether a tranche key carries the hedged bit. */
export function isHedged(key: number): boolean {
  return (key & HEDGED) !== 0;
}

/**
 * P9: where a hedged tranche is torn up, no directional position of the side is left in profit by more than a bucket. A promise of the
 * policy HedgeLast: under any other no tranche is hedged, and a queue, which has no tranches, closes whom its score says.
 */
export const hedgesComeLast: Check = {
  property: "P9",
  find: ({ step }) => {
    for (const event of step.events) {
      if (event.name !== "TrancheDeleveraged" || big(event, "tornUp") === 0n) continue;
      const key = small(event, "key");
      if (!isHedged(key)) continue;
      const spared = directional(step.before, step.view, (key & SHORT) !== 0);
      if (spared === undefined) continue;
      return `hedged tranche ${key} was torn up, and account ${spared.account} kept ${spared.size} in profit`;
    }
    return undefined;
  },
};

/** A position that is not hedged, was where it is before the block, and is well in profit at mark after it. */
function directional(before: View, { market, accounts }: View, short: boolean): AccountRow | undefined {
  return [...accounts.values()].find((row) => {
    if (row.size === 0n || row.size < 0n !== short || isHedged(row.key)) return false;
    const known = before.accounts.get(row.account);
    if (known?.key !== row.key || known.generation !== row.generation) return false;
    const gained = row.size * market.mark + row.quote * 10n ** 18n;
    const paid = row.quote < 0n ? -row.quote : row.quote;
    return gained * 1_000n > paid * 10n ** 18n * WIDTH;
  });
}
