import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

import { dueOf, type Due, type Point, runPoint, type Sweep } from "../attack/frontier.js";
import { switchable } from "../attack/perform.js";
import { attackOf } from "../attack/registry.js";
import { manifestOf, runDirectory, shown } from "../run/artefacts.js";
import { UsageError } from "../scenario/parameters.js";
import { setsIn } from "./attack.js";
import { progressBar } from "./progress.js";
import { answering, PROPERTY_FAILED, scenarioOf, settingsOf } from "./request.js";

interface Arguments {
  readonly scenario: string;
  readonly grid: string;
  readonly defences: string;
  readonly seeds: string;
  readonly shard: string;
  readonly set: string;
  readonly honest: boolean;
  readonly json: boolean;
}

export default function sweep(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  return answering(async () => {
    const scenario = await attackOf(args.scenario);
    if (scenario === undefined) throw new UsageError(`${scenarioOf(args.scenario).id} is no attack: it has no grid`);
    const { grid } = scenario;
    const [parameter, points] = args.grid === "" ? [grid.parameter, grid.values] : gridIn(args.grid);
    const sets = setsIn(scenario, args.defences);
    for (const { off } of sets) switchable(off);
    const { seeds, honest } = { seeds: seedsIn(args.seeds), honest: args.honest };
    const plan: Sweep = { parameter, points, seeds, sets, honest, values: settingsOf(scenario, args.set) };
    // Told before hours of work, not after.
    for (const value of points) settingsOf(scenario, `${parameter}=${value}`);
    await hre.tasks.getTask("build").run({ quiet: true });

    const runs = ["sweep", parameter, ...sets.map(({ name }) => name), ...(honest ? ["honest"] : [])];
    const manifest = manifestOf({ scenario: scenario.id, seed: seeds[0] ?? 0, runs, parameters: plan.values });
    const directory = runDirectory(manifest);
    mkdirSync(directory, { recursive: true });
    const file = join(directory, "points.ndjson");
    const done = existsSync(file) ? parsed(readFileSync(file, "utf8")) : [];
    const wanted = dueOf(plan);
    const due = shardOf(wanted, args.shard).filter((one) => !done.some((point) => same(point, one)));
    const bar = progressBar(`${scenario.id}, ${parameter}`);
    for (const [index, one] of due.entries()) {
      const point = await runPoint(hre, scenario, plan, one);
      done.push(point);
      appendFileSync(file, `${JSON.stringify(point)}\n`);
      bar(index + 1, due.length);
    }
    const found = done.filter((point) => wanted.some((one) => same(point, one)));
    if (found.some(({ verdict }) => verdict === "violated")) process.exitCode = PROPERTY_FAILED;
    if (args.json) {
      console.log(JSON.stringify({ scenario: scenario.id, parameter, points: found }));
      return;
    }
    for (const { value, seed, defences, verdict, attackerNet } of found) {
      console.log(`${parameter} ${value}  seed ${seed}  defences ${defences}  ${verdict}  ${attackerNet.toFixed(2)}`);
    }
    console.log(`\npoints: ${shown(file)}`);
  });
}

/** `name=low..high:count`, in geometric steps, or `name=a+b+c`. */
export function gridIn(text: string): [parameter: string, values: number[]] {
  const [, name, rest] = /^(\w+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || rest === undefined) throw new UsageError(`${text} is not of the form name=low..high:count`);
  const [, low, high, count] = /^([\d.e-]+)\.\.([\d.e-]+):(\d+)$/.exec(rest) ?? [];
  if (low === undefined || high === undefined || count === undefined) return [name, rest.split("+").map(numberIn)];
  const [from, to, steps] = [numberIn(low), numberIn(high), numberIn(count)];
  if (from <= 0 || to < from || steps < 1) throw new UsageError(`${text}: low must be positive and not above high`);
  const factor = steps === 1 ? 1 : (to / from) ** (1 / (steps - 1));
  return [name, Array.from({ length: steps }, (_, index) => Number((from * factor ** index).toPrecision(6)))];
}

function seedsIn(text: string): number[] {
  const [, from, to] = /^(\d+)\.\.(\d+)$/.exec(text) ?? [];
  if (from === undefined || to === undefined) return [numberIn(text)];
  return Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) => Number(from) + index);
}

function shardOf(due: readonly Due[], text: string): Due[] {
  const [, part, parts] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const [index, of] = [Number(part), Number(parts)];
  if (!(index >= 1 && index <= of)) throw new UsageError(`${text} is not a shard like 2/8`);
  return due.filter((_, place) => place % of === index - 1);
}

function numberIn(text: string): number {
  const value = Number(text);
  if (text === "" || !Number.isFinite(value)) throw new UsageError(`${text} is not a number`);
  return value;
}

function parsed(text: string): Point[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Point);
}

function same(point: Due, other: Due): boolean {
  return point.value === other.value && point.seed === other.seed && point.defences === other.defences;
}
