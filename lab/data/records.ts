import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A recorded table: rows by column name. */
export type Rows = readonly Readonly<Record<string, string>>[];

/** Reads a recorded table. Lines that begin with # name its source. */
export function readRecord(name: string): Rows {
  const path = fileURLToPath(new URL(`./${name}.csv`, import.meta.url));
  const lines = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const columns = (lines.shift() ?? "").split(",");
  return lines.map((line) => {
    const cells = line.split(",");
    return Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? ""]));
  });
}

/** One column of a recorded table as numbers. */
export function column(rows: Rows, name: string): number[] {
  return rows.map((row) => {
    const value = Number(row[name]);
    if (!Number.isFinite(value)) throw new TypeError(`column ${name} holds ${row[name] ?? "nothing"}`);
    return value;
  });
}

/** A distribution known by its quantiles. */
export class Quantiles {
  readonly #levels: readonly number[];
  readonly #values: readonly number[];

  constructor(levels: readonly number[], values: readonly number[]) {
    this.#levels = levels;
    this.#values = values;
  }

  /** The column of a recorded table that has its levels in the column `quantile`. */
  static read(record: string, name: string): Quantiles {
    const rows = readRecord(record);
    return new Quantiles(column(rows, "quantile"), column(rows, name));
  }

  /** The value at a level, interpolated in the logarithm between recorded levels; the ends hold beyond them. */
  at(level: number): number {
    const above = this.#levels.findIndex((known) => known >= level);
    if (above === 0) return this.#value(0);
    if (above < 0) return this.#value(this.#values.length - 1);
    const share = (level - this.#level(above - 1)) / (this.#level(above) - this.#level(above - 1));
    return this.#value(above - 1) ** (1 - share) * this.#value(above) ** share;
  }

  /** The level of a value: the inverse of `at`, for values inside the recorded range. */
  levelOf(value: number): number {
    const above = this.#values.findIndex((known) => known >= value);
    if (above <= 0) return this.#level(above < 0 ? this.#levels.length - 1 : 0);
    const share = Math.log(value / this.#value(above - 1)) / Math.log(this.#value(above) / this.#value(above - 1));
    return this.#level(above - 1) + share * (this.#level(above) - this.#level(above - 1));
  }

  #level(index: number): number {
    return this.#levels[index] ?? Number.NaN;
  }

  #value(index: number): number {
    return this.#values[index] ?? Number.NaN;
  }
}
