/** A short as an exact policy sees it. Size in base, equity in quote at the mark, entry in quote per base. */
export interface Candidate {
  readonly name: string;
  readonly size: number;
  readonly equity: number;
  readonly entry: number;
}

/** Base closed of every candidate, by name. */
export type Closed = ReadonlyMap<string, number>;

/** Halvings of an interval after which a double has no more digits. */
const HALVINGS = 200;

/** The same fraction of everyone. */
export function proRata(candidates: readonly Candidate[], quantity: number): Closed {
  const all = candidates.reduce((sum, { size }) => sum + size, 0);
  return new Map(candidates.map(({ name, size }) => [name, (size * quantity) / all]));
}

/** One account after the other, the most profitable first: at one mark that is the highest entry of a short. */
export function mostProfitableFirst(candidates: readonly Candidate[], quantity: number): Closed {
  let left = quantity;
  const order = [...candidates].sort((one, other) => other.entry - one.entry);
  return new Map(
    order.map(({ name, size }) => {
      const closed = Math.min(size, left);
      left -= closed;
      return [name, closed];
    }),
  );
}

/**
 * Everyone above one leverage is brought down to it, nobody else is touched: the least highest leverage there can be after the
 * quantity is closed (after arXiv 2603.15963). Closing at mark changes nobody's equity.
 */
export function waterFilling(candidates: readonly Candidate[], quantity: number, mark: number): Closed {
  const closedAt = (level: number): [string, number][] =>
    candidates.map(({ name, size, equity }) => [name, Math.max(0, size - (level * equity) / mark)]);
  let [low, high] = [0, Math.max(...candidates.map(({ size, equity }) => (size * mark) / equity))];
  for (let halving = 0; halving < HALVINGS; halving++) {
    const level = (low + high) / 2;
    const closed = closedAt(level).reduce((sum, [, size]) => sum + size, 0);
    if (closed > quantity) low = level;
    else high = level;
  }
  return new Map(closedAt((low + high) / 2));
}
