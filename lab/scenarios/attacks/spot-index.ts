import { costOfPush } from "../../attack/push.js";
import { attack } from "../../attack/scenario.js";
import type { Stage } from "../../attack/stage.js";
import { traded } from "../../attack/stage.js";
import type { Wallet } from "../../attack/wallet.js";
import type { DeploymentOptions } from "../../deployment/options.js";
import { near } from "../../scenario/figures.js";
import type { Parameters, Values } from "../../scenario/parameters.js";
import { fromWad, toWad } from "../../units.js";

const PRICE = 2_000;

/** Half the distance of the makers' quotes: the closest the grid of prices lets them stand. */
const SPREAD = 0.00001;

/** How much of its size an order leaves for the grid of lots. */
const NEARLY = 0.9999;

const shocks = {
  interest: {
    default: 2,
    low: 0.05,
    high: 20,
    unit: "times N_max",
    why: "Net open interest the attacker wants to hold in each push. At one times N_max the best push breaks even.",
  },
  pushes: {
    default: 6,
    low: 1,
    high: 50,
    whole: true,
    unit: "pushes",
    why: "Many small ones: each stays far below any circuit breaker.",
  },
} as const satisfies Parameters;

const assumptions = {
  depth: {
    default: 100_000_000,
    low: 1_000_000,
    high: 10_000_000_000,
    unit: "quote",
    why: "Q: quote reserve of the pool on one side.",
  },
  fee: {
    default: 3_000,
    low: 500,
    high: 10_000,
    whole: true,
    unit: "parts per million",
    why: "The pool's fee: 500, 3000 or 10000.",
  },
  taker: {
    default: 500,
    low: 100,
    high: 10_000,
    whole: true,
    unit: "parts per million",
    why: "The exchange's taker fee: 5 bp, the middle of the table of closed forms.",
  },
  demand: {
    default: 2,
    low: 0.1,
    high: 20,
    unit: "times N_max",
    why: "Open interest honest traders want. Not on record; what the cap leaves of it is the price of the cap.",
  },
} as const satisfies Parameters;

const parameters = { ...shocks, ...assumptions };
type Numbers = Values<typeof parameters>;

