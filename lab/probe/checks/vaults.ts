import type { Deployed } from "../../deployment/artifacts.js";
import { abs } from "../../units.js";
import { big } from "../../world/events.js";
import type { Step, World } from "../../world/world.js";
import type { Check } from "../check.js";

/** Events that change what a share is worth beside mints and redemptions. */
const MOVES_VALUE = [
  "InventoryTaken",
  "InventoryUnwound",
  "DeficitInsured",
  "FeesDistributed",
  "Liquidation",
  "QueueDeleveraged",
  "Dealt",
];

/** Smallest units of the asset by which a redemption and the vault's value may be rounded. */
const ROUNDING = 2n;

/** P15: what one holder was paid for a share is what a share is worth to those who stayed, in the same block, in either vault. */
export const redeemersAreEqual: Check = {
  property: "P15",
  find: async ({ world, step }) => {
    if (step.events.some(({ name }) => MOVES_VALUE.includes(name))) return undefined;
    const { contracts, house } = world.exchange;
    for (const vault of house === undefined ? [contracts.backstopVault] : [contracts.backstopVault, house.pool]) {
      const found = await unequal(world, step, vault);
      if (found !== undefined) return found;
    }
    return undefined;
  },
};

async function unequal(world: World, step: Step, vault: Deployed): Promise<string | undefined> {
  const ask = async (view: string, args: unknown[]): Promise<bigint> =>
    BigInt(await world.chain.call(vault.address, vault.interface.encodeFunctionData(view, args)));
  for (const event of step.events) {
    if (event.contract !== vault.name || event.name !== "Withdraw") continue;
    const [assets, shares] = [big(event, "assets"), big(event, "shares")];
    const staying = await ask("convertToAssets", [shares]);
    // What is rounded off the whole is multiplied when few shares stay.
    const allowed = ROUNDING + (ROUNDING * shares) / ((await ask("totalSupply", [])) + 1n);
    if (abs(assets - staying) <= allowed) continue;
    return `${vault.name}: ${shares} shares were redeemed for ${assets} and are worth ${staying} to those who stayed`;
  }
  return undefined;
}
