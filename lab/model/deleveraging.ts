import { abs, down, max, min, RAY, timesDown, up, WAD } from "./arithmetic.js";
import { classOf, isHedged, keyAt, leastProfitableEdge } from "./buckets.js";
import { moveCash } from "./cash.js";
import { chargePool, poolsInReach, trimClosedProfit } from "./closed-profit.js";
import { closeMarket, type Market, moveOpenInterest, openMarket } from "./markets.js";
import { type Policy, POLICIES } from "./policies.js";
import { positionOf } from "./positions.js";
import { Refusal, refuseIf, refuseUnless } from "./refusal.js";
import { sideOf, type State } from "./state.js";
import {
  cashPerShareAt,
  chargeablePerShare,
  endAdmission,
  profitOf,
  retire,
  sizeOf,
  SMALLEST_SIZE_PER_SHARE,
  trancheId,
  trancheOf,
} from "./tranches.js";
import { tradeAside } from "./transfers.js";

/** Who may be charged: what weighs, and the most; both less what was charged before. */
interface Payer {
  readonly profit: bigint;
  readonly chargeable: bigint;
  charge: bigint;
}

/** One generation of a tranche within reach, and its part in what is done. */
interface Reached extends Payer {
  readonly key: number;
  readonly generation: number;
  readonly size: bigint;
  /** Base its part of what a stage gives is in proportion to, at most its size. */
  weight: bigint;
  take: bigint;
}

/** What a deleveraging did. */
export interface Deleveraged {
  readonly tornUp: bigint;
  readonly charged: bigint;
  readonly tranches: number;
}

/**
 * Tears up a bankrupt position's inventory against profitable tranches opposite, in the policy's order, and charges its deficit
 * to all of them in proportion to profit (section 8). `size` is signed as the position is, or was.
 */
export function deleverage(
  state: State,
  account: number,
  id: number,
  size: bigint,
  price: bigint,
  deficit: bigint,
  mostTranches: number,
): Deleveraged {
  const market = openMarket(state, id, "DELEVERAGE");
  const held = positionOf(state, account, id, market.fundingIndex).size;
  // Without a size only a deficit is charged, to the side opposite what is still held.
  const sided = size === 0n ? held !== 0n && deficit !== 0n : held === 0n || held > 0n === size > 0n;
  refuseUnless(sided, "NotItsSide", account, id, held, size);
  const short = size === 0n ? held > 0n : size > 0n;
  const reached = profitable(state, market, short, price, mostTranches);
  shareSize(reached, min(abs(size), abs(held)), POLICIES[market.rules.policy]);
  // Whoever others pay for has lost what profit there was, and is not asked to share in it.
  if (deficit !== 0n) trimClosedProfit(state, account, true);
  const pools = poolsInReach(state, id, short, market.maturity).map((pool) => ({
    ...pool,
    profit: pool.amount,
    chargeable: pool.amount,
    charge: 0n,
  }));
  shareDeficit(reached, pools, deficit);
  const paying = pools.filter(({ charge }) => charge !== 0n);
  for (const { key, charge } of paying) chargePool(state, key, charge);
  const asked = reached.filter(({ take, charge }) => take !== 0n || charge !== 0n);
  for (const tranche of asked) apply(state, market, short, tranche, price);
  const tornUp = sum(asked, ({ take }) => take);
  const charged = sum(asked, ({ charge }) => charge) + sum(paying, ({ charge }) => charge);
  const tranches = asked.length + paying.length;
  if (tranches !== 0) state.deleveragedAt.set(id, state.now);
  if (charged !== 0n) moveCash(state, account, charged);
  if (tornUp !== 0n) tradeAside(state, market, account, short ? -tornUp : tornUp, price);
  closeMarket(state, market);
  return { tornUp, charged, tranches };
}

/** Closes a position at mark against positions opposite that are not in profit: step 5. Refused while any in profit is left (P5). */
export function closeAtMark(state: State, account: number, id: number, size: bigint, mostTranches: number): bigint {
  const market = openMarket(state, id, "DELEVERAGE");
  const held = positionOf(state, account, id, market.fundingIndex).size;
  refuseIf(held === 0n, "NoPosition", account, id);
  const short = held > 0n;
  const price = market.price.mark;
  const [winner] = profitable(state, market, short, price, 1);
  if (winner !== undefined) throw new Refusal("ProfitRemains", id, winner.key);
  let left = min(size, abs(held));
  const wanted = left;
  for (const reached of everyone(state, market, short, mostTranches)) {
    if (left === 0n) break;
    reached.take = min(reached.size, left);
    apply(state, market, short, reached, price);
    left -= reached.take;
  }
  const closed = wanted - left;
  if (closed !== 0n) {
    state.deleveragedAt.set(id, state.now);
    tradeAside(state, market, account, short ? -closed : closed, price);
  }
  closeMarket(state, market);
  return closed;
}

