import { BookRecorder } from "../../agents/recorder.js";
import { Backers } from "../../attack/backers.js";
import { FLAT_MARGIN } from "../../attack/caps.js";
import { attack } from "../../attack/scenario.js";
import type { Stage } from "../../attack/stage.js";
import type { Wallet } from "../../attack/wallet.js";
import type { DeploymentOptions } from "../../deployment/options.js";
import type { Rng } from "../../random.js";
import type { Parameters, Values } from "../../scenario/parameters.js";
import { fromWad, toWad } from "../../units.js";

/** XPL on 26 August 2025: on the venue before, and elsewhere. */
const PRICE = 0.58;
const ELSEWHERE = 0.55;

/** Bought in two minutes with what was deposited; what the buyers gained in all, and the shorts lost. */
const SWEPT = 15_200_000;
const MARGIN = 16_000_000;
const GAINED = 47_000_000;
const LOST = 50_000_000;

/** Units the buyers must have held before, for their gain: 47 M less 11.4 M on the swept units, at 1.22 a unit. */
const BEFORE = 29_200_000;

/** Margin of the shorts, of their notional: 1.83 in the mean, the 47 M they lost, and at most 2.1: 1.80 bankrupts every one. */
const COLLATERAL = [0.4, 1.6, 1.9, 2, 2, 2, 2.1, 2.1, 2.1, 2.1];

/** Initial margin, parts per million: pre-markets are listed at three times leverage. */
const INITIAL = 333_333;

/** Orders of the book that is swept, and base the buyer rests to hold a price it has reached. */
const OFFERS = 24;
const HOLD = 200_000;

const SOURCE = "own book";

/** Seconds from one block of honest flow to the next, standard deviation of the price's noise in each. */
const PACE = 60;
const NOISE = 0.005;

/** Blocks of noise alone, of the news, and at most so many from their beginning: an hour, ten minutes, two hours. */
const NOISY = 60;
const NEWS = 10;
const AFTER = 120;

/** Phases of a market by their numbers in the contract's enumeration. */
const OPEN = 0n;
const PAUSED = 2n;

const shocks = {
  push: {
    default: 1.8 / PRICE,
    low: 1.02,
    high: 3.2,
    unit: "times the price",
    why: "0.58 to 1.80. Smaller ones reach only whoever is highly levered.",
  },
  seconds: {
    default: 120,
    low: 24,
    high: 172_800,
    whole: true,
    unit: "seconds",
    why: "In which the book is swept: two minutes in 2025. Slower ones are on the grid.",
  },
  hold: {
    default: 600,
    low: 0,
    high: 7_200,
    whole: true,
    unit: "seconds",
    why: "How long the price is held at the height while the shorts are liquidated. It was a matter of minutes.",
  },
} as const satisfies Parameters;

const assumptions = {
  band: {
    default: 140_000,
    low: 1_000,
    high: 333_333,
    whole: true,
    unit: "parts per million",
    why: "How far the book may carry the mark from its average: as far as liquidates nobody who opened at the average with the highest leverage, (1 + 1/3) / (1 + 1/6).",
  },
  average: {
    default: 28_800,
    low: 60,
    high: 604_800,
    whole: true,
    unit: "seconds",
    why: "Time constant of the index: the venue's own average was over eight hours.",
  },
  guarded: {
    default: 100_000,
    low: 1_000,
    high: 333_333,
    whole: true,
    unit: "parts per million",
    why: "Band of the market guard: 10 %, as limit-up limit-down has it for the second tier.",
  },
  news: {
    default: 0.3,
    low: 0,
    high: 2,
    unit: "share",
    why: "Control: how far the price rises in ten minutes, everywhere and for good, after an hour of noise.",
  },
} as const satisfies Parameters;

const parameters = { ...shocks, ...assumptions };
type Numbers = Values<typeof parameters>;

