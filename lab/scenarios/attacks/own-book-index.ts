import { phasesSince } from "../../attack/phases.js";
import { attack } from "../../attack/scenario.js";
import type { Stage } from "../../attack/stage.js";
import type { Wallet } from "../../attack/wallet.js";
import type { DeploymentOptions } from "../../deployment/options.js";
import { FEED_DECIMALS, type Source } from "../../deployment/sources.js";
import { near } from "../../scenario/figures.js";
import type { Parameters, Values } from "../../scenario/parameters.js";
import { fromWad, toWad } from "../../units.js";

/** What the wrapped asset is worth: wBETH printed 430 after a fall of 88 %. */
const WORTH = 430 / 0.12;

/** What one redeems for at the start, in units of the underlying. */
const RATE = 1.08;

const HOLDERS = 5;

/** Base each holder has put up. */
const COLLATERAL = 200;

/** Resting bids of the thin book, from just below the worth to the bottom. */
const LEVELS = 20;

/** Where the seller puts a bid of its own to sell into, of the mark: inside the band of orders. Its size, base. */
const REACH = 0.955;
const TOKEN = 0.1;

/** Rounds that move nothing after which the seller gives up. */
const PATIENCE = 15;

/** How a market that is held, or whose price is not certain, refuses to open. */
const HELD = ["OpeningHalted", "NoTakersInAuction", "AuctionClearing", "PriceNotUsable", "InsufficientMargin"] as const;

/** Quote the fund has, and so what can be seen of it that was spent. */
const INSURANCE = 1_000_000;

const shocks = {
  bottom: {
    default: 0.12,
    low: 0.05,
    high: 0.99,
    unit: "of the worth",
    why: "Where the lowest bid of the thin book lies: 0.12 was wBETH's, 0.65 USDe's.",
  },
  minutes: {
    default: 40,
    low: 1,
    high: 120,
    whole: true,
    unit: "minutes",
    why: "How long the seller goes on: 21:36 to 22:16.",
  },
} as const satisfies Parameters;

const assumptions = {
  left: {
    default: 0.02,
    low: 0.001,
    high: 1,
    unit: "of the collateral",
    why: "Bids left in the book. Makers had withdrawn 90 to 98 % of their depth, and redemption, which would have made them whole, took days.",
  },
  leverage: {
    default: 2,
    low: 0.5,
    high: 10,
    unit: "times collateral",
    why: "The holders' long positions. Twice levered, they are liquidated at 70 % of the worth: USDe's holders are, if only just.",
  },
  loss: {
    default: 0.35,
    low: 0,
    high: 0.9,
    unit: "of the worth",
    why: "Control: the backing itself is lost, as much as the depeg of USDe would have been had it been true, and the redemption rate does not say so.",
  },
  response: {
    default: 30,
    low: 1,
    high: 59,
    whole: true,
    unit: "minutes",
    why: "Control: from the beginning of the loss to governance taking the redemption price out of the index.",
  },
  weight: {
    default: 0.1,
    low: 0.001,
    high: 10,
    unit: "times another source",
    why: "What the own book counts in the index: so little that its fall by 88 % leaves the sources within the 3 % they may lie apart.",
  },
  window: {
    default: 1_800,
    low: 60,
    high: 7_200,
    whole: true,
    unit: "seconds",
    why: "The pool's average: the usual half hour.",
  },
} as const satisfies Parameters;

const parameters = { ...shocks, ...assumptions };
type Numbers = Values<typeof parameters>;

