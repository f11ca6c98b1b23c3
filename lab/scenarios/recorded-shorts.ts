import { column, readRecord } from "../data/records.js";

/** 10 October 2025, 21:17:06 UTC. */
export const BURST = 1_760_131_026;

/** Price at which every short of the burst was closed, and the mark of that moment: entry less profit per unit, in all 50 rows. */
export const EXECUTION = 3_561.2;
export const MARK = 3_521;

/** ETH closed of accounts that the record sums into one row. */
const TAIL = 41.5491;

/** One short of the record. Size and what was closed of it in ETH, entry in USD per ETH, cash in USD. */
export interface RecordedShort {
  readonly name: string;
  readonly size: number;
  readonly entry: number;
  readonly cash: number;
  readonly closed: number;
}

/** The 50 named shorts, in the order of the record, which ends with the largest. */
export function namedShorts(): RecordedShort[] {
  const rows = readRecord("eth-short-entries");
  const [sizes, entries, cash, closed] = ["size_eth", "entry_usd", "cash_usd", "closed_eth"].map((name) =>
    column(rows, name),
  );
  return rows.map(({ account }, index) => ({
    name: account ?? "",
    size: sizes?.[index] ?? Number.NaN,
    entry: entries?.[index] ?? Number.NaN,
    cash: cash?.[index] ?? Number.NaN,
    closed: closed?.[index] ?? Number.NaN,
  }));
}

/** The accounts without a name as one: of their positions only what was closed is known, of entry and margin nothing. */
export function tail(entry: number, leverage: number): RecordedShort {
  const cash = (TAIL * MARK) / leverage - TAIL * (entry - MARK);
  return { name: "TAIL", size: TAIL, entry, cash, closed: TAIL };
}

/** What an account is worth at a mark. */
export function equityAt({ size, entry, cash }: RecordedShort, mark: number): number {
  return cash + size * (entry - mark);
}
