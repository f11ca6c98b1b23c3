import { done, type Rig } from "./rig.js";

const TOKENS = 1_000_000_000n;

/** Gas of a deposit into the backstop and of a redemption after its cooldown. */
export async function benchVaults(rig: Rig): Promise<void> {
  const holder = await rig.trader();
  const { address, backstopVault: vault } = holder;
  await done(holder.quoteToken.approve(await vault.getAddress(), 10n * TOKENS));
  await rig.aside(async () => {
    await done(vault.deposit(TOKENS, address));
    await rig.measure("vault-deposit", () => vault.deposit(TOKENS, address));
    const shares = await vault.balanceOf(address);
    await done(vault.requestRedeem(shares));
    await rig.pass(Number(await vault.COOLDOWN()) + 1);
    await rig.measure("vault-redeem", () => vault.redeem(shares, address, address));
  });
}
