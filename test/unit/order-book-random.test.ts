import { expect } from "chai";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

import {
  bookFixture,
  Kind,
  loadFixture,
  LOT,
  MARK,
  MARKET,
  MINIMUM,
  orderId,
  request,
  TICK,
} from "../support/order-book.js";
import { ReferenceBook } from "../support/reference-book.js";

const STEPS = 250;
const ACCOUNTS = [1, 2, 3, 4, 5];

/** A book and its reference driven by one seeded stream of choices. */
async function pair(seed: number) {
  const world = await loadFixture(bookFixture);
  const random = xoroshiro128plus(seed);
  const pick = (low: number, high: number) => uniformInt(random, low, high);
  const owners = [world.alice, world.bob, world.carol, world.dave, world.alice];
  const reference = new ReferenceBook(MINIMUM, (buy, price, index) => orderId(buy ? "bid" : "ask", price, index));
  return { ...world, reference, pick, as: (account: number) => world.book.connect(owners[account - 1]) };
}

type Pair = Awaited<ReturnType<typeof pair>>;

/** A price within a few ticks of the mark, so that levels fill up and orders cross. */
const priceOf = ({ pick }: Pair) => MARK + BigInt(pick(-6, 6)) * TICK;
const sizeOf = ({ pick }: Pair) => BigInt(pick(10, 60)) * LOT;

async function place(world: Pair): Promise<void> {
  const { as, reference, pick } = world;
  const account = pick(1, ACCOUNTS.length);
  if (reference.refused.has(account)) return;
  const buy = pick(0, 1) === 0;
  const kind = [Kind.LIMIT, Kind.LIMIT, Kind.POST_ONLY, Kind.IMMEDIATE_OR_CANCEL][pick(0, 3)]!;
  const [price, maxMakers] = [priceOf(world), pick(1, 8)];
  let size = sizeOf(world);
  const reducible = buy ? -reference.position(account) : reference.position(account);
  const reduceOnly = reducible >= MINIMUM && pick(0, 3) === 0;
  const wish = request({ buy, kind, price, size, reduceOnly, maxMakers });
  if (reduceOnly && reducible < size) size = reducible;

  if (kind === Kind.POST_ONLY) {
    wish.maxMakers = 0;
    const before = reference.orders;
    if (!reference.clearWay(buy, price)) {
      reference.orders = before;
      await expect(as(account).place(account, wish)).to.be.revert(world.ethers);
      return;
    }
  }
  const rests = kind === Kind.LIMIT || kind === Kind.POST_ONLY;
  const expected = reference.place({ account, buy, reduceOnly, price, size, rests, maxMakers });
  const actual = await as(account).place.staticCall(account, wish);
  await as(account).place(account, wish);
  expect([actual.orderId, actual.filled]).to.deep.equal([expected.orderId, expected.filled]);
}

async function cancel(world: Pair): Promise<void> {
  const { as, reference, pick } = world;
  const order = reference.orders[pick(0, reference.orders.length - 1)];
  if (order === undefined) return;
  if (pick(0, 1) === 0) {
    reference.cancel(order.id);
    await as(order.account).cancel(order.id);
    return;
  }
  const several = reference.orders.filter((other) => other.account === order.account && pick(0, 1) === 0);
  const ids = several.map((other) => other.id);
  for (const id of ids) reference.cancel(id);
  await as(order.account).cancelMany(order.account, [...ids, ...ids]);
}

async function replace(world: Pair): Promise<void> {
  const { as, reference, pick } = world;
  const account = pick(1, ACCOUNTS.length);
  if (reference.refused.has(account)) return;
  const ids = reference.orders.filter((order) => order.account === account).map((order) => order.id);
  for (const id of ids) reference.cancel(id);
  // Two bids well below and two asks well above: a maker's ladder that crosses nothing.
  const ladder = [-8n, -9n, 8n, 9n].map((step) => ({ buy: step < 0n, price: MARK + step * TICK, size: sizeOf(world) }));
  for (const step of ladder) {
    reference.place({ account, ...step, reduceOnly: false, rests: true, maxMakers: 256 });
  }
  await as(account).replaceMany(account, ids, ladder.map(request));
}

async function disturb(world: Pair): Promise<void> {
  const { as, book, ledger, reference, pick } = world;
  const account = pick(1, ACCOUNTS.length);
  switch (pick(0, 2)) {
    case 0:
      reference.cancelAll(account);
      await as(account).cancelAll(account, MARKET);
      break;
    case 1: {
      const refuses = !reference.refused.has(account);
      if (refuses) reference.refused.add(account);
      else reference.refused.delete(account);
      await ledger.setRefused(account, refuses);
      break;
    }
    default: {
      const [buy, most] = [pick(0, 1) === 0, pick(1, 10)];
      reference.prune(buy, most);
      await book.prune(MARKET, buy, most);
    }
  }
}

async function compare({ book, ledger, reference }: Pair, step: number): Promise<void> {
  for (const account of ACCOUNTS) {
    const reservation = await ledger.reservation(account, MARKET);
    const where = `account ${account} after step ${step}`;
    expect(reservation.bids, `bids of ${where}`).to.equal(reference.reserved(account, true));
    expect(reservation.asks, `asks of ${where}`).to.equal(reference.reserved(account, false));
    expect(await ledger.position(account, MARKET), `position of ${where}`).to.equal(reference.position(account));
  }
  const quotes = await book.quotes(MARKET);
  expect(quotes.bestBid, `bid after step ${step}`).to.equal(reference.best(true));
  expect(quotes.bestAsk, `ask after step ${step}`).to.equal(reference.best(false));
}

/** Every level of both sides, order by order, void ones included. */
async function compareQueues({ book, reference }: Pair): Promise<void> {
  for (const buy of [true, false]) {
    for (let step = -10n; step <= 10n; ++step) {
      const price = MARK + step * TICK;
      const { page } = await book.ordersAt(MARKET, buy, price, 0, 200);
      const expected = reference.orders.filter((order) => order.buy === buy && order.price === price);
      expect(page.map((order) => [order.orderId, order.size, order.live])).to.deep.equal(
        expected.map((order) => [order.id, order.size, reference.live(order)]),
      );
    }
  }
}

describe("The order book against a plain list of orders", () => {
  for (const seed of [20_251_010, 7, 424_242]) {
    it(`agrees on every fill, queue and reservation over ${STEPS} random calls, seed ${seed}`, async () => {
      const world = await pair(seed);
      for (let step = 0; step < STEPS; ++step) {
        const choice = world.pick(0, 9);
        if (choice < 6) await place(world);
        else if (choice < 8) await cancel(world);
        else if (choice < 9) await replace(world);
        else await disturb(world);
        await compare(world, step);
        if (step % 10 === 0) await compareQueues(world);
      }
      await compareQueues(world);
    });
  }
});
