import { expect } from "chai";

import guardMisfire from "../../lab/scenarios/attacks/guard-misfire.js";
import { broken, runLeg } from "../support/attack.js";

describe("Scenario guard-misfire", function () {
  this.timeout(240_000);

  it("liquidates solvent holders by a cap out of time and by a constant index, where nothing else speaks", async () => {
    const run = await runLeg(guardMisfire, "off");
    expect(broken(run)).to.deep.equal([]);
    const { figures, wrongfulLiquidations } = run.outcome;
    expect(wrongfulLiquidations).to.be.greaterThan(200_000);
    // The incident's liquidators took 3.7 % of what they liquidated.
    expect(figures.lossShare).to.be.within(0.028, 0.037);
  });

  it("liquidates nobody where all defences stand, and refuses a value with a time that is not its own", async () => {
    expect(broken(await runLeg(guardMisfire, "on"))).to.deep.equal([]);
  });

  it("liquidates a true fall no later, and at no more cost, than without the guards", async () => {
    const baseline = await runLeg(guardMisfire, "baseline");
    const control = await runLeg(guardMisfire, "control");
    expect(broken(control)).to.deep.equal([]);
    expect(control.outcome.figures.delay).to.equal(baseline.outcome.figures.delay);
    expect(control.outcome.figures.borne).to.equal(0);
  });

  it("costs the bad debt of the closed form where the cap silences the only source, until governance acts", async () => {
    const { figures } = (await runLeg(guardMisfire, "control", {}, ["index-median"])).outcome;
    expect(figures.delay).to.be.within(3_500, 3_800);
    expect((figures.borne ?? NaN) / (figures.bornePredicted ?? NaN)).to.be.within(0.99, 1.01);
  });

  it("holds with any one of its defences missing, and with some that stand behind the same misfire", async () => {
    const missing = [["index-median"], ["redemption-cap", "validity-ladder"], ["guard", "mark-band", "mark-speed"]];
    expect(missing.flat()).to.have.members(guardMisfire.defences.map(({ layer }) => layer));
    for (const layers of missing) {
      expect(broken(await runLeg(guardMisfire, "on", {}, layers)), layers.join()).to.deep.equal([]);
    }
  });

  it("fails by the cap without floor and median, and by the squeeze without guard, band, and median or ladder", async () => {
    const cap = (await runLeg(guardMisfire, "on", {}, ["index-median", "redemption-cap"])).outcome;
    expect(cap.attackerNet).to.be.greaterThan(0);
    expect(cap.figures.capped).to.be.greaterThan(0);
    const squeeze = (await runLeg(guardMisfire, "on", {}, ["index-median", "guard", "mark-band"])).outcome;
    expect(squeeze.attackerNet).to.be.greaterThan(0);
    expect(squeeze.figures.squeezed).to.be.greaterThan(0);
    expect(squeeze.figures.capped).to.equal(0);
    const outvoted = (await runLeg(guardMisfire, "on", {}, ["validity-ladder", "guard", "mark-band"])).outcome;
    expect(outvoted.figures.squeezed).to.be.greaterThan(0);
  });

  it("liquidates nobody at the floor of the cap, whatever else is silent", async () => {
    const { outcome } = await runLeg(guardMisfire, "on", { low: 0.0099 }, ["index-median"]);
    expect(outcome.figures.shown).to.be.greaterThan(0.009);
    expect(outcome.figures.capped).to.equal(0);
  });

  it("is ended by a price that is not 0 but as good as, unless other sources outvote it", async () => {
    const least = { said: 0.00000001 };
    expect(broken(await runLeg(guardMisfire, "on", least))).to.deep.equal([]);
    const { outcome } = await runLeg(guardMisfire, "on", least, ["index-median"]);
    expect(outcome.figures.zeroed).to.be.greaterThan(0);
  });
});
