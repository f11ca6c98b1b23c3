import { Backers } from "../../attack/backers.js";
import { backedBy, insuredBy } from "../../attack/backing.js";
import { FLAT_MARGIN, roomLeft, spotKappa } from "../../attack/caps.js";
import { attack } from "../../attack/scenario.js";
import type { Stage } from "../../attack/stage.js";
import type { Wallet } from "../../attack/wallet.js";
import type { DeploymentOptions } from "../../deployment/options.js";
import { widestMarkBand } from "../../deployment/parameters.js";
import type { Parameters, Values } from "../../scenario/parameters.js";
import { fromWad, toWad } from "../../units.js";

/** JELLY on 26 March 2025. */
const PRICE = 0.0095;
const SIZE = 430_000_000;
const MARGIN = 3_500_000;
const PULLED = 2_760_000;
const LONGS = [2_150_000, 1_900_000] as const;

/** Loss of the vault over the short's notional, at the two ends of what was published. */
const RECORDED = { low: 12_000_000 / 4_085_000, high: 13_500_000 / 4_085_000 };

/** Initial margin, parts per million: ten times leverage. */
const INITIAL = 100_000;

/** Fees of the pool and of takers, parts per million. */
const POOL_FEE = 3_000;
const TAKER = 400;

const INSURANCE = 1_000_000;

/** Where the short sells at worst: into the bids meant for it, and what these leave into the makers'. */
const LOWEST = 0.9977;

const shocks = {
  push: {
    default: 4.2,
    low: 1,
    high: 5.3,
    unit: "times the price",
    why: "To 0.04, where the vault's loss was published; the highest was about 0.05, 5.3 times.",
  },
  pulled: {
    default: PULLED,
    low: 0,
    high: 3_400_000,
    unit: "quote",
    why: "Margin of the short that is withdrawn before the price is moved: 2.76 M of 3.5 M.",
  },
  minutes: {
    default: 20,
    low: 1,
    high: 120,
    whole: true,
    unit: "minutes",
    why: "In which the price is pushed, in equal steps. About an hour in 2025; shorter is to the attacker's advantage.",
  },
} as const satisfies Parameters;

const assumptions = {
  depth: {
    default: 1_000_000,
    low: 50_000,
    high: 100_000_000,
    unit: "quote",
    why: "Q of the spot pool. Not on record; with a deeper one the push costs the attacker more.",
  },
  vault: {
    default: 30_000_000,
    low: 1_000_000,
    high: 1_000_000_000,
    unit: "quote",
    why: "All of the backstop's money: more than the attack can cost it, as in 2025.",
  },
  allotted: {
    default: 409_000,
    low: 10_000,
    high: 30_000_000,
    unit: "quote",
    why: "Capital of the backstop for this market: what carrying the short of 4.09 M takes at the market's ten times leverage.",
  },
} as const satisfies Parameters;

const parameters = { ...shocks, ...assumptions };
type Numbers = Values<typeof parameters>;

