import type { Outcome } from "../../attack/outcome.js";
import { attack } from "../../attack/scenario.js";
import type { Stage } from "../../attack/stage.js";
import type { Action, Wallet } from "../../attack/wallet.js";
import type { DeploymentOptions } from "../../deployment/options.js";
import { near } from "../../scenario/figures.js";
import type { Parameters, Values } from "../../scenario/parameters.js";
import { fromWad } from "../../units.js";
import { ask, type RawLog } from "../../world/provider.js";

const PRICE = 2_000;

/** Seconds from one block to the next, and between two looks while everybody waits. */
const BLOCK = 12;
const LOOK = 300;

const MINUTE = 60;
const DAY = 1_440;

/** Leverage of the holders: one of each who has money at hand and watches, one who does neither. */
const LEVERAGES = [5, 8, 12, 16, 20];

/** Notional of each holder, quote: below what is liquidated by fifths. */
const NOTIONAL = 50_000;

/** What the attacker brings, quote. */
const MARGIN = 1_000_000;

/** Half the distance of the makers' quotes, and base on each side. */
const SPREAD = 0.0005;
const DEPTH = 1_000;

const shocks = {
  outage: {
    default: 78,
    low: 1,
    high: 1_440,
    unit: "minutes",
    why: "No blocks at all: Arbitrum One on 15 December 2023.",
  },
  censored: {
    default: 0,
    low: 0,
    high: 600,
    unit: "minutes",
    why: "Blocks but no liquidations after the restart: keepers that are off, priced out or left out of blocks.",
  },
  dayFall: {
    default: 0.5,
    low: 0,
    high: 0.9,
    unit: "share",
    why: "Fall of the price in a day, ETH on 12 March 2020; in a shorter time it falls by the square root of its part of the day.",
  },
} as const satisfies Parameters;

const assumptions = {
  grace: {
    default: 60,
    low: 1,
    high: 1_440,
    unit: "minutes",
    why: "For how long sources stay silent after a restart: the hour of the example in the documentation of uptime feeds.",
  },
  reaction: {
    default: 10,
    low: 1,
    high: 600,
    unit: "minutes",
    why: "From the restart to the deposits of those who have money and watch. Not on record; swept.",
  },
  reach: {
    default: 100,
    low: 1,
    high: DEPTH,
    unit: "base",
    why: "How much of the makers' resting bids the attacker takes.",
  },
  leaving: {
    default: 0,
    low: 0,
    high: DEPTH,
    unit: "base",
    why: "Position another holder tries to leave, reduce-only, against bids that rested when the chain stood still.",
  },
} as const satisfies Parameters;

const parameters = { ...shocks, ...assumptions };
type Numbers = Values<typeof parameters>;

const AS_PREDICTED = {
  sentence: "bad debt and the backstop's loss are what the closed form says, within 1 %",
  holds: ({ figures }: Pick<Outcome, "figures">) => asPredicted(figures.borne, figures.deficitPredicted),
};

