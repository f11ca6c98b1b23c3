import type { Stage } from "../../attack/stage.js";
import { reportOf } from "../../attack/feeds.js";
import type { Action, Wallet } from "../../attack/wallet.js";
import type { Deployed } from "../../deployment/artifacts.js";
import { marketConfig } from "../../deployment/deploy.js";
import type { Source } from "../../deployment/sources.js";
import { fromWad, toWad } from "../../units.js";
import type { Numbers } from "../attacks/guard-misfire.js";
import { ChainCopy, overwriteFunding, passOn } from "./copy.js";
import { EveryCall } from "./every-call.js";

const BLOCK = 12;
const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/** Notional of each holder, quote: below what is liquidated by fifths. */
const NOTIONAL = 50_000;

/** Leverage of the longs and of the shorts. */
const LONGS = [10, 15, 20, 22, 24];
const SHORTS = [1.5, 2, 2.2, 2.4];

/** Half the distance of quotes, and base on each side. */
const SPREAD = 0.0005;
const DEPTH = 500;

/** How the squeezed book climbs, in multiples of the constant index. */
const CLIMB = { from: 1.32, to: 1.5, step: 0.02 };

/** The least a feed with eight decimals can say that is not 0. */
const LEAST_ANSWER = 1e-8;

export const NOTHING = {
  shown: null,
  capped: null,
  lossShare: null,
  zeroed: null,
  least: null,
  passedOn: null,
  unchecked: null,
  opened: null,
  reset: null,
  restarted: null,
  tried: null,
  moved: null,
  liquidatable: null,
  fundingMoved: null,
  squeezed: null,
  uncertain: null,
  refused: null,
  delay: null,
  borne: null,
  bornePredicted: null,
};

/** The story of `guard-misfire`: one guard after the other is wrong, or the asset really falls. */
export class Misfires {
  static readonly RATE = 1.2282;
  static readonly PRICE = 2_000 * Misfires.RATE;
  readonly #stage: Stage;
  readonly #values: Numbers;
  readonly #longs: Wallet[] = [];
  readonly #shorts: Wallet[] = [];
  readonly #redemption: Source;
  readonly #rate: Deployed;
  readonly #whole: boolean;
  #keeper: Wallet | undefined;

