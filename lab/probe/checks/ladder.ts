import { abs } from "../../units.js";
import { big, type ChainEvent, small } from "../../world/events.js";
import { VALIDITIES, type View } from "../../world/view.js";
import type { Step } from "../../world/world.js";
import type { Check } from "../check.js";

type Validity = (typeof VALIDITIES)[number];

/** What an event shows to have been done, and up to which validity the ladder allows it (mechanism section 5). */
interface Rung {
  readonly action: string;
  readonly allowedUpTo: Validity;
  readonly shows: (event: ChainEvent, step: Step) => boolean;
}

/** Whose shares are minted and redeemed at what they hold is worth. */
const VAULTS = ["BackstopVault", "HousePool"];

/** Deposits, cancels and reductions are missing on purpose: the ladder never says no to them. */
const RUNGS: readonly Rung[] = [
  {
    action: "an order that may open was placed",
    allowedUpTo: "VALID",
    shows: ({ name, arguments: { reduceOnly } }) => name === "OrderPlaced" && reduceOnly === false,
  },
  { action: "a taker's position grew", allowedUpTo: "VALID", shows: grewByTaking },
  { action: "a position grew by a deal with the house", allowedUpTo: "VALID", shows: grewByDealing },
  {
    action: "positions were assigned or written off",
    allowedUpTo: "VALID",
    shows: ({ name, arguments: { size } }) =>
      ["TrancheDeleveraged", "PositionTakenOver"].includes(name) || (name === "LossSocialised" && closedSome(size)),
  },
  {
    action: "vault shares were minted or redeemed",
    allowedUpTo: "VALID",
    shows: ({ contract, name }) => VAULTS.includes(contract) && (name === "Deposit" || name === "Withdraw"),
  },
  { action: "the house dealt", allowedUpTo: "UNCERTAIN", shows: ({ name }) => name === "Dealt" },
  { action: "a position was liquidated", allowedUpTo: "UNCERTAIN", shows: ({ name }) => name === "PositionLiquidated" },
  { action: "cash left beside a position", allowedUpTo: "UNCERTAIN", shows: leftBesideAPosition },
];

/** P13: nothing that happened in the block needed a better price than the block had. */
export const ladderHolds: Check = {
  property: "P13",
  find: ({ world, step }) => {
    const validity = validityOf(step);
    if (validity === "VALID") return undefined;
    for (const { action, allowedUpTo, shows } of RUNGS) {
      if (VALIDITIES.indexOf(validity) <= VALIDITIES.indexOf(allowedUpTo)) continue;
      const event = step.events.find((one) => inMarket(one, world.exchange.market) && shows(one, step));
      if (event !== undefined) return `${action} (${event.name}) while the price was ${validity}`;
    }
    return undefined;
  },
};

/** The validity everything in the block saw: a price is computed once a block. */
function validityOf({ events, view }: Step): Validity {
  const updated = events.find(({ name }) => name === "PriceUpdated");
  return updated === undefined ? view.market.validity : (VALIDITIES[small(updated, "validity")] ?? "INVALID");
}

function inMarket(event: ChainEvent, market: number): boolean {
  const named = event.arguments.market;
  return typeof named !== "bigint" || Number(named) === market;
}

/** What an account owes that has no position left needs no price: writing it off is allowed at any. */
function closedSome(size: unknown): boolean {
  return typeof size === "bigint" && size !== 0n;
}

function grewByTaking(event: ChainEvent, step: Step): boolean {
  return event.name === "Traded" && event.arguments.liquidation !== true && grew(small(event, "taker"), step);
}

function grewByDealing(event: ChainEvent, step: Step): boolean {
  return event.name === "Dealt" && grew(small(event, "account"), step);
}

/** Somebody who made no market in this block, and holds more than before. Makers serve whoever reduces. */
function grew(account: number, { before, view, fills }: Step): boolean {
  if (fills.some((fill) => fill.account === account)) return false;
  return sizeOf(view, account) > sizeOf(before, account);
}

function leftBesideAPosition(event: ChainEvent, { before }: Step): boolean {
  if (event.name !== "Withdrawn" || big(event, "amount") === 0n) return false;
  return sizeOf(before, small(event, "account")) > 0n;
}

function sizeOf(view: View, account: number): bigint {
  return abs(view.accounts.get(account)?.size ?? 0n);
}
