/** What the market guard lets a book do, as contracts number it. */
export const Phase = { OPEN: 0n, LIMITED: 1n, PAUSED: 2n, AUCTION: 3n, CLOSED: 4n } as const;
