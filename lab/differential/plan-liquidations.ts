import { abs, timesUp } from "../model/arithmetic.js";
import { look } from "../model/health.js";
import { queueScore } from "../model/liquidation-arithmetic.js";
import { peek } from "../model/mark.js";
import { breakEven } from "../model/positions.js";
import { of } from "../model/state.js";
import type { Command } from "./commands.js";
import { type Ground, part, type Step } from "./ground.js";

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

/** Spot of an account that is due, if there is one. */
export function liquidateSpot(
  ground: Ground,
  { who, buyer, share }: Extract<Command, { type: "liquidateSpot" }>,
): Step {
  const due = ground.accounts().filter((account) => {
    const { equity, maintenanceMargin } = look(ground.state, account);
    return equity < maintenanceMargin && ground.state.spot.get(of(account, 0)).amount !== 0n;
  });
  const account = due[0] ?? ground.account(who);
  const amount = part(ground.state.spot.get(of(account, 0)).amount, share);
  const [from, to] = [ground.address(buyer), ground.account(buyer)];
  return ground.call(from, "liquidationEngine", "liquidateSpot", account, to, 0, amount);
}

/** The hedge of an account that is due, if there is one, or one's own. */
export function unwindHedge(ground: Ground, { who, buyer, share }: Extract<Command, { type: "unwindHedge" }>): Step {
  const account = ground.due(0).find((other) => ground.heldBy(other, 0).size < 0n) ?? ground.account(who);
  const amount = part(abs(ground.heldBy(account, 0).size), share);
  const [from, to] = [ground.address(buyer), ground.account(buyer)];
  return ground.call(from, "liquidationEngine", "unwindHedge", account, to, 0, amount);
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
