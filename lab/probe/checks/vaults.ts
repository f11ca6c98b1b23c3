import { abs } from "../../units.js";
import { big } from "../../world/events.js";
import type { Check } from "../check.js";

/** Events that change what a share is worth beside mints and redemptions. */
const MOVES_VALUE = ["InventoryTaken", "InventoryUnwound", "DeficitInsured", "FeesDistributed", "Liquidation"];

/** Smallest units of the asset by which a redemption and the vault's value may be rounded. */
const ROUNDING = 2n;

/** P15: what one holder was paid for a share is what a share is worth to those who stayed, in the same block. */
export const redeemersAreEqual: Check = {
  property: "P15",
  find: async ({ world, step }) => {
    const { backstopVault: vault } = world.exchange.contracts;
    const redeemed = step.events.filter(({ contract, name }) => contract === vault.name && name === "Withdraw");
    if (redeemed.length === 0 || step.events.some(({ name }) => MOVES_VALUE.includes(name))) return undefined;
    for (const event of redeemed) {
      const [assets, shares] = [big(event, "assets"), big(event, "shares")];
      const ask = async (view: string, args: unknown[]): Promise<bigint> =>
        BigInt(await world.chain.call(vault.address, vault.interface.encodeFunctionData(view, args)));
      const staying = await ask("convertToAssets", [shares]);
      // What is rounded off the whole is multiplied when few shares stay.
      const allowed = ROUNDING + (ROUNDING * shares) / ((await ask("totalSupply", [])) + 1n);
      if (abs(assets - staying) <= allowed) continue;
      return `${shares} shares were redeemed for ${assets} and are worth ${staying} to those who stayed`;
    }
    return undefined;
  },
};
