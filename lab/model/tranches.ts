import { down, RAY, timesDown, up, WAD } from "./arithmetic.js";
import { isShort, placeOf } from "./buckets.js";
import { FRESH_TRANCHE, type Tranche } from "./records.js";
import { sideOf, type State } from "./state.js";

/** Below this size per share new positions go to a fresh generation: A would be too small for its precision. */
export const SMALLEST_SIZE_PER_SHARE = 10n ** 18n;

/** Where a generation of a tranche is kept. */
export function trancheId(market: number, key: number, generation: number): number {
  return (market * 65_536 + key) * 65_536 + generation;
}

export function trancheOf(state: State, market: number, key: number, generation: number): Tranche {
  return state.tranches.get(trancheId(market, key, generation));
}

/**
 * C with funding up to a funding index: longs pay A * dF, shorts receive it. The weight is the tranche's own A; a weight of 1
 * after a tear-up would create money. Down, against its members.
 */
export function cashPerShareAt(tranche: Tranche, short: boolean, fundingIndex: bigint): bigint {
  const flow = tranche.sizePerShare * (fundingIndex - tranche.fundingIndex);
  return tranche.cashPerShare + down(short ? flow : -flow, RAY);
}

/** Base of the whole tranche, S * A. Longs down and shorts up, as the positions in it. */
export function sizeOf(tranche: Tranche, short: boolean): bigint {
  const scaled = tranche.shares * tranche.sizePerShare;
  return short ? up(scaled, RAY) : down(scaled, RAY);
}

/** Profit of the whole tranche at a price, A * (+-S * p + U). Down, against its members. */
export function profitOf(tranche: Tranche, short: boolean, price: bigint): bigint {
  const worth = timesDown(tranche.shares, price);
  return down(tranche.sizePerShare * ((short ? -worth : worth) + tranche.cost), RAY);
}

/**
 * What may still be charged per share: the profit of the bucket's least profitable edge, less what was charged before in
 * this generation for the base that is still there (section 2). Down: no member pays more than it has gained.
 */
export function chargeablePerShare(tranche: Tranche, short: boolean, price: bigint, edge: bigint): bigint {
  const gain = short ? edge - price : price - edge;
  if (gain <= 0n) return 0n;
  const left = gain * (RAY / WAD) - tranche.charged;
  return left > 0n ? down(tranche.sizePerShare * left, RAY) : 0n;
}

/** The generation new members of a key join, begun if it has had none, as it counts for them. */
export function admit(state: State, market: number, key: number, fundingIndex: bigint): number {
  const generation = trancheOf(state, market, key, 0).current;
  const id = trancheId(market, key, generation);
  const tranche = state.tranches.get(id);
  if (!tranche.opened) {
    state.tranches.set(id, { ...FRESH_TRANCHE, fundingIndex, current: tranche.current, oldest: tranche.oldest });
  }
  if (tranche.shares === 0n) {
    // Whoever was charged has left: the next members start with nothing charged.
    if (tranche.charged !== 0n) state.tranches.change(id, { charged: 0n });
    list(state, market, key);
  }
  return generation;
}

/** Takes an emptied or ended generation out of the order; the key leaves it with its last live generation. */
export function retire(state: State, market: number, key: number, generation: number): void {
  const { current, oldest } = trancheOf(state, market, key, 0);
  let first = oldest;
  if (generation === oldest) {
    while (first < current && sizeOf(trancheOf(state, market, key, first), isShort(key)) === 0n) first += 1;
    if (first !== oldest) state.tranches.change(trancheId(market, key, 0), { oldest: first });
  }
  if (first === current && trancheOf(state, market, key, current).shares === 0n) unlist(state, market, key);
}

/** Lets the next members of a key join a new generation, if they would have joined this one. */
export function endAdmission(state: State, market: number, key: number, generation: number): void {
  if (trancheOf(state, market, key, 0).current !== generation) return;
  state.tranches.change(trancheId(market, key, 0), { current: generation + 1 });
}

function list(state: State, market: number, key: number): void {
  const side = sideOf(market, isShort(key));
  const place = placeOf(key);
  const places = state.ranks.get(side);
  const at = places.findIndex((other) => other >= place);
  if (at !== -1 && places[at] === place) return;
  const index = at === -1 ? places.length : at;
  state.ranks.set(side, [...places.slice(0, index), place, ...places.slice(index)]);
}

function unlist(state: State, market: number, key: number): void {
  const side = sideOf(market, isShort(key));
  const places = state.ranks.get(side);
  if (!places.includes(placeOf(key))) return;
  state.ranks.set(
    side,
    places.filter((place) => place !== placeOf(key)),
  );
}