/** A pre-market whose only price is its own book's, and somebody who buys all of that. */
export const xpl = attack({
  id: "xpl",
  title: "A pre-market without a price elsewhere, and one buyer who sweeps its book",
  base: "XPL",
  story:
    "Holders of a presale have sold 44.4 M units short as a hedge, most of them with more margin than their notional. A buyer who holds 29.2 M already sweeps the 15.2 M that are offered between 0.58 and 1.80 in two minutes. " +
    "The index is the book's own average, the mark follows, and the shorts are liquidated into what the buyer offers.",
  incident: [
    { what: "Deposited", value: "16 M", source: "press of 27 August 2025" },
    { what: "Bought in two minutes", value: "15.2 M units", source: "the same" },
    { what: "Price on the venue, and elsewhere", value: "0.58 -> 1.80, 0.55", source: "the same" },
    { what: "Gained by the buyers", value: "46-47.5 M; the shorts lost about 50 M", source: "the same" },
    { what: "Bad debt", value: "none", source: "the venue's statement" },
    {
      what: "What the venue changed",
      value: "mark at most ten times an eight-hour average; prices of perpetuals elsewhere",
      source: "the venue's statement",
    },
  ],
  actors: {
    buyer: "Holds longs, sweeps the book, holds the price, and offers its longs to the liquidations.",
    shorts: "Ten hedgers, margin of 0.4 to 2.1 times the notional.",
    holders: "Honest longs who have rested what they hold at 0.58 to 1.80: the book that is swept.",
    makers: "Quote around the mark, 10 bp either side, in small size.",
    keeper: "Has the book's average recorded, and liquidates.",
  },
  shocks,
  assumptions,
  parameters,
  defences: [
    { layer: "book-average", here: "the index is the average of the book's middle over eight hours" },
    { layer: "mark-band", here: "the mark stays within 14 % of that" },
    {
      layer: "guard",
      here: "a book 10 % off its references is paused and reopened by an auction; only the index liquidates meanwhile",
    },
    { layer: "mark-speed", here: "the mark moves by at most 0.33 % a second" },
    { layer: "price-band", here: "a buyer reaches 5 % above the mark at a time" },
    { layer: "profit-maturity", here: "profit can be withdrawn after 200 minutes" },
  ],
  grid: { parameter: "seconds", values: [60, 120, 600, 1_800, 7_200, 14_400, 28_800, 57_600] },
  cost: "delay",
  figures: {
    height: { label: "Highest mark", unit: "times the price" },
    lost: { label: "Lost by the shorts", unit: "quote" },
    gainRatio: { label: "Attacker's gain, of the 47 M", unit: "share" },
    squeezed: { label: "Of the shorts, liquidated or deleveraged", unit: "share" },
    badDebt: { label: "Deficits borne by fund, depositors or nobody yet", unit: "quote" },
    pauses: { label: "Pauses", unit: "number" },
    halted: { label: "Time in which opening was halted", unit: "seconds" },
    reopened: { label: "Highest price an auction reopened at", unit: "times the price" },
    falsePauses: { label: "Pauses in the hour of noise", unit: "number" },
    delay: {
      label: "From a short's true fall below maintenance to its liquidation, or the end of two hours",
      unit: "seconds",
    },
    blocked: { label: "Bids refused after the news", unit: "share" },
  },
  sources: [
    {
      what: "Sequence and amounts",
      where: "press of 27 August 2025 on Hyperliquid's XPL market, after Lookonchain and Spot On Chain",
    },
  ],
  limits: [
    "Undefended the attacker gains 65 % of the 47 M of 2025: 9 M of what the shorts lose goes to the holders who sell into the push, and what was swept last is not resold.",
    "Only slow average and price band missing together make the attack pay again. The slow average missing alone has shorts liquidated wrongly, at the attacker's loss, and so have mark band and guard missing together: either stops it without the other. Mark speed and maturing profit earn nothing here.",
    "The guard pauses a buyer who quotes at its edge twice, after fifteen seconds outside in all, and the auction reopens at the average. Whoever stays just inside walks its reference along, 10 % in five minutes; only the mark band says how far.",
    "Defended, a pre-market cannot follow news: after a rise of 30 % for good a short that is due is not liquidated within two hours, and the guard pauses the market for most of them, again and again. A price from elsewhere, if there is one, belongs in the index.",
    "Nobody sells into the push but those whose offers stood: slow pushes are cheaper here than they would be. Funding makes them dear all the same.",
    "What the buyers held before is not on record; it is derived from their gain. So is the shorts' margin.",
    "No cap on open interest is counted on: without spot there is no depth to measure.",
  ],
  expectations: [
    {
      kind: "off",
      sentence: "in two minutes six tenths or more of what was gained in 2025 is gained, and no more than all of it",
      holds: ({ figures: { gainRatio }, parameters: { seconds } }) =>
        seconds !== 120 || ((gainRatio ?? 0) > 0.6 && (gainRatio ?? 2) <= 1),
    },
    {
      kind: "off",
      sentence:
        "the shorts lose four fifths of the 50 M of 2025, within a tenth of that, and next to nothing is left unpaid",
      holds: ({ figures: { lost, badDebt }, parameters: { seconds } }) =>
        seconds !== 120 || (Math.abs((lost ?? 0) / LOST / 0.8 - 1) < 0.1 && (badDebt ?? Infinity) < 10_000),
    },
    { kind: "on", sentence: "the attacker has no gain", holds: ({ attackerNet }) => attackerNet <= 0 },
    {
      kind: "on",
      sentence: "nobody solvent at the price elsewhere is liquidated",
      holds: ({ wrongfulLiquidations }) => wrongfulLiquidations === 0,
    },
    {
      kind: "control",
      sentence: "an hour of noise, half a per cent a minute, pauses nothing",
      holds: ({ figures }) => figures.falsePauses === 0,
    },
    {
      kind: "control",
      sentence: "the wait for the average leaves no bad debt when the price rises by 30 % for good",
      holds: ({ figures, parameters: { news } }) => news !== 0.3 || figures.badDebt === 0,
    },
  ],
  deployment: ({ values }) => deployment(values),
  play: async (stage, { values, honest, rng }) => {
    stage.reference = honest ? PRICE : ELSEWHERE;
    const makers = await stage.wallet("makers", { group: "makers", margin: 10_000_000 });
    const follows = honest ? "reference" : "mark";
    stage.maker(makers, { follows, size: 10_000 / PRICE, spread: 0.001, levels: 3, patience: 0.001 });
    const keeper = await stage.wallet("keeper", { group: "keepers", margin: 10_000 });
    stage.liquidator(keeper);
    record(stage, await stage.wallet("recorder", { group: "keepers" }));
    return honest ? demand(stage, values, rng) : attackOn(stage, values);
  },
});