/** A position built to be liquidated: its margin pulled, its loss left to the vault, its gain kept on other wallets. */
export const jelly = attack({
  id: "jelly",
  title: "A short that is handed over to the backstop, and longs that gain what it loses",
  base: "JELLY",
  story:
    "A wallet sells 430 M units short, mostly to two other wallets of the same person, and withdraws most of its margin. Spot is then bought until the short is liquidated: no book " +
    "takes it, so the backstop must. The buying goes on; what the backstop loses the longs gain, and they sell to it when it buys its inventory back.",
  incident: [
    { what: "Short of 430 M units at 0.0095", value: "4.09 M", source: "press and post-mortems of 26 March 2025" },
    {
      what: "Margin, and what was withdrawn of it",
      value: "3.5 M, 2.76 M: 18 % of the notional left",
      source: "the same",
    },
    { what: "Longs on other wallets", value: "2.15 M and 1.9 M", source: "the same" },
    { what: "Highest price", value: "about 0.05", source: "the same" },
    { what: "Vault's loss, unrealised", value: "12-13.5 M, 2.9-3.3 times the short's notional", source: "the same" },
    {
      what: "What the venue changed",
      value: "a cap on the loss of the vault's liquidator, ADL at its threshold; settled at 0.0095",
      source: "the same",
    },
  ],
  actors: {
    short: "Sells, withdraws margin, is abandoned.",
    longs: "The same person's other two wallets. One of them buys spot. They sell when the backstop buys back.",
    makers: "Quote around the mark, 10 bp either side, in small size.",
    liquidator: "Liquidates what falls below maintenance.",
    arbitrageur: "Sells into the pushed pool in the end.",
  },
  shocks,
  assumptions,
  parameters,
  defences: [
    { layer: "manipulation-cap", here: "no more open interest than moving the pool would cost" },
    { layer: "kept-margin", here: "a withdrawal leaves 20 % of the notional, twice initial margin" },
    {
      layer: "backstop-allotment",
      here: "the vault loses what is allotted to this market; then winners are deleveraged",
    },
    { layer: "insurance-limits", here: "a twentieth of the fund at once, a tenth in a day" },
    { layer: "profit-maturity", here: "profit can be withdrawn after two hours" },
  ],
  grid: { parameter: "push", values: [1.15, 1.3, 1.6, 2, 3, 4.2, 5.26] },
  cost: "deleveraged",
  figures: {
    left: { label: "Margin left by the withdrawal, of the notional", unit: "share" },
    taken: { label: "Notional the backstop took over, at entry", unit: "quote" },
    vaultLoss: { label: "Most the backstop was down", unit: "quote" },
    vaultRatio: { label: "The same, times the short's notional", unit: "times" },
    adlAt: { label: "Mark at the first deleveraging", unit: "times the price" },
    deleveraged: { label: "Positions on the winning side that were deleveraged", unit: "share" },
    keptBack: { label: "Margin an honest trader would have withdrawn and could not", unit: "share" },
    insured: { label: "Most the insurance fund was down", unit: "quote" },
  },
  sources: [
    { what: "Sequence and amounts", where: "press and post-mortems of Hyperliquid's JELLY market, 26 March 2025" },
  ],
  limits: [
    "The feed follows the push: there was no market left to corroborate another price, so no defence of the index is counted on.",
    "An allotment bounds the gain and does not end it: without the cap on open interest the attacker wins about what is allotted, from a push of a fifth on. Only the cap makes the attack a loss.",
    "Kept margin and maturing profit earn little here: 2.76 M of 3.5 M left 18 % of the notional, and the rule asks for 20 %; profit that matures later is still profit.",
    "The market guard is left out, so that the waterfall is seen alone.",
    "How the real longs would have been paid is not known: the market was settled at 0.0095.",
  ],
  expectations: [
    { kind: "off", sentence: "the attack pays", holds: ({ attackerNet }) => attackerNet > 0 },
    {
      kind: "off",
      sentence: "at 0.04 the vault is down 2.9-3.3 times the short's notional, as in 2025, within a tenth",
      holds: ({ figures: { vaultRatio }, parameters: { push } }) =>
        push !== 4.2 || ((vaultRatio ?? 0) > RECORDED.low * 0.9 && (vaultRatio ?? 0) < RECORDED.high * 1.1),
    },
    { kind: "on", sentence: "the attacker has no gain", holds: ({ attackerNet }) => attackerNet <= 0 },
    {
      kind: "on",
      sentence: "the backstop loses no more than what is allotted to the market",
      holds: ({ figures, parameters: { allotted } }) => (figures.vaultLoss ?? Infinity) <= (allotted ?? 0) + 1,
    },
    {
      kind: "on",
      sentence: "margin cannot be pulled below 20 % of the notional",
      holds: ({ figures }) => (figures.left ?? 0) > 0.199,
    },
    {
      kind: "control",
      sentence: "an honest whale's short that goes wrong costs the backstop no more than its allotment",
      holds: ({ figures, parameters: { allotted } }) => (figures.vaultLoss ?? Infinity) <= (allotted ?? 0) + 1,
    },
  ],
  deployment: ({ values }) => deployment(values),
  play: async (stage, { values, honest }) => {
    const makers = await stage.wallet("makers", { group: "makers", margin: 2_000_000 });
    stage.maker(makers, { size: 10_000 / PRICE, spread: 0.001, levels: 3, patience: 0.001 });
    stage.liquidator(await stage.wallet("liquidator", { group: "keepers", margin: 10_000 }));
    return honest ? whale(stage, values) : attackOn(stage, values);
  },
});

