import { attack } from "../../attack/scenario.js";
import type { Stage } from "../../attack/stage.js";
import type { Wallet } from "../../attack/wallet.js";
import type { DeploymentOptions } from "../../deployment/options.js";
import { DEFAULT_MARKET } from "../../deployment/parameters.js";
import { near } from "../../scenario/figures.js";
import type { Parameters, Values } from "../../scenario/parameters.js";
import { news } from "../off-hours/news.js";
import {
  BEFORE,
  BOOK,
  CLOSE,
  CLOSED_HOURS,
  friday,
  HELD,
  heldSeconds,
  HOUR,
  leaveLadder,
  LIQUIDATED,
  PRICE,
  REOPENING,
  SHORT,
  Watch,
} from "../off-hours/weekend.js";

/** From the end of the attack to the reopening, seconds. */
const AFTER = HOUR;

/** Slices the short is sold in. */
const SLICES = 36;

/** How long the attacker waits for liquidations at the bottom, and how long prices took to come back, seconds. */
const HOLD = 900;
const REBOUND = 1_800;

const shocks = {
  move: {
    default: 0.035,
    low: 0.002,
    high: 0.15,
    unit: "of the price",
    why: "How far below the last price of the week the attacker waits with bids: where the book was driven to.",
  },
  hours: { default: 6, low: 1, high: 24, unit: "hours", why: "In which the short is sold, in equal slices." },
  prepared: {
    default: 0,
    low: 0,
    high: 1,
    whole: true,
    unit: "",
    why: "1: the attacker has bought before the close and sells reduce-only, which a closed market allows.",
  },
  auction: {
    default: 0,
    low: 0,
    high: 2,
    whole: true,
    unit: "",
    why: "1: the attacker waits for the auction that opens the market, and makers are not back before it. 2: they are.",
  },
  gap: {
    default: 0.07,
    low: 0,
    high: 0.15,
    unit: "of the price",
    why: "Control: fall of the price over the weekend, known everywhere before the market opens: the most index futures may fall until the morning.",
  },
} as const satisfies Parameters;

const assumptions = {
  density: {
    default: SHORT / 0.035,
    low: 1e7,
    high: 1e11,
    unit: "quote",
    why: "Bids left in the book, per unit of relative distance: 10 M of selling moved it by 3.5 %.",
  },
  leverage: {
    default: 25,
    low: 1,
    high: 25,
    unit: "times",
    why: "Of the longs. Not on record: the venue's bound of 1 / leverage on the mark, and a fall of nearly 4 %, tell of 25, its highest. With 25 maintenance is reached at -2.1 %.",
  },
  tau: {
    default: 28_800,
    low: 60,
    high: 604_800,
    whole: true,
    unit: "seconds",
    why: "Time constant of the index that the venue makes of its own book out of hours: eight hours, later one.",
  },
  band: {
    default: DEFAULT_MARKET.markBand,
    low: 1_000,
    high: 40_000,
    whole: true,
    unit: "parts per million",
    why: "Band of the mark in open hours: the exchange's, half of the guard's. 40000 is the venue's, 1 / leverage; the exchange refuses it, so that a wider one is deployed without its lints.",
  },
  closedBand: {
    default: DEFAULT_MARKET.markBand,
    low: 100,
    high: 40_000,
    whole: true,
    unit: "parts per million",
    why: "Band of closed hours: that of the mark, below the 1.96 % that take a short of the highest leverage from initial margin to maintenance, and the 2.04 % a long.",
  },
} as const satisfies Parameters;

const parameters = { ...shocks, ...assumptions };
type Numbers = Values<typeof parameters>;

