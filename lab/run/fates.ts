import type { Identity } from "../agents/agent.js";
import type { Fate } from "../report/data.js";
import { abs, fromWad } from "../units.js";
import { rowOf, type View } from "../world/view.js";
import type { Step } from "../world/world.js";

/** Follows accounts through deleveraging. */
export class Fates {
  readonly #names: ReadonlySet<string>;
  readonly #closed = new Map<number, bigint>();
  #before: View | undefined;
  #after: View | undefined;

  /** @param names of the participants to follow */
  constructor(names: readonly string[]) {
    this.#names = new Set(names);
  }

  /** Takes in a block. */
  observe({ before, view, tornUp }: Step): void {
    if (this.#names.size === 0 || tornUp.length === 0) return;
    this.#before ??= before;
    this.#after = view;
    for (const { account, size } of tornUp) this.#closed.set(account, (this.#closed.get(account) ?? 0n) + size);
  }

  /** From the block before the first deleveraging to the block of the last; none without one. */
  of(everybody: readonly Identity[]): Fate[] {
    const [before, after] = [this.#before, this.#after];
    if (before === undefined || after === undefined) return [];
    return everybody
      .filter(({ name }) => this.#names.has(name))
      .map(({ name, account }) => {
        const [start, end] = [standing(before, account), standing(after, account)];
        return {
          name,
          size: start.size,
          breakEven: start.breakEven,
          closed: fromWad(this.#closed.get(account) ?? 0n),
          equityBefore: start.equity,
          equityAfter: end.equity,
          leverageBefore: start.leverage,
          leverageAfter: end.leverage,
        };
      });
  }
}

interface Standing {
  readonly size: number;
  readonly breakEven: number;
  readonly equity: number;
  readonly leverage: number;
}

function standing(view: View, account: number): Standing {
  const row = rowOf(view, account);
  const [size, equity] = [fromWad(abs(row.size)), fromWad(row.equity)];
  const breakEven = size === 0 ? 0 : fromWad(abs(row.quote)) / size;
  return { size, breakEven, equity, leverage: (size * view.mark) / equity };
}
