import { insuredBy } from "../../attack/backing.js";
import { FLAT_MARGIN, roomLeft, spotKappa } from "../../attack/caps.js";
import { attack } from "../../attack/scenario.js";
import type { Stage } from "../../attack/stage.js";
import type { Wallet } from "../../attack/wallet.js";
import { DEFAULT_GUARD, type DeploymentOptions } from "../../deployment/options.js";
import { widestMarkBand } from "../../deployment/parameters.js";
import type { Parameters, Values } from "../../scenario/parameters.js";
import { fromWad, toWad } from "../../units.js";

/** MNGO on 11 October 2022, and what the attack brought in. */
const PRICE = 0.0382;
const MARGIN = 5_000_000;
const SIZE = 483_000_000;

/** Initial margin, parts per million: five times leverage. */
const INITIAL = 200_000;

const SPENT = 4_000_000;
const TAKEN = 115_000_000;
const PAPER = 421_000_000;

/** Trading fee per side, parts per million. */
const TAKER = 400;

/** The pool's fee, parts per million. */
const POOL_FEE = 3_000;

/** Where the other account sells: a tick or two below the bid it is meant for, above the makers'. */
const BELOW = 0.9997;

/** Money of the exchange's own and of its makers; the rest of what others have on the venue are deposits. */
const OWN = { insurance: 5_000_000, backstop: 5_000_000, makers: 5_000_000 };

/** What the book says to who takes while the guard holds an auction. */
const IN_AUCTION = ["NoTakersInAuction", "AuctionClearing"] as const;

const shocks = {
  push: {
    default: 24,
    low: 1.01,
    high: 24,
    unit: "times the price",
    why: "0.038 to 0.91 on 11 October 2022. Without caps smaller pushes of the same position are on the grid.",
  },
  size: {
    default: SIZE,
    low: 1_000,
    high: 2_000_000_000,
    unit: "base",
    why: "483 M MNGO-PERP, sold by one of the two accounts to the other.",
  },
  hold: {
    default: 1_200,
    low: 60,
    high: 7_200,
    whole: true,
    unit: "seconds",
    why: "How long the pool stays pushed before others sell into it. Not on record to the minute; most of the loans were out in less than an hour.",
  },
  venues: {
    default: 2,
    low: 0,
    high: 2,
    whole: true,
    unit: "venues",
    why: "Other venues, of two, whose price the buying carries along: both in 2022, when the oracle's venues were swept together.",
  },
  returned: {
    default: 0,
    low: 0,
    high: 1,
    unit: "share of the spot",
    why: "What it sells back into its own price before anybody else sells. None: whoever holds the asset sells first.",
  },
} as const satisfies Parameters;

const assumptions = {
  depth: {
    default: 1_026_000,
    low: 100_000,
    high: 100_000_000,
    unit: "quote",
    why: "Q of a full-range pool in which 4 M of buying moves the price 24 times: 4 M / (sqrt 24 - 1).",
  },
  treasure: {
    default: TAKEN,
    low: 20_000_000,
    high: 1_000_000_000,
    unit: "quote",
    why: "What others have on the venue: in 2022 what could be borrowed, 114-116 M.",
  },
  demand: {
    default: 250_000,
    low: 1_000,
    high: 50_000_000,
    unit: "quote",
    why: "Open interest honest traders want. Not on record; what the caps leave of it is their price.",
  },
} as const satisfies Parameters;

const parameters = { ...shocks, ...assumptions };
type Numbers = Values<typeof parameters>;

