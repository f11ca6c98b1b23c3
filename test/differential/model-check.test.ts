import { expect } from "chai";
import { artifacts, network } from "hardhat";

import { ModelCheck } from "../../lab/differential/model-check.js";
import { runRegime } from "../../lab/run/regime.js";
import { valuesOf } from "../../lab/scenario/parameters.js";
import { crossfire } from "../../lab/scenarios/crossfire.js";
import type { World } from "../../lab/world/world.js";

/** How much faster than the chain the model has to be at a scenario's exchange. */
const SPEED = 20;

describe("A run followed in the reference model", function () {
  this.timeout(300_000);

  it("agrees with it after every block of a crash, and is at least twenty times as fast there", async () => {
    const checks: ModelCheck[] = [];
    const watch = async (world: World): Promise<void> => {
      const check = await ModelCheck.of(world.chain, world.exchange, artifacts);
      world.watcher = check;
      checks.push(check);
    };
    const values = valuesOf(crossfire.parameters, { crowd: "40", shorts: "10", makers: "2" });
    const setting = { seed: 7, regime: "HedgeLast", deficitMode: "ALL_WINNERS", values } as const;
    await runRegime({ network, artifacts, watch }, crossfire, setting, () => undefined);
    const [summary] = checks.map((check) => check.summary);
    if (summary === undefined) throw new Error("nobody followed the run");
    const { blocks, calls, chainTime, modelTime, disagreement, lost } = summary;
    expect(disagreement).to.equal(undefined);
    expect(lost).to.equal(undefined);
    expect(calls).to.be.greaterThan(blocks);
    expect(chainTime / modelTime >= SPEED, `${chainTime} ms against ${modelTime} ms`).to.equal(true);
  });
});
