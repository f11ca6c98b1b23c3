import { expect } from "chai";

import offHours from "../../lab/scenarios/attacks/off-hours.js";
import { broken, runLeg } from "../support/attack.js";

/** Every defence but sessions, and the guard that keeps them. */
const OTHERS = ["index-median", "mark-band", "mark-speed", "price-band"];

describe("Scenario off-hours", function () {
  this.timeout(240_000);

  it("liquidates 1.3 times the short, as at that weekend, within a tenth, and has the price back within half an hour", async () => {
    const run = await runLeg(offHours, "off");
    expect(broken(run)).to.deep.equal([]);
    const { attackerNet, figures, wrongfulLiquidations } = run.outcome;
    expect((figures.ratio ?? 0) / 1.3).to.be.within(0.9, 1.1);
    expect(figures.rebound).to.be.at.most(1_800);
    expect(figures.indexFall).to.be.lessThan(0.01);
    expect(wrongfulLiquidations).to.be.greaterThan(11_000_000);
    expect(attackerNet / 10_000_000).to.be.greaterThan(0.015);
  });

  it("costs the seller the way down where the bottom is no deeper than the margin of the longs", async () => {
    const { outcome } = await runLeg(offHours, "off", { move: 0.02 });
    expect(outcome.wrongfulLiquidations).to.equal(0);
    expect(outcome.attackerNet).to.be.lessThan(0);
  });

  it("opens nothing and liquidates nobody while the futures are closed, where all defences stand", async () => {
    const run = await runLeg(offHours, "on");
    expect(broken(run)).to.deep.equal([]);
    expect(run.outcome.figures.sold).to.equal(0);
    expect(run.outcome.figures.held).to.be.within(49, 49.5);
  });

  it("lets whoever has bought before the close sell down to the band of closed hours, at a loss", async () => {
    const run = await runLeg(offHours, "on", { prepared: 1 });
    expect(broken(run)).to.deep.equal([]);
    expect(run.outcome.figures.sold).to.be.greaterThan(0);
    expect(run.outcome.attackerNet).to.be.lessThan(-10_000);
  });

  it("liquidates nobody without sessions either, but solvent longs again where the mark's band is missing as well", async () => {
    const { outcome: banded } = await runLeg(offHours, "on", {}, ["sessions"]);
    expect(banded.liquidated).to.equal(0);
    expect(banded.attackerNet).to.be.lessThan(0);
    const { outcome } = await runLeg(offHours, "on", {}, ["sessions", "mark-band"]);
    expect(outcome.wrongfulLiquidations).to.be.greaterThan(11_000_000);
  });

  it("needs nothing but sessions: median, bands and speed earn nothing here while they stand", async () => {
    const { outcome } = await runLeg(offHours, "on", {}, OTHERS);
    expect(outcome.liquidated).to.equal(0);
    expect(outcome.attackerNet).to.be.at.most(0);
  });

  it("protects the reopening: an auction without makers clears at the edge of the mark's band, where nobody is due", async () => {
    const run = await runLeg(offHours, "on", { auction: 1, move: 0.03 });
    expect(run.outcome.wrongfulLiquidations).to.equal(0);
    expect(run.outcome.attackerNet).to.be.lessThan(0);
    expect(run.outcome.figures.sold).to.be.greaterThan(0);
  });

  it("would not with a band as wide as initial margin, which the exchange refuses: most longs would go to whoever set the price", async () => {
    const { outcome } = await runLeg(offHours, "on", { auction: 1, move: 0.03, band: 40_000 });
    expect(outcome.wrongfulLiquidations).to.be.greaterThan(9_000_000);
    expect(outcome.attackerNet).to.be.within(20_000, 60_000);
  });

  it("reopens near the index where makers are in the auction", async () => {
    const { outcome } = await runLeg(offHours, "on", { auction: 2, move: 0.03 });
    expect(outcome.wrongfulLiquidations).to.equal(0);
    expect(outcome.attackerNet).to.be.lessThan(0);
    expect(outcome.figures.fall).to.be.lessThan(0.01);
  });

  it("makes longs wait for the reopening when the price falls at the weekend for good, and somebody pay for the wait", async () => {
    const run = await runLeg(offHours, "control");
    expect(broken(run)).to.deep.equal([]);
    const { figures } = run.outcome;
    expect(figures.blocked).to.equal(1);
    expect(figures.stuck).to.be.greaterThan(0.1);
    const { outcome: baseline } = await runLeg(offHours, "baseline");
    expect(figures.badDebt).to.be.greaterThan((baseline.figures.badDebt ?? 0) + 100_000);
    expect(figures.delay).to.be.greaterThan((baseline.figures.delay ?? 0) + 4 * 3_600);
  });
});
