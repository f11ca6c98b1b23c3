import type { Call } from "../venues/venue.js";
import type { View } from "../world/view.js";
import { Agent, type Identity, type Intent, type Role } from "./agent.js";

/** One thing to do, in the first block at or after a time. */
export interface Cue {
  /** Unix seconds. */
  readonly at: number;
  /** What it is, in a word or two, for the action log. */
  readonly what: string;
  /** The calls, on the last block's state; none if there turns out to be nothing to do. */
  readonly calls: (view: View) => readonly Call[];
}

/** Does what a script says when it says it, and decides nothing: for people whose every move is on record. */
export class Scripted extends Agent {
  readonly role: Role;
  override memory = { done: 0 };
  readonly #script: readonly Cue[];

  /** @param script in the order of time */
  constructor(identity: Identity, role: Role, script: readonly Cue[]) {
    super(identity);
    this.role = role;
    this.#script = script;
  }

  act(view: View): readonly Intent[] {
    const due = this.#script.slice(this.memory.done).filter(({ at }) => at <= view.next);
    this.memory.done += due.length;
    return due.flatMap(({ what, calls }) => calls(view).map((call) => this.say(what, call)));
  }
}
