import { expect } from "chai";
import { artifacts, network } from "hardhat";

import type { RegimeReport } from "../../lab/report/data.js";
import { runRegime, type RegimeRun } from "../../lab/run/regime.js";
import { valuesOf } from "../../lab/scenario/parameters.js";
import type { Regime } from "../../lab/scenario/scenario.js";
import { crossfire } from "../../lab/scenarios/crossfire.js";
import { dip } from "../../lab/scenarios/dip.js";

const quiet = (): void => undefined;

/** A fifth of the crowd meets the same crash; enough for every step of the waterfall. */
const SMALL = { crowd: "90", shorts: "20", makers: "4" };

async function run(regime: Regime, scenario = crossfire): Promise<RegimeReport> {
  const values = valuesOf(crossfire.parameters, SMALL);
  const setting = { seed: 7, regime, deficitMode: "ALL_WINNERS", values } as const;
  return (await runRegime({ network, artifacts }, scenario, setting, quiet)).report;
}

/** The crash without what follows it: enough for what deleveraging has closed. */
const crash: typeof crossfire = {
  ...crossfire,
  stage: async (host, setting) => ({ ...(await crossfire.stage(host, setting)), branches: [] }),
};

describe("Scenario crossfire", function () {
  this.timeout(600_000);
  const reports = new Map<Regime, RegimeReport>();

  for (const regime of ["ProRata", "Queue"] as const) {
    it(`empties book, backstop and insurance, deleverages, and breaks no property under ${regime}`, async () => {
      const report = await run(regime);
      reports.set(regime, report);
      const { row, liquidations, groups, properties } = report;
      expect(properties.violation).to.equal(undefined);
      expect(row.deleveragedNotional).to.be.greaterThan(0);
      expect(row.secondsToDeleveraging).to.be.greaterThan(0);
      const total = (field: "book" | "backstop" | "insured"): number =>
        liquidations.reduce((sum, call) => sum + call[field], 0);
      expect(total("book")).to.be.greaterThan(0);
      expect(total("backstop")).to.be.greaterThan(0);
      expect(total("insured")).to.be.greaterThan(0);
      // Nobody's gain comes from nowhere, but for the rounding of decimal numbers.
      const sum = Object.values(groups).reduce((left, right) => left + right, 0);
      expect(Math.abs(sum)).to.be.lessThan(0.01);
    });
  }

  it("closes no hedged short under HedgeLast but those of makers whose spot is elsewhere, and hedged ones too under ProRata", async () => {
    const [last, even] = [await run("HedgeLast", crash), reports.get("ProRata")];
    if (even === undefined) throw new RangeError("ProRata was not run");
    expect(last.properties.violation).to.equal(undefined);
    expect(last.row.hedgedClosed).to.equal(0);
    expect(last.row.directionalClosed).to.be.greaterThan(0);
    const elsewhere = last.makers.filter(({ custody }) => custody === "wallet");
    expect(elsewhere.length).to.equal(2);
    // Their spot is left without a short: both are long by what was closed of them.
    for (const { deltaBefore, deltaAfter } of elsewhere) expect(deltaAfter - deltaBefore > 1).to.equal(true);
    expect(even.row.hedgedClosed > 1).to.equal(true);
    for (const { custody, deltaBefore, deltaAfter } of even.makers) {
      if (custody === "account") expect(deltaAfter - deltaBefore > 1).to.equal(true);
    }
    const claims = crossfire.expectations.filter(({ sentence }) => /hedge last/.test(sentence));
    expect(claims.length).to.equal(2);
    for (const claim of claims) expect(claim.holds([last, even]), claim.sentence).to.equal(true);
  });
});

describe("A run", function () {
  this.timeout(120_000);

  it("writes the same bytes for the same seed, and others for another", async () => {
    const values = valuesOf(dip.parameters, {});
    const once = (seed: number): Promise<RegimeRun> =>
      runRegime({ network, artifacts }, dip, { seed, regime: "ProRata", deficitMode: "ALL_WINNERS", values }, quiet);
    const [first, second, other] = [await once(7), await once(7), await once(8)];
    const bytes = ({ report, journal }: RegimeRun): string => JSON.stringify([report, journal]);
    expect(bytes(first)).to.equal(bytes(second));
    expect(bytes(other)).to.not.equal(bytes(first));
  });

  it("tells of every block it made", async () => {
    const values = valuesOf(dip.parameters, {});
    const seen: number[] = [];
    const setting = { seed: 7, regime: "ProRata", deficitMode: "ALL_WINNERS", values } as const;
    const { report } = await runRegime({ network, artifacts }, dip, setting, (done) => seen.push(done));
    expect(seen.length).to.equal(report.properties.steps);
    expect(report.series.length).to.equal(report.properties.steps);
  });
});
