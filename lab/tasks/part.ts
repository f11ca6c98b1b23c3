import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { on } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";

import { type Comparison, runPiece } from "../run/pieces.js";
import { FREE, type Order } from "../run/workers.js";
import { deficitModeOf, scenarioOf } from "./request.js";

interface Arguments {
  readonly scenario: string;
  readonly seed: number;
  readonly deficit: string;
  readonly settings: string;
  readonly quick: boolean;
}

/** Runs pieces of a comparison as the process that started this one orders them, until it hangs up. */
export default async function part(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  const scenario = scenarioOf(args.scenario);
  const values = JSON.parse(readFileSync(args.settings, "utf8")) as Record<string, number>;
  const { seed, quick } = args;
  const comparison: Comparison = { seed, regimes: [], deficitMode: deficitModeOf(args.deficit), values, quick };
  const say = (message: unknown): void => void process.send?.(message);
  const orders = on(process, "message", { close: ["disconnect"] });
  say(FREE);
  for await (const [order] of orders) {
    const { piece, file } = order as Order;
    const done = await runPiece(hre, scenario, comparison, piece, (blocks, of) => {
      say([blocks, of]);
    });
    writeFileSync(file, JSON.stringify(done));
    say(FREE);
  }
}
