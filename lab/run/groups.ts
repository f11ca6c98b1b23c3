import type { Role } from "../agents/agent.js";
import { fromTokens, fromWad, WAD } from "../units.js";
import type { AccountRow, View } from "../world/view.js";
import type { World } from "../world/world.js";

/** Agents' roles by the group the report names them under. */
const ROLES: Readonly<Record<string, Role>> = {
  crowd: "crowd",
  carry: "carry trader",
  shorts: "directional short",
  makers: "market maker",
  "earlier longs": "holder",
  liquidators: "liquidator",
};

/** Ledger accounts by group: everybody who can gain or lose on the exchange. */
export function groups(world: World): ReadonlyMap<string, readonly number[]> {
  const { treasury, insuranceFund, backstopVault, backstopInventory } = world.exchange.accounts;
  const members = Object.entries(ROLES)
    .map(([group, role]) => [group, world.agents.filter((agent) => agent.role === role)] as const)
    .filter(([, agents]) => agents.length > 0)
    .map(([group, agents]) => [group, agents.map(({ account }) => account)] as const);
  return new Map<string, readonly number[]>([
    ...members,
    ["backstop", [backstopVault, backstopInventory]],
    ["insurance", [insuranceFund]],
    ["fees", [treasury]],
  ]);
}

/** Money in the ledger by group, positions at mark; fees not yet paid out are with the fees. All groups add up to what came in. */
export function ledgerMoney(world: World, view: View, feesAccrued: number): ReadonlyMap<string, number> {
  const money = new Map<string, number>();
  for (const [group, accounts] of groups(world)) {
    const held = accounts.map((account) => {
      const row = view.accounts.get(account);
      return row === undefined ? 0 : fromWad(claim(row, view));
    });
    money.set(group, total(held) + (group === "fees" ? feesAccrued : 0));
  }
  return money;
}

/** What an account and its owner's wallet are worth, spot at the outside price. */
export function wealth(row: AccountRow, view: View): number {
  const spot = fromWad(row.spot + row.walletSpot) * view.reference;
  return fromWad(claim(row, view)) + spot + fromTokens(row.walletQuote);
}

/** What an account gains when the price rises by one: position and spot, base. */
export function delta(row: AccountRow): number {
  return fromWad(row.size + row.spot + row.walletSpot);
}

/** The sum. */
export function total(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

function claim(row: AccountRow, view: View): bigint {
  return row.cash + row.pending + row.quote + (row.size * view.market.mark) / WAD;
}
