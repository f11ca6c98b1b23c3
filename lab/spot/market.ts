import type { Call } from "../venues/venue.js";

/** A spot market as the agents see it: amounts of spot in its token's units, prices in quote per spot as decimal numbers. */
export interface SpotPool {
  /** Buys exactly `amount` of spot for the wallet's quote, at no more than `limit` on average. */
  buyExact(wallet: string, amount: bigint, limit: number): Call;
  /** Sells exactly `amount` of the wallet's spot, at no less than `limit` on average. */
  sellExact(wallet: string, amount: bigint, limit: number): Call;
  /** Trades until the pool's price is `target`, whichever side that takes. */
  moveTo(wallet: string, from: number, target: number): Call;
  /** Price now, in quote per spot. */
  price(): Promise<number>;
  /** Lets the market take the wallet's tokens. */
  approvals(): readonly Call[];
}
