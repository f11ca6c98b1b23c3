import { attack } from "../../attack/scenario.js";
import { Backers } from "../../attack/backers.js";
import { backedBy, insuredBy } from "../../attack/backing.js";
import { capsNow, FLAT_MARGIN, roomLeft, spotKappa } from "../../attack/caps.js";
import { PoolLiquidity } from "../../attack/liquidity.js";
import type { Stage } from "../../attack/stage.js";
import type { Action, Wallet } from "../../attack/wallet.js";
import type { DeploymentOptions } from "../../deployment/options.js";
import { widestMarkBand } from "../../deployment/parameters.js";
import type { Parameters, Values } from "../../scenario/parameters.js";
import { fromWad, toWad } from "../../units.js";

/** POPCAT on 12 November 2025: a day before (0.1239 was 25 % down), where the wall stood, and where it ended. */
const PRICE = 0.165;
const TOP = 0.21;
const BOTTOM = 0.125;

/** The longs: units, wallets, and what all of these brought. */
const SIZE = 125_140_000;
const WALLETS = 19;
const MARGIN = 3_000_000;

/** Loss of the vault over the longs' notional at the top: 4.9 M of 26.28 M. */
const RECORDED = 4_900_000 / (SIZE * TOP);

/** Initial margin, parts per million: ten times leverage; the record has 8.8 at the top. */
const INITIAL = 100_000;

/** Fees of the pool and of takers, parts per million. */
const POOL_FEE = 3_000;
const TAKER = 400;

const INSURANCE = 1_000_000;

/** What the vaults are to bear: the fall from wall to bottom, parts per million. */
const ADVERSE = Math.round((1 - BOTTOM / TOP) * 1e6);

/** Seconds after which depth is looked at again: a bucket of the caps' memory. */
const LOOK = 300;

/** Of the short against all of the longs: its margin at the top and what it is down there, and some more. */
const SHORT_MARGIN = 7_000_000;

/** Honest traders. */
const TRADERS = 10;

/** Blocks of the fall, no faster than the mark follows at the end of its speed limit, and of what is watched after it. */
const FALL = 20;
const AFTER = 10;

const shocks = {
  shown: {
    default: 300,
    low: 0,
    high: 7_200,
    whole: true,
    unit: "seconds",
    why: "How long the wall stands before the longs are bought. The record says moments; the caps remember half an hour.",
  },
  wall: {
    default: 20_000_000,
    low: 0,
    high: 100_000_000,
    unit: "quote",
    why: "20 M, shown as bids in the book and, where the caps look, as liquidity around the pool's price.",
  },
  around: {
    default: 0.012,
    low: 0.006,
    high: 0.9,
    unit: "share",
    why: "Half of the range that liquidity stands in, of the price. Two of the pool's tick spacings: the narrower, the more it looks like.",
  },
  own: {
    default: 1,
    low: 0,
    high: 1,
    unit: "share",
    why: "Part of the shorts that are the same person's. Not on record; all of them is what the venue has to withstand, none is a fortune burnt for spite.",
  },
} as const satisfies Parameters;

const assumptions = {
  depth: {
    default: 2_500_000,
    low: 100_000,
    high: 10_000_000_000,
    unit: "quote",
    why: "Q of the spot pool. Not on record; with a deeper one pushing costs the attacker more and the caps leave more room.",
  },
  vault: {
    default: 30_000_000,
    low: 1_000_000,
    high: 1_000_000_000,
    unit: "quote",
    why: "All of the backstop's money: more than the attack can cost it, as in 2025.",
  },
  allotted: {
    default: 2_628_000,
    low: 10_000,
    high: 30_000_000,
    unit: "quote",
    why: "Capital of the backstop for this market: what carrying the 26.28 M takes at the market's ten times leverage.",
  },
  reach: {
    default: 0.1,
    low: 0,
    high: 1,
    unit: "share",
    why: "Move that liquidity has to cover to count as depth. A tenth, while it stands, makes any push below 74 % a loss (decision 015); at 0 liquidity counts where it stands.",
  },
  demand: {
    default: 5_000_000,
    low: 1_000,
    high: 50_000_000,
    unit: "quote",
    why: "Open interest honest traders want. Not on record; what the caps leave of it is their price.",
  },
} as const satisfies Parameters;

const parameters = { ...shocks, ...assumptions };
type Numbers = Values<typeof parameters>;

