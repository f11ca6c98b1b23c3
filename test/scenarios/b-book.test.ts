import { expect } from "chai";

import bBook from "../../lab/scenarios/attacks/b-book.js";
import { ROUTES } from "../../lab/scenarios/b-book/flow.js";
import { broken, runLeg } from "../support/attack.js";

describe("Scenario b-book", function () {
  this.timeout(120_000);

  it("pays whoever moves the price the house deals at what the incident paid, out of the lenders' pockets", async () => {
    const run = await runLeg(bBook, "off");
    expect(broken(run)).to.deep.equal([]);
    expect(run.outcome.figures.dealt).to.be.greaterThan(4_490_000);
    expect(run.outcome.attackerNet).to.be.greaterThan(400_000);
    expect(run.outcome.attackerNet).to.be.lessThan(565_000);
  });

  it("costs the attacker four times what it costs the house while open interest is capped at the cost of a push", async () => {
    const run = await runLeg(bBook, "on");
    expect(broken(run)).to.deep.equal([]);
    const { attackerNet, paidBy, figures } = run.outcome;
    expect(-attackerNet).to.be.greaterThan(4 * (paidBy.house ?? NaN));
    expect(figures.dealt).to.be.lessThan(0.0022 * 180_000_000);
  });

  it("pays again without that cap, whatever spread and allowance the house keeps, and without these alone does not", async () => {
    const uncapped = await runLeg(bBook, "on", { trips: 2 }, ["manipulation-cap"]);
    expect(uncapped.outcome.figures.gainShare).to.be.greaterThan(0.018);
    for (const layer of ["house-spread", "house-allowance"]) {
      const { outcome } = await runLeg(bBook, "on", { trips: 2 }, [layer]);
      expect(outcome.attackerNet, layer).to.be.lessThan(0);
    }
  });

  it("takes from traders what house, makers and fees get, on every route, and names who pays for the ruined one", async () => {
    const run = await runLeg(bBook, "control");
    expect(broken(run)).to.deep.equal([]);
    for (const route of ROUTES) {
      expect(run.outcome.figures[`${route}Insured`], route).to.equal(500);
      expect(run.outcome.figures[`${route}Charged`], route).to.be.greaterThan(500);
      expect(run.outcome.figures[`${route}Socialised`], route).to.equal(0);
    }
    expect(run.outcome.figures.houseShare).to.be.greaterThan(0.1);
  });

  it("refuses honest flow once it is larger than the cap", async () => {
    const { outcome } = await runLeg(bBook, "control", { size: 150_000 });
    expect(outcome.figures.blocked).to.be.greaterThan(0);
  });
});
