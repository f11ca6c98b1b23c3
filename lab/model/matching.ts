import { down, positive, WAD } from "./arithmetic.js";
import { bestTick, crosses, remove, type Resting, shrink, walk } from "./book.js";
import { lookAtMarket } from "./markets.js";
import { positionOf } from "./positions.js";
import type { State } from "./state.js";
import { type Candidate, settle } from "./trades.js";

/** What writing a position and reading it again may round it by. */
const TOUCH_DUST = 2n;

/** A taker on its way through a book. */
export interface Taker {
  readonly market: number;
  readonly account: number;
  readonly caller: string;
  readonly buy: boolean;
  readonly reduceOnly: boolean;
  readonly liquidation: boolean;
  /** Worst tick it accepts. */
  readonly limit: bigint;
  readonly size: bigint;
  /** Resting orders it may meet, void ones included. */
  readonly mostMakers: number;
}

/** What a taker found. */
export interface Taken {
  readonly filled: bigint;
  /** Still wanted. */
  readonly left: bigint;
  /** Sum of price * size. Down. */
  readonly quote: bigint;
  readonly met: number;
}

/**
 * Takes from the other side in price-time order until nothing is wanted, nothing crosses, or the bound on makers is reached.
 * Rule of the rounds: the ledger is handed at once all that would be met if nobody failed; what it refuses leaves the book, and
 * the taker goes on with a next round for what is still wanted. So no maker can stop a taker (section 3).
 */
export function take(state: State, taker: Taker): Taken {
  let wanted = taker.size;
  let makersLeft = taker.mostMakers;
  let [filled, product] = [0n, 0n];
  while (wanted !== 0n && makersLeft !== 0) {
    const met = meet(state, taker, wanted, makersLeft);
    if (met.length === 0) break;
    makersLeft -= met.length;
    const candidates = met.map(({ candidate }) => candidate);
    const accepted = settle(state, { ...taker, taker: taker.account, candidates });
    for (const { size, price } of writeBack(state, met, accepted)) {
      wanted -= size;
      filled += size;
      product += price * size;
    }
    if (!accepted.includes(false)) break;
    wanted = stillWanted(state, taker, wanted);
  }
  return { filled, left: wanted, quote: down(product, WAD), met: taker.mostMakers - makersLeft };
}

/**
 * Rule of the touched position: a round that reduced it may have rounded it down, and a further round must not ask for more than
 * there is, or up, and what came on top is closed with the rest.
 */
function stillWanted(state: State, { market, account, buy, reduceOnly }: Taker, wanted: bigint): bigint {
  if (!reduceOnly || wanted === 0n) return wanted;
  const { size } = positionOf(state, account, market, lookAtMarket(state, market).fundingIndex);
  const reducible = positive(buy ? -size : size);
  return reducible <= wanted + TOUCH_DUST ? reducible : wanted;
}

/** A resting order on a taker's way, and what of it is wanted. */
export interface Met {
  readonly resting: Resting;
  readonly candidate: Candidate;
}

/** Takes what was filled out of the book, and what was refused. Returns what was filled. */
export function writeBack(state: State, met: readonly Met[], accepted: readonly boolean[]): Candidate[] {
  return met.flatMap(({ resting, candidate }, place) => {
    const { size } = candidate;
    if (accepted[place] !== true || size === candidate.resting) remove(state, resting);
    else shrink(state, resting, candidate.resting - size);
    if (accepted[place] !== true) return [];
    state.lastTraded.set(resting.market, resting.tick);
    return [candidate];
  });
}

/** What a taker would meet if nothing were refused: a prefix of the queue, each order whole but for the last. */
export function meet(
  state: State,
  taker: Pick<Taker, "market" | "buy" | "limit">,
  wanted: bigint,
  most: number,
): Met[] {
  const met: Met[] = [];
  if (!crosses(taker.buy, taker.limit, bestTick(state, taker.market, !taker.buy))) return met;
  const tickSize = state.bookRules.get(taker.market)?.tickSize ?? 0n;
  let left = wanted;
  for (const resting of walk(state, taker.market, !taker.buy)) {
    if (left === 0n || met.length === most || !crosses(taker.buy, taker.limit, resting.tick)) break;
    const { account, epoch, reduceOnly, size } = resting.order;
    const price = BigInt(resting.tick) * tickSize;
    const filled = size < left ? size : left;
    met.push({ resting, candidate: { maker: account, epoch, reduceOnly, price, size: filled, resting: size } });
    left -= filled;
  }
  return met;
}
