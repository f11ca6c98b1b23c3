import { isShort, leastProfitableEdge } from "../../model/buckets.js";
import { chargeablePerShare } from "../../model/tranches.js";
import { abs, min, sum, WAD } from "../../units.js";
import { named as namedIn } from "../../world/accounts.js";
import { big, type ChainEvent, small } from "../../world/events.js";
import type { AccountRow } from "../../world/view.js";
import type { Step, World } from "../../world/world.js";
import type { Check } from "../check.js";
import { DUST, members, named } from "./deleveraging.js";

const PPM = 1_000_000n;

/** A tranche, as far as it says what may be charged. */
type Charged = Parameters<typeof chargeablePerShare>[0];

/**
 * P6: charge and insurance together never exceed what the account lacked, no tranche is charged beyond its profit, and what tranches
 * and pools of closed profit were charged adds up to what the account was given. A loss is left to everybody only when nothing is left
 * of the winners' profit that may be charged (docs/adl.md: per unit what a bucket's least profitable member may have gained). Of a
 * queue only the first can hold: it asks whom its keeper lists.
 */
export const chargesAreBounded: Check = {
  property: "P6",
  find: async ({ world, step }) =>
    beyondDeficit(step) ??
    beyondProfit(step) ??
    unexplained(step) ??
    beyondDeficitByQueue(world, step) ??
    (await spared(world, step)),
};

function beyondDeficit(step: Step): string | undefined {
  for (const event of named(step, "Liquidation")) {
    const charged = paidFor(step, event, "PositionDeleveraged", "charged");
    const insured = paidFor(step, event, "DeficitInsured", "paid");
    const equity = big(event, "equityBefore");
    const lacking = equity < 0n ? -equity : 0n;
    if (charged + insured > lacking + DUST) {
      return `account ${small(event, "account")} lacked ${lacking}, was given ${insured} and ${charged}`;
    }
  }
  return undefined;
}

function beyondProfit(step: Step): string | undefined {
  for (const event of named(step, "TrancheDeleveraged")) {
    const gained = gainOf(step, event);
    const charged = big(event, "charged");
    if (gained !== undefined && charged > gained + DUST) {
      return `tranche ${small(event, "key")} had gained ${gained} and was charged ${charged}`;
    }
  }
  return undefined;
}

/** Charges nobody was given, or gifts nobody was charged for, of one transaction. */
function unexplained(step: Step): string | undefined {
  const parts = [...named(step, "TrancheDeleveraged"), ...named(step, "ClosedProfitCharged")];
  const given = named(step, "PositionDeleveraged");
  for (const at of new Set([...parts, ...given].map(({ transaction }) => transaction))) {
    const [charged, received] = [parts, given].map((events) =>
      sum(events.filter(({ transaction }) => transaction === at).map((event) => big(event, "charged"))),
    );
    if (charged !== received) return `tranches and pools were charged ${charged}, accounts were given ${received}`;
  }
  return undefined;
}

/**
 * What a queue took off the mark and had the fund pay must not make its account worth something, spot counted at what it sells for.
 * Whoever brought money of its own in the block is passed over.
 */
function beyondDeficitByQueue(world: World, step: Step): string | undefined {
  for (const event of named(step, "QueueDeleveraged")) {
    const taken = step.events.filter((other) => other.name === "CounterpartyDeleveraged" && sameAccount(event, other));
    const paid = sum(
      taken.map((one) => (abs(big(one, "size")) * abs(big(one, "price") - step.view.market.mark)) / WAD),
    );
    const given = paid + big(event, "insured");
    const account = small(event, "account");
    const row = step.view.accounts.get(account);
    if (given <= DUST || row === undefined || hasBrought(step, account)) continue;
    const left = soldOut(world, step, row);
    if (left > DUST) return `account ${account} was given ${given} by the queue, of which ${left} is left to it`;
  }
  return undefined;
}

/** Equity of an account whose spot is sold at its discount. */
function soldOut(world: World, { view: { market } }: Step, row: AccountRow): bigint {
  const spot = ((row.spot * market.index) / WAD) * (PPM - BigInt(world.exchange.parameters.spotDiscount));
  return row.cash + row.pending + row.quote + (row.size * market.mark) / WAD + spot / PPM;
}

function hasBrought({ events }: Step, account: number): boolean {
  return events.some(
    ({ name, arguments: { account: payee, to } }) =>
      (["Deposited", "SpotDeposited"].includes(name) && Number(payee) === account) ||
      (name === "Transferred" && Number(to) === account),
  );
}

