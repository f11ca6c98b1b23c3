import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

import { deployExchange } from "../deployment/deploy.js";
import { providerSender } from "../deployment/sender.js";
import { GAS_LIMIT, Rig } from "./rig.js";

/** A rig on a fresh chain whose blocks may share a second, so that what the first of a block pays is measured apart. */
export async function buildRig(hre: HardhatRuntimeEnvironment): Promise<Rig> {
  const { ethers, networkHelpers, provider } = await hre.network.create({
    override: { blockGasLimit: 100_000_000, gas: GAS_LIMIT, allowBlocksWithSameTimestamp: true },
  });
  const [governor] = await ethers.getSigners();
  if (governor === undefined) throw new Error("a chain without accounts");
  // Every estimate is answered with the same limit: one made in this second says little of the next.
  const steady = (request: { method: string; params?: unknown[] }): Promise<unknown> =>
    request.method === "eth_estimateGas" ? Promise.resolve(`0x${GAS_LIMIT.toString(16)}`) : provider.request(request);
  const sender = providerSender({ request: steady }, governor.address);
  const deployment = await deployExchange(sender, hre.artifacts, { house: {} });
  return new Rig(deployment, governor, ethers.provider, networkHelpers);
}
