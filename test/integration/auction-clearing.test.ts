import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";

import { GUARD } from "../support/guard.js";
import { ethers, MARKET, MAX_UINT, networkHelpers, START, usdc, WAD, wad } from "../support/ledger.js";
import { Kind, loadExchange } from "../support/liquidation.js";
import { Phase } from "../support/phases.js";

const ORDER = { market: MARKET, kind: Kind.LIMIT, reduceOnly: false, maxMakers: 0 };

/**
 * The ledger and the book with a real guard whose band is 10 %, in an auction at an index of 2,000.
 */
async function collecting() {
  const exchange = await loadExchange();
  const { prices, book, authority, admin } = exchange;
  // Observations are made by hand, in the mark's name.
  const guard = await ethers.deployContract("MarketGuard", [admin, book, authority]);
  await guard.setMarket(MARKET, { ...GUARD, minimumVolume: 1n });
  await prices.setGuard(guard);
  await prices.setLimits(GUARD.band, 10n);
  const see = async (price: bigint, seconds: number) => {
    await networkHelpers.time.increase(seconds);
    await guard.observe(MARKET, price, START);
    await prices.setPhase(MARKET, (await guard.stateOf(MARKET)).phase);
  };
  const lead = async () => {
    for (const [price, seconds] of [
      [START, 1],
      [2n * START, 1],
      [2n * START, 15],
      [2n * START, 300],
    ] as const) {
      await see(price, seconds);
    }
    expect((await guard.stateOf(MARKET)).phase).to.equal(Phase.AUCTION);
  };
  const endCollection = () => networkHelpers.time.increase(Number(GUARD.auctionTime));
  return { ...exchange, guard, see, lead, endCollection };
}

describe("A market whose auction nobody clears, on the ledger", () => {
  it("lets whoever holds a position close it: the order clears the auction and closes in one call (P14)", async () => {
    const { open, alice, bob, carol, dave, erin, meet, rest, book, lead, endCollection, sizeOf, guard } =
      await collecting();
    const long = await open(alice, 10_000);
    await meet(long, await open(bob, 10_000), 5n * WAD);
    const [buyer, seller, maker] = [await open(carol, 10_000), await open(dave, 10_000), await open(erin, 10_000)];
    await lead();
    await rest(buyer, true, wad(2_010), 2n * WAD);
    await rest(seller, false, wad(1_990), 2n * WAD);
    await rest(maker, true, wad(1_980), 5n * WAD);
    await endCollection();
    const close = { ...ORDER, buy: false, kind: Kind.MARKET, reduceOnly: true, price: 0n, size: 5n * WAD };
    await book.connect(alice).place(long, close);
    expect(await sizeOf(long)).to.equal(0n);
    expect([await sizeOf(buyer), await sizeOf(seller), await sizeOf(maker)]).to.deep.equal([
      2n * WAD,
      -2n * WAD,
      5n * WAD,
    ]);
    expect((await guard.stateOf(MARKET)).phase).to.equal(Phase.OPEN);
  });

  it("costs each order less than 4 million gas to carry it on, when every order is another account's", async () => {
    const { house, book, token, lead, endCollection, sizeOf, alice, open, guard } = await collecting();
    const closing = await open(alice, 10_000);
    const ledger = await house.getAddress();
    const orders: { signer: HardhatEthersSigner; account: bigint; buy: boolean; price: bigint }[] = [];
    for (const [index, signer] of (await ethers.getSigners()).slice(0, 16).entries()) {
      await token.mint(signer, usdc(10_000));
      await token.connect(signer).approve(ledger, MAX_UINT);
      for (const subaccount of [1, 2, 3, 4]) {
        await house.connect(signer).openAccount(subaccount);
        const account = await house.accountOf(signer, subaccount);
        await house.connect(signer).deposit(account, usdc(1_000));
        const buy = index % 2 === 0;
        orders.push({ signer, account, buy, price: wad(buy ? 2_010 + subaccount : 1_990 - subaccount) });
      }
    }
    await lead();
    // 32 orders on either side: counting and dealing meets each twice.
    for (const { signer, account, buy, price } of orders) {
      await book.connect(signer).place(account, { ...ORDER, buy, price, size: WAD });
    }
    await endCollection();
    const order = { ...ORDER, buy: true, price: wad(1_900), size: WAD };
    const costs: bigint[] = [];
    while ((await guard.stateOf(MARKET)).phase === Phase.AUCTION) {
      costs.push((await (await book.connect(alice).place(closing, order)).wait())!.gasUsed);
    }
    for (const { account, buy } of orders) expect(await sizeOf(account)).to.equal(buy ? WAD : -WAD);
    expect(costs.length).to.be.above(2);
    for (const cost of costs) expect(cost).to.be.below(4_000_000n);
  });
});
