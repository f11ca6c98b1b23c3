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

  it("holds with any one of its defences but the median missing, and with some that stand behind the same misfire", async () => {
    const missing = [["index-median"], ["redemption-cap", "validity-ladder"], ["guard", "mark-band", "mark-speed"]];
    expect(missing.flat()).to.have.members(guardMisfire.defences.map(({ layer }) => layer));
    for (const layers of missing) {
      const lost = broken(await runLeg(guardMisfire, "on", {}, layers));
      // Without the median there is no other source to outvote a price as good as 0.
      const known = layers.includes("index-median") ? ["one of several that says it liquidates nobody"] : [];
      expect(lost, layers.join()).to.deep.equal(known);
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
    // Without a defence that earns nothing here, for then the calls of everybody are not tried once more.
    expect(broken(await runLeg(guardMisfire, "on", { said: 0.00000001 }, ["mark-speed"]))).to.deep.equal([]);
    expect((await runLeg(guardMisfire, "on")).outcome.figures.least).to.equal(0);
    const { figures } = (await runLeg(guardMisfire, "on", {}, ["index-median"])).outcome;
    expect(figures.least).to.be.greaterThan(0);
  });

  it("refuses a price of 0 in adapter, index and mark, and lets honest traders open where others speak", async () => {
    const { figures } = (await runLeg(guardMisfire, "on")).outcome;
    expect([figures.zeroed, figures.passedOn]).to.deep.equal([0, 0]);
    expect(figures.unchecked).to.be.greaterThan(200_000);
    expect((await runLeg(guardMisfire, "control")).outcome.figures.opened).to.equal(1);
    expect((await runLeg(guardMisfire, "baseline")).outcome.figures.opened).to.equal(0);
  });

  it("begins funding anew by no call of a stranger's, governance's or a module's, and would liquidate if it did", async () => {
    const { figures } = (await runLeg(guardMisfire, "on")).outcome;
    expect(figures.tried).to.be.greaterThan(700);
    expect([figures.moved, figures.liquidatable]).to.deep.equal([0, 0]);
    for (const leg of ["on", "off"] as const) {
      const { figures: told } = (await runLeg(guardMisfire, leg)).outcome;
      expect(told.restarted).to.be.greaterThan(200_000);
      expect(told.reset).to.equal(0);
    }
  });
});
