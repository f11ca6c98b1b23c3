import { attack } from "../../attack/scenario.js";
import type { Stage } from "../../attack/stage.js";
import type { Wallet } from "../../attack/wallet.js";
import type { DeploymentOptions } from "../../deployment/options.js";
import type { Parameters, Values } from "../../scenario/parameters.js";
import { fromTokens, fromWad } from "../../units.js";
import { flow, FLOW, isAccounted, isBalanced, type Part, PARTS, type Route, ROUTES } from "../b-book/flow.js";
import { deal, leaveTo, trusting } from "../b-book/house.js";

const PRICE = 20;

/** Trading fee per side, parts per million: a tenth of a per cent, as the incident's venue took. */
const TAKER = 1_000;

/** The pool's fee, parts per million. */
const POOL_FEE = 500;

/** Net open interest per quote of depth that no push pays for, at these two fees; a tenth below N_max. */
const KAPPA = 2_200;

const BLOCK = 12;

const shocks = {
  position: {
    default: 4_500_000,
    low: 10_000,
    high: 20_000_000,
    unit: "quote",
    why: "Bought from the house each time: more than 200,000 AVAX, 4 to 5 million dollars.",
  },
  trips: { default: 5, low: 1, high: 20, whole: true, unit: "round trips", why: "The incident's." },
  push: {
    default: 1,
    low: 0.05,
    high: 5,
    unit: "times the best",
    why: "How far the market elsewhere is moved. The push that earns most on a position N is 2 N / depth less the pool's fee.",
  },
  fall: {
    default: 0.09,
    low: 0,
    high: 0.3,
    unit: "share",
    why: "Fall in a block of the honest flow: it ruins the one trader with twenty times leverage, whose margin is 5 %.",
  },
} as const satisfies Parameters;

const assumptions = {
  depth: {
    default: 180_000_000,
    low: 1_000_000,
    high: 10_000_000_000,
    unit: "quote",
    why: "Q: quote reserve of the market elsewhere. Not on record. Derived from the gain: 400 to 565 thousand on five positions of 4 to 5 million is 2.2 % of each, and the best push earns position / depth less two fees.",
  },
  lent: {
    default: 67_000_000,
    low: 100_000,
    high: 1_000_000_000,
    unit: "quote",
    why: "Money of the house: what was locked in the incident's venue on that chain.",
  },
  size: {
    default: 30_000,
    low: 100,
    high: 1_000_000,
    unit: "quote",
    why: "Notional of each trader of the honest flow.",
  },
} as const satisfies Parameters;

const parameters = { ...shocks, ...assumptions };
type Numbers = Values<typeof parameters>;

/** Figures of one route, by its name. */
const routed = (route: Route, name: string): Readonly<Record<string, { label: string; unit: string }>> =>
  Object.fromEntries(
    (Object.keys(PARTS) as Part[]).map((part) => [
      `${route}${part}`,
      { label: `${PARTS[part]}, ${name}`, unit: part === "Imbalance" ? "wei" : "quote" },
    ]),
  );

const figures = {
  gainShare: { label: "Attacker's net of a position, each time", unit: "share" },
  dealt: { label: "Position it was let have", unit: "quote" },
  blocked: { label: "Honest entries refused", unit: "share" },
  ...routed("book", "through the book"),
  ...routed("house", "through the house"),
  ...routed("both", "at the better price of both"),
  houseShare: { label: "Orders that went to the house, where both were open", unit: "share" },
};

