import { expect } from "chai";

import adlGaming from "../../lab/scenarios/attacks/adl-gaming.js";
import { broken, runLeg } from "../support/attack.js";

describe("Scenario adl-gaming", function () {
  this.timeout(240_000);

  it("passes a whole burden to the neighbour for margin that is added for the moment, where a queue is kept", async () => {
    const run = await runLeg(adlGaming, "off");
    expect(broken(run)).to.deep.equal([]);
    const { missing, hedgeGain } = run.outcome.figures;
    expect(hedgeGain, "spot as margin").to.be.greaterThan(0.4 * (missing ?? NaN));
  });

  it("gains nothing by splitting, topping up, leverage or short-lived hedges, and the own part of the charge by taking profit first", async () => {
    const run = await runLeg(adlGaming, "on");
    // Not defended: P4 and P5 forbid a charge of realised profit and of a position just opened. docs/limits.md.
    expect(broken(run)).to.deep.equal([
      "taking profit before the charge, by one lot or by selling to oneself, gains no more than dust beyond its fees",
      "the attacker has no gain",
    ]);
    const { missing, selfTradeGain, selfTradeFees, shrinkGain, soleWinnerGain, socialised } = run.outcome.figures;
    const own = (missing ?? NaN) / 2;
    expect(apart((selfTradeGain ?? NaN) + (selfTradeFees ?? NaN), own), "own part").to.be.lessThan(0.01);
    expect(shrinkGain).to.be.lessThan(0.02);
    expect(apart(soleWinnerGain, selfTradeGain), "alone").to.be.lessThan(0.01);
    expect(apart(socialised, own), "socialised").to.be.lessThan(0.01);
  });

  it("leaves nothing to gain at all where the own part is less than two fees", async () => {
    const { outcome } = await runLeg(adlGaming, "on", { fall: 0.0801 });
    const { missing, selfTradeGain, selfTradeFees } = outcome.figures;
    expect(missing).to.be.greaterThan(0);
    expect(missing).to.be.lessThan(2 * (selfTradeFees ?? NaN));
    expect(selfTradeGain).to.be.lessThan(0);
    expect(outcome.attackerNet).to.be.lessThan(0);
  });

  it("charges two equal positions alike, whatever their leverage, where the queue makes one of them pay for both", async () => {
    const baseline = await runLeg(adlGaming, "baseline");
    expect(apart(baseline.outcome.figures.burden, 1)).to.be.lessThan(0.01);
    const run = await runLeg(adlGaming, "control");
    expect(broken(run)).to.deep.equal([]);
  });
});

function apart(measured: number | null | undefined, expected: number | null | undefined): number {
  return Math.abs((measured ?? NaN) / (expected ?? NaN) - 1);
}
