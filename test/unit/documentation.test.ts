import { expect } from "chai";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { GIVEN, ofTheNamed } from "../../lab/scenarios/eth-burst/findings.js";
import { namedShorts } from "../../lab/scenarios/recorded-shorts.js";
import { crossfireTable, recordedCrossfire } from "../../scripts/crossfire-results.js";
import { recordedResults, resultsPage, SECTIONS } from "../../scripts/results.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A file below test/ and the names of tests in it: `unit/some.test.ts` “one name”, “another”. */
const CITATION = /`([\w/.-]+\.(?:test\.ts|t\.sol))`((?:,? “[^”]+”)+)/g;

const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** What docs/assurance.md says is tested, test by test. */
function citations(): { file: string; name: string }[] {
  return [...read("docs/assurance.md").matchAll(CITATION)].flatMap(([, file = "", names = ""]) =>
    [...names.matchAll(/“([^”]+)”/g)].map(([, name = ""]) => ({ file, name })),
  );
}

/** Every page people read. */
function pages(): string[] {
  return [...globSync("*.md", { cwd: root }), ...globSync("{docs,deployments,test}/**/*.md", { cwd: root })];
}

describe("docs/assurance.md", () => {
  it("names only tests that exist", () => {
    const missing = citations().filter(({ file, name }) => {
      const path = join(root, "test", file);
      return !existsSync(path) || !readFileSync(path, "utf8").includes(name);
    });
    expect(missing).to.deep.equal([]);
  });

  it("names only files of tests that exist, with or without a test in them", () => {
    const files = [...read("docs/assurance.md").matchAll(/`([\w/.-]+\.(?:test\.ts|t\.sol))`/g)].map(
      ([, file = ""]) => file,
    );
    expect(files).not.to.have.length(0);
    expect(
      files.filter((file) => !existsSync(join(root, file.startsWith("test/") ? file : `test/${file}`))),
    ).to.deep.equal([]);
  });

  it("has for each pattern a test, or says why it cannot arise", () => {
    const rows = [...read("docs/assurance.md").matchAll(/^\| (\d+) \|[^|]*\|(.*)\|$/gm)];
    const reasons = new Map(rows.map(([, id = "", met = ""]) => [id, met.trim()]));
    const bare = [...reasons].filter(([, met]) => !/“|Cannot arise|^the same$/.test(met)).map(([id]) => id);
    expect(bare).to.deep.equal([]);
  });

  it("has a line for each of the 57 patterns and the 15 properties", () => {
    const rows = [...read("docs/assurance.md").matchAll(/^\| (P?\d+) \|/gm)].map(([, id = ""]) => id);
    const patterns = Array.from({ length: 57 }, (_, index) => String(index + 1));
    const properties = Array.from({ length: 15 }, (_, index) => `P${index + 1}`);
    expect(rows).to.have.members([...properties, ...patterns]);
  });
});

describe("docs/adl.md", () => {
  it("gives the gas of a deleveraging as the bench has measured it", () => {
    const measured = JSON.parse(read("bench/gas.json")) as Record<string, number>;
    const rows = [...read("docs/adl.md").matchAll(/^\| (queue|\d+ tranches?) \| ([\d,]+) \| ([\d,]+) \|$/gm)];
    const told = rows.map(([, what = "", positions = "", thousands = ""]) => {
      const closed = positions.replace(",", "");
      const tranches = what.split(" ")[0] ?? "";
      const keys =
        what === "queue" ? [`queue-adl-${closed}`] : [`adl-${tranches}-tranches`, `adl-${tranches}-tranches-${closed}`];
      const gas = keys.flatMap((key) => measured[key] ?? []);
      return [what, closed, thousands, gas.map((units) => Math.round(units / 1_000).toLocaleString("en")).join()];
    });
    expect(told).to.have.length(9);
    expect(told.filter(([, , thousands, gas]) => thousands !== gas)).to.deep.equal([]);
  });
});

