import { down, max, min, positive, up } from "./arithmetic.js";
import { maturingProfit, realise } from "./cash.js";
import { maturityOf } from "./markets.js";
import { membersOf } from "./positions.js";
import type { ClosedProfit } from "./records.js";
import { of, sideOf, type State } from "./state.js";

/** The factor below which a pool takes no new profit. */
const SMALLEST_FACTOR = 10n ** 15n;

/** The last generation number there can be; it is never opened. */
const LAST_GENERATION = 255;

/** A pool within reach of a charge, and what it may be charged. */
export interface ReachedPool {
  readonly key: string;
  /** What the ledger calls it: start, span and generation side by side. */
  readonly number: bigint;
  readonly amount: bigint;
}

/** What an account owes of charges that are not settled yet, and what a charge may still reach. */
export interface Standing {
  readonly owed: bigint;
  readonly reachable: bigint;
}

/** A record that changes hands: whose, to whom, and where both keep theirs. */
interface Handing {
  readonly from: number;
  readonly to: number;
  readonly market: number;
  readonly short: boolean;
  /** Which of the two halves. */
  readonly place: number;
}

/**
 * Books what a touch has realised (section 6): charges so far are settled; profit joins the pool of the half maturity it falls in, a
 * loss burns profit that is there.
 */
export function bookClosedProfit(
  state: State,
  account: number,
  market: number,
  short: boolean,
  { net, gained, maturity }: { net: bigint; gained: bigint; maturity: bigint },
): void {
  const adds = gained > 0n && maturity !== 0n;
  if (!adds && !hasAny(state, account, market)) return;
  settleMarket(state, account, market);
  if (net < 0n) burn(state, account, market, -net, maturity);
  else if (adds) add(state, account, market, short, gained, maturity);
  flag(state, account, market);
}

/**
 * Moves profit within reach to whoever won it off another, in the pools it is in: the lowest market's first, there as a loss would burn
 * it. Returns how much there was of `amount`.
 */
export function handClosedProfit(state: State, from: number, to: number, amount: bigint, maturity: bigint): bigint {
  settleClosedProfit(state, from);
  const present = presentPlace(state, maturity);
  let left = amount;
  for (const market of marketsOf(state, from)) {
    if (left === 0n) break;
    settleMarket(state, to, market);
    for (const place of [present, 1 - present]) {
      for (const short of [false, true]) left -= handRecord(state, { from, to, market, short, place }, left);
    }
    flag(state, from, market);
    flag(state, to, market);
  }
  return amount - left;
}

/** Puts profit within reach that an account has won off another's open position, of the side of that position. */
export function grantClosedProfit(
  state: State,
  account: number,
  market: number,
  short: boolean,
  amount: bigint,
  maturity: bigint,
): void {
  settleMarket(state, account, market);
  add(state, account, market, short, amount, maturity);
  flag(state, account, market);
}

/** Takes what an account owes of charges out of its cash, and out of what is maturing. */
export function settleClosedProfit(state: State, account: number): void {
  for (const market of marketsOf(state, account)) {
    settleMarket(state, account, market);
    flag(state, account, market);
  }
}

/**
 * Rule of the profit that is gone: what cash no longer covers, lost elsewhere or paid away, is not there to be charged. Of an account
 * whose deficit others are about to pay there is none. The lowest market first.
 */
export function trimClosedProfit(state: State, account: number, nothing = false): void {
  if (marketsOf(state, account).length === 0) return;
  settleClosedProfit(state, account);
  const { cash } = state.accounts.get(account);
  let excess = positive(standingOf(state, account).reachable - (nothing ? 0n : positive(cash)));
  for (const market of marketsOf(state, account)) {
    if (excess === 0n) return;
    excess = burn(state, account, market, excess, maturityOf(state));
    flag(state, account, market);
  }
}

/** What an account owes and what of its profit is in reach, in all markets. */
export function standingOf(state: State, account: number): Standing {
  let [owed, reachable] = [0n, 0n];
  for (const market of marketsOf(state, account)) {
    for (const short of [false, true]) {
      const standing = standingIn(state, account, market, short);
      owed += standing.owed;
      reachable += standing.reachable;
    }
  }
  return { owed, reachable };
}

