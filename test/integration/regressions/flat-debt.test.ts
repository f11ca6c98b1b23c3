import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";

import { allTo, MARKET, OTHER_MARKET, usdc, Validity, WAD, wad } from "../../support/ledger.js";
import { DUST, type ExchangeFixture, isClose, Kind, loadExchange } from "../../support/liquidation.js";

const ETHER = 0;
const UNCERTAIN = [Validity.UNCERTAIN, wad(10)] as const;

/** Rests an order of 10 to close a long, which is taken whatever the index is worth. */
async function offer({ book }: ExchangeFixture, owner: HardhatEthersSigner, account: bigint, price: bigint) {
  const request = { market: MARKET, buy: false, kind: Kind.LIMIT, reduceOnly: true, maxMakers: 0 };
  await book.connect(owner).place(account, { ...request, price, size: 10n * WAD });
}

/**
 * The way out of the Mango attack: one person's long and short of 10 at 2,000 with 2,100 each, and 20,000 of Carol's, who trades
 * with nobody. The index jumps to 3,000 with its sources far apart, and the long offers its position to the short's liquidation.
 */
async function linkedAccounts(exchange: ExchangeFixture) {
  const { open, meet, alice, bob, carol, setMark } = exchange;
  const [long, short] = [await open(alice, 2_100), await open(bob, 2_100)];
  const idle = await open(carol, 20_000);
  await meet(long, short, 10n * WAD);
  await setMark(wad(3_000), MARKET, ...UNCERTAIN);
  await offer(exchange, alice, long, wad(2_990));
  return { long, short, idle };
}

