/**
 * A local chain with the exchange on it: `npm run node`, then `--network localhost` from another terminal.
 * Extra arguments go to `hardhat node`.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const hardhat = `${root}/node_modules/hardhat/dist/src/cli.js`;
const deploy = `${root}/scripts/deploy.ts`;
const url = "http://127.0.0.1:8545";
const startupLimitMs = 60_000;

async function answers(): Promise<boolean> {
  try {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] });
    const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
    return response.ok;
  } catch {
    return false;
  }
}

// Somebody else's chain on the port would be deployed to in place of ours.
if (await answers()) {
  console.error(`crossfire: something answers at ${url} already`);
  process.exit(1);
}

// Left to itself the node listens on every interface. It is spawned with no wrapper between, which would outlive us.
const node = spawn(process.execPath, [hardhat, "node", "--hostname", "127.0.0.1", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
node.on("exit", (code) => process.exit(code ?? 0));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => node.kill(signal));

const deadline = Date.now() + startupLimitMs;
while (!(await answers())) {
  if (Date.now() > deadline) {
    node.kill();
    throw new Error(`the node did not answer at ${url} within ${String(startupLimitMs / 1000)} s`);
  }
  await sleep(200);
}

if (existsSync(deploy)) {
  const { status } = spawnSync(process.execPath, [hardhat, "run", deploy, "--network", "localhost"], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) {
    node.kill();
    process.exitCode = 1;
  }
}
