/**
 * `npm run docs`: writes docs/reference.md, the errors, events and sizes of the contracts, from their sources and from what
 * the compiler made of them; the README's table of results from the last run of its scenario; the tables of all attacks; and
 * docs/results.md.
 * Build first.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

import { attackIds } from "../lab/attack/registry.js";
import { table, writeCrossfire } from "./crossfire-results.js";
import { writeResults } from "./results.js";
import { writeScenarioTables } from "./scenario-tables.js";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The largest contract a chain takes (EIP-170), bytes. */
const SIZE_LIMIT = 24_576;

/** The compiler leaves this many bytes of a library that is inlined wherever it is used. */
const EMPTY_LIBRARY = 100;

/** An error or an event as its source declares it. */
interface Declaration {
  kind: "error" | "event";
  name: string;
  parameters: string;
  meaning: string;
}

/** Sources of the project itself, without what only tests deploy. */
function sources(): string[] {
  return globSync("contracts/**/*.sol", { cwd: root })
    .filter((path) => !path.startsWith("contracts/test/"))
    .sort();
}

/** Comment lines and what follows them, up to the semicolon. */
const DECLARATION = /((?:^[ \t]*\/\/\/.*\n)*)^[ \t]*(error|event) (\w+)\(([^;]*?)\)\s*;/gm;

function declarations(source: string): Declaration[] {
  return [...source.matchAll(DECLARATION)].map(([, comment = "", kind, name = "", parameters = ""]) => ({
    kind: kind === "event" ? "event" : "error",
    name,
    parameters: parameters.replace(/\s+/g, " ").trim(),
    meaning: meaningOf(comment),
  }));
}

/** NatSpec as one sentence after the other: the notice, then each parameter that says more than its name. */
function meaningOf(comment: string): string {
  const lines = comment.split("\n").map((line) => line.replace(/^[ \t]*\/\/\/ ?/, "").trim());
  const parts: string[] = [];
  for (const line of lines.filter((text) => text !== "")) {
    const tag = /^@(\w+) (.*)$/.exec(line);
    const [, name, text = ""] = tag ?? [];
    if (tag === null) parts.push(`${parts.pop() ?? ""} ${line}`.trim());
    else if (name === "param") parts.push(text.replace(/^(\w+) /, "`$1`: "));
    else parts.push(text);
  }
  return parts.map((part) => (/[.:;]$/.test(part) ? part : `${part}.`)).join(" ");
}

/** Errors or events of every source that declares some. */
function declared(kind: Declaration["kind"]): string {
  return sources()
    .map((path) => ({ path, found: declarations(readFileSync(root + path, "utf8")).filter((d) => d.kind === kind) }))
    .filter(({ found }) => found.length > 0)
    .map(({ path, found }) => {
      const rows = found.map(({ name, parameters, meaning }) => [`\`${name}(${parameters})\``, meaning]);
      return `### ${basename(path, ".sol")}\n\n\`${path}\`\n\n${table([kind, "meaning"], rows)}`;
    })
    .join("\n\n");
}

/** Size of everything that is deployed, largest first. */
function sizes(): string {
  const deployed = sources()
    .map((path) => ({ path, artifact: `${root}artifacts/${path}/${basename(path, ".sol")}.json` }))
    .filter(({ artifact }) => existsSync(artifact))
    .map(({ path, artifact }) => {
      const { deployedBytecode } = JSON.parse(readFileSync(artifact, "utf8")) as { deployedBytecode: string };
      return { path, bytes: (deployedBytecode.length - 2) / 2 };
    })
    .filter(({ bytes }) => bytes > EMPTY_LIBRARY)
    .sort((a, b) => b.bytes - a.bytes);
  if (deployed.length === 0) throw new Error("no artifacts: run `npm run build` first");
  const rows = deployed.map(({ path, bytes }) => [
    basename(path, ".sol"),
    bytes.toLocaleString("en-GB"),
    (SIZE_LIMIT - bytes).toLocaleString("en-GB"),
  ]);
  return table(["contract", "bytes", "left to the limit"], rows);
}

const page = `# Errors, events and sizes

Written by \`npm run build && npm run docs\` from the sources; do not edit by hand. Units: sizes are base, WAD (10^18); prices quote
per base, WAD; money quote, WAD, unless a line says otherwise. What the contracts are for is in [contracts.md](contracts.md).

Errors and events of the libraries in \`contracts/logic/\` appear at the address of the contract that is linked with them:
\`BookLogic\` and \`AuctionLogic\` at the order book's, \`FavourLogic\` at the liquidation engine's, all others at the clearing house's.

## Deployed sizes

The limit of a contract is ${SIZE_LIMIT.toLocaleString("en-GB")} bytes (EIP-170). Libraries without a row are inlined.

${sizes()}

## Errors

${declared("error")}

## Events

${declared("event")}
`;

writeFileSync(`${root}docs/reference.md`, page);

await writeCrossfire();
writeScenarioTables(attackIds());
await writeResults();
