import type { Deployed, Deployer } from "./artifacts.js";
import type { Exchange } from "./exchange.js";

/** Seconds of the pool's liquidity that count as its depth now; the caps themselves remember the lowest of half an hour. */
const WINDOW = 60;

/**
 * Bounds open interest by what moving the pool would cost and by what the vaults could bear, as the deployment's settings say. The
 * pool must have a history of a minute by now: what it has less counts as no depth, for half an hour. Returns the contract;
 * undefined if no such cap is wanted.
 */
export async function armCaps(
  deployer: Deployer,
  { contracts, settings, market }: Exchange,
  pool: string | undefined,
): Promise<Deployed | undefined> {
  const { kappa, adverseMove } = settings.caps;
  if (kappa === 0 && adverseMove === 0) return undefined;
  const { authority, clearingHouse, markPrice, backstopVault, insuranceFund, spotToken } = contracts;
  const modules = [clearingHouse, markPrice, backstopVault, insuranceFund].map(({ address }) => address);
  const caps = await deployer.deploy("OpenInterestCaps", ...modules, authority.address);
  let depthSource = `0x${"0".repeat(40)}`;
  if (kappa !== 0) {
    if (pool === undefined) throw new Error("what moving a spot price costs is not known without a spot pool");
    const source = await deployer.deploy("UniswapV3TwapSource", authority.address);
    await deployer.execute(source, "setPool", market, pool, spotToken.address, WINDOW);
    depthSource = source.address;
  }
  await deployer.execute(caps, "setMarket", market, { depthSource, kappa, adverseMove });
  await deployer.execute(clearingHouse, "setOpenInterestCaps", caps.address);
  return caps;
}