const NOTHING = {
  height: null,
  lost: null,
  gainRatio: null,
  squeezed: null,
  badDebt: null,
  pauses: null,
  halted: null,
  falsePauses: null,
  reopened: null,
  delay: null,
  blocked: null,
};

function deployment({ band, guarded, average }: Numbers): DeploymentOptions {
  return {
    market: {
      startPrice: PRICE,
      initialMarginRate: INITIAL,
      keptRate: INITIAL,
      markBand: band,
      maturity: 12_000,
      openInterestCap: toWad(4_000_000_000),
      ...FLAT_MARGIN,
      spotHaircut: 300_000,
    },
    base: { name: "Plasma", symbol: "XPL", decimals: 18 },
    pool: false,
    index: {
      sources: [
        {
          kind: "smoothed-book",
          name: SOURCE,
          start: PRICE,
          tau: average,
          maxStep: 60,
          maxAge: 3_600,
          depth: 1_000_000,
        },
      ],
    },
    guard: { band: guarded },
    insurance: 1_000_000,
    // A vault that takes next to nothing over: the venue's had no part in it.
    backstop: 10,
    backstopLimits: { leverage: 3_000_000 },
  };
}

/** Somebody has the book's average recorded in every block. */
function record(stage: Stage, wallet: Wallet): void {
  const source = stage.exchange.sources.find(({ name }) => name === SOURCE);
  if (source !== undefined) stage.world.add(new BookRecorder(wallet, source.adapter, stage.exchange.market));
}

