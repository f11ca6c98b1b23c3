import { attack } from "../../attack/scenario.js";
import type { DeploymentOptions } from "../../deployment/options.js";
import { near } from "../../scenario/figures.js";
import {
  BEYOND,
  CONFIDENCE,
  LENT,
  MAX_AGE,
  PRICE,
  ROUNDING,
  SKEW,
  TAKER,
  type Numbers,
  assumptions,
  parameters,
  shocks,
} from "../stale/numbers.js";
import { Story } from "../stale/story.js";

/** Whoever knows the price before the house's oracle does deals with it at yesterday's. */
export const stale = attack({
  id: "stale",
  title: "Trading ahead of an oracle's report, and picking the best of several signed prices",
  base: "ETH",
  story:
    "The house deals at the index, and the index waits for a move of half a per cent and then for its report. An attacker who watches other markets buys from the house just before " +
    "the report and sells to it just after. Then it brings signed prices itself: the lowest of the last minute to buy at, the highest to sell at.",
  incident: [
    {
      what: "Synthetix, summer 2019: trades ahead of oracle updates, at first seen in the mempool, then by latency",
      value: "“essentially risk-free profits”",
      source: "SIP-6 of 27 June and SIP-7 of 9 July 2019",
    },
    {
      what: "Fee of a conversion at which bots still gained, and the fee it was raised to",
      value: "0.30 %, 0.50 %",
      source: "SCCP-4, 24 August 2019",
    },
    {
      what: "GMX v1, September 2022: dealing at an oracle's price without slippage",
      value: "$400-565 k",
      source: "incidents.md",
    },
    { what: "Age up to which a signed price is taken unless somebody says otherwise", value: "60 s", source: "Pyth" },
  ],
  actors: {
    attacker: "Sees the price elsewhere. Trades with the house only where it gains at the prices it knows.",
    keeper: "Brings a price when it has moved by the deviation, after the delay, and every half hour.",
    house: "Lent its money before the story. Nobody quotes on the book: its price is all there is.",
    makers: "In a second story rest quotes 5 bp around the index and look nowhere else.",
    sniper: "Takes those quotes ahead of a report. Not the attacker: no layer of the exchange stops it.",
    traders: "In the honest legs open and close with the house at times drawn once.",
  },
  shocks,
  assumptions,
  parameters,
  defences: [
    {
      layer: "house-spread",
      here: "the house keeps the deviation and 0.05 % from the index, and more as its inventory grows",
    },
    { layer: "house-allowance", here: "a tenth of its money a minute, half of that at once" },
    { layer: "one-price-a-period", here: "of all prices signed in ten seconds the first is the only one" },
  ],
  grid: { parameter: "volatility", values: [0.35, 0.7, 1.5, 3, 6, 10, 15, 20] },
  figures: {
    moved: { label: "Moves that were reported, mean", unit: "share" },
    value: { label: "Value of a trade ahead of a report, mean, per quote", unit: "share" },
    traded: { label: "Traded ahead of reports", unit: "quote" },
    gained: { label: "Gained by that", unit: "quote" },
    gainedPredicted: { label: "Reported moves less confidence and fees", unit: "quote" },
    houseLoss: { label: "Lost by the house, per quote traded", unit: "share" },
    pickValue: { label: "Value of picking prices, mean, per quote", unit: "share" },
    picked: { label: "Prices picked", unit: "times" },
    backwards: { label: "Times the index went back in time", unit: "times" },
    makersLoss: { label: "Lost by makers who rest around the index, per quote traded", unit: "share" },
    honestCost: { label: "Paid by honest traders beyond the index and fees, per quote traded", unit: "share" },
    lag: { label: "Index beside the price elsewhere when they trade", unit: "share" },
    blocked: { label: "Honest trades refused", unit: "share" },
  },
  cost: "honestCost",
  sources: [
    { what: "Front-running of Synthetix", where: "sips.synthetix.io, SIP-6, SIP-7, SIP-12, SCCP-4" },
    { what: "How a pull oracle's prices are chosen and how not", where: "docs.pyth.network, best practices" },
  ],
  limits: [
    "Fees and deviation of the incident are of different oracles: what is held against it is that a trade ahead of a report is worth more than the 0.30 % at which bots still gained.",
    "Where any signed price is taken, an aggregator that anybody may write stands for the contract that would verify it; the story writes only prices that were signed in the window.",
    "Makers who rest around the index lose the move less their spread whatever is switched on. They have to look elsewhere or keep the deviation from the index, as the house does.",
    "The house's distance covers the deviation, not what the price does between the move and its report. On a day as wild as 10 October 2025, with reports a minute late, some trades pay again; the allowance bounds them.",
    "Beside that the allowance earns nothing here, and picking prices does not pay against the house's distance at ordinary volatility: without the one price a period it is time going back that fails first.",
  ],
  expectations: [
    {
      kind: "off",
      sentence: "trading ahead of reports pays what they moved less confidence and fees, within 1 %",
      holds: ({ figures }) => (figures.gained ?? 0) > 0 && near(figures.gained, figures.gainedPredicted, 0.01),
    },
    {
      kind: "off",
      sentence: "it is worth more than the 0.30 % at which bots still gained in the incident",
      holds: ({ figures }) => (figures.value ?? 0) + 2 * TAKER > 0.003,
    },
    {
      kind: "off",
      sentence: "picking prices pays, and takes the index back in time",
      holds: ({ figures }) => (figures.pickValue ?? 0) > 0 && (figures.backwards ?? 0) > 0,
    },
    {
      kind: "off",
      sentence: "the house's lenders pay it",
      holds: ({ attackerNet, paidBy }) => attackerNet > 0 && (paidBy.house ?? 0) > attackerNet,
    },
    { kind: "on", sentence: "the attacker has no gain", holds: ({ attackerNet }) => attackerNet <= 0 },
    {
      kind: "on",
      sentence: "a trade ahead of a report is worth nothing or less",
      holds: ({ figures }) => (figures.value ?? 1) <= 0,
    },
    {
      kind: "on",
      // The lowest of a minute may happen to be the one price its period has, which anybody may bring: that is no choice of several.
      sentence: "picking prices is worth nothing or less, and the index never goes back in time",
      holds: ({ figures }) => (figures.pickValue ?? 0) <= 0 && figures.backwards === 0,
    },
    { kind: "on", sentence: "the house loses nothing", holds: ({ paidBy }) => (paidBy.house ?? 0) <= 0 },
    {
      kind: "control",
      sentence: "an honest trader pays the house's distance, and at most a tenth of its skew",
      holds: ({ figures, parameters: { deviation = 0 } }) => {
        const beyond = (figures.honestCost ?? 1) - deviation - BEYOND / 1e6 - CONFIDENCE;
        return beyond >= 0 && beyond < ROUNDING + SKEW / 10 / 1e6;
      },
    },
    { kind: "control", sentence: "no honest trade is refused", holds: ({ figures }) => figures.blocked === 0 },
  ],
  deployment: ({ values }) => deployment(values),
  play: (stage, { values, honest, rng }) => new Story(stage, values, rng).play(honest),
});

function deployment({ deviation, period }: Numbers): DeploymentOptions {
  const rate = Math.round(deviation * 1e6);
  return {
    market: { startPrice: PRICE, takerFee: TAKER * 1e6 },
    pool: false,
    index: {
      sources: [
        { kind: "pull", name: "signed", maxAge: MAX_AGE, period, confidence: CONFIDENCE * 1e6, depth: 100_000_000 },
      ],
    },
    house: { lent: LENT, skew: SKEW, deviation: rate, spread: rate + BEYOND, gap: Math.max(10_000, rate + BEYOND) },
  };
}

export default stale;
