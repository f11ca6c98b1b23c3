import { AbiCoder } from "ethers";

import type { Exchange } from "../model/exchange.js";
import { type Question, type Scope, storedQuestions } from "./questions.js";

/** What asks views of a chain. */
export interface Asker {
  read(questions: readonly { readonly to: string; readonly data: string }[]): Promise<string[]>;
}

/** Most differences worth showing. */
const SHOWN = 12;

/** What was compared along a run, so that only what has changed need be asked again. */
export class Seen {
  readonly #asker: Asker;
  readonly #scope: Scope;
  readonly #known: Map<string, string>;

  constructor(asker: Asker, scope: Scope, known: ReadonlyMap<string, string> = new Map()) {
    this.#asker = asker;
    this.#scope = scope;
    this.#known = new Map(known);
  }

  /** The same, with whatever comes to be known apart. */
  copy(): Seen {
    return new Seen(this.#asker, this.#scope, this.#known);
  }

  /**
   * Where chain and model differ: in what the model says has changed since it was last asked; or, with what it computes given too, in
   * everything. What the chain alone has changed is found at the latest by the next comparison of everything: the state forgets nothing.
   */
  async differ(model: Exchange, computed?: readonly Question[]): Promise<string | undefined> {
    const stored = storedQuestions(this.#scope, model);
    const questions =
      computed === undefined
        ? stored.filter(({ what, expected, basis }) => this.#known.get(what) !== (basis ?? expected))
        : [...stored.filter(isFixed), ...computed, ...stored.filter((question) => !isFixed(question))];
    if (questions.length === 0) return undefined;
    const answers = await this.#asker.read(questions);
    for (const { what, expected, basis } of questions) this.#known.set(what, basis ?? expected);
    const wrong = questions.flatMap((question, place) =>
      answers[place] === question.expected ? [] : [show(question, answers[place] ?? "")],
    );
    return wrong.length === 0 ? undefined : wrong.slice(0, SHOWN).join("\n");
  }
}

/** Whether an answer stands whatever the time. Those that do not are asked after the prices they need have been written. */
function isFixed({ basis }: Question): boolean {
  return basis === undefined;
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
