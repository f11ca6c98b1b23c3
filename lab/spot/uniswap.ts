import { createRequire } from "node:module";

import { Contract, ContractFactory, MaxUint256, ZeroAddress } from "ethers";
import type { ContractTransactionReceipt, InterfaceAbi, Signer } from "ethers";

const require = createRequire(import.meta.url);

const WAD = 10n ** 18n;
const Q96 = 1n << 96n;
const MIN_SQRT_RATIO = 4295128739n;
const MAX_SQRT_RATIO = 1461446703485210103287273052203988822378723970342n;
const MAX_TICK = 887272;
const TICK_SPACING: Record<number, number> = { 100: 1, 500: 10, 3000: 60, 10000: 200 };

/** One `increaseObservationCardinalityNext` writes this many slots at most, to stay under the gas limit of a transaction. */
const CARDINALITY_STEP = 500;

/** A token of a pool. */
export interface SpotToken {
  address: string;
  decimals: number;
}

/** What a pool is made of. The price is quote per base, WAD; the fee in parts per million. */
export interface PoolParameters {
  base: SpotToken;
  quote: SpotToken;
  fee: number;
  price: bigint;
}

/** Where liquidity goes. Without bounds: over the full range. Prices are quote per base, WAD. */
export interface LiquidityParameters {
  /** Quote reserve at the present price, L * sqrt(P), WAD: what the closed forms call Q. */
  depth: bigint;
  lower?: bigint;
  upper?: bigint;
}

/** A trade as the pool recorded it: amounts in the tokens' own units, both positive. */
export interface SpotTrade {
  base: bigint;
  quote: bigint;
  receipt: ContractTransactionReceipt;
}

/** The tokens a liquidity position took, in their own units, and its number. */
export interface SpotPosition {
  tokenId: bigint;
  liquidity: bigint;
  base: bigint;
  quote: bigint;
}

interface Artifact {
  abi: InterfaceAbi;
  bytecode: string;
}

function artifact(path: string): Artifact {
  return require(path) as Artifact;
}

const CORE = "@uniswap/v3-core/artifacts/contracts";
const PERIPHERY = "@uniswap/v3-periphery/artifacts/contracts";

async function deploy(path: string, signer: Signer, ...parameters: unknown[]): Promise<Contract> {
  const { abi, bytecode } = artifact(path);
  const contract = await new ContractFactory(abi, bytecode, signer).deploy(...parameters);
  await contract.waitForDeployment();
  return new Contract(await contract.getAddress(), abi, signer);
}

async function send(contract: Contract, method: string, ...parameters: unknown[]): Promise<ContractTransactionReceipt> {
  const response = await contract.getFunction(method).send(...parameters);
  const receipt = await response.wait();
  if (receipt === null) throw new Error(`${method} was not mined`);
  return receipt;
}

function spokenToBy(contract: Contract, signer: Signer): Contract {
  return new Contract(contract.target, contract.interface, signer);
}

async function call<T>(contract: Contract, method: string, ...parameters: unknown[]): Promise<T> {
  return (await contract.getFunction(method).staticCall(...parameters)) as T;
}

/** The largest integer whose square does not exceed `value`. */
export function squareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** Uniswap v3 as its published packages ship it: factory, router, position manager and quoter. */
export class UniswapV3 {
  private constructor(
    readonly factory: Contract,
    readonly router: Contract,
    readonly positions: Contract,
    readonly quoter: Contract,
  ) {}

  /** Deploys it. Native currency is not used, so no wrapper of it is needed. */
  static async deploy(signer: Signer): Promise<UniswapV3> {
    const factory = await deploy(`${CORE}/UniswapV3Factory.sol/UniswapV3Factory.json`, signer);
    const address = await factory.getAddress();
    return new UniswapV3(
      factory,
      await deploy(`${PERIPHERY}/SwapRouter.sol/SwapRouter.json`, signer, address, ZeroAddress),
      await deploy(
        `${PERIPHERY}/NonfungiblePositionManager.sol/NonfungiblePositionManager.json`,
        signer,
        address,
        ZeroAddress,
        ZeroAddress,
      ),
      await deploy(`${PERIPHERY}/lens/QuoterV2.sol/QuoterV2.json`, signer, address, ZeroAddress),
    );
  }

