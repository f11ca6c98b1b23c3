import { createHash } from "node:crypto";
import { globSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Where runs are written. */
export const RUNS = join(ROOT, "runs");

/** What decides a run: the same manifest, the same bytes in every other file. */
export interface Manifest {
  readonly scenario: string;
  readonly seed: number;
  /** Ways of deleveraging compared, and who pays deficits; only of scenarios that are run under several. */
  readonly regimes?: readonly string[];
  readonly deficitMode?: string;
  /** What was run of an attack: each run's defences and flow. */
  readonly runs?: readonly string[];
  readonly parameters: Readonly<Record<string, number>>;
  /** SHA-256 over the sources of contracts and lab. */
  readonly code: string;
  readonly compiler: string;
  readonly hardhat: string;
}

/** The manifest of a run of the code as it is. */
export function manifestOf(run: Omit<Manifest, "code" | "compiler" | "hardhat">): Manifest {
  return { ...run, code: codeHash(), compiler: `solc ${versionOf("solc")}`, hardhat: versionOf("hardhat") };
}

/** A run's directory: named after its seed and everything else that decides it. */
export function runDirectory(manifest: Manifest): string {
  const digest = createHash("sha256").update(JSON.stringify(manifest)).digest("hex").slice(0, 8);
  return join(RUNS, manifest.scenario, `${manifest.seed}-${digest}`);
}

/** Writes files into a run's directory, whatever was in it before, and points `runs/latest` at it. */
export function writeRun(directory: string, files: Readonly<Record<string, string>>): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const latest = join(RUNS, "latest");
  rmSync(latest, { recursive: true, force: true });
  symlinkSync(relative(dirname(latest), directory), latest);
}

/** A path as the user would type it. */
export function shown(path: string): string {
  return relative(process.cwd(), path);
}

function codeHash(): string {
  const hash = createHash("sha256");
  const files = globSync(["contracts/**/*.sol", "lab/**/*.{ts,csv}"], { cwd: ROOT }).sort();
  for (const file of files)
    hash
      .update(file)
      .update("\0")
      .update(readFileSync(join(ROOT, file)))
      .update("\0");
  return hash.digest("hex");
}

function versionOf(name: string): string {
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}
