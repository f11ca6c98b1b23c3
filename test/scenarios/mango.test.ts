import { expect } from "chai";

import mango from "../../lab/scenarios/attacks/mango.js";
import { broken, runLeg } from "../support/attack.js";

/** Everything the index and the mark are protected by. */
const PRICES = ["pool-average", "index-median", "validity-ladder", "mark-band", "mark-speed"];

const CAPS = ["open-interest-cap", "manipulation-cap", "vault-cap"];

describe("Scenario mango", function () {
  this.timeout(240_000);

  it("takes, undefended, 70 % of what was taken in 2022, measured by the profit on paper", async () => {
    const run = await runLeg(mango, "off");
    expect(broken(run)).to.deep.equal([]);
    const { attackerNet, figures, paidBy } = run.outcome;
    expect(attackerNet).to.be.greaterThan(70_000_000);
    expect((figures.taken ?? 0) / (115 / 421)).to.be.within(0.68, 0.72);
    expect(paidBy.insurance).to.be.within(4_999_999, 5_000_001);
    expect(paidBy.socialised).to.be.greaterThan(70_000_000);
  });

  it("costs the attacker its pushing where all defences stand, though every source of the index is swept", async () => {
    const run = await runLeg(mango, "on");
    expect(broken(run)).to.deep.equal([]);
    const { attackerNet, figures, paidBy } = run.outcome;
    expect(attackerNet).to.be.lessThan(-3_000_000);
    expect(figures.held).to.be.lessThan(3_000);
    expect(Math.abs(paidBy.insurance ?? 0)).to.be.lessThan(1);
  });

  it("does not pay either if all spot bought can be sold back at the price it was pushed to", async () => {
    const { outcome } = await runLeg(mango, "on", { returned: 1 });
    expect(outcome.attackerNet).to.be.lessThan(0);
  });

  it("liquidates nobody solvent as long as one of three sources is not swept", async () => {
    const run = await runLeg(mango, "on", { venues: 1 });
    expect(broken(run)).to.deep.equal([]);
    expect(run.outcome.wrongfulLiquidations).to.equal(0);
  });

  it("pays again without the cap by manipulation cost", async () => {
    const { outcome } = await runLeg(mango, "on", {}, ["manipulation-cap"]);
    expect(outcome.attackerNet).to.be.greaterThan(1_000_000);
  });

  it("needs neither the other caps nor any limit on what leaves, all of them missing at once", async () => {
    const others = ["open-interest-cap", "vault-cap", "profit-maturity", "insurance-limits", "backstop-allotment"];
    const { outcome } = await runLeg(mango, "on", {}, others);
    expect(outcome.attackerNet).to.be.lessThan(-3_000_000);
  });

  it("is held by the caps alone, and needs none of the defences of prices for that", async () => {
    const { outcome } = await runLeg(mango, "on", {}, PRICES);
    expect(outcome.attackerNet).to.be.lessThan(-3_000_000);
  });

  it("lets less than half out in the time the price is held where there are no caps, even with profit that matures at once", async () => {
    // What the short owes beyond its margin is written off in its liquidation, before the long can be paid at par.
    for (const without of [CAPS, [...CAPS, "profit-maturity"] as const]) {
      const { outcome } = await runLeg(mango, "on", {}, without);
      expect(outcome.properties.violation).to.equal(undefined);
      expect(outcome.figures.reach).to.be.lessThan(0.5);
    }
  });

  it("costs honest traders nearly all of their demand: a pool this thin carries a market of three thousand", async () => {
    const run = await runLeg(mango, "control");
    expect(broken(run)).to.deep.equal([]);
    expect(run.outcome.figures.blocked).to.be.within(0.98, 1);
    expect(run.outcome.figures.uncertain).to.be.greaterThan(0);
    const baseline = await runLeg(mango, "baseline");
    expect(baseline.outcome.figures.blocked).to.equal(0);
    expect(run.outcome.figures.delay).to.be.at.most((baseline.outcome.figures.delay ?? 0) + 60);
  });
});
