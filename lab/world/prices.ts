import { column, readRecord } from "../data/records.js";

/** A price known at some seconds; between them the last one holds. */
export class PricePath {
  readonly #seconds: readonly number[];
  readonly #prices: readonly number[];

  constructor(points: readonly (readonly [second: number, price: number])[]) {
    if (points.length === 0) throw new RangeError("a price path needs a price");
    this.#seconds = points.map(([second]) => second);
    this.#prices = points.map(([, price]) => price);
  }

  /** A recorded table with columns unix_second and close. */
  static recorded(name: string): PricePath {
    const rows = readRecord(name);
    const seconds = column(rows, "unix_second");
    const closes = column(rows, "close");
    return new PricePath(seconds.map((second, index) => [second, closes[index] ?? Number.NaN]));
  }

  /** The last price known at `second`; before the first one, the first. */
  at(second: number): number {
    let low = 0;
    let high = this.#seconds.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#seconds[middle] ?? Infinity) <= second) low = middle;
      else high = middle - 1;
    }
    return this.#prices[low] ?? Number.NaN;
  }

  /** The lowest and highest price between two seconds, both included. */
  range(from: number, to: number): { low: number; high: number } {
    const inside = this.#prices.filter((_, index) => {
      const second = this.#seconds[index] ?? Number.NaN;
      return second >= from && second <= to;
    });
    inside.push(this.at(from));
    return { low: Math.min(...inside), high: Math.max(...inside) };
  }

  /** This path until `second`, then a straight line to `price` over `seconds`, which holds from then on. */
  divertedAt(second: number, price: number, seconds: number): PricePath {
    const kept = this.#seconds
      .map((known, index): readonly [number, number] => [known, this.#prices[index] ?? Number.NaN])
      .filter(([known]) => known <= second);
    const from = this.at(second);
    const line = Array.from({ length: seconds }, (_, index): readonly [number, number] => [
      second + index + 1,
      from + ((price - from) * (index + 1)) / seconds,
    ]);
    return new PricePath([...kept, ...line]);
  }
}