/** An index that is a pool's present price pays whoever holds more than moving the pool costs. */
export const spotIndex = attack({
  id: "spot-index",
  title: "Many small pushes of a raw spot index",
  base: "ETH",
  story:
    "Makers deal at the index, and the index is what a Uniswap v3 pool shows. Again and again an attacker buys the perpetual, pushes the pool up by less than one per " +
    "cent, sells the perpetual at the index it made, and lets arbitrage have the pool back.",
  incident: [
    {
      what: "Largest open interest a push does not pay for, of Q: pool fee 5 bp, taker fee 3 / 5 / 10 bp",
      value: "0.104 / 0.145 / 0.247 %",
      source: "N_max = Q min over x > 2t of [loss(x) + f (sqrt(1+x) - 1)] / (x - 2t), from the constant product",
    },
    { what: "The same, pool fee 30 bp", value: "0.279 / 0.332 / 0.448 %", source: "the same formula" },
    { what: "The same, pool fee 100 bp", value: "0.705 / 0.777 / 0.928 %", source: "the same formula" },
    {
      what: "GMX v1 AVAX: about five round trips without slippage at an oracle price",
      value: "+$400-565 k",
      source: "press and post-mortems of 18 September 2022",
    },
  ],
  actors: {
    attacker:
      "Buys the perpetual, pushes the pool, sells the perpetual. Has a few blocks of the pool to itself each time.",
    makers: "Deal at the index, as close as the grid allows, in any size.",
    arbitrageur: "Brings the pool back when the attacker has closed.",
    traders: "Honest flow: want to hold more than the cap leaves room for.",
  },
  shocks,
  assumptions,
  parameters,
  defences: [
    { layer: "pool-average", here: "the pool enters the index as its half-hour mean" },
    { layer: "index-median", here: "a feed of prices elsewhere outweighs the pool" },
    { layer: "open-interest-cap", here: "no more can be held than nine tenths of N_max" },
  ],
  grid: { parameter: "interest", values: [0.25, 0.5, 0.8, 0.95, 1.05, 1.25, 2, 4] },
  figures: {
    push: { label: "Each push", unit: "share" },
    held: { label: "Notional held in a push, on average", unit: "quote" },
    largest: { label: "N_max by the closed form", unit: "quote" },
    breakEven: { label: "Notional at which the pushes would have broken even, as measured", unit: "quote" },
    perpetualGain: { label: "Gained on the perpetual", unit: "quote" },
    poolCost: { label: "Lost in the pool", unit: "quote" },
    poolCostPredicted: { label: "Q (sqrt r + 1 / sqrt r - 2) + fees, of all pushes", unit: "quote" },
    blocked: { label: "Honest demand that found no room", unit: "share" },
  },
  sources: [
    {
      what: "Manipulation-proof open interest on a spot index",
      where: "derived from the constant product; arXiv 2606.03548",
    },
    { what: "What pushing a pool costs", where: "eprint 2022/445" },
  ],
  limits: [
    "Makers deal at the index in any size: with makers who look elsewhere the attack pays less.",
    "The attacker has the pool to itself for three blocks of every push; with arbitrage in between it pays less.",
    "The pool's liquidity is spread over the full range.",
  ],
  expectations: [
    { kind: "off", sentence: "twice N_max pays the attacker", holds: ({ attackerNet }) => attackerNet > 0 },
    {
      kind: "off",
      sentence: "the measured break-even open interest is within 5 % of N_max",
      holds: ({ figures }) => near(figures.breakEven, figures.largest, 0.05),
    },
    {
      kind: "off",
      sentence: "the pushes cost what the closed form says, within 1 %",
      holds: ({ figures }) => near(figures.poolCost, figures.poolCostPredicted, 0.01),
    },
    { kind: "on", sentence: "the attacker has no gain", holds: ({ attackerNet }) => attackerNet <= 0 },
    {
      kind: "control",
      sentence: "honest traders fill all the room the cap leaves, and no more",
      holds: ({ figures }) => figures.blocked !== null && figures.blocked !== undefined && figures.blocked < 1,
    },
  ],
  deployment: ({ values }) => deployment(values),
  play: async (stage, { values, honest }) => {
    const makers = await stage.wallet("makers", { group: "makers", margin: values.depth });
    const size = (20 * largestInterest(values)) / PRICE;
    stage.maker(makers, { follows: "index", size, spread: SPREAD, patience: SPREAD });
    return honest ? demand(stage, values) : pushes(stage, values);
  },
});

const NOTHING = {
  push: null,
  held: null,
  largest: null,
  breakEven: null,
  perpetualGain: null,
  poolCost: null,
  poolCostPredicted: null,
  blocked: null,
};

function deployment(values: Numbers): DeploymentOptions {
  const { depth, fee, taker } = values;
  return {
    market: {
      startPrice: PRICE,
      takerFee: taker,
      makerFee: 0,
      openInterestCap: toWad((0.9 * largestInterest(values)) / PRICE),
    },
    pool: { fee, depth, cardinality: 1_800 },
    index: {
      sources: [
        { kind: "feed", name: "feed", heartbeat: 3_600, deviation: 500, depth: 100_000_000 },
        { kind: "pool-average", name: "pool", window: 1_800, maxDepth: 10_000_000, interval: 0 },
      ],
      exposed: "pool",
    },
  };
}