/**
 * Profitable tranches of a side at a price, in the policy's order. Rule of the whole bucket: a tranche counts as in profit if its
 * least profitable edge is, so that nobody in it is closed at a loss (P5), and if something may still be charged to it. Rule of the
 * price off the mark (TORN_UP): it reaches no hedge while a directional position is in profit at mark; those come first, at mark (P9).
 */
function profitable(state: State, market: Market, short: boolean, price: bigint, most: number): Reached[] {
  const reached: Reached[] = [];
  for (const place of state.ranks.get(sideOf(market.id, short))) {
    const key = keyAt(short, place);
    const offMark = isHedged(key) && price !== market.price.mark;
    if (offMark && directionalOf(profitable(state, market, short, market.price.mark, 1)).length !== 0) break;
    const edge = leastProfitableEdge(key);
    if (short ? price >= edge : price <= edge) continue;
    for (const generation of liveGenerations(state, market.id, key)) {
      if (reached.length === most) return reached;
      const tranche = trancheOf(state, market.id, key, generation);
      const size = sizeOf(tranche, short);
      const perShare = chargeablePerShare(tranche, short, price, edge);
      // Less than a wei is nothing to be charged: what has paid all it can makes room for those beyond it.
      const chargeable = down(perShare * tranche.shares, RAY);
      if (size === 0n || chargeable === 0n) continue;
      // Rounding may put the profit of a tiny tranche below what its members are known to have gained.
      const gained = profitOf(tranche, short, price) - down(tranche.charged * size, RAY);
      reached.push({
        key,
        generation,
        size,
        profit: max(gained, chargeable),
        chargeable,
        weight: size,
        take: 0n,
        charge: 0n,
      });
    }
  }
  return reached;
}

function everyone(state: State, market: Market, short: boolean, most: number): Reached[] {
  const reached: Reached[] = [];
  for (const place of state.ranks.get(sideOf(market.id, short))) {
    const key = keyAt(short, place);
    for (const generation of liveGenerations(state, market.id, key)) {
      const size = sizeOf(trancheOf(state, market.id, key, generation), short);
      if (size === 0n || reached.length === most) continue;
      reached.push({ key, generation, size, profit: 0n, chargeable: 0n, weight: size, take: 0n, charge: 0n });
    }
  }
  return reached;
}

function liveGenerations(state: State, market: number, key: number): number[] {
  const { current, oldest } = trancheOf(state, market, key, 0);
  return Array.from({ length: current - oldest + 1 }, (_, index) => oldest + index);
}

/** Who is torn up: stage after stage in proportion to size or down to one leverage, or tranche after tranche. */
function shareSize(reached: readonly Reached[], size: bigint, policy: Policy): void {
  let left = size;
  let start = 0;
  while (start < reached.length && left !== 0n) {
    const group = policy.proportional ? stageFrom(reached, start, policy) : reached.slice(start, start + 1);
    const whole = sum(group, (tranche) => tranche.size);
    let wanted = min(left, whole);
    left -= wanted;
    const levels = policy.proportional && wanted < whole && leverageOf(policy, group[0]) !== 0n;
    if (levels) weighAboveLevel(group, wanted, policy);
    let available = sum(group, ({ weight }) => weight);
    for (const tranche of group) {
      if (available === 0n) break;
      // Down, and the last takes what is left: what is left is shared among what is left, so the parts add up to the whole.
      tranche.take = down(wanted * tranche.weight, available);
      available -= tranche.weight;
      wanted -= tranche.take;
    }
    start += group.length;
  }
}

/**
 * Only what of each tranche is above one leverage counts: from the most levered class down, the level at which those so far give
 * what is wanted is (their size - wanted) / (their size / leverage); from the first that is not above it on, none is reached.
 * Rounded so that no less than what is wanted counts in all: margins up, level and what is kept down.
 */
