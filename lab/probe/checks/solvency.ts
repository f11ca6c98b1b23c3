import { abs, sum, WAD } from "../../units.js";
import type { ChainEvent } from "../../world/events.js";
import type { AccountRow, LedgerRow, View } from "../../world/view.js";
import { named } from "../../world/accounts.js";
import type { World } from "../../world/world.js";
import type { Check } from "../check.js";

/** Accounts compared with the chain in every step. */
const SAMPLE = 6;

/**
 * Dust a transaction may leave: a wei of base at any price below a hundred million, for each of the hundreds of fills and
 * tranches it may touch. In quote it is a ten-millionth of a millionth.
 */
const QUOTE_DUST = 10n ** 11n;
const BASE_DUST = 1_000n;

/** Cash and unrealised profit of an account, WAD; spot is no claim on the ledger's tokens. */
function claim(row: AccountRow, view: View): bigint {
  return row.cash + row.pending + row.quote + (row.size * view.market.mark) / WAD;
}

/** What the ledger holds beyond all claims, negative claims netted. */
function surplus(view: View, feesAccrued: bigint): bigint {
  const claims = sum([...view.accounts.values()].map((row) => claim(row, view)));
  return view.market.tokensHeld + view.market.socialisedLoss - claims - feesAccrued;
}

/** P1: tokens, with what accounts under water still owe, cover every positive claim less the loss on record. */
export const tokensCoverClaims: Check = {
  property: "P1",
  find: ({ step: { view } }) => {
    const claims = [...view.accounts.values()].map((row) => claim(row, view));
    const positive = sum(claims.filter((value) => value > 0n));
    const owed = -sum(claims.filter((value) => value < 0n));
    const held = view.market.tokensHeld + owed + view.market.socialisedLoss;
    // A claim is rounded up by at most a wei when its price is taken here.
    if (held + BigInt(claims.length) >= positive) return undefined;
    return `tokens ${view.market.tokensHeld}, owed ${owed}, socialised ${view.market.socialisedLoss}, claims ${positive}`;
  },
};

/** P2: both counters and the positions themselves agree. */
export const openInterestBalances: Check = {
  property: "P2",
  find: ({ step: { view }, transactions }) => {
    const { longOpenInterest: long, shortOpenInterest: short } = view.market;
    const dust = BASE_DUST * BigInt(transactions);
    const rows = [...view.accounts.values()];
    const longs = sum(rows.map(({ size }) => (size > 0n ? size : 0n)));
    const shorts = sum(rows.map(({ size }) => (size < 0n ? -size : 0n)));
    const apart = [long - short, long - longs, short - shorts].find((difference) => abs(difference) > dust);
    if (apart === undefined) return undefined;
    return `open interest ${long} long and ${short} short, positions ${longs} and ${shorts}, dust allowed ${dust}`;
  },
};

/** P3: what the ledger holds beyond all claims is never negative, and no more than rounding explains. */
export const ledgerConserves: Check = {
  property: "P3",
  find: ({ step: { view }, feesAccrued, transactions }) => {
    const left = surplus(view, feesAccrued);
    const dust = QUOTE_DUST * BigInt(transactions);
    if (left >= -BigInt(view.accounts.size) && left <= dust) return undefined;
    return `surplus ${left} beyond all claims and fees, dust allowed ${dust}`;
  },
};

/**
 * P4: an account without a position that nobody traded with and that did nothing keeps its cash, but for what a charge takes of
 * profit that still matures: that it owes, and the ledger says so. A sample is read from the chain, so that what no event tells
 * would be seen.
 */
export const idleCashStays: Check = {
  property: "P4",
  find: async ({ world, step, rng }) => {
    const busy = named(step.events, step.fills);
    const idle = [...step.before.accounts.values()].filter(
      ({ account, size }) => size === 0n && !busy.has(account) && !isHouse(step.events, account),
    );
    const sample = rng.shuffle(idle).slice(0, SAMPLE);
    const rows = sample.length === 0 ? [] : await world.lens.accounts(sample.map(({ account }) => account));
    // A position torn up whole leaves its proceeds pending until it is next touched: they are the account's cash already.
    const worth = (row: LedgerRow): bigint => row.cash + row.pending;
    const charged = step.events.some(({ name }) => name === "ClosedProfitCharged");
    for (const [index, row] of rows.entries()) {
      const known = sample[index];
      if (known === undefined || worth(row) === worth(known)) continue;
      const lost = worth(known) - worth(row);
      if (charged && lost > 0n && lost <= (await owedOf(world, row.account))) continue;
      return `account ${row.account} had ${worth(known)} and no position, and has ${worth(row)}`;
    }
    return undefined;
  },
};

/** What an account owes of charges of its closed profit, not settled yet. */
async function owedOf({ chain, exchange }: World, account: number): Promise<bigint> {
  const { address, interface: abi } = exchange.contracts.clearingHouse;
  let owed = 0n;
  for (const short of [false, true]) {
    const answer = await chain.call(address, abi.encodeFunctionData("closedProfit", [account, exchange.market, short]));
    owed += BigInt(answer.slice(0, 66));
  }
  return owed;
}

/** Fees are paid out to accounts their event does not name. */
function isHouse(events: readonly ChainEvent[], account: number): boolean {
  return account <= 3 && events.some(({ name }) => name === "FeesDistributed");
}

/** P8: a sample settled in random order has the cash and size the rows, settled by nobody, promise. */
export const settlingOrderIsFree: Check = {
  property: "P8",
  find: async ({ world, step: { view }, rng }) => {
    const open = [...view.accounts.values()].filter(({ size }) => size !== 0n);
    const sample = rng.shuffle(open).slice(0, SAMPLE);
    if (sample.length === 0) return undefined;
    const settled = await world.lens.settled(sample.map(({ account }) => account));
    for (const [index, row] of settled.entries()) {
      const promised = sample[index];
      if (promised === undefined) continue;
      const cash = row.cash + row.pending - promised.cash - promised.pending;
      if (abs(cash) <= QUOTE_DUST && abs(row.size - promised.size) <= BASE_DUST) continue;
      return `account ${row.account} settles to cash ${row.cash + row.pending} and size ${row.size}, promised ${promised.cash + promised.pending} and ${promised.size}`;
    }
    return undefined;
  },
};
