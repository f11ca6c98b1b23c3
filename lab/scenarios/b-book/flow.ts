import type { Done, Stage } from "../../attack/stage.js";
import type { Action, Wallet } from "../../attack/wallet.js";
import type { Rng } from "../../random.js";
import { abs, fromWad, toWad, WAD } from "../../units.js";
import { big } from "../../world/events.js";
import type { AccountRow, View } from "../../world/view.js";
import { deal, houseOf, leaveTo, trusting } from "./house.js";

/** What is dealt in: the same flow goes through each. */
export const ROUTES = ["book", "house", "both"] as const;
export type Route = (typeof ROUTES)[number];

/** What is told of a route. Quote; the imbalance in wei. */
export const PARTS = {
  Traders: "Traders' result",
  House: "House's result",
  Makers: "Makers' result",
  Fees: "Fees less insurance paid",
  Imbalance: "All of these together",
  Shortfall: "Missing from the ruined account",
  Insured: "of it insurance paid",
  Charged: "of it winners paid",
  Socialised: "of it everybody pays",
} as const;
export type Part = keyof typeof PARTS;

/** Traders of the flow; the last is the one that is ruined. */
export const FLOW = 9;

/** Blocks in which all of them come and go, and the one in which the price falls. */
const BLOCKS = 20;
const FALL = 10;

/** Blocks until the mark has followed the fall. */
const SETTLING = 6;

const BLOCK = 12;

/** Distance of the makers' quotes from the index, either side; each is larger than anybody's order. */
const SPREAD = 0.0005;
const QUOTED = 100_000;

/** Wei that the touches of a route may leave with the ledger: rounding, and never in a caller's favour. */
const DUST = 1_000;

/** What decides the flow. Quote, and the fall as a share. */
export interface FlowParameters {
  readonly price: number;
  readonly size: number;
  readonly fall: number;
}

/** A trader of the flow. Blocks since the route began. */
interface Plan {
  readonly buy: boolean;
  readonly notional: number;
  readonly margin: number;
  readonly enters: number;
  readonly leaves: number;
}

/** Who goes where on one route. */
interface Cast {
  readonly route: Route;
  readonly plans: readonly Plan[];
  readonly path: readonly number[];
  readonly makers: Wallet;
  readonly traders: readonly Wallet[];
  readonly keeper: Wallet;
}

/** Who paid for the ruined account, as the events of its liquidation say. Quote. */
type Ruin = Readonly<Record<"Shortfall" | "Insured" | "Charged" | "Socialised", number>>;

/** What a flow came to: the figures of each route by name, `houseShare` and `blocked`. */
export type FlowFigures = Readonly<Record<string, number>>;

/** Sends one flow of traders, one of whom is ruined by a fall, through the book, through the house, and to whichever is cheaper. */
export async function flow(stage: Stage, parameters: FlowParameters, rng: Rng): Promise<FlowFigures> {
  const plans = draw(parameters, rng);
  const path = prices(parameters, rng);
  const found: Record<string, number> = {};
  let refused = 0;
  for (const route of ROUTES) {
    const cast = await assemble(stage, route, plans, path);
    const before = await books(stage);
    const told = await through(stage, cast);
    refused += told.refused;
    const parts = { ...partsOf(before, await books(stage)), ...told.ruin };
    for (const [part, value] of Object.entries(parts)) found[`${route}${part}`] = value;
    if (route === "both") found.houseShare = told.withHouse / told.orders;
    stage.reference = parameters.price;
    await stage.wait(600, { pace: 120, sentence: "the price comes back" });
  }
  return { ...found, blocked: refused / (ROUTES.length * plans.length) };
}

/** Whether what house and makers won is what traders lost less fees, but for dust that nobody got. */
export function isBalanced(found: Readonly<Record<string, number | null>>, route: Route): boolean {
  const imbalance = found[`${route}Imbalance`];
  return imbalance != null && imbalance <= 0 && imbalance > -DUST;
}

