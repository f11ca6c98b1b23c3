import { expect } from "chai";

import spotIndex, { largestInterest } from "../../lab/scenarios/attacks/spot-index.js";
import { broken, runLeg } from "../support/attack.js";

const DEPTH = 100_000_000;

/** N_max over Q for a taker fee of 3, 5 and 10 bp, by pool fee (ppm): derived from the constant product. */
const CLOSED_FORM = {
  500: [0.00104, 0.00145, 0.00247],
  3_000: [0.00279, 0.00332, 0.00448],
  10_000: [0.00705, 0.00777, 0.00928],
} as const;

describe("Scenario spot-index", function () {
  this.timeout(240_000);

  it("knows the largest open interest that no push pays for, for three pool fees and three taker fees", () => {
    for (const [fee, shares] of Object.entries(CLOSED_FORM)) {
      for (const [index, taker] of [300, 500, 1_000].entries()) {
        const values = { depth: DEPTH, fee: Number(fee), taker, interest: 1, pushes: 1, demand: 1 };
        expect(apart(largestInterest(values) / DEPTH, shares[index]), `${fee}, ${taker}`).to.be.lessThan(0.02);
      }
    }
  });

  for (const fee of [500, 3_000, 10_000]) {
    it(`pays just above N_max and not just below it, in a pool of ${fee / 100} bp`, async () => {
      const [above, below] = [
        await runLeg(spotIndex, "off", { fee, interest: 1.05, pushes: 3 }),
        await runLeg(spotIndex, "off", { fee, interest: 0.95, pushes: 3 }),
      ];
      const { breakEven, largest, poolCost, poolCostPredicted } = above.outcome.figures;
      expect(apart(breakEven, largest), "break-even").to.be.lessThan(0.05);
      expect(apart(poolCost, poolCostPredicted), "cost of the pushes").to.be.lessThan(0.01);
      const { attackerGas } = above.outcome;
      expect(above.outcome.attackerNet + attackerGas).to.be.greaterThan(0);
      expect(below.outcome.attackerNet + below.outcome.attackerGas).to.be.lessThan(0);
    });
  }

  it("leaves the attacker with the cost of the pushes where all defences stand", async () => {
    const run = await runLeg(spotIndex, "on", { pushes: 3 });
    expect(broken(run)).to.deep.equal([]);
    expect(run.outcome.attackerNet).to.be.lessThan(-0.99 * (run.outcome.figures.poolCost ?? 0));
  });

  it("does not pay at a raw index either, as long as the cap on open interest stands", async () => {
    const { outcome } = await runLeg(spotIndex, "on", { pushes: 3 }, ["pool-average", "index-median"]);
    expect(outcome.attackerNet).to.be.lessThan(0);
    expect(outcome.figures.perpetualGain).to.be.greaterThan(0);
  });

  it("costs honest traders the demand beyond the cap, and nothing below it", async () => {
    const beyond = await runLeg(spotIndex, "control", { demand: 2 });
    expect(broken(beyond)).to.deep.equal([]);
    expect(beyond.outcome.figures.blocked).to.be.greaterThan(0.5);
    const { outcome } = await runLeg(spotIndex, "control", { demand: 0.5 });
    expect(outcome.figures.blocked).to.equal(0);
  });
});

function apart(measured: number | null | undefined, predicted: number | null | undefined): number {
  return Math.abs((measured ?? NaN) / (predicted ?? NaN) - 1);
}