/** Collateral that is priced where it can be dumped is bought at that price by whoever dumps it. */
export const ownBookIndex = attack({
  id: "own-book-index",
  title: "Collateral priced on its own venue's book",
  base: "wBETH",
  story:
    "Holders of a wrapped asset have put it up as collateral and are long. Makers have left the book, the asset redeems for what it always did, and elsewhere it trades at " +
    "its worth. A seller dumps a fiftieth of the collateral into the few bids that rest, puts bids of its own where they leave gaps, and buys what is liquidated at the price it has made.",
  incident: [
    {
      what: "wBETH on the book that priced it as collateral, 10 October 2025, 21:36 to 22:16 UTC",
      value: "430, 88 % down",
      source: "press and the venue's statements",
    },
    { what: "USDe on the same venue", value: "0.65", source: "press and the venue's statements" },
    { what: "Compensation paid to holders", value: "$283 M", source: "the venue's statements" },
    {
      what: "What the venue changed",
      value: "redemption price in the index, and a floor",
      source: "the venue's statements",
    },
  ],
  actors: {
    seller: "Sells into the thin book for as long as it takes, and buys the collateral of whoever is liquidated.",
    holders: "Five accounts, each with collateral and a long position: solvent at what the asset redeems for.",
    makers: "Have sold the holders their positions and gone. Some bids are left, down to the bottom.",
    arbitrageur: "Keeps the spot pool elsewhere at the worth.",
    liquidator: "Liquidates what falls below maintenance.",
  },
  shocks,
  assumptions,
  parameters,
  defences: [
    {
      layer: "index-median",
      here: "redemption price, a feed and a pool elsewhere outvote the book",
    },
    { layer: "pool-average", here: "the pool elsewhere counts with its average" },
    {
      layer: "validity-ladder",
      here: "sources that lie far apart leave liquidation only at the bound that favours the holder",
    },
    { layer: "guard", here: "a book that leaves its references is paused and reopened by an auction" },
    { layer: "mark-speed", here: "the mark, and with it the band of orders, follows the index at 0.33 % a second" },
    { layer: "mark-band", here: "the mark stays within 1.96 % of the index" },
    { layer: "price-band", here: "a seller reaches 5 % below the mark at a time" },
  ],
  grid: { parameter: "bottom", values: [0.12, 0.3, 0.5, 0.65, 0.68, 0.72, 0.8, 0.95] },
  cost: "delay",
  figures: {
    lowest: { label: "Lowest trade on the own book, of the worth", unit: "share" },
    lowestIndex: { label: "Lowest index, of the worth", unit: "share" },
    sold: { label: "Sold by the attacker, at the worth", unit: "quote" },
    collateralSold: { label: "Collateral liquidated, at the worth", unit: "quote" },
    taken: { label: "Lost on what was liquidated of it, of the worth", unit: "share" },
    lossShare: { label: "Lost by the holders, of their collateral", unit: "share" },
    delay: { label: "From a holder's true insolvency to its liquidation", unit: "seconds" },
    badDebt: { label: "Deficits paid by fund and others", unit: "quote" },
    blocked: { label: "Opening refused, of all attempts", unit: "share" },
    pauses: { label: "Pauses of the market", unit: "times" },
  },
  sources: [
    { what: "Sequence, prices and compensation", where: "the venue's statements and press on 10 October 2025" },
    { what: "Share of depth withdrawn", where: "order books recorded on 10 October 2025" },
  ],
  limits: [
    "The book is the perpetual's and not a spot book: the lab has one market, and collateral is priced by its index either way.",
    "What the asset is worth stays the same, so that what is measured is the index and not the crash of the same hour.",
    "Nobody arbitrages the own book: deposits of the wrapped asset were as slow as its redemption.",
    "The redemption price is only as true as the rate. Where the backing is lost and the rate does not say so, the sources lie apart, nobody opens, and " +
      "liquidation waits for governance: control says what that costs.",
    "Guard, mark band and mark speed earn nothing here: they are measured from the index, and go where it goes. The pool's average earns nothing either, for the pool is not touched.",
    "The weight of a raw book decides: with the majority of it the book is the index, and only the ladder stands between it and the holders (--set weight=4).",
  ],
  expectations: [
    {
      kind: "off",
      sentence: "the own book prints the incident's share of the worth, within 2 %",
      holds: ({ figures, parameters: { bottom = 0 } }) => near(figures.lowest, bottom, 0.02),
    },
    {
      kind: "off",
      sentence: "what is liquidated loses the incident's 88 % of its worth, within 2 %",
      holds: ({ figures, parameters: { bottom } }) => bottom !== 0.12 || near(figures.taken, 0.88, 0.02),
    },
    {
      kind: "off",
      sentence: "holders solvent at the worth lose their collateral",
      holds: ({ wrongfulLiquidations, figures }) => wrongfulLiquidations > 0 && (figures.collateralSold ?? 0) > 0,
    },
    { kind: "off", sentence: "the seller gains by it", holds: ({ attackerNet }) => attackerNet > 0 },
    {
      kind: "on",
      sentence: "no account that is solvent at the median price is liquidated",
      holds: ({ wrongfulLiquidations, liquidated }) => wrongfulLiquidations === 0 && liquidated === 0,
    },
    { kind: "on", sentence: "the attacker has no gain", holds: ({ attackerNet }) => attackerNet <= 0 },
    {
      kind: "control",
      sentence: "a true loss that the rate hides is liquidated when governance has taken the rate out, if not before",
      holds: ({ figures, parameters: { response = 0 } }) => figures.delay != null && figures.delay <= response * 60,
    },
  ],
  deployment: ({ values }) => deployment(values),
  play: async (stage, { values, honest }) => {
    stage.history = values.window + 60;
    const holders = await settle(stage, values);
    return honest ? loss(stage, values, holders) : dump(stage, values, holders);
  },
});

