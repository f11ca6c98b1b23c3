import { abs, max, timesUp, WAD } from "../model/arithmetic.js";
import type { Exchange } from "../model/exchange.js";
import { look } from "../model/health.js";
import { queueScore } from "../model/liquidation-arithmetic.js";
import { peek } from "../model/mark.js";
import { withdrawable } from "../model/money.js";
import { breakEven } from "../model/positions.js";
import { of } from "../model/state.js";
import { QUEUE_WINDOW } from "../model/waterfall.js";
import type { Command } from "./commands.js";
import { type Ground, part, type Step } from "./ground.js";
import { freedOf, hedge, hedges, named, pledge, ruin, tear } from "./situations.js";

/** A fall or a rise, half a minute for the mark to follow, and whoever is then due liquidated. */
export function* crash(
  ground: Ground,
  { market, change, caller }: Extract<Command, { type: "crash" }>,
): Generator<Step> {
  yield* ground.report(market, change, -1);
  for (let pause = 0; pause < 3; pause++) {
    yield { ...ground.ledger(caller, "poke", ground.account(caller), market), wait: 8 };
    for (const account of ground.due(market).slice(0, 2)) {
      yield ground.call(ground.address(caller), "liquidationEngine", "liquidate", account, market);
      const queued = ground.state.queuedAt.get(of(account, market)) === ground.state.now;
      if (queued) yield* queue(ground, { market, caller, shuffled: false });
    }
  }
}

/** Spot of an account that is due; if there is none, of one that has bought more on it than it can bear. */
export function* liquidateSpot(
  ground: Ground,
  { who, buyer, share }: Extract<Command, { type: "liquidateSpot" }>,
): Generator<Step> {
  const find = ({ state }: Pick<Ground, "state">): number | undefined =>
    Array.from({ length: state.accountCount.value }, (_, index) => index + 1).find((account) => {
      const { equity, maintenanceMargin } = look(state, account);
      return equity < maintenanceMargin && state.spot.get(of(account, 0)).amount !== 0n;
    });
  if (find(ground) === undefined) {
    yield* pledge(ground, who, buyer);
    yield* ruin(ground, 0, (model) => find(model) !== undefined);
  }
  const account = find(ground) ?? ground.account(who);
  const amount = part(ground.state.spot.get(of(account, 0)).amount, share);
  // Who has lost by the same move cannot pay.
  const able = ground.world.traders.filter(({ account: other }) => other !== account);
  const most = (other: number): bigint => withdrawable(ground.state, other);
  const richest = able.sort((left, right) => Number(most(right.account) - most(left.account)))[0];
  const by = share % 4 === 0 || richest === undefined ? buyer : ground.ownerOf(richest.account);
  const [from, to] = [ground.address(by), ground.account(by)];
  yield ground.call(from, "liquidationEngine", "liquidateSpot", account, to, 0, amount);
}

/** The hedge of an account that is due; or one that its owner unwinds into another's account, who lets it be. */
export function* unwindHedge(
  ground: Ground,
  { who, buyer, share }: Extract<Command, { type: "unwindHedge" }>,
): Generator<Step> {
  const due = ground.due(0).find((account) => ground.heldBy(account, 0).size < 0n);
  if (due === undefined && hedges(ground).length === 0)
    yield* hedge(ground, { who, taker: buyer, share: 100, short: 90 });
  const account = due ?? hedges(ground)[0]?.account ?? ground.account(who);
  const amount = part(abs(ground.heldBy(account, 0).size), share);
  const other = ground.account(buyer) === account ? buyer + 1 : buyer;
  const owner = due === undefined ? ground.ownerOf(account) : other;
  yield* named(ground, other, ground.address(owner));
  yield ground.call(
    ground.address(owner),
    "liquidationEngine",
    "unwindHedge",
    account,
    ground.account(other),
    0,
    amount,
  );
}

/** Freed spot of whoever has any, in the pool they have named; they name one if they have not. */
export function* sellFreed(
  ground: Ground,
  { who, loser, pool, share, torn }: Extract<Command, { type: "sell" }>,
): Generator<Step> {
  const freed = (): number | undefined => ground.accounts().find((account) => freedOf(ground, account) !== 0n);
  if (freed() === undefined && torn) yield* tear(ground, who, loser);
  const account = freed() ?? ground.account(who);
  const owner = ground.address(ground.ownerOf(account));
  if (ground.state.mandates.get(of(account, 0)) === undefined && share > 5) {
    const mandate = { pool: ground.world.pools[pool], worst: 150_000, tip: share };
    yield ground.call(owner, "freedSpotSale", "setMandate", account, 0, mandate);
  }
  const most = part(max(freedOf(ground, account), WAD), share);
  yield ground.call(ground.address(loser), "freedSpotSale", "sell", account, 0, most);
}

/** Leaves somebody to the queue, if nobody is, by a move that takes more than they have. */
export function* ruinForQueue(ground: Ground, { market, caller }: { market: number; caller: number }): Generator<Step> {
  const queued = ({ state }: Pick<Ground, "state">, account: number): boolean =>
    state.queuedAt.get(of(account, market)) + QUEUE_WINDOW > state.now;
  if (ground.accounts().some((account) => queued(ground, account))) return;
  const rules = { ...ground.state.rules.get(market), deleveraging: "QUEUE", status: "ACTIVE" };
  yield ground.call(ground.world.admin, "clearingHouse", "setMarket", market, rules);
  const ruined = (model: Exchange): number | undefined =>
    ground.accounts().find((account) => {
      const copy = model.copy();
      const to = ground.world.address("liquidationEngine");
      const args = [account, market];
      const refusal = copy.call({ from: ground.address(caller), to, method: "liquidationEngine.liquidate", args });
      return refusal === undefined && queued(copy, account);
    });
  yield* ruin(ground, market, (model) => ruined(model) !== undefined);
  const account = ruined(ground.model);
  if (account === undefined) return;
  yield ground.call(ground.address(caller), "liquidationEngine", "liquidate", account, market);
}

/** The keeper's list for a position left to the queue: everybody opposite, best score first, or in the order of numbers. */
export function* queue(
  ground: Ground,
  { market, caller, shuffled }: { market: number; caller: number; shuffled: boolean },
): Generator<Step> {
  const queuedAt = (account: number): bigint => ground.state.queuedAt.get(of(account, market));
  const waiting = ground.accounts().filter((account) => queuedAt(account) !== 0n);
  const latest = waiting.sort((left, right) => Number(queuedAt(right) - queuedAt(left)));
  const account = latest[0] ?? ground.account(caller);
  const { size } = ground.heldBy(account, market);
  const opposite = ground.accounts().filter((other) => {
    const held = ground.heldBy(other, market);
    return held.size !== 0n && held.size > 0n !== size > 0n;
  });
  const score = (other: number): bigint => scoreOf(ground, other, market);
  const listed = shuffled
    ? opposite
    : opposite.sort((a, b) => (score(a) > score(b) ? -1 : score(a) < score(b) ? 1 : a - b));
  yield ground.call(ground.address(caller), "queueDeleverager", "deleverage", account, market, listed);
}

function scoreOf(ground: Ground, account: number, market: number): bigint {
  const { size, quote } = ground.heldBy(account, market);
  const { mark } = peek(ground.state, market);
  if (mark === 0n) return 0n;
  const notional = timesUp(abs(size), mark);
  return queueScore(size > 0n, mark, breakEven(size, quote), notional, look(ground.state, account).equity);
}