const NOTHING = {
  left: null,
  taken: null,
  vaultLoss: null,
  vaultRatio: null,
  adlAt: null,
  deleveraged: null,
  keptBack: null,
  insured: null,
};

function deployment({ depth, vault, allotted }: Numbers): DeploymentOptions {
  return {
    market: {
      startPrice: PRICE,
      initialMarginRate: INITIAL,
      takerFee: TAKER,
      markBand: widestMarkBand(INITIAL),
      maturity: 7_200,
      openInterestCap: toWad(4_000_000_000),
      ...FLAT_MARGIN,
    },
    base: { name: "Jelly", symbol: "JELLY", decimals: 6 },
    pool: { fee: POOL_FEE, depth, cardinality: 60 },
    index: { sources: [{ kind: "feed", name: "feed", heartbeat: 3_600, deviation: 1_000, depth: 1_000_000 }] },
    guard: false,
    caps: { kappa: spotKappa(POOL_FEE, TAKER) },
    ...insuredBy(INSURANCE),
    ...backedBy(vault, allotted, INITIAL),
  };
}

async function attackOn(stage: Stage, values: Numbers) {
  const { push, depth } = values;
  const short = await stage.wallet("short", { group: "attacker", margin: MARGIN });
  const [first, second] = [
    await stage.wallet("first long", { group: "attacker", margin: LONGS[0], quote: depth * Math.sqrt(push) * 1.5 }),
    await stage.wallet("second long", { group: "attacker", margin: LONGS[1] }),
  ];
  const arbitrageur = await stage.wallet("arbitrageur", {
    group: "arbitrageurs",
    quote: depth,
    spot: (9 * depth) / PRICE,
  });
  await stage.wait(3 * stage.pace, { sentence: "makers quote" });
  await stage.act("two wallets bid", first.bid(PRICE, LONGS[0] / PRICE), second.bid(PRICE, LONGS[1] / PRICE));
  await sell(stage, short);
  await stage.act("what is left of the bids is taken back", first.quote(), second.quote());
  const start = new Watch(stage, [first, second]);
  await pull(stage, short, values.pulled);
  const left = short.equity / (Math.abs(short.position) * stage.view.mark);

  let seen = PRICE;
  stage.feeds.see(() => seen);
  for (let minute = 1; minute <= values.minutes; minute++) {
    seen = PRICE * push ** (minute / values.minutes);
    await stage.act("spot is bought, and every market follows", first.pushPool(seen));
    start.look();
    for (let block = 1; block < 5; block++) {
      await stage.wait(stage.pace);
      start.look();
    }
  }
  await stage.wait(60, { sentence: "the price is held" });
  start.look();
  const peak = start.figures();
  for (let tries = 0; tries < 3; tries++) await sellToVault(stage, [first, second]);
  for (const long of [first, second]) await leave(stage, long);
  seen = PRICE;
  stage.arbitrageur(arbitrageur);
  stage.feeds.see(undefined);
  await stage.wait(900, { pace: 30, sentence: "the push is over; the price is back" });
  return { ...NOTHING, ...peak, left };
}

/** Sells the whole short into the bids, or what the cap leaves. */
async function sell(stage: Stage, short: Wallet): Promise<void> {
  const limit = PRICE * LOWEST;
  const all = await stage.attempt("the short is sold", short.sell(SIZE, { limit }), "OpenInterestCapExceeded");
  if (all.ok) return;
  await stage.act("what the cap leaves is sold", short.sell((await roomLeft(stage)) * 0.99, { limit }));
}

