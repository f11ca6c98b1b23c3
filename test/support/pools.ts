import { UniswapV3 } from "../../lab/spot/uniswap.js";
import type { SpotPool, SpotToken } from "../../lab/spot/uniswap.js";
import { deployIndex, WAD } from "./prices.js";

/** Price and depth of a pool unless a test says otherwise: quote per base and quote, WAD. */
export const POOL_PRICE = 3_000n * WAD;
export const POOL_DEPTH = 5_000_000n * WAD;

/** Options of a pool. `order` names the token that is token0. */
export interface PoolOptions {
  order?: "base" | "quote";
  depth?: bigint;
  baseDecimals?: number;
  quoteDecimals?: number;
  fee?: number;
}

/** An index's chain with a real Uniswap v3 pool of full-range liquidity, traded by `admin`. */
export async function deployPool(options: PoolOptions = {}) {
  const { order = "base", depth = POOL_DEPTH, baseDecimals = 18, quoteDecimals = 6, fee = 500 } = options;
  const index = await deployIndex();
  const { ethers, admin, networkHelpers } = index;
  const uniswap = await UniswapV3.deploy(admin);
  const token = async (decimals: number): Promise<SpotToken> => {
    const contract = await ethers.deployContract("TestToken", ["Token", "TKN", decimals]);
    await contract.mint(admin, 10n ** 36n);
    return { address: await contract.getAddress(), decimals };
  };
  const base = await token(baseDecimals);
  let quote = await token(quoteDecimals);
  while (BigInt(base.address) < BigInt(quote.address) !== (order === "base")) quote = await token(quoteDecimals);
  await uniswap.approve(admin, base, quote);
  const pool: SpotPool = await uniswap.createPool({ base, quote, fee, price: POOL_PRICE });
  if (depth > 0n) await pool.addLiquidity(admin, { depth });
  /** Mines a block so that it is `seconds` after the last one. */
  const pass = (seconds: number) => networkHelpers.time.increase(seconds);
  return { ...index, uniswap, pool, base, quote, pass };
}

/** |a - b| / b. */
export function apart(a: bigint, b: bigint): number {
  return Math.abs(Number(a - b) / Number(b));
}