function weighAboveLevel(group: readonly Reached[], wanted: bigint, policy: Policy): void {
  const margins: bigint[] = [];
  let [level, margin, size] = [0n, 0n, 0n];
  for (const tranche of group) {
    const leverage = leverageOf(policy, tranche);
    if (leverage <= level) break;
    margins.push(up(tranche.size * WAD, leverage));
    margin += margins.at(-1) ?? 0n;
    size += tranche.size;
    if (size > wanted) level = down((size - wanted) * WAD, margin);
  }
  for (const [place, tranche] of group.entries()) {
    const own = margins[place];
    const kept = own === undefined ? tranche.size : timesDown(own, level);
    tranche.weight = tranche.size - min(tranche.size, kept);
  }
}

function leverageOf(policy: Policy, tranche: Reached | undefined): bigint {
  return policy.leverageOf(classOf(tranche?.key ?? 0));
}

function stageFrom(reached: readonly Reached[], start: number, policy: Policy): Reached[] {
  const stage = (tranche: Reached | undefined): number => policy.stageOf(classOf(tranche?.key ?? 0));
  const end = reached.findIndex((tranche, index) => index > start && stage(tranche) !== stage(reached[start]));
  return reached.slice(start, end === -1 ? undefined : end);
}

function directionalOf(reached: readonly Reached[]): Reached[] {
  return reached.filter(({ key }) => !isHedged(key));
}

/** Who pays: directional profit first, open or closed lately, all it can; hedged tranches what is then left. */
function shareDeficit(reached: readonly Reached[], pools: readonly Payer[], deficit: bigint): void {
  const rest = shareAmong([...directionalOf(reached), ...pools], deficit);
  shareAmong(
    reached.filter(({ key }) => isHedged(key)),
    rest,
  );
}

/**
 * Everybody in proportion to profit, nobody more than its cap, never more than there is. What the caps and rounding
 * leave over is shared in a second round in proportion to the room below them (up, until nothing is left). Returns what none of them can pay.
 */
function shareAmong(reached: readonly Payer[], wanted: bigint): bigint {
  const chargeable = sum(reached, (tranche) => tranche.chargeable);
  const profit = sum(reached, (tranche) => tranche.profit);
  const deficit = min(wanted, chargeable);
  const rest = wanted - deficit;
  if (deficit === 0n) return rest;
  for (const tranche of reached) tranche.charge = min(tranche.chargeable, down(deficit * tranche.profit, profit));
  let left = deficit - sum(reached, ({ charge }) => charge);
  let room = chargeable - (deficit - left);
  for (const tranche of reached) {
    if (left === 0n) break;
    const below = tranche.chargeable - tranche.charge;
    const more = min(below, up(left * below, room));
    tranche.charge += more;
    room -= below;
    left -= more;
  }
  return rest;
}

/** A tear-up and a charge of one generation: A -= q / S, C +- x * q / S, C -= D / S (section 2). All against its members. */
function apply(state: State, market: Market, short: boolean, reached: Reached, price: bigint): void {
  const { key, generation, take, charge } = reached;
  const id = trancheId(market.id, key, generation);
  const tranche = state.tranches.get(id);
  const { shares } = tranche;
  // Rule of the torn-off base: longs lose at least q and are paid for no more than it, shorts lose at most q and pay for no less.
  const part = short ? down(take * RAY, shares) : up(take * RAY, shares);
  const torn = take === reached.size ? tranche.sizePerShare : min(part, tranche.sizePerShare);
  const worth = take * price * (RAY / WAD); // Exact: WAD * WAD over WAD shares is RAY per share after this factor.
  const paid = down(short ? -worth : worth, shares);
  const perShare = up(charge * RAY, shares);
  const sizePerShare = tranche.sizePerShare - torn;
  state.tranches.change(id, {
    sizePerShare,
    cashPerShare: cashPerShareAt(tranche, short, market.fundingIndex) + paid - perShare,
    // For all the base there was: what is torn up with it takes its part of the charge along.
    charged: tranche.charged + up(perShare * RAY, tranche.sizePerShare),
    fundingIndex: market.fundingIndex,
  });
  moveOpenInterest(market, short ? -take : take, 0n);
  if (sizePerShare >= SMALLEST_SIZE_PER_SHARE) return;
  endAdmission(state, market.id, key, generation);
  if (sizePerShare === 0n) retire(state, market.id, key, generation);
}

function sum<One>(reached: readonly One[], part: (one: One) => bigint): bigint {
  return reached.reduce((total, tranche) => total + part(tranche), 0n);
}
