import { expect } from "chai";

import stale from "../../lab/scenarios/attacks/stale.js";
import { broken, runLeg } from "../support/attack.js";

/** A day like 10 October 2025, and reports a minute late. */
const CRASH = { volatility: 10, delay: 60 };

describe("Scenario stale", function () {
  this.timeout(120_000);

  it("pays whoever trades ahead of reports their move, where the house deals at the index", async () => {
    const run = await runLeg(stale, "off");
    expect(broken(run)).to.deep.equal([]);
    const { figures } = run.outcome;
    // Before fees: between what bots still gained at and what the fee was raised to.
    expect((figures.value ?? 0) + 0.0008).to.be.within(0.003, 0.005);
    // It loses what the attacker gains and the fees of it, and no more than the index moved in the reports.
    expect(figures.houseLoss).to.be.within(figures.value ?? Infinity, figures.moved ?? 0);
    expect(figures.backwards).to.be.greaterThan(0);
  });

  it("leaves the attacker its gas, and the house its money, where all defences stand", async () => {
    expect(broken(await runLeg(stale, "on"))).to.deep.equal([]);
    expect(broken(await runLeg(stale, "on", { delay: 60 }))).to.deep.equal([]);
    expect(broken(await runLeg(stale, "on", { deviation: 0.001, delay: 3 }))).to.deep.equal([]);
  });

  it("costs an honest trader the house's distance from the index", async () => {
    expect(broken(await runLeg(stale, "control"))).to.deep.equal([]);
  });

  it("is stopped by the house's distance alone: without it trading ahead pays again", async () => {
    const { outcome } = await runLeg(stale, "on", {}, ["house-spread"]);
    expect(outcome.attackerNet).to.be.greaterThan(0);
    expect(outcome.figures.value).to.be.greaterThan(0);
  });

  it("lets the index go back in time without the one price a period, though at ordinary volatility nobody gains by it", async () => {
    const { outcome } = await runLeg(stale, "on", {}, ["one-price-a-period"]);
    expect(outcome.figures.backwards).to.be.greaterThan(0);
    expect(outcome.figures.pickValue).to.be.lessThan(0);
  });

  it("pays a little in a crash with late reports, which the allowance bounds, and more if prices can be picked", async () => {
    const all = await runLeg(stale, "on", CRASH);
    const net = all.outcome.attackerNet;
    expect(net).to.be.within(1, 500);
    expect(all.outcome.figures.picked).to.equal(0);
    expect(all.outcome.figures.backwards).to.equal(0);
    const allowed = await runLeg(stale, "on", CRASH, ["house-allowance"]);
    expect(allowed.outcome.attackerNet).to.be.greaterThan(2 * net);
    const picking = await runLeg(stale, "on", CRASH, ["one-price-a-period"]);
    expect(picking.outcome.figures.pickValue).to.be.greaterThan(0);
    expect(picking.outcome.attackerNet).to.be.greaterThan(2 * net);
  });

  it("costs makers who rest around the index the move less their spread, whatever is switched on", async () => {
    for (const leg of ["off", "on"] as const) {
      const { figures } = (await runLeg(stale, leg)).outcome;
      expect(figures.makersLoss, leg).to.be.within(0.002, 0.006);
    }
  });
});