/** Selling to oneself, moving a thin spot price, and having the other account's loss paid by everybody else. */
export const mango = attack({
  id: "mango",
  title: "Two linked accounts, a self-trade, and a spot price pushed 24 times",
  base: "MNGO",
  story:
    "One account sells 483 M units to the other. Buying for 4 M then moves the thin spot pool from 0.038 to 0.91. Nothing unrealised can be withdrawn here, so the short is " +
    "liquidated into an ask of the long's: that realises the long's profit, and the short's loss, which it cannot pay, is left to insurance and depositors. The long withdraws.",
  incident: [
    {
      what: "Two accounts, 5 M each; 483 M MNGO-PERP between them at 0.0382",
      value: "18.45 M notional",
      source: "press and post-mortems of 11 October 2022",
    },
    { what: "Spot buying of about 4 M", value: "0.038 -> 0.91", source: "the same" },
    { what: "Profit on paper", value: "about 421 M", source: "the same" },
    { what: "Taken out", value: "114-116 M, 27 % of the profit on paper, 29 times what was spent", source: "the same" },
    { what: "What the venue changed", value: "oracle and position limits", source: "the same" },
  ],
  actors: {
    long: "Buys from the short, moves the pool, offers its position to the short's liquidation, withdraws all it can.",
    short: "The same person's other account. Abandoned.",
    depositors: "Everybody else's money on the venue, without positions.",
    makers: "Quote around the mark, 10 bp either side.",
    trader: "An honest short at five times leverage, solvent at the price before and after.",
    arbitrageur: "Sells into the pushed pool once the hold is over.",
    liquidator: "Liquidates what falls below maintenance.",
  },
  shocks,
  assumptions,
  parameters,
  defences: [
    { layer: "pool-average", here: "the pool enters the index as its half-hour mean" },
    { layer: "index-median", here: "two other venues are asked beside the pool" },
    { layer: "validity-ladder", here: "nothing is opened or assigned at an index whose sources are far apart" },
    { layer: "mark-band", here: "the mark stays within 9.1 % of the index" },
    { layer: "mark-speed", here: "the mark moves by at most 0.33 % a second" },
    { layer: "open-interest-cap", here: "a position no larger than the pool is deep, whatever else is known" },
    { layer: "manipulation-cap", here: "no more open interest than moving the pool would cost" },
    { layer: "vault-cap", here: "no more open interest than backstop and insurance could bear a move of 50 % of" },
    { layer: "profit-maturity", here: "profit can be withdrawn after two hours" },
    { layer: "backstop-allotment", here: "a tenth of the vault stands behind this market" },
    { layer: "insurance-limits", here: "a twentieth of the fund at once, a tenth in a day" },
  ],
  grid: { parameter: "push", values: [1.02, 1.2, 2, 4, 8, 16, 24] },
  cost: "blocked",
  figures: {
    held: { label: "Notional between the two accounts", unit: "quote" },
    spent: { label: "Spent on spot", unit: "quote" },
    paper: { label: "Profit on paper, position at the pushed price", unit: "quote" },
    withdrawn: { label: "Withdrawn", unit: "quote" },
    locked: { label: "Realised and still maturing at the end", unit: "quote" },
    taken: { label: "Withdrawn beyond what was deposited, of the profit on paper", unit: "share" },
    reach: { label: "Withdrawn beyond what was deposited, of all that others had", unit: "share" },
    markShift: { label: "Mark moved by, at most", unit: "share" },
    blocked: { label: "Honest demand that found no room", unit: "share" },
    delay: {
      label: "From an account's fall below maintenance at the price elsewhere to its liquidation",
      unit: "seconds",
    },
    uncertain: { label: "Time the price was not VALID", unit: "seconds" },
  },
  sources: [
    { what: "Sequence and amounts", where: "press and post-mortems of the Mango Markets exploit, 11 October 2022" },
    { what: "What pushing a pool costs", where: "constant product; eprint 2022/445" },
  ],
  limits: [
    "Undefended, this exchange gives the attacker 70 % of what Mango did: the short's debt is recorded before the long withdraws, and withdrawals are then paid at assets / claims.",
    "A claim that is still maturing counts at its face value, though a recorded loss would cut it: what the attacker has left without the caps is overstated.",
    "Where the price was moved besides the pool, moving it costs nothing here: the attack is cheaper than it was.",
    "Mango lent against unrealised profit, which no setting of this exchange does; the way out told here is the one left.",
  ],
  expectations: [
    {
      kind: "off",
      sentence:
        "of the profit on paper, two thirds or more of the part that was taken in 2022 (27 %) is taken, and no more than it",
      holds: ({ figures: { taken } }) => {
        const ratio = (taken ?? 0) / (TAKEN / PAPER);
        return ratio > 2 / 3 && ratio <= 1;
      },
    },
    {
      kind: "off",
      sentence: "the pool takes 4 M to move 24 times, within 2 %",
      holds: ({ figures, parameters: { push } }) => push !== 24 || Math.abs((figures.spent ?? 0) / SPENT - 1) < 0.02,
    },
    { kind: "on", sentence: "the attacker has no gain", holds: ({ attackerNet }) => attackerNet <= 0 },
    {
      kind: "on",
      sentence:
        "nobody solvent is liquidated unless all three sources are swept, and then no more than the caps let anybody hold",
      holds: ({ wrongfulLiquidations, parameters: { venues, depth } }) =>
        wrongfulLiquidations <= (venues === 2 ? ((depth ?? 0) * spotKappa(POOL_FEE, TAKER)) / 1e6 : 0),
    },
    {
      kind: "control",
      sentence: "honest traders fill the room the caps leave to within 5 %, and no more",
      holds: ({ figures: { held }, parameters: { depth, demand } }) => {
        const room = Math.min(demand ?? 0, ((depth ?? 0) * spotKappa(POOL_FEE, TAKER)) / 1e6);
        return held !== null && held !== undefined && held > 0.95 * room && held <= room * 1.001;
      },
    },
  ],
  deployment: ({ values }) => deployment(values),
  play: async (stage, { values, honest }) => {
    const makers = await stage.wallet("makers", { group: "makers", margin: OWN.makers });
    stage.maker(makers, { size: 25_000 / PRICE, spread: 0.001, levels: 4, patience: 0.001 });
    const liquidator = await stage.wallet("liquidator", { group: "keepers", margin: 10_000 });
    stage.liquidator(liquidator);
    return honest ? demand(stage, values) : attackOn(stage, values, liquidator);
  },
});

