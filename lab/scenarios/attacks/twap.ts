import { costOfPush } from "../../attack/push.js";
import { attack } from "../../attack/scenario.js";
import type { Stage } from "../../attack/stage.js";
import type { Wallet } from "../../attack/wallet.js";
import type { Deployed } from "../../deployment/artifacts.js";
import type { DeploymentOptions } from "../../deployment/options.js";
import { near } from "../../scenario/figures.js";
import type { Parameters, Values } from "../../scenario/parameters.js";
import { fromWad, toWad } from "../../units.js";

const PRICE = 2_000;

/** Seconds from one block to the next, as on the chain whose proposers the attack is about. */
const BLOCK = 12;

/** Trading fee per side, as a fraction: the market's taker fee. */
const TAKER = 0.0004;

const shocks = {
  blocks: {
    default: 5,
    low: 1,
    high: 30,
    whole: true,
    unit: "blocks",
    why: "Consecutive proposer slots: nobody else trades in the pool meanwhile. A proposer with 20 % of all slots has five in a row 1.8 times a day.",
  },
  push: {
    default: 1.2,
    low: 1.001,
    high: 20,
    unit: "times the price",
    why: "Where the pool is pushed to and held. The window of 30 minutes would have to be pushed 4.32 times for five blocks to move by 5 %.",
  },
} as const satisfies Parameters;

const assumptions = {
  depth: {
    default: 10_000_000,
    low: 100_000,
    high: 1_000_000_000,
    unit: "quote",
    why: "Q: quote reserve of the pool on one side.",
  },
  fee: {
    default: 3_000,
    low: 100,
    high: 10_000,
    whole: true,
    unit: "parts per million",
    why: "The pool's fee: 500, 3000 or 10000.",
  },
  window: {
    default: 1_800,
    low: 60,
    high: 7_200,
    whole: true,
    unit: "seconds",
    why: "The average's window: the usual half hour.",
  },
  position: {
    default: 0.2,
    low: 0.0001,
    high: 2,
    unit: "share of depth",
    why: "Notional the attacker wants to hold long while the price is pushed.",
  },
  cap: {
    default: 0.003,
    low: 0.0001,
    high: 1,
    unit: "share of depth",
    why: "Open-interest cap: about N_max of a 30 bp pool for a taker fee of 4 bp.",
  },
} as const satisfies Parameters;

const parameters = { ...shocks, ...assumptions };
type Numbers = Values<typeof parameters>;

