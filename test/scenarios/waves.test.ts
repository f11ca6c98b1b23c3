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

async function run(regime: Regime): Promise<RegimeReport> {
  const values = valuesOf(waves.parameters, {});
  const setting = { seed: 7, regime, deficitMode: "ALL_WINNERS", values } as const;
  return (await runRegime({ network, artifacts }, waves, setting, () => undefined)).report;
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
});