const NOTHING = {
  lowest: null,
  lowestIndex: null,
  sold: null,
  collateralSold: null,
  taken: null,
  lossShare: null,
  delay: null,
  badDebt: null,
  blocked: null,
  pauses: null,
};

/** What each source but the own book weighs, quote: any two of the three are a majority, none is alone. */
const WEIGHT = 10_000_000;

function deployment({ window, weight }: Numbers): DeploymentOptions {
  return {
    market: { startPrice: WORTH },
    base: { name: "Wrapped Staked Ether", symbol: "wBETH" },
    insurance: INSURANCE,
    pool: { fee: 500, depth: 20_000_000, cardinality: window },
    index: {
      sources: [
        {
          kind: "redemption",
          name: "redemption",
          rate: RATE,
          maxGrowth: 100_000,
          slack: 1_000,
          maxFall: 1_000,
          underlying: { heartbeat: 3_600, deviation: 500, depth: WEIGHT },
        },
        { kind: "pool-average", name: "pool", window, maxDepth: WEIGHT, interval: 0 },
        { kind: "feed", name: "elsewhere", heartbeat: 3_600, deviation: 500, depth: WEIGHT },
        { kind: "own-book", name: "own book", depth: weight * WEIGHT },
      ],
      quorum: 2,
      exposed: "own book",
    },
  };
}

/** Holders put up their collateral and buy what makers sell them. */
async function settle(stage: Stage, { leverage, weight }: Numbers): Promise<Wallet[]> {
  await list(stage);
  const total = HOLDERS * COLLATERAL;
  const makers = await stage.wallet("makers", { group: "makers", margin: 2 * leverage * total * WORTH });
  const holders: Wallet[] = [];
  for (let index = 1; index <= HOLDERS; index++) {
    holders.push(await stage.wallet(`holder ${index}`, { group: "traders", spot: COLLATERAL }));
  }
  stage.liquidator(await stage.wallet("liquidator", { group: "keepers", margin: 1_000 }));
  stage.arbitrageur(await stage.wallet("arbitrageur", { group: "arbitrageurs", quote: 2e7, spot: 2e7 / WORTH }));
  await stage.act(
    "holders put up their collateral, and makers quote",
    ...holders.map((holder) => holder.depositSpot(COLLATERAL)),
    makers.quote(
      { buy: false, price: WORTH * 1.0005, size: 2 * leverage * total },
      { buy: true, price: WORTH * 0.9995, size: total },
    ),
  );
  await stage.act(
    `holders buy ${leverage} times their collateral`,
    ...holders.map((holder) => holder.buy(leverage * COLLATERAL)),
  );
  await name(stage, stage.exchange.sources, weight);
  await stage.act("makers leave", makers.quote());
  return holders;
}

