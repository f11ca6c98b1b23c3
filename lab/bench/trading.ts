import { WAD } from "../units.js";
import { done, first, KIND, order, type Rig, START, type Trader } from "./rig.js";

const TICK = WAD;
const ASK = START + TICK;
const BID = START - TICK;
const RISEN = START + 40n * TICK;
const LEVELS = 10n;
const MAKERS = 20;

/** Gas of money and orders, with accounts, levels and tranches that have been used before: the steady state of a market. */
export async function benchTrading(rig: Rig): Promise<void> {
  const makers = await rig.traders(MAKERS);
  const taker = await rig.trader();
  await establish(rig, makers, taker);
  await benchPrice(rig);
  await benchMoney(rig, taker);
  await rig.aside(() => benchOrders(rig, makers));
  await rig.aside(() => benchCancelAll(rig, first(makers)));
  await rig.aside(() => benchTakes(rig, makers, taker));
  await rig.aside(() => benchClose(rig, first(makers), taker));
  await rig.aside(() => benchCloseInProfit(rig, first(makers), taker));
}

/** Everybody has traded once: every maker holds a short, the taker the long side; every level has been used. */
async function establish(rig: Rig, makers: readonly Trader[], taker: Trader): Promise<void> {
  for (const maker of makers) {
    for (let level = 1n; level <= LEVELS; level++) {
      await done(rig.place(maker, false, START + level * TICK, WAD / 10n));
      await done(rig.place(maker, true, START - level * TICK, WAD / 10n));
    }
  }
  await done(rig.place(taker, true, ASK, 2n * WAD, KIND.immediateOrCancel));
  for (const maker of makers) await done(maker.orderBook.cancelAll(maker.account, 0));
  for (const side of [true, false]) {
    for (let left = 1n; left !== 0n;) {
      left = await rig.admin.orderBook.prune.staticCall(0, side, 64);
      if (left !== 0n) await done(rig.admin.orderBook.prune(0, side, 64));
    }
  }
}

async function benchPrice(rig: Rig): Promise<void> {
  await rig.aside(async () => {
    await rig.wait(2);
    rig.gas["price-first-in-block"] = await rig.refresh();
  });
  await rig.measure("price-later-in-block", () => rig.admin.markPrice.priceFor(0, 1));
}

async function benchMoney(rig: Rig, taker: Trader): Promise<void> {
  const flat = await rig.trader();
  await rig.measure("deposit", () => taker.clearingHouse.deposit(taker.account, 1_000_000n));
  await rig.measure("withdraw", () => taker.clearingHouse.withdraw(taker.account, 1_000_000n, taker.address));
  await rig.measure("withdraw-without-position", () =>
    flat.clearingHouse.withdraw(flat.account, 1_000_000n, flat.address),
  );
  await rig.aside(async () => {
    await rig.pass(3_600);
    await rig.measure("settle", () => rig.admin.clearingHouse.poke(taker.account, 0));
  });
}

async function benchOrders(rig: Rig, makers: readonly Trader[]): Promise<void> {
  const maker = first(makers);
  const other = first(makers.slice(1));
  for (let level = 1n; level <= LEVELS; level++) {
    for (const trader of [other, maker]) await done(rig.place(trader, false, START + level * TICK, WAD));
  }
  await rig.measure("place", () => rig.place(maker, false, ASK, WAD));
  await rig.measure("place-new-level", () => rig.place(maker, false, START + 100n * TICK, WAD));
  const requests = Array.from({ length: 10 }, (_, level) => order(false, START + BigInt(level + 1) * TICK, WAD));
  const ten = await rig.measure("place-10", () => maker.orderBook.placeMany(maker.account, requests));
  rig.gas["place-each-of-10"] = Math.round(ten / 10);
  const { orderId } = await maker.orderBook.place.staticCall(maker.account, order(false, ASK, WAD));
  await done(rig.place(maker, false, ASK, WAD));
  await rig.measure("cancel", () => maker.orderBook.cancel(orderId));
}

async function benchCancelAll(rig: Rig, maker: Trader): Promise<void> {
  await done(rig.place(maker, false, ASK, WAD));
  await rig.measure("cancel-all-1", () => maker.orderBook.cancelAll(maker.account, 0));
  for (let i = 0n; i < 49n; i++) await done(rig.place(maker, false, START + ((i % LEVELS) + 1n) * TICK, WAD));
  await rig.measure("cancel-all-50", () => maker.orderBook.cancelAll(maker.account, 0));
}

async function benchTakes(rig: Rig, makers: readonly Trader[], taker: Trader): Promise<void> {
  for (const maker of makers) await done(rig.place(maker, false, ASK, 2n * WAD));
  const take = (size: bigint) => () => rig.place(taker, true, ASK, size, KIND.immediateOrCancel);
  await rig.measure("take-1-in-part", take(WAD));
  await rig.measure("take-1", take(2n * WAD));
  const five = await rig.measure("take-5", take(10n * WAD));
  const twenty = await rig.measure("take-20", take(40n * WAD));
  rig.gas["further-maker"] = Math.round((twenty - five) / 15);
}

async function benchClose(rig: Rig, maker: Trader, taker: Trader): Promise<void> {
  await done(rig.place(maker, true, BID, 4n * WAD));
  await rig.measure("close", () => rig.place(taker, false, BID, 2n * WAD, KIND.immediateOrCancel));
}

/** What is realised joins the profit that a charge may reach: with slots written for the first time, and with used ones. */
async function benchCloseInProfit(rig: Rig, maker: Trader, taker: Trader): Promise<void> {
  const rival = await rig.trader();
  await done(rig.place(maker, false, ASK, WAD));
  await done(rig.place(rival, true, ASK, WAD, KIND.immediateOrCancel));
  await rig.movePrice(RISEN);
  await done(rig.place(maker, true, RISEN, 10n * WAD));
  await done(rig.place(await rig.trader(), false, RISEN, 2n * WAD, KIND.immediateOrCancel));
  const sell = (trader: Trader, size: bigint) => rig.place(trader, false, RISEN, size, KIND.immediateOrCancel);
  await rig.measure("close-in-first-profit", () => sell(taker, 2n * WAD));
  const half = rig.deployment.exchange.parameters.maturity / 2;
  for (let halves = 0; halves < 2; halves++) {
    await done(sell(taker, WAD / 2n));
    await rig.pass(half);
  }
  await done(sell(rival, WAD));
  await rig.measure("close-in-profit", () => sell(taker, WAD));
}
