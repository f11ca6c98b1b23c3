import hre from "hardhat";
import { mkdir, writeFile } from "node:fs/promises";

import { benchLiquidations } from "../lab/bench/liquidations.js";
import { GAS_LIMIT, Rig } from "../lab/bench/rig.js";
import { markdown } from "../lab/bench/table.js";
import { benchTrading } from "../lab/bench/trading.js";
import { benchVaults } from "../lab/bench/vaults.js";
import { deployExchange } from "../lab/deployment/deploy.js";
import { providerSender } from "../lab/deployment/sender.js";

const { ethers, networkHelpers, provider } = await hre.network.create({
  override: { blockGasLimit: 100_000_000, gas: GAS_LIMIT, allowBlocksWithSameTimestamp: true },
});
const [governor] = await ethers.getSigners();
if (governor === undefined) throw new Error("a chain without accounts");
const sender = providerSender({ request: steady }, governor.address);
const deployment = await deployExchange(sender, hre.artifacts);
const rig = new Rig(deployment, governor, ethers.provider, networkHelpers);

await benchTrading(rig);
await benchVaults(rig);
await benchLiquidations(rig);

/** Answers every estimate with the same limit: blocks may share a second here, and an estimate made in one says little of the next. */
async function steady(request: { method: string; params?: unknown[] }): Promise<unknown> {
  return request.method === "eth_estimateGas" ? `0x${GAS_LIMIT.toString(16)}` : provider.request(request);
}

await mkdir("bench", { recursive: true });
await writeFile("bench/gas.json", `${JSON.stringify(rig.gas, null, 2)}\n`);
await writeFile("bench/gas.md", `${markdown(rig.gas)}\n`);
console.log(markdown(rig.gas));