/** Withdraws margin: as much as wanted, or what may be. */
async function pull(stage: Stage, short: Wallet, wanted: number): Promise<void> {
  if (wanted === 0) return;
  const all = await stage.attempt("the short withdraws its margin", short.withdraw(wanted), "ExceedsWithdrawable");
  const free = await short.withdrawable();
  if (!all.ok && free > 1) await stage.act("it withdraws what it may", short.withdraw(free - 1));
}

/** The longs offer what they hold below the mark, and have the backstop buy its inventory back from them. */
async function sellToVault(stage: Stage, longs: readonly Wallet[]): Promise<void> {
  const { backstopVault } = stage.exchange.contracts;
  const holding = longs.filter((long) => long.position > 0);
  const [seller] = holding;
  if (seller === undefined) return;
  const price = stage.view.mark * 0.995;
  const offers = holding.map((long) => long.quote({ buy: false, price, size: long.position, reduceOnly: true }));
  await stage.act("the longs offer what they hold", ...offers);
  await stage.attempt(
    "and have the backstop buy back",
    seller.call(backstopVault, "unwind", stage.exchange.market, toWad(SIZE)),
    "NothingUnwound",
    "PriceNotUsable",
  );
}

async function leave(stage: Stage, wallet: Wallet): Promise<void> {
  const free = await wallet.withdrawable();
  if (free > 1) await stage.attempt("a long withdraws what it can", wallet.withdraw(free - 1), "ExceedsWithdrawable");
}

/** An honest short of the same size against honest longs, and a price that really doubles in ten minutes. */
async function whale(stage: Stage, { depth, pulled }: Numbers) {
  const short = await stage.wallet("whale", { group: "traders", margin: MARGIN });
  const long = await stage.wallet("long trader", { group: "traders", margin: LONGS[0] + LONGS[1] });
  stage.arbitrageur(
    await stage.wallet("arbitrageur", { group: "arbitrageurs", quote: 9 * depth, spot: depth / PRICE }),
  );
  await stage.wait(3 * stage.pace, { sentence: "makers quote" });
  await stage.act("a trader bids", long.bid(PRICE, (LONGS[0] + LONGS[1]) / PRICE));
  await sell(stage, short);
  await stage.act("what is left of the bid is taken back", long.quote());
  const watch = new Watch(stage, [long]);
  const before = short.equity;
  await pull(stage, short, pulled);
  const keptBack = 1 - (before - short.equity) / pulled;
  for (let second = 12; second <= 600; second += 12) {
    stage.reference = PRICE * 2 ** (second / 600);
    await stage.wait(stage.pace, { sentence: "the price doubles, everywhere and for good" });
    watch.look();
  }
  await stage.wait(600, { pace: 30, sentence: "and stays there" });
  watch.look();
  return { ...NOTHING, ...watch.figures(), keptBack };
}

/** Follows what the backstop holds besides what it loses, and when the first winner is deleveraged. */
class Watch {
  readonly #stage: Stage;
  readonly #backers: Backers;
  #taken = 0;
  #adlAt: number | null = null;

  constructor(stage: Stage, winners: readonly Wallet[]) {
    this.#stage = stage;
    this.#backers = new Backers(stage, winners);
  }

  /** Takes in the last block. */
  look(): void {
    const { view, exchange } = this.#stage;
    const inventory = view.accounts.get(exchange.accounts.backstopInventory)?.size ?? 0n;
    this.#taken = Math.max(this.#taken, Math.abs(fromWad(inventory)) * PRICE);
    this.#backers.look();
    if (this.#backers.deleveraged > 0) this.#adlAt ??= view.mark / PRICE;
  }

  figures() {
    const { vaultLoss, deleveraged, insured } = this.#backers;
    return {
      taken: this.#taken,
      vaultLoss,
      vaultRatio: vaultLoss / (SIZE * PRICE),
      adlAt: this.#adlAt,
      deleveraged,
      insured,
    };
  }
}

export default jelly;