async function attackOn(stage: Stage, values: Numbers) {
  const { shorts, long: buyer } = await opened(stage, "attacker", MARGIN + BEFORE * PRICE);
  const [sold, equity] = [sum(shorts, ({ position }) => position), sum(shorts, (short) => worth(short))];
  const phases = new Phases(stage);
  const backers = new Backers(stage, [buyer]);
  const pace = Math.max(6, values.seconds / 20);
  const began = stage.now;
  while (stage.now < began + values.seconds + values.hold) {
    const share = Math.min(1, (stage.now + pace - began) / values.seconds);
    stage.pace = share < 1 ? pace : 12;
    await push(stage, buyer, shorts, PRICE * values.push ** share);
    backers.look();
    await phases.look();
  }
  await stage.attempt("the buyer leaves the book", buyer.quote(), ...REFUSED);
  const lost = equity - sum(shorts, (short) => Math.max(0, worth(short)));
  return {
    ...NOTHING,
    ...phases.figures(),
    height: stage.highest("mark") / PRICE,
    lost,
    gainRatio: (worth(buyer) - MARGIN - BEFORE * PRICE) / GAINED,
    squeezed: 1 - sum(shorts, ({ position }) => position) / sold,
    badDebt: backers.insured + sum(shorts, (short) => Math.max(0, -worth(short))),
  };
}

/** What a market that is held, or margin, may refuse. */
const REFUSED = [
  "OpeningHalted",
  "NoTakersInAuction",
  "AuctionClearing",
  "PriceNotUsable",
  "InsufficientMargin",
  "BatchCrossesItself",
  "NothingToReduce",
] as const;

/** One block of it: a bid that takes what is offered up to a price and holds it; where somebody is due, an offer to the liquidation. */
async function push(stage: Stage, buyer: Wallet, shorts: readonly Wallet[], price: number): Promise<void> {
  const around = Math.min(stage.view.mark, price);
  const due = shorts.some(({ row }) => row.size !== 0n && row.equity < row.maintenance);
  const orders = due
    ? [
        { buy: true, price: around * 0.998, size: HOLD },
        { buy: false, price: around * 1.002, size: Math.max(0, buyer.position), reduceOnly: true },
      ]
    : [{ buy: true, price, size: SWEPT / 10 + HOLD }];
  const sentence = due ? "the buyer offers to whoever is liquidated" : "the buyer sweeps the book";
  await stage.attempt(sentence, buyer.quote(...orders), ...REFUSED);
}

/** Opens the market: shorts against the long and the holders, who then offer what they have up to 1.80. */
async function opened(stage: Stage, group: "attacker" | "traders", margin: number) {
  const long = await stage.wallet("buyer", { group, margin });
  const holders = await stage.wallet("holders", { group: "traders", margin: SWEPT * PRICE });
  const size = (BEFORE + SWEPT) / COLLATERAL.length;
  const shorts: Wallet[] = [];
  for (const [index, share] of COLLATERAL.entries()) {
    shorts.push(await stage.wallet(`short ${index + 1}`, { group: "traders", margin: size * PRICE * share }));
  }
  await stage.wait(3 * stage.pace, { sentence: "makers quote" });
  await stage.act("longs bid", long.bid(PRICE, BEFORE), holders.bid(PRICE, SWEPT));
  for (const short of shorts) await stage.act(`${short.name} sells`, short.sell(size, { limit: PRICE * 0.998 }));
  const offers = Array.from({ length: OFFERS }, (_, index) => ({
    buy: false,
    price: PRICE * 1.01 * (1.8 / PRICE / 1.01) ** (index / (OFFERS - 1)),
    size: SWEPT / OFFERS,
    reduceOnly: true,
  }));
  await stage.act("the holders offer what they have", long.quote(), holders.quote(...offers));
  return { shorts, long };
}

