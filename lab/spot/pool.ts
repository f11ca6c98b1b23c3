import type { Interface } from "ethers";

import { toWad } from "../units.js";
import type { Call } from "../venues/venue.js";
import type { Chain } from "../world/chain.js";
import type { SpotPool } from "./market.js";
import type { SpotPool as UniswapPool } from "./uniswap.js";

const FOREVER = (1n << 256n) - 1n;
const EVERYTHING = FOREVER;

/** Whole tokens of either side, more than any swap of the lab needs. */
const PLENTY = 1_000_000_000n;

/** A real Uniswap v3 pool as the agents see it. */
export class PoolMarket implements SpotPool {
  readonly #chain: Chain;
  readonly #pool: UniswapPool;
  readonly #router: { readonly address: string; readonly interface: Interface };
  readonly #slot: string;

  private constructor(chain: Chain, pool: UniswapPool, routerAddress: string) {
    this.#chain = chain;
    this.#pool = pool;
    this.#router = { address: routerAddress, interface: pool.uniswap.router.interface };
    this.#slot = pool.contract.interface.encodeFunctionData("slot0");
  }

  /** The market of a pool deployed on the chain. */
  static async of(chain: Chain, pool: UniswapPool): Promise<PoolMarket> {
    return new PoolMarket(chain, pool, await pool.uniswap.router.getAddress());
  }

  async price(): Promise<number> {
    const answer = await this.#chain.call(this.#pool.address, this.#slot);
    const ratio = Number(BigInt(answer.slice(0, 66))) / 2 ** 96;
    const units = 10 ** (this.#pool.base.decimals - this.#pool.quote.decimals);
    return this.#pool.baseIsToken0 ? ratio * ratio * units : units / (ratio * ratio);
  }

  buyExact(wallet: string, amount: bigint, limit: number): Call {
    const amountInMaximum = (amount * toWad(limit)) / this.#scale;
    return this.#swap("exactOutputSingle", "quote", wallet, { amountOut: amount, amountInMaximum });
  }

  sellExact(wallet: string, amount: bigint, limit: number): Call {
    const amountOutMinimum = (amount * toWad(limit)) / this.#scale;
    return this.#swap("exactInputSingle", "base", wallet, { amountIn: amount, amountOutMinimum });
  }

  moveTo(wallet: string, from: number, target: number): Call {
    const sell = target < from ? "base" : "quote";
    // More than the pool could take on the way; the price limit ends the swap.
    const amountIn = PLENTY * 10n ** BigInt(this.#pool[sell].decimals);
    const limit = this.#pool.sqrtRatioAt(toWad(target));
    return this.#swap("exactInputSingle", sell, wallet, { amountIn, amountOutMinimum: 0n }, limit);
  }

  approvals(): readonly Call[] {
    const abi = this.#approve;
    return [this.#pool.base, this.#pool.quote].map(({ address }) => ({ to: address, data: abi }));
  }

  /** What an amount of base times a price in WAD is divided by to give an amount of quote, both in the tokens' own units. */
  get #scale(): bigint {
    return 10n ** BigInt(18 + this.#pool.base.decimals - this.#pool.quote.decimals);
  }

  get #approve(): string {
    // approve(address,uint256)
    return `0x095ea7b3${this.#router.address.slice(2).padStart(64, "0").toLowerCase()}${EVERYTHING.toString(16)}`;
  }

  #swap(
    method: string,
    sell: "base" | "quote",
    recipient: string,
    amounts: Readonly<Record<string, bigint>>,
    sqrtPriceLimitX96 = 0n,
  ): Call {
    const { base, quote, fee } = this.#pool;
    const [tokenIn, tokenOut] = sell === "base" ? [base.address, quote.address] : [quote.address, base.address];
    const parameters = { tokenIn, tokenOut, fee, recipient, deadline: FOREVER, ...amounts, sqrtPriceLimitX96 };
    return { to: this.#router.address, data: this.#router.interface.encodeFunctionData(method, [parameters]) };
  }
}
