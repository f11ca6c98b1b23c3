import type { Stage } from "../../attack/stage.js";
import type { Action, Funding, Group, Wallet } from "../../attack/wallet.js";
import { total } from "../../numbers.js";
import { abs, fromTokens, fromWad, WAD } from "../../units.js";
import { SIZE, type Trick, type TrickName, TRICKS } from "./tricks.js";

/** Margin of the player's short, of its neighbour's, and of a long that outlives the fall; quote. */
const MARGIN = 12_000;
const NEIGHBOUR_MARGIN = 60_000;
const SOLVENT_MARGIN = 40_000;

/** What a second wallet has. */
const SPARE_MARGIN = 20_000;

/** What a round is told. */
export interface Setting {
  readonly price: number;
  /** Fall, as a share. */
  readonly fall: number;
  /** Margin of the longs that the fall ruins, as a share of their notional. */
  readonly thin: number;
}

/** Half of a round: a short, two longs it sold to, of which one will be ruined. Together they win and lose nothing by the price. */
interface Half {
  readonly shorts: readonly [Wallet, ...Wallet[]];
  readonly spare: Wallet | undefined;
  readonly ruined: Wallet;
  readonly solvent: Wallet;
  /** What it was given: quote and base. */
  readonly quote: number;
  readonly spot: number;
}

/** Everybody of a round. Whoever comes first has the lower account numbers. */
export interface Cast {
  readonly trick: TrickName;
  readonly halves: readonly Half[];
}

/** What became of a half. Quote. */
export interface Told {
  /** What it has more than it was given, at mark, after the liquidations. */
  readonly result: number;
  /** Its short that was closed by deleveraging, as a share. */
  readonly closed: number;
}

/** What became of a round. Quote. */
export interface Round {
  readonly halves: readonly Told[];
  /** Fees of the trick itself. */
  readonly fees: number;
  /** What was missing from the ruined accounts, and what of it everybody pays. */
  readonly missing: number;
  readonly socialised: number;
}

/** The wallets of a round: the player's half first, and beside it a stranger's, the same but for more margin, that plays no trick. */
export async function assemble(stage: Stage, name: TrickName, setting: Setting, player: Group): Promise<Cast> {
  const trick: Trick = TRICKS[name];
  const own = await half(stage, `${name}, player`, setting, { ...trick, group: player, margin: MARGIN });
  if (trick.alone === true) return { trick: name, halves: [own] };
  const neighbour = { group: "traders", margin: NEIGHBOUR_MARGIN } as const;
  const other = await half(stage, `${name}, neighbour`, setting, neighbour);
  return { trick: name, halves: [own, other] };
}

async function half(
  stage: Stage,
  who: string,
  { price, thin }: Setting,
  {
    group,
    margin,
    parts = 1,
    pocket = 0,
    spare = false,
    spot = 0,
    borrows = false,
  }: Partial<Trick> & Pick<Funding, "group"> & { margin: number },
): Promise<Half> {
  const funding = { group, margin: margin / parts, quote: pocket / parts, spot };
  const owner = borrows ? await stage.wallet(`${who}, owner`, { group }) : undefined;
  const first = owner
    ? await stage.contractWallet(`${who}, short`, owner, funding)
    : await stage.wallet(`${who}, short`, funding);
  const rest = parts > 1 ? [await stage.wallet(`${who}, second short`, funding)] : [];
  const ruinedMargin = Math.round((thin * price * SIZE) / 2);
  const money = margin + pocket + ruinedMargin + SOLVENT_MARGIN + (spare ? SPARE_MARGIN : 0);
  return {
    shorts: [first, ...rest],
    spare: spare ? await stage.wallet(`${who}, second wallet`, { group, margin: SPARE_MARGIN }) : undefined,
    ruined: await stage.wallet(`${who}, ruined`, { group, margin: ruinedMargin }),
    solvent: await stage.wallet(`${who}, solvent`, { group, margin: SOLVENT_MARGIN }),
    quote: money,
    spot,
  };
}

/** Tells a round: everybody opens, the price falls, the trick is played, the ruined are liquidated; then all close and the price is back. */
export async function round(
  stage: Stage,
  { trick: name, halves }: Cast,
  setting: Setting,
  keeper: Wallet,
): Promise<Round> {
  const trick: Trick = TRICKS[name];
  for (const part of halves) await open(stage, part, setting.price);
  await glide(stage, setting.price * (1 - setting.fall), "the price falls in two minutes, and the mark with it");
  const held = halves.map(shortOf);
  const missing = halves.reduce((sum, { ruined }) => sum + Math.max(0, -ruined.equity), 0);
  const socialised = stage.view.market.socialisedLoss;
  const liquidations = halves.map(({ ruined }) => keeper.liquidate(ruined));
  const fees = await played(stage, trick, halves, liquidations);
  if (trick.borrows !== true) await stage.act("the ruined are liquidated", ...liquidations);
  if (stage.exchange.parameters.deleveraging === "QUEUE") await queue(stage, halves, keeper);
  const told = halves.map((part, index): Told => {
    const closed = 1 - shortOf(part) / (held[index] ?? NaN);
    return { result: resultOf(stage, part), closed: name === "shrink" || Math.abs(closed) > 1e-9 ? closed : 0 };
  });
  const loss = fromWad(stage.view.market.socialisedLoss - socialised);
  await leave(stage, halves);
  await glide(stage, setting.price, "the price comes back");
  // What this round has won would share in the charges of the next.
  const { maturity } = stage.exchange.parameters;
  if (maturity !== 0) await stage.wait(maturity, { pace: 600, sentence: "what was won matures" });
  return { halves: told, fees, missing, socialised: loss };
}