  /** Creates and initialises a pool. It is empty until `addLiquidity`. */
  async createPool(parameters: PoolParameters): Promise<SpotPool> {
    const { base, quote, fee } = parameters;
    if (TICK_SPACING[fee] === undefined) throw new Error(`no pool has a fee of ${String(fee)} ppm`);
    if (fee === 100 && (await call<bigint>(this.factory, "feeAmountTickSpacing", fee)) === 0n) {
      await send(this.factory, "enableFeeAmount", fee, 1);
    }
    await send(this.factory, "createPool", base.address, quote.address, fee);
    const address = await call<string>(this.factory, "getPool", base.address, quote.address, fee);
    const { abi } = artifact(`${CORE}/UniswapV3Pool.sol/UniswapV3Pool.json`);
    const contract = new Contract(address, abi, this.factory.runner);
    const pool = new SpotPool(this, contract, address, base, quote, fee);
    await send(contract, "initialize", pool.sqrtRatioAt(parameters.price));
    return pool;
  }

  /** Lets router and position manager take a signer's tokens. */
  async approve(signer: Signer, ...tokens: SpotToken[]): Promise<void> {
    for (const token of tokens) {
      const abi = ["function approve(address spender, uint256 amount) returns (bool)"];
      const contract = new Contract(token.address, abi, signer);
      await send(contract, "approve", await this.router.getAddress(), MaxUint256);
      await send(contract, "approve", await this.positions.getAddress(), MaxUint256);
    }
  }
}

/** One pool, spoken to in base and quote rather than token0 and token1. */
export class SpotPool {
  readonly baseIsToken0: boolean;

  constructor(
    readonly uniswap: UniswapV3,
    readonly contract: Contract,
    readonly address: string,
    readonly base: SpotToken,
    readonly quote: SpotToken,
    readonly fee: number,
  ) {
    this.baseIsToken0 = BigInt(base.address) < BigInt(quote.address);
  }

  /** Ticks between those that liquidity can start and end at. */
  get tickSpacing(): number {
    return TICK_SPACING[this.fee] ?? 1;
  }

  /** Makes the pool record at least `cardinality` observations. They take effect as trades write them. */
  async growCardinality(cardinality: number): Promise<void> {
    const slot = await call<[bigint, bigint, bigint, bigint, bigint]>(this.contract, "slot0");
    let next = Number(slot[4]);
    while (next < cardinality) {
      next = Math.min(next + CARDINALITY_STEP, cardinality);
      await send(this.contract, "increaseObservationCardinalityNext", next);
    }
  }

  /** Adds liquidity of a given depth with the signer's tokens, which must be approved. */
  async addLiquidity(signer: Signer, parameters: LiquidityParameters): Promise<SpotPosition> {
    const { tickLower, tickUpper } = this.range(parameters.lower, parameters.upper);
    const [base, quote] = await this.#amountsFor(parameters.depth, tickLower, tickUpper);
    const receipt = await send(spokenToBy(this.uniswap.positions, signer), "mint", {
      token0: this.baseIsToken0 ? this.base.address : this.quote.address,
      token1: this.baseIsToken0 ? this.quote.address : this.base.address,
      fee: this.fee,
      tickLower,
      tickUpper,
      amount0Desired: this.baseIsToken0 ? base : quote,
      amount1Desired: this.baseIsToken0 ? quote : base,
      amount0Min: 0n,
      amount1Min: 0n,
      recipient: await signer.getAddress(),
      deadline: MaxUint256,
    });
    const [tokenId, liquidity, amount0, amount1] = this.#logged(this.uniswap.positions, receipt, "IncreaseLiquidity");
    return this.baseIsToken0
      ? { tokenId, liquidity, base: amount0, quote: amount1 }
      : { tokenId, liquidity, base: amount1, quote: amount0 };
  }

