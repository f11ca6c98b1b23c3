import type { Source } from "../../scenario/scenario.js";

/** Where the numbers of 10 October 2025 come from, for every scenario that is built on that crash. */
export const PRICES: Source = {
  what: "ETH price, second by second, 21:00 to 21:40 UTC",
  where: "Gemini public trade history; lab/data/eth-usd-2025-10-10.csv",
};

export const ACCOUNTS: Source = {
  what: "Sizes and leverage of accounts: quantiles over 19,337 deleveraged wallets",
  where: "Hyperliquid public fill record; lab/data/deleveraged-account-quantiles.csv",
};

export const SHORTS: Source = {
  what: "Entries and margin of shorts: 50 accounts of the burst at 21:17:06",
  where: "Hyperliquid public fill record; lab/data/eth-short-entries.csv",
};

export const DELEVERAGING: Source = {
  what: "Average ADL price of ETH 3,467.9; $458.0 M deleveraged of $1,058.2 M liquidated, 43.3 %; 61.7 s from the first liquidation to the first ADL",
  where: "Hyperliquid public fill record",
};

export const DEPTH: Source = {
  what: "Depth of $240 M within 1 % at midnight against $1,789.6 M liquidated (BTC), 90 to 98 % of it withdrawn",
  where: "order book records of 10 October 2025",
};

export const SPOT_BELOW: Source = {
  what: "A spot price 3.7 % below the average ADL price (BTC 102,497 against 106,427.7)",
  where: "Binance BTC index, 21:20 UTC",
};
