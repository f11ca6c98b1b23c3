import type { Taking } from "../report/data.js";
import { fromWad } from "../units.js";
import { big, small } from "../world/events.js";
import type { View } from "../world/view.js";
import type { Step } from "../world/world.js";

/** Events that close a bankrupt position against winners, or charge them for it. */
const SETTLED = new Set(["PositionDeleveraged", "QueueDeleveraged"]);

/** What the ledger's funding index counts in: 1e-27 of quote per unit of base. */
const RAY = 10n ** 27n;

/**
 * What deleveraging took from winners beside what it needed: overshoot = taken - needed, after arXiv 2512.01112. Both are read from
 * equities before and after the block, with the funding of its seconds put to the first, so they say nothing the contracts say of
 * themselves. A block in which the mark moved is passed over: there taking and price cannot be told apart.
 */
export class Takings {
  readonly all: Taking[] = [];

  /** Takes in a block. */
  observe({ before, view, events, tornUp, fills }: Step): void {
    const bankrupt = new Set(events.filter(({ name }) => SETTLED.has(name)).map((event) => small(event, "account")));
    if (bankrupt.size === 0 || before.market.mark !== view.market.mark || fills.length !== 0) return;
    let insured = 0n;
    for (const event of events) {
      if (event.name === "DeficitInsured") insured += big(event, "paid");
      if (event.name === "QueueDeleveraged") insured += big(event, "insured");
    }
    let [needed, taken] = [-insured, 0n];
    const winners = new Set(tornUp.map(({ short }) => short));
    for (const account of before.accounts.keys()) {
      const [start, end] = [equityOf(before, view, account), view.accounts.get(account)?.equity ?? 0n];
      if (bankrupt.has(account)) needed += start < 0n ? -start : 0n;
      else if (winners.has((before.accounts.get(account)?.size ?? 0n) < 0n)) taken += start - end;
    }
    const overshoot = fromWad(taken - needed);
    this.all.push({ time: view.time, needed: fromWad(needed), taken: fromWad(taken), overshoot });
  }
}

/** Equity before the block, with what funding did to it until the block. */
function equityOf(before: View, after: View, account: number): bigint {
  const row = before.accounts.get(account);
  if (row === undefined) return 0n;
  const funding = (row.size * (after.market.fundingIndex - before.market.fundingIndex)) / RAY;
  return row.equity - funding;
}
