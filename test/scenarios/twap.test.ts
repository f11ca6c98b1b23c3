import { expect } from "chai";

import twap from "../../lab/scenarios/attacks/twap.js";
import { broken, runLeg } from "../support/attack.js";

describe("Scenario twap", function () {
  this.timeout(120_000);

  it("pays the attacker and liquidates a solvent short where the index is the pool's price of the moment", async () => {
    const run = await runLeg(twap, "off");
    expect(broken(run)).to.deep.equal([]);
    expect(run.outcome.attackerNet).to.be.greaterThan(0);
    expect(run.outcome.paidBy.makers).to.be.greaterThan(run.outcome.attackerNet);
    expect(run.outcome.wrongfulLiquidations).to.be.greaterThan(0);
  });

  it("leaves the attacker with the cost of the push, and nobody liquidated, where all defences stand", async () => {
    const run = await runLeg(twap, "on");
    expect(broken(run)).to.deep.equal([]);
    expect(run.outcome.wrongfulLiquidations).to.equal(0);
    expect(run.outcome.attackerNet).to.be.lessThan(-0.99 * (run.outcome.figures.poolCost ?? 0));
  });

  it("lets the index follow an honest move within a per cent", async () => {
    expect(broken(await runLeg(twap, "control"))).to.deep.equal([]);
  });

  it("moves the real oracle's average by R^(t / W) whatever the blocks, the push and the fee", async () => {
    for (const [blocks, push, fee] of [
      [1, 4, 500],
      [2, 1.5, 10_000],
      [15, 1.63, 3_000],
    ] as const) {
      const { outcome } = await runLeg(twap, "on", { blocks, push, fee });
      const { averageShift, averageShiftPredicted, poolCost, poolCostPredicted } = outcome.figures;
      expect(apart(averageShift, averageShiftPredicted), `average, ${blocks} blocks`).to.be.lessThan(0.01);
      expect(apart(poolCost, poolCostPredicted), `cost, ${blocks} blocks`).to.be.lessThan(0.01);
    }
  });

  it("holds with any one of its defences missing: each of the others is enough", async () => {
    for (const layer of ["pool-average", "index-median", "open-interest-cap"]) {
      const { outcome } = await runLeg(twap, "on", {}, [layer]);
      expect(outcome.attackerNet, layer).to.be.lessThan(0);
      expect(outcome.wrongfulLiquidations, layer).to.equal(0);
    }
  });
});

function apart(measured: number | null | undefined, predicted: number | null | undefined): number {
  return Math.abs((measured ?? NaN) / (predicted ?? NaN) - 1);
}
