import { expect } from "chai";

import { ethers, MARKET, wad, WAD } from "../../support/ledger.js";
import { Kind, loadExchange } from "../../support/liquidation.js";

const MOST = 2n ** 96n - 1n;

/**
 * Alice and Bob are long against Carol, Erin's short is torn up against them: what they have left is no whole number of lots, and a wei of
 * it is rounded away whenever it is touched. Dave has called off an order that lies in the way of whoever closes: the first round of
 * matching meets it with all the others, and a second one has to ask for the rest.
 */
async function torn(sizes: readonly [string, string, string], long = true) {
  const exchange = await loadExchange();
  const { open, meet, rest, setMark, engine, book, sizeOf, alice, bob, carol, dave, erin } = exchange;
  const [first, second, ruined] = sizes.map((size) => wad(size)) as [bigint, bigint, bigint];
  const winners = [await open(alice, 2_200), await open(bob, 2_200)] as const;
  const solvent = await open(carol, 500_000);
  const thin = await open(erin, Math.ceil(Number(sizes[2]) * 210));
  const off = await open(dave, 50_000);
  const against = (winner: bigint, other: bigint, size: bigint) =>
    long ? meet(winner, other, size) : meet(other, winner, size);
  await against(winners[0], solvent, first);
  await against(winners[1], solvent, second - ruined);
  await against(winners[1], thin, ruined);
  const mark = long ? 2_240n : 1_760n;
  await setMark(mark * WAD);
  await engine.liquidate(thin, MARKET);
  expect(await sizeOf(thin)).to.equal(0n);
  /** Someone to close against, with an order called off between the first and the rest. */
  const quote = async (price: bigint): Promise<void> => {
    await rest(solvent, long, price * WAD, WAD);
    await rest(off, long, price * WAD, 2n * WAD);
    await rest(solvent, long, price * WAD, 30n * WAD);
    await book.connect(dave).cancelAll(off, MARKET);
  };
  return { ...exchange, winners, quote, mark };
}

const CASES = [
  ["10", "7.123", "3.331"],
  ["9.007", "6.1", "2.9"],
  ["8.311", "8.313", "1.777"],
] as const;

describe("A position left odd by a tear-up", () => {
  for (const long of [true, false]) {
    it(`is closed whole by one order of a ${long ? "long" : "short"}, past an order called off`, async () => {
      for (const sizes of CASES) {
        const { winners, quote, mark, book, house, sizeOf } = await torn(sizes, long);
        for (const account of winners) {
          await quote(mark);
          expect((await sizeOf(account)) % (WAD / 1_000n)).not.to.equal(0n);
          const owner = await ethers.getSigner((await house.accountData(account)).owner);
          const request = {
            market: MARKET,
            buy: !long,
            kind: Kind.IMMEDIATE_OR_CANCEL,
            reduceOnly: true,
            maxMakers: 0,
          };
          await book.connect(owner).place(account, { ...request, price: mark * WAD, size: MOST });
          expect(await sizeOf(account)).to.equal(0n);
        }
      }
    });

    it(`of a ${long ? "long" : "short"} is liquidated whole on the book, past an order called off`, async () => {
      for (const sizes of CASES) {
        const { winners, quote, setMark, engine, equityOf, sizeOf, mark } = await torn(sizes, long);
        const [account] = winners;
        // Where its equity is a thousandth of its notional: nothing less than all of it brings it back.
        const perUnit = Number(((await equityOf(account)) * 1_000_000n) / (await sizeOf(account))) / 1e6;
        const exact = (Number(mark) - perUnit) / (long ? 0.999 : 1.001);
        const due = BigInt(long ? Math.floor(exact) : Math.ceil(exact));
        await setMark(due * WAD);
        await quote(due);
        await engine.liquidate(account, MARKET);
        expect(await sizeOf(account)).to.equal(0n);
      }
    });
  }
});
