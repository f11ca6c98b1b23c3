/** The numbers from zero to one below a count. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** The sum. */
export function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
