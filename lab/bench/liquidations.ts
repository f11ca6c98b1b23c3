import { ZeroAddress } from "ethers";

import { type Crowd, Crowd__factory, type QueueDeleverager } from "../../typechain-types/index.js";
import type { MarketConfigStruct } from "../../typechain-types/contracts/ClearingHouse.js";
import { marketConfig } from "../deployment/deploy.js";
import { WAD } from "../units.js";
import { done, KIND, type Rig, START, type Trader } from "./rig.js";

/** Tranches the crowd's positions are spread over. */
const TRANCHES = 10;

/** Base short in each of those tranches, whatever the number of positions it is made of. */
const TRANCHE_SIZE = 100n * WAD;

/** A crowd contract owns at most this many members: subaccounts are numbered with one byte. */
const CROWD_LIMIT = 250;

/** Members enlisted, or traded, in one transaction. */
const BATCH = 50;

/** A long of 10 at 25x: small enough to go whole, in profit for nobody but the shorts it met. */
const VICTIM_SIZE = 10n * WAD;
const VICTIM_MARGIN = 1_605n;

/** Role number of the order book in the ledger's enumeration of modules. */
const BOOK_ROLE = 1;

/** Gas of each step of the waterfall, and of deleveraging against tranches and against a queue. */
export async function benchLiquidations(rig: Rig): Promise<void> {
  await benchWaterfall(rig);
  for (const positions of [10, 1_000, 10_000]) await rig.aside(() => benchPositions(rig, positions));
  for (const tranches of [1, 20, 40]) {
    await rig.aside(async () => {
      await populate(rig, 10 * tranches, tranches);
      await benchDeleveraging(rig, `adl-${tranches}-tranches`);
    });
  }
  for (const accounts of [1, 10, 100]) await rig.aside(() => benchQueue(rig, accounts));
}

/** Deleveraging across ten tranches that hold so many positions, of the same size together. */
export async function benchPositions(rig: Rig, positions: number): Promise<void> {
  await populate(rig, positions, TRANCHES);
  await benchDeleveraging(rig, `adl-10-tranches-${positions}`);
}

async function benchWaterfall(rig: Rig): Promise<void> {
  const engine = rig.admin.liquidationEngine;
  await rig.aside(async () => {
    const victim = await openVictim(rig);
    await rig.movePrice((START * 975n) / 1_000n);
    const buyer = await establishedBuyer(rig, (START * 975n) / 1_000n);
    await done(rig.place(buyer, true, (START * 975n) / 1_000n, 100n * WAD));
    await rig.measure("liquidate-book", () => engine.liquidate(victim.account, 0));
  });
  await rig.aside(async () => {
    const victim = await openVictim(rig);
    await rig.movePrice((START * 968n) / 1_000n);
    await rig.measure("liquidate-backstop", () => engine.liquidate(victim.account, 0));
  });
  await rig.aside(async () => {
    const victim = await openVictim(rig);
    await done(engine.setBackstop(ZeroAddress));
    await rig.movePrice((START * 955n) / 1_000n);
    await rig.measure("liquidate-insurance", () => engine.liquidate(victim.account, 0));
  });
}

/** The whole liquidation of a bankrupt position that book, backstop and insurance do nothing for. */
async function benchDeleveraging(rig: Rig, key: string): Promise<void> {
  const engine = rig.admin.liquidationEngine;
  const victim = await openVictim(rig);
  await done(engine.setBackstop(ZeroAddress));
  await done(engine.setInsurance(ZeroAddress));
  await rig.movePrice((START * 955n) / 1_000n);
  await rig.measure(key, () => engine.liquidate(victim.account, 0));
}

/** The same position closed by the industry's queue, a list of accounts in order of their score. */
export async function benchQueue(rig: Rig, accounts: number): Promise<void> {
  const { clearingHouse: ledger, liquidationEngine: engine, queueDeleverager: queue } = rig.admin;
  const { contracts, parameters } = rig.deployment.exchange;
  const config = marketConfig(contracts, { ...parameters, deleveraging: "QUEUE" }) as MarketConfigStruct;
  await done(ledger.setMarket(0, config));
  const members = await populate(rig, accounts, 1, VICTIM_SIZE);
  const victim = await openVictim(rig);
  await done(engine.setBackstop(ZeroAddress));
  await done(engine.setInsurance(ZeroAddress));
  await rig.movePrice((START * 955n) / 1_000n);
  await done(engine.liquidate(victim.account, 0));
  const listed = await bestFirst(queue, members);
  await rig.measure(`queue-adl-${accounts}`, () => queue.deleverage(victim.account, 0, listed));
}