/** Moves the price in ten even steps, a block each, slow enough for the makers, and lets the mark settle. */
async function glide(stage: Stage, target: number, sentence: string): Promise<void> {
  const from = stage.reference;
  for (let step = 1; step <= 10; step++) {
    stage.reference = from + ((target - from) * step) / 10;
    await stage.wait(stage.pace, { sentence });
  }
  await stage.wait(600, { pace: 120, sentence });
}

/** The short sells to both longs at the price, one tick above it. */
async function open(stage: Stage, { shorts, ruined, solvent }: Half, price: number): Promise<void> {
  const part = SIZE / shorts.length;
  await stage.act(
    "a short sells to two longs",
    ...shorts.map((short) => short.ask(price, part)),
    ruined.buy(SIZE / 2),
    solvent.buy(SIZE / 2),
  );
}

/** Plays the trick of the first half. Returns its fees, quote. */
async function played(
  stage: Stage,
  trick: Trick,
  [player]: readonly Half[],
  liquidations: readonly Action[],
): Promise<number> {
  const before = await stage.world.feesAccrued();
  const actions = player === undefined ? [] : await trick.play?.(stage, player, liquidations);
  if (actions === undefined || actions.length === 0) await stage.wait(stage.pace, { sentence: trick.sentence });
  else await stage.act(trick.sentence, ...actions);
  return fromWad((await stage.world.feesAccrued()) - before);
}

/** The queue's keeper lists whoever is short and in profit, highest score first, and has the ruined closed against them. */
async function queue(stage: Stage, halves: readonly Half[], keeper: Wallet): Promise<void> {
  const { queueDeleverager } = stage.exchange.contracts;
  for (const { ruined } of halves) {
    if (ruined.position === 0) continue;
    const scored: { account: number; score: bigint }[] = [];
    for (const row of stage.view.accounts.values()) {
      if (row.size * stage.view.market.mark + row.quote * WAD <= 0n || row.size >= 0n) continue;
      const score = (await stage.read(queueDeleverager, "scoreOf", row.account, stage.exchange.market)) as bigint;
      scored.push({ account: row.account, score });
    }
    scored.sort((a, b) => (a.score === b.score ? a.account - b.account : a.score > b.score ? -1 : 1));
    if (scored.length === 0) continue;
    const list = scored.map(({ account }) => account);
    const call = stage.world.venue.deleverageByQueue(ruined.account, list);
    await stage.act("the queue's keeper has the ruined closed", keeper.does("deleverage", call));
  }
}

/** Everybody offers or takes what is left at one price; what is less than a lot goes to the treasury. */
async function leave(stage: Stage, halves: readonly Half[]): Promise<void> {
  const all = halves.flatMap((part) => wallets(part));
  const lot = stage.exchange.parameters.lotSize;
  const worthAnOrder = all.filter(({ row }) => abs(row.size) >= lot);
  const longs = worthAnOrder.filter(({ position }) => position > 0);
  const shorts = worthAnOrder.filter(({ position }) => position < 0);
  const { index } = stage.view;
  // Inside the makers' spread: the longs' orders rest a tick above the index.
  const limit = index + 2 * fromWad(stage.exchange.parameters.tickSize);
  await stage.act(
    "everybody leaves",
    ...longs.map((long) => long.ask(index, long.position)),
    ...shorts.map((short) => short.close({ limit })),
  );
  // Shorts round down to lots too, so a lot may be left of an order.
  await stage.act("what is left of their orders is taken back", ...longs.map((long) => long.quote()));
  const open = longs.filter(({ position }) => position >= fromWad(lot));
  if (open.length > 0) await stage.act("the makers take the last lots", ...open.map((long) => long.close()));
  const { clearingHouse } = stage.exchange.contracts;
  const dust = all.filter(({ position }) => position !== 0);
  if (dust.length === 0) return;
  const sweeps = dust.map((wallet) => wallet.call(clearingHouse, "closeDust", wallet.account, stage.exchange.market));
  await stage.act("what is less than a lot is swept", ...sweeps);
}

function wallets({ shorts, spare, ruined, solvent }: Half): Wallet[] {
  return [...shorts, ...(spare === undefined ? [] : [spare]), ruined, solvent];
}

function shortOf(part: Half): number {
  return wallets(part).reduce((sum, { position }) => sum + Math.max(0, -position), 0);
}

/** What a half has more than it was given, everything at mark. */
function resultOf({ view: { market, mark } }: Stage, part: Half): number {
  const rows = wallets(part).map(({ row }) => row);
  const claims = rows.map((row) => {
    const exact = (row.cash + row.pending + row.quote) * WAD + row.size * market.mark;
    return exact > 0n ? fromWad(exact / WAD) : 0;
  });
  const base = rows.map((row) => fromWad(row.spot + row.walletSpot));
  const tokens = rows.map((row) => fromTokens(row.walletQuote));
  return total(claims) + total(tokens) - part.quote + (total(base) - part.spot) * mark;
}