const NOTHING = {
  held: null,
  spent: null,
  paper: null,
  withdrawn: null,
  locked: null,
  taken: null,
  reach: null,
  markShift: null,
  blocked: null,
  delay: null,
  uncertain: null,
};

function deployment({ depth }: Numbers): DeploymentOptions {
  return {
    market: {
      startPrice: PRICE,
      takerFee: TAKER,
      // Five times leverage, as thin markets have it; what must be derived from it is: band, maturity, haircut.
      initialMarginRate: INITIAL,
      markBand: widestMarkBand(INITIAL),
      maturity: 7_200,
      spotHaircut: 200_000,
      openInterestCap: toWad(Math.floor(depth / PRICE)),
      ...FLAT_MARGIN,
    },
    base: { name: "Mango", symbol: "MNGO", decimals: 6 },
    pool: { fee: POOL_FEE, depth, cardinality: 400 },
    index: {
      sources: [
        { kind: "pool-average", name: "pool", window: 1_800, maxDepth: 1_000_000, interval: 0 },
        { kind: "feed", name: "one", heartbeat: 3_600, deviation: 1_000, depth: 700_000 },
        { kind: "feed", name: "two", heartbeat: 3_600, deviation: 1_000, depth: 700_000 },
      ],
      exposed: "pool",
    },
    caps: { kappa: spotKappa(POOL_FEE, TAKER), adverseMove: 500_000 },
    backstop: OWN.backstop,
    ...insuredBy(OWN.insurance),
    backstopLimits: { allotted: OWN.backstop / 10, loss: OWN.backstop / 10, notional: OWN.backstop / 2 },
  };
}

