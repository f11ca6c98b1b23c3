/** What must hold whatever anyone does (mechanism section 10). The Solidity suite cites the same sentences in test/support/Properties.sol. */
export const PROPERTIES = {
  P1: "tokens held cover all positive claims less the recorded socialised loss, after every call",
  P2: "long open interest equals short open interest, up to named dust",
  P3: "profits, funding, fees and charges sum to zero up to dust, and dust is never in a caller's favour",
  P4: "an account without an open position and without profit still maturing never pays for anyone's loss",
  P5: "a position not in profit is neither torn up nor charged; only the last step closes it, at mark",
  P6: "charges equal the deficit as far as profit reaches, and never exceed it",
  P7: "a tear-up or charge costs the same however many positions the tranches hold",
  P8: "settling in any order, at any time, split into any accounts, gives the same cash and size up to dust",
  P9: "no hedged quantity is closed while directional profit on that side remains",
  P10: "a reducing trade or liquidation never leaves a worse margin ratio",
  P11: "nothing withdrawn exceeds deposits and matured profit",
  P12: "mark stays in its band and under its speed limit, whatever is traded",
  P13: "no action passes where the validity ladder says no",
  P14: "a position can be closed whenever the price is valid",
  P15: "early and late redeemers of a vault differ by no more than the fee",
} as const;

/** A property's number. */
export type PropertyId = keyof typeof PROPERTIES;
