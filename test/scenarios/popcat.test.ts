import { expect } from "chai";

import { BINDING } from "../../lab/attack/caps.js";
import popcat from "../../lab/scenarios/attacks/popcat.js";
import { broken, runLeg } from "../support/attack.js";

/** Longer than the half hour the caps remember, with nobody but the wall's owner making them look. */
const LONG = 2_700;

const CAPS = ["manipulation-cap", "open-interest-cap", "vault-cap"];

describe("Scenario popcat", function () {
  this.timeout(240_000);

  it("costs an undefended vault 18.3 % of the longs' notional, 98 hundredths of what it cost in 2025", async () => {
    const run = await runLeg(popcat, "off");
    expect(broken(run)).to.deep.equal([]);
    const { attackerNet, figures } = run.outcome;
    expect((figures.lossRatio ?? 0) / (4.9 / 26.28)).to.be.within(0.96, 1);
    expect(figures.burnt).to.be.within(0.98, 1);
    expect(attackerNet).to.be.within(4_500_000, 4_800_000);
  });

  it("burns the longs' 3 M and nothing else where the shorts are not the attacker's, at the same cost to the vault", async () => {
    const run = await runLeg(popcat, "off", { own: 0 });
    expect(broken(run)).to.deep.equal([]);
    expect(run.outcome.attackerNet).to.be.within(-3_010_000, -3_000_000);
  });

  it("is held by the cap on manipulation where all defences stand, which 20 M of shown depth do not raise", async () => {
    const run = await runLeg(popcat, "on");
    expect(broken(run)).to.deep.equal([]);
    const { attackerNet, figures } = run.outcome;
    expect(figures.bound).to.equal(BINDING.manipulation);
    expect(figures.raised).to.be.within(0.999, 1.001);
    expect(figures.held).to.be.lessThan(8_000);
    expect(figures.vaultLoss).to.equal(0);
    expect(attackerNet).to.be.within(-3_000, 0);
  });

  it("pays again without that cap, bounded by the static one", async () => {
    const { outcome } = await runLeg(popcat, "on", {}, ["manipulation-cap"]);
    expect(outcome.figures.bound).to.equal(BINDING.static);
    expect(outcome.attackerNet).to.be.within(200_000, 300_000);
  });

  it("pays as much with that cap if liquidity counted where it stands, once the wall has stood for longer than the caps remember", async () => {
    const { outcome } = await runLeg(popcat, "on", { shown: LONG, reach: 0 });
    expect(outcome.figures.raised).to.be.greaterThan(100);
    expect(outcome.figures.bound).to.equal(BINDING.static);
    expect(outcome.attackerNet).to.be.within(200_000, 300_000);
  });

  it("raises nothing with a wall that stands for longer than the caps remember and does not cover the move they bear", async () => {
    const run = await runLeg(popcat, "on", { shown: LONG });
    expect(broken(run)).to.deep.equal([]);
    const { attackerNet, figures } = run.outcome;
    expect(figures.raised).to.be.within(0.999, 1.001);
    expect(figures.bound).to.equal(BINDING.manipulation);
    expect(figures.vaultLoss).to.equal(0);
    expect(attackerNet).to.be.within(-3_000, 0);
  });

  it("does not pay by a wall that covers all of that move, which is depth and raises the cap for as long as it stands", async () => {
    const { outcome } = await runLeg(popcat, "on", { shown: LONG, around: 0.105 });
    expect(outcome.figures.raised).to.be.within(50, 80);
    expect(outcome.figures.bound).to.equal(BINDING.manipulation);
    expect(outcome.figures.vaultLoss).to.equal(0);
    expect(outcome.attackerNet).to.be.lessThan(0);
  });

  it("leaves the vaults' cap to bind without the other two: a fifth of the undefended gain, and of the vault's loss", async () => {
    const { outcome } = await runLeg(popcat, "on", {}, ["manipulation-cap", "open-interest-cap"]);
    expect(outcome.figures.bound).to.equal(BINDING.vaults);
    expect(outcome.attackerNet).to.be.within(800_000, 950_000);
    expect(outcome.figures.vaultLoss).to.be.within(850_000, 1_000_000);
  });

  it("costs the backstop its allotment and not a unit more without any cap, and deleverages all of the short after that", async () => {
    const { outcome } = await runLeg(popcat, "on", {}, CAPS);
    expect(outcome.figures.vaultLoss).to.be.within(2_627_999, 2_628_001);
    expect(outcome.figures.deleveraged).to.be.greaterThan(0.99);
    expect(outcome.attackerNet).to.be.within(2_000_000, 3_000_000);
  });

  it("gains nothing from all other layers missing at once while that cap stands", async () => {
    const others = ["vault-cap", "open-interest-cap", "backstop-allotment", "insurance-limits", "profit-maturity"];
    const { outcome } = await runLeg(popcat, "on", {}, others);
    expect(outcome.attackerNet).to.be.lessThan(0);
  });

  it("leaves honest traders next to no room, an honest provider's depth unseen for half an hour, and the vault unharmed", async () => {
    const run = await runLeg(popcat, "control");
    expect(broken(run)).to.deep.equal([]);
    const { figures } = run.outcome;
    expect(figures.blocked).to.be.within(0.99, 1);
    expect(figures.patience).to.be.within(1_500, 2_400);
    const baseline = await runLeg(popcat, "baseline");
    expect(baseline.outcome.figures.blocked).to.be.lessThan(0.001);
    expect(baseline.outcome.figures.vaultLoss).to.be.greaterThan(1_000_000);
  });
});