  /** Takes `liquidity` out of a position and sends the tokens, fees included, to its owner. */
  async removeLiquidity(signer: Signer, tokenId: bigint, liquidity: bigint): Promise<void> {
    const positions = spokenToBy(this.uniswap.positions, signer);
    await send(positions, "decreaseLiquidity", {
      tokenId,
      liquidity,
      amount0Min: 0n,
      amount1Min: 0n,
      deadline: MaxUint256,
    });
    const most = (1n << 128n) - 1n;
    await send(positions, "collect", {
      tokenId,
      recipient: await signer.getAddress(),
      amount0Max: most,
      amount1Max: most,
    });
  }

  /** Sells exactly `amount` of the base (or of the quote, to buy base), stopping at `limit` (quote per base, WAD) if given. */
  async swap(signer: Signer, sell: "base" | "quote", amount: bigint, limit?: bigint): Promise<SpotTrade> {
    const receipt = await send(spokenToBy(this.uniswap.router, signer), "exactInputSingle", {
      ...this.#path(sell),
      recipient: await signer.getAddress(),
      deadline: MaxUint256,
      amountIn: amount,
      amountOutMinimum: 0n,
      sqrtPriceLimitX96: limit === undefined ? 0n : this.sqrtRatioAt(limit),
    });
    return this.#trade(receipt);
  }

  /** Buys exactly `amount` of the base (or of the quote, selling base). */
  async swapFor(signer: Signer, buy: "base" | "quote", amount: bigint): Promise<SpotTrade> {
    const receipt = await send(spokenToBy(this.uniswap.router, signer), "exactOutputSingle", {
      ...this.#path(buy === "base" ? "quote" : "base"),
      recipient: await signer.getAddress(),
      deadline: MaxUint256,
      amountOut: amount,
      amountInMaximum: MaxUint256,
      sqrtPriceLimitX96: 0n,
    });
    return this.#trade(receipt);
  }

  /** Trades until the spot price is `price` (quote per base, WAD), with at most what the signer owns. */
  async pushTo(signer: Signer, price: bigint): Promise<SpotTrade> {
    const sell = price < (await this.price()) ? "base" : "quote";
    const abi = ["function balanceOf(address) view returns (uint256)"];
    const token = new Contract(this[sell].address, abi, signer);
    return this.swap(signer, sell, await call<bigint>(token, "balanceOf", await signer.getAddress()), price);
  }

  /** What selling exactly `amount` would bring now, in the other token's units. */
  async quoteSale(sell: "base" | "quote", amount: bigint): Promise<bigint> {
    const [out] = await call<[bigint]>(this.uniswap.quoter, "quoteExactInputSingle", {
      ...this.#path(sell),
      amountIn: amount,
      sqrtPriceLimitX96: 0n,
    });
    return out;
  }

  /** The pool's square root of token1 per token0, in 2^-96. */
  async sqrtRatio(): Promise<bigint> {
    const [ratio] = await call<[bigint]>(this.contract, "slot0");
    return ratio;
  }

  /** The spot price, quote per base, WAD, rounded down. */
  async price(): Promise<bigint> {
    const ratio = await this.sqrtRatio();
    const base = 10n ** BigInt(this.base.decimals);
    const quote = 10n ** BigInt(this.quote.decimals);
    return this.baseIsToken0
      ? (ratio * ratio * base * WAD) / (quote * Q96 * Q96)
      : (Q96 * Q96 * base * WAD) / (quote * ratio * ratio);
  }

  /** The quote reserve of the liquidity in range, L * sqrt(P), WAD: what the closed forms call Q. */
  async depth(): Promise<bigint> {
    const liquidity = await call<bigint>(this.contract, "liquidity");
    const ratio = await this.sqrtRatio();
    const quote = this.baseIsToken0 ? (liquidity * ratio) / Q96 : (liquidity * Q96) / ratio;
    return quote * 10n ** BigInt(18 - this.quote.decimals);
  }

