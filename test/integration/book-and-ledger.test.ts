import { expect } from "chai";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

import { deployExchange, type Fixture, type Trader } from "../support/exchange.js";
import { Kind, Reason } from "../support/order-book.js";
import { ReferenceBook } from "../support/reference-book.js";

const WAD = 10n ** 18n;
const MARKET = 0;
const STEPS = 120;
/** Sizes are multiples of this, so that no position comes out below the market's minimum. */
const UNIT = WAD / 10n;

/** An exchange with its start price and tick, and an order request as short as it can be. */
async function exchange() {
  const fixture = await deployExchange();
  const { tickSize, minimumSize, startPrice } = fixture.exchange.parameters;
  const start = BigInt(startPrice) * WAD;
  const order = (buy: boolean, price: bigint, size: bigint, more: object = {}) => ({
    market: MARKET,
    buy,
    kind: Kind.LIMIT,
    reduceOnly: false,
    maxMakers: 32,
    price,
    size,
    ...more,
  });
  const idOf = (buy: boolean, price: bigint, index: number) =>
    (BigInt(MARKET) << 56n) | ((buy ? 1n : 0n) << 55n) | ((price / tickSize) << 31n) | BigInt(index);
  const { ethers } = fixture.connection;
  /** A library of the ledger at the ledger's address: its errors are read through its own interface. */
  const logic = (name: string) => ethers.getContractAt(name, fixture.exchange.contracts.clearingHouse.address);
  const trader = (quote: bigint) => fixture.trader(quote);
  return { ...fixture, trader, logic, start, tick: tickSize, minimum: minimumSize, order, idOf };
}

/** Moves the outside price and lets the mark follow, a minute at a time, as its speed limit allows. */
async function movePrice(fixture: Fixture, price: number, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; ++minute) {
    await fixture.connection.provider.request({ method: "evm_increaseTime", params: [60] });
    await fixture.report(price);
    await fixture.markPrice.priceFor(MARKET, 1);
  }
}

