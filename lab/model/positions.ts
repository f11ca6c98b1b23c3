import { abs, down, max, min, RAY, timesDown, up, WAD } from "./arithmetic.js";
import { isHedged, isShort, keyOf } from "./buckets.js";
import { realise } from "./cash.js";
import { bookClosedProfit, trimClosedProfit } from "./closed-profit.js";
import { holds, trackFreed } from "./hedges.js";
import { moveOpenInterest, type Market } from "./markets.js";
import type { Position } from "./records.js";
import { of, type State } from "./state.js";
import { admit, cashPerShareAt, retire, trancheId, trancheOf } from "./tranches.js";

/** A position as touching it now would find it (section 2). */
export interface Held {
  /** Base, signed. */
  readonly size: bigint;
  /** Minus paid, plus received. */
  readonly quote: bigint;
  /** Cash that settling credits. */
  readonly pending: bigint;
  /** Size torn up since the last touch. */
  readonly torn: bigint;
}

/**
 * What one touch makes of a position: `fee` is paid, `realised` is the profit of the part closed before it. `chosen`: an order of the
 * account or the unwinding of a hedge closed it, and not a takeover or a queue.
 */
export interface Touch {
  readonly held: Held;
  readonly size: bigint;
  readonly quote: bigint;
  readonly realised: bigint;
  /** Profit that came with the trade from who lost it, negative what went to who won it. */
  readonly handed: bigint;
  readonly fee: bigint;
  readonly chosen: boolean;
  readonly trancheClass: number;
}

export const NOTHING_HELD: Held = { size: 0n, quote: 0n, pending: 0n, torn: 0n };

/** size = +-n * A, quote = u * A, cash due = n * (C - C0) + u * (A0 - A), with funding, tear-ups and charges up to now. */
export function positionOf(state: State, account: number, market: number, fundingIndex: bigint): Held {
  const position = state.positions.get(of(account, market));
  if (position === undefined) return NOTHING_HELD;
  const { shares, cost, key, generation } = position;
  const tranche = trancheOf(state, market, key, generation);
  const short = isShort(key);
  const scaled = shares * tranche.sizePerShare;
  // Against the holder: longs down, shorts up.
  const size = short ? -up(scaled, RAY) : down(scaled, RAY);
  const credited = shares * (cashPerShareAt(tranche, short, fundingIndex) - position.cashPerShare);
  const released = cost * (position.sizePerShare - tranche.sizePerShare);
  // Rule of the charge: it comes out of profit, so it moves from cash to quote and the break-even tells what is left.
  // What was charged for base torn up since stays in cash. Up, against the holder's break-even; its cash is whole.
  const charge = up(abs(size) * (tranche.charged - position.chargedPerBase), RAY);
  const quote = worthOf(position, tranche.sizePerShare) - charge;
  const pending = down(credited + released, RAY) + charge; // Down, against the holder.
  const torn = down(shares * (position.sizePerShare - tranche.sizePerShare), RAY);
  // A long torn down to less than a wei still owes the cost of that fraction.
  return size === 0n ? { size, quote: 0n, pending: pending + quote, torn } : { size, quote, pending, torn };
}

/** u * A. Down, against the holder. */
function worthOf(position: Position, sizePerShare: bigint): bigint {
  return down(position.cost * sizePerShare, RAY);
}

/** What a trade of `size` (signed) for `quote` (minus paid, plus received) makes of a position: its size and quote, and what is realised. */
export function traded(held: Held, size: bigint, quote: bigint): Pick<Touch, "size" | "quote" | "realised"> {
  const grows = held.size === 0n || held.size > 0n === size > 0n;
  const newSize = held.size + size;
  if (grows) return { size: newSize, quote: held.quote + quote, realised: 0n };
  const [closing, whole] = [abs(size), abs(held.size)];
  if (closing <= whole) {
    // Down, against the account's cash; what is not released stays in the quote.
    const released = down(held.quote * closing, whole);
    return { size: newSize, quote: held.quote - released, realised: quote + released };
  }
  // The trade closes the position and opens the other side with the rest of its quote. Down, as above.
  const closingQuote = down(quote * whole, closing);
  return { size: newSize, quote: quote - closingQuote, realised: held.quote + closingQuote };
}

/** |quote / size|. Down. 0 without a position, and where no positive price breaks even. */
export function breakEven(size: bigint, quote: bigint): bigint {
  if (size === 0n || size > 0n === quote > 0n) return 0n;
  return down(abs(quote) * WAD, abs(size));
}

/** Profit at a price. Down, against the holder. */
export function profitAt({ size, quote }: Pick<Held, "size" | "quote">, price: bigint): bigint {
  return timesDown(size, price) + quote;
}