/** The chain stands still while the price falls elsewhere; what the first blocks after it may do is the question. */
export const keeperOutage = attack({
  id: "keeper-outage",
  title: "A sequencer that stops while the price falls, and what its first blocks may do",
  base: "ETH",
  story:
    "No block is made for over an hour while the price falls elsewhere. In the first block after the restart an attacker sells to bids that have rested since before; " +
    "in the next ones the price arrives and keepers liquidate holders who could not have added margin, however much they have.",
  incident: [
    {
      what: "Arbitrum One's sequencer stalls",
      value: "78 minutes, from 10:29 ET on 15 December 2023",
      source: "status page and the community manager's statement, in the press of that day",
    },
    {
      what: "ETH on 12 March 2020, when keepers of MakerDAO could not act for congestion",
      value: "-50 % in a day",
      source: "T. Schmidt, Dragonfly Research, timeline of 24 March 2020",
    },
    {
      what: "Collateral that keepers took for nothing that day",
      value: "$8.32 M, while others' bids did not get into blocks",
      source: "press and post-mortems",
    },
    {
      what: "Grace after a restart",
      value: "3,600 s",
      source: "example in the documentation of Chainlink's uptime feeds",
    },
  ],
  actors: {
    attacker: "Knows the price elsewhere and has a transaction waiting in the queue.",
    makers: "Their bids rest when the chain stops. They cancel and quote anew two blocks after the restart.",
    "ready holders": "Long, 5 to 20 times levered. Deposit what the fall has cost them as soon as they have seen it.",
    "absent holders": "The same positions, and nobody there.",
    keeper: "Liquidates whatever is below maintenance, from the first price on.",
  },
  shocks,
  assumptions,
  parameters,
  defences: [
    {
      layer: "sequencer-grace",
      here: "sources are silent for the grace: no opening, no liquidation, deposits and reductions",
    },
    { layer: "price-band", here: "the attacker may sell at most 5 % below the mark" },
    { layer: "mark-speed", here: "the mark may fall by 0.33 % a second once the price is there" },
  ],
  grid: { parameter: "outage", values: [5, 15, 30, 45, 60, 78, 120, 240, 480] },
  figures: {
    fall: { label: "Fall of the price until the keepers act", unit: "share" },
    deficit: { label: "Bad debt", unit: "quote" },
    backstopLoss: { label: "Lost by the backstop on what it took over", unit: "quote" },
    deficitPredicted: {
      label: "By the closed form, sum of max(0, loss - equity)",
      unit: "quote",
    },
    borne: { label: "Both together", unit: "quote" },
    gainShare: { label: "Attacker's net of what it sold times the fall", unit: "share" },
    waiting: { label: "Borne by fund and backstop of the fall in the grace period", unit: "quote" },
    waitingPredicted: { label: "The same by the closed form", unit: "quote" },
    robbed: { label: "Liquidated of holders with money at hand", unit: "quote" },
    kept: { label: "Position kept by holders who topped up", unit: "quote" },
    blocked: { label: "No opening after the restart", unit: "seconds" },
    left: { label: "Sold by those leaving, at bids that rested", unit: "quote" },
  },
  cost: "waiting",
  sources: [
    { what: "Outage of Arbitrum One", where: "bitkan.com, fastcrypto.trade and others, 15 December 2023" },
    { what: "Black Thursday at MakerDAO", where: "T. Schmidt, Dragonfly Research, 24 March 2020" },
  ],
  limits: [
    "The outage and the fall are of different days; a fall of the square root of time is a rule of thumb, not a record.",
    "The uptime feed's report is the first transaction after the restart, as the queue of messages from the settlement chain makes it. Where it is late, so is the grace.",
    "What the backstop took over counts at the price elsewhere, not at the mark, which lies up to a quote's distance beside it. The rest of the difference to the closed form, 0.05 to 0.1 %, is funding.",
    "Where keepers act at once and the price falls on, the backstop pays the further fall on what it took over; waiting moves that to bad debt. Whether it costs more depends on where the price goes.",
    "Reducing stays possible in the grace, inside the band of the last price: who leaves then takes bids that rested, and their makers pay the fall.",
    "A layer that only slows the mark or narrows orders does not help here: bids at the old price lie inside every band around the old mark.",
  ],
  expectations: [
    {
      kind: "off",
      sentence: "resting bids pay the attacker the fall of what it sold, within 3 %",
      holds: ({ attackerNet, figures }) => attackerNet > 0 && near(figures.gainShare, 1, 0.03),
    },
    {
      kind: "off",
      sentence: "holders with money at hand are liquidated before they can use it",
      holds: ({ figures }) => (figures.robbed ?? 0) > 0,
    },
    { kind: "off", ...AS_PREDICTED },
    { kind: "on", ...AS_PREDICTED },
    { kind: "on", sentence: "the attacker has no gain", holds: ({ attackerNet }) => attackerNet <= 0 },
    {
      kind: "on",
      sentence: "nobody who tops up in the grace period is liquidated",
      holds: ({ figures }) => figures.robbed === 0 && (figures.kept ?? 0) > 0,
    },
    {
      kind: "on",
      sentence: "nobody solvent is liquidated",
      holds: ({ wrongfulLiquidations }) => wrongfulLiquidations === 0,
    },
    {
      kind: "control",
      sentence: "waiting costs what the further fall takes from absent holders, within 1 % of the closed form",
      holds: ({ figures }) => asPredicted(figures.waiting, figures.waitingPredicted),
    },
  ],
  deployment: ({ values }) => deployment(values),
  play: async (stage, { values, honest }) => new Outage(stage, values, honest).play(),
});

