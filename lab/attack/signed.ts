import { AbiCoder } from "ethers";

import { SIGNED_FEED, type Source } from "../deployment/sources.js";
import type { Rng } from "../random.js";
import type { Action, Wallet } from "./wallet.js";

const SECONDS_A_YEAR = 365 * 86_400;

/** Decimals of what is signed. */
const EXPONENT = -8;

const PRICE = "tuple(int64 price, uint64 confidence, int32 exponent, uint256 publishedAt)";

/** What a vendor's test contract takes for a signed update: the price, its average, and when the one before was published. */
const UPDATE = [`tuple(bytes32 id, ${PRICE} price, ${PRICE} average)`, "uint64"];

/** A price that moves at random, one value a second: geometric, without drift. */
export function walk(rng: Rng, start: number, volatility: number, seconds: number): number[] {
  const step = volatility / Math.sqrt(SECONDS_A_YEAR);
  let price = start;
  return Array.from({ length: seconds }, () => (price *= Math.exp(step * rng.normal())));
}

/** The prices that publishers of a pull oracle sign, one a second, and how they are brought on chain. */
export class SignedPrices {
  readonly #source: Source;
  readonly #prices: readonly number[];
  readonly #began: number;
  readonly #confidence: number;
  #rounds = 0;

  /**
   * @param prices one a second from `began` on, unix seconds
   * @param confidence half width that is signed with each, as a fraction of it
   */
  constructor(source: Source, prices: readonly number[], began: number, confidence: number) {
    this.#source = source;
    this.#prices = prices;
    this.#began = began;
    this.#confidence = confidence;
  }

  /** Seconds, unix, of the last price there is. */
  get end(): number {
    return this.#began + this.#prices.length - 1;
  }

  /** What the asset is worth at a time, unix seconds. */
  at(time: number): number {
    const price = this.#prices[time - this.#began];
    if (price === undefined) throw new RangeError(`no price at second ${time - this.#began} of the story`);
    return price;
  }

  /** Brings the price signed at a time. Whether the source takes it is the source's affair. */
  bring(by: Wallet, time: number): Action {
    const { pull, vendor } = this.#source;
    if (pull === undefined) throw new TypeError(`nobody brings prices to ${this.#source.name}`);
    const [value, width] = [units(this.at(time)), units(this.at(time) * this.#confidence)];
    if (vendor !== undefined) {
      const price = [value, width, EXPONENT, time];
      const update = AbiCoder.defaultAbiCoder().encode(UPDATE, [[SIGNED_FEED, price, price], time - 1]);
      return by.call(pull, "update", 0, [update]);
    }
    const round = ++this.#rounds;
    return by.call(pull, "setRound", round, value, time, round);
  }
}

function units(price: number): bigint {
  return BigInt(Math.round(price * 10 ** -EXPONENT));
}
