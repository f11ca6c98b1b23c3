import { abs, max, positive, WAD } from "../model/arithmetic.js";
import { quoteOfHouse } from "../model/house-pool.js";
import { look } from "../model/health.js";
import { auctionEnd } from "../model/market-guard.js";
import { peek } from "../model/mark.js";
import { isVoid } from "../model/triggers.js";
import type { Command } from "./commands.js";
import { type Ground, part, type Step } from "./ground.js";
import { named } from "./situations.js";

const BASIS_POINTS = 10_000n;

/** What is around the book: the house pool, triggered orders, caps, and the market guard with its auction. */
export function* planLayer(ground: Ground, command: Command): Generator<Step> {
  switch (command.type) {
    case "house":
      yield* withHouse(ground, command);
      return;
    case "arm":
      yield* arm(ground, command);
      return;
    case "trigger":
      yield* trigger(ground, command);
      return;
    case "refreshCap":
      yield ground.ledger(0, "refreshCap", command.market);
      return;
    case "depth": {
      const { admin, depthSource } = ground.world;
      const args = [BigInt(command.thousands) * 1_000n * WAD];
      yield { wait: 0, call: { from: admin, to: depthSource, method: "depthSource.setDepth", args } };
      return;
    }
    case "pause":
      yield ground.call(ground.world.admin, "marketGuard", "pause", command.market);
      return;
    case "squeeze":
      yield* squeeze(ground, command);
      return;
    case "auction":
      yield* auction(ground, command);
      return;
    default:
  }
}

/** A trade with the pool, at its price or a little off it. */
function* withHouse(
  ground: Ground,
  { who, market, buy, share, off, reduceOnly }: Extract<Command, { type: "house" }>,
): Generator<Step> {
  const account = ground.account(who);
  yield* named(ground, who, ground.world.address("housePool"));
  const mark = max(peek(ground.state, market).mark, WAD);
  const equity = positive(look(ground.state, account).equity);
  const held = abs(ground.heldBy(account, market).size);
  const size = reduceOnly ? part(max(held, 1n), share) : part((equity * WAD) / mark, share);
  const { price } = quoteOfHouse(ground.state, market, buy, size);
  const bound = (price * (BASIS_POINTS + BigInt(buy ? off : -off))) / BASIS_POINTS;
  yield ground.call(ground.address(who), "housePool", "trade", account, market, buy, size, bound, reduceOnly);
}

/** A triggered order: in a later block the mark has come to it, or it waits. */
function* arm(ground: Ground, command: Omit<Extract<Command, { type: "arm" }>, "wait">): Generator<Step> {
  const { order, above, off, tip, expiry } = command;
  const { who, market } = order;
  if (!command.unnamed) yield* named(ground, who, ground.world.address("triggerOrders"));
  const { mark } = peek(ground.state, market);
  const request = {
    above,
    trigger: (mark * (BASIS_POINTS + BigInt(off))) / BASIS_POINTS,
    tip: BigInt(tip) * WAD,
    expiry: expiry === 0 ? 0n : ground.state.now + BigInt(expiry),
    order: ground.request(order, who),
  };
  yield ground.call(ground.address(who), "triggerOrders", "arm", ground.account(who), request);
}

/** What becomes of a triggered order: one that waits, if there is one, and rather one whose time has come. */
function* trigger(ground: Ground, command: Extract<Command, { type: "trigger" }>): Generator<Step> {
  const { who, which, deed, tip } = command;
  const [from, to] = [ground.address(who), ground.account(who)];
  if (waiting(ground).length === 0) yield* armNow(ground, who, which);
  const ids = waiting(ground);
  const reached = ids.filter((id) => isReached(ground, id));
  const chosen = deed === "execute" && which !== 0 && reached.length !== 0 ? reached : ids;
  const id = chosen[which % Math.max(chosen.length, 1)] ?? which;
  if (deed === "execute") {
    yield { ...ground.call(from, "triggerOrders", "execute", id, to, BigInt(tip) * WAD), wait: 1 };
    return;
  }
  const { account, order } = ground.state.triggers.get(id) ?? {};
  // Its account's other orders called off, an order waits for nothing.
  if (deed === "clear" && which % 2 === 0 && account !== undefined && order !== undefined) {
    yield ground.book(ground.ownerOf(account), "cancelAll", account, order.market);
  }
  const by = deed === "cancel" && which !== 0 && account !== undefined ? ground.address(ground.ownerOf(account)) : from;
  yield ground.call(by, "triggerOrders", deed, id);
}

/** An order that the mark has reached already, to rest a little off it. */
function* armNow(ground: Ground, who: number, which: number): Generator<Step> {
  const order = {
    who,
    market: 0,
    buy: which % 2 === 0,
    kind: 0,
    reduceOnly: false,
    off: 0,
    share: 5,
    makers: 0,
    caller: 6,
  };
  yield* arm(ground, { type: "arm", order, above: true, off: -100, tip: which % 3, expiry: 0, unnamed: false });
}

function waiting({ state }: Ground): number[] {
  const ids = Array.from({ length: state.triggerCount.value }, (_, index) => index + 1);
  return ids.filter((id) => state.triggers.get(id) !== undefined);
}

/** Whether the mark has come to where a triggered order waits for it, and the order still stands. */
function isReached({ state }: Ground, id: number): boolean {
  const waited = state.triggers.get(id);
  if (waited === undefined || isVoid(state, waited)) return false;
  const { mark } = peek(state, waited.order.market);
  return waited.above ? mark >= waited.trigger : mark <= waited.trigger;
}

/** A book swept to one side of the index, and quoted there until the guard has seen enough. */
function* squeeze(ground: Ground, command: Extract<Command, { type: "squeeze" }>): Generator<Step> {
  const { who, other, market, up, off, blocks } = command;
  const [near, far] = up ? [off, off + 50] : [-off, -off - 50];
  const order = { market, kind: 0, reduceOnly: false, share: 3, makers: 0, caller: 6 };
  // What is nearer is taken, so that the quotes are what the book says.
  yield* quote(ground, { ...order, who, buy: up, off: near });
  yield* quote(ground, { ...order, who: other, buy: !up, off: far });
  for (let block = 0; block < blocks; block++) {
    yield { ...ground.ledger(who, "poke", ground.account(who), market), wait: 4 };
  }
}

/** Orders across the book while an auction collects, time for it to end, and calls that clear it piece by piece. */
function* auction(ground: Ground, command: Extract<Command, { type: "auction" }>): Generator<Step> {
  const { market, orders, caller, most, cancelled } = command;
  const end = auctionEnd(ground.state, market);
  if (end > ground.state.now) {
    for (const order of orders) yield* quote(ground, { ...order, market });
    yield* ground.report(market, 0, -1, Number(positive(end - ground.state.now)));
  }
  const uncross = (): Step => ground.book(caller, "uncross", market, most);
  for (let call = 0; call < 4; call++) {
    yield uncross();
    if (auctionEnd(ground.state, market) === 0n) return;
    const [id] = call === cancelled ? ground.ordersOf(undefined).slice(call) : [];
    if (id !== undefined) yield ground.book(caller, "cancel", id);
  }
  yield ground.book(caller, "uncross", market, 0);
}

function* quote(ground: Ground, deed: Parameters<Ground["request"]>[0]): Generator<Step> {
  const { who } = deed;
  yield ground.book(who, "place", ground.account(who), ground.request({ ...deed, kind: deed.kind % 2 }, who));
}
