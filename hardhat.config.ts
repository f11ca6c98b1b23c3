import hardhatEthers from "@nomicfoundation/hardhat-ethers";
import hardhatChaiMatchers from "@nomicfoundation/hardhat-ethers-chai-matchers";
import hardhatMocha from "@nomicfoundation/hardhat-mocha";
import hardhatNetworkHelpers from "@nomicfoundation/hardhat-network-helpers";
import hardhatTypechain from "@nomicfoundation/hardhat-typechain";
import { defineConfig } from "hardhat/config";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";

import { labTasks } from "./lab/tasks.js";
import { quietDependencies } from "./scripts/hardhat/quiet-dependencies.js";

/** How many times the deployed code is expected to run: higher makes calls cheaper and the code larger (24 KiB limit). */
const OPTIMIZER_RUNS = 800;

/** The IR pipeline gives better code and a build several times slower. foundry.toml says the same and must agree. */
const VIA_IR = false;

/** Cancun on purpose: transient storage and mcopy, and no chain we care about lacks it. */
const EVM_VERSION = "cancun";

const compiler = {
  version: "0.8.37",
  // The compiler is an npm package, so a build needs no download. Hardhat runs any file that is no binary as solcjs.
  path: createRequire(import.meta.url).resolve("solc/soljson.js"),
  settings: {
    optimizer: { enabled: true, runs: OPTIMIZER_RUNS },
    viaIR: VIA_IR,
    evmVersion: EVM_VERSION,
  },
};

/** The day on which every chain in a process begins. */
const FIRST_DAY = "2026-01-05T00:00:00Z";

export default defineConfig({
  plugins: [
    hardhatEthers,
    hardhatChaiMatchers,
    hardhatMocha,
    hardhatNetworkHelpers,
    hardhatTypechain,
    quietDependencies,
  ],
  tasks: labTasks,
  solidity: {
    // Tests run the very bytecode that is deployed, so both profiles are the same.
    profiles: { default: compiler, production: compiler },
    npmFilesToBuild: ["@openzeppelin/contracts/access/manager/AccessManager.sol"],
  },
  paths: {
    sources: "contracts",
    tests: { solidity: "test", mocha: "test" },
  },
  typechain: { outDir: "typechain-types" },
  networks: {
    default: {
      type: "edr-simulated",
      chainType: "l1",
      allowUnlimitedContractSize: false,
      // A fixed first day, a Monday: nothing may pass on some weekdays and fail on others.
      initialDate: FIRST_DAY,
    },
    localhost: {
      type: "http",
      chainType: "l1",
      url: "http://127.0.0.1:8545",
    },
  },
  test: {
    mocha: {
      timeout: 120_000,
      // The runner of `npm test` asks for counts it can add up and uses every core; by hand the usual output is better.
      ...(process.env.CROSSFIRE_MOCHA_COUNTS === undefined
        ? {}
        : { reporter: "./scripts/mocha-reporter.cjs", parallel: true, jobs: availableParallelism() }),
    },
    solidity: {
      // A fixed seed: a red run on one machine is red on all of them.
      fuzz: { runs: 256, seed: "0xc1055f1e" },
      invariant: { runs: 32, depth: 64, failOnRevert: true },
    },
  },
});