describe("A debt without a position", () => {
  it("is recorded by the liquidation that leaves it while the index is UNCERTAIN, so that nobody is paid at par ahead of it", async () => {
    const exchange = await loadExchange();
    const { engine, house, token, alice, carol, sizeOf, eventOf } = exchange;
    const { long, short, idle } = await linkedAccounts(exchange);
    const event = await eventOf(await engine.liquidate(short, MARKET), "LossSocialised");
    // 2,100 less the 9,900 that the long gained.
    expect(isClose(event!.loss as bigint, wad(7_800), DUST)).to.equal(true);
    expect([await sizeOf(short), await sizeOf(long)]).to.deep.equal([0n, 0n]);
    expect((await house.accountData(short)).cash).to.equal(0n);
    // 24,200 of tokens for 32,000 of claims: 12,000 are paid 9,075, and Carol's 20,000 the other 15,125.
    await house.connect(alice).withdraw(long, usdc(12_000), alice);
    expect(isClose(await token.balanceOf(alice), usdc(9_075), 1n)).to.equal(true);
    await house.connect(carol).withdraw(idle, usdc(20_000), carol);
    expect(isClose(await token.balanceOf(carol), usdc(15_125), 1n)).to.equal(true);
  });

  it("is insured first, and no winner is charged for it at a price that is not VALID", async () => {
    const exchange = await loadExchange();
    const { engine, house, fund, insure, open, meet, dave, erin, eventOf, equityOf } = exchange;
    await insure(5_000);
    const winner = await open(dave, 10_000);
    await meet(winner, await open(erin, 50_000), WAD);
    const { short } = await linkedAccounts(exchange);
    const before = await equityOf(winner);
    const done = await engine.liquidate(short, MARKET);
    expect(isClose((await eventOf(done, "DeficitInsured"))!.paid as bigint, wad(5_000), DUST)).to.equal(true);
    expect(isClose((await eventOf(done, "LossSocialised"))!.loss as bigint, wad(2_800), DUST)).to.equal(true);
    expect(await eventOf(done, "PositionDeleveraged")).to.equal(undefined);
    expect(await fund.balance()).to.equal(0n);
    expect(await equityOf(winner)).to.equal(before);
    expect((await house.accountData(short)).cash).to.equal(0n);
  });

  it("is none while the account has another position", async () => {
    const exchange = await loadExchange();
    const { engine, house, open, meet, setMark, alice, bob, dave, sizeOf } = exchange;
    const [long, short] = [await open(alice, 2_100), await open(bob, 2_400)];
    await meet(long, short, 10n * WAD);
    await meet(short, await open(dave, 20_000), WAD, wad(2_000), OTHER_MARKET);
    await setMark(wad(3_000), MARKET, ...UNCERTAIN);
    await offer(exchange, alice, long, wad(2_990));
    await engine.liquidate(short, MARKET);
    expect(await sizeOf(short)).to.equal(0n);
    expect(await house.socialisedLoss()).to.equal(0n);
    // Closed at a VALID mark against one who is not in profit: 2,400 less 9,900.
    await engine.liquidate(short, OTHER_MARKET);
    expect(isClose(await house.socialisedLoss(), wad(7_500), DUST)).to.equal(true);
  });

  it("is what is left when the last of the account's spot is sold, and no sale before that records it", async () => {
    const exchange = await loadExchange();
    const { engine, house, spotToken, carol, setMark } = exchange;
    const spot = { token: spotToken, decimals: 18n, market: OTHER_MARKET, haircut: 200_000n, discount: 50_000n };
    await house.listSpotAsset(ETHER, spot);
    const { short, idle } = await linkedAccounts(exchange);
    await spotToken.mint(carol, 2n * WAD);
    await spotToken.connect(carol).approve(house, 2n * WAD);
    await house.connect(carol).depositSpot(short, ETHER, 2n * WAD);
    await engine.liquidate(short, MARKET);
    expect(isClose((await house.accountData(short)).cash, -wad(7_800), DUST)).to.equal(true);
    await engine.connect(carol).liquidateSpot(short, idle, ETHER, wad("1.9"));
    expect(await house.socialisedLoss()).to.equal(0n);
    await setMark(wad(2_000), OTHER_MARKET, ...UNCERTAIN);
    await engine.connect(carol).liquidateSpot(short, idle, ETHER, WAD);
    // Two ether were paid 1,900 each.
    expect(isClose(await house.socialisedLoss(), wad(4_000), DUST)).to.equal(true);
    expect((await house.accountData(short)).cash).to.equal(0n);
  });

  it("is recorded whatever a market is worth in which its position was torn up whole", async () => {
    const exchange = await loadExchange();
    const { engine, house, open, meet, rest, setMark, alice, bob, carol, dave, sizeOf } = exchange;
    // Alice gains 5,000 of Carol, who can pay 1,000 of it, and loses 10,000 in the other market.
    const [mixed, loser] = [await open(alice, 3_000), await open(carol, 1_000)];
    await meet(loser, mixed, 5n * WAD);
    await meet(mixed, await open(bob, 50_000), 10n * WAD, wad(2_000), OTHER_MARKET);
    await setMark(wad(1_000));
    await engine.liquidate(loser, MARKET);
    expect(await sizeOf(mixed)).to.equal(0n);
    await setMark(wad(1_000), OTHER_MARKET);
    await rest(await open(dave, 20_000), true, wad(1_000), 10n * WAD, OTHER_MARKET);
    await setMark(wad(1_000), OTHER_MARKET, ...UNCERTAIN);
    await setMark(wad(1_000), MARKET, Validity.STALE);
    await engine.liquidate(mixed, OTHER_MARKET);
    // 3,000 + 1,000 - 10,000.
    expect(isClose(await house.socialisedLoss(), wad(6_000), DUST)).to.equal(true);
    expect(isClose((await house.health(mixed)).equity, 0n, DUST)).to.equal(true);
  });

  it("is not made by closing dust: that is left to a liquidation", async () => {
    const exchange = await loadExchange();
    const { house, transfers, engine, open, meet, alice, bob, dave, setMark } = exchange;
    const treasury = await open(dave, 100);
    await house.setFeeSplit(allTo(treasury));
    const long = await open(alice, 2);
    await meet(long, await open(bob, 1_000), wad("0.01"));
    // Worth 9, after a loss of 11 on 2.
    await setMark(wad(900));
    await expect(house.connect(alice).closeDust(long, MARKET))
      .to.be.revertedWithCustomError(transfers, "InsufficientCash")
      .withArgs(long, -wad(9), 0n);
    await engine.liquidate(long, MARKET);
    expect(isClose((await house.health(long)).equity, 0n, DUST)).to.equal(true);
  });
});
