/**
 * `npm run record`: runs crossfire and every scenario of docs/results.md anew, one after the other, and writes the pages that show them;
 * with names (`npm run record -- waves twap`) only those, attacks too. Ten minutes on two cores for all. Exit 1 if a run broke a property
 * or could not be made; what is recorded says itself which claims did not hold.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import { attackIds } from "../lab/attack/registry.js";
import { scenarios } from "../lab/scenarios/index.js";
import { commandOf, SECTIONS } from "./results.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const hardhat = `${root}node_modules/hardhat/dist/src/cli.js`;

/** Last, since the README's table is of the last run there was. */
const MAIN = "crossfire";

const named = process.argv.slice(2);
const known = [...attackIds(), ...scenarios.map(({ id }) => id)];
const unknown = named.filter((id) => !known.includes(id));
if (unknown.length > 0) {
  console.error(`usage: npm run record -- [names]; there is no ${unknown.join(", ")}`);
  process.exit(2);
}
const ids = named.length > 0 ? named : [...SECTIONS.map(({ id }) => id), MAIN];

/** Ends the whole on anything but a claim that does not hold, which a run says with 1 and a summary all the same. */
function run(what: string, args: readonly string[]): void {
  console.error(`\n${what}`);
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0 && status !== 1) throw new Error(`${what} ended with ${String(status)}`);
}

for (const id of ids.filter((one) => one !== MAIN)) {
  const regimes = scenarios.find((scenario) => scenario.id === id)?.regimes ?? [];
  const command = commandOf({ id, regimes });
  run(command.join(" "), [hardhat, ...command]);
}
if (ids.includes(MAIN)) run("npm start", [`${root}scripts/bootstrap.mjs`, "start"]);

const { status } = spawnSync(process.execPath, [`${root}node_modules/tsx/dist/cli.mjs`, `${root}scripts/docs.ts`], {
  cwd: root,
  stdio: "inherit",
});
process.exitCode = status ?? 1;