/** Depth that is shown and taken away, and longs that the vault inherits. */
export const popcat = attack({
  id: "popcat",
  title: "Nineteen wallets, a wall of 20 M that is shown and cancelled, and a vault that inherits the longs",
  base: "POPCAT",
  story:
    "Spot is bought from 0.165 to 0.21 behind a wall of 20 M, in the book and in the pool, that walks along with the price. Nineteen wallets buy 125 M units on the way, from a wallet of the same person. " +
    "Then the wall is gone, the spot is sold, and the market falls to 0.125: the longs are bankrupt, no book takes them, and the vault loses what their margin does not cover.",
  incident: [
    { what: "Margin of the longs, over 19 wallets", value: "3 M", source: "press of 12 November 2025" },
    { what: "Longs", value: "125.14 M units, 26.28 M at 0.21", source: "the same" },
    { what: "Wall of bids near 0.21, shown and cancelled", value: "20 M", source: "the same" },
    { what: "Price after that", value: "0.12-0.13", source: "the same" },
    { what: "Price the day before", value: "0.165: 0.1239 was 25 % less", source: "press of 13 November 2025" },
    { what: "Vault's loss", value: "4.9 M, 19 % of the notional; the 3 M went as well", source: "the same" },
  ],
  actors: {
    longs: "Nineteen wallets that buy as the price rises, and are abandoned.",
    short: "Sells to them: the same person's, or as far as `own` says.",
    wall: "Buys spot and shows depth; takes both back.",
    makers: "Quote around the index, 10 bp either side, in small size.",
    liquidator: "Liquidates what falls below maintenance.",
    arbitrageur: "Everybody else who holds spot: sells it down to the bottom.",
  },
  shocks,
  assumptions,
  parameters,
  defences: [
    {
      layer: "manipulation-cap",
      here: "no more open interest than moving the pool would cost, at the lowest depth of half an hour that covers a move of a tenth",
    },
    { layer: "vault-cap", here: "no more open interest than backstop and insurance could bear a fall of 40 % of" },
    { layer: "open-interest-cap", here: "no more open interest than the pool was deep when the market was listed" },
    {
      layer: "backstop-allotment",
      here: "the vault loses what is allotted to this market; then winners are deleveraged",
    },
    { layer: "insurance-limits", here: "a twentieth of the fund at once, a tenth in a day" },
    { layer: "profit-maturity", here: "profit can be withdrawn after two hours" },
  ],
  grid: { parameter: "shown", values: [0, 300, 900, 1_500, 1_800, 2_100, 2_700, 3_600] },
  cost: "blocked",
  figures: {
    held: { label: "Notional of the longs, at what they paid", unit: "quote" },
    cap: { label: "Cap on open interest with the wall in place", unit: "quote" },
    raised: { label: "The same, of what it was before the wall", unit: "times" },
    bound: { label: "Cap that bound: 0 static, 1 vaults, 2 manipulation", unit: "number" },
    vaultLoss: { label: "Most the backstop was down", unit: "quote" },
    lossRatio: { label: "Most backstop and fund were down, of 26.28 M", unit: "share" },
    burnt: { label: "Margin of the longs that is gone", unit: "share" },
    deleveraged: { label: "Of the short, deleveraged", unit: "share" },
    insured: { label: "Most the insurance fund was down", unit: "quote" },
    blocked: { label: "Honest demand that found no room", unit: "share" },
    patience: { label: "Until an honest provider's new depth counts", unit: "seconds" },
  },
  sources: [
    {
      what: "Sequence and amounts",
      where: "press of 12 and 13 November 2025 on Hyperliquid's POPCAT market, after Lookonchain and Arkham",
    },
  ],
  limits: [
    "If liquidity counted where it stands (`reach` 0), 20 M within 1.2 % of the price would be 820 M of depth: left standing for half an hour they raise the cap 327 times, and what is left of the gain is what the static cap lets through. Counted as far as it covers a tenth, the same wall adds nothing.",
    "A wall that does cover a tenth is depth while it stands: 20 M within 10.5 % of the price raise the cap 65 times after half an hour. Taken away once the longs are bought, it leaves them 0.5 M, and the attack does not pay.",
    "Liquidity out of range has no average: it is judged as it is when somebody looks. Here nobody but the wall's owner looks before the longs are bought.",
    "Beside the cap by manipulation cost no other layer is needed; without it the static cap leaves 5 % of the undefended gain, the vaults' cap 19 %, the allotment 56 %. Insurance limits and maturing profit earn nothing here.",
    "The feed follows the push and the fall: no defence of the index is counted on.",
    "The fall below 0.165 is the market's own and costs the attacker nothing.",
    "Bids in the book reserve margin here, 2.1 M for a wall of 20 M; in 2025 the whole attack had 3 M.",
    "The market guard is left out: book and index move together, which it lets pass.",
  ],
  expectations: [
    {
      kind: "off",
      sentence:
        "backstop and fund lose 19 % of the longs' notional, as the vault did in 2025, within a twentieth of that",
      holds: ({ figures }) => Math.abs((figures.lossRatio ?? 0) / RECORDED - 1) < 0.05,
    },
    {
      kind: "off",
      sentence: "all of the longs' margin is gone",
      holds: ({ figures }) => (figures.burnt ?? 0) > 0.98,
    },
    {
      kind: "off",
      sentence: "the attack pays if the shorts are the attacker's too",
      holds: ({ attackerNet, parameters: { own } }) => own !== 1 || attackerNet > 0,
    },
    { kind: "on", sentence: "the attacker has no gain", holds: ({ attackerNet }) => attackerNet <= 0 },
    {
      kind: "on",
      // The longs are bought for another eight minutes; the caps look at half an hour.
      sentence: "depth shown for twenty minutes or less, or that does not cover the move the cap bears, raises no cap",
      holds: ({ figures: { raised }, parameters: { shown, around, reach } }) =>
        ((shown ?? 0) > 1_200 && (around ?? 1) >= (reach ?? 0)) || raised === null || (raised ?? 2) < 1.001,
    },
    {
      kind: "on",
      sentence: "the backstop loses no more than what is allotted to the market",
      holds: ({ figures, parameters: { allotted } }) => (figures.vaultLoss ?? Infinity) <= (allotted ?? 0) + 1,
    },
    {
      kind: "control",
      sentence: "an honest provider's depth counts after 35 minutes at most",
      holds: ({ figures: { patience } }) => patience !== null && (patience ?? Infinity) <= 2_100 + LOOK,
    },
    {
      kind: "control",
      sentence: "the fall of 2025 costs the backstop no more than its allotment",
      holds: ({ figures, parameters: { allotted } }) => (figures.vaultLoss ?? Infinity) <= (allotted ?? 0) + 1,
    },
  ],
  deployment: ({ values }) => deployment(values),
  play: async (stage, { values, honest }) => {
    const makers = await stage.wallet("makers", { group: "makers", margin: 2_000_000 });
    stage.maker(makers, { follows: "index", size: 10_000 / PRICE, spread: 0.001, levels: 3, patience: 0.001 });
    stage.liquidator(await stage.wallet("liquidator", { group: "keepers", margin: 10_000 }));
    return honest ? demand(stage, values) : attackOn(stage, values);
  },
});

