import { WAD } from "../units.js";
import { done, KIND, type Rig, START, type Trader } from "./rig.js";

const TICK = WAD;
const ASK = START + TICK;
const BID = START - TICK;

/** Gas of money and orders, with accounts, levels and tranches that have been used before: the steady state of a market. */
export async function benchTrading(rig: Rig): Promise<void> {
  const makers = await rig.traders(20);
  const [taker, flat] = await rig.traders(2);
  if (taker === undefined || flat === undefined) throw new Error("no traders");
  await establish(rig, makers, taker);
  await benchPrice(rig);
  await benchMoney(rig, taker, flat);
  await benchOrders(rig, makers);
  await benchTakes(rig, makers, taker);
}

/** Everybody has traded once: every maker holds a short, the taker the long side; every level has been used. */
async function establish(rig: Rig, makers: readonly Trader[], taker: Trader): Promise<void> {
  for (const maker of makers) {
    for (let level = 1n; level <= 10n; level++) {
      await done(rig.place(maker, false, START + level * TICK, WAD / 10n));
      await done(rig.place(maker, true, START - level * TICK, WAD / 10n));
    }
  }
  await done(rig.place(taker, true, ASK, 2n * WAD, KIND.immediateOrCancel));
  for (const maker of makers) await done(rig.at("orderBook", maker.signer).cancelAll(maker.account, 0));
  await done(rig.at("orderBook").prune(0, true, 256));
  await done(rig.at("orderBook").prune(0, false, 256));
}

async function benchPrice(rig: Rig): Promise<void> {
  await rig.aside(async () => {
    await rig.pass(2);
    const later = await done(rig.refresh());
    rig.gas["price-first-in-block"] = Number(later.gasUsed);
  });
  await rig.measure("price-later-in-block", () => rig.refresh());
}

async function benchMoney(rig: Rig, taker: Trader, flat: Trader): Promise<void> {
  const ledger = rig.at("clearingHouse", taker.signer);
  const to = await taker.signer.getAddress();
  await rig.measure("deposit", () => ledger.deposit(taker.account, 1_000_000n) as Promise<unknown>);
  await rig.measure("withdraw", () => ledger.withdraw(taker.account, 1_000_000n, to) as Promise<unknown>);
  const other = rig.at("clearingHouse", flat.signer);
  const address = await flat.signer.getAddress();
  await rig.measure("withdraw-without-position", () => other.withdraw(flat.account, 1_000_000n, address) as Promise<unknown>);
  await rig.aside(async () => {
    await rig.pass(3_600);
    await rig.measure("settle", () => rig.at("clearingHouse").poke(taker.account, 0) as Promise<unknown>);
  });
}

async function benchOrders(rig: Rig, makers: readonly Trader[]): Promise<void> {
  const [maker, other] = makers;
  if (maker === undefined || other === undefined) throw new Error("no makers");
  const book = rig.at("orderBook", maker.signer);
  await rig.aside(async () => {
    for (let level = 1n; level <= 10n; level++) {
      await done(rig.place(other, false, START + level * TICK, WAD));
      await done(rig.place(maker, false, START + level * TICK, WAD));
    }
    await rig.measure("place", () => rig.place(maker, false, ASK, WAD));
    await rig.measure("place-new-level", () => rig.place(maker, false, START + 100n * TICK, WAD));
    const requests = Array.from({ length: 10 }, (_, level) => ({
      market: 0,
      buy: false,
      kind: KIND.limit,
      reduceOnly: false,
      maxMakers: 0,
      price: START + BigInt(level + 1) * TICK,
      size: WAD,
    }));
    const ten = await rig.measure("place-10", () => book.placeMany(maker.account, requests) as Promise<unknown>);
    rig.gas["place-each-of-10"] = Math.round(ten / 10);
    const request = { market: 0, buy: false, kind: KIND.limit, reduceOnly: false, maxMakers: 0, price: ASK, size: WAD };
    const placement = (await book.getFunction("place").staticCall(maker.account, request)) as { orderId: bigint };
    await done(rig.place(maker, false, ASK, WAD));
    await rig.measure("cancel", () => book.cancel(placement.orderId) as Promise<unknown>);
  });
  await rig.aside(async () => {
    await done(rig.place(maker, false, ASK, WAD));
    await rig.measure("cancel-all-1", () => book.cancelAll(maker.account, 0) as Promise<unknown>);
    for (let i = 0; i < 49; i++) await done(rig.place(maker, false, START + BigInt((i % 10) + 1) * TICK, WAD));
    await rig.measure("cancel-all-50", () => book.cancelAll(maker.account, 0) as Promise<unknown>);
  });
}

async function benchTakes(rig: Rig, makers: readonly Trader[], taker: Trader): Promise<void> {
  await rig.aside(async () => {
    for (const maker of makers) await done(rig.place(maker, false, ASK, 2n * WAD));
    const take = (whole: bigint) => () => rig.place(taker, true, ASK, whole * 2n * WAD, KIND.immediateOrCancel);
    await rig.measure("take-1-in-part", () => rig.place(taker, true, ASK, WAD, KIND.immediateOrCancel));
    await rig.measure("take-1", take(1n));
    const five = await rig.measure("take-5", take(5n));
    const twenty = await rig.measure("take-20", take(20n));
    rig.gas["further-maker"] = Math.round((twenty - five) / 15);
  });
  await rig.aside(async () => {
    const maker = makers[0];
    if (maker === undefined) throw new Error("no makers");
    await done(rig.place(maker, true, BID, 4n * WAD));
    await rig.measure("close", () => rig.place(taker, false, BID, 2n * WAD, KIND.immediateOrCancel));
  });
}
