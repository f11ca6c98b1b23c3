import { expect } from "chai";
import { artifacts, network } from "hardhat";

import { ModelCheck } from "../../lab/differential/model-check.js";
import { judged, settingOf } from "../../lab/attack/legs.js";
import { runRegime } from "../../lab/run/regime.js";
import { valuesOf } from "../../lab/scenario/parameters.js";
import { adlGaming } from "../../lab/scenarios/attacks/adl-gaming.js";
import { mango } from "../../lab/scenarios/attacks/mango.js";
import { crossfire } from "../../lab/scenarios/crossfire.js";
import type { World } from "../../lab/world/world.js";

/** How much faster than the chain the model has to be at a scenario's exchange. */
const SPEED = 20;

/** Has every world of a run followed. */
function watching(checks: ModelCheck[]): (world: World) => Promise<void> {
  return async (world) => {
    const check = await ModelCheck.of(world.chain, world.exchange, artifacts);
    world.watcher = check;
    checks.push(check);
  };
}

describe("A run followed in the reference model", function () {
  this.timeout(300_000);

  it("agrees with it while an attacker moves the only source of the index within the blocks it is read in", async () => {
    const checks: ModelCheck[] = [];
    const performance = { seed: 7, values: valuesOf(mango.parameters, {}), ...settingOf(mango, "off") };
    await judged({ network, artifacts, watch: watching(checks) }, mango, performance);
    const [summary] = checks.map((check) => check.summary);
    expect(summary?.disagreement).to.equal(undefined);
    expect(summary?.calls).to.be.greaterThan(100);
  });

  it("agrees with it through the contract of an attacker, which has the exchange do several things in one transaction", async () => {
    const checks: ModelCheck[] = [];
    const performance = { seed: 7, values: valuesOf(adlGaming.parameters, {}), ...settingOf(adlGaming, "on") };
    await judged({ network, artifacts, watch: watching(checks) }, adlGaming, performance);
    const [summary] = checks.map((check) => check.summary);
    expect(summary?.disagreement).to.equal(undefined);
    expect(summary?.calls).to.be.greaterThan(1_000);
  });

  it("agrees with it after every block of a crash, and is at least twenty times as fast there", async () => {
    const checks: ModelCheck[] = [];
    const values = valuesOf(crossfire.parameters, { crowd: "40", shorts: "10", makers: "2" });
    const setting = { seed: 7, regime: "HedgeLast", deficitMode: "ALL_WINNERS", values } as const;
    await runRegime({ network, artifacts, watch: watching(checks) }, crossfire, setting, () => undefined);
    const [summary] = checks.map((check) => check.summary);
    if (summary === undefined) throw new Error("nobody followed the run");
    const { blocks, calls, chainTime, modelTime, disagreement } = summary;
    expect(disagreement).to.equal(undefined);
    expect(calls).to.be.greaterThan(blocks);
    expect(chainTime / modelTime >= SPEED, `${chainTime} ms against ${modelTime} ms`).to.equal(true);
  });
});
