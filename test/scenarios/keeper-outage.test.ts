import { expect } from "chai";

import keeperOutage from "../../lab/scenarios/attacks/keeper-outage.js";
import { broken, runLeg } from "../support/attack.js";

describe("Scenario keeper-outage", function () {
  this.timeout(120_000);

  it("pays whoever sells to resting bids first, and liquidates holders who have money, at the first price", async () => {
    const run = await runLeg(keeperOutage, "off");
    expect(broken(run)).to.deep.equal([]);
    const { attackerNet, figures } = run.outcome;
    // What was sold times the fall.
    const fall = 100 * 2_000 * (figures.fall ?? 0);
    expect(attackerNet / fall).to.be.within(0.97, 1);
    expect(figures.robbed).to.be.greaterThan(0);
  });

  it("lets whoever has money add margin in the grace, and nobody open at the old price", async () => {
    const run = await runLeg(keeperOutage, "on");
    expect(broken(run)).to.deep.equal([]);
    expect(run.outcome.figures.blocked).to.equal(3_600);
  });

  it("says what waiting costs", async () => {
    const run = await runLeg(keeperOutage, "control");
    expect(broken(run)).to.deep.equal([]);
    expect(run.outcome.figures.waiting).to.be.greaterThan(0);
  });

  it("is the grace's work alone: without it the attack pays again, without the others it does not", async () => {
    const bare = await runLeg(keeperOutage, "on", {}, ["sequencer-grace"]);
    expect(bare.outcome.attackerNet).to.be.greaterThan(0);
    expect(bare.outcome.figures.robbed).to.be.greaterThan(0);
    for (const layer of ["price-band", "mark-speed"]) {
      expect(broken(await runLeg(keeperOutage, "on", {}, [layer])), layer).to.deep.equal([]);
    }
  });

  it("helps nobody who needs longer than the grace", async () => {
    const { outcome } = await runLeg(keeperOutage, "on", { grace: 5, reaction: 20 });
    expect(outcome.figures.robbed).to.be.greaterThan(0);
  });

  it("leaves makers with the fall where a holder leaves by reducing: the grace does not stop that", async () => {
    const { outcome } = await runLeg(keeperOutage, "on", { leaving: 100 });
    expect(outcome.properties.violation).to.equal(undefined);
    expect(outcome.figures.left).to.be.within(199_000, 200_000);
  });
});