/** As a keeper lists them: funding since they were opened sets equal positions apart. */
async function bestFirst(queue: QueueDeleverager, members: readonly bigint[]): Promise<bigint[]> {
  const scores = await Promise.all(members.map((member) => queue.scoreOf(member, 0)));
  const scored = members.map((member, place) => ({ member, score: scores[place] ?? 0n }));
  const ordered = scored.sort((a, b) =>
    a.score === b.score ? Number(a.member - b.member) : a.score > b.score ? -1 : 1,
  );
  return ordered.map(({ member }) => member);
}

/** A long at the start price, with the least margin that carries it. */
async function openVictim(rig: Rig): Promise<Trader> {
  const seller = await rig.trader();
  const victim = await rig.trader(VICTIM_MARGIN + 20n);
  await done(rig.place(seller, false, START, VICTIM_SIZE));
  await done(rig.place(victim, true, START, VICTIM_SIZE, KIND.immediateOrCancel));
  return victim;
}

/** A trader that already holds a long bought at a price, as a market maker does. */
async function establishedBuyer(rig: Rig, price: bigint): Promise<Trader> {
  const [seller, buyer] = [await rig.trader(), await rig.trader()];
  await done(rig.place(buyer, true, price, WAD));
  await done(rig.place(seller, false, price, WAD, KIND.immediateOrCancel));
  return buyer;
}

/**
 * Opens `positions` shorts in `tranches` buckets from the start price up, each bucket with the same size whatever the number,
 * and returns their accounts. They trade with a counterparty of their own at prices the book would not allow.
 */
async function populate(rig: Rig, positions: number, tranches: number, trancheSize = TRANCHE_SIZE): Promise<bigint[]> {
  const members: bigint[] = [];
  const each = (trancheSize * BigInt(tranches)) / BigInt(positions);
  let crowd: Crowd | undefined;
  let enlisted = CROWD_LIMIT;
  for (let opened = 0; opened < positions;) {
    if (crowd === undefined || enlisted === CROWD_LIMIT) {
      crowd = await enrol(rig);
      enlisted = 0;
    }
    const perTranche = Math.ceil(positions / tranches);
    const tranche = Math.floor(opened / perTranche);
    const batch = Math.min(BATCH, positions - opened, CROWD_LIMIT - enlisted, (tranche + 1) * perTranche - opened);
    await done(crowd.enlist(batch, tokensFor(each)));
    await done(crowd.sell(0, enlisted, enlisted + batch, each, bucketPrice(tranche)));
    for (let i = enlisted; i < enlisted + batch; i++) members.push(await crowd.members(i));
    enlisted += batch;
    opened += batch;
  }
  return members;
}

/** A crowd contract in the order book's place, with money for its members and for the side they sell to. */
async function enrol(rig: Rig): Promise<Crowd> {
  const ledger = rig.admin.clearingHouse;
  const crowd = await new Crowd__factory(rig.governor).deploy(await ledger.getAddress());
  await crowd.waitForDeployment();
  const address = await crowd.getAddress();
  const tokens = 100_000_000n * 10n ** 6n;
  await done(rig.admin.quoteToken.mint(address, 2n * tokens));
  await done(ledger.setModule(address, BOOK_ROLE));
  await done(crowd.fundCounterparty(tokens));
  return crowd;
}

/** A fifth of the notional as margin, in 6-decimal tokens. */
function tokensFor(size: bigint): bigint {
  return (size * START) / WAD / 5n / 10n ** 12n + 1n;
}

/** A price in the middle of the n-th bucket, 2 % wide, above the one that holds the start price. */
function bucketPrice(tranche: number): bigint {
  const width = Math.log(1.02);
  const first = Math.floor(Math.log(4_000) / width) + 1;
  return BigInt(Math.round(Math.exp((first + tranche + 0.5) * width) * 1e6)) * 10n ** 12n;
}
