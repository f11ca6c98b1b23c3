import type { LedgerRow } from "../../world/view.js";
import type { Step, World } from "../../world/world.js";
import { big, small } from "../../world/events.js";

/** What changes cash beside funding; a block with one of them says nothing of funding alone. */
const OTHER_CAUSES = new Set(["Traded", "Withdrawn", "Liquidation", "FeesDistributed"]);

/**
 * Whether what longs pay is what shorts receive, read from every account on the chain, in blocks in which nothing but funding moved
 * cash. A position is rounded against its holder, by up to a wei for its funding and one for what it settles: that is the dust.
 */
export class FundingSums {
  readonly #world: World;
  #begun = false;
  /** Everybody after the last block, if they were read. */
  #last: readonly LedgerRow[] | undefined;
  #paid = 0n;
  #received = 0n;
  #blocks = 0;
  /** The most that paid and received differed by in a block, either way, per position; wei, and a shortfall is negative. */
  #mostKept = 0;
  #mostMade = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Takes in a block. */
  async observe({ events }: Step): Promise<void> {
    const [begun, known] = [this.#begun, this.#last];
    [this.#begun, this.#last] = [true, undefined];
    if (!begun || events.some(({ name }) => OTHER_CAUSES.has(name))) return;
    const last = known ?? (await this.#world.accountsBefore());
    const rows = await this.#world.accountsNow();
    this.#last = rows;
    const deposits = new Map<number, bigint>();
    for (const event of events) {
      if (event.name !== "Deposited") continue;
      const account = small(event, "account");
      deposits.set(account, (deposits.get(account) ?? 0n) + big(event, "amount"));
    }
    let [paid, received, positions] = [0n, 0n, 0];
    rows.forEach((row, index) => {
      const before = last[index];
      if (before === undefined || row.size === 0n) return;
      const change = row.cash + row.pending - before.cash - before.pending - (deposits.get(row.account) ?? 0n);
      positions++;
      if (change < 0n) paid -= change;
      else received += change;
    });
    if (paid === 0n) return;
    this.#blocks++;
    this.#paid += paid;
    this.#received += received;
    const apart = Number(paid - received) / positions;
    this.#mostKept = Math.max(this.#mostKept, apart);
    this.#mostMade = Math.min(this.#mostMade, apart);
  }

  /** Totals in wei of quote, WAD. */
  get totals() {
    const { blocks, paid, received, kept, made } = {
      blocks: this.#blocks,
      paid: this.#paid,
      received: this.#received,
      kept: this.#mostKept,
      made: this.#mostMade,
    };
    return { blocks, paid, received, apart: paid - received, kept, made };
  }
}
