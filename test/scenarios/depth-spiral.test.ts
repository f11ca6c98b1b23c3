import { expect } from "chai";
import { artifacts, network } from "hardhat";

import type { RegimeReport } from "../../lab/report/data.js";
import { runRegime } from "../../lab/run/regime.js";
import { figureOf } from "../../lab/scenario/figures.js";
import { valuesOf } from "../../lab/scenario/parameters.js";
import type { Regime } from "../../lab/scenario/scenario.js";
import { depthSpiral } from "../../lab/scenarios/depth-spiral.js";

// What makers put up with is not on record, so nothing is claimed of how deep the book is in the end: only that the loop is closed.

async function run(regime: Regime, settings: Record<string, string> = {}): Promise<RegimeReport> {
  const values = valuesOf(depthSpiral.parameters, { ...depthSpiral.quick, ...settings });
  const setting = { seed: 7, regime, deficitMode: "ALL_WINNERS", values } as const;
  return (await runRegime({ network, artifacts }, depthSpiral, setting, () => undefined)).report;
}

describe("Scenario depth-spiral", function () {
  this.timeout(600_000);
  let burnt: RegimeReport;
  let patient: RegimeReport;

  before(async () => {
    burnt = await run("ProRata", { tolerance: "0" });
    patient = await run("ProRata", { tolerance: "1.1" });
  });

  it("breaks no property in any block", () => {
    for (const { properties } of [burnt, patient]) expect(properties.violation).to.equal(undefined);
  });

  it("repeats the crash every week, and takes down the book before each", () => {
    for (const { notes = [] } of [burnt, patient]) {
      expect(notes.length).to.equal(2);
      expect(figureOf(notes[0], "depth") > 0 && figureOf(notes[0], "spread") > 0).to.equal(true);
    }
  });

  it("reaches makers by more than a tenth of what pro rata closes, as in the scenario crossfire", () => {
    const [first] = burnt.notes ?? [];
    expect(figureOf(first, "closedOfMakers") > figureOf(first, "closed") / 10).to.equal(true);
  });

  it("loses the makers whose hedges deleveraging closed, and their depth, if they do not put up with it", () => {
    const [first, second] = burnt.notes ?? [];
    expect(figureOf(first, "makersAfter") < figureOf(first, "makers")).to.equal(true);
    expect(figureOf(second, "makers")).to.equal(figureOf(first, "makersAfter"));
    expect(figureOf(second, "depth") < figureOf(patient.notes?.[1], "depth")).to.equal(true);
  });

  it("loses none if they do", () => {
    for (const note of patient.notes ?? []) expect(figureOf(note, "makersAfter")).to.equal(4);
    expect(patient.notes?.[0]?.depth).to.equal(burnt.notes?.[0]?.depth);
  });
});
