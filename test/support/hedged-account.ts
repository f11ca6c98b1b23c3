import { ETHER, withHedges } from "./hedges.js";
import { ethers, MARKET, networkHelpers, WAD, wad } from "./ledger.js";
import { loadExchange } from "./liquidation.js";

const HOUR = 3_600;

/** 10 ether seasoned, 10 short against Bob at 2,000, and 100 of cash: equity 20,100, maintenance 200, at any price of both legs. */
export async function loadHedge(short: number | string = 10) {
  const fixture = await withHedges(await loadExchange());
  const { house, open, meet, stock, season, alice, bob, carol, prices } = fixture;
  const account = await open(alice, 100);
  const long = await open(bob, 1_000_000);
  const buyer = await open(carol, 100_000);
  await stock(alice, account, 10n * WAD);
  await season();
  await meet(long, account, wad(short));
  const hedges = await ethers.getContractAt("HedgeLogic", await house.getAddress());

  /** Lets shorts pay the most funding there is, 4 % an hour, for so long. */
  async function payFunding(hours: number): Promise<void> {
    await house.poke(account, MARKET);
    await prices.setPrice(MARKET, priceOf({ premium: -WAD / 2n }));
    await networkHelpers.time.increase(Math.round(hours * HOUR) - 2);
    await house.poke(account, MARKET);
    await prices.setPrice(MARKET, priceOf({}));
  }
  const spotOf = async (of: bigint) => (await house.spotBalance(of, ETHER)).amount;
  return { ...fixture, account, long, buyer, hedges, payFunding, spotOf };
}

/** A price of 2,000 without funding, but for what is changed. */
export function priceOf(changes: { premium?: bigint; validity?: bigint; confidence?: bigint }) {
  const start = {
    mark: wad(2_000),
    index: wad(2_000),
    premium: -5n * 10n ** 14n,
    confidence: 0n,
    validity: 0n,
    phase: 0n,
  };
  return { ...start, ...changes };
}
