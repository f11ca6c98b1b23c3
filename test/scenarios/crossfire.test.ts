import { expect } from "chai";
import { artifacts, network } from "hardhat";

import { runRegime, type RegimeRun } from "../../lab/run/regime.js";
import { valuesOf } from "../../lab/scenario/parameters.js";
import type { Regime } from "../../lab/scenario/scenario.js";
import { crossfire } from "../../lab/scenarios/crossfire.js";
import { dip } from "../../lab/scenarios/dip.js";

const quiet = (): void => undefined;

/** A fifth of the crowd meets the same crash; enough for every step of the waterfall. */
const SMALL = { crowd: "90", shorts: "20", makers: "4" };

function run(regime: Regime, settings: Record<string, string> = SMALL, seed = 7): Promise<RegimeRun> {
  const values = valuesOf(crossfire.parameters, settings);
  return runRegime({ network, artifacts }, crossfire, { seed, regime, deficitMode: "ALL_WINNERS", values }, quiet);
}

describe("Scenario crossfire", function () {
  this.timeout(600_000);

  for (const regime of ["ProRata", "Queue"] as const) {
    it(`empties book, backstop and insurance, deleverages, and breaks no property under ${regime}`, async () => {
      const { report } = await run(regime);
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
