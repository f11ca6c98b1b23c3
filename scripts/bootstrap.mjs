// The first command in a fresh clone, with nothing but Node 20 and npm: it installs what is missing, then runs the real
// thing under the Node 24 that came with it (Hardhat 3 needs 22.13). Plain JavaScript on built-in modules only,
// because it runs before anything is installed.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const [entry, ...args] = process.argv.slice(2);

function fail(message) {
  console.error(`crossfire: ${message}`);
  process.exit(1);
}

function atLeast(version, major, minor) {
  const [a, b] = version.split(".").map(Number);
  return a > major || (a === major && b >= minor);
}

if (!atLeast(process.versions.node, 20, 0)) {
  fail(`Node ${process.versions.node} is too old, install Node 20 or newer (https://nodejs.org)`);
}

/**
 * npm keeps a copy of the lock of what it installed. Every package of ours must be there with the same integrity;
 * optional ones may be missing, they belong to other platforms.
 */
function installed() {
  try {
    const read = (path) => JSON.parse(readFileSync(`${root}/${path}`, "utf8")).packages;
    const present = read("node_modules/.package-lock.json");
    return Object.entries(read("package-lock.json")).every(([path, wanted]) => {
      if (path === "") return true;
      const found = present[path];
      return found === undefined ? wanted.optional === true : found.integrity === wanted.integrity;
    });
  } catch {
    return false;
  }
}

if (!installed()) {
  console.error("crossfire: installing dependencies (npm ci), once");
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    // stdout belongs to the command that follows, which may print JSON.
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (npm.error !== undefined) fail(`npm could not be started: ${npm.error.message}`);
  if (npm.status !== 0) {
    fail("npm ci failed (see above). Is the npm registry reachable? Run it again with a network connection");
  }
}

/** The Node that runs the project: the one in node_modules, or our own where none is published for the platform. */
function findNode() {
  const packaged = `${root}/node_modules/node-${process.platform}-${process.arch}/bin/node`;
  // Published for glibc: on musl the file is there and does not start.
  if (existsSync(packaged) && spawnSync(packaged, ["--version"]).status === 0) return packaged;
  if (atLeast(process.versions.node, 22, 13)) return process.execPath;
  return fail(
    `no Node 24 is packaged for ${process.platform}-${process.arch}, and Node ${process.versions.node} is too old ` +
      "for Hardhat 3: install Node 22.13 or newer",
  );
}

const hardhat = `${root}/node_modules/hardhat/dist/src/cli.js`;
/** The main job: every policy of the scenario. */
const mainRun = ["crossfire"];
const entries = {
  // Options alone (`npm start -- --json`) still mean the default scenario.
  start: () => [hardhat, "lab", "compare", ...(args[0]?.startsWith("-") === false ? [] : mainRun), ...args],
  test: () => [`${root}/scripts/test.mjs`, ...args],
};
const command = entries[entry];
if (command === undefined) fail(`bootstrap.mjs takes ${Object.keys(entries).join(" or ")}, not ${entry}`);

// The chain traces every call, tens of megabytes at a time: an allocator that hands memory back at once has it cleared again and again.
const env = { MIMALLOC_PURGE_DELAY: "-1", ...process.env };
const run = spawnSync(findNode(), command(), { cwd: root, env, stdio: "inherit" });
process.exit(run.status ?? 1);