  /** @param whole whether all defences stand: only then every call is tried */
  constructor(stage: Stage, values: Numbers, whole: boolean) {
    [this.#stage, this.#values, this.#whole] = [stage, values, whole];
    const source = stage.exchange.sources.find(({ kind }) => kind === "redemption");
    if (source?.rate === undefined) throw new Error("the deployment has no redemption rate");
    [this.#redemption, this.#rate] = [source, source.rate];
    stage.pace = BLOCK;
  }

  // ---- the guards misfire ------------------------------------------------------------------------------------------

  async misfires() {
    const stage = this.#stage;
    const opportunist = await stage.wallet("opportunist", { group: "attacker", margin: 1_000_000 });
    await overwriteFunding(stage, -BigInt(Math.round(this.#values.accrued * Misfires.PRICE * 1e9)) * 10n ** 18n);
    await this.#open();
    const told = await this.#copies();
    const cap = await this.#capOutOfTime(opportunist);
    const zeroed = await this.#wrongly(() => this.#priceOfZero());
    const governed = await this.#governance();
    const squeeze = await this.#constantIndex(opportunist);
    return { ...told, ...cap, zeroed, ...governed, ...squeeze };
  }

  /** On copies of the chain: prices of 0 and as good as, told by a feed or passed on by an index that checks nothing; funding begun anew. */
  async #copies() {
    const stage = this.#stage;
    const keeper = this.#keeper;
    if (keeper === undefined) throw new Error("nobody liquidates");
    const holders = [...this.#longs, ...this.#shorts];
    const copy = new ChainCopy(stage, keeper, holders);
    const report = async (): Promise<void> => {
      await copy.mine(keeper.address, reportOf(this.#redemption, LEAST_ANSWER));
    };
    const least = await copy.liquidated(report, 3);
    const passedOn = await copy.liquidated(() => passOn(stage, 0n), 1);
    const unchecked = await copy.liquidated(() => passOn(stage, 1n), 3);
    const restarted = await copy.liquidated(() => overwriteFunding(stage, 0n), 1);
    if (!this.#whole) return { least, passedOn, unchecked, restarted };
    const { tried, moved, liquidatable } = await new EveryCall(stage, copy, keeper, holders).try();
    return { least, passedOn, unchecked, restarted, tried, moved: moved.length, liquidatable: liquidatable.length };
  }

  /** The venue's cap gets a new value with a time that is ahead of it, and shows the rate low. */
  async #capOutOfTime(opportunist: Wallet) {
    const stage = this.#stage;
    const { low, ahead } = this.#values;
    const refused = await this.#isRefused(ahead * DAY);
    const before = this.#equityOf(this.#longs);
    const wrong = Misfires.PRICE * (1 - low);
    const bid = { buy: true, price: wrong * (1 - SPREAD), size: DEPTH };
    await stage.act("somebody bids below the price that is about to be shown", opportunist.quote(bid));
    const capped = await this.#wrongly(async () => {
      await stage.act(
        "the cap's value and time are set apart: it shows the rate low",
        this.#tell(Misfires.RATE * (1 - low)),
      );
      await stage.wait(2 * MINUTE, { sentence: "keepers liquidate at what is shown" });
    });
    const shown = 1 - stage.lowest("index") / Misfires.PRICE;
    await stage.act("the cap is put right", this.#tell(Misfires.RATE), opportunist.quote());
    await stage.wait(10 * MINUTE, { pace: 2 * MINUTE, sentence: "the price is back" });
    const lossShare = capped === 0 ? null : (before - this.#equityOf(this.#longs)) / capped;
    return { refused: refused ? 1 : 0, shown, capped, lossShare };
  }

  /** Whether the source's own cap refuses the present rate with a time that lies ahead of it. */
  async #isRefused(ahead: number): Promise<boolean> {
    const { world, exchange, now } = this.#stage;
    const { adapter } = this.#redemption;
    const pair = [exchange.market, toWad(Misfires.RATE), now + ahead];
    const data = adapter.interface.encodeFunctionData("setSnapshot", pair);
    try {
      await world.chain.call(adapter.address, data, world.chain.addresses[0]);
      return false;
    } catch (error) {
      const selector = adapter.interface.getError("SnapshotNotObserved")?.selector ?? "none";
      return JSON.stringify(error, Object.getOwnPropertyNames(error)).includes(selector.slice(2));
    }
  }

  async #priceOfZero(): Promise<void> {
    const { feeds } = this.#stage;
    feeds.see(() => this.#values.said, "redemption");
    await this.#stage.wait(2 * MINUTE, { pace: 2 * BLOCK, sentence: "the feed says 0" });
    feeds.see(undefined, "redemption");
    await this.#stage.wait(10 * MINUTE, { pace: 2 * MINUTE, sentence: "and speaks again" });
  }

  /** Eight hours of funding, then governance sets everything of the market anew that it may set. */
  async #governance() {
    const stage = this.#stage;
    const { contracts, parameters, market } = stage.exchange;
    const { clearingHouse, markPrice, marketGuard } = contracts;
    await stage.wait(8 * HOUR, { pace: 2 * HOUR, sentence: "funding runs for eight hours" });
    let fundingMoved = 0;
    const reset = await this.#wrongly(async () => {
      const before = stage.view.market.fundingIndex;
      await stage.govern(clearingHouse, "setMarket", market, marketConfig(contracts, parameters));
      for (const contract of [markPrice, marketGuard]) {
        await stage.govern(contract, "setMarket", market, await stage.read(contract, "configOf", market));
      }
      await stage.wait(BLOCK, { sentence: "governance has set everything it may set" });
      fundingMoved = Number(stage.view.market.fundingIndex - before) / 1e27 / Misfires.PRICE;
      await stage.wait(2 * MINUTE, { pace: 2 * BLOCK, sentence: "keepers look for anybody to liquidate" });
    });
    return { reset, fundingMoved };
  }

  /** The asset rises elsewhere, a source says what it always says, and somebody squeezes the empty book. */
  async #constantIndex(opportunist: Wallet) {
    const stage = this.#stage;
    const underlying = Misfires.PRICE / Misfires.RATE;
    stage.feeds.see(() => underlying, "redemption");
    let uncertain = 0;
    for (let step = 1; step <= 5; step++) {
      stage.reference = Misfires.PRICE * (1 + (this.#values.rise * step) / 5);
      await stage.wait(4 * MINUTE, { pace: 4 * MINUTE, sentence: "the price rises elsewhere" });
    }
    const squeezed = await this.#wrongly(async () => {
      for (let climb = CLIMB.from; climb <= CLIMB.to; climb += CLIMB.step) {
        const began = stage.now;
        const order = quotes(opportunist, Misfires.PRICE * climb);
        await stage.attempt("somebody quotes higher, alone in the book", order, "PriceNotUsable", "OpeningHalted");
        await stage.wait(9 * BLOCK, { pace: 3 * BLOCK, sentence: "the mark follows as far as it may" });
        if (stage.view.market.validity !== "VALID") uncertain += stage.now - began;
      }
    });
    await stage.act("it takes its quotes back", opportunist.quote());
    stage.feeds.see(undefined, "redemption");
    await stage.wait(10 * MINUTE, { pace: 2 * MINUTE, sentence: "the source says what the asset is worth" });
    return { squeezed, uncertain };
  }

  // ---- the asset really falls --------------------------------------------------------------------------------------

  /** The rate falls, and the price with it and further; the cap silences its source until governance has looked into it. */
  async trueFall() {
    const stage = this.#stage;
    const { low, further, repair } = this.#values;
    const makers = await this.#open();
    const opened = await this.#openThroughZero(makers);
    const held = this.#longs.map(({ equity, position }) => ({ equity, position, mark: stage.view.mark }));
    const borne = this.#borne;
    const fall = (share: number): void => {
      stage.reference = Misfires.PRICE * (1 - low - further * share);
    };
    fall(0);
    stage.feeds.see(() => stage.reference / Misfires.RATE / (1 - low), "redemption");
    await stage.act("the rate falls, and the price with it", this.#tell(Misfires.RATE * (1 - low)));
    const late = new Map<Wallet, number>();
    for (let minute = 1; minute <= repair; minute++) {
      fall(minute / repair);
      await this.#goOn(makers, 1, "the price falls on", late);
    }
    await this.#acknowledge();
    await this.#goOn(makers, 5, "governance has taken the rate for true", late);
    const price = stage.reference;
    const lacking = held.map(({ equity, position, mark }) => Math.max(0, position * (mark - price) - equity));
    return {
      opened,
      delay: late.size === 0 ? null : Math.max(...late.values()),
      borne: borne - this.#borne,
      bornePredicted: lacking.reduce((sum, one) => sum + one, 0),
    };
  }

  /** One feed says 0 for two minutes, and somebody who attacks nobody goes on opening and closing; returns the share that succeeded. */
  async #openThroughZero(makers: Wallet): Promise<number> {
    const stage = this.#stage;
    const newcomer = await stage.wallet("newcomer", { group: "traders", margin: 10_000 });
    stage.feeds.see(() => this.#values.said, "redemption");
    await stage.wait(BLOCK, { sentence: "the feed says 0" });
    await stage.attempt("makers quote", quotes(makers, Misfires.PRICE), "PriceNotUsable");
    const opened: boolean[] = [];
    for (let trade = 0; trade < 3; trade++) {
      const { ok } = await stage.attempt("somebody opens all the same", newcomer.buy(1), "PriceNotUsable");
      opened.push(ok);
      if (ok) await stage.act("and closes", newcomer.close());
    }
    stage.feeds.see(undefined, "redemption");
    await stage.act("makers step back", makers.quote());
    return opened.filter((ok) => ok).length / opened.length;
  }

  /** Notes since when, and until when, a long has been below maintenance at what the asset is worth. */
  readonly #since = new Map<Wallet, number>();

  #watch(late: Map<Wallet, number>): void {
    const { now, reference, exchange } = this.#stage;
    for (const wallet of this.#longs) {
      const { cash, pending, quote, size } = wallet.row;
      const equity = fromWad(cash + pending + quote) + fromWad(size) * reference;
      const maintenance = (fromWad(size) * reference * exchange.parameters.initialMarginRate) / 2e6;
      if (size > 0n && equity < maintenance) {
        const since = this.#since.get(wallet) ?? now;
        this.#since.set(wallet, since);
        late.set(wallet, Math.max(late.get(wallet) ?? 0, now - since));
      } else this.#since.delete(wallet);
    }
  }

  /** Makers quote what everybody quotes, where they may, and keepers do their work. */
  async #goOn(makers: Wallet, blocks: number, sentence: string, late: Map<Wallet, number>): Promise<void> {
    const stage = this.#stage;
    await stage.attempt("makers quote", quotes(makers, stage.reference), "PriceNotUsable", "OpeningHalted");
    for (let block = 0; block < blocks; block++) {
      this.#watch(late);
      await stage.wait(4 * BLOCK, { pace: 4 * BLOCK, sentence });
    }
  }

  /** Governance names the asset again: the rate of now becomes its snapshot. */
  async #acknowledge(): Promise<void> {
    const { market } = this.#stage.exchange;
    const { adapter } = this.#redemption;
    const asset = await this.#stage.read(adapter, "assetOf", market);
    await this.#stage.govern(adapter, "setAsset", market, asset);
  }

