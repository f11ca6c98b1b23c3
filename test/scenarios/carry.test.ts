import { expect } from "chai";
import { artifacts, network } from "hardhat";

import { fundingPerYear } from "../../lab/agents/funding.js";
import type { RegimeReport } from "../../lab/report/data.js";
import { runRegime } from "../../lab/run/regime.js";
import { figureOf } from "../../lab/scenario/figures.js";
import { valuesOf } from "../../lab/scenario/parameters.js";
import type { Regime } from "../../lab/scenario/scenario.js";
import { carry } from "../../lab/scenarios/carry.js";
import { after, growth, notesOf } from "../../lab/scenarios/carry/findings.js";

// Funding is P + clamp(0.01 % - P, +-0.05 %) per eight hours (mechanism section 5): 10.95 % a year on a premium from -0.04 % to 0.06 %, and
// steep on either side of that. Capital that has taken funding down to that floor is one step from a discount.

async function run(regime: Regime, settings: Record<string, string> = {}): Promise<RegimeReport> {
  const values = valuesOf(carry.parameters, { ...carry.quick, ...settings });
  const setting = { seed: 7, regime, deficitMode: "ALL_WINNERS", values } as const;
  return (await runRegime({ network, artifacts }, carry, setting, () => undefined)).report;
}

describe("Scenario carry", function () {
  this.timeout(300_000);
  const reports: RegimeReport[] = [];

  before(async () => {
    for (const regime of ["HedgeLast", "ProRata"] as const) reports.push(await run(regime));
  });

  it("knows the funding rule: flat at 10.95 % a year, and 5.5 points less for each half basis point of discount beyond it", () => {
    const year = (premium: number): string => (100 * fundingPerYear(premium)).toFixed(2);
    expect([0.0006, 0, -0.0004].map(year)).to.deep.equal(["10.95", "10.95", "10.95"]);
    expect([0.0007, -0.00045, -0.0005].map(year)).to.deep.equal(["21.90", "5.48", "0.00"]);
  });

  it("breaks no property in any block", () => {
    for (const { properties } of reports) expect(properties.violation).to.equal(undefined);
  });

  it("has longs pay to the wei what shorts receive", () => {
    for (const { notes = [] } of reports) {
      const [sums] = notesOf(notes, "funding");
      expect(figureOf(sums, "blocks") > 5).to.equal(true);
      expect(BigInt(sums?.paid ?? 0) > 10n ** 18n).to.equal(true);
      expect(sums?.received).to.equal(sums?.paid);
    }
  });

  it("has capital come until its yield is below 4 % a year, the same under every policy", () => {
    const [first, second] = reports.map(growth);
    expect(first).to.deep.equal(second);
    const yields = (first ?? []).map((note) => figureOf(note, "net"));
    const capital = (first ?? []).map((note) => figureOf(note, "capital"));
    // A level that does not pay is followed by one without more capital.
    yields.slice(0, -1).forEach((value, index) => {
      if (value < 0.04) expect(capital[index + 1] ?? 0).to.equal(capital[index]);
    });
    expect(Math.min(...yields) < 0.04).to.equal(true);
  });

  it("leaves the carry an open leg of what deleveraging closed, and takes both legs apart after it", () => {
    for (const { notes = [] } of reports) {
      const [crash] = notesOf(notes, "crash");
      const open = figureOf(crash, "delta") - figureOf(crash, "closed");
      expect(Math.abs(open) < figureOf(crash, "short") / 1_000).to.equal(true);
      for (const branch of ["recovery", "below"]) expect(after(notes, branch).unwound > 0.5).to.equal(true);
    }
  });

  it("keeps what it claims of itself", () => {
    for (const claim of carry.expectations) expect(claim.holds(reports), claim.sentence).to.not.equal(false);
  });
});
