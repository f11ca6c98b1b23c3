import { expect } from "chai";

import { bankruptLong } from "../../support/bankrupt-long.js";
import type { LedgerFixture } from "../../support/ledger.js";
import { MARKET, WAD, wad } from "../../support/ledger.js";

describe("Who is reached", () => {
  /** Carol is short 1 @ 2,100 with 10,000, Dave 1 @ 1,900 with 200; then Bob is bankrupt at 1,700. */
  async function twoWinners(policy: keyof LedgerFixture["policies"]) {
    const fixture = await bankruptLong();
    const { configure, policies, short, enter, setPrice, carol, dave } = fixture;
    await configure({ policy: await policies[policy].getAddress() });
    const winner = await short(carol, WAD, 2_100n * WAD, 10_000);
    const levered = await short(dave, WAD, 1_900n * WAD, 200);
    await enter();
    await setPrice({ mark: 1_700n * WAD });
    return { ...fixture, winner, levered };
  }

  it("under ProfitFirst is the most profitable bucket, whole, before the next is touched", async () => {
    const { deleverage, positionOf, winner, levered } = await twoWinners("profitFirst");
    await deleverage(1_700n * WAD, 0n, wad("0.75"));
    expect((await positionOf(winner)).size).to.equal(-wad("0.25"));
    expect((await positionOf(levered)).size).to.equal(-WAD);
    await deleverage(1_700n * WAD, 0n, WAD);
    expect((await positionOf(winner)).size).to.equal(0n);
    expect((await positionOf(levered)).size).to.equal(-WAD);
  });

  it("under ProRata is the same fraction of everybody in profit", async () => {
    const { deleverage, positionOf, winner, levered } = await twoWinners("proRata");
    await deleverage(1_700n * WAD, 0n, wad("0.75"));
    expect((await positionOf(winner)).size).to.equal(-wad("0.625"));
    expect((await positionOf(levered)).size).to.equal(-wad("0.625"));
  });

  it("under LeverageFirst is the most levered class, though its profit is less", async () => {
    const { deleverage, positionOf, winner, levered } = await twoWinners("leverageFirst");
    // 1,900 / 200 = 9.5 is class 2; 2,100 / 10,000 = 0.21 is class 7.
    expect(((await positionOf(levered)).key >> 11n) & 15n).to.equal(2n);
    expect(((await positionOf(winner)).key >> 11n) & 15n).to.equal(7n);
    await deleverage(1_700n * WAD, 0n, wad("0.75"));
    expect((await positionOf(levered)).size).to.equal(-wad("0.25"));
    expect((await positionOf(winner)).size).to.equal(-WAD);
    await deleverage(1_700n * WAD, 0n, WAD);
    expect((await positionOf(levered)).size).to.equal(0n);
    expect((await positionOf(winner)).size).to.equal(-WAD);
  });

  it("under LeverageLevel is whoever is above one leverage, down to it, and nobody below", async () => {
    const { deleverage, positionOf, short, setPrice, erin, winner, levered } = await twoWinners("leverageLevel");
    // 1,950 / 970 is class 4, from 2; the levered one counts as 5, the winner as a quarter.
    const second = await short(erin, WAD, 1_950n * WAD, 970);
    await setPrice({ mark: 1_700n * WAD });
    await deleverage(1_700n * WAD, 0n, wad("0.95"));
    // Down to 1.5: (2 - 0.95) / (1 / 5 + 1 / 2). One keeps 1.5 / 5 of its size, the other 1.5 / 2.
    expect((await positionOf(levered)).size).to.equal(-wad("0.3"));
    expect((await positionOf(second)).size).to.equal(-wad("0.75"));
    expect((await positionOf(winner)).size).to.equal(-WAD);
  });

  it("under LeverageLevel is the most levered class alone while it stays above the next", async () => {
    const { deleverage, positionOf, winner, levered } = await twoWinners("leverageLevel");
    await deleverage(1_700n * WAD, 0n, wad("0.95"));
    // 5 * 0.05 is a quarter: what the winner counts as.
    expect((await positionOf(levered)).size).to.equal(-wad("0.05"));
    expect((await positionOf(winner)).size).to.equal(-WAD);
  });

  it("under a proportional policy with stages is one stage after the other, in proportion inside", async () => {
    const { deleverage, positionOf, short, setPrice, erin, winner, levered } = await twoWinners("proRataByClass");
    const second = await short(erin, WAD, 1_950n * WAD, 200);
    await setPrice({ mark: 1_700n * WAD });
    await deleverage(1_700n * WAD, 0n, WAD / 2n);
    expect((await positionOf(levered)).size).to.equal(-wad("0.75"));
    expect((await positionOf(second)).size).to.equal(-wad("0.75"));
    expect((await positionOf(winner)).size).to.equal(-WAD);
  });

  it("follows a position whose class has changed once anybody pokes it", async () => {
    const { house, setPrice, positionOf, winner } = await twoWinners("leverageFirst");
    await setPrice({ mark: 11_000n * WAD });
    // Short 1 @ 2,100 with 10,000: equity 1,100 and leverage 10.
    await house.poke(winner, MARKET);
    expect(((await positionOf(winner)).key >> 11n) & 15n).to.equal(1n);
    expect((await positionOf(winner)).size).to.equal(-WAD);
    expect((await positionOf(winner)).quote).to.equal(2_100n * WAD);
  });

  it("is listed in order, most urgent first, page by page", async () => {
    const { house, positionOf, winner, levered } = await twoWinners("profitFirst");
    const keys = await house.trancheKeys(MARKET, true, 0n, 10n);
    expect(keys).to.deep.equal([(await positionOf(winner)).key, (await positionOf(levered)).key]);
    expect(await house.trancheKeys(MARKET, true, 0n, 1n)).to.deep.equal([keys[0]]);
    expect(await house.trancheKeys(MARKET, true, (keys[0]! & 0x7fffn) + 1n, 10n)).to.deep.equal([keys[1]]);
    expect(await house.trancheKeys(MARKET, true, 32_768n, 10n)).to.deep.equal([]);
    expect(await house.trancheKeys(MARKET, true, 0n, 0n)).to.deep.equal([]);
  });
});