async function attackOn(stage: Stage, values: Numbers, liquidator: Wallet) {
  const { push, treasure, depth, hold } = values;
  const idle = treasure - OWN.insurance - OWN.backstop - OWN.makers;
  await stage.wallet("depositors", { group: "traders", margin: idle });
  const cost = depth * (Math.sqrt(push) - 1);
  const long = await stage.wallet("long", { group: "attacker", margin: MARGIN, quote: cost * 1.01 + 1 });
  const short = await stage.wallet("short", { group: "attacker", margin: MARGIN });
  const trader = await stage.wallet("trader", { group: "traders", margin: 110 });
  const arbitrageur = await stage.wallet("arbitrageur", {
    group: "arbitrageurs",
    quote: depth,
    spot: (2 * depth) / PRICE,
  });
  let swept = false;
  for (const name of ["one", "two"].slice(0, values.venues)) {
    if (stage.exchange.sources.some((source) => source.name === name)) {
      stage.feeds.see((_, reference) => (swept ? PRICE * push : reference), name);
    }
  }
  await stage.wait(3 * stage.pace, { sentence: "makers quote" });
  await stage.act("an honest trader sells short, five times levered", trader.sell(500 / PRICE));
  await sellToItself(stage, long, short, values.size);
  const held = Math.abs(short.position) * PRICE;
  const before = stage.view.mark;
  const purse = long.purse.quote;
  await stage.act(`the long pushes the pool to ${push} times the price`, long.pushPool(PRICE * push));
  const spent = purse - long.purse.quote;
  swept = true;
  const until = stage.now + hold;
  while (stage.now < until) await harvest(stage, long, short);
  const withdrawn = await leave(stage, long, "the long withdraws all it can");
  if (values.returned > 0) {
    const bought = long.purse.base;
    await stage.act("it sells spot back before others do", long.sellSpot(bought * values.returned));
  }
  swept = false;
  stage.arbitrageur(arbitrageur);
  await stage.wait(stage.history, { pace: 60, sentence: "others sell into the pool; the price is back" });
  if (short.position === 0 && short.equity < 0) {
    await stage.attempt(
      "a keeper has what the short owes recorded",
      liquidator.liquidate(short),
      "PriceNotUsable",
      "NothingToDo",
    );
  }
  if (long.position !== 0) await closeRest(stage, long);
  const late = await leave(stage, long, "it withdraws what it still can");
  const out = withdrawn + late + (await leave(stage, short, "and what is left of the short's margin"));
  const [locked, paper] = [await long.maturing(), (held / PRICE) * (push - 1) * PRICE];
  const gained = out - 2 * MARGIN;
  return {
    ...NOTHING,
    held,
    spent,
    paper,
    withdrawn: out,
    locked,
    taken: paper === 0 ? null : gained / paper,
    reach: gained / treasure,
    markShift: stage.highest("mark") / before - 1,
  };
}

/** Closes what the caps have left of the long, behind the auction if the guard is holding one. */
async function closeRest(stage: Stage, long: Wallet): Promise<void> {
  const { refusal } = await stage.attempt(
    "the long closes what is left",
    long.close(),
    "PriceNotUsable",
    ...IN_AUCTION,
  );
  if (refusal === undefined || refusal.name === "PriceNotUsable") return;
  await stage.wait(DEFAULT_GUARD.auctionTime, { pace: 60, sentence: "it waits for the end of the auction" });
  await stage.attempt("and closes what is left behind it", long.close(), "PriceNotUsable", ...IN_AUCTION);
}

/** One account bids, the other sells into it: the whole size, or what the caps leave. */
async function sellToItself(stage: Stage, long: Wallet, short: Wallet, size: number): Promise<void> {
  await stage.act("one account bids at the price", long.bid(PRICE, size));
  const sold = await stage.attempt(
    "the other sells to it",
    short.sell(size, { limit: PRICE * BELOW }),
    "OpenInterestCapExceeded",
    "PriceNotUsable",
  );
  if (!sold.ok) {
    const room = (await roomLeft(stage)) * 0.99;
    await stage.act("it sells what the caps leave", short.sell(room, { limit: PRICE * BELOW }));
  }
  await stage.act("the rest of the bid is taken back", long.quote());
}

