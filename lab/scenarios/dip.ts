import { Agent, type Intent } from "../agents/agent.js";
import { Liquidator, Reporter } from "../agents/keepers.js";
import { Trader } from "../agents/trader.js";
import type { RegimeReport } from "../report/data.js";
import { assemble } from "../scenario/assembly.js";
import type { Parameters } from "../scenario/parameters.js";
import type { Host, Scenario, Setting, Staging } from "../scenario/scenario.js";
import type { Venue } from "../venues/venue.js";
import { PricePath } from "../world/prices.js";
import { DEVIATION, HEARTBEAT, reports } from "./keepers.js";
import { rulesOf } from "./market.js";
import type { View } from "../world/view.js";

const START = 1_760_000_000;
const PRICE = 4_000;

/** The long is in, the dip begins, it is over, and the price is back. Seconds after the start. */
const ENTRY = 700;
const SHOCK = 900;
const BOTTOM = 1_200;
const END = 1_500;

const shocks = {
  fall: { default: 0.08, low: 0, high: 0.5, unit: "share of the price", why: "More than the long's margin." },
} as const satisfies Parameters;

const assumptions = {
  leverage: { default: 18, low: 1, high: 24, unit: "times", why: "Below the market's 25x." },
} as const satisfies Parameters;

const parameters = { ...shocks, ...assumptions };

/** Quotes one bid and one ask around the outside price, and renews both when it has moved by half the spread. */
class Quoter extends Agent {
  readonly role = "market maker" as const;
  override memory = { quoted: 0 };
  readonly #venue: Venue;

  constructor(identity: { name: string; address: string; account: number }, venue: Venue) {
    super(identity);
    this.#venue = venue;
  }

  act(view: View): readonly Intent[] {
    const { reference } = view;
    if (Math.abs(reference / this.memory.quoted - 1) < 0.0005) return [];
    this.memory.quoted = reference;
    const orders = [
      { buy: true, price: reference * 0.999, size: 50, lifetime: "rest" as const },
      { buy: false, price: reference * 1.001, size: 50, lifetime: "rest" as const },
    ];
    return [this.say("quote", this.#venue.requote(this.account, orders))];
  }
}

/** One long, one maker, and a price that falls and comes back: the smallest scenario there is. */
export const dip: Scenario<typeof parameters, RegimeReport> = {
  id: "dip",
  title: "A dip through one levered long",
  base: "ETH",
  story: "A trader buys 10 ETH with as much leverage as it is told. The price falls for five minutes and comes back.",
  actors: {
    trader: "Buys once and holds.",
    maker: "Quotes 50 ETH on both sides, 0.1 % from the outside price.",
    liquidator: "Liquidates whatever the last block left below maintenance.",
    reporter: "Publishes the outside price to the feed.",
  },
  shocks,
  assumptions,
  parameters,
  regimes: ["ProRata"],
  sources: [],
  limits: ["The maker never withdraws and never hedges."],
  expectations: [
    {
      kind: "control",
      sentence: "One account's liquidation leaves no bad debt while the book is there to take it.",
      holds: (reports) => reports.every(({ row }) => row.badDebt === 0 && row.deleveragedNotional === 0),
    },
  ],
  stage,
};

async function stage(host: Host, setting: Setting<typeof parameters>): Promise<Staging> {
  const { fall, leverage } = setting.values;
  const size = 10;
  const people = [
    { name: "reporter", margin: 0 },
    { name: "maker", margin: 1_000_000 },
    { name: "trader", margin: (size * PRICE) / leverage },
    { name: "liquidator", margin: 100 },
  ];
  const { regime, deficitMode } = setting;
  const options = { market: { startPrice: PRICE, ...rulesOf(regime), deficitMode } };
  const { world, of } = await assemble(host, setting.seed, people, options, START);

  const plan = { buy: true, size, enterAt: START + ENTRY, enterUntil: START + SHOCK, slippage: 0.01 };
  world.add(new Reporter(of("reporter"), reports(world), world.venue, DEVIATION, HEARTBEAT));
  world.add(new Quoter(of("maker"), world.venue));
  world.add(new Trader(of("trader"), "crowd", plan, world.venue));
  world.add(new Liquidator(of("liquidator"), world.venue, { index: 0, of: 1 }, 10));

  const lowest = PRICE * (1 - fall);
  return {
    world,
    prices: new PricePath([[START, PRICE]])
      .divertedAt(START + SHOCK, lowest, BOTTOM - SHOCK)
      .divertedAt(START + BOTTOM, PRICE, END - BOTTOM),
    stages: [
      { name: "calm", from: world.chain.timestamp, until: START + SHOCK, pace: 20 },
      { name: "dip", from: START + SHOCK, until: START + END, pace: 5 },
    ],
    branches: [],
    shockAt: START + SHOCK,
  };
}