/** The house takes the other side at the index; how it deals decides whether its lenders pay for that, and nobody's debt gets lost in it. */
export const bBook = attack({
  id: "b-book",
  title: "Dealing with the house: moving the price it deals at, and the same flow through book and house",
  base: "AVAX",
  story:
    "The house deals at the index. An attacker buys from it, moves the market the index follows, sells to the house at the price it made, and does so again. The honest legs " +
    "send one flow of traders, one of whom is ruined by a fall, through the book, through the house, and to whichever is cheaper.",
  incident: [
    {
      what: "GMX v1 AVAX, 18 September 2022: round trips without slippage against an oracle price",
      value: "about five",
      source: "press and post-mortems of 18 September 2022",
    },
    {
      what: "Each position",
      value: "more than 200,000 AVAX, 4 to 5 million dollars",
      source: "analysis of the day by J. Lim, in the press",
    },
    {
      what: "Gain",
      value: "400 to 565 thousand dollars: 2.2 % of each position",
      source: "press and post-mortems of 18 September 2022",
    },
    {
      what: "What the venue changed",
      value: "open interest capped at 2 million long, 1 million short; later a price impact",
      source: "the venue's announcement",
    },
  ],
  actors: {
    attacker: "Buys from the house, pushes the market elsewhere, sells to the house; five times.",
    arbitrageur: "Brings the market elsewhere back once the attacker has left.",
    traders: "Eight with two to five times leverage, and one with twenty, drawn once and the same on every route.",
    makers: "Quote 5 bp either side of the index; they do not hedge.",
    house: "Lent its money before the story; earns what traders lose.",
  },
  shocks,
  assumptions,
  parameters,
  defences: [
    { layer: "house-spread", here: "the house keeps a distance from the index that grows with its inventory" },
    { layer: "house-allowance", here: "a tenth of its money a minute, half of that at once" },
    { layer: "manipulation-cap", here: "open interest is bounded by what moving the market elsewhere costs" },
  ],
  grid: { parameter: "position", values: [300_000, 600_000, 1_200_000, 2_400_000, 4_500_000, 7_000_000] },
  figures,
  cost: "blocked",
  sources: [
    { what: "Positions, gain and number of round trips", where: "press and post-mortems of 18 and 19 September 2022" },
    {
      what: "Largest open interest that is not worth a push",
      where: "N_max of a pool of 5 bp and takers of 10 bp, from the constant product; see spot-index",
    },
  ],
  limits: [
    "The depth of the markets elsewhere that day is not on record; it is derived from the gain, so that the gain agrees is no independent check. That the best push earns it is.",
    "The index follows the market elsewhere at once; an average or a median of several would cost the attacker more.",
    "In the incident long and short positions took turns, and the way back was used too. Here each round trip is long, and arbitrage does the way back.",
    "The allowance earns nothing against this attack, and without the spread the attacker still loses, if less than the house: the cap alone ends it. They are for those who know the price before the feed does.",
    "With all defences somebody who wants to hurt the house can: a push within the cap costs its lenders a quarter of what it costs who pushes.",
    "The house pays twice what the attacker keeps: the other half is what the push costs, and goes to arbitrage. What the push cost in the incident is not on record.",
    "Makers do not hedge: their result is the mirror of the traders'.",
  ],
  expectations: [
    {
      kind: "off",
      sentence: "the attacker earns 2.2 % of a position each time, as in the incident, within a quarter",
      holds: ({ figures: { gainShare } }) => gainShare !== null && Math.abs((gainShare ?? 0) / 0.022 - 1) < 0.25,
    },
    {
      kind: "off",
      sentence: "the house's lenders pay it",
      holds: ({ attackerNet, paidBy }) => (paidBy.house ?? 0) > attackerNet,
    },
    { kind: "on", sentence: "the attacker has no gain", holds: ({ attackerNet }) => attackerNet <= 0 },
    {
      kind: "on",
      sentence: "what the house still loses costs the attacker more",
      holds: ({ attackerNet, paidBy }) => (paidBy.house ?? 0) < -attackerNet,
    },
    {
      kind: "control",
      sentence: "what house and makers win is what traders lose less fees, to the wei, on every route",
      holds: (outcome) => ROUTES.every((route) => isBalanced(outcome.figures, route)),
    },
    {
      kind: "control",
      sentence: "all that is missing from the ruined account is paid by somebody who is named, on every route",
      holds: (outcome) => ROUTES.every((route) => isAccounted(outcome.figures, route)),
    },
    {
      kind: "control",
      sentence:
        "spread and skew cost traders between 5 and 15 bp of what they deal with the house, and nobody else anything",
      holds: ({ figures, parameters: { size = NaN } }, { baseline }) => {
        if (baseline === undefined) return true;
        const dearer = (part: "houseTraders" | "bookTraders"): number =>
          (baseline.figures[part] ?? NaN) - (figures[part] ?? NaN);
        const share = dearer("houseTraders") / (2 * FLOW * size);
        return share > 0.0005 && share < 0.0015 && dearer("bookTraders") === 0;
      },
    },
    {
      kind: "control",
      sentence: "not one honest entry is refused",
      holds: ({ figures: { blocked } }) => blocked === 0,
    },
  ],
  deployment: ({ values }) => deployment(values),
  play: async (stage, { values, honest, rng }) => {
    const quiet = Object.fromEntries(Object.keys(figures).map((name) => [name, null])) as Figures;
    return honest
      ? { ...quiet, ...(await flow(stage, { price: PRICE, ...values }, rng)) }
      : { ...quiet, ...(await roundTrips(stage, values)) };
  },
});

