import type { Deployed, Deployer } from "./artifacts.js";
import type { Exchange } from "./exchange.js";
import type { SpotPool } from "../spot/uniswap.js";

/** Seconds of the pool's liquidity that count as its depth now; the caps themselves remember the lowest of half an hour. */
const WINDOW = 60;

/** Gas of a reading without ticks on its way, and for each tick; half as many as fit the reach may lie between it and the price. */
const GAS = { reading: 200_000, tick: 12_000 };

/**
 * Bounds open interest by what moving the pool would cost and by what the vaults could bear, as the deployment's settings say. The
 * pool must have a history of a minute by now: what it has less counts as no depth, for half an hour. Returns the contract;
 * undefined if no such cap is wanted.
 */
export async function armCaps(
  deployer: Deployer,
  { contracts, settings, market }: Exchange,
  pool: SpotPool | undefined,
): Promise<Deployed | undefined> {
  const { kappa, adverseMove, reach } = settings.caps;
  if (kappa === 0 && adverseMove === 0) return undefined;
  const { authority, clearingHouse, markPrice, backstopVault, insuranceFund, spotToken } = contracts;
  const modules = [clearingHouse, markPrice, backstopVault, insuranceFund].map(({ address }) => address);
  const caps = await deployer.deploy("OpenInterestCaps", ...modules, authority.address);
  let [depthSource, sourceGas] = [`0x${"0".repeat(40)}`, 0];
  if (kappa !== 0) {
    if (pool === undefined) throw new Error("what moving a spot price costs is not known without a spot pool");
    const source = await deployer.deploy(reach === 0 ? "UniswapV3TwapSource" : "PoolDepthSource", authority.address);
    const covered = reach === 0 ? [] : [ticksOf(reach)];
    await deployer.execute(source, "setPool", market, pool.address, spotToken.address, WINDOW, ...covered);
    depthSource = source.address;
    sourceGas = GAS.reading + 3 * Math.ceil(ticksOf(reach) / pool.tickSpacing) * GAS.tick;
  }
  await deployer.execute(caps, "setMarket", market, { depthSource, kappa, adverseMove, sourceGas });
  await deployer.execute(clearingHouse, "setOpenInterestCaps", caps.address);
  return caps;
}

/** Ticks of a move upwards, parts per million; the same number of them down is the same factor. */
function ticksOf(move: number): number {
  return Math.ceil(Math.log(1 + move / 1e6) / Math.log(1.0001));
}
