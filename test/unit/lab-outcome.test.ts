import { expect } from "chai";

import type { RegimeReport } from "../../lab/report/data.js";
import type { Note } from "../../lab/scenario/scenario.js";
import { outcome } from "../../lab/scenarios/depth-spiral/outcome.js";
import { reportData } from "../support/report-data.js";

function report(regime: string, notes: readonly Note[]): RegimeReport {
  const [fixture] = reportData().regimes;
  if (fixture === undefined) throw new Error("the fixture has no regime");
  return { ...fixture, regime, notes };
}

describe("lab: the depth spiral in sentences", () => {
  const first = { week: 1, makers: 6, depth: 12.7, closedOfMakers: 7 };
  const back = { week: 3, makers: 6, depth: 12.3, closedOfMakers: 3 };
  const thin = { week: 2, makers: 2, depth: 3.5, closedOfMakers: 0 };

  it("tell the thinnest week after the first crash, and policies of which the same is true together", () => {
    const told = outcome([
      report("HedgeLast", [first, { ...back, closedOfMakers: 0 }, back]),
      report("ProRata", [first, thin, back]),
      report("ProfitFirst", [first, thin, back]),
    ]);
    expect(told).to.deep.equal([
      "Before the first of 3 crashes, 6 makers quoted 12.7 ETH within 1 %.",
      "In the calm week after it in which the book was thinnest: 6 quoted 12.3 ETH under Hedge last; 2 quoted 3.50 ETH under Pro rata and Profit first.",
      "Deleveraging closed of makers' shorts, in all crashes: 10.0 ETH under Hedge last, Pro rata and Profit first.",
    ]);
  });

  it("tell of one crash what there is, and nothing of none", () => {
    expect(outcome([report("ProRata", [first])])).to.have.lengthOf(2);
    expect(outcome([report("ProRata", [])])).to.deep.equal([]);
  });
});
