import { expect } from "chai";
import { artifacts, network } from "hardhat";

import { Probe } from "../../lab/probe/probe.js";
import { valuesOf } from "../../lab/scenario/parameters.js";
import { dip } from "../../lab/scenarios/dip.js";
import { rowOf } from "../../lab/world/view.js";

/** Runs the scenario block by block under the probe and returns what was done to the long, and what is left of it. */
async function run(settings: Record<string, string>) {
  const values = valuesOf(dip.parameters, settings);
  const setting = { seed: 7, regime: "ProRata", deficitMode: "ALL_WINNERS", values } as const;
  const { world, prices, stages } = await dip.stage({ network, artifacts }, setting);
  const probe = new Probe(world);
  const begin = stages[0]?.from ?? 0;
  expect(await probe.begin(await world.begin(prices.at(begin), "calm"))).to.equal(undefined);
  const events = new Set<string>();
  for (const { name, from, until, pace } of stages) {
    for (let time = from + pace; time <= until; time += pace) {
      const step = await world.step(time, prices.at(time), name);
      expect(await probe.check(step)).to.equal(undefined);
      for (const event of step.events) events.add(event.name);
    }
  }
  const trader = world.agents.find(({ name }) => name === "trader");
  return { events, long: rowOf(world.view, trader?.account ?? 0) };
}

describe("Scenario dip", () => {
  it("liquidates a long whose margin the fall exceeds, on the book and without a deficit", async () => {
    const { events, long } = await run({});
    expect(events).to.include("PositionLiquidated");
    expect(events).not.to.include("DeficitInsured");
    expect(long.equity >= 0n).to.equal(true);
  });

  it("liquidates nobody when the fall is smaller than the margin", async () => {
    const { events, long } = await run({ fall: "0.01" });
    expect(events).not.to.include("Liquidation");
    expect(long.size).to.equal(10n * 10n ** 18n);
  });
});
