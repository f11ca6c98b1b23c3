/** A call to be sent by somebody: where to, and what. */
export interface Call {
  readonly to: string;
  readonly data: string;
  readonly gas?: number;
}

/** How long an order lives. */
export type Lifetime = "rest" | "post-only" | "immediate";

/** An order as an agent thinks of it. Price and size are decimal numbers; the venue rounds them to its ticks and lots. */
export interface OrderIntent {
  readonly buy: boolean;
  readonly price: number;
  readonly size: number;
  readonly lifetime: Lifetime;
  readonly reduceOnly?: boolean;
}

/**
 * A perpetual exchange as the agents see it: what they can ask of it, as calls to be sent from their own addresses. The lab's
 * scenarios speak to this; Crossfire is one adapter.
 */
export interface Venue {
  /** Opens the caller's account. */
  openAccount(): Call;
  /** Lets the venue take the caller's quote tokens. */
  approveQuote(): Call;
  /** Lets the venue take the caller's spot tokens. */
  approveSpot(): Call;
  /** Deposits quote, a decimal number, from the caller's wallet. */
  deposit(account: number, amount: number): Call;
  /** Withdraws quote, a decimal number, to the caller's wallet. */
  withdraw(account: number, amount: number, to: string): Call;
  /** Deposits spot, WAD, from the caller's wallet as collateral. */
  depositSpot(account: number, amount: bigint): Call;
  /** Takes spot collateral, WAD, back to the caller's wallet. */
  withdrawSpot(account: number, amount: bigint, to: string): Call;
  /** Places one order. */
  place(account: number, order: OrderIntent): Call;
  /** Voids the account's resting orders and places others, in one transaction. */
  requote(account: number, orders: readonly OrderIntent[]): Call;
  /** Liquidates an account under maintenance; anyone may. */
  liquidate(account: number): Call;
  /** Closes a bankrupt account against a list of counterparties, best ranked first; only venues with a queue. */
  deleverageByQueue(account: number, counterparties: readonly number[]): Call;
  /** Settles a position and moves it to the class its leverage and its hedge now call for; anyone may. */
  touch(account: number): Call;
  /** Brings mark and index up to date. */
  updatePrices(): Call;
  /** Backstop liquidity: lets the vault take quote tokens. */
  approveBackstop(): Call;
  /** Deposits quote, a decimal number, into the backstop vault. */
  joinBackstop(amount: number, receiver: string): Call;
}