/** A book that is its own index cannot begin: until it has traded, a market without another source is priced as it is listed. */
async function list(stage: Stage): Promise<void> {
  if (stage.exchange.sources.some(({ kind }) => kind !== "own-book")) return;
  const { feed, chainlinkSource, indexOracle } = stage.exchange.contracts;
  await stage.govern(feed, "report", toWad(WORTH) / 10n ** BigInt(18 - FEED_DECIMALS));
  const entry = { aggregator: feed.address, heartbeat: 172_800, deviation: 500, depth: 1, decimals: FEED_DECIMALS };
  await stage.govern(chainlinkSource, "setFeed", 0, entry);
  await stage.govern(indexOracle, "setSources", 0, [sourceAt(chainlinkSource.address)], tolerances(stage));
}

/** The index is made of the deployment's sources, or of those that are left of them. */
async function name(stage: Stage, sources: readonly Source[], weight: number): Promise<void> {
  const configs = sources.map(({ kind, adapter }) =>
    sourceAt(adapter.address, Math.floor((kind === "own-book" ? weight : 1) * WEIGHT)),
  );
  await stage.govern(stage.exchange.contracts.indexOracle, "setSources", 0, configs, tolerances(stage));
}

function sourceAt(source: string, maxDepth = 1) {
  return { source, gasLimit: 400_000, maxDepth, interval: 0 };
}

function tolerances(stage: Stage) {
  const { quorum, maxDispersion, maxConfidence } = stage.exchange.settings.index;
  return { quorum, maxDispersion, maxConfidence };
}

async function dump(stage: Stage, { bottom, minutes, left }: Numbers, holders: readonly Wallet[]) {
  const total = HOLDERS * COLLATERAL;
  const size = left * total;
  const stragglers = await stage.wallet("bids that were left", { group: "makers", margin: 2 * size * WORTH });
  const seller = await stage.wallet("seller", { group: "attacker", margin: 2 * size * WORTH });
  const buyer = await stage.wallet("seller's other account", { group: "attacker", margin: total * WORTH });
  const bids = Array.from({ length: LEVELS }, (_, level) => ({
    buy: true,
    price: WORTH * (0.99 - ((0.99 - bottom) * level) / (LEVELS - 1)),
    size: size / LEVELS,
  }));
  await stage.act(
    "a few bids are left, far apart",
    stragglers.quote(...bids, { buy: false, price: WORTH, size: size / LEVELS }),
  );
  let [lowest, paid] = [1, 0];
  const start = stage.now;
  const end = stage.now + minutes * 60;
  for (let idle = 0; stage.now < end && idle < PATIENCE; idle++) {
    const price = Math.max(bottom * WORTH, stage.view.mark * REACH);
    await stage.attempt(
      "it puts a bid of its own below the mark",
      buyer.quote({ buy: true, price, size: TOKEN }),
      ...HELD,
    );
    await stage.attempt("the seller dumps, into the bids that are left and its own", seller.sell(size), ...HELD);
    const last = fromWad(stage.view.market.last) / WORTH;
    if (last < lowest) [lowest, idle] = [last, 0];
    paid += await seize(stage, holders, buyer);
  }
  await stage.act("it stops", buyer.quote());
  await stage.wait(5 * stage.pace, { sentence: "the market settles" });
  const collateralSold = holders.reduce((sum, { row }) => sum + COLLATERAL - fromWad(row.spot), 0) * WORTH;
  const worth = holders.reduce((sum, holder) => sum + worthOf(holder), 0);
  return {
    ...NOTHING,
    lowest,
    lowestIndex: stage.lowest("index") / WORTH,
    sold: Math.abs(seller.position) * WORTH,
    collateralSold,
    taken: collateralSold === 0 ? null : 1 - paid / collateralSold,
    lossShare: 1 - worth / (total * WORTH),
    badDebt: spent(stage),
    pauses: await pauses(stage, start),
  };
}