/** Pushing a pool that others trade in is paid for in the pool; the closed forms say how much, and how far an average follows. */
export const twap = attack({
  id: "twap",
  title: "Holding a spot pool for a few blocks to move its time-weighted average",
  base: "ETH",
  story:
    "A proposer of consecutive blocks buys a long position, pushes a Uniswap v3 pool and holds it there while nobody else can trade in it, sells the position to makers who " +
    "quote around the exchange's mark, and leaves the pool to the arbitrageurs. An honest short stands beside it.",
  incident: [
    {
      what: "Runs of k consecutive slots a day, share p of all slots",
      value: "about 7,200 p^k (1 - p)",
      source: "counting",
    },
    {
      what: "Push that moves a 30-minute geometric average by 5 %: one, two, five blocks",
      value: "x1508, x38.8, x4.32",
      source: "R^(t / W)",
    },
    {
      what: "Loss when arbitrage brings a push back",
      value: "Q (sqrt r + 1 / sqrt r - 2) + fees",
      source: "constant product; eprint 2022/445",
    },
  ],
  actors: {
    proposer:
      "Has the next blocks to itself. Holds the position, pushes the pool, closes, keeps what it bought in the pool.",
    makers: "Quote around the mark, 5 bp either side, and never look elsewhere.",
    short: "Sold at the start with six times leverage; solvent at the price everywhere else.",
    arbitrageur: "Brings the pool back to the price elsewhere as soon as it can trade.",
    liquidator: "Liquidates what falls below maintenance.",
  },
  shocks,
  assumptions,
  parameters,
  defences: [
    { layer: "pool-average", here: "the pool enters the index as its geometric mean over the window" },
    { layer: "index-median", here: "a feed of prices elsewhere outweighs the pool" },
    { layer: "open-interest-cap", here: "no more can be held than moving the pool would cost" },
  ],
  grid: { parameter: "push", values: [1.005, 1.01, 1.02, 1.05, 1.1, 1.2, 1.35, 1.5] },
  figures: {
    poolShift: { label: "Pool pushed by", unit: "share" },
    averageShift: { label: "Average of the pool moved by", unit: "share" },
    averageShiftPredicted: { label: "R^(t / W) - 1", unit: "share" },
    indexShift: { label: "Index moved by, at most", unit: "share" },
    markShift: { label: "Mark moved by, at most", unit: "share" },
    poolCost: { label: "Lost in the pool", unit: "quote" },
    poolCostPredicted: { label: "Q (sqrt r + 1 / sqrt r - 2) + fees", unit: "quote" },
    held: { label: "Notional held", unit: "quote" },
    lag: { label: "Index behind an honest move, at most", unit: "share" },
    lagCost: { label: "Taken from makers by an informed trader, of what it traded", unit: "share" },
  },
  cost: "lag",
  sources: [
    {
      what: "Geometric and arithmetic mean oracles of Uniswap pools and what moving them costs",
      where: "eprint 2022/445",
    },
    {
      what: "Largest open interest that is not worth a push",
      where: "derived from the constant product; arXiv 2606.03548",
    },
  ],
  limits: [
    "Makers follow the mark and nothing else: real ones look at other venues, and would lose less.",
    "Consecutive slots are given, not drawn; what they cost a proposer in other income is not counted.",
    "The pool's liquidity is spread over the full range. In a narrow range the same push costs more inside it and nothing beyond.",
  ],
  expectations: [
    { kind: "off", sentence: "a pushed pool pays the attacker", holds: ({ attackerNet }) => attackerNet > 0 },
    {
      kind: "off",
      sentence: "the short is liquidated although it is solvent",
      holds: ({ wrongfulLiquidations }) => wrongfulLiquidations > 0,
    },
    { kind: "on", sentence: "the attacker has no gain", holds: ({ attackerNet }) => attackerNet <= 0 },
    {
      kind: "on",
      sentence: "nobody solvent is liquidated",
      holds: ({ wrongfulLiquidations }) => wrongfulLiquidations === 0,
    },
    ...(["off", "on"] as const).map((kind) => ({
      kind,
      sentence: "average and cost of the push are within 1 % of the closed forms",
      holds: ({ figures }: { figures: Readonly<Record<string, number | null>> }) =>
        near(figures.averageShift, figures.averageShiftPredicted, 0.01) &&
        near(figures.poolCost, figures.poolCostPredicted, 0.01),
    })),
    {
      kind: "control",
      sentence: "an honest move of 5 % in a minute finds the index within 1 %",
      holds: ({ figures }) => (figures.lag ?? 1) < 0.01,
    },
  ],
  deployment: ({ values }) => deployment(values),
  play: async (stage, { values, honest }) => {
    stage.history = values.window + 60;
    const thermometer = await average(stage, values.window);
    const makers = await stage.wallet("makers", { group: "makers", margin: values.depth });
    stage.maker(makers, { size: (2 * values.position * values.depth) / PRICE });
    const quiet = { ...NOTHING, held: null };
    return honest
      ? { ...quiet, ...(await follow(stage, values)) }
      : { ...quiet, ...(await push(stage, values, thermometer)) };
  },
});

const NOTHING = {
  poolShift: null,
  averageShift: null,
  averageShiftPredicted: null,
  indexShift: null,
  markShift: null,
  poolCost: null,
  poolCostPredicted: null,
  lag: null,
  lagCost: null,
};

function deployment({ depth, fee, window, cap }: Numbers): DeploymentOptions {
  return {
    market: { startPrice: PRICE, openInterestCap: toWad((cap * depth) / PRICE), takerFee: TAKER * 1e6 },
    pool: { fee, depth, cardinality: window },
    index: {
      sources: [
        { kind: "feed", name: "feed", heartbeat: 3_600, deviation: 500, depth: 100_000_000 },
        { kind: "pool-average", name: "pool", window, maxDepth: 10_000_000, interval: 0 },
      ],
      exposed: "pool",
    },
  };
}

/** The exchange's own adapter on the pool, whatever the index reads: what the real oracle says. */
async function average(stage: Stage, window: number): Promise<() => Promise<number>> {
  const { authority, spotToken } = stage.exchange.contracts;
  const source: Deployed = await stage.deploy("UniswapV3TwapSource", authority.address);
  await stage.govern(source, "setPool", stage.exchange.market, stage.pool.address, spotToken.address, window);
  return async () => {
    const reading = (await stage.read(source, "read", stage.exchange.market)) as { price: bigint };
    return fromWad(reading.price);
  };
}

