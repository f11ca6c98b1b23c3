import { BrowserProvider } from "ethers";

import type { Deployed, Deployer } from "../deployment/artifacts.js";
import type { Exchange as Deployment } from "../deployment/exchange.js";
import { WAD } from "../model/arithmetic.js";
import type { SpotPool as ModelPool } from "../model/records.js";
import type { State } from "../model/state.js";
import { type SpotPool, UniswapV3 } from "../spot/uniswap.js";
import { type Provider, quantity } from "../world/provider.js";

/** Pools of the underlying: fee, price, and quote on one side. One as deep as the market is large and one that a sale moves, below it. */
const POOLS = [
  { fee: 3_000, price: 2_000n, depth: 4_000_000n },
  { fee: 10_000, price: 1_900n, depth: 600_000n },
] as const;

/** The ledger's number for the module that may take freed spot. */
const SALE = 6;

const GAS = 10_000_000;

/** Real pools with liquidity over the full range, and the sale of freed spot beside the exchange. */
export async function addPools(
  deployer: Deployer,
  { contracts }: Deployment,
): Promise<{ sale: Deployed; pools: readonly SpotPool[] }> {
  const { quoteToken, spotToken, clearingHouse, markPrice } = contracts;
  const { address, provider } = deployer.sender;
  const signer = await new BrowserProvider(withoutEstimates(provider)).getSigner(address);
  const [base, quote] = [
    { address: spotToken.address, decimals: 18 },
    { address: quoteToken.address, decimals: 6 },
  ];
  const uniswap = await UniswapV3.deploy(signer);
  await deployer.execute(quoteToken, "mint", address, 10n ** 14n);
  await deployer.execute(spotToken, "mint", address, 10n ** 5n * WAD);
  await uniswap.approve(signer, base, quote);
  const pools: SpotPool[] = [];
  for (const { fee, price, depth } of POOLS) {
    const pool = await uniswap.createPool({ base, quote, fee, price: price * WAD });
    await pool.addLiquidity(signer, { depth: depth * WAD });
    pools.push(pool);
  }
  const factory = await uniswap.factory.getAddress();
  const sale = await deployer.deploy("FreedSpotSale", clearingHouse.address, markPrice.address, factory);
  await deployer.execute(clearingHouse, "setModule", sale.address, SALE);
  return { sale, pools };
}

/** A pool writes an observation once a second: what an estimate finds enough may be too little a second later. */
function withoutEstimates(provider: Provider): Provider {
  return {
    request: async (call) => (call.method === "eth_estimateGas" ? quantity(GAS) : provider.request(call)),
  };
}

/** Tells a model of the pools. */
export async function readPools(state: State, pools: readonly SpotPool[]): Promise<void> {
  for (const pool of pools) {
    const liquidity = (await pool.contract.getFunction("liquidity").staticCall()) as bigint;
    const root = await pool.sqrtRatio();
    const tickSpacing = (await pool.contract.getFunction("tickSpacing").staticCall()) as bigint;
    const known: ModelPool = { liquidity, root, fee: BigInt(pool.fee), tickSpacing, spotFirst: pool.baseIsToken0 };
    state.spotPools.set(pool.address.toLowerCase(), known);
  }
  state.journal.settle();
}
