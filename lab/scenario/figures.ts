import type { Note } from "./scenario.js";

/** A figure as tables and the JSON hold it: to so many digits after the point. */
export function rounded(value: number, digits: number): number {
  // A rounded nothing has no sign.
  return Number(value.toFixed(digits)) + 0;
}

/** A fraction in per cent. */
export function percent(fraction: number, digits = 1): number {
  return rounded(100 * fraction, digits);
}

/** A fraction in basis points. */
export function basisPoints(fraction: number): number {
  return rounded(1e4 * fraction, 1);
}

/** A figure that a note must have. */
export function figureOf(note: Note | undefined, name: string): number {
  const value = figureIn(note, name);
  if (value === null) throw new TypeError(`no number ${name} was taken down`);
  return value;
}

/** A figure that a note may have; null if it has none. */
export function figureIn(note: Note | undefined, name: string): number | null {
  const value = note?.[name];
  return typeof value === "number" ? value : null;
}

/** Whether a figure is known, and within a share of what it is to be. */
export function near(measured: number | null | undefined, expected: number | null | undefined, share: number): boolean {
  return measured != null && expected != null && Math.abs(measured / expected - 1) < share;
}
