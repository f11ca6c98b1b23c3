import { expect } from "chai";
import { artifacts, network } from "hardhat";

import type { RegimeReport } from "../../lab/report/data.js";
import { runRegime } from "../../lab/run/regime.js";
import { valuesOf } from "../../lab/scenario/parameters.js";
import type { Regime } from "../../lab/scenario/scenario.js";
import { waves } from "../../lab/scenarios/waves.js";
import { recordedWaves } from "../../lab/scenarios/waves/record.js";

// 10 October 2025: sixteen waves of deleveraging on Hyperliquid needed $15.08 M from winners. A replay of the record finds that they gave
// up $60.11 M (arXiv 2512.01112v3; lab/data/adl-waves-2025-10-10.csv, MIT licence).

/** Taken less needed, USD: what rounding may add. */
const DUST = 1e-9;

async function run(regime: Regime, scenario = waves): Promise<RegimeReport> {
  const values = valuesOf(waves.parameters, {});
  const setting = { seed: 7, regime, deficitMode: "ALL_WINNERS", values } as const;
  return (await runRegime({ network, artifacts }, scenario, setting, () => undefined)).report;
}

/** The same shorts and the first waves only. */
function first(count: number): typeof waves {
  return {
    ...waves,
    stage: async (host, setting) => {
      const staging = await waves.stage(host, setting);
      const stages = staging.stages.map((stage) =>
        stage.name === "waves"
          ? { ...stage, until: stage.from + (count * (stage.until - stage.from)) / recordedWaves().length }
          : stage,
      );
      return { ...staging, stages };
    },
  };
}

describe("Scenario waves", function () {
  this.timeout(300_000);

  it("has the record: $15.08 M needed, $60.11 M taken", () => {
    const total = (field: "needed" | "taken"): number => recordedWaves().reduce((sum, wave) => sum + wave[field], 0);
    expect(recordedWaves().length).to.equal(16);
    expect((total("needed") / 1e6).toFixed(2)).to.equal("15.08");
    expect((total("taken") / 1e6).toFixed(2)).to.equal("60.11");
  });

  it("takes in every wave what that wave lacked, and nothing beyond", async () => {
    const report = await run("ProRata");
    expect(report.properties.violation).to.equal(undefined);
    for (const claim of waves.expectations) expect(claim.holds([report]), claim.sentence).to.equal(true);
    expect(report.row.socialised).to.equal(0);
  });

  for (const regime of ["HedgeLast", "ProfitFirst", "LeverageFirst", "LeverageLevel"] as const) {
    it(`takes no more than that of winners under ${regime}`, async () => {
      const { properties, takings = [] } = await run(regime, first(2));
      expect(properties.violation).to.equal(undefined);
      const waves = recordedWaves().slice(0, 2);
      expect(takings.length).to.equal(waves.length);
      takings.forEach(({ needed, overshoot }, index) => {
        const recorded = waves[index]?.needed ?? 0;
        expect(Math.abs(needed - recorded) <= recorded / 1_000, `${needed} is not ${recorded}`).to.equal(true);
        expect(Math.abs(overshoot) <= DUST, `${overshoot} beyond`).to.equal(true);
      });
    });
  }
});
