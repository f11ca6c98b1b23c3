import { Arguments, HANDLERS } from "./calls.js";
import { Refusal } from "./refusal.js";
import { State } from "./state.js";

/** A call of the exchange: who asks which contract for what. `to` tells tokens and feeds apart. */
export interface ModelCall {
  readonly from: string;
  readonly to: string;
  /** As in HANDLERS: contract and function. */
  readonly method: string;
  readonly args: readonly unknown[];
}

/** The whole exchange as a model: state, time, and what may be asked of it. */
export class Exchange {
  readonly state: State;

  constructor(state = new State()) {
    this.state = state;
  }

  /** Moves to the next block: its time, unix seconds, and its number if blocks were left out. */
  advance(time: number, block = this.state.block + 1): void {
    this.state.now = BigInt(time);
    this.state.block = block;
  }

  /** Whether the model knows a function. */
  static knows(method: string): boolean {
    return method in HANDLERS;
  }

  /** Does what is asked, or refuses it whole. Returns the refusal, if it is one. */
  call({ from, to, method, args }: ModelCall): Refusal | undefined {
    const handler = HANDLERS[method];
    if (handler === undefined) throw new RangeError(`the model knows no ${method}`);
    const { journal } = this.state;
    const position = journal.position;
    try {
      handler(this.state, from.toLowerCase(), new Arguments(args), to.toLowerCase());
    } catch (error) {
      journal.rollBack(position);
      if (error instanceof Refusal) return error;
      throw error;
    }
    journal.settle();
    return undefined;
  }

  /** The same exchange, to go its own way. */
  copy(): Exchange {
    return new Exchange(this.state.copy());
  }
}
