import { attack } from "../../attack/scenario.js";
import type { DeploymentOptions } from "../../deployment/options.js";
import type { Parameters, Values } from "../../scenario/parameters.js";
import { assemble, type Cast, round, type Round } from "../adl-gaming/round.js";
import { NAMES, type TrickName } from "../adl-gaming/tricks.js";

const PRICE = 2_000;

/** A thousandth of a quote unit: rounding of a few dozen touches. */
const DUST = 0.001;

/** Tricks that turn profit into cash before it can be charged, and those that do not. */
const TAKING = ["shrink", "selfTrade", "soleWinner"] as const satisfies TrickName[];
const STAYING = ["split", "topUp", "leverage", "hedge", "flashHedge"] as const satisfies TrickName[];

/** What there is to choose from; whether one is the only winner is not one's choice. */
const CHOICES = NAMES.filter((name) => name !== "soleWinner");

const shocks = {
  fall: {
    default: 0.104,
    low: 0.05,
    high: 0.2,
    unit: "share",
    why: "Fall of the price while nobody liquidates. Bitcoin's index fell by 12 % from 20:50 to 21:20 on 10 October 2025, by 8 % until deleveraging was under way; between the two.",
  },
} as const satisfies Parameters;

const assumptions = {
  thin: {
    default: 0.08,
    low: 0.045,
    high: 0.2,
    unit: "share",
    why: "Margin of the longs that are ruined: twelve and a half times leverage. What the fall exceeds it by is missing.",
  },
} as const satisfies Parameters;

const parameters = { ...shocks, ...assumptions };
type Numbers = Values<typeof parameters>;

const LABELS: Readonly<Record<TrickName, string>> = {
  honest: "nothing",
  split: "splitting",
  topUp: "topping up",
  shrink: "shrinking by the smallest order",
  leverage: "raising leverage",
  hedge: "depositing spot",
  flashHedge: "borrowing spot for the transaction",
  selfTrade: "selling to oneself",
  soleWinner: "selling to oneself, alone in profit",
};

const gains = Object.fromEntries(
  NAMES.filter((name) => name !== "honest").flatMap((name) => [
    [`${name}Gain`, { label: `Gained by ${LABELS[name]}, fees paid`, unit: "quote" }],
    [`${name}Fees`, { label: `Fees of ${LABELS[name]}`, unit: "quote" }],
  ]),
);

const figures = {
  missing: { label: "Missing from the ruined accounts of a round", unit: "quote" },
  burden: { label: "Of what is missing, paid by the first of two equal winners", unit: "share" },
  closedFirst: { label: "Of its short is closed", unit: "share" },
  closedSecond: { label: "Of its neighbour's, which is the same", unit: "share" },
  socialised: { label: "Left to everybody where the sole winner sold to itself", unit: "quote" },
  ...gains,
};

