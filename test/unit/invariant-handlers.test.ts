import { expect } from "chai";
import hre from "hardhat";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** Contracts that are deployed, wherever they are: all but what only tests deploy. Libraries act on a contract's storage alone. */
function deployed(): string[] {
  const paths = globSync("contracts/**/*.sol", { cwd: root, exclude: ["contracts/test/**"] });
  const names = paths.flatMap((path) => [...read(path).matchAll(/^contract (\w+)/gm)].map(([, name = ""]) => name));
  return names.sort();
}

/** A line of the table in test/README.md: a contract, its functions, their handlers. */
const ROW = /^\| `(\w+)` \| ((?:`\w+`(?:, )?)+) \| ((?:`\w+\.\w+`(?:, )?)+) \|$/gm;

const names = (cell: string): string[] => [...cell.matchAll(/`([\w.]+)`/g)].map(([, name = ""]) => name);

/** `contract.function` to the handlers that call it, as the README says. */
function table(): Map<string, string[]> {
  const rows = [...read("test/README.md").matchAll(ROW)];
  return new Map(
    rows.flatMap(([, contract = "", functions = "", handlers = ""]) =>
      names(functions).map((name) => [`${contract}.${name}`, names(handlers)] as const),
    ),
  );
}

/** Functions of a contract that change anything. */
async function changing(contract: string): Promise<string[]> {
  const { abi } = await hre.artifacts.readArtifact(contract);
  const functions = abi as readonly { type: string; name?: string; stateMutability?: string }[];
  return functions
    .filter(({ type, stateMutability }) => type === "function" && !/view|pure/.test(stateMutability ?? ""))
    .map(({ name = "" }) => name);
}

describe("The invariants' handlers", () => {
  it("call every function of every contract that changes anything, governance's too", async () => {
    const called = table();
    const missing: string[] = [];
    for (const contract of deployed()) {
      for (const name of await changing(contract)) {
        if (!called.has(`${contract}.${name}`)) missing.push(`${contract}.${name}`);
      }
    }
    expect(missing).to.deep.equal([]);
  });

  it("are each in the long sequence, where each must come to something", () => {
    const sequence = read("test/invariants/LongSequences.t.sol");
    const handlers = globSync("test/support/*Handler.sol", { cwd: root }).filter((path) => !path.includes("Ledger"));
    const listed = handlers.flatMap((path) =>
      [...read(path).matchAll(/function (\w+)\([^{;]*?\bexternal\b(?! view| pure)/g)].map(([, name = ""]) => name),
    );
    expect(handlers).to.have.length(9);
    // What a handler tries, it calls itself.
    const missing = listed.filter((name) => !name.startsWith("try") && !sequence.includes(`"${name}(`));
    expect(missing).to.deep.equal([]);
  });

  it("are where test/README.md says, for functions that exist", async () => {
    const wrong: string[] = [];
    for (const [entry, handlers] of table()) {
      const [contract = "", name = ""] = entry.split(".");
      if (!(await changing(contract)).includes(name)) wrong.push(entry);
      for (const handler of handlers) {
        const [file = "", method = ""] = handler.split(".");
        const path = `test/support/${file}.sol`;
        if (!existsSync(join(root, path)) || !read(path).includes(`function ${method}(`)) wrong.push(handler);
      }
    }
    expect(wrong).to.deep.equal([]);
  });
});