/** At a weekend one does not trade the index but whoever has the deepest pocket in a thin book. */
export const offHours = attack({
  id: "off-hours",
  title: "A closed equity market, moved on a thin book",
  base: "N100",
  story:
    "A perpetual on an equity index trades through the weekend, its index an average of its own book. A new wallet sells 398 contracts over six hours into bids that nobody renews, and waits " +
    "with bids of its own at the bottom for the longs that are liquidated. Half an hour later the price is back; the market it stands for has not traded at all.",
  incident: [
    {
      what: "Short sold over six hours at a weekend",
      value: "398 contracts, 10 M",
      source: "press on the weekend sell-off of XYZ100, from on-chain data",
    },
    { what: "Fall of the contract", value: "more than 3.5 %, nearly 4 %", source: "the same" },
    { what: "Longs liquidated", value: "13 M: one of 7.4 M, one of 2.7 M", source: "the same" },
    { what: "Back near the venue's oracle", value: "within 30 minutes", source: "the same" },
    {
      what: "Index out of hours",
      value: "average of the own book's impact price over eight hours, later one; mark within 1 / leverage of it",
      source: "documentation and change log of the venue",
    },
  ],
  actors: {
    attacker: "Two wallets: one sells the short, the other bids at the bottom.",
    longs: "Seven accounts, as highly levered as the venue lets them, since Friday.",
    makers: "Leave a ladder of orders for the weekend and come back half an hour after the fall.",
    liquidator: "Liquidates what falls below maintenance.",
  },
  shocks,
  assumptions,
  parameters,
  defences: [
    {
      layer: "sessions",
      here: "from Friday to Sunday evening nothing opens, and mark and trades keep to 1.96 % of the index",
    },
    { layer: "index-median", here: "the last price of the week outvotes the own book" },
    { layer: "guard", here: "a book that leaves its references is paused; without it there are no sessions either" },
    { layer: "mark-band", here: "the mark stays within 1.96 % of the index" },
    { layer: "mark-speed", here: "the mark moves by a third of a per cent a second at most" },
    { layer: "price-band", here: "a seller reaches 5 % below the mark at a time" },
  ],
  grid: { parameter: "move", values: [0.01, 0.02, 0.025, 0.03, 0.035, 0.04, 0.05, 0.06] },
  cost: "delay",
  figures: {
    fall: { label: "Lowest mark, below the last price of the week", unit: "share" },
    indexFall: { label: "Lowest index, below the last price of the week", unit: "share" },
    apart: { label: "Farthest the mark was from the index", unit: "share" },
    sold: { label: "Sold short by the attacker, at the last price", unit: "quote" },
    ratio: { label: "Liquidated, times the short", unit: "times" },
    rebound: { label: "From the end of the attack until the mark is back within 0.5 %", unit: "seconds" },
    delay: { label: "From a long's true insolvency to its liquidation", unit: "seconds" },
    settled: { label: "From the reopening to the last of these liquidations", unit: "seconds" },
    badDebt: { label: "Deficits paid by fund and others, and the backstop's loss", unit: "quote" },
    blocked: { label: "Opening refused at the weekend, of all attempts", unit: "share" },
    stuck: { label: "Closing at once not possible, of all attempts", unit: "share" },
    held: { label: "Hours in which the market was held", unit: "hours" },
  },
  sources: [
    {
      what: "Sequence and amounts",
      where: "press on the weekend sell-off of XYZ100, after on-chain data; accounts differ on the day",
    },
    { what: "Index and mark out of hours", where: "the venue's specification and change log" },
    { what: "Prices of closed markets are repeated until they open", where: "documentation of equity data streams" },
    {
      what: "Limits of index futures before the morning",
      where: "the futures exchange's rules: 7 % between 17:00 and 8:30 Chicago time",
    },
  ],
  limits: [
    "Whose wallets bought what was liquidated is not on record; the attacker's gain is what it would have been.",
    "The index of the undefended exchange is made of the own book on Friday as well, when it says what everybody says.",
    "Median and speed earn nothing here: 3.5 % in six hours is inside both. The guard earns only what its sessions do, and the mark's band stops the push as they do, either without the other.",
    "The reopening is protected by the width of the mark's band alone: without makers in the auction two wallets of one person set its price at the edge of that, 1.96 % from a live index (--set auction=1,move=0.03), and " +
      "longs of twenty-five times leverage reach maintenance at 2.04 %. With the venue's band, which the exchange refuses, most of them are liquidated there (--set auction=1,move=0.03,band=40000).",
  ],
  expectations: [
    {
      kind: "off",
      sentence: "the mark falls by the incident's 3.5 %, within a tenth",
      holds: ({ figures, parameters: { move } }) => move !== 0.035 || near(figures.fall, 0.035, 0.1),
    },
    {
      kind: "off",
      sentence: "solvent longs are liquidated",
      holds: ({ wrongfulLiquidations }) => wrongfulLiquidations > 0,
    },
    { kind: "off", sentence: "the attacker gains by it", holds: ({ attackerNet }) => attackerNet > 0 },
    {
      kind: "on",
      sentence: "nobody is liquidated",
      holds: ({ liquidated }) => liquidated === 0,
    },
    { kind: "on", sentence: "the attacker has no gain", holds: ({ attackerNet }) => attackerNet <= 0 },
    {
      kind: "on",
      sentence: "the mark stays within the band of closed hours around the index",
      holds: ({ figures, parameters: { closedBand = 0 } }) => (figures.apart ?? 1) <= closedBand / 1e6 + 1e-9,
    },
    {
      kind: "control",
      sentence: "what the weekend has made insolvent is liquidated within five minutes of the reopening",
      holds: ({ figures }) => figures.settled != null && figures.settled <= 300,
    },
    {
      kind: "control",
      sentence: "nobody solvent is liquidated",
      holds: ({ wrongfulLiquidations }) => wrongfulLiquidations === 0,
    },
  ],
  deployment: ({ values }) => deployment(values),
  play: async (stage, { values, honest }) => {
    stage.history = CLOSE - BEFORE - stage.now;
    const longs = await friday(stage, values.leverage);
    if (!honest) return push(stage, values);
    return { ...NOTHING, ...(await news(stage, values.gap, { insurance: INSURANCE, backstop: BACKSTOP }, longs)) };
  },
});

const NOTHING = {
  fall: null,
  indexFall: null,
  apart: null,
  sold: null,
  ratio: null,
  rebound: null,
  delay: null,
  settled: null,
  badDebt: null,
  blocked: null,
  stuck: null,
  held: null,
};