/** Whether somebody who is named paid all that was missing. */
export function isAccounted(found: Readonly<Record<string, number | null>>, route: Route): boolean {
  const part = (name: Part): number => found[`${route}${name}`] ?? NaN;
  const paid = part("Insured") + part("Charged") + part("Socialised");
  return part("Shortfall") > 0 && Math.abs(paid - part("Shortfall")) < 1e-9 * part("Shortfall");
}

/** Everybody but the last is levered two to five times; the last has twenty, and the fall ruins it. */
function draw({ size }: FlowParameters, rng: Rng): Plan[] {
  const usual = Array.from({ length: FLOW - 1 }, (_, index): Plan => {
    const leverage = rng.between(2, 5);
    const enters = 1 + rng.below(6);
    return { buy: index % 2 === 0, notional: size, margin: size / leverage, enters, leaves: 14 + rng.below(5) };
  });
  return [...usual, { buy: true, notional: size, margin: size / 20, enters: 7, leaves: BLOCKS }];
}

/** A walk of 0.2 % a block with the fall in its tenth. */
function prices({ price, fall }: FlowParameters, rng: Rng): number[] {
  let now = price;
  return Array.from({ length: BLOCKS }, (_, block) => {
    now *= Math.exp(0.002 * rng.normal()) * (block === FALL ? 1 - fall : 1);
    return now;
  });
}

async function assemble(stage: Stage, route: Route, plans: readonly Plan[], path: readonly number[]): Promise<Cast> {
  const makers = await stage.wallet(`makers, ${route}`, { group: "makers", margin: 4_000_000 });
  const keeper = await stage.wallet(`keeper, ${route}`, { group: "keepers", margin: 100 });
  const traders: Wallet[] = [];
  for (const [index, { margin }] of plans.entries()) {
    traders.push(await stage.wallet(`trader ${index + 1}, ${route}`, { group: "traders", margin }));
  }
  const operators = traders.map((trader) => trusting(stage, trader));
  await stage.act(`a flow of traders, ${route}: they name the house an operator`, ...operators);
  return { route, plans, path, makers, traders, keeper };
}

/** Tells a route, block by block. */
async function through(stage: Stage, cast: Cast) {
  const count = { refused: 0, orders: 0, withHouse: 0 };
  const ruined = cast.traders[FLOW - 1];
  let ruin: Ruin | undefined;
  for (const [block, price] of cast.path.entries()) {
    stage.reference = price;
    await marketMoves(stage, cast);
    const leaving: Action[] = [];
    for (const [index, { enters, leaves, buy, notional }] of cast.plans.entries()) {
      const trader = cast.traders[index];
      if (trader === undefined || (block !== enters && block < leaves)) continue;
      const position = Math.abs(trader.position);
      if (block >= leaves && position < fromWad(stage.exchange.parameters.lotSize)) continue;
      const wanted = block === enters ? { buy, size: notional / price } : { buy: trader.position < 0, size: position };
      const house = await dealsWithHouse(stage, cast.route, wanted.buy, wanted.size);
      count.orders++;
      if (house) count.withHouse++;
      if (block >= leaves) leaving.push(house ? leaveTo(stage, trader) : trader.close());
      else if (!(await enter(stage, trader, house, wanted.buy, wanted.size))) count.refused++;
    }
    if (leaving.length > 0) await stage.act("traders leave", ...leaving);
    if (block < FALL || ruin !== undefined || ruined === undefined || ruined.equity >= 0) continue;
    for (let settling = 0; settling < SETTLING; settling++) await marketMoves(stage, cast);
    const [done] = await stage.act("the ruined trader is liquidated", cast.keeper.liquidate(ruined));
    ruin = paidFor(done);
  }
  if (cast.route !== "house") await stage.act("the makers leave the book", cast.makers.quote());
  return { ...count, ruin };
}