/** An hour of noise; then news that raise the price everywhere and for good, and somebody who buys what is offered below it. */
async function demand(stage: Stage, { news }: Numbers, rng: Rng) {
  const { shorts } = await opened(stage, "traders", MARGIN + BEFORE * PRICE);
  const informed = await stage.wallet("informed buyer", { group: "traders", margin: MARGIN });
  const phases = new Phases(stage);
  const backers = new Backers(stage, []);
  stage.pace = PACE;
  let refused = 0;
  const block = async (price: number, size: number): Promise<void> => {
    stage.reference = price * Math.exp(NOISE * rng.normal());
    const bid = informed.quote({ buy: true, price: stage.reference * 0.998, size });
    const { ok } = await stage.attempt("somebody bids a little below what it is worth elsewhere", bid, ...REFUSED);
    if (!ok) refused++;
    await phases.look();
    backers.look();
  };
  for (let passed = 0; passed < NOISY; passed++) await block(PRICE, HOLD / 10);
  const { pauses: falsePauses } = phases.figures();
  refused = 0;
  const weakest = shorts.reduce((left, right) => (left.equity < right.equity ? left : right));
  const size = weakest.position;
  let [passed, due, done] = [0, 0, 0];
  while (passed < AFTER && (done === 0 || passed < NOISY)) {
    const share = Math.min(1, ++passed / NEWS);
    await block(PRICE * (1 + news * share), passed < 2 * NEWS ? SWEPT / 10 : HOLD / 10);
    if (due === 0 && isDue(weakest, stage.reference)) due = stage.now;
    if (done === 0 && weakest.position > size + 1) done = stage.now;
  }
  const badDebt = backers.insured + sum(shorts, (short) => Math.max(0, -worth(short, stage.reference)));
  const delay = due === 0 ? null : (done === 0 ? stage.now : done) - due;
  return { ...NOTHING, ...phases.figures(), falsePauses, badDebt, delay, blocked: refused / passed };
}

/** Whether an account is below maintenance at a price. */
function isDue({ row }: Wallet, price: number): boolean {
  const size = fromWad(row.size);
  return fromWad(row.cash + row.pending + row.quote) + size * price < (Math.abs(size) * price * INITIAL) / 2e6;
}

/** What an account is worth at a price: that of elsewhere without one. */
function worth({ row }: Wallet, price = ELSEWHERE): number {
  return fromWad(row.cash + row.pending + row.quote) + fromWad(row.size) * price;
}

/** Follows what the market guard does. */
class Phases {
  readonly #stage: Stage;
  #last = OPEN;
  #at: number;
  #pauses = 0;
  #halted = 0;
  #reopened: number | null = null;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#at = stage.now;
  }

  /** Takes in the last block. */
  async look(): Promise<void> {
    const { exchange, now } = this.#stage;
    const { phase } = (await this.#stage.read(exchange.contracts.markPrice, "peek", exchange.market)) as {
      phase: bigint;
    };
    if (phase >= PAUSED && this.#last < PAUSED) this.#pauses++;
    if (this.#last >= PAUSED) this.#halted += now - this.#at;
    if (this.#last >= PAUSED && phase < PAUSED) {
      const { marketGuard } = exchange.contracts;
      const { bookAverage } = (await this.#stage.read(marketGuard, "stateOf", exchange.market)) as {
        bookAverage: bigint;
      };
      this.#reopened = Math.max(this.#reopened ?? 0, fromWad(bookAverage) / PRICE);
    }
    [this.#last, this.#at] = [phase, now];
  }

  figures() {
    return { pauses: this.#pauses, halted: this.#halted, reopened: this.#reopened };
  }
}

function sum(wallets: readonly Wallet[], value: (wallet: Wallet) => number): number {
  return wallets.reduce((total, wallet) => total + value(wallet), 0);
}

export default xpl;
