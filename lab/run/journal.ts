import type { ActionRecord, Step } from "../world/world.js";

/** Events left out of the log: the book's order traffic and what every block repeats. The actions tell the same. */
const TRAFFIC = new Set([
  "OrderPlaced",
  "OrderCancelled",
  "OrderFilled",
  "FeePaid",
  "IndexUpdated",
  "PriceUpdated",
  "Transfer",
  "Approval",
]);

/** Everything that happened in a run, line by line. The same run writes the same bytes. */
export class Journal {
  readonly #regime: string;
  readonly actions: string[] = [];
  readonly events: string[] = [];
  readonly metrics: string[] = [];

  constructor(regime: string) {
    this.#regime = regime;
  }

  /** Columns of the metrics. */
  static columns(sample: object): string {
    return ["regime", "branch", ...Object.keys(sample)].join(",");
  }

  /** Adds what was sent before the first block of the world. */
  prepare(actions: readonly ActionRecord[]): void {
    const where = { regime: this.#regime, branch: "set-up", step: 0 };
    for (const action of actions) this.actions.push(JSON.stringify({ ...where, ...action }));
  }

  /** Adds a block. */
  write({ view, actions, events }: Step, sample: object, branch: string): void {
    const where = { regime: this.#regime, branch, step: view.step, time: view.time };
    if (this.metrics.length === 0) this.metrics.push(Journal.columns(sample));
    this.metrics.push([this.#regime, branch, ...(Object.values(sample) as unknown[])].map(cell).join(","));
    for (const action of actions) this.actions.push(JSON.stringify({ ...where, ...action }));
    for (const { contract, name, arguments: values } of events) {
      if (TRAFFIC.has(name)) continue;
      this.events.push(JSON.stringify({ ...where, contract, name, ...values }, plain));
    }
  }
}

function cell(value: unknown): string {
  if (typeof value === "number") return Number.isFinite(value) ? String(Number(value.toPrecision(12))) : "";
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Numbers beyond a double's precision are written as text. */
function plain(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
