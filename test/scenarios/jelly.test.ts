import { expect } from "chai";

import jelly from "../../lab/scenarios/attacks/jelly.js";
import { broken, runLeg } from "../support/attack.js";

const ALLOTTED = 409_000;

describe("Scenario jelly", function () {
  this.timeout(240_000);

  it("costs an undefended vault 2.8 times the short's notional, nineteen twentieths of what it cost in 2025", async () => {
    const run = await runLeg(jelly, "off");
    expect(broken(run)).to.deep.equal([]);
    const { attackerNet, figures } = run.outcome;
    expect(attackerNet).to.be.greaterThan(10_000_000);
    expect((figures.vaultRatio ?? 0) / (12 / 4.085)).to.be.within(0.93, 0.97);
    expect(figures.left).to.be.within(0.18, 0.185);
  });

  it("leaves the attacker with the cost of the push where all defences stand", async () => {
    const run = await runLeg(jelly, "on");
    expect(broken(run)).to.deep.equal([]);
    expect(run.outcome.attackerNet).to.be.lessThan(-400_000);
  });

  it("costs the backstop its allotment and not a unit more without the cap, and deleverages the attacker's longs after that", async () => {
    const { outcome } = await runLeg(jelly, "on", {}, ["manipulation-cap"]);
    expect(outcome.figures.vaultLoss).to.be.within(ALLOTTED - 1, ALLOTTED + 1);
    expect(outcome.figures.deleveraged).to.be.greaterThan(0.9);
    expect(outcome.figures.insured).to.be.lessThan(100_000);
    expect(outcome.figures.left).to.be.within(0.199, 0.202);
  });

  it("still pays without the cap, a twentieth of what it pays undefended: the allotment bounds the gain and does not end it", async () => {
    const { outcome } = await runLeg(jelly, "on", {}, ["manipulation-cap"]);
    expect(outcome.attackerNet).to.be.within(0, 600_000);
    const small = await runLeg(jelly, "on", { push: 1.6 }, ["manipulation-cap"]);
    expect(small.outcome.attackerNet).to.be.within(0, 600_000);
    const unbounded = await runLeg(jelly, "on", {}, ["manipulation-cap", "backstop-allotment"]);
    expect(unbounded.outcome.attackerNet).to.be.greaterThan(10_000_000);
  });

  it("gains nothing from any one of the other layers missing while the cap stands", async () => {
    const others = ["kept-margin", "backstop-allotment", "insurance-limits", "profit-maturity"];
    const { outcome } = await runLeg(jelly, "on", {}, others);
    expect(outcome.attackerNet).to.be.lessThan(0);
  });

  it("bounds what an honest whale's short costs the backstop", async () => {
    expect(broken(await runLeg(jelly, "control"))).to.deep.equal([]);
  });
});
