import { expect } from "chai";

import { loadLedger, MARKET, START, WAD, wad } from "../../support/ledger.js";

describe("Settling a taker's fills", () => {
  it("gives both sides the same size at the same price", async () => {
    const { house, open, meet, positionOf, cashOf, alice, bob } = await loadLedger();
    const buyer = await open(alice, 1_000);
    const seller = await open(bob, 1_000);
    await meet(buyer, seller, 2n * WAD);
    const long = await positionOf(buyer);
    expect(long.size).to.equal(2n * WAD);
    expect(long.quote).to.equal(wad(-4_000));
    expect(long.breakEven).to.equal(START);
    const short = await positionOf(seller);
    expect(short.size).to.equal(-2n * WAD);
    expect(short.quote).to.equal(wad(4_000));
    expect(await cashOf(buyer)).to.equal(wad(1_000));
    const state = await house.marketState(MARKET);
    expect(state.longOpenInterest).to.equal(2n * WAD);
    expect(state.shortOpenInterest).to.equal(2n * WAD);
  });
});
