import type { MarketParameters } from "../deployment/parameters.js";
import { abs, WAD } from "../units.js";
import type { ChainEvent } from "./events.js";
import type { Filled } from "./orders.js";
import type { AccountRow, LedgerRow, MarketRow } from "./view.js";

const RAY = 10n ** 27n;
const PPM = 1_000_000n;

/** Event arguments that name an account. */
const NAMES = ["account", "from", "to", "taker", "counterparty", "buyer", "vaultAccount"] as const;

/** Reads accounts from the chain. */
export type Read = (accounts: readonly number[]) => Promise<LedgerRow[]>;

/**
 * All accounts, read from the chain once and from then on only where something happened: an account named in an event, an owner
 * who sent a transaction, the members of a tranche that was deleveraged. Nothing else changes a row but funding, which is the
 * same for every unit of base. The probe compares a sample with the chain at every step.
 */
export class AccountBooks {
  readonly #read: Read;
  #rows = new Map<number, LedgerRow>();
  #fundingIndex = 0n;

  constructor(read: Read) {
    this.#read = read;
  }

  /** Reads accounts 1 to `last` afresh. */
  async open(last: number, market: MarketRow): Promise<void> {
    const rows = await this.#read(Array.from({ length: last }, (_, index) => index + 1));
    this.#rows = new Map(rows.map((row) => [row.account, row]));
    this.#fundingIndex = market.fundingIndex;
  }

  /** Takes in a block: reads what it touched and brings funding up to date on the rest. */
  async update(touched: ReadonlySet<number>, events: readonly ChainEvent[], market: MarketRow): Promise<void> {
    const read = new Set([...touched].filter((account) => account > 0));
    for (const account of this.#inTranches(events)) read.add(account);
    // Whose profit was in a pool that was charged, no event of the charge tells.
    if (events.some(({ name }) => name === "ClosedProfitCharged"))
      for (const account of this.#rows.keys()) read.add(account);
    const grown = market.fundingIndex - this.#fundingIndex;
    this.#fundingIndex = market.fundingIndex;
    if (grown !== 0n) {
      for (const [account, row] of this.#rows) {
        if (row.size === 0n || read.has(account)) continue;
        // What a long pays, rounded against the holder.
        const paid = row.size * grown;
        this.#rows.set(account, { ...row, pending: row.pending - ceilDivide(paid, RAY) });
      }
    }
    for (const row of await this.#read([...read])) this.#rows.set(row.account, row);
  }

  /** Every account at the market's prices and at a time, unix seconds: spot becomes cover by waiting. */
  valued(market: MarketRow, parameters: MarketParameters, time: number): Map<number, AccountRow> {
    const rules: Rules = {
      maintenance: BigInt(Math.floor(parameters.initialMarginRate)) * (WAD / PPM / 2n),
      hedged: BigInt(parameters.hedgedMaintenance) * (WAD / PPM),
      haircut: BigInt(parameters.spotHaircut),
      time,
    };
    const valued = new Map<number, AccountRow>();
    for (const [account, row] of this.#rows) valued.set(account, value(row, market, rules));
    return valued;
  }

  /** A copy to return to. */
  copy(): AccountBooks {
    const copy = new AccountBooks(this.#read);
    copy.#rows = new Map(this.#rows);
    copy.#fundingIndex = this.#fundingIndex;
    return copy;
  }

  #inTranches(events: readonly ChainEvent[]): number[] {
    const torn = new Set(
      events
        .filter(({ name }) => name === "TrancheDeleveraged")
        .map(({ arguments: { key, generation } }) => `${String(key)}/${String(generation)}`),
    );
    if (torn.size === 0) return [];
    return [...this.#rows.values()]
      .filter((row) => row.size !== 0n && torn.has(`${row.key}/${row.generation}`))
      .map(({ account }) => account);
  }
}

/** Accounts a block's events and fills name. */
export function named(events: readonly ChainEvent[], fills: readonly Filled[]): Set<number> {
  const accounts = new Set(fills.map(({ account }) => account));
  for (const event of events) {
    for (const name of NAMES) {
      const value = event.arguments[name];
      if (typeof value === "bigint") accounts.add(Number(value));
    }
  }
  return accounts;
}

/** Maintenance rates in WAD, the haircut in parts per million. */
interface Rules {
  readonly maintenance: bigint;
  /** Of what spot covers; 0 where no hedge is recognised. */
  readonly hedged: bigint;
  readonly haircut: bigint;
  readonly time: number;
}

/** An account as the ledger measures it, rounded as it rounds. */
function value(row: LedgerRow, market: MarketRow, rules: Rules): AccountRow {
  const spot = (((row.spot * market.index) / WAD) * (PPM - rules.haircut)) / PPM;
  const worth = row.cash + row.pending + spot;
  if (row.size === 0n) return { ...row, covered: 0n, equity: worth, maintenance: 0n };
  const profit = row.quote - ceilDivide(-row.size * market.mark, WAD);
  const covered = coverOf(row, rules);
  const spared = (((covered * market.index) / WAD) * rules.haircut) / PPM;
  const marginOf = (size: bigint, rate: bigint): bigint => ceilDivide(ceilDivide(size * market.mark, WAD) * rate, WAD);
  const maintenance = marginOf(abs(row.size) - covered, rules.maintenance) + marginOf(covered, rules.hedged);
  return { ...row, covered, equity: worth + profit + spared, maintenance };
}

/** min(|short|, seasoned spot). */
function coverOf({ size, spot, waiting, seasonedAt }: LedgerRow, { hedged, time }: Rules): bigint {
  if (size >= 0n || hedged === 0n) return 0n;
  const seasoned = time < seasonedAt ? spot - waiting : spot;
  return seasoned < -size ? seasoned : -size;
}

/** Division rounded towards plus infinity. */
function ceilDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return quotient * divisor < dividend ? quotient + 1n : quotient;
}