/** Profit that might have been charged, where the loss of a position closed at a good price was left to everybody. */
async function spared(world: World, step: Step): Promise<string | undefined> {
  if (world.exchange.parameters.deleveraging === "QUEUE" || step.view.market.validity !== "VALID") return undefined;
  for (const event of named(step, "Liquidation")) {
    const loss = lossOf(step, event);
    if (loss <= DUST || big(event, "size") === 0n) continue;
    const short = big(event, "size") > 0n;
    const [open, closed] = [await openProfit(world, step, short), await closedProfit(world, step, short)];
    if (open + closed <= DUST) continue;
    const found = `${open} of open and ${closed} of closed profit were spared`;
    return `account ${small(event, "account")} left a loss of ${loss} to everybody, and ${found}`;
  }
  return undefined;
}

function lossOf(step: Step, event: ChainEvent): bigint {
  const losses = named(step, "LossSocialised").filter(
    (other) => other.contract === "LiquidationEngine" && sameAccount(event, other),
  );
  return sum(losses.map((other) => big(other, "loss")));
}

/**
 * What the ledger could still charge of the side's tranches, counting only members that were there before the block and that nothing in
 * it concerned: others may have come after the liquidation. A charge can only have lowered it since.
 */
async function openProfit(world: World, step: Step, short: boolean): Promise<bigint> {
  const busy = namedIn(step.events, step.fills);
  const sizes = new Map<string, { readonly key: number; readonly generation: number; readonly size: bigint }>();
  for (const { account, key, generation, size } of step.view.accounts.values()) {
    const known = step.before.accounts.get(account);
    if (size === 0n || isShort(key) !== short || busy.has(account)) continue;
    if (known?.size === 0n || known?.key !== key || known.generation !== generation) continue;
    const id = `${key}/${generation}`;
    sizes.set(id, { key, generation, size: (sizes.get(id)?.size ?? 0n) + abs(size) });
  }
  let profit = 0n;
  for (const { key, generation, size } of sizes.values()) {
    const [tranche] = (await ask(world, "tranche", [world.exchange.market, key, generation])) as [Charged];
    if (tranche.sizePerShare === 0n) continue;
    const perShare = chargeablePerShare(tranche, short, step.view.market.mark, leastProfitableEdge(key));
    profit += (perShare * size) / tranche.sizePerShare;
  }
  return profit;
}

/** The same of pools of closed profit: what accounts have in them that nothing in the block concerned, and no more than the pools have. */
async function closedProfit(world: World, step: Step, short: boolean): Promise<bigint> {
  const { market } = world.exchange;
  const [, amounts] = (await ask(world, "closedPools", [market, short])) as [unknown, readonly bigint[]];
  const most = sum(amounts);
  if (most <= DUST) return 0n;
  const busy = namedIn(step.events, step.fills);
  let profit = 0n;
  for (const account of step.view.accounts.keys()) {
    if (busy.has(account)) continue;
    const [, reachable] = (await ask(world, "closedProfit", [account, market, short])) as [bigint, bigint];
    profit += reachable;
  }
  return min(profit, most);
}

/** Asks the ledger as it stands. */
async function ask({ chain, exchange }: World, view: string, values: readonly unknown[]): Promise<readonly unknown[]> {
  const { address, interface: abi } = exchange.contracts.clearingHouse;
  return abi.decodeFunctionResult(view, await chain.call(address, abi.encodeFunctionData(view, [...values])));
}

/** What a tranche's members had gained at the price of the event; undefined if somebody joined it within the block. */
function gainOf(step: Step, event: ChainEvent): bigint | undefined {
  const price = big(event, "price");
  const before = members(step.before, event);
  const known = new Set(before.map(({ account }) => account));
  const traded = named(step, "PositionChanged").some((other) => other.transaction < event.transaction);
  if (traded || members(step.view, event).some(({ account }) => !known.has(account))) return undefined;
  return sum(before.map(({ size, quote }) => (size * price) / WAD + quote)) + BigInt(before.length);
}

/** What somebody paid for the account of a liquidation within its transaction, which may hold several. */
function paidFor(step: Step, event: ChainEvent, name: string, field: string): bigint {
  const paid = named(step, name).filter((other) => sameAccount(event, other));
  return sum(paid.map((other) => big(other, field)));
}

/** Whether two events are of one transaction and one account. */
function sameAccount(one: ChainEvent, other: ChainEvent): boolean {
  return one.transaction === other.transaction && one.arguments.account === other.arguments.account;
}
