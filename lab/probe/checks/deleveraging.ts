import { abs, min, WAD } from "../../units.js";
import { big, type ChainEvent, small } from "../../world/events.js";
import type { AccountRow, View } from "../../world/view.js";
import type { Step, World } from "../../world/world.js";
import type { Check } from "../check.js";

/** A millionth of a quote unit: charges are rounded up per share. */
export const DUST = 10n ** 12n;

const PPM = 1_000_000n;

/** Gas of a liquidation that reaches deleveraging: at most this, and this much more per tranche and per order met. */
const GAS = { base: 1_200_000, tranche: 60_000, order: 110_000 };

/**
 * P5: nobody out of profit at the tear-up price is torn up or charged, but by the last step, at mark and without a charge; and the queue
 * closes nobody at a price worse for it than its break-even.
 */
export const onlyProfitIsReached: Check = {
  property: "P5",
  find: ({ step }) => {
    for (const event of named(step, "TrancheDeleveraged")) {
      const price = big(event, "price");
      const loser = members(step.before, event).find((row) => !inProfit(row, price));
      if (loser === undefined) continue;
      const last = big(event, "charged") === 0n && closedAtMark(step, event.transaction);
      if (!last) return `account ${loser.account}, size ${loser.size}, quote ${loser.quote}, was reached at ${price}`;
    }
    for (const event of named(step, "CounterpartyDeleveraged")) {
      const [row, price] = [standingBefore(step, event), big(event, "price")];
      if (row === undefined || inProfit(row, price)) continue;
      return `account ${row.account}, size ${row.size}, quote ${row.quote}, was closed by the queue at ${price}`;
    }
    return undefined;
  },
};

/** A counterparty's position as the queue's transaction found it: as the block did, or as an earlier transaction has left it. */
function standingBefore(
  step: Step,
  { transaction, arguments: { counterparty } }: ChainEvent,
): Pick<AccountRow, "account" | "size" | "quote"> | undefined {
  const changed = named(step, "PositionChanged").findLast(
    (other) => other.transaction < transaction && other.arguments.account === counterparty,
  );
  const row = step.before.accounts.get(Number(counterparty));
  if (changed === undefined || row === undefined) return row;
  return { account: row.account, size: big(changed, "size"), quote: big(changed, "quote") };
}

/** P7: the gas of a deleveraging follows the tranches reached and the orders met, not the positions in the tranches. */
export const gasFollowsTranches: Check = {
  property: "P7",
  find: ({ step }) => {
    for (const event of named(step, "Liquidation")) {
      const at = event.transaction;
      const tranches = step.events.filter((other) => other.transaction === at && other.name === "TrancheDeleveraged");
      if (tranches.length === 0) continue;
      const orders = step.events.filter((other) => other.transaction === at && other.name.startsWith("Order"));
      const liquidations = named(step, "Liquidation").filter((other) => other.transaction === at);
      const allowed = GAS.base * liquidations.length + GAS.tranche * tranches.length + GAS.order * orders.length;
      const used = step.actions[at]?.gas ?? 0;
      if (used > allowed) return `${used} gas for ${tranches.length} tranches and ${orders.length} orders`;
    }
    return undefined;
  },
};

/**
 * P10: equity over maintenance is never worse after a liquidation than before. Of a bankrupt account the ratio says nothing (closing at
 * mark would seem to worsen it, and doing nothing would seem best): there what it owes must not grow, its spot counted at what it sells
 * for. Closing a covered short alone costs its spot the haircut, which is nobody's to pay.
 */
export const liquidationsNeverWorsen: Check = {
  property: "P10",
  find: ({ world, step }) => {
    for (const event of named(step, "Liquidation")) {
      const before = [big(event, "equityBefore"), big(event, "maintenanceBefore")] as const;
      const after = [big(event, "equityAfter"), big(event, "maintenanceAfter")] as const;
      // Ratios are compared as cross products; a wei or two of equity is rounding.
      const worse =
        before[0] <= 0n
          ? after[0] + haircutTaken(world, step, event) + DUST < before[0]
          : (after[0] + DUST) * before[1] < before[0] * after[1];
      if (!worse) continue;
      return `account ${small(event, "account")} went from ${before[0]} / ${before[1]} to ${after[0]} / ${after[1]}`;
    }
    return undefined;
  },
};

/** The haircut on spot that covers no short any more, since the block closed it: what it covers counts in full. */
function haircutTaken({ exchange: { parameters } }: World, { before, view }: Step, event: ChainEvent): bigint {
  const account = small(event, "account");
  const [was, is] = [before, view].map(({ accounts }) => coveredAt(accounts.get(account), view.time));
  if (was === undefined || is === undefined || was <= is || parameters.hedgedMaintenance === 0) return 0n;
  return ((((was - is) * view.market.index) / WAD) * BigInt(parameters.spotHaircut)) / PPM;
}

/** min(|short|, spot that has seasoned by then). */
function coveredAt(row: AccountRow | undefined, time: number): bigint {
  if (row === undefined || row.size >= 0n) return 0n;
  return min(-row.size, time < row.seasonedAt ? row.spot - row.waiting : row.spot);
}

/** Events of a name, in order. */
export function named({ events }: Step, name: string): ChainEvent[] {
  return events.filter((event) => event.name === name);
}

/** Who was in a tranche before the block. */
export function members(view: View, event: ChainEvent): AccountRow[] {
  const [key, generation] = [small(event, "key"), small(event, "generation")];
  return [...view.accounts.values()].filter(
    (row) => row.size !== 0n && row.key === key && row.generation === generation,
  );
}

/**
 * Above the break-even for longs, below it for shorts; exactly, so without division. A row shows signed size and quote rounded down,
 * each by less than a wei, and the position may be as good as that: it matters where no more than a few wei are left of it.
 */
function inProfit({ size, quote }: Pick<AccountRow, "size" | "quote">, price: bigint): boolean {
  return (size + 1n) * price + (quote + 1n) * WAD > 0n;
}

function closedAtMark(step: Step, transaction: number): boolean {
  return named(step, "LossSocialised").some(
    (event) =>
      event.transaction === transaction && event.contract === "LiquidationEngine" && abs(big(event, "size")) > 0n,
  );
}
