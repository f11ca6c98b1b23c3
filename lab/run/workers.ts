import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Host, ReportedScenario } from "../scenario/scenario.js";
import { type Comparison, type Part, type Piece, runPiece } from "./pieces.js";
import type { Progress } from "./regime.js";

const HARDHAT = fileURLToPath(new URL("../../node_modules/hardhat/dist/src/cli.js", import.meta.url));

/** What a child is told: which piece to run, and the file its part goes to. */
export interface Order {
  readonly piece: Piece;
  readonly file: string;
}

/** What a child says when it waits for an order; while it runs one, it tells [blocks done, of how many]. */
export const FREE = "free";

/** Runs one piece after another. */
interface Worker {
  run(piece: Piece, progress: Progress): Promise<Part>;
  stop(): Promise<void>;
}

/**
 * Runs pieces in this process and in children of it, as many at once as there are cores; the parts are in the order of the pieces.
 * `progress` is told of all of them together.
 */
export async function shareOut(
  host: Host,
  scenario: ReportedScenario,
  comparison: Comparison,
  pieces: readonly Piece[],
  progress: Progress,
): Promise<Part[]> {
  const scratch = mkdtempSync(join(tmpdir(), "crossfire-"));
  const workers: Worker[] = [
    { run: (piece, told) => runPiece(host, scenario, comparison, piece, told), stop: () => Promise.resolve() },
  ];
  const parts: Part[] = [];
  const waiting = [...pieces.entries()];
  const told = together(pieces, progress);
  const work = async (worker: Worker): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, piece] = next;
      parts[index] = await worker.run(piece, (done, of) => {
        told(index, done, of);
      });
    }
  };
  try {
    while (workers.length < Math.min(availableParallelism(), pieces.length)) {
      workers.push(new Child(scenario, comparison, join(scratch, String(workers.length))));
    }
    await Promise.all(workers.map(work));
    return parts;
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Adds up the progress of pieces. One that has not begun counts as many blocks as the longest of its kind that has. */
function together(pieces: readonly Piece[], progress: Progress): (index: number, done: number, of: number) => void {
  const shares = new Map<number, readonly [done: number, of: number]>();
  const longest = new Map<boolean, number>();
  return (index, done, of) => {
    shares.set(index, [done, of]);
    const whole = pieces[index]?.changed === undefined;
    longest.set(whole, Math.max(longest.get(whole) ?? 0, of));
    let [sum, total] = [0, 0];
    for (const [place, { changed }] of pieces.entries()) {
      const [reached, blocks] = shares.get(place) ?? [0, longest.get(changed === undefined) ?? 0];
      sum += reached;
      total += blocks;
    }
    progress(sum, total);
  };
}

/** A process of its own that runs pieces through the command line (`lab part`) until it is stopped. */
class Child implements Worker {
  readonly #process: ChildProcess;
  readonly #file: string;
  #complaint = "";
  #ready: Promise<void>;

  constructor({ id }: ReportedScenario, { seed, deficitMode, values, quick = false }: Comparison, scratch: string) {
    const settings = `${scratch}.settings.json`;
    this.#file = `${scratch}.json`;
    writeFileSync(settings, JSON.stringify(values));
    const args = ["lab", "part", id, "--seed", String(seed), "--deficit", deficitMode, "--settings", settings];
    if (quick) args.push("--quick");
    // As scripts/bootstrap.mjs has it: the chain traces every call, and memory handed back is cleared before it is used again.
    const env = { MIMALLOC_PURGE_DELAY: "-1", ...process.env };
    this.#process = fork(HARDHAT, args, { stdio: ["ignore", "ignore", "pipe", "ipc"], execArgv: [], env });
    this.#process.stderr?.on("data", (text: Buffer) => (this.#complaint += text.toString()));
    this.#ready = this.#free(() => undefined);
    // A child that fails before it has an order is told of when it gets one.
    this.#ready.catch(() => undefined);
  }

  async run(piece: Piece, progress: Progress): Promise<Part> {
    await this.#ready;
    const order: Order = { piece, file: this.#file };
    this.#ready = this.#free(progress);
    this.#process.send(order);
    await this.#ready;
    return JSON.parse(readFileSync(this.#file, "utf8")) as Part;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, "exit");
    this.#process.kill();
    await gone;
  }

  /** Waits until the child is free for an order. */
  #free(progress: Progress): Promise<void> {
    return new Promise((resolve, reject) => {
      const heard = (message: unknown): void => {
        if (message === FREE) {
          settle();
          resolve();
        } else {
          const [done, of] = message as [number, number];
          progress(done, of);
        }
      };
      const gone = (): void => {
        settle();
        reject(new Error(`a run in a process of its own failed:\n${this.#complaint.trim()}`));
      };
      const settle = (): void => {
        this.#process.off("message", heard).off("close", gone);
      };
      this.#process.on("message", heard).on("close", gone);
    });
  }
}
