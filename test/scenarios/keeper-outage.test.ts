import { expect } from "chai";

import keeperOutage from "../../lab/scenarios/attacks/keeper-outage.js";
import { broken, runLeg } from "../support/attack.js";

describe("Scenario keeper-outage", function () {
  this.timeout(120_000);

  it("pays whoever sells to resting bids first, and liquidates holders who have money, at the first price", async () => {
    const run = await runLeg(keeperOutage, "off");
    expect(broken(run)).to.deep.equal([]);
    expect(run.outcome.figures.gainShare).to.be.within(0.97, 1);
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

  it("leaves the bad debt of the closed form, however long the chain stands still", async () => {
    for (const [leg, outage] of [
      ["off", 30],
      ["on", 30],
      ["off", 240],
      ["on", 240],
      ["control", 240],
    ] as const) {
      expect(broken(await runLeg(keeperOutage, leg, { outage })), `${leg}, ${outage} minutes`).to.deep.equal([]);
    }
  });

  it("leaves the bad debt of the whole fall where keepers are kept out of blocks beyond the grace", async () => {
    const [prompt, censored] = [await runLeg(keeperOutage, "on"), await runLeg(keeperOutage, "on", { censored: 180 })];
    // Who has added margin for the fall so far runs out of it: the price falls on until the keepers are let in.
    expect(broken(censored)).to.deep.equal(["nobody who tops up in the grace period is liquidated"]);
    expect(censored.outcome.figures.borne).to.be.greaterThan(prompt.outcome.figures.borne ?? Infinity);
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
