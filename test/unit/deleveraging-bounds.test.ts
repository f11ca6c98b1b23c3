import { expect } from "chai";

import { Quantiles } from "../../lab/data/records.js";
import { Rng } from "../../lab/random.js";
import { byClass, type Candidate, type Closed, misplaced, waterFilling } from "../../lab/scenarios/eth-burst/exact.js";
import { equityAt, MARK, namedShorts } from "../../lab/scenarios/recorded-shorts.js";

// What docs/limits.md says the widths of buckets and classes give away. The exact and the by-class side are computed here; that the contracts
// do the latter, account by account, is what the scenario eth-burst shows.

const POPULATIONS = 2_000;
const ACCOUNTS = 50;
const BUCKET = 1.02;

/** Accounts with sizes and leverages of the recorded winners, from half to twenty times. */
function population(rng: Rng): Candidate[] {
  const [leverages, notionals] = ["leverage", "notional_usd"].map((name) =>
    Quantiles.read("deleveraged-account-quantiles", name),
  );
  return Array.from({ length: ACCOUNTS }, (_, index) => {
    const leverage = Math.min(20, Math.max(0.5, leverages?.at(rng.uniform()) ?? 1));
    const size = Math.max(1, notionals?.at(rng.uniform()) ?? 1) / MARK;
    return { name: String(index), size, equity: (size * MARK) / leverage, entry: MARK };
  });
}

function highest(candidates: readonly Candidate[], closed: Closed): number {
  return Math.max(...candidates.map(({ name, size, equity }) => ((size - (closed.get(name) ?? 0)) * MARK) / equity));
}

describe("What the width of a class gives away", () => {
  const rng = Rng.of(7, "bounds");
  const runs = Array.from({ length: POPULATIONS }, () => {
    const candidates = population(rng);
    const whole = candidates.reduce((sum, { size }) => sum + size, 0);
    const quantity = whole * rng.between(0.05, 0.8);
    const exact = waterFilling(candidates, quantity, MARK);
    const level = waterFilling(byClass(candidates, MARK), quantity, MARK);
    return {
      ratio: highest(candidates, level) / highest(candidates, exact),
      misplaced: misplaced(level, exact) / quantity,
    };
  });

  it("is at most a leverage twice the least there could be, in 2,000 populations of recorded accounts", () => {
    const ratios = runs.map(({ ratio }) => ratio).sort((one, other) => one - other);
    expect(ratios.every((ratio) => ratio > 1 - 1e-9 && ratio <= 2 + 1e-9)).to.equal(true);
    expect((ratios[POPULATIONS / 2] ?? 0).toFixed(2)).to.equal("1.72");
  });

  it("is a fortieth of the quantity closed of somebody else in the median, and a quarter in one case of twenty", () => {
    const shares = runs.map((run) => run.misplaced).sort((one, other) => one - other);
    expect((shares[POPULATIONS / 2] ?? 0).toFixed(3)).to.equal("0.026");
    expect((shares[POPULATIONS * 0.95] ?? 0).toFixed(3)).to.equal("0.239");
  });
});

describe("What the width of a bucket gives away", () => {
  const edge = (entry: number): number => BUCKET ** Math.floor(Math.log(entry) / Math.log(BUCKET));

  it("is less than 2 % of the price in profit that cannot be charged, a tenth of the profit of the recorded burst", () => {
    const shorts = namedShorts();
    const profit = shorts.reduce((sum, { size, entry }) => sum + size * (entry - MARK), 0);
    const chargeable = shorts.reduce((sum, { size, entry }) => sum + size * (edge(entry) - MARK), 0);
    for (const { entry } of shorts) expect(entry / edge(entry) < BUCKET).to.equal(true);
    expect((1 - chargeable / profit).toFixed(3)).to.equal("0.095");
    expect(shorts.every((short) => equityAt(short, MARK) > 0)).to.equal(true);
  });

  it("is, in the bucket that straddles the mark, at most 1.21 % of the mark, where none of the recorded burst had entered", () => {
    const upper = edge(MARK) * BUCKET;
    expect((100 * (upper / MARK - 1)).toFixed(2)).to.equal("1.21");
    expect(namedShorts().filter(({ entry }) => entry > MARK && entry < upper).length).to.equal(0);
    expect(Math.min(...namedShorts().map(({ entry }) => entry))).to.equal(3_974.2);
  });
});
