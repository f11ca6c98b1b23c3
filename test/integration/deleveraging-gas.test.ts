import { expect } from "chai";
import hre from "hardhat";
import { readFile } from "node:fs/promises";

import { buildRig } from "../../lab/bench/build.js";
import { benchPositions, benchQueue } from "../../lab/bench/liquidations.js";
import { PROPERTIES } from "../../lab/probe/properties.js";

/** How far apart two deleveragings of the same tranches may be (issue 2, section 4). */
const TOLERANCE = 0.02;

describe(`The gas of deleveraging (P7: ${PROPERTIES.P7})`, () => {
  it("is the same for 10 and for 300 positions in ten tranches", async () => {
    const rig = await buildRig(hre);
    for (const positions of [10, 300]) await rig.aside(() => benchPositions(rig, positions));
    const [few, many] = [rig.gas["adl-10-tranches-10"] ?? 0, rig.gas["adl-10-tranches-300"] ?? 0];
    expect(few).to.be.greaterThan(0);
    expectSame(few, many);
  });

  it("was the same for 10, 1,000 and 10,000 when the bench was last run", async () => {
    const gas = JSON.parse(await readFile("bench/gas.json", "utf8")) as Record<string, number>;
    const few = gas["adl-10-tranches-10"] ?? 0;
    for (const positions of [1_000, 10_000]) {
      expectSame(few, gas[`adl-10-tranches-${positions}`] ?? 0);
    }
  });

  it("grows with every account for the queue", async () => {
    const rig = await buildRig(hre);
    for (const accounts of [1, 10]) await rig.aside(() => benchQueue(rig, accounts));
    expect(rig.gas["queue-adl-10"]).to.be.greaterThan(4 * (rig.gas["queue-adl-1"] ?? 0));
  });
});

function expectSame(few: number, many: number): void {
  expect(Math.abs(many - few)).to.be.at.most(Math.floor(few * TOLERANCE));
}