const NOTHING = {
  held: null,
  cap: null,
  raised: null,
  bound: null,
  vaultLoss: null,
  lossRatio: null,
  burnt: null,
  deleveraged: null,
  insured: null,
  blocked: null,
  patience: null,
};

function deployment({ depth, vault, allotted, reach }: Numbers): DeploymentOptions {
  return {
    market: {
      startPrice: PRICE,
      initialMarginRate: INITIAL,
      takerFee: TAKER,
      markBand: widestMarkBand(INITIAL),
      maturity: 7_200,
      openInterestCap: toWad(Math.floor(depth / PRICE)),
      ...FLAT_MARGIN,
    },
    base: { name: "Popcat", symbol: "POPCAT", decimals: 9 },
    pool: { fee: POOL_FEE, depth, cardinality: 60 },
    index: { sources: [{ kind: "feed", name: "feed", heartbeat: 3_600, deviation: 1_000, depth: 1_000_000 }] },
    guard: false,
    caps: { kappa: spotKappa(POOL_FEE, TAKER), adverseMove: ADVERSE, reach: Math.round(reach * 1e6) },
    ...insuredBy(INSURANCE),
    ...backedBy(vault, allotted, INITIAL),
  };
}

async function attackOn(stage: Stage, values: Numbers) {
  const { longs, shorts, holder, arbitrageur } = await cast(stage, values);
  let seen = PRICE;
  stage.feeds.see(() => seen);
  await stage.wait(3 * stage.pace, { sentence: "makers quote" });

  const wall = new Wall(stage, holder, await PoolLiquidity.of(stage, holder), {
    size: values.wall,
    reach: values.around,
  });
  const before = await capsNow(stage, holder);
  await stage.act("a wall is shown, in the book and in the pool", ...wall.stand(PRICE));
  await remain(stage, holder, values.shown);
  const after = await capsNow(stage, holder);
  for (const [index, long] of longs.entries()) {
    seen = PRICE * (TOP / PRICE) ** ((index + 1) / WALLETS);
    const offers = shorts.map(({ wallet, share }) =>
      wallet.quote({ buy: false, price: seen, size: (SIZE / WALLETS) * share }),
    );
    await stage.act(
      "spot is bought, the wall walks along, and the short offers",
      ...(await wall.taken()),
      holder.pushPool(seen),
      ...wall.stand(seen),
      ...offers,
    );
    await buy(stage, long, SIZE / WALLETS);
  }
  const held = longs.reduce((sum, { row }) => sum + Math.abs(fromWad(row.quote)), 0);
  const shorted = shorts.map(({ wallet }) => wallet);
  const backers = new Backers(stage, shorted);

  const offers = shorted.map((short) => short.quote());
  await stage.act("the wall is gone", ...(await wall.taken()), ...offers);
  await stage.act("the spot is sold", holder.sellSpot((holder.purse.base - values.wall / 2 / PRICE) * 0.999));
  stage.reference = BOTTOM;
  stage.arbitrageur(arbitrageur);
  await fall(stage, backers, (share) => (seen = TOP * (BOTTOM / TOP) ** share));
  const left = longs.reduce((sum, { equity }) => sum + Math.max(0, equity), 0);
  return {
    ...NOTHING,
    ...lossesOf(backers),
    held,
    cap: after?.cap ?? null,
    raised: before === undefined || after === undefined ? null : after.cap / before.cap,
    bound: after?.binding ?? null,
    burnt: 1 - left / MARGIN,
  };
}

