import hre from "hardhat";
import { mkdir, writeFile } from "node:fs/promises";

import type { Deployed } from "../lab/deployment/artifacts.js";
import { deployExchange } from "../lab/deployment/deploy.js";
import { connect } from "../lab/deployment/handles.js";
import { providerSender } from "../lab/deployment/sender.js";

/** Quote and spot tokens every unlocked account of a test chain is given to trade with. */
const QUOTE = 1_000_000n * 10n ** 6n;
const SPOT = 100n * 10n ** 18n;

const { ethers, provider } = await hre.network.create();
const [deployer, ...others] = await ethers.getSigners();
if (deployer === undefined) throw new Error("the network has no account to deploy from");
const sender = providerSender(provider, deployer.address);
const { exchange, pool } = await deployExchange(sender, hre.artifacts);

const { quoteToken, spotToken } = connect(exchange, deployer);
for (const { address } of [deployer, ...others]) {
  await (await quoteToken.mint(address, QUOTE)).wait();
  await (await spotToken.mint(address, SPOT)).wait();
}

const { chainId } = await ethers.provider.getNetwork();
const file = `deployments/${chainId}.json`;
const contracts = Object.fromEntries(
  (Object.entries(exchange.contracts) as [string, Deployed][]).map(([place, known]) => [place, entry(known)]),
);
const libraries = Object.fromEntries(exchange.libraries.map((known) => [known.name, entry(known)]));
const record = {
  chainId: Number(chainId),
  market: exchange.market,
  spotAsset: exchange.spotAsset,
  spotPool: pool?.address,
};
await mkdir("deployments", { recursive: true });
await writeFile(file, `${JSON.stringify({ ...record, contracts, libraries }, null, 2)}\n`);

for (const [place, { address }] of Object.entries(contracts)) console.log(`${place.padEnd(20)} ${address}`);
console.log(
  `\n${others.length + 1} accounts hold 1,000,000 test USD and 100 test ETH each. Addresses and ABIs: ${file}`,
);

function entry({ name, address, interface: abi }: Deployed): { name: string; address: string; abi: unknown } {
  return { name, address, abi: JSON.parse(abi.formatJson()) as unknown };
}