  /** What insurance fund and backstop are worth, what the backstop holds counted at what the asset is worth. */
  get #borne(): number {
    const { view, exchange, reference } = this.#stage;
    const { insuranceFund, backstopVault, backstopInventory } = exchange.accounts;
    return [insuranceFund, backstopVault, backstopInventory]
      .map((account) => view.accounts.get(account))
      .reduce((sum, row) => {
        if (row === undefined) return sum;
        return sum + fromWad(row.cash + row.pending + row.quote) + fromWad(row.size) * reference;
      }, 0);
  }

  // ---- common ------------------------------------------------------------------------------------------------------

  /** Holders open against makers who quote what everybody quotes, and who then step back; returns these. */
  async #open(): Promise<Wallet> {
    const stage = this.#stage;
    const makers = await stage.wallet("makers", { group: "makers", margin: 2_000_000 });
    for (const leverage of LONGS) this.#longs.push(await this.#holder("long", leverage));
    for (const leverage of SHORTS) this.#shorts.push(await this.#holder("short", leverage));
    this.#keeper = await stage.wallet("keeper", { group: "keepers", margin: 1_000 });
    stage.liquidator(this.#keeper);
    await stage.act("makers quote", quotes(makers, Misfires.PRICE));
    const size = NOTIONAL / Misfires.PRICE;
    const buys = this.#longs.map((wallet) => wallet.buy(size));
    await stage.act("longs and shorts open", ...buys, ...this.#shorts.map((wallet) => wallet.sell(size)));
    await stage.act("makers step back", makers.quote());
    return makers;
  }

  #holder(side: string, leverage: number): Promise<Wallet> {
    const margin = NOTIONAL / leverage;
    return this.#stage.wallet(`${side}, ${leverage} times`, { group: "traders", margin });
  }

  #tell(rate: number): Action {
    const [holder] = this.#longs;
    if (holder === undefined) throw new Error("nobody to tell the rate");
    return holder.call(this.#rate, "setRate", toWad(rate));
  }

  /** What a part of the story liquidates of accounts that are solvent at what the asset is worth, quote at that. */
  async #wrongly(part: () => Promise<void>): Promise<number> {
    const holders = [...this.#longs, ...this.#shorts];
    const before = holders.map(({ position }) => Math.abs(position));
    await part();
    const { reference } = this.#stage;
    return holders.reduce(
      (sum, { position }, index) => sum + ((before[index] ?? 0) - Math.abs(position)) * reference,
      0,
    );
  }

  #equityOf(wallets: readonly Wallet[]): number {
    return wallets.reduce((sum, { equity }) => sum + equity, 0);
  }
}

function quotes(wallet: Wallet, price: number): Action {
  const order = (buy: boolean) => ({ buy, price: price * (buy ? 1 - SPREAD : 1 + SPREAD), size: DEPTH });
  return wallet.quote(order(true), order(false));
}
