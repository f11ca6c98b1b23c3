import { expect } from "chai";

import ownBookIndex from "../../lab/scenarios/attacks/own-book-index.js";
import { broken, runLeg } from "../support/attack.js";

/** Every defence but the median. */
const OTHERS = ["pool-average", "validity-ladder", "guard", "mark-speed", "mark-band", "price-band"];

describe("Scenario own-book-index", function () {
  this.timeout(240_000);

  it("sells solvent holders' collateral to the attacker at the incident's 12 % of its worth, where it is priced on its own book", async () => {
    const run = await runLeg(ownBookIndex, "off");
    expect(broken(run)).to.deep.equal([]);
    const { attackerNet, figures, wrongfulLiquidations } = run.outcome;
    expect((figures.taken ?? 0) / 0.88).to.be.within(0.99, 1.01);
    // What is bought is worth 88 % more than what is paid for it, and pushing costs a seventh of that at most.
    expect(attackerNet / ((figures.taken ?? 0) * (figures.collateralSold ?? 0))).to.be.within(6 / 7, 1);
    expect(wrongfulLiquidations).to.be.greaterThan(10_000_000);
  });

  it("takes USDe's 0.65 as well, which is just low enough, and nothing at 0.72", async () => {
    const { outcome: low } = await runLeg(ownBookIndex, "off", { bottom: 0.65 });
    expect(low.wrongfulLiquidations).to.be.greaterThan(0);
    // Whoever is liquidated at 0.7, where its margin ends, loses 30 % and not the 35 % of the lowest print.
    expect(low.figures.taken).to.be.within(0.3, 0.35);
    const { outcome: high } = await runLeg(ownBookIndex, "off", { bottom: 0.72 });
    expect(high.wrongfulLiquidations).to.equal(0);
    expect(high.attackerNet).to.be.lessThan(0);
  });

  it("liquidates nobody who is solvent at the median, and leaves the seller with a loss, where all defences stand", async () => {
    const run = await runLeg(ownBookIndex, "on");
    expect(broken(run)).to.deep.equal([]);
    expect(run.outcome.wrongfulLiquidations).to.equal(0);
  });

  it("works again without the median, whatever else stands, at a third of the gain: orders reach no further than their band", async () => {
    const { outcome } = await runLeg(ownBookIndex, "on", {}, ["index-median"]);
    expect(outcome.wrongfulLiquidations).to.be.greaterThan(10_000_000);
    expect(outcome.attackerNet).to.be.within(1_000_000, 1_500_000);
    const { outcome: reaching } = await runLeg(ownBookIndex, "on", {}, ["index-median", "price-band"]);
    expect(reaching.attackerNet).to.be.greaterThan(3_000_000);
  });

  it("needs nothing but the median: guard, bands, speed and ladder earn nothing here while it stands", async () => {
    const { outcome } = await runLeg(ownBookIndex, "on", {}, OTHERS);
    expect(outcome.wrongfulLiquidations).to.equal(0);
    expect(outcome.figures.lowest).to.be.lessThan(0.13);
    expect(outcome.attackerNet).to.be.lessThan(0);
  });

  it("leaves it to the validity ladder where the own book has most of the weight, and then works without the ladder", async () => {
    const weight = 4;
    const held = await runLeg(ownBookIndex, "on", { weight });
    expect(broken(held)).to.deep.equal([]);
    const { outcome } = await runLeg(ownBookIndex, "on", { weight }, ["validity-ladder"]);
    expect(outcome.wrongfulLiquidations).to.be.greaterThan(10_000_000);
    expect(outcome.attackerNet).to.be.greaterThan(1_000_000);
  });

  it("tells what a true loss costs that the redemption rate hides", async () => {
    const run = await runLeg(ownBookIndex, "control");
    expect(broken(run)).to.deep.equal([]);
    const { outcome: baseline } = await runLeg(ownBookIndex, "baseline");
    expect(run.outcome.figures.delay).to.be.greaterThan((baseline.figures.delay ?? 0) + 1_200);
    expect(run.outcome.wrongfulLiquidations).to.equal(0);
    expect(baseline.figures.blocked).to.equal(0);
  });
});