async function cast(stage: Stage, { own, wall, depth }: Numbers) {
  const longs: Wallet[] = [];
  for (let index = 1; index <= WALLETS; index++) {
    longs.push(await stage.wallet(`long ${index}`, { group: "attacker", margin: MARGIN / WALLETS }));
  }
  const shorts = [
    { wallet: await stage.wallet("short", { group: "attacker", margin: SHORT_MARGIN }), share: own },
    { wallet: await stage.wallet("others' short", { group: "traders", margin: SHORT_MARGIN }), share: 1 - own },
  ].filter(({ share }) => share > 0);
  const money = { margin: wall * 0.12, quote: wall / 2 + depth, spot: wall / 2 / PRICE };
  const holder = await stage.wallet("wall", { group: "attacker", ...money });
  const stock = { quote: depth, spot: (2 * depth) / PRICE };
  return { longs, shorts, holder, arbitrageur: await stage.wallet("arbitrageur", { group: "arbitrageurs", ...stock }) };
}

/** Depth for show: bids in the book, and in the pool a narrow range, which counts as many times the depth its money would be. */
class Wall {
  readonly #stage: Stage;
  readonly #holder: Wallet;
  readonly #liquidity: PoolLiquidity;
  readonly #size: number;
  readonly #reach: number;

  constructor(
    stage: Stage,
    holder: Wallet,
    liquidity: PoolLiquidity,
    { size, reach }: { readonly size: number; readonly reach: number },
  ) {
    this.#stage = stage;
    this.#holder = holder;
    this.#liquidity = liquidity;
    this.#size = size;
    this.#reach = reach;
  }

