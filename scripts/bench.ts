import hre from "hardhat";
import { mkdir, writeFile } from "node:fs/promises";

import { buildRig } from "../lab/bench/build.js";
import { benchHouse } from "../lab/bench/house.js";
import { benchLiquidations } from "../lab/bench/liquidations.js";
import { markdown } from "../lab/bench/table.js";
import { benchTrading } from "../lab/bench/trading.js";
import { benchVaults } from "../lab/bench/vaults.js";

const rig = await buildRig(hre);
await benchTrading(rig);
await benchHouse(rig);
await benchVaults(rig);
await benchLiquidations(rig);

await mkdir("bench", { recursive: true });
await writeFile("bench/gas.json", `${JSON.stringify(rig.gas, null, 2)}\n`);
await writeFile("bench/gas.md", `${markdown(rig.gas)}\n`);
console.log(markdown(rig.gas));
