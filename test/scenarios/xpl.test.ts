import { expect } from "chai";

import xpl from "../../lab/scenarios/attacks/xpl.js";
import { broken, runLeg } from "../support/attack.js";

/** Defences that slow a sweep down. */
const BRAKES = ["price-band", "mark-speed"];

describe("Scenario xpl", function () {
  this.timeout(240_000);

  it("gains, undefended, 65 % of what was gained in 2025, and costs the shorts four fifths of what it cost then", async () => {
    const run = await runLeg(xpl, "off");
    expect(broken(run)).to.deep.equal([]);
    const { figures, wrongfulLiquidations } = run.outcome;
    expect(figures.gainRatio).to.be.within(0.6, 0.7);
    expect((figures.lost ?? 0) / 50_000_000).to.be.within(0.75, 0.85);
    expect(figures.height).to.be.within(3, 3.3);
    expect(wrongfulLiquidations).to.be.greaterThan(20_000_000);
  });

  it("liquidates nobody and costs the buyer over a million where all defences stand", async () => {
    const run = await runLeg(xpl, "on");
    expect(broken(run)).to.deep.equal([]);
    expect(run.outcome.attackerNet).to.be.within(-2_000_000, -1_000_000);
    expect(run.outcome.figures.height).to.be.lessThan(1.15);
  });

  it("liquidates nobody either if the buyer takes four hours, and costs it more, in funding", async () => {
    const run = await runLeg(xpl, "on", { seconds: 14_400 });
    expect(broken(run)).to.deep.equal([]);
    expect(run.outcome.attackerNet).to.be.lessThan(-2_000_000);
  });

  it("pauses twice whoever requotes at the guard's edge, where all defences stand", async () => {
    const { figures } = (await runLeg(xpl, "on")).outcome;
    expect(figures.pauses).to.equal(2);
    expect(figures.reopened).to.be.within(0.99, 1.02);
  });

  it("liquidates the solvent without the slow average, or without mark band and guard, though at the buyer's loss", async () => {
    for (const layers of [["book-average"], ["mark-band", "guard"]]) {
      const { outcome } = await runLeg(xpl, "on", {}, layers);
      expect(outcome.wrongfulLiquidations, layers.join()).to.be.greaterThan(1_000_000);
      expect(outcome.attackerNet).to.be.lessThan(0);
    }
  });

  it("pays again without slow average and price band, guard and mark band standing, however often the guard pauses", async () => {
    const { outcome } = await runLeg(xpl, "on", {}, ["book-average", "price-band"]);
    expect(outcome.attackerNet).to.be.greaterThan(10_000_000);
    expect(outcome.figures.pauses).to.be.greaterThan(0);
  });

  it("is stopped by the guard's pause and auction where the mark band is missing, slowed down or not, and the auction reopens at the average", async () => {
    for (const layers of [["mark-band"], ["mark-band", ...BRAKES]]) {
      const { outcome } = await runLeg(xpl, "on", {}, layers);
      expect(outcome.wrongfulLiquidations).to.equal(0);
      expect(outcome.attackerNet).to.be.lessThan(0);
      expect(outcome.figures.pauses).to.equal(2);
      expect(outcome.figures.reopened).to.be.within(0.99, 1.02);
    }
    const unguarded = await runLeg(xpl, "on", {}, ["mark-band", "guard", ...BRAKES]);
    expect(unguarded.outcome.wrongfulLiquidations).to.be.greaterThan(1_000_000);
  });

  it("does not need guard, mark speed or maturing profit, all of them missing at once", async () => {
    const run = await runLeg(xpl, "on", {}, ["guard", "mark-speed", "profit-maturity"]);
    expect(broken(run)).to.deep.equal([]);
  });

  it("pauses nothing in noise, and keeps a short that is truly due for over two hours and two thirds of them in pauses", async () => {
    const run = await runLeg(xpl, "control");
    expect(broken(run)).to.deep.equal([]);
    const { figures } = run.outcome;
    expect(figures.delay).to.be.at.least(6_000);
    expect(figures.pauses).to.be.greaterThan(5);
    expect(figures.halted).to.be.greaterThan(4_000);
    const baseline = await runLeg(xpl, "baseline");
    expect(broken(baseline)).to.deep.equal([]);
    expect(baseline.outcome.figures.delay).to.be.lessThan(600);
  });
});
