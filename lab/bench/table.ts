/** One line of the table: what is measured, what it is to stay under, and what others need. All gas in thousands. */
export interface BenchRow {
  readonly key: string;
  readonly what: string;
  /** Goal of this project, thousands. */
  readonly goal?: number;
  /** What comparable venues need, thousands, with the venue. */
  readonly peers?: string;
}

/**
 * The operations in reading order. Peers: measured on their own code and settings in a local EVM, or their committed snapshots,
 * including the transaction unless noted (GMX v2, Perpetual v2 Curie, Derive v2 execution only, Hubble with matching off chain;
 * Lighter v2, Kuru and Clober v2 are spot books without margin).
 */
export const ROWS: readonly BenchRow[] = [
  {
    key: "deposit",
    what: "deposit quote tokens into a used account",
    goal: 75,
    peers: "Perp 79, Hubble 82-112, Derive 124",
  },
  { key: "withdraw", what: "withdraw from an account with a position", peers: "Perp 124, Hubble 216-250" },
  { key: "withdraw-without-position", what: "withdraw from an account without one" },
  { key: "place", what: "limit order onto a used level", goal: 95, peers: "Lighter 114 (100), Kuru 139, Clober 197" },
  { key: "place-new-level", what: "limit order onto a level never used", peers: "Kuru 154-199, Clober 309-331" },
  { key: "place-10", what: "ten limit orders in one call" },
  { key: "place-each-of-10", what: "each of those", goal: 45, peers: "Lighter 56-67 (four in one)" },
  { key: "cancel", what: "cancel one order", goal: 40, peers: "Lighter 73-76, Kuru 73-75, Clober 121" },
  { key: "cancel-all-1", what: "cancel all, one order resting" },
  { key: "cancel-all-50", what: "cancel all, fifty orders resting", peers: "Lighter 151 for four" },
  {
    key: "take-1",
    what: "take the whole of one maker's order",
    goal: 220,
    peers: "Perp 709 (open), Derive 776 (both sides), GMX 3,616",
  },
  { key: "take-1-in-part", what: "take half of one maker's order", peers: "spot books: 114-170" },
  { key: "take-5", what: "take five makers" },
  { key: "take-20", what: "take twenty makers" },
  {
    key: "further-maker",
    what: "each further maker, (take-20 - take-5) / 15",
    goal: 45,
    peers: "Lighter and Kuru 16-18 without margin",
  },
  { key: "close", what: "close a position against one maker", goal: 180, peers: "Perp 331, Derive 444, GMX 3,148" },
  { key: "close-in-profit", what: "the same with a profit, as before in the last half maturity" },
  { key: "close-in-first-profit", what: "the same, the first profit of account and of market in this half" },
  { key: "house-open", what: "open a position against the house pool", peers: "GMX 3,616" },
  { key: "house-close", what: "close it there", peers: "GMX 3,148" },
  { key: "settle", what: "poke: settle an hour of funding", peers: "Hubble 36-127 an account, Perp 118" },
  {
    key: "liquidate-book",
    what: "liquidation closed on the book",
    goal: 300,
    peers: "Hubble 227-501, Perp 766, Derive 1,186, GMX 2,588-2,706",
  },
  { key: "liquidate-backstop", what: "liquidation taken over by the backstop" },
  {
    key: "liquidate-insurance",
    what: "bankruptcy: insurance pays, one tranche torn up",
    peers: "Hubble 286-415, Derive 1,282",
  },
  {
    key: "adl-10-tranches-10",
    what: "bankruptcy across 10 tranches, 10 positions in them",
    goal: 300,
    peers: "GMX 3,518 for one position",
  },
  { key: "adl-10-tranches-1000", what: "the same, 1,000 positions", goal: 300 },
  { key: "adl-10-tranches-10000", what: "the same, 10,000 positions", goal: 300 },
  { key: "adl-1-tranches", what: "bankruptcy across 1 tranche" },
  { key: "adl-20-tranches", what: "bankruptcy across 20 tranches" },
  { key: "adl-40-tranches", what: "bankruptcy across 40 tranches" },
  { key: "queue-adl-1", what: "queue baseline, 1 account" },
  { key: "queue-adl-10", what: "queue baseline, 10 accounts" },
  { key: "queue-adl-100", what: "queue baseline, 100 accounts" },
  { key: "vault-deposit", what: "deposit into the backstop vault" },
  { key: "vault-redeem", what: "redeem from it after the cooldown" },
  { key: "price-first-in-block", what: "bring index and mark up to date, as the first of a block does" },
  { key: "price-later-in-block", what: "ask for a price already computed" },
];

/** Where the gas of the operations that miss their goal goes, from traces of single transactions (debug_traceTransaction). */
const WHERE = `## Where the gas goes

Counted in traces of single transactions. A slot read for the first time costs 2.1, rewritten 2.9 on top, written for the first time 22.1.

| operation | slots first read | rewritten | first written | calls between contracts | what the rest is |
|---|--:|--:|--:|--:|---|
| place | 15 | 2 | 1 (the order) | 3 | 21 transaction; margin of the account over its position and tranche |
| take-1 | 32 | 14 | | 6 | two positions, two tranches, two margin checks; about 60 of arithmetic and memory |
| adl, each further tranche | 3 | 2 | | | 30 in all: 3 of event; the bucket's edge, profit and shares; about 15 of arithmetic and memory |

A liquidation measures the account's health before and after, looks at book, backstop and fund in turn, and trades the bankrupt position
like any other: the row adl-1-tranches is that base, and every further tranche adds the last row. The code is built without the IR pipeline,
which saved 5 to 8 % of an early version and made its build four times slower.
`;

/** The table as Markdown, and where the gas goes. Fails if an operation was not measured. */
export function markdown(gas: Readonly<Record<string, number>>): string {
  const rows = ROWS.map((row) => {
    const used = gas[row.key];
    if (used === undefined) throw new Error(`${row.key} was not measured`);
    return `| ${row.key} | ${row.what} | ${thousands(used)} | ${verdict(used, row.goal)} | ${row.peers ?? ""} |`;
  });
  return ["| operation | what | k gas | goal, k | elsewhere, k |", "|---|---|---:|---|---|", ...rows, "", WHERE]
    .join("\n")
    .trimEnd();
}

function verdict(used: number, goal: number | undefined): string {
  if (goal === undefined) return "";
  const over = used / 1_000 - goal;
  return over <= 0 ? `${goal}, met` : `${goal}, missed by ${over.toFixed(1)}`;
}

function thousands(gas: number): string {
  return (gas / 1_000).toFixed(1);
}
