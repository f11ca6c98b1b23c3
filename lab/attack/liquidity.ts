import type { Deployed } from "../deployment/artifacts.js";
import { toTokens, toWad } from "../units.js";
import type { Stage } from "./stage.js";
import type { Action, Wallet } from "./wallet.js";

const EVERYTHING = (1n << 256n) - 1n;
const MOST = (1n << 128n) - 1n;

/** A wallet's own liquidity in the spot pool, one position at a time: what it shows there and takes back. */
export class PoolLiquidity {
  readonly #stage: Stage;
  readonly #owner: Wallet;
  readonly #positions: Deployed;
  #next: bigint;
  #held: bigint | undefined;

  private constructor(stage: Stage, owner: Wallet, positions: Deployed, next: bigint) {
    this.#stage = stage;
    this.#owner = owner;
    this.#positions = positions;
    this.#next = next;
  }

  /** Lets the pool take the owner's tokens; nothing is in it yet. Nobody else may add liquidity while this is used. */
  static async of(stage: Stage, owner: Wallet): Promise<PoolLiquidity> {
    const { contract, address } = await managerOf(stage);
    const positions = { name: "positions", address, interface: contract.interface };
    const { quoteToken, spotToken } = stage.exchange.contracts;
    const approvals = [quoteToken, spotToken].map((token) => owner.call(token, "approve", address, EVERYTHING));
    await stage.act("the pool may take the provider's tokens", ...approvals);
    const minted = (await stage.read(positions, "totalSupply")) as bigint;
    return new PoolLiquidity(stage, owner, positions, minted + 1n);
  }

  /**
   * Adds liquidity around a price, as much as the amounts allow.
   * @param reach how far the range goes either side of the price, as a fraction of it; over the full range without it
   */
  add(price: number, { quote, base, reach }: { quote: number; base: number; reach?: number }): Action {
    const { pool, exchange } = this.#stage;
    const bounds = reach === undefined ? [] : [toWad(price * (1 - reach)), toWad(price * (1 + reach))];
    const range = pool.range(...bounds);
    const amounts = [toTokens(base, exchange.settings.base.decimals), toTokens(quote)];
    const [amount0Desired, amount1Desired] = pool.baseIsToken0 ? amounts : amounts.reverse();
    const tokens = [pool.base.address, pool.quote.address];
    const [token0, token1] = pool.baseIsToken0 ? tokens : tokens.reverse();
    this.#held = this.#next++;
    return this.#owner.call(this.#positions, "mint", {
      token0,
      token1,
      fee: pool.fee,
      ...range,
      amount0Desired,
      amount1Desired,
      amount0Min: 0n,
      amount1Min: 0n,
      recipient: this.#owner.address,
      deadline: EVERYTHING,
    });
  }

  /** Takes everything back, fees included; nothing to do where nothing is held. */
  async remove(): Promise<readonly Action[]> {
    const tokenId = this.#held;
    if (tokenId === undefined) return [];
    this.#held = undefined;
    const request = { tokenId, amount0Min: 0n, amount1Min: 0n, deadline: EVERYTHING };
    const liquidity = await this.#liquidityOf(tokenId);
    const collected = { tokenId, recipient: this.#owner.address, amount0Max: MOST, amount1Max: MOST };
    return [
      this.#owner.call(this.#positions, "decreaseLiquidity", { ...request, liquidity }),
      this.#owner.call(this.#positions, "collect", collected),
    ];
  }

  async #liquidityOf(tokenId: bigint): Promise<bigint> {
    const { address, interface: abi } = this.#positions;
    const answer = await this.#stage.world.chain.call(address, abi.encodeFunctionData("positions", [tokenId]));
    return abi.decodeFunctionResult("positions", answer).getValue("liquidity") as bigint;
  }
}

async function managerOf({ pool }: Stage) {
  const contract = pool.uniswap.positions;
  return { contract, address: await contract.getAddress() };
}
