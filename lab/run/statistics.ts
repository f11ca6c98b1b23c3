/** Concentration of non-negative amounts: 0 if all are equal, towards 1 if one has everything; 0 of nothing. */
export function gini(amounts: readonly number[]): number {
  const sorted = [...amounts].sort((left, right) => left - right);
  const total = sorted.reduce((sum, amount) => sum + amount, 0);
  if (total === 0) return 0;
  const weighted = sorted.reduce((sum, amount, index) => sum + amount * (index + 1), 0);
  return (2 * weighted) / (sorted.length * total) - (sorted.length + 1) / sorted.length;
}

/** Share of the total that the `count` largest amounts make up; 0 of nothing. */
export function topShare(amounts: readonly number[], count: number): number {
  const sorted = [...amounts].sort((left, right) => right - left);
  const total = sorted.reduce((sum, amount) => sum + amount, 0);
  return total === 0 ? 0 : sorted.slice(0, count).reduce((sum, amount) => sum + amount, 0) / total;
}
