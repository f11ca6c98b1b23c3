import hre from "hardhat";
import { deployExchange } from "../lab/deployment/deploy.js";
import { providerSender } from "../lab/deployment/sender.js";
import { Rig } from "../lab/bench/rig.js";
import { benchTrading } from "../lab/bench/trading.js";

const { ethers, networkHelpers, provider } = await hre.network.create({
  override: { hardfork: "prague", blockGasLimit: 200_000_000n, allowBlocksWithSameTimestamp: true } as never,
});
const signers = await ethers.getSigners();
const sender = providerSender(provider as never, await (signers[0] as any).getAddress());
const deployment = await deployExchange(sender, hre.artifacts as never);
const rig = new Rig(deployment, signers as never, networkHelpers as never);
await benchTrading(rig);
console.log(rig.gas);
