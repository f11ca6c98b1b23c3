import { expect } from "chai";
import hre from "hardhat";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** Contracts whose every function the invariant suites must be able to call. */
const CONTRACTS = [
  "ClearingHouse",
  "OrderBook",
  "LiquidationEngine",
  "QueueDeleverager",
  "BackstopVault",
  "HousePool",
  "InsuranceFund",
  "TriggerOrders",
  "FreedSpotSale",
  "OpenInterestCaps",
  "MarkPrice",
  "MarketGuard",
  "IndexOracle",
];

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

/** Functions of a contract, its own and inherited, that only governance may call. */
function restricted(contract: string): Set<string> {
  const [path] = globSync(`contracts/**/${contract}.sol`, { cwd: root });
  if (path === undefined) return new Set();
  const source = read(path);
  const own = [...source.matchAll(/function (\w+)\([^{;]*\brestricted\b/g)].map(([, name = ""]) => name);
  const bases = /contract \w+ is ([^{]+)\{/.exec(source)?.[1]?.split(",") ?? [];
  return new Set([...own, ...bases.flatMap((base) => [...restricted(base.replace(/\(.*/s, "").trim())])]);
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
  it("call every function that changes anything and is not governance's alone", async () => {
    const called = table();
    const missing: string[] = [];
    for (const contract of CONTRACTS) {
      const governed = restricted(contract).add("setAuthority");
      for (const name of await changing(contract)) {
        if (!called.has(`${contract}.${name}`) && !governed.has(name)) missing.push(`${contract}.${name}`);
      }
    }
    expect(missing).to.deep.equal([]);
  });

  it("are each in the long sequence, where each must come to something", () => {
    const sequence = read("test/invariants/LongSequences.t.sol");
    const listed = ["TraderHandler", "KeeperHandler", "VaultHandler", "GovernanceHandler"].flatMap((handler) =>
      [...read(`test/support/${handler}.sol`).matchAll(/function (\w+)\([^{;]*?\bexternal\b(?! view| pure)/g)].map(
        ([, name = ""]) => name,
      ),
    );
    expect(listed).not.to.have.length(0);
    expect(listed.filter((name) => !sequence.includes(`"${name}(`))).to.deep.equal([]);
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