/** The same of one side of one market. */
export function standingIn(state: State, account: number, market: number, short: boolean): Standing {
  let [owed, reachable] = [0n, 0n];
  for (const record of recordsOf(state, account, market, short)) {
    const worth = worthOf(state, market, short, record);
    owed += record.amount - worth;
    if (isReachable(state, record)) reachable += worth;
  }
  return { owed, reachable };
}

/** What still matures once charges are settled. */
export function maturingLeft(state: State, account: number): bigint {
  return positive(maturingProfit(state, account) - standingOf(state, account).owed);
}

/** What cannot be withdrawn: what matures, and at least what a charge may reach. */
export function lockedProfit(state: State, account: number): bigint {
  return max(maturingLeft(state, account), standingOf(state, account).reachable);
}

/** Cash as settling charges would leave it. */
export function settledCash(state: State, account: number): bigint {
  return state.accounts.get(account).cash - standingOf(state, account).owed;
}

/** The pools of a side that a charge may reach: the present half maturity's, and the last one's. */
export function poolsInReach(state: State, market: number, short: boolean, maturity: bigint): ReachedPool[] {
  if (maturity === 0n) return [];
  const { start, span } = halfOf(state, maturity);
  return [start, start - span].map((begin) => {
    const half = halfKey(market, short, begin, span);
    const generation = state.closedGenerations.get(half);
    const key = poolKey(half, generation);
    const number = (begin << 40n) | (span << 8n) | BigInt(generation);
    return { key, number, amount: state.closedPools.get(key).amount };
  });
}

/** Charges a pool; everybody in it pays the same part of what is theirs. The factor rounds down, against them. */
export function chargePool(state: State, key: string, charge: bigint): void {
  const { amount, factor } = state.closedPools.get(key);
  const left = { amount: amount - charge, factor: down(factor * (amount - charge), amount) };
  state.closedPools.set(key, left);
  // Rule of the exhausted pool: what comes later joins a fresh one, whose factor is precise.
  if (left.factor >= SMALLEST_FACTOR) return;
  const [half, generation] = split(key);
  state.closedGenerations.set(half, generation + 1);
}

function add(state: State, account: number, market: number, short: boolean, gained: bigint, maturity: bigint): void {
  const { start, span } = halfOf(state, maturity);
  const half = halfKey(market, short, start, span);
  const generation = state.closedGenerations.get(half);
  if (generation === LAST_GENERATION) return;
  const key = poolKey(half, generation);
  const place = presentPlace(state, maturity);
  const before = recordsOf(state, account, market, short);
  const kept: ClosedProfit[] = [];
  let amount = gained;
  for (const record of before) {
    if (placeOf(record) !== place) kept.push(record);
    else if (keyOf(market, short, record) === key) amount += record.amount;
    else takeFrom(state, keyOf(market, short, record), record.amount);
  }
  const pool = state.closedPools.get(key);
  state.closedPools.set(key, { amount: pool.amount + gained, factor: pool.factor });
  write(state, account, market, short, [...kept, { amount, factor: pool.factor, start, span, generation }]);
}

/** Rule of the kept place: a receiver that is in another pool of that half stays there, and is handed nothing. */
function handRecord(state: State, { from, to, market, short, place }: Handing, amount: bigint): bigint {
  const at = (account: number): ClosedProfit | undefined =>
    recordsOf(state, account, market, short).find((record) => placeOf(record) === place);
  const [given, held] = [at(from), at(to)];
  if (given === undefined) return 0n;
  if (held !== undefined && keyOf(market, short, held) !== keyOf(market, short, given)) return 0n;
  const moved = min(given.amount, amount);
  const put = (account: number, record: ClosedProfit): void => {
    const others = recordsOf(state, account, market, short).filter((other) => placeOf(other) !== place);
    write(state, account, market, short, [...others, record]);
  };
  put(from, { ...given, amount: given.amount - moved });
  put(to, { ...given, amount: (held?.amount ?? 0n) + moved });
  return moved;
}