const INSURANCE = 1_000_000;

/** Carries all of the longs five times levered. */
const BACKSTOP = 3_000_000;

function deployment({ tau, band, closedBand }: Numbers): DeploymentOptions {
  return {
    market: { startPrice: PRICE, markBand: band },
    ...(band > DEFAULT_MARKET.markBand ? { unlinted: true } : {}),
    base: { name: "Index of a hundred shares", symbol: "N100" },
    pool: false,
    guard: { closedHours: CLOSED_HOURS, closedBand },
    insurance: INSURANCE,
    backstop: BACKSTOP,
    index: {
      sources: [
        { kind: "feed", name: "futures", heartbeat: 86_400, deviation: 500, depth: 10_000_000 },
        {
          kind: "smoothed-book",
          name: BOOK,
          start: PRICE,
          tau,
          maxStep: Math.min(tau, 2 * HOUR),
          maxAge: 172_800,
          depth: 1_000_000,
        },
      ],
      quorum: 1,
      exposed: BOOK,
    },
  };
}

async function push(stage: Stage, values: Numbers) {
  const { move, hours, density, prepared, auction } = values;
  const margin = density * move;
  const size = margin / PRICE;
  const seller = await stage.wallet("seller", { group: "attacker", margin });
  const buyer = await stage.wallet("buyer at the bottom", { group: "attacker", margin: margin + LIQUIDATED });
  if (prepared === 1) await stage.act("the attacker buys before the close", seller.buy(size));
  await leaveLadder(stage, density, move);
  const opened = stage.now;
  const watch = new Watch(stage);
  const begins = auction > 0 ? REOPENING : REOPENING - AFTER - hours * HOUR;
  await watch.until(CLOSE, 300, "the last minutes of the week");
  await watch.until(begins, 2 * HOUR, "the futures are closed");
  if (auction === 2) await makersReturn(stage);
  const before = seller.position;
  if (auction > 0) await sellAtReopening(stage, values, { seller, buyer });
  else await sellInSlices(stage, values, { seller, buyer, watch, begins });
  const sold = before - seller.position;
  await watch.until(stage.now + HOLD, stage.pace, "the price is held, and longs are liquidated");
  const end = stage.now;
  if (auction < 2) await makersReturn(stage);
  await watch.until(end + REBOUND, 60, "makers return");
  await watch.until(REOPENING + 600, 60, "the futures open where they closed");
  return {
    ...NOTHING,
    fall: 1 - stage.lowest("mark") / PRICE,
    indexFall: 1 - stage.lowest("index") / PRICE,
    apart: watch.apart,
    sold: sold * PRICE,
    ratio: sold > 0 ? watch.liquidated() / (sold * PRICE) : 0,
    rebound: watch.back === undefined || watch.back < end ? null : watch.back - end,
    held: (await heldSeconds(stage, opened)) / HOUR,
  };
}

/** Makers that know the price quote around it again. */
async function makersReturn(stage: Stage): Promise<void> {
  const makers = await stage.wallet("makers who return", { group: "makers", margin: 5 * LIQUIDATED });
  stage.maker(makers, { follows: "reference", size: LIQUIDATED / PRICE, spread: 0.0005, lifetime: "post-only" });
}

/** The two wallets of the attacker. */
interface Pair {
  readonly seller: Wallet;
  readonly buyer: Wallet;
}

/** Sells the short slice by slice, the last of it to the attacker's own bids at the bottom. */
async function sellInSlices(
  stage: Stage,
  { move, hours, density, prepared }: Numbers,
  { seller, buyer, watch, begins }: Pair & { readonly watch: Watch; readonly begins: number },
): Promise<void> {
  const size = (density * move) / PRICE;
  const bid = { buy: true, price: PRICE * (1 - move), size: size + LIQUIDATED / PRICE };
  await stage.attempt("the attacker bids at the bottom", buyer.quote(bid), ...HELD);
  for (let slice = 1; slice <= SLICES; slice++) {
    await watch.until(begins + (slice * hours * HOUR) / SLICES - stage.pace, HOUR, "between slices");
    await stage.attempt("a slice is sold", seller.sell(size / SLICES, { reduceOnly: prepared === 1 }), ...HELD);
    watch.look();
  }
}

/** Puts all of it into the auction that opens the market, and bids there for what is liquidated afterwards. */
async function sellAtReopening(stage: Stage, { move, density }: Numbers, { seller, buyer }: Pair): Promise<void> {
  const size = (density * move) / PRICE;
  const price = PRICE * (1 - move);
  const bid = buyer.bid(price * 1.0001, size + LIQUIDATED / PRICE);
  await stage.attempt("the attacker bids at the bottom", bid, ...HELD);
  await stage.attempt("and sells there", seller.ask(price, 1.2 * size), ...HELD);
  await stage.wait(120, { sentence: "the auction collects" });
  const { orderBook } = stage.exchange.contracts;
  const clear = seller.call(orderBook, "uncross", stage.exchange.market, 0);
  await stage.attempt("and has the auction cleared", clear, "NoAuction", "PriceNotUsable");
}

export default offHours;