function deployment({ grace, dayFall }: Numbers): DeploymentOptions {
  return {
    market: { startPrice: PRICE },
    pool: false,
    index: {
      // A feed of a rollup reports on deviation and once a day: its age says nothing about an outage of hours.
      sources: [{ kind: "feed", name: "feed", heartbeat: 86_400, deviation: 500, depth: 100_000_000 }],
      grace: grace * MINUTE,
    },
    insurance: Math.ceil(dayFall * NOTIONAL * LEVERAGES.length * 4) + 1_000_000,
  };
}

/** A holder of a long position, and what it had when the chain stopped. */
interface Holder {
  readonly wallet: Wallet;
  readonly ready: boolean;
  /** What its position's fall is measured against. Quote and base. */
  equity: number;
  size: number;
  mark: number;
  /** Margin it added after the restart, quote. */
  added: number;
}

class Outage {
  readonly #stage: Stage;
  readonly #values: Numbers;
  readonly #honest: boolean;
  readonly #holders: Holder[] = [];
  #began = 0;
  #restart = 0;
  #keeper: Wallet | undefined;
  #opened: number | null = null;
  #backstop = 0;

  constructor(stage: Stage, values: Numbers, honest: boolean) {
    this.#stage = stage;
    this.#values = values;
    this.#honest = honest;
  }

