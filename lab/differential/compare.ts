import { ErrorFragment, type Fragment, Interface } from "ethers";

import type { Deployed } from "../deployment/artifacts.js";
import type { Exchange, ModelCall } from "../model/exchange.js";
import type { Refusal } from "../model/refusal.js";
import type { Command } from "./commands.js";
import { Planner } from "./plan.js";
import { derivedQuestions, type Question } from "./questions.js";
import { Seen } from "./seen.js";
import type { DifferentialWorld, Failure } from "./world.js";

/** Chain and model disagree. The message says where. */
export class Disagreement extends Error {}

/** What a sequence came to. */
export interface Passage {
  readonly calls: number;
  /** By function, and by function and reason for those refused. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Every so many calls everything is compared, and what is computed with it; after the others what the model says has changed. */
const ALL_EVERY = 20;

/** Runs commands on chain and model and compares both after every call. Throws a Disagreement. */
export async function compare(world: DifferentialWorld, commands: readonly Command[]): Promise<Passage> {
  const model = await world.begin();
  const planner = new Planner(world, model);
  const errors = new Errors(world);
  const seen = await seenAtFirst(world, model);
  const everything = (): Question[] => derivedQuestions(world.scope, model);
  const counts = new Map<string, number>();
  const log: string[] = [];
  let calls = 0;
  for (const command of commands) {
    for (const { wait, call } of planner.plan(command)) {
      const time = world.time + wait;
      model.advance(time);
      const refusal = model.call(call);
      const failure = await world.send(call, time);
      log.push(`${time} ${describe(call)}: ${refusal?.message ?? "done"}`);
      calls += 1;
      const name = refusal === undefined ? call.method : `${call.method} ${refusal.reason}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
      const problem =
        errors.differ(refusal, failure) ??
        (await seen.differ(model, calls % ALL_EVERY === 0 ? everything() : undefined));
      if (problem !== undefined) throw new Disagreement(`${problem}\nafter\n${log.slice(-12).join("\n")}`);
    }
  }
  const problem = await seen.differ(model, everything());
  if (problem !== undefined) throw new Disagreement(`${problem}\nat the end, after\n${log.slice(-12).join("\n")}`);
  return { calls, counts };
}

/** What every sequence finds on the same chain is compared for the first of them only. */
async function seenAtFirst(world: DifferentialWorld, model: Exchange): Promise<Seen> {
  let first = beginnings.get(world);
  if (first === undefined) {
    first = new Seen(world, world.scope);
    const problem = await first.differ(model, derivedQuestions(world.scope, model));
    if (problem !== undefined) throw new Disagreement(`${problem}\nbefore anything was done`);
    beginnings.set(world, first);
  }
  return first.copy();
}

const beginnings = new WeakMap<DifferentialWorld, Seen>();

function describe({ from, method, args }: ModelCall): string {
  return `${from.slice(0, 6)} ${method}(${JSON.stringify(args, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value))})`;
}

/** Refusals in the contracts' words. */
class Errors {
  readonly #fragments = new Map<string, ErrorFragment[]>();
  readonly #interface: Interface;

  constructor({ deployment }: DifferentialWorld) {
    const contracts = Object.values(deployment.contracts) as Deployed[];
    if (deployment.house !== undefined) contracts.push(deployment.house.pool);
    if (deployment.freedSpotSale !== undefined) contracts.push(deployment.freedSpotSale);
    const fragments = contracts.flatMap((contract) => contract.interface.fragments.filter(isError));
    this.#interface = new Interface(fragments);
    for (const fragment of fragments) {
      const known = this.#fragments.get(fragment.name) ?? [];
      this.#fragments.set(fragment.name, [...known, fragment]);
    }
  }

  /** What is different between the model's refusal and the chain's failure, if anything is. */
  differ(refusal: Refusal | undefined, failure: Failure | undefined): string | undefined {
    if (refusal === undefined && failure === undefined) return undefined;
    if (failure === undefined) return `the model refuses: ${refusal?.message ?? ""}; the chain does it`;
    if (refusal !== undefined && this.#encodings(refusal).includes(failure.data)) return undefined;
    return `the chain refuses: ${this.#named(failure)}; the model: ${refusal?.message ?? "does it"}`;
  }

  #encodings({ reason, details }: Refusal): string[] {
    const fragments = this.#fragments.get(reason) ?? [];
    return fragments.flatMap((fragment) => {
      if (fragment.inputs.length !== details.length) return [];
      return [this.#interface.encodeErrorResult(fragment, [...details])];
    });
  }

  #named({ data }: Failure): string {
    const parsed = data.startsWith("0x") ? this.#interface.parseError(data) : null;
    return parsed === null ? data : `${parsed.name}(${parsed.args.map(String).join(", ")})`;
  }
}

function isError(fragment: Fragment): fragment is ErrorFragment {
  return ErrorFragment.isFragment(fragment);
}