/** A block: once the short can be liquidated, the long offers it its own position; whoever liquidates it buys that first. */
async function harvest(stage: Stage, long: Wallet, short: Wallet): Promise<void> {
  const { equity, maintenance, size } = short.row;
  if (size === 0n || equity >= maintenance || long.position <= 0) return idle(stage);
  const offer = { buy: false, price: stage.view.mark * 0.98, size: long.position, reduceOnly: true };
  await stage.act("the long offers its position to the short's liquidation", long.quote(offer));
}

/** Watches every block while the mark moves, and now and then while it does not. */
async function idle(stage: Stage): Promise<void> {
  const mark = stage.view.mark;
  await stage.wait(stage.pace);
  if (Math.abs(stage.view.mark / mark - 1) < 0.001) await stage.wait(stage.pace * 2, { pace: stage.pace * 2 });
}

/** Withdraws what can be withdrawn, as far as the venue has it; returns what arrived. */
async function leave(stage: Stage, wallet: Wallet, sentence: string): Promise<number> {
  const { tokensHeld, socialisedLoss } = stage.view.market;
  const free = await wallet.withdrawable();
  const amount = socialisedLoss > 0n ? free : Math.min(free, Math.floor(fromWad(tokensHeld) * 1e6) / 1e6);
  if (amount <= 0) return 0;
  const before = wallet.purse.quote;
  await stage.attempt(sentence, wallet.withdraw(amount), "ExceedsWithdrawable", "PriceNotUsable");
  return wallet.purse.quote - before;
}

/** Honest traders want to hold what they want; then the price falls by 35 % in ten minutes, everywhere. */
async function demand(stage: Stage, { demand: wanted, depth }: Numbers) {
  const fall = { share: 0.35, seconds: 600 };
  const traders = 10;
  const levered = await stage.wallet("levered trader", { group: "traders", margin: 110 });
  stage.arbitrageur(
    await stage.wallet("arbitrageur", { group: "arbitrageurs", quote: depth, spot: (2 * depth) / PRICE }),
  );
  await stage.wait(3 * stage.pace, { sentence: "makers quote" });
  await stage.act("a trader buys, four and a half times levered", levered.buy(500 / PRICE));
  for (let index = 1; index <= traders; index++) {
    const size = wanted / PRICE / traders;
    const trader = await stage.wallet(`trader ${index}`, { group: "traders", margin: size * PRICE });
    const { ok } = await stage.attempt(`trader ${index} buys`, trader.buy(size), "OpenInterestCapExceeded");
    const room = ok ? 0 : await roomLeft(stage);
    if (room * PRICE > 50) await stage.act("it buys what the caps leave", trader.buy(room * 0.99));
  }
  const held = fromWad(stage.view.market.longOpenInterest) * PRICE;
  const begin = stage.now;
  let [uncertain, due, done] = [0, 0, 0];
  while (stage.now < begin + 2 * fall.seconds && done === 0) {
    stage.reference = PRICE * (1 - fall.share * Math.min(1, (stage.now + stage.pace - begin) / fall.seconds));
    await stage.wait(stage.pace, { sentence: "the price falls everywhere" });
    if (stage.view.market.validity !== "VALID") uncertain += stage.pace;
    if (due === 0 && isDue(levered, stage.reference)) due = stage.now;
    if (levered.position < (500 / PRICE) * 0.9) done = stage.now;
  }
  return {
    ...NOTHING,
    held,
    blocked: 1 - Math.min(1, held / wanted),
    delay: done === 0 || due === 0 ? null : done - due,
    uncertain,
  };
}

/** Whether an account is below maintenance at a price. */
function isDue({ row }: Wallet, price: number): boolean {
  const size = fromWad(row.size);
  return fromWad(row.cash + row.pending + row.quote) + size * price < (Math.abs(size) * price) / 10;
}

export default mango;
