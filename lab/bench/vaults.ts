import { done, type Rig } from "./rig.js";

const TOKENS = 1_000_000_000n;

/** Gas of a deposit into the backstop and of a redemption after its cooldown. */
export async function benchVaults(rig: Rig): Promise<void> {
  const holder = await rig.trader();
  const address = await holder.signer.getAddress();
  const vault = rig.at("backstopVault", holder.signer);
  await done(rig.at("quoteToken", holder.signer).approve(await vault.getAddress(), 10n * TOKENS));
  await rig.aside(async () => {
    await done(vault.deposit(TOKENS, address));
    await rig.measure("vault-deposit", () => vault.deposit(TOKENS, address) as Promise<unknown>);
    const shares = (await vault.balanceOf(address)) as bigint;
    await done(vault.requestRedeem(shares));
    await rig.pass(Number(await vault.COOLDOWN()) + 1);
    await rig.measure("vault-redeem", () => vault.redeem(shares, address, address) as Promise<unknown>);
  });
}
