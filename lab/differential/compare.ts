import { AbiCoder, ErrorFragment, type Fragment, Interface } from "ethers";

import type { Deployed } from "../deployment/artifacts.js";
import type { Exchange, ModelCall } from "../model/exchange.js";
import type { Refusal } from "../model/refusal.js";
import type { Command } from "./commands.js";
import { Planner } from "./plan.js";
import { derivedQuestions, type Question, storedQuestions } from "./questions.js";
import type { DifferentialWorld, Failure } from "./world.js";

/** Chain and model disagree. The message says where. */
export class Disagreement extends Error {}

/** What a sequence came to. */
export interface Passage {
  readonly calls: number;
  /** By function, and by function and reason for those refused. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Calls after which what is computed is compared too, not only what is stored. */
const COMPUTED_EVERY = 5;

/** Runs commands on chain and model and compares both after every call. Throws a Disagreement. */
export async function compare(world: DifferentialWorld, commands: readonly Command[]): Promise<Passage> {
  const model = await world.begin();
  const planner = new Planner(world, model);
  const errors = new Errors(world);
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
      const problem = errors.differ(refusal, failure) ?? (await differing(world, model, calls % COMPUTED_EVERY === 0));
      if (problem !== undefined) throw new Disagreement(`${problem}\nafter\n${log.slice(-12).join("\n")}`);
    }
  }
  const problem = await differing(world, model, true);
  if (problem !== undefined) throw new Disagreement(`${problem}\nat the end, after\n${log.slice(-12).join("\n")}`);
  return { calls, counts };
}

async function differing(world: DifferentialWorld, model: Exchange, computed: boolean): Promise<string | undefined> {
  const stored = storedQuestions(world.scope, model);
  const questions = computed ? [...stored, ...derivedQuestions(world.scope, model)] : stored;
  const answers = await world.read(questions);
  const wrong = questions.flatMap((question, place) =>
    answers[place] === question.expected ? [] : [show(question, answers[place] ?? "")],
  );
  return wrong.length === 0 ? undefined : wrong.slice(0, 12).join("\n");
}

function show({ what, expected }: Question, answer: string): string {
  return `${what}\n  chain ${numbers(answer)}\n  model ${numbers(expected)}`;
}

function numbers(text: string): string {
  const count = text.length / 64;
  if (count === 0 || !Number.isInteger(count)) return text === "" ? "nothing" : text;
  const types = Array.from({ length: count }, () => "int256");
  return AbiCoder.defaultAbiCoder().decode(types, `0x${text}`).map(String).join(" ");
}

function describe({ from, method, args }: ModelCall): string {
  return `${from.slice(0, 6)} ${method}(${JSON.stringify(args, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value))})`;
}

/** Refusals in the contracts' words. */
class Errors {
  readonly #fragments = new Map<string, ErrorFragment[]>();
  readonly #interface: Interface;

  constructor({ deployment }: DifferentialWorld) {
    const contracts = Object.values(deployment.contracts) as Deployed[];
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
