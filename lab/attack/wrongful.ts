import { abs, fromWad, toWad, WAD } from "../units.js";
import { big, small } from "../world/events.js";
import type { AccountRow } from "../world/view.js";
import type { Step, World } from "../world/world.js";

const PPM = 1_000_000n;

/** A liquidation of an account that had enough margin at the reference price. Quote, decimal. */
export interface WrongfulLiquidation {
  readonly time: number;
  readonly account: number;
  /** What was closed, or spot that was sold, at the reference price. */
  readonly notional: number;
  /** Equity and maintenance at the reference price, as the account stood before the block. */
  readonly equity: number;
  readonly maintenance: number;
}

/**
 * What counts as a wrongful liquidation. The reference price is what the asset is worth on the markets the scenario says are
 * right, at the time of the block. An account is measured at it as it stood before the block:
 *
 *   equity      = cash + unsettled cash + position at the reference + spot at the reference less its haircut
 *   maintenance = |size| at the reference times the maintenance rate
 *
 * If equity covers maintenance, everything a `Liquidation` closes of it in that block (by all steps of the waterfall together)
 * and everything a `SpotLiquidated` sells of its spot is wrongful, in quote at the reference price. Accounts of the attacker
 * and of the exchange itself do not count: the first brought it on themselves, the second are nobody's.
 */
export class WrongfulLiquidations {
  readonly found: WrongfulLiquidation[] = [];
  readonly #world: World;
  readonly #exempt: (account: number) => boolean;
  #liquidated = 0n;

  /** @param exempt accounts that do not count */
  constructor(world: World, exempt: (account: number) => boolean) {
    this.#world = world;
    this.#exempt = exempt;
  }

  /** Notional of everything liquidated so far, the exempt accounts included, quote. */
  get liquidated(): number {
    return fromWad(this.#liquidated);
  }

  /** The sum of what was found, quote. */
  get total(): number {
    return this.found.reduce((sum, { notional }) => sum + notional, 0);
  }

  /** Takes in a block. */
  observe({ before, view, events }: Step): void {
    const reference = toWad(view.reference);
    for (const event of events) {
      if (event.name !== "Liquidation" && event.name !== "SpotLiquidated") continue;
      const amount = event.name === "Liquidation" ? abs(big(event, "size")) : big(event, "amount");
      const notional = (amount * reference) / WAD;
      this.#liquidated += notional;
      const account = small(event, "account");
      const row = before.accounts.get(account);
      if (row === undefined || notional === 0n || this.#exempt(account)) continue;
      const { equity, maintenance } = this.#measured(row, reference);
      if (equity < maintenance) continue;
      const numbers = { notional: fromWad(notional), equity: fromWad(equity), maintenance: fromWad(maintenance) };
      this.found.push({ time: view.time, account, ...numbers });
    }
  }

  #measured(row: AccountRow, reference: bigint): { equity: bigint; maintenance: bigint } {
    const { initialMarginRate, spotHaircut } = this.#world.exchange.parameters;
    const kept = PPM - BigInt(spotHaircut);
    const spot = (((row.spot * reference) / WAD) * kept) / PPM;
    const equity = row.cash + row.pending + row.quote + (row.size * reference) / WAD + spot;
    const maintenance = (((abs(row.size) * reference) / WAD) * BigInt(Math.floor(initialMarginRate))) / PPM / 2n;
    return { equity, maintenance };
  }
}