async function pushes(stage: Stage, values: Numbers) {
  const { depth, fee, pushes: rounds, interest } = values;
  const wanted = (interest * largestInterest(values)) / PRICE;
  const step = bestPush(values);
  const attacker = await stage.wallet("attacker", {
    group: "attacker",
    margin: wanted * PRICE + 1_000,
    quote: depth / 10,
  });
  const arbitrageur = await stage.wallet("arbitrageur", {
    group: "arbitrageurs",
    quote: depth / 10,
    spot: depth / 10 / PRICE,
  });
  await stage.wait(3 * stage.pace, { sentence: "makers deal at the index" });
  const total = { notional: 0, gain: 0, cost: 0, predicted: 0 };
  for (let round = 0; round < rounds; round++) {
    const held = await open(stage, attacker, wanted);
    const before = attacker.purse;
    const shown = stage.view.poolPrice;
    await stage.act("it pushes the pool up", attacker.pushPool(PRICE * (1 + step)));
    const after = attacker.purse;
    total.predicted += costOfPush(depth, stage.view.poolPrice / shown, fee / 1e6);
    total.cost += before.quote - after.quote - (after.base - before.base) * shown;
    await stage.wait(2 * stage.pace, { sentence: "the index follows, and makers follow the index" });
    const proceeds = await close(stage, attacker, arbitrageur);
    total.notional += held.paid;
    total.gain += proceeds - held.paid - ((held.paid + proceeds) * values.taker) / 1e6;
    await stage.wait(3 * stage.pace, { sentence: "index and makers are back" });
  }
  return {
    ...NOTHING,
    push: step,
    held: total.notional / rounds,
    largest: largestInterest(values),
    breakEven: total.gain <= 0 ? null : ((total.notional / rounds) * total.cost) / total.gain,
    perpetualGain: total.gain,
    poolCost: total.cost,
    poolCostPredicted: total.predicted,
  };
}

/** Buys what it wants, or what the cap leaves. */
async function open(stage: Stage, attacker: Wallet, wanted: number): Promise<{ readonly paid: number }> {
  const whole = await stage.attempt("the attacker buys", attacker.buy(wanted), "OpenInterestCapExceeded");
  if (whole.ok) return { paid: traded(whole.events).quote };
  const room = fromWad(stage.exchange.parameters.openInterestCap) * NEARLY;
  const [done] = await stage.act("it buys what the cap leaves", attacker.buy(room));
  return { paid: traded(done?.events ?? []).quote };
}

/** Sells the perpetual first; then what was bought in the pool goes back into it, and arbitrage does the rest. */
async function close(stage: Stage, attacker: Wallet, arbitrageur: Wallet): Promise<number> {
  const [sold] = await stage.act(
    "it sells the perpetual at the index it made, and arbitrage brings the pool back",
    attacker.close(),
    arbitrageur.pushPool(PRICE),
  );
  return traded(sold?.events ?? []).quote;
}

/** Honest traders, one after the other, until the cap stops them. */
async function demand(stage: Stage, values: Numbers) {
  const traders = 10;
  const size = (values.demand * largestInterest(values)) / PRICE / traders;
  await stage.wait(3 * stage.pace, { sentence: "makers deal at the index" });
  let refused = 0;
  for (let index = 1; index <= traders; index++) {
    const trader = await stage.wallet(`trader ${index}`, { group: "traders", margin: size * PRICE + 1_000 });
    const { ok } = await stage.attempt(`trader ${index} buys`, trader.buy(size), "OpenInterestCapExceeded");
    if (!ok) refused++;
  }
  return { ...NOTHING, largest: largestInterest(values), blocked: refused / traders };
}

/** What a push by x costs for each unit of notional it pays for: loss and fee over the gain after two taker fees. */
function interestAt(push: number, { depth, fee, taker }: Numbers): number {
  return costOfPush(depth, 1 + push, fee / 1e6) / (push - 2 * costPerSide(taker));
}

/** What a side of the perpetual costs: the taker fee and the makers' half spread. */
function costPerSide(taker: number): number {
  return taker / 1e6 + SPREAD;
}

/** The push at which the least open interest breaks even, by golden section: the quotient has one minimum. */
export function bestPush(values: Numbers): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [2 * costPerSide(values.taker) * 1.0001, 0.2];
  for (let steps = 0; steps < 80; steps++) {
    const [left, right] = [high - ratio * (high - low), low + ratio * (high - low)];
    if (interestAt(left, values) < interestAt(right, values)) high = right;
    else low = left;
  }
  return (low + high) / 2;
}

/** N_max: the largest net open interest no push pays for, quote. */
export function largestInterest(values: Numbers): number {
  return interestAt(bestPush(values), values);
}

export default spotIndex;