type Figures = { readonly [Name in keyof typeof figures]: number | null };

function deployment({ depth, lent }: Numbers): DeploymentOptions {
  return {
    base: { name: "Test Avalanche", symbol: "tAVAX" },
    market: { startPrice: PRICE, takerFee: TAKER, makerFee: 0 },
    pool: { fee: POOL_FEE, depth, cardinality: 60 },
    index: { sources: [{ kind: "feed", name: "elsewhere", heartbeat: 3_600, deviation: 500, depth: 100_000_000 }] },
    // On each route the fund pays a part of the shortfall and no more, so that winners have to.
    insurance: 1_500,
    insuranceLimits: { single: 500, capacity: 1_500 },
    backstop: 1,
    backstopLimits: { notional: 0 },
    house: { lent },
    caps: { kappa: KAPPA },
  };
}

// ---- the attack --------------------------------------------------------------------------------------------------------

async function roundTrips(stage: Stage, { position, trips, push, depth }: Numbers): Promise<Partial<Figures>> {
  stage.feeds.see(() => stage.view.poolPrice);
  // A push by x takes about x / 2 of the depth.
  const enough = 1.5 * trips * Math.max(push, 1) * position;
  const stock = { quote: enough, spot: enough / PRICE };
  const attacker = await stage.wallet("attacker", { group: "attacker", margin: position, quote: stock.quote });
  const arbitrageur = await stage.wallet("arbitrageur", { group: "arbitrageurs", ...stock });
  await stage.act("the attacker names the house an operator", trusting(stage, attacker));
  await stage.wait(3 * BLOCK, { sentence: "the house deals at the index" });
  let dealt = 0;
  for (let trip = 0; trip < trips; trip++) {
    await fill(stage, attacker, position);
    const held = attacker.position * stage.view.index;
    dealt += held;
    const best = Math.max(0, (2 * held) / depth - POOL_FEE / 1e6);
    await stage.act("it moves the market elsewhere", attacker.pushPool(PRICE * (1 + push * best)));
    await stage.wait(3 * BLOCK, { sentence: "the index follows" });
    await stage.act(
      "it sells to the house at the price it made, and arbitrage brings the market back",
      ...(held > 0 ? [leaveTo(stage, attacker)] : []),
      arbitrageur.pushPool(PRICE),
    );
    await stage.wait(6 * BLOCK, { sentence: "the index is back" });
  }
  const gain = gainOf(stage, attacker, stock.quote + position);
  return { dealt: dealt / trips, gainShare: dealt === 0 ? null : gain / dealt };
}

/** What the attacker has more than it came with, spot at the price the market is back at. */
function gainOf({ reference }: Stage, { row }: Wallet, endowed: number): number {
  const base = fromWad(row.size + row.walletSpot);
  return fromWad(row.cash + row.pending + row.quote) + fromTokens(row.walletQuote) + base * reference - endowed;
}

/** Buys what it wants, or as much as cap, allowance and house leave it: an order that is refused is tried at half its size. */
async function fill(stage: Stage, attacker: Wallet, wanted: number): Promise<void> {
  let [left, order] = [(0.999 * wanted) / PRICE, (0.999 * wanted) / PRICE];
  for (let tries = 0; tries < 10 && left > 0.01 * order; tries++) {
    order = Math.min(order, left);
    const refusals = ["OpenInterestCapExceeded", "ExceedsRoom"] as const;
    const action = deal(stage, attacker, true, order);
    const { ok } = await stage.attempt("the attacker buys from the house", action, ...refusals);
    if (ok) left -= order;
    else order /= 2;
  }
}

export default bBook;
