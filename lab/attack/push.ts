/** Loss of pushing a constant product by a factor and leaving it to arbitrage, the fee on what was paid in included. */
export function costOfPush(depth: number, factor: number, fee: number): number {
  const root = Math.sqrt(factor);
  return depth * (root + 1 / root - 2) + (depth * (root - 1) * fee) / (1 - fee);
}