describe("docs/results.md", () => {
  it("is what docs/results.json makes of it, and has every section", () => {
    const recorded = recordedResults();
    expect(Object.keys(recorded)).to.deep.equal(SECTIONS.map(({ id }) => id));
    expect(read("docs/results.md")).to.equal(resultsPage(recorded));
  });

  it("is of runs under every policy, with a row for each in every table of policies", () => {
    const recorded = recordedResults();
    for (const { id, regimes, tables } of SECTIONS) {
      const run = recorded[id];
      const shown = run === undefined ? [] : tables(run);
      expect(shown.length > 0, id).to.equal(true);
      const text = JSON.stringify(shown);
      for (const regime of regimes) expect(text, id).to.contain(regime);
    }
  });
});

describe("docs/results.json", () => {
  it("has what was closed of every account of the burst, and its leverage afterwards, under every policy", () => {
    const { findings = [] } = recordedResults()["eth-burst"] ?? {};
    const names = [...namedShorts().map(({ name }) => name), "TAIL"];
    const regimes = SECTIONS.find(({ id }) => id === "eth-burst")?.regimes ?? [];
    for (const id of ["burst-accounts", "burst-leverage"]) {
      const { columns = [], rows = [] } = findings.find((one) => one.id === id) ?? {};
      expect(rows.map(([name]) => name)).to.have.members(names);
      expect(columns).to.include.members([...regimes]);
    }
  });

  it("has the reference figures of the burst beside ours, which are the same to their last digit where the accounts are", () => {
    const { findings = [] } = recordedResults()["eth-burst"] ?? {};
    const { rows = [] } = findings.find(({ id }) => id === "burst-reference") ?? {};
    const exact = ofTheNamed();
    const round = (value: number, digits: number): number => Number(value.toFixed(digits));
    const inPercent = [GIVEN.proRata, GIVEN.largest, GIVEN.others].map((value) => round(100 * value, 1));
    expect([exact.proRata, exact.largest, exact.others].map((value) => round(100 * value, 1))).to.deep.equal(inPercent);
    expect(round(exact.level, 2)).to.equal(GIVEN.level);
    expect(rows.map((row) => row[1])).to.deep.equal([...inPercent, GIVEN.level]);
    expect(rows.map((row) => round(Number(row[2]), 1))).to.deep.equal([...inPercent, round(GIVEN.level, 1)]);
  });
});

describe("README.md", () => {
  it("shows of crossfire what docs/crossfire.json holds", () => {
    const run = recordedCrossfire();
    if (run !== undefined) expect(read("README.md")).to.contain(crossfireTable(run));
  });
});

describe("docs/writing-a-scenario.md", () => {
  it("shows code as it stands in lab/scenarios", () => {
    const sources = ["lab/scenarios/dip.ts", "lab/scenarios/attacks/twap.ts"].map(read);
    const blocks = [...read("docs/writing-a-scenario.md").matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(
      ([, code = ""]) => code,
    );
    expect(blocks).not.to.have.length(0);
    for (const block of blocks) {
      expect(
        sources.some((source) => source.includes(block)),
        block,
      ).to.equal(true);
    }
  });
});

describe("The contracts", () => {
  it("say of each event and error what it means, and of each function of the ledger's interface", () => {
    const sources = globSync("contracts/**/*.sol", { cwd: root }).filter((path) => !path.startsWith("contracts/test/"));
    const declared = /((?:^[ \t]*\/\/\/.*\n)*)^[ \t]*(event|error|function) (\w+)\(/gm;
    const bare = sources.flatMap((path) =>
      [...read(path).matchAll(declared)]
        .filter(([, comment = "", kind]) => {
          if (kind === "function" && path !== "contracts/interfaces/IClearingHouse.sol") return false;
          return !/@notice|@inheritdoc/.test(comment);
        })
        .map(([, , , name = ""]) => `${path} ${name}`),
    );
    expect(bare).to.deep.equal([]);
  });
});

describe("The documentation", () => {
  it("links to files that exist", () => {
    const broken = pages().flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
        .map(([, target = ""]) => ({ page, target }))
        .filter(({ target }) => !existsSync(join(root, dirname(page), target))),
    );
    expect(broken).to.deep.equal([]);
  });
});