/** Settles what is pending, books what was realised less the fee, and moves the position to the tranche it now belongs to. */
export function touch(state: State, market: Market, account: number, change: Touch): void {
  const net = change.held.pending + change.realised - change.fee;
  // Rule of the chosen profit: a hedge's is its coin's loss, and funding or what a deleveraging realised is nobody's choice.
  const hedged = isHedged(state.positions.get(of(account, market.id))?.key ?? 0);
  const gained = hedged || !change.chosen ? 0n : min(net, change.realised);
  bookClosedProfit(state, account, market.id, change.held.size < 0n, { net, gained, maturity: market.maturity });
  realise(state, account, net + change.handed, market.maturity);
  if (net < 0n) trimClosedProfit(state, account);
  moveOpenInterest(market, change.held.size, change.size);
  const { spotAsset } = market.rules;
  if (spotAsset !== undefined && holds(state, account, spotAsset)) {
    const key = state.positions.get(of(account, market.id))?.key ?? 0;
    trackFreed(state, account, market.id, spotAsset, isHedged(key) ? change.held.torn : 0n, change.size);
  }
  if (change.size === 0n) {
    leave(state, market.id, account);
    forget(state, market.id, account);
  } else {
    seat(state, market, account, change);
    remember(state, market.id, account);
  }
}

function seat(state: State, market: Market, account: number, { held, size, quote, trancheClass }: Touch): void {
  const id = of(account, market.id);
  const position = state.positions.get(id);
  const key = keyOf(size < 0n, trancheClass, max(1n, breakEven(size, quote)));
  const current = trancheOf(state, market.id, key, 0).current;
  if (position !== undefined && position.key === key && position.generation === current && held.size === size) {
    const tranche = trancheOf(state, market.id, key, current);
    if (quote === worthOf(position, tranche.sizePerShare)) {
      // Rule of the untouched position: it keeps its shares, which leaving and joining would round again.
      const cashPerShare = cashPerShareAt(tranche, size < 0n, market.fundingIndex);
      state.positions.set(id, { ...position, sizePerShare: tranche.sizePerShare, cashPerShare });
      return;
    }
  }
  leave(state, market.id, account);
  join(state, market, account, key, size, quote);
}

function join(state: State, market: Market, account: number, key: number, size: bigint, quote: bigint): void {
  const short = size < 0n;
  const generation = admit(state, market.id, key, market.fundingIndex);
  const tranche = trancheOf(state, market.id, key, generation);
  const scaled = abs(size) * RAY;
  // Against the holder: longs down, shorts up; one wei at least, so that a position has a share.
  const shares = max(1n, short ? up(scaled, tranche.sizePerShare) : down(scaled, tranche.sizePerShare));
  const cost = down(quote * RAY, tranche.sizePerShare); // Down, against the holder.
  state.tranches.change(trancheId(market.id, key, generation), {
    shares: tranche.shares + shares,
    cost: tranche.cost + cost,
  });
  state.positions.set(of(account, market.id), {
    shares,
    cost,
    sizePerShare: tranche.sizePerShare,
    cashPerShare: cashPerShareAt(tranche, short, market.fundingIndex),
    chargedPerBase: tranche.charged,
    key,
    generation,
  });
}

function leave(state: State, market: number, account: number): void {
  const position = state.positions.get(of(account, market));
  if (position === undefined) return;
  const { key, generation } = position;
  const tranche = trancheOf(state, market, key, generation);
  const shares = tranche.shares - position.shares;
  state.tranches.change(trancheId(market, key, generation), { shares, cost: tranche.cost - position.cost });
  state.positions.set(of(account, market), undefined);
  if (shares === 0n) retire(state, market, key, generation);
}

/** Rule of the open market: a market counts as open for an account from a position or a reservation until its position closes without one. */
export function remember(state: State, market: number, account: number): void {
  const { openMarkets } = state.accounts.get(account);
  if ((openMarkets & (1 << market)) === 0) state.accounts.change(account, { openMarkets: openMarkets | (1 << market) });
}

function forget(state: State, market: number, account: number): void {
  const { bids, asks } = state.reservations.get(of(account, market));
  if (bids !== 0n || asks !== 0n) return;
  state.accounts.change(account, { openMarkets: state.accounts.get(account).openMarkets & ~(1 << market) });
}

/** Those of the account's open markets in which it holds a position. */
export function heldMarkets(state: State, account: number): number[] {
  return openMarkets(state, account).filter((market) => state.positions.get(of(account, market)) !== undefined);
}

/** Those of the account's open markets in which it holds a position or has orders now. */
export function liveMarkets(state: State, account: number): number[] {
  return openMarkets(state, account).filter((market) => {
    const { bids, asks } = state.reservations.get(of(account, market));
    return bids !== 0n || asks !== 0n || state.positions.get(of(account, market)) !== undefined;
  });
}

function openMarkets(state: State, account: number): number[] {
  return membersOf(state.accounts.get(account).openMarkets);
}

/** The numbers whose bits are set, ascending. */
export function membersOf(bits: number): number[] {
  const members: number[] = [];
  for (let number = 0; bits >> number !== 0; number++) if ((bits >> number) & 1) members.push(number);
  return members;
}
