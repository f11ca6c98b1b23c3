import { expect } from "chai";

import type { RegimeReport } from "../../lab/report/data.js";
import { type Comparison, gathered, type Part, type Piece, piecesOf } from "../../lab/run/pieces.js";
import { depthSpiral } from "../../lab/scenarios/depth-spiral.js";
import { dip } from "../../lab/scenarios/dip.js";
import { reportData } from "../support/report-data.js";

const comparison: Comparison = { seed: 7, regimes: ["HedgeLast", "Queue"], deficitMode: "ALL_WINNERS", values: {} };

/** What came of a piece: `steps` tell the parts apart. */
function partOf(steps: number, violation?: string): Part {
  const [report] = reportData().regimes;
  if (report === undefined) throw new Error("the fixture has no regime");
  const properties = { checked: ["P1"], steps, ...(violation === undefined ? {} : { violation }) };
  const told: RegimeReport = { ...report, properties, notes: [{ steps }] };
  return { report: told, actions: [`${steps}`], events: [], metrics: [] };
}

describe("lab: pieces of a comparison", () => {
  const pieces = piecesOf(depthSpiral, comparison);
  const parts = pieces.map((_, index) => partOf(index + 1));

  it("are every policy's whole run first, and then the small ones", () => {
    const small = depthSpiral.variations?.flatMap(({ values }) => values).length ?? 0;
    expect(pieces).to.have.lengthOf(2 + 2 * small);
    expect(pieces.slice(0, 2)).to.deep.equal([{ regime: "HedgeLast" }, { regime: "Queue" }]);
    expect(pieces[2]).to.deep.equal({ regime: "HedgeLast", changed: { parameter: "tolerance", value: 1.1 } });
  });

  it("are the whole runs alone where the run is a quick one or nothing is varied", () => {
    const whole: Piece[] = [{ regime: "HedgeLast" }, { regime: "Queue" }];
    expect(piecesOf(depthSpiral, { ...comparison, quick: true })).to.deep.equal(whole);
    expect(piecesOf(dip, comparison)).to.deep.equal(whole);
  });

  it("come together by policy, with the small runs in the order of the scenario", () => {
    const { report, actions } = gathered("Queue", pieces, parts);
    expect(actions).to.deep.equal(["2"]);
    expect(report.varied?.map(({ parameter }) => parameter)).to.deep.equal(["tolerance", "scarcity", "fading"]);
    expect(report.varied?.map(({ notes }) => notes[0]?.steps)).to.deep.equal([6, 7, 8]);
    expect(report.properties.steps).to.equal(2 + 6 + 7 + 8);
  });

  it("leave a policy's report as it is where nothing is varied", () => {
    const whole = partOf(5);
    expect(gathered("Queue", [{ regime: "Queue" }], [whole])).to.equal(whole);
  });

  it("make a property that a small run broke the policy's, and no other's", () => {
    const broken = parts.with(3, partOf(4, "P1 fails"));
    expect(gathered("HedgeLast", pieces, broken).report.properties.violation).to.equal("P1 fails");
    expect(gathered("Queue", pieces, broken).report.properties.violation).to.equal(undefined);
  });

  it("are refused while one of them is missing", () => {
    expect(() => gathered("Queue", pieces, parts.slice(0, 4))).to.throw("did not run");
  });
});
