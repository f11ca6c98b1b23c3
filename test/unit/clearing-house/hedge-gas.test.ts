import { expect } from "chai";

import { isHedged, withHedges } from "../../support/hedges.js";
import { loadLedger, MARKET, wad } from "../../support/ledger.js";

/** What a trade does to the tranche its seller is in. */
type Step = "stays" | "enters" | "leaves";

/** Who sells in which market, and beside whom. */
interface Situation {
  readonly step: Step;
  /** Whether the market recognises hedges. In one that does not, a changed break-even takes the place of a changed class. */
  readonly recognised: boolean;
  /** Others of the same kind are in the tranche the seller leaves and in the one it joins, or nobody is. */
  readonly company: boolean;
  /** Somebody is hedged already, in another bucket. */
  readonly known: boolean;
  /** What the seller has of the underlying, units; 12 unless told. */
  readonly spot?: number;
}

/** What a trade sells, units. With 12 of spot, 10 are short before: 11 leave the short hedged, 13 do not. */
const SOLD = { stays: 1, enters: 1, leaves: 3 };

/** Prices at which that moves the break-even from 2,000 into the next bucket, which begins at 2,006.62. */
const DEARER = { stays: 2_000, enters: 2_080, leaves: 2_040 };

/** Gas of a trade in which Alice, with some spot and short 10 at 2,000, sells to Bob, both having traded before. */
async function gasOf({ step, recognised, company, known, spot = 12 }: Situation): Promise<bigint> {
  const fixture = await withHedges(await loadLedger());
  const { open, meet, stock, rest, settle, season, hedging, house, proRata, setPrice } = fixture;
  const { alice, bob, carol, dave, erin, stranger } = fixture;
  if (!recognised) await hedging({ hedgedMaintenance: 0n, policy: await proRata.getAddress() });
  const [account, bobs] = [await open(alice, 100_000), await open(bob, 1_000_000)];
  const [left, joined] = [await open(carol, 100_000), await open(dave, 100_000)];
  const [far, other] = [await open(erin, 100_000), await open(stranger, 100_000)];
  const covered = recognised && spot === 12;
  if (covered && step !== "enters") await stock(carol, left, wad(30));
  if (covered && step === "enters") await stock(dave, joined, wad(30));
  if (known) await stock(stranger, other, wad(30));
  await season();
  // So large a long that Bob's break-even stays in its bucket whatever is traded below.
  await meet(bobs, far, wad(190), wad(1_945));
  if (known) await meet(bobs, other, wad(1), wad(1_950));
  if (company) await meet(bobs, left, wad(10));
  if (company && step !== "stays") await meet(bobs, joined, wad(10), wad(recognised ? 2_000 : 2_015));
  if (spot !== 0) await stock(alice, account, wad(spot));
  await meet(bobs, account, wad(9));
  await meet(bobs, account, wad(1));
  await season();
  if (step !== "enters") await house.poke(account, MARKET);

  const [before, long] = [(await house.positionOf(account, MARKET)).key, (await house.positionOf(bobs, MARKET)).key];
  const size = wad(SOLD[step]);
  await rest(account, false, size);
  const price = wad(recognised ? 2_000 : DEARER[step]);
  // At the mark: further off than its fees, a trade is asked what profit changes hands.
  await setPrice({ mark: price });
  const sent = await settle({ taker: bobs, buy: true, fills: [{ maker: account, size, price }] });
  const after = (await house.positionOf(account, MARKET)).key;
  expect([isHedged(before), isHedged(after)]).to.deep.equal([
    covered && step !== "enters",
    covered && step !== "leaves",
  ]);
  expect(after !== before).to.equal(step !== "stays");
  expect((await house.positionOf(bobs, MARKET)).key).to.equal(long);
  return (await sent.wait())!.gasUsed;
}

/** What it costs more than where no hedge is recognised and the trade writes as many tranches. */
async function moreThanWithout(situation: Omit<Situation, "recognised">): Promise<bigint> {
  const hedged = await gasOf({ ...situation, recognised: true });
  return hedged - (await gasOf({ ...situation, known: false, recognised: false }));
}

/** Whether gas is within 5 % of what was measured when docs/adl.md was written. */
function isAbout(actual: bigint, measured: bigint): boolean {
  const off = actual > measured ? actual - measured : measured - actual;
  return off * 20n <= measured;
}

/** The seller's situation in words, and what it costs more, gas. */
const SITUATIONS: readonly (readonly [string, Omit<Situation, "recognised">, bigint])[] = [
  ["stays hedged, among others", { step: "stays", company: true, known: false }, 8_290n],
  ["stays hedged, as the market's only hedge", { step: "stays", company: false, known: false }, 8_290n],
  ["becomes hedged, among others", { step: "enters", company: true, known: false }, 8_290n],
  ["becomes hedged in a tranche of its own", { step: "enters", company: false, known: true }, 8_290n],
  ["becomes the market's first hedge", { step: "enters", company: false, known: false }, 8_290n],
  ["is hedged no more", { step: "leaves", company: true, known: false }, 9_260n],
  [
    "is covered in part, so that margin is asked at two rates",
    { step: "stays", spot: 9, company: true, known: false },
    9_260n,
  ],
  [
    "holds no spot: either side's class is asked of two policies",
    { step: "stays", spot: 0, company: true, known: false },
    5_440n,
  ],
];

describe("Gas of a trade in a market that recognises hedges, against one that writes as many tranches where no hedge is recognised", () => {
  for (const [words, situation, measured] of SITUATIONS) {
    it(`is at most 10 k more for who ${words}`, async () => {
      const more = await moreThanWithout(situation);
      expect(more <= 10_000n && isAbout(more, measured), String(more)).to.equal(true);
    });
  }

  it("counts the tranches, not the class: another tranche costs 11 k, or 71 k if nobody was in it before", async () => {
    const gas = async (step: Step, among: boolean): Promise<bigint> =>
      gasOf({ step, recognised: false, company: among, known: false });
    const stays = await gas("stays", true);
    const [among, alone] = [(await gas("enters", true)) - stays, (await gas("enters", false)) - stays];
    expect(isAbout(among, 11_420n), String(among)).to.equal(true);
    expect(isAbout(alone, 71_220n), String(alone)).to.equal(true);
  });
});
