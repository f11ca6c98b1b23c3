// `npm test`: everything that must hold before a change goes in, in one run with one count at the end.
// `npm test -- mocha lint` runs the named stages only.
import { spawn } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = join(root, "node_modules/.bin");
const scratch = mkdtempSync(join(tmpdir(), "crossfire-test-"));
const mochaCounts = join(scratch, "mocha.json");

/** One for a check that either holds or does not. */
const verdict = ({ code }) => (code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });

/**
 * A runner that stops before it has counted anything has failed once, and so has one that fails outside its tests, or
 * that passes with not a single test counted: a stage runs only where there are tests.
 */
function counted({ code }, counts) {
  if (counts.failed === 0 && (code !== 0 || counts.passed === 0)) return { ...counts, failed: 1 };
  return counts;
}

function sumOf(output, pattern) {
  return [...output.matchAll(pattern)].reduce((sum, match) => sum + Number(match[1]), 0);
}

const found = (pattern) => globSync(pattern, { cwd: root }).length > 0;
const forgeMissing = () => (existsSync(join(bin, "forge")) ? undefined : "no forge is published for this platform");

const stages = [
  { name: "build", heading: "Build", run: ["hardhat", "build"], count: verdict },
  {
    name: "solhint",
    heading: "Lint Solidity (solhint)",
    run: ["solhint", "--noPoster", "--disc", "--max-warnings", "0", "contracts/**/*.sol"],
    skip: () => (found("contracts/**/*.sol") ? undefined : "no contracts"),
    count: verdict,
  },
  {
    name: "forge-lint",
    heading: "Lint Solidity (forge)",
    run: ["forge", "lint", "--deny", "warnings"],
    // In the cache of the tests, lint would leave files compiled without bytecode, and forge would pass over their tests.
    env: { FOUNDRY_CACHE_PATH: "cache/forge-lint", FOUNDRY_OUT: "cache/forge-lint/out" },
    skip: forgeMissing,
    count: verdict,
  },
  { name: "eslint", heading: "Lint TypeScript (eslint)", run: ["eslint", "--max-warnings", "0", "."], count: verdict },
  { name: "format", heading: "Format (prettier)", run: ["prettier", "--check", "."], count: verdict },
  { name: "types", heading: "Types (tsc)", run: ["tsc", "--noEmit"], count: verdict },
  {
    name: "mocha",
    heading: "Tests (mocha)",
    run: ["hardhat", "test", "mocha", "--no-compile"],
    env: { CROSSFIRE_MOCHA_COUNTS: mochaCounts },
    skip: () => (found("test/**/*.test.ts") ? undefined : "no tests"),
    count: (result) =>
      counted(
        result,
        existsSync(mochaCounts) ? JSON.parse(readFileSync(mochaCounts, "utf8")) : { passed: 0, failed: 0 },
      ),
  },
  {
    name: "solidity",
    heading: "Solidity tests (Hardhat)",
    run: ["hardhat", "test", "solidity", "--no-compile"],
    skip: () => (found("test/**/*.t.sol") ? undefined : "no tests"),
    count: (result) =>
      counted(result, {
        passed: sumOf(result.output, /^ *(\d+) passing/gm),
        failed: sumOf(result.output, /^ *(\d+) failing/gm),
      }),
  },
  {
    name: "forge",
    heading: "Fuzz and invariants (forge)",
    run: ["forge", "test"],
    skip: () => forgeMissing() ?? (found("test/**/*.t.sol") ? undefined : "no tests"),
    count: (result) =>
      counted(result, {
        passed: sumOf(result.output, /^Suite result: .*?(\d+) passed/gm),
        failed: sumOf(result.output, /^Suite result: .*?(\d+) failed/gm),
      }),
  },
];

/** Shows the output as it comes and keeps it. Colour codes would hide the counts from the patterns above. */
function run([command, ...args], env) {
  return new Promise((resolve) => {
    const path = [bin, dirname(process.execPath), process.env.PATH].join(delimiter);
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, PATH: path, FORCE_COLOR: "0", NO_COLOR: "1", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      from.setEncoding("utf8");
      from.on("data", (text) => {
        output += text;
        to.write(text);
      });
    }
    child.on("error", (error) => {
      console.error(error.message);
      resolve({ code: 1, output });
    });
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !stages.some((stage) => stage.name === name));
if (unknown.length > 0) {
  console.error(`no stage ${unknown.join(", ")}; there are ${stages.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}

const total = { passed: 0, failed: 0 };
const summary = [];
// Tests run the artifacts the build left, so nothing is tested on its own without it.
for (const stage of stages.filter(({ name }) => wanted.length === 0 || name === "build" || wanted.includes(name))) {
  console.log(`\n== ${stage.heading}`);
  const reason = stage.skip?.();
  if (reason !== undefined) {
    console.log(`skipped: ${reason}`);
    summary.push(`${stage.heading}: skipped, ${reason}`);
    continue;
  }
  const start = performance.now();
  const result = await run(stage.run, stage.env ?? {});
  const { passed, failed, failures = [] } = stage.count(result);
  total.passed += passed;
  total.failed += failed;
  const line = `${passed} passed, ${failed} failed in ${((performance.now() - start) / 1000).toFixed(1)} s`;
  console.log(`-- ${line}`);
  summary.push(`${stage.heading}: ${line}`, ...failures.map((failure) => `  failed: ${failure}`));
  // Everything after a failed build would only repeat the failure.
  if (stage.name === "build" && failed > 0) break;
}

rmSync(scratch, { recursive: true, force: true });
console.log(`\n${summary.join("\n")}\n`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