/** What a winner can do in the moment before somebody else's loss is shared, and what it saves. */
export const adlGaming = attack({
  id: "adl-gaming",
  title: "Stepping aside just before a loss is shared",
  base: "ETH",
  story:
    "Two halves of a market hold the same: a short, and two longs it sold to, of which a fall ruins one. What that one leaves unpaid is the short's part of what winners are charged, so " +
    "that each half by itself wins and loses nothing. Between the fall and the liquidations the first half plays a trick; the other half does nothing. When every trick has been tried, the attacker " +
    "does what paid best.",
  incident: [
    {
      what: "Closed on 10 October 2025, 21:17:06, of each of 49 accounts, and of the largest; pro rata it would have been of everybody",
      value: "100 %, 51.5 %; 55.5 %",
      source: "public fill record of 10 October 2025 on Hyperliquid",
    },
    {
      what: "Tricks: deleveraging of somebody not due, dodged by shrinking one wei, owning both legs",
      value: "found in audits; nobody has published what they earned",
      source: "docs/assurance.md 28, 36, 37",
    },
  ],
  actors: {
    player: "Short 40 ETH with 12,000 of margin, in each round with new wallets; its half also has the two longs.",
    neighbour: "The same short with five times the margin and the same longs, opened a block later; does nothing.",
    makers: "Quote a tenth of an ETH 5 bp either side of the index.",
    keeper: "Liquidates when the trick has been played; where there is a queue, lists it by score.",
  },
  shocks,
  assumptions,
  parameters,
  defences: [
    {
      layer: "hedge-last",
      here: "every winner is charged in proportion to profit and torn up in proportion to size, and there is no list to step back in",
    },
    {
      layer: "profit-maturity",
      here: "profit taken just before a charge pays like that of open positions, since it has not matured; so nothing is saved by selling to oneself",
    },
  ],
  grid: { parameter: "fall", values: [0.081, 0.083, 0.086, 0.09, 0.097, 0.104, 0.12, 0.15] },
  cost: "burden",
  figures,
  sources: [
    { what: "Ranking of the queue", where: "(mark / entry) x (notional / equity), as Hyperliquid publishes it" },
  ],
  limits: [
    "Profit that has not matured is charged like that of open positions, so selling to oneself at the mark does not take it away. It does half a maturity to a whole one ahead of the loss, when there is no loss to be seen yet. See docs/limits.md.",
    "The liquidations wait for the trick. A keeper who is faster leaves less time for it, and none if it is in the block of the fall.",
    "Nobody has published what such tricks earned, so the legs without the defence are held to the record of who was closed, not of who dodged.",
    "The hedge tenure is an hour and no parameter; what spot deposited an hour before earns is no trick but a hedge.",
  ],
  expectations: [
    {
      kind: "off",
      sentence:
        "of two equal positions the first in the queue is closed whole, as 49 of 50 were, and the second not at all",
      holds: ({ figures: { closedFirst, closedSecond } }) => (closedFirst ?? 0) > 0.999 && (closedSecond ?? 1) < 0.001,
    },
    {
      kind: "off",
      sentence:
        "margin added for the moment, or selling to oneself, passes the whole burden to the neighbour, within 5 %, fees aside",
      holds: ({ figures: { missing, topUpGain, topUpFees, selfTradeGain, selfTradeFees } }) =>
        [(topUpGain ?? NaN) + (topUpFees ?? NaN), (selfTradeGain ?? NaN) + (selfTradeFees ?? NaN)].every(
          (passed) => Math.abs(passed / (missing ?? NaN) - 1) < 0.05,
        ),
    },
    { kind: "off", sentence: "the attack pays", holds: ({ attackerNet }) => attackerNet > 0 },
    {
      kind: "on",
      sentence:
        "splitting, topping up, raising leverage and short-lived hedges gain no more than dust beyond their fees",
      holds: ({ figures }) => STAYING.every((name) => (figures[`${name}Gain`] ?? Infinity) <= DUST),
    },
    {
      kind: "on",
      sentence:
        "taking profit before the charge, by one lot or by selling to oneself, gains no more than dust beyond its fees",
      holds: ({ figures }) => TAKING.every((name) => (figures[`${name}Gain`] ?? Infinity) <= DUST),
    },
    {
      kind: "on",
      sentence: "whatever is done saves no more than the own part of the charge",
      holds: ({ figures }) => {
        const half = (figures.missing ?? NaN) / 2 + DUST;
        return [...STAYING, ...TAKING].every((name) => (figures[`${name}Gain`] ?? Infinity) <= half);
      },
    },
    { kind: "on", sentence: "the attacker has no gain", holds: ({ attackerNet }) => attackerNet <= 0 },
    {
      kind: "control",
      sentence: "two equal positions are charged and closed alike, half of each",
      holds: ({ figures: { burden, closedFirst, closedSecond } }) =>
        [burden, closedFirst, closedSecond].every((part) => Math.abs((part ?? NaN) - 0.5) < 1e-6),
    },
    {
      kind: "control",
      sentence: "without the defence one of them bears all of it",
      holds: (_, { baseline }) => baseline === undefined || Math.abs((baseline.figures.burden ?? NaN) - 1) < 0.01,
    },
  ],
  deployment: () => deployment(),
  play: async (stage, { values, honest }) => {
    const setting = { price: PRICE, ...values } satisfies Numbers & { price: number };
    const keeper = await stage.wallet("keeper", { group: "keepers", margin: 100 });
    const makers = await stage.wallet("makers", { group: "makers", margin: 100_000 });
    const casts: Cast[] = [];
    for (const name of honest ? (["honest"] as const) : CHOICES) {
      casts.push(await assemble(stage, name, setting, "traders"));
    }
    stage.maker(makers, { size: 0.1, follows: "index", patience: 0 });
    await stage.wait(3 * stage.pace, { sentence: "makers quote" });
    const rounds = new Map<TrickName, Round>();
    for (const cast of casts) rounds.set(cast.trick, await round(stage, cast, setting, keeper));
    if (honest) return told(rounds);
    for (const [name, group] of [[bestOf(rounds), "attacker"] as const, ["soleWinner", "traders"] as const]) {
      const cast = await assemble(stage, name, setting, group);
      const last = await round(stage, cast, setting, keeper);
      if (group === "traders") rounds.set(name, last);
    }
    return told(rounds);
  },
});

function deployment(): DeploymentOptions {
  return {
    market: { startPrice: PRICE },
    index: { sources: [{ kind: "feed", name: "feed", heartbeat: 3_600, deviation: 500, depth: 100_000_000 }] },
    // Nothing stands before the winners.
    insurance: 0,
    backstop: 1,
    backstopLimits: { notional: 0 },
  };
}

/** What the attacker does: the trick that left most. */
function bestOf(rounds: ReadonlyMap<TrickName, Round>): TrickName {
  const result = (name: TrickName): number => rounds.get(name)?.halves[0]?.result ?? -Infinity;
  return CHOICES.reduce((best, name) => (result(name) > result(best) ? name : best));
}

/** The figures: what each trick brought beyond what doing nothing brings. */
function told(rounds: ReadonlyMap<TrickName, Round>): { readonly [Name in keyof typeof figures]: number | null } {
  const nothing = Object.fromEntries(Object.keys(figures).map((name) => [name, null]));
  const honest = rounds.get("honest");
  const [first, second] = honest?.halves ?? [];
  if (honest === undefined || first === undefined || second === undefined) throw new Error("no round without a trick");
  const found: Record<string, number> = {};
  for (const [name, { halves, fees }] of rounds) {
    const [player] = halves;
    if (name === "honest" || player === undefined) continue;
    found[`${name}Gain`] = player.result - first.result;
    found[`${name}Fees`] = fees;
  }
  // What one half is charged more the other is charged less; without a charge both would have won the same.
  const burden = 0.5 + (second.result - first.result) / 2 / honest.missing;
  return {
    ...nothing,
    ...found,
    missing: honest.missing,
    burden,
    closedFirst: first.closed,
    closedSecond: second.closed,
    socialised: rounds.get("soleWinner")?.socialised ?? null,
  };
}

export default adlGaming;