/** The present half's first, which would stay in reach for longest; of one half the longs' first. Returns what was not there. */
function burn(state: State, account: number, market: number, loss: bigint, maturity: bigint): bigint {
  const present = maturity === 0n ? 0 : presentPlace(state, maturity);
  let left = loss;
  for (const place of [present, 1 - present]) {
    for (const short of [false, true]) {
      const records = recordsOf(state, account, market, short).map((record) => {
        if (placeOf(record) !== place) return record;
        const burned = min(record.amount, left);
        left -= burned;
        takeFrom(state, keyOf(market, short, record), burned);
        return { ...record, amount: record.amount - burned };
      });
      write(state, account, market, short, records);
    }
  }
  return left;
}

/** A record out of reach is given up once it is settled. */
function settleMarket(state: State, account: number, market: number): void {
  let owed = 0n;
  for (const short of [false, true]) {
    const settled: ClosedProfit[] = [];
    for (const record of recordsOf(state, account, market, short)) {
      const worth = worthOf(state, market, short, record);
      const key = keyOf(market, short, record);
      owed += record.amount - worth;
      if (isReachable(state, record))
        settled.push({ ...record, amount: worth, factor: state.closedPools.get(key).factor });
      else takeFrom(state, key, worth);
    }
    write(state, account, market, short, settled);
  }
  if (owed !== 0n) realise(state, account, -owed, 0n);
}

function takeFrom(state: State, key: string, amount: bigint): void {
  const pool = state.closedPools.get(key);
  state.closedPools.set(key, { ...pool, amount: pool.amount - amount });
}

/** What is left of a record. Down, against its holder. */
function worthOf(state: State, market: number, short: boolean, record: ClosedProfit): bigint {
  return down(record.amount * state.closedPools.get(keyOf(market, short, record)).factor, record.factor);
}

function isReachable({ now }: State, { start, span }: ClosedProfit): boolean {
  return now < start + 2n * span;
}

function recordsOf(state: State, account: number, market: number, short: boolean): readonly ClosedProfit[] {
  return state.closedProfits.get(sideOf(of(account, market), short));
}

/** Rule of the spent record: one of nothing is none. */
function write(state: State, account: number, market: number, short: boolean, records: readonly ClosedProfit[]): void {
  const key = sideOf(of(account, market), short);
  const left = records.filter(({ amount }) => amount !== 0n);
  if (left.length === 0 && state.closedProfits.get(key).length === 0) return;
  state.closedProfits.set(key, left);
}

function flag(state: State, account: number, market: number): void {
  let { closedProfit } = state.accounts.get(account);
  for (const short of [false, true]) {
    const bit = 1 << (short ? 16 + market : market);
    const some = recordsOf(state, account, market, short).length !== 0;
    closedProfit = (some ? closedProfit | bit : closedProfit & ~bit) >>> 0;
  }
  state.accounts.change(account, { closedProfit });
}

function hasAny(state: State, account: number, market: number): boolean {
  return marketsOf(state, account).includes(market);
}

function marketsOf(state: State, account: number): number[] {
  const { closedProfit } = state.accounts.get(account);
  return closedProfit === 0 ? [] : membersOf((closedProfit | (closedProfit >>> 16)) & 0xffff);
}

/** Rule of the halves: half a maturity, rounded up to seconds, so that what is in reach is always still maturing. */
function halfOf({ now }: State, maturity: bigint): { start: bigint; span: bigint } {
  const span = up(maturity, 2n);
  return { start: now - (now % span), span };
}

function presentPlace(state: State, maturity: bigint): number {
  const { start, span } = halfOf(state, maturity);
  return Number((start / span) % 2n);
}

function placeOf({ start, span }: ClosedProfit): number {
  return Number((start / span) % 2n);
}

function keyOf(market: number, short: boolean, { start, span, generation }: ClosedProfit): string {
  return poolKey(halfKey(market, short, start, span), generation);
}

function halfKey(market: number, short: boolean, start: bigint, span: bigint): string {
  return `${sideOf(market, short)}/${start}/${span}`;
}

function poolKey(half: string, generation: number): string {
  return `${half}#${generation}`;
}

function split(key: string): [string, number] {
  const [half = "", generation = ""] = key.split("#");
  return [half, Number(generation)];
}