describe("The order book on the real ledger", () => {
  it("keeps every reservation equal to the live orders, and every position to the fills, over random calls", async () => {
    const { clearingHouse, orderBook, trader, start, tick, minimum, order, idOf } = await exchange();
    const traders: Trader[] = [];
    for (let i = 0; i < 4; ++i) traders.push(await trader(1_000_000n));
    const random = xoroshiro128plus(20_251_010);
    const pick = (low: number, high: number) => uniformInt(random, low, high);
    const reference = new ReferenceBook(minimum, idOf);

    const place = async (who: Trader) => {
      const account = Number(who.account);
      const buy = pick(0, 1) === 0;
      const price = start + BigInt(pick(-5, 5)) * tick;
      let size = BigInt(pick(1, 8)) * UNIT;
      const reducible = buy ? -reference.position(account) : reference.position(account);
      const reduceOnly = reducible > 0n && pick(0, 2) === 0;
      const request = order(buy, price, size, { reduceOnly, maxMakers: 6 });
      if (reduceOnly && reducible < size) size = reducible;
      const expected = reference.place({ account, buy, reduceOnly, price, size, rests: true, maxMakers: 6 });
      const actual = await who.orderBook.place.staticCall(account, request);
      await who.orderBook.place(account, request);
      expect([actual.orderId, actual.filled]).to.deep.equal([expected.orderId, expected.filled]);
    };
    const cancel = async (who: Trader) => {
      const own = reference.orders.filter((other) => other.account === Number(who.account) && pick(0, 2) === 0);
      const ids = own.map((other) => other.id);
      for (const id of ids) reference.cancel(id);
      await who.orderBook.cancelMany(who.account, ids);
    };

    for (let step = 0; step < STEPS; ++step) {
      const who = traders[pick(0, 3)]!;
      const choice = pick(0, 19);
      if (choice < 15) await place(who);
      else if (choice < 19) await cancel(who);
      else {
        reference.cancelAll(Number(who.account));
        await who.orderBook.cancelAll(who.account, MARKET);
      }
      for (const { account } of traders) {
        const held = await clearingHouse.reservation(account, MARKET);
        const where = `account ${Number(account)} after step ${step}`;
        expect(held.bids, `bids of ${where}`).to.equal(reference.reserved(Number(account), true));
        expect(held.asks, `asks of ${where}`).to.equal(reference.reserved(Number(account), false));
        const { size } = await clearingHouse.positionOf(account, MARKET);
        expect(size, `position of ${where}`).to.equal(reference.position(Number(account)));
      }
      const quotes = await orderBook.quotes(MARKET);
      expect([quotes.bestBid, quotes.bestAsk]).to.deep.equal([reference.best(true), reference.best(false)]);
    }
  });

  it("fills past a maker whose margin is gone by the time it is met, and cancels its order", async () => {
    const fixture = await exchange();
    const { orderBook, clearingHouse, trader, start, tick, order } = fixture;
    const [weak, strong, taker] = [await trader(700n), await trader(1_000_000n), await trader(1_000_000n)];
    const far = start + (start / 50n / tick) * tick;
    await weak.orderBook.place(weak.account, order(false, start, 4n * WAD));
    await taker.orderBook.place(taker.account, order(true, start, 4n * WAD));
    await weak.orderBook.place(weak.account, order(false, far, WAD / 10n));
    await strong.orderBook.place(strong.account, order(false, far, WAD));
    await movePrice(fixture, (Number(start / WAD) * 102) / 100, 20);
    const size = WAD / 2n;
    const trade = taker.orderBook.place(taker.account, order(true, far, size));
    await expect(trade).to.emit(orderBook, "OrderCancelled");
    const cancelled = await orderBook.queryFilter(orderBook.filters.OrderCancelled());
    expect(cancelled.map((event) => event.args.reason)).to.deep.equal([BigInt(Reason.REFUSED)]);
    expect((await clearingHouse.positionOf(strong.account, MARKET)).size).to.equal(-size);
    expect((await clearingHouse.reservation(weak.account, MARKET)).asks).to.equal(0n);
  });

  it("lets nobody rest or take more than the account's margin carries", async () => {
    const { trader, start, order, logic } = await exchange();
    const [rich, poor] = [await trader(1_000_000n), await trader(100n)];
    const margins = await logic("ReservationLogic");
    await expect(poor.orderBook.place(poor.account, order(true, start, 10n * WAD))).to.be.revertedWithCustomError(
      margins,
      "InsufficientMargin",
    );
    await rich.orderBook.place(rich.account, order(false, start, 10n * WAD));
    await expect(
      poor.orderBook.place(poor.account, order(true, start, 10n * WAD, { kind: Kind.IMMEDIATE_OR_CANCEL })),
    ).to.be.revertedWithCustomError(margins, "InsufficientMargin");
  });

  it("lets an operator place, cancel and void for the account, and nobody else", async () => {
    const { clearingHouse, trader, start, order, idOf, logic } = await exchange();
    const [owner, helper] = [await trader(10_000n), await trader(0n)];
    const rest = () => helper.orderBook.place(owner.account, order(true, start, WAD));
    const accounts = await logic("AccountLogic");
    await expect(rest()).to.be.revertedWithCustomError(accounts, "NotAuthorised");
    await owner.clearingHouse.setOperator(owner.account, helper.signer, true);
    await rest();
    await rest();
    await helper.orderBook.cancel(idOf(true, start, 1));
    await helper.orderBook.cancelAll(owner.account, MARKET);
    expect((await clearingHouse.reservation(owner.account, MARKET)).bids).to.equal(0n);
  });

  it("lets a reduce-only order of any size close the position to exactly zero, and no further", async () => {
    const { clearingHouse, trader, start, order } = await exchange();
    const [long, short, closer] = [await trader(100_000n), await trader(100_000n), await trader(100_000n)];
    await short.orderBook.place(short.account, order(false, start, WAD));
    await long.orderBook.place(long.account, order(true, start, WAD));
    await closer.orderBook.place(closer.account, order(true, start, 2n * WAD));
    await long.orderBook.place(long.account, order(false, start, 2n * WAD, { reduceOnly: true }));
    expect((await clearingHouse.positionOf(long.account, MARKET)).size).to.equal(0n);
    expect((await clearingHouse.reservation(closer.account, MARKET)).bids).to.equal(WAD);
  });
});