/** A block of the route: whoever quotes does so around the index of the last. */
async function marketMoves(stage: Stage, { route, makers }: Cast): Promise<void> {
  if (route === "house") await stage.wait(BLOCK, { sentence: "the market moves" });
  else await stage.act("makers quote", quotes(stage, makers));
}

async function enter(stage: Stage, trader: Wallet, house: boolean, buy: boolean, size: number): Promise<boolean> {
  const onBook = buy ? trader.buy(size) : trader.sell(size);
  const order = house ? deal(stage, trader, buy, size) : onBook;
  const errors = ["OpenInterestCapExceeded", "ExceedsRoom"] as const;
  const { ok } = await stage.attempt(`${trader.name} enters`, order, ...errors);
  return ok;
}

function quotes({ view }: Stage, makers: Wallet): Action {
  const size = QUOTED / view.index;
  const side = (buy: boolean) => ({ buy, price: view.index * (buy ? 1 - SPREAD : 1 + SPREAD), size });
  return makers.quote(side(true), side(false));
}

/** Whether an order goes to the house: on both routes, where its price of the moment is better than the book's. */
async function dealsWithHouse(stage: Stage, route: Route, buy: boolean, size: number): Promise<boolean> {
  if (route !== "both") return route === "house";
  const answer = await stage.read(houseOf(stage), "quote", stage.exchange.market, buy, toWad(size));
  const asked = fromWad(answer as bigint);
  const { bestAsk, bestBid } = stage.view;
  return buy ? asked < bestAsk || bestAsk === 0 : asked > bestBid;
}

/** What the events of a liquidation say was missing, and what somebody paid. */
function paidFor(done: Done | undefined): Ruin {
  const total = (name: string, field: string): number =>
    (done?.events ?? [])
      .filter((event) => event.name === name && event.arguments.market !== undefined)
      .reduce((sum, event) => sum + fromWad(big(event, field)), 0);
  return {
    Shortfall: -total("Liquidation", "equityBefore"),
    Insured: total("DeficitInsured", "paid"),
    Charged: total("PositionDeleveraged", "charged"),
    Socialised: total("LossSocialised", "loss"),
  };
}

/** What everybody holds at mark, by what they are, exact: quote times 1e36. Fees are what funds, treasury and keepers hold. */
async function books({ world, wallets, view }: Stage): Promise<ReadonlyMap<string, bigint>> {
  const { treasury, insuranceFund, backstopVault, backstopInventory } = world.exchange.accounts;
  const kept = new Set([treasury, insuranceFund, backstopVault, backstopInventory]);
  const held = new Map<string, bigint>();
  const add = (name: string, amount: bigint) => held.set(name, (held.get(name) ?? 0n) + amount);
  for (const row of view.accounts.values()) {
    const group = wallets.find(({ account }) => account === row.account)?.group;
    const name = row.account === world.exchange.house?.account ? "house" : kept.has(row.account) ? "fees" : group;
    add(name === "keepers" ? "fees" : (name ?? "others"), claimOf(row, view));
  }
  add("fees", (await world.feesAccrued()) * WAD);
  add("others", -view.market.socialisedLoss * WAD);
  return held;
}

function claimOf(row: AccountRow, { market }: View): bigint {
  return (row.cash + row.pending + row.quote) * WAD + row.size * market.mark;
}

/** What everybody's holdings changed by. All together are wei of quote, rounded away from zero. */
function partsOf(before: ReadonlyMap<string, bigint>, after: ReadonlyMap<string, bigint>): Record<string, number> {
  const change = (name: string): bigint => (after.get(name) ?? 0n) - (before.get(name) ?? 0n);
  const total = [...new Set([...before.keys(), ...after.keys()])].reduce((sum, name) => sum + change(name), 0n);
  const wei = (abs(total) + WAD - 1n) / WAD;
  const quote = (name: string): number => fromWad(change(name) / WAD);
  return {
    Traders: quote("traders"),
    House: quote("house"),
    Makers: quote("makers"),
    Fees: quote("fees"),
    Imbalance: Number(total < 0n ? -wei : wei),
  };
}
