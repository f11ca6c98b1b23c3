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
  return inOrder(candidates, quantity, ({ entry }) => entry);
}

/** One account after the other, the most levered first. */
export function mostLeveredFirst(candidates: readonly Candidate[], quantity: number): Closed {
  return inOrder(candidates, quantity, ({ size, equity }) => size / equity);
}

function inOrder(candidates: readonly Candidate[], quantity: number, rank: (candidate: Candidate) => number): Closed {
  let left = quantity;
  const order = [...candidates].sort((one, other) => rank(other) - rank(one));
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

/** Lowest leverage of the contracts' classes (contracts/libraries/LeverageClass.sol); the last has none and counts as a quarter. */
const CLASSES = [20, 10, 5, 3, 2, 1, 0.5, 0.25];

/** The same accounts, each as levered as its class counts. */
export function byClass(candidates: readonly Candidate[], mark: number): Candidate[] {
  return candidates.map((candidate) => {
    const leverage = (candidate.size * mark) / candidate.equity;
    const counted = CLASSES.find((lowest) => leverage >= lowest) ?? CLASSES.at(-1) ?? 0;
    return { ...candidate, equity: (candidate.size * mark) / counted };
  });
}

/** What was closed of accounts that the other would have left: half of all differences, since both close the same in all. */
export function misplaced(closed: Closed, other: Closed): number {
  return [...closed].reduce((sum, [name, size]) => sum + Math.abs(size - (other.get(name) ?? 0)), 0) / 2;
}
