import { expect } from "chai";

import { bucketOf, keyOf, leastProfitableEdge } from "../../lab/model/buckets.js";
import { exp, ln } from "../../lab/model/exponential.js";
import { State } from "../../lab/model/state.js";

const WAD = 10n ** 18n;

/** e^x by its series at 40 decimals, for |x| below a few units. */
function series(power: bigint): bigint {
  const scale = 10n ** 22n;
  const one = WAD * scale;
  let [term, sum] = [one, one];
  for (let n = 1n; n <= 120n; n++) {
    term = (term * power * scale) / one / n;
    sum += term;
  }
  return sum / scale;
}

describe("Reference model: arithmetic and state", () => {
  it("has an exponential that a series of its own confirms to a part in 10^17", () => {
    for (const power of [0n, 1n, WAD / 1_000n, WAD, -WAD / 3n, 7n * WAD, -5n * WAD, 8_294_049_640_102_028_330n]) {
      const [found, expected] = [exp(power), series(power)];
      const apart = found > expected ? found - expected : expected - found;
      expect(apart <= expected / 10n ** 17n + 1n, `e^${power}`).to.equal(true);
    }
  });

  it("has a logarithm that undoes its exponential to a few wei", () => {
    for (const power of [-20n * WAD, -WAD, 0n, WAD / 7n, 3n * WAD, 40n * WAD]) {
      const apart = ln(exp(power)) - power;
      // Below 1 the exponential has fewer digits than the logarithm could tell apart.
      const slack = power < 0n ? (2n * 10n ** 18n * 10n ** 18n) / exp(power) / 10n ** 18n + 2n : 2n;
      expect(apart <= slack && apart >= -slack, `ln e^${power} is off by ${apart}`).to.equal(true);
    }
  });

  it("puts no price beyond the edge of its bucket, and the next price of a bucket's end into the next", () => {
    for (const price of [WAD / 1_000n, WAD, 1_980n * WAD, 2_006n * WAD, 2_007n * WAD, 66_321n * WAD]) {
      expect(leastProfitableEdge(keyOf(true, 0, price)) <= price).to.equal(true);
      expect(leastProfitableEdge(keyOf(false, 0, price)) >= price).to.equal(true);
      expect(bucketOf((price * 102n) / 100n) - bucketOf(price)).to.be.within(0, 2);
    }
  });

  it("takes a refused action back whole, and lets copies go their own way", () => {
    const state = new State();
    state.accounts.change(1, { cash: 5n });
    const position = state.journal.position;
    state.accounts.change(1, { cash: 7n });
    state.accounts.change(2, { cash: 1n });
    state.journal.rollBack(position);
    expect([state.accounts.get(1).cash, state.accounts.get(2).cash]).to.deep.equal([5n, 0n]);
    const copy = state.copy();
    copy.accounts.change(1, { cash: 9n });
    expect([state.accounts.get(1).cash, copy.accounts.get(1).cash]).to.deep.equal([5n, 9n]);
  });
});