  /** The pool's square root ratio at a price (quote per base, WAD). */
  sqrtRatioAt(price: bigint): bigint {
    const base = 10n ** BigInt(this.base.decimals);
    const quote = 10n ** BigInt(this.quote.decimals);
    const ratio = this.baseIsToken0
      ? squareRoot((price * quote * Q96 * Q96) / (base * WAD))
      : squareRoot((base * WAD * Q96 * Q96) / (price * quote));
    if (ratio < MIN_SQRT_RATIO || ratio >= MAX_SQRT_RATIO)
      throw new Error(`no pool can hold a price of ${String(price)}`);
    return ratio;
  }

  /** The ticks nearest to two prices (quote per base, WAD) that liquidity can start and end at; the full range without them. */
  range(lower?: bigint, upper?: bigint): { tickLower: number; tickUpper: number } {
    const spacing = this.tickSpacing;
    const widest = Math.floor(MAX_TICK / spacing) * spacing;
    const low = lower === undefined ? undefined : this.#tickAt(lower, spacing);
    const high = upper === undefined ? undefined : this.#tickAt(upper, spacing);
    const tickLower = (this.baseIsToken0 ? low : high) ?? -widest;
    const tickUpper = (this.baseIsToken0 ? high : low) ?? widest;
    if (tickLower >= tickUpper) throw new Error("a range needs its lower price below its upper one");
    return { tickLower, tickUpper };
  }

  #tickAt(price: bigint, spacing: number): number {
    const root = Number(this.sqrtRatioAt(price)) / Number(Q96);
    return Math.round((2 * Math.log(root)) / Math.log(1.0001) / spacing) * spacing;
  }

  /** Amounts of base and quote, rounded up by a unit, that make a depth in a range at the present price. */
  async #amountsFor(depth: bigint, tickLower: number, tickUpper: number): Promise<[bigint, bigint]> {
    const ratio = await this.sqrtRatio();
    const quote = depth / 10n ** BigInt(18 - this.quote.decimals);
    const liquidity = this.baseIsToken0 ? (quote * Q96) / ratio : (quote * ratio) / Q96;
    const low = ratioAtTick(tickLower);
    const high = ratioAtTick(tickUpper);
    const inside = ratio < low ? low : ratio > high ? high : ratio;
    const amount0 = (liquidity * Q96 * (high - inside)) / (high * inside) + 1n;
    const amount1 = (liquidity * (inside - low)) / Q96 + 1n;
    return this.baseIsToken0 ? [amount0, amount1] : [amount1, amount0];
  }

  #path(sell: "base" | "quote"): { tokenIn: string; tokenOut: string; fee: number } {
    const buy = sell === "base" ? "quote" : "base";
    return { tokenIn: this[sell].address, tokenOut: this[buy].address, fee: this.fee };
  }

  #trade(receipt: ContractTransactionReceipt): SpotTrade {
    const [, , amount0, amount1] = this.#logged(this.contract, receipt, "Swap");
    const [base, quote] = this.baseIsToken0 ? [amount0, amount1] : [amount1, amount0];
    return { base: base < 0n ? -base : base, quote: quote < 0n ? -quote : quote, receipt };
  }

  #logged(contract: Contract, receipt: ContractTransactionReceipt, name: string): [bigint, bigint, bigint, bigint] {
    for (const log of receipt.logs) {
      if (log.address !== contract.target) continue;
      const parsed = contract.interface.parseLog(log);
      if (parsed?.name === name) return parsed.args.toArray() as [bigint, bigint, bigint, bigint];
    }
    throw new Error(`${name} was not logged`);
  }
}

/** Uniswap's ratio at a tick to double precision, which is ample for sizing a position. */
function ratioAtTick(tick: number): bigint {
  return BigInt(Math.round(Math.pow(1.0001, tick / 2) * 2 ** 96));
}