async function push(stage: Stage, values: Numbers, thermometer: () => Promise<number>) {
  const { depth, blocks, position, window, cap } = values;
  const wanted = (position * depth) / PRICE;
  const proposer = await stage.wallet("proposer", { group: "attacker", margin: position * depth, quote: depth * 5 });
  const short = await stage.wallet("short", { group: "traders", margin: ((cap / 2) * depth) / 6 });
  const arbitrageur = await stage.wallet("arbitrageur", {
    group: "arbitrageurs",
    quote: depth * 5,
    spot: (depth * 5) / PRICE,
  });
  stage.liquidator(await stage.wallet("liquidator", { group: "keepers", margin: 1_000 }));
  await stage.wait(2 * BLOCK, { sentence: "makers quote" });
  await stage.act("an honest trader sells short, six times levered", short.sell(((cap / 2) * depth) / PRICE));

  const all = await stage.attempt("the proposer buys", proposer.buy(wanted), "OpenInterestCapExceeded");
  if (!all.ok) await stage.act("it buys what the cap leaves", proposer.buy((((cap / 2) * depth) / PRICE) * 0.99));
  const before = {
    pool: stage.view.poolPrice,
    average: await thermometer(),
    index: stage.view.index,
    mark: stage.view.mark,
  };
  const start = proposer.purse;
  await stage.act(`it pushes the pool to ${values.push} times the price`, proposer.pushPool(PRICE * values.push));
  const poolShift = stage.view.poolPrice / before.pool;
  const bought = proposer.purse;
  await stage.wait((blocks - 1) * BLOCK, { sentence: "and holds it while the next blocks are its own" });
  stage.arbitrageur(arbitrageur);
  await stage.wait(BLOCK, { sentence: "the first block of somebody else's: arbitrage brings the pool back" });
  const averageShift = (await thermometer()) / before.average;
  const held = Math.abs(proposer.position) * PRICE;
  await sellOut(stage, proposer);
  await stage.wait(10 * BLOCK, { sentence: "the market settles" });
  return {
    poolShift: poolShift - 1,
    averageShift: averageShift - 1,
    averageShiftPredicted: poolShift ** ((blocks * BLOCK) / window) - 1,
    indexShift: stage.highest("index") / before.index - 1,
    markShift: stage.highest("mark") / before.mark - 1,
    // What it bought in the pool is worth the price elsewhere.
    poolCost: start.quote - bought.quote - (bought.base - start.base) * PRICE,
    poolCostPredicted: costOfPush(depth, poolShift, values.fee / 1e6),
    held,
  };
}

/** Sells the position to whoever bids, as often as the book renews itself. */
async function sellOut(stage: Stage, wallet: Wallet): Promise<void> {
  for (let tries = 0; tries < 5 && wallet.position > 0; tries++) {
    await stage.act("the proposer closes its position", wallet.close());
  }
}

/** The price moves for good, in a minute; the pool follows by arbitrage, and somebody who watches trades against slow makers. */
async function follow(stage: Stage, { depth, cap }: Numbers) {
  const size = ((cap / 2) * depth) / PRICE;
  const informed = await stage.wallet("informed trader", { group: "traders", margin: cap * depth });
  const arbitrageur = await stage.wallet("arbitrageur", { group: "arbitrageurs", quote: depth, spot: depth / PRICE });
  stage.arbitrageur(arbitrageur);
  await stage.wait(2 * BLOCK, { sentence: "makers quote" });
  let lag = 0;
  let gained = 0;
  for (let second = BLOCK; second <= 60; second += BLOCK) {
    stage.reference = PRICE * (1 + (0.05 * second) / 60);
    if (second === BLOCK) {
      await stage.act("whoever watches other markets buys at once", informed.buy(size));
      gained = informed.position * PRICE * 1.05 + fromWad(informed.row.quote);
    } else await stage.wait(BLOCK, { sentence: "the price rises elsewhere" });
    lag = Math.max(lag, Math.abs(stage.view.index / stage.reference - 1));
  }
  await stage.wait(10 * BLOCK, { sentence: "and stays there" });
  const traded = Math.abs(informed.position) * PRICE;
  return { lag, lagCost: traded === 0 ? null : gained / traded, held: traded };
}

export default twap;
