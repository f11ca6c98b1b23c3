import { SignedPrices, walk } from "../../attack/signed.js";
import type { Done, Stage } from "../../attack/stage.js";
import type { Action, Wallet } from "../../attack/wallet.js";
import type { Deployed } from "../../deployment/artifacts.js";
import type { Rng } from "../../random.js";
import { fromWad, toWad } from "../../units.js";
import { big } from "../../world/events.js";
import {
  BLOCK,
  CONFIDENCE,
  DEPTH,
  HEARTBEAT,
  HOUR,
  MARGIN,
  PATIENCE,
  PRICE,
  SPREAD,
  TAKER,
  YEAR,
  type Numbers,
} from "./numbers.js";

/** A report on its way: the block in which the move was seen, and the one in which it is brought. Unix seconds. */
interface Report {
  readonly seen: number;
  readonly at: number;
}

const NOTHING = {
  moved: null,
  value: null,
  traded: null,
  gained: null,
  gainedPredicted: null,
  houseLoss: null,
  pickValue: null,
  picked: null,
  backwards: null,
  makersLoss: null,
  honestCost: null,
  lag: null,
  blocked: null,
};

/** The story of `stale`, told block by block. */
export class Story {
  readonly #stage: Stage;
  readonly #values: Numbers;
  readonly #rng: Rng;
  readonly #house: Deployed;
  readonly #prices: SignedPrices;
  #keeper: Wallet | undefined;
  /** What the keeper brought last, and when it was signed. */
  #index = PRICE;
  #publishedAt = 0;
  #backwards = 0;