  async play() {
    const stage = this.#stage;
    const makers = await stage.wallet("makers", { group: "makers", margin: 10_000_000 });
    const attacker = await stage.wallet("attacker", { group: "attacker", margin: MARGIN });
    const leaver = await stage.wallet("leaver", { group: "traders", margin: 1_000 + this.#values.leaving * PRICE });
    this.#keeper = await stage.wallet("keeper", { group: "keepers", margin: 1_000 });
    await this.#hire();
    await stage.act("makers quote", quotes(makers, PRICE));
    const { leaving } = this.#values;
    await stage.act(
      "holders buy",
      ...this.#holders.map(({ wallet }) => wallet.buy(NOTIONAL / PRICE)),
      ...(leaving > 0 ? [leaver.buy(leaving)] : []),
    );
    await stage.act("makers quote anew", quotes(makers, PRICE));
    for (const holder of this.#holders) remember(holder, stage.view.mark);
    this.#backstop = this.#backstopEquity;
    await this.#stop();
    const left = await this.#first(attacker, leaver);
    await this.#prices(makers);
    await this.#aftermath(makers, attacker);
    return { ...(await this.#figures()), left };
  }

  async #hire(): Promise<void> {
    for (const ready of [true, false]) {
      for (const leverage of LEVERAGES) {
        const name = `${ready ? "ready" : "absent"}, ${leverage} times`;
        const margin = NOTIONAL / leverage;
        const wallet = await this.#stage.wallet(name, { group: "traders", margin, quote: ready ? NOTIONAL : 0 });
        this.#holders.push({ wallet, ready, equity: 0, size: 0, mark: 0, added: 0 });
      }
    }
  }

  /** No block for the length of the outage. The first after it holds the uptime feed's report and nothing else. */
  async #stop(): Promise<void> {
    const stage = this.#stage;
    const { outage } = this.#values;
    this.#began = stage.now;
    stage.feeds.mute();
    stage.reference = this.#price(outage);
    stage.pace = outage * MINUTE;
    const uptime = stage.exchange.sources[0]?.uptime;
    const report = uptime === undefined ? [] : [this.#anybody.call(uptime, "report", 0)];
    await stage.act("the sequencer is back; its uptime feed's report is first in the queue", ...report);
    stage.pace = BLOCK;
    this.#restart = stage.now;
  }

  /** The first block anybody else has: prices are still those of before. Returns what was left by reducing, quote. */
  async #first(attacker: Wallet, leaver: Wallet): Promise<number | null> {
    const stage = this.#stage;
    if (!this.#honest) {
      const sale = attacker.sell(this.#values.reach);
      await stage.attempt("the attacker sells to bids that rested", sale, "PriceNotUsable");
    }
    if (this.#values.leaving === 0) return null;
    await stage.act("another holder leaves by the same bids", leaver.close());
    return (this.#values.leaving + leaver.position * -1) * PRICE;
  }

  /** Prices arrive, and makers go to them where they may; where not, they take their quotes back. */
  async #prices(makers: Wallet): Promise<void> {
    const stage = this.#stage;
    stage.feeds.unmute();
    const { reference } = stage;
    const { ok } = await stage.attempt("makers go to the new price", quotes(makers, reference), "PriceNotUsable");
    if (!ok) await stage.act("makers take back what they may not renew", makers.quote());
    if (this.#values.censored === 0) this.#employ();
  }

  /** Everything until the grace is over and the market has come to rest; the same times whatever is switched on. */
  async #aftermath(makers: Wallet, attacker: Wallet): Promise<void> {
    const stage = this.#stage;
    const { grace, reaction, censored } = this.#values;
    const moments = [...new Set([reaction, censored, grace])].sort((left, right) => left - right);
    await this.#settle(makers, "prices arrive");
    await leave(stage, attacker);
    for (const at of moments) {
      await this.#until(this.#restart + at * MINUTE, makers);
      if (at === reaction) await this.#topUp();
      if (at === censored) this.#employ();
      await this.#settle(makers, "the market goes on");
    }
    await leave(stage, attacker);
  }

  /** Some blocks one after the other, the makers at the price where they may. */
  async #settle(makers: Wallet, sentence: string): Promise<void> {
    for (let blocks = 0; blocks < 8; blocks++) await this.#turn(makers, BLOCK, sentence);
  }

  async #until(time: number, makers: Wallet): Promise<void> {
    const stage = this.#stage;
    while (stage.now < time) await this.#turn(makers, Math.min(LOOK, time - stage.now), "everybody waits");
  }

  async #turn(makers: Wallet, seconds: number, sentence: string): Promise<void> {
    const stage = this.#stage;
    stage.reference = this.#price((stage.now + seconds - this.#began) / MINUTE);
    await stage.wait(seconds, { pace: seconds, sentence });
    if (stage.view.market.validity !== "VALID") return;
    this.#opened ??= stage.now;
    const { bestBid, bestAsk } = stage.view;
    const here = bestBid > 0 && bestAsk > 0 && Math.abs((bestBid + bestAsk) / 2 / stage.reference - 1) < SPREAD;
    if (!here) await stage.act("makers go to the price", quotes(makers, stage.reference));
  }

  async #topUp(): Promise<void> {
    const fallen = Math.ceil(NOTIONAL * (1 - this.#stage.reference / PRICE));
    const due = this.#holders.filter(({ wallet, ready }) => ready && wallet.position > 0);
    const deposits = due.map(({ wallet }): Action => wallet.deposit(fallen));
    if (deposits.length > 0) await this.#stage.act("holders who have money add margin", ...deposits);
    for (const holder of due) holder.added = fallen;
  }

  #employ(): void {
    if (this.#keeper === undefined) return;
    this.#stage.liquidator(this.#keeper);
    this.#keeper = undefined;
  }

  /** The price elsewhere some minutes after the chain stopped. It stops falling when keepers could act, or at the end of the grace. */
  #price(minutes: number): number {
    const { outage, censored, grace, dayFall } = this.#values;
    const last = outage + (this.#honest ? grace : censored);
    return PRICE * (1 - dayFall * Math.sqrt(Math.min(minutes, last) / DAY));
  }

  /** Of the vault's account that holds what it took over, at the price elsewhere: the mark lies up to a quote's distance beside it. */
  get #backstopEquity(): number {
    const { view, exchange, reference } = this.#stage;
    const row = view.accounts.get(exchange.accounts.backstopInventory);
    return row === undefined ? 0 : fromWad(row.cash + row.pending + row.quote) + fromWad(row.size) * reference;
  }

  get #anybody(): Wallet {
    const [holder] = this.#holders;
    if (holder === undefined) throw new Error("nobody to send the uptime feed's report");
    return holder.wallet;
  }

  async #figures() {
    const { reference, wallets } = this.#stage;
    const ready = this.#holders.filter((holder) => holder.ready);
    const atRestart = shortfall(
      this.#holders.filter((holder) => !holder.ready),
      this.#price(this.#values.outage),
    );
    const predicted = shortfall(this.#holders, reference);
    const deficit = await this.#deficit();
    const backstopLoss = this.#backstop - this.#backstopEquity;
    const borne = deficit + backstopLoss;
    const attacker = wallets.find(({ group }) => group === "attacker");
    const sold = this.#values.reach * (PRICE - reference);
    return {
      fall: 1 - reference / PRICE,
      deficit,
      backstopLoss,
      borne,
      deficitPredicted: this.#honest ? null : predicted,
      waiting: this.#honest ? borne - atRestart : null,
      waitingPredicted: this.#honest ? predicted - atRestart : null,
      gainShare: this.#honest || attacker === undefined ? null : (attacker.equity - MARGIN) / sold,
      robbed: ready.reduce((sum, { wallet, size }) => sum + Math.abs(size - wallet.position) * reference, 0),
      kept: ready.reduce((sum, { wallet, added }) => sum + (added > 0 ? wallet.position * reference : 0), 0),
      blocked: this.#opened === null ? null : this.#opened - this.#restart,
    };
  }

  /** What holders' positions lacked when they were settled, from the engine's events, and what open ones lack now. */
  async #deficit(): Promise<number> {
    const { liquidationEngine } = this.#stage.exchange.contracts;
    const event = liquidationEngine.interface.getEvent("DeficitInsured");
    if (event === null) throw new Error("the engine tells no deficits");
    const filter = { address: liquidationEngine.address, topics: [event.topicHash], fromBlock: "0x0" };
    const logs = await ask<RawLog[]>(this.#stage.world.chain.provider, "eth_getLogs", filter);
    const settled = logs.map(({ data, topics }) => {
      const { deficit } = liquidationEngine.interface.decodeEventLog(event, data, topics);
      return fromWad(deficit as bigint);
    });
    const open = this.#holders.map(({ wallet }) => Math.max(0, -wallet.equity));
    return [...settled, ...open].reduce((sum, lacking) => sum + lacking, 0);
  }
}

function remember(holder: Holder, mark: number): void {
  const { wallet } = holder;
  [holder.equity, holder.size, holder.mark] = [wallet.equity, wallet.position, mark];
}

/** What holders would owe beyond what they have at a price, quote. */
function shortfall(holders: readonly Holder[], price: number): number {
  return holders.reduce(
    (sum, { equity, added, size, mark }) => sum + Math.max(0, size * (mark - price) - equity - added),
    0,
  );
}

function quotes(makers: Wallet, price: number): Action {
  const order = (buy: boolean) => ({ buy, price: price * (buy ? 1 - SPREAD : 1 + SPREAD), size: DEPTH });
  return makers.quote(order(true), order(false));
}

/** Closes what there is to close. */
async function leave(stage: Stage, wallet: Wallet): Promise<void> {
  if (wallet.position !== 0) await stage.act("the attacker closes", wallet.close());
}

/** Whether a figure is what a closed form says, be it nothing. */
function asPredicted(measured: number | null | undefined, predicted: number | null | undefined): boolean {
  return measured === 0 ? predicted === 0 : near(measured, predicted, 0.01);
}

export default keeperOutage;