  /** Shows it: in the pool around a price, in the book below the makers' bids. */
  stand(price: number): Action[] {
    if (this.#size === 0) return [];
    const amounts = { quote: this.#size / 2, base: this.#size / 2 / TOP, reach: this.#reach };
    const bid = { buy: true, price: this.#stage.view.mark * 0.995, size: this.#size / price };
    return [this.#holder.quote(bid), this.#liquidity.add(price, amounts)];
  }

  /** Takes it back. */
  async taken(): Promise<Action[]> {
    return this.#size === 0 ? [] : [this.#holder.quote(), ...(await this.#liquidity.remove())];
  }
}

/** Lets the wall stand. Depth counts only when somebody has looked at it, so its owner makes the caps look. */
async function remain(stage: Stage, holder: Wallet, seconds: number): Promise<void> {
  const end = stage.now + seconds;
  while (stage.now < end) {
    await stage.wait(Math.min(LOOK, end - stage.now), { pace: LOOK, sentence: "it stands" });
    await capsNow(stage, holder);
  }
}

/** A wallet buys, or buys what the caps leave of it. */
async function buy(stage: Stage, long: Wallet, size: number): Promise<void> {
  const all = await stage.attempt(`${long.name} buys`, long.buy(size), "OpenInterestCapExceeded");
  const room = all.ok ? 0 : (await roomLeft(stage)) * 0.99;
  if (room * PRICE < 50) return;
  await stage.attempt("it buys what the caps leave", long.buy(Math.min(room, size)), "OpenInterestCapExceeded");
}

/** The fall from the top to the bottom, as shares of the way, and ten minutes of what follows. */
async function fall(stage: Stage, backers: Backers, see: (share: number) => void): Promise<void> {
  for (let block = 1; block <= FALL + AFTER; block++) {
    see(Math.min(1, block / FALL));
    await stage.wait(stage.pace, block === 1 ? { sentence: "the market falls" } : {});
    backers.look();
  }
  stage.feeds.see(undefined);
  await stage.wait(stage.pace, { sentence: "and stays there" });
}

/** Honest traders want to hold what they want; a provider doubles the pool's depth for good; then the price falls as it did. */
async function demand(stage: Stage, { demand: wanted, depth }: Numbers) {
  const means = { quote: depth * 1.1, spot: (depth * 1.1) / PRICE };
  const provider = await stage.wallet("provider", { group: "providers", ...means });
  const stock = { quote: depth, spot: (4 * depth) / PRICE };
  const arbitrageur = await stage.wallet("arbitrageur", { group: "arbitrageurs", ...stock });
  const seller = await stage.wallet("seller", { group: "traders", margin: wanted });
  await stage.wait(3 * stage.pace, { sentence: "makers quote" });
  for (let index = 1; index <= TRADERS; index++) {
    const size = wanted / TRADERS / PRICE;
    const margin = (size * PRICE * MARGIN) / (SIZE * TOP);
    const trader = await stage.wallet(`trader ${index}`, { group: "traders", margin });
    await stage.act("somebody offers", seller.quote({ buy: false, price: PRICE, size }));
    await buy(stage, trader, size);
  }
  await stage.act("what nobody bought is taken back", seller.quote());
  const held = fromWad(stage.view.market.longOpenInterest) * PRICE;
  const { liquidity, ...seen } = await provide(stage, provider, depth);
  stage.arbitrageur(arbitrageur);
  const backers = new Backers(stage, [seller]);
  await fall(stage, backers, (share) => (stage.reference = PRICE * (BOTTOM / TOP) ** share));
  await stage.act("the provider leaves", ...(await liquidity.remove()));
  return { ...NOTHING, ...lossesOf(backers), ...seen, held, blocked: 1 - Math.min(1, held / wanted) };
}

/** A provider doubles the pool's depth: seconds until that counts in full; null where no cap looks at depth. */
async function provide(stage: Stage, provider: Wallet, depth: number) {
  const liquidity = await PoolLiquidity.of(stage, provider);
  const { depth: before = 0, cap, binding } = (await capsNow(stage, provider)) ?? {};
  const added = liquidity.add(PRICE, { quote: depth, base: depth / PRICE });
  await stage.act("a provider doubles the pool's depth", added);
  const since = stage.now;
  let patience: number | null = null;
  while (before > 0 && patience === null && stage.now < since + 7_200) {
    await stage.wait(LOOK, { pace: LOOK });
    const { depth: now } = (await capsNow(stage, provider)) ?? { depth: 0 };
    if (now > before * 1.9) patience = stage.now - since;
  }
  return { patience, cap: cap ?? null, bound: binding ?? null, liquidity };
}

/** What backstop and fund lost, and what of it the incident's notional was. */
function lossesOf({ vaultLoss, insured, lost, deleveraged }: Backers) {
  return { vaultLoss, insured, lossRatio: lost / (SIZE * TOP), deleveraged };
}

export default popcat;