  constructor(stage: Stage, values: Numbers, rng: Rng) {
    const { house, sources } = stage.exchange;
    const [source] = sources;
    if (house === undefined || source === undefined) throw new Error("the deployment has no house or no source");
    [this.#stage, this.#values, this.#rng, this.#house] = [stage, values, rng, house.pool];
    if (source.vendor !== undefined) stage.world.know(source.vendor);
    // A move of the deviation takes this long on average; three times as long as needed, and two hours for the rest.
    const pause = (values.deviation / values.volatility) ** 2 * YEAR;
    const path = walk(rng, PRICE, values.volatility, Math.ceil(3 * (2 + values.reports) * pause) + 2 * HOUR);
    this.#prices = new SignedPrices(source, path, stage.now, CONFIDENCE);
    stage.pace = BLOCK;
  }

  async play(honest: boolean) {
    const stage = this.#stage;
    this.#keeper = await stage.wallet("keeper", { group: "keepers", margin: 100 });
    if (honest) return { ...NOTHING, ...(await this.#honest()) };
    const owner = await stage.wallet("attacker", { group: "attacker", margin: 1 });
    const attacker = await stage.contractWallet("attacker's contract", owner, { group: "attacker", margin: MARGIN });
    const makers = await stage.wallet("makers", { group: "makers", margin: 1_000_000 });
    const sniper = await stage.wallet("sniper", { group: "traders", margin: 100_000 });
    await this.#begin(attacker);
    const ahead = await this.#tradeAhead(attacker);
    const picks = await this.#pick(attacker);
    const makersLoss = await this.#snipe(makers, sniper);
    return { ...NOTHING, ...ahead, ...picks, makersLoss, backwards: this.#backwards };
  }

  // ---- ahead of a report -------------------------------------------------------------------------------------------

  async #tradeAhead(attacker: Wallet) {
    const { size, reports } = this.#values;
    let [moved, value, traded, predicted] = [0, 0, 0, 0];
    const before = this.#houseEquity;
    for (let done = 0; done < reports;) {
      const report = await this.#nextReport();
      const known = this.#prices.at(report.at - BLOCK);
      const buy = known > this.#index;
      await this.#advance(report.at - 2 * BLOCK);
      const offered = await this.#quote(buy, size / this.#index);
      const opening = await this.#open(attacker, report.at - BLOCK, known, offered);
      await this.#bring(report, ...(attacker.position === 0 ? [] : [this.#deal(attacker, attacker.position)]));
      const back = await this.#quote(!buy, size / this.#index);
      const sign = buy ? 1 : -1;
      value += sign * (back.price / offered.price - 1) - 2 * TAKER;
      moved += Math.abs(this.#index / opening.index - 1);
      traded += opening.traded;
      predicted += opening.base * (sign * (this.#index - opening.index) - this.#costs(opening.index + this.#index));
      done++;
    }
    const houseLoss = traded === 0 ? null : (before - this.#houseEquity) / traded;
    return {
      moved: moved / reports,
      value: value / reports,
      traded,
      gained: attacker.equity - MARGIN,
      gainedPredicted: predicted,
      houseLoss,
    };
  }

  /** Opens in the last block before a report, if that gains at the prices known by then. */
  async #open(attacker: Wallet, time: number, known: number, offered: Offer) {
    const index = this.#index;
    const buy = known > index;
    const distance = Math.abs(offered.price / index - 1);
    const gain = (buy ? known / offered.price : offered.price / known) - 1 - distance - 2 * TAKER;
    const base = Math.min(this.#values.size / index, offered.room);
    if (gain <= 0 || base < 0.01) return { index, base: 0, traded: 0 };
    this.#setTo(time);
    await this.#stage.act(
      "the attacker deals with the house ahead of a report",
      this.#deal(attacker, buy ? -base : base),
    );
    return { index, base: Math.abs(attacker.position), traded: Math.abs(attacker.position) * offered.price };
  }

  /** What a base unit pays in confidence and fees at two prices that add up to this. */
  #costs(prices: number): number {
    return prices * (CONFIDENCE + TAKER);
  }

  // ---- the best of several prices ----------------------------------------------------------------------------------

  async #pick(attacker: Wallet) {
    const stage = this.#stage;
    let [picked, value] = [0, 0];
    for (let done = 0; done < this.#values.picks; done++) {
      const { low, high } = await this.#window();
      // The room is quote at the price that will be brought.
      const base = Math.min(this.#values.size / this.#index, 0.95 * (await this.#quote(true, 1)).room);
      const before = attacker.equity;
      const buy = attacker.together("buy at the lowest price", [
        this.#prices.bring(attacker, low),
        this.#deal(attacker, -base),
      ]);
      this.#setTo(stage.now + BLOCK);
      stage.feeds.updates = false;
      const bought = await stage.attempt(
        "it brings the lowest price of the last minute, and buys",
        buy,
        "PriceFeedNotFoundWithinRange",
      );
      stage.feeds.updates = true;
      await this.#look();
      if (!bought.ok) continue;
      const sell = attacker.together("sell at the highest", [
        this.#prices.bring(attacker, high),
        this.#deal(attacker, attacker.position),
      ]);
      this.#setTo(stage.now + BLOCK);
      await this.#first("and the highest, and sells", sell);
      await this.#look();
      picked++;
      value += (attacker.equity - before) / (base * this.#index);
      await this.#bring({ seen: stage.now, at: stage.now + BLOCK });
    }
    return { picked, pickValue: picked === 0 ? null : value / picked };
  }

  /** The lowest and the highest price of the last minute. Waits a while for two that pay for a round trip with the house. */
  async #window(): Promise<{ low: number; high: number }> {
    const stage = this.#stage;
    const { price } = await this.#quote(true, this.#values.size / this.#index);
    const enough = 2 * (price / this.#index - 1 + TAKER) + SPREAD;
    const first = stage.now + this.#values.window;
    for (let time = first; ; time += BLOCK) {
      // Both must still be young enough in the second of the two blocks.
      const times = Array.from({ length: this.#values.window - 2 * BLOCK }, (_, second) => time - second);
      const low = times.reduce((best, at) => (this.#prices.at(at) < this.#prices.at(best) ? at : best));
      const high = times.reduce((best, at) => (this.#prices.at(at) > this.#prices.at(best) ? at : best));
      if (time < first + PATIENCE && this.#prices.at(high) / this.#prices.at(low) - 1 <= enough) continue;
      await this.#advance(time);
      return { low, high };
    }
  }

  // ---- resting makers ----------------------------------------------------------------------------------------------

  /** Takes what makers rest around the index ahead of a report, and closes with them after it. Returns their loss per quote traded. */
  async #snipe(makers: Wallet, sniper: Wallet): Promise<number | null> {
    const stage = this.#stage;
    const report = await this.#nextReport();
    await this.#advance(report.at - 3 * BLOCK);
    this.#setTo(report.at - 2 * BLOCK);
    await stage.act("makers rest their quotes around the index", quotes(makers, this.#index));
    this.#setTo(report.at - BLOCK);
    const buy = this.#prices.at(report.at - BLOCK) > this.#index;
    const [base, before] = [this.#values.size / this.#index / 4, sniper.equity];
    await stage.act("somebody takes them ahead of a report", buy ? sniper.buy(base) : sniper.sell(base));
    const traded = Math.abs(sniper.position) * this.#index;
    await this.#bring(report, quotes(makers, this.#prices.at(report.at)));
    this.#setTo(stage.now + BLOCK);
    await stage.act("and closes after it", sniper.close());
    return traded === 0 ? null : (sniper.equity - before) / traded;
  }

  // ---- honest traders ----------------------------------------------------------------------------------------------

  async #honest() {
    const stage = this.#stage;
    const count = 8;
    const traders: Wallet[] = [];
    for (let index = 0; index < count; index++) {
      traders.push(await stage.wallet(`trader ${index + 1}`, { group: "traders", margin: 10_000 }));
    }
    await this.#begin(...traders);
    const orders = traders
      .flatMap((wallet) => {
        const opens = this.#rng.between(0.1, 2) * HOUR;
        const size = (this.#rng.chance(0.5) ? 1 : -1) * this.#rng.between(5_000, 20_000);
        return [
          { wallet, size, time: opens },
          { wallet, size: -size, time: opens + this.#rng.between(0.1, 0.5) * HOUR },
        ];
      })
      .sort((left, right) => left.time - right.time);
    const began = stage.now;
    let [paid, lag, traded, refused] = [0, 0, 0, 0];
    for (const { wallet, size, time } of orders) {
      await this.#keepUntil(began + Math.ceil(time / BLOCK) * BLOCK);
      this.#setTo(stage.now + BLOCK);
      const { position } = wallet;
      const order = position === 0 ? this.#deal(wallet, -size / this.#index) : this.#deal(wallet, position);
      const done = await stage.attempt(`${wallet.name} deals with the house`, order, "ExceedsRoom", "PriceNotUsable");
      if (!done.ok) refused++;
      for (const { price, base } of dealt(done)) {
        paid += base * (price - this.#index);
        lag += Math.abs(base) * Math.abs(stage.reference - this.#index);
        traded += Math.abs(base) * this.#index;
      }
    }
    const of = (part: number): number | null => (traded === 0 ? null : part / traded);
    return { honestCost: of(paid), lag: of(lag), blocked: refused / orders.length };
  }

  // ---- the oracle --------------------------------------------------------------------------------------------------

  /** The first price, and leave for the house to settle these wallets' trades. */
  async #begin(...wallets: readonly Wallet[]): Promise<void> {
    const { clearingHouse } = this.#stage.exchange.contracts;
    await this.#stage.wait(BLOCK, { sentence: "the story begins" });
    await this.#bring({ seen: this.#stage.now, at: this.#stage.now + BLOCK });
    const leave = wallets.map((wallet) =>
      wallet.call(clearingHouse, "setOperator", wallet.account, this.#house.address, true),
    );
    this.#setTo(this.#stage.now + BLOCK);
    await this.#stage.act("the house may settle trades of those who deal with it", ...leave);
  }

  /** The next move that is due for a report; heartbeats until then are brought on the way. */
  async #nextReport(): Promise<Report> {
    const { deviation, delay } = this.#values;
    const steps = Math.ceil(delay / BLOCK) * BLOCK;
    for (let time = this.#stage.now + BLOCK; ; time += BLOCK) {
      if (Math.abs(this.#prices.at(time) / this.#index - 1) >= deviation && time - this.#stage.now > 2 * BLOCK) {
        return { seen: time, at: time + steps };
      }
      if (time - this.#publishedAt >= HEARTBEAT) await this.#bring({ seen: time, at: time });
    }
  }

  /** Lets the keeper do its work until a time. */
  async #keepUntil(time: number): Promise<void> {
    for (;;) {
      const due = this.#due(time);
      if (due === undefined) break;
      await this.#advance(due.at - BLOCK);
      await this.#bring(due);
    }
    await this.#advance(time - BLOCK);
  }

  /** A report that is brought before a time. */
  #due(limit: number): Report | undefined {
    const { deviation, delay } = this.#values;
    for (let time = this.#stage.now + BLOCK; time < limit; time += BLOCK) {
      const moved = Math.abs(this.#prices.at(time) / this.#index - 1) >= deviation;
      const at = moved ? time + Math.ceil(delay / BLOCK) * BLOCK : time;
      if (moved || time - this.#publishedAt >= HEARTBEAT) return at < limit ? { seen: time, at } : undefined;
    }
    return undefined;
  }

  /** The keeper brings the first price of the present period, and what follows in the same block. */
  async #bring({ at }: Report, ...actions: readonly Action[]): Promise<void> {
    const signed = Math.floor(at / this.#values.period) * this.#values.period;
    this.#setTo(at);
    await this.#first("the keeper brings a price", this.#prices.bring(this.#theKeeper, signed), ...actions);
    this.#index = this.#prices.at(signed);
    await this.#look();
  }

  /** Actions that come before anybody has asked for the block's price; funding is brought up to date behind them. */
  async #first(sentence: string, ...actions: readonly Action[]): Promise<void> {
    const { feeds, world } = this.#stage;
    const keeper = this.#theKeeper;
    feeds.updates = false;
    await this.#stage.act(sentence, ...actions, keeper.does("update prices", world.venue.updatePrices()));
    feeds.updates = true;
  }

  /** Whether the index's time has gone back. */
  async #look(): Promise<void> {
    const { indexOracle } = this.#stage.exchange.contracts;
    const { publishedAt } = (await this.#stage.read(indexOracle, "indexOf", 0)) as { publishedAt: bigint };
    if (Number(publishedAt) < this.#publishedAt) this.#backwards++;
    this.#publishedAt = Number(publishedAt);
  }

  /** Time passes without anything that matters, in one block. */
  async #advance(time: number): Promise<void> {
    const stage = this.#stage;
    if (time <= stage.now) return;
    this.#setTo(time);
    await stage.wait(time - stage.now, { pace: time - stage.now, sentence: "the price moves elsewhere" });
  }

  /** The next block is at this time, and the price elsewhere is what it then is. */
  #setTo(time: number): void {
    this.#stage.pace = time - this.#stage.now;
    this.#stage.reference = this.#prices.at(time);
  }

  get #theKeeper(): Wallet {
    if (this.#keeper === undefined) throw new Error("nobody brings prices");
    return this.#keeper;
  }

  // ---- the house ---------------------------------------------------------------------------------------------------

  /** What the house deals at now, and how much. Quote per base, and base. */
  async #quote(buy: boolean, size: number): Promise<Offer> {
    const { chain, exchange } = this.#stage.world;
    const data = this.#house.interface.encodeFunctionData("quote", [exchange.market, buy, toWad(size)]);
    const answer = await chain.call(this.#house.address, data);
    const [price, room] = this.#house.interface.decodeFunctionResult("quote", answer) as unknown as [bigint, bigint];
    return { price: fromWad(price), room: fromWad(room) };
  }

  /** A trade with the house: base that is sold to it, or bought from it if negative, in the book's lots. */
  #deal(wallet: Wallet, base: number): Action {
    const lots = toWad(Math.abs(base)) / 10n ** 15n;
    const bound = base < 0 ? 2n ** 128n - 1n : 0n;
    const { market } = this.#stage.exchange;
    return wallet.call(this.#house, "trade", wallet.account, market, base < 0, lots * 10n ** 15n, bound, false);
  }

  get #houseEquity(): number {
    const { view, exchange } = this.#stage;
    return fromWad(view.accounts.get(exchange.house?.account ?? 0)?.equity ?? 0n);
  }
}

interface Offer {
  readonly price: number;
  readonly room: number;
}

/** Trades the house settled: price, and base signed as the trader's side. */
function dealt({ events }: Done): { price: number; base: number }[] {
  return events
    .filter(({ name }) => name === "Dealt")
    .map((event) => ({ price: fromWad(big(event, "price")), base: fromWad(big(event, "size")) }));
}

function quotes(makers: Wallet, price: number): Action {
  const order = (buy: boolean) => ({ buy, price: price * (buy ? 1 - SPREAD : 1 + SPREAD), size: DEPTH });
  return makers.quote(order(true), order(false));
}