/** Buys the collateral of every holder below maintenance, at the index less the discount. Returns what was paid. */
async function seize(stage: Stage, holders: readonly Wallet[], buyer: Wallet): Promise<number> {
  const { liquidationEngine } = stage.exchange.contracts;
  let paid = 0;
  for (const holder of holders.filter((candidate) => isBelow(candidate) && candidate.row.spot > 0n)) {
    const { events } = await stage.attempt(
      `it buys the collateral of ${holder.name}`,
      buyer.call(liquidationEngine, "liquidateSpot", holder.account, buyer.account, 0, holder.row.spot),
      "NotLiquidatable",
      "NoSpotToSell",
      "PriceNotUsable",
      "BuyerCannotPay",
    );
    const sold = events.filter(({ name: event }) => event === "SpotLiquidated");
    paid += sold.reduce((sum, { arguments: values }) => sum + fromWad(values["paid"] as bigint), 0);
  }
  return paid;
}

/** How often the guard has paused the market since. */
async function pauses(stage: Stage, start: number): Promise<number> {
  return (await phasesSince(stage, start)).filter(({ phase }) => phase === "PAUSED").length;
}

/** The worth itself falls, the rate does not say so; makers, pool and book know. */
async function loss(stage: Stage, { loss: share, response, weight }: Numbers, holders: readonly Wallet[]) {
  const total = HOLDERS * COLLATERAL;
  const redeems = stage.exchange.sources.some(({ kind }) => kind === "redemption");
  if (redeems) stage.feeds.see(() => WORTH / RATE, "redemption");
  const makers = await stage.wallet("informed makers", { group: "makers", margin: 10 * total * WORTH });
  stage.maker(makers, { follows: "reference", size: total, spread: 0.002 });
  const trader = await stage.wallet("somebody who opens", { group: "traders", margin: 100_000 });
  const start = stage.now;
  let [refused, attempts, insolventAt, liquidatedAt] = [0, 0, 0, 0];
  const minute = 60;
  for (let passed = minute; passed <= 60 * minute; passed += minute) {
    const before = holders.map(({ position }) => position);
    if (redeems && passed === response * minute) {
      const honest = stage.exchange.sources.filter(({ kind }) => kind !== "redemption");
      await name(stage, honest, weight);
    }
    stage.reference = WORTH * (1 - share * Math.min(1, passed / (10 * minute)));
    await stage.wait(minute - stage.pace, { sentence: "the backing is lost, over ten minutes", pace: 24 });
    const { ok } = await stage.attempt("somebody opens a position", trader.buy(1), ...HELD);
    attempts++;
    if (!ok) refused++;
    const insolvent = holders.some((holder) => truly(holder, stage.reference));
    if (insolvent && insolventAt === 0) insolventAt = stage.now;
    if (liquidatedAt === 0 && holders.some(({ position }, index) => position < (before[index] ?? 0))) {
      liquidatedAt = stage.now;
    }
  }
  return {
    ...NOTHING,
    lowestIndex: stage.lowest("index") / WORTH,
    delay: liquidatedAt === 0 || insolventAt === 0 ? null : Math.max(0, liquidatedAt - insolventAt),
    badDebt: spent(stage),
    blocked: refused / attempts,
    pauses: await pauses(stage, start),
  };
}

function isBelow({ row }: Wallet): boolean {
  return row.equity < row.maintenance || (row.size === 0n && row.cash < 0n);
}

/** What a holder has at the worth, whatever the exchange says. */
function worthOf({ row }: Wallet): number {
  return fromWad(row.cash + row.pending + row.quote) + fromWad(row.size + row.spot) * WORTH;
}

/** Whether it is below maintenance at what the asset is worth: haircut 10 %, maintenance 2 %. */
function truly({ row }: Wallet, price: number): boolean {
  const equity = fromWad(row.cash + row.pending + row.quote) + (fromWad(row.size) + 0.9 * fromWad(row.spot)) * price;
  return row.size !== 0n && equity < 0.02 * fromWad(row.size) * price;
}

/** What the fund has paid, and what nobody could. */
function spent(stage: Stage): number {
  const fund = stage.view.accounts.get(stage.exchange.accounts.insuranceFund);
  return Math.max(0, INSURANCE - fromWad(fund?.cash ?? 0n)) + fromWad(stage.view.market.socialisedLoss);
}

export default ownBookIndex;
