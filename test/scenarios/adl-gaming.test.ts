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

  it("gains nothing by splitting, topping up, leverage or short-lived hedges, nor by taking profit first: that is charged as well", async () => {
    const run = await runLeg(adlGaming, "on");
    expect(broken(run)).to.deep.equal([]);
    const { missing, selfTradeGain, selfTradeFees, shrinkGain, soleWinnerGain, socialised } = run.outcome.figures;
    const own = (missing ?? NaN) / 2;
    // Fees paid to take it make the profit weigh a little less; what that saves is far below the fees.
    expect((selfTradeGain ?? NaN) + (selfTradeFees ?? NaN), "own part").to.be.lessThan(0.01 * own);
    expect(shrinkGain).to.be.at.most(0);
    expect(soleWinnerGain).to.be.at.most(0);
    expect(socialised).to.be.lessThan(0.001);
  });

  it("gives the own part of the charge to who sells to itself, and as the only winner leaves it to everybody, where nothing matures", async () => {
    const { outcome } = await runLeg(adlGaming, "on", {}, ["profit-maturity"]);
    const { missing, selfTradeGain, selfTradeFees, soleWinnerGain, socialised } = outcome.figures;
    const own = (missing ?? NaN) / 2;
    expect(apart((selfTradeGain ?? NaN) + (selfTradeFees ?? NaN), own), "own part").to.be.lessThan(0.01);
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
