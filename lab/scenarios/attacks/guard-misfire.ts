import { attack, type Defence } from "../../attack/scenario.js";
import type { DeploymentOptions } from "../../deployment/options.js";
import type { Parameters, Values } from "../../scenario/parameters.js";
import { Misfires, NOTHING } from "../guard-misfire/story.js";

const shocks = {
  low: {
    default: 0.0285,
    low: 0.001,
    high: 0.2,
    unit: "share",
    why: "How far below its rate a cap showed wstETH on 10 March 2026: 1.1939 for 1.2282.",
  },
  ahead: {
    default: 7,
    low: 1,
    high: 60,
    unit: "days",
    why: "How far the cap's time was ahead of its value.",
  },
  said: {
    default: 0,
    low: 0,
    high: 2_000,
    unit: "quote",
    why: "What a feed says of the underlying for two minutes: 0, as on 19 January 2026. 0.00000001 is the least that is not.",
  },
  rise: {
    default: 0.3,
    low: 0,
    high: 0.4,
    unit: "share",
    why: "What the asset rises elsewhere while a source goes on saying what was written into it: XPL stood at 1.30 when its index said 1.",
  },
  accrued: {
    default: 0.1095,
    low: 0.03,
    high: 0.5,
    unit: "of the price",
    why: "What shorts have paid longs in funding before the story begins: a year of the least rate, 0.01 % in eight hours, the other way round.",
  },
  further: {
    default: 0.05,
    low: 0,
    high: 0.5,
    unit: "share",
    why: "Control: the rate really falls by as much as the cap once said, and the price by this much more until governance has looked into it.",
  },
} as const satisfies Parameters;

const assumptions = {
  repair: {
    default: 60,
    low: 5,
    high: 600,
    whole: true,
    unit: "minutes",
    why: "From the fall of the rate to governance taking the new one for true. Not on record; swept.",
  },
  floor: {
    default: 0.01,
    low: 0.0001,
    high: 1,
    unit: "share",
    why: "How far a redemption rate may fall before its source is silent: half of what lies between initial and maintenance margin, so that a source at its floor liquidates nobody who could just open.",
  },
} as const satisfies Parameters;

const parameters = { ...shocks, ...assumptions };
export type Numbers = Values<typeof parameters>;

/** A run, as far as its own figures say. */
interface Told {
  readonly figures: Readonly<Record<string, number | null>>;
}

const DEFENCES = [
  { layer: "redemption-cap", here: "a rate beyond its bounds makes its source silent; it is never clamped" },
  { layer: "index-median", here: "three sources, two of which must speak" },
  {
    layer: "validity-ladder",
    here: "no opening, and no liquidation but at the favourable bound, while sources disagree",
  },
  { layer: "guard", here: "a book that leaves its references alone is not followed" },
  { layer: "mark-band", here: "the mark stays within 1.96 % of the index" },
  { layer: "mark-speed", here: "the mark moves by 0.33 % a second at most" },
] as const satisfies readonly Defence[];

/** A guard of the price that is itself wrong: what it says must liquidate nobody, and what it stops has a price too. */
export const guardMisfire = attack({
  id: "guard-misfire",
  title: "Guards that misfire: a cap out of time, a price of 0, funding started anew, an index that is a constant",
  base: "wstETH",
  story:
    "Nothing happens to the asset. A cap on its redemption rate gets a value and a time that do not belong together and shows it 2.85 % low; a feed says 0; governance sets everything it may set; then the asset " +
    "rises elsewhere while one source goes on saying the same. Somebody waits at the wrong prices for those who are liquidated at them.",
  incident: [
    {
      what: "Aave, 10 March 2026: a rate cap's time was a week ahead of its value",
      value: "wstETH 2.85 % low, ~$26 M liquidated of 34 accounts",
      source: "incidents.md",
    },
    {
      what: "What liquidators took, of 10,938 wstETH at 1.2282",
      value: "499 ETH: 3.7 % of what was liquidated",
      source: "Chaos Labs, in the press of 11 March 2026",
    },
    { what: "Paradex, 19 January 2026: an index of 0", value: "rolled back, ~$650 k refunded", source: "incidents.md" },
    {
      what: "XPL on Aster, 25 September 2025: an index hard-coded at 1 while others traded at 1.30, and the cap on the mark removed",
      value: "4 against 1.30; refunds",
      source: "incidents.md",
    },
  ],
  actors: {
    "longs, shorts": "Hold from the beginning. All of them are solvent at what the asset is worth, all the time.",
    makers: "Quote while they open, and step back when the venue's price is not everybody's.",
    opportunist:
      "Rests orders at the wrong price for whoever is liquidated there. Squeezes the book of the constant index.",
    keeper: "Liquidates whatever is below maintenance.",
    governance: "Sets the cap's pair, and once everything it may set.",
  },
  shocks,
  assumptions,
  parameters,
  defences: DEFENCES,
  grid: { parameter: "low", values: [0.005, 0.01, 0.015, 0.02, 0.0285, 0.04, 0.06, 0.1] },
  figures: {
    shown: { label: "Shown below its worth by the cap", unit: "share" },
    capped: { label: "Wrongfully liquidated by the cap", unit: "quote" },
    lossShare: { label: "Lost by those, of what was liquidated", unit: "share" },
    zeroed: { label: "Wrongfully liquidated by the price of 0", unit: "quote" },
    least: { label: "Liquidated on a copy of the chain whose feed says 0.00000001", unit: "quote" },
    passedOn: { label: "Liquidated on a copy whose index passes a price of 0 on", unit: "quote" },
    unchecked: { label: "Liquidated on a copy whose index passes the least number on that is not 0", unit: "quote" },
    opened: { label: "Opened while a feed says 0, of what was tried", unit: "share" },
    restarted: { label: "Liquidated on a copy whose funding index is overwritten with 0", unit: "quote" },
    tried: { label: "Calls tried, of anybody's, that might begin funding anew", unit: "calls" },
    moved: { label: "Calls that did, or moved the index otherwise", unit: "calls" },
    liquidatable: { label: "Settings of what was set already after which somebody could be liquidated", unit: "calls" },
    reset: { label: "Wrongfully liquidated by governance's settings", unit: "quote" },
    fundingMoved: { label: "Funding index moved by them, of the price", unit: "share" },
    squeezed: { label: "Wrongfully liquidated by the constant index", unit: "quote" },
    uncertain: { label: "No opening because sources disagreed", unit: "seconds" },
    refused: { label: "Pairs of a value and a time that were refused", unit: "times" },
    delay: { label: "Liquidated later than due, at most", unit: "seconds" },
    borne: { label: "Borne by fund and backstop", unit: "quote" },
    bornePredicted: { label: "By the closed form, sum of max(0, loss - equity)", unit: "quote" },
  },
  cost: "delay",
  sources: [
    {
      what: "What the cap's pair was and what it cost",
      where: "dev.to/ohmygod, cryptopulpit.com, altcoindaily.co, March 2026",
    },
    { what: "Paradex, Aster", where: "incidents.md" },
  ],
  limits: [
    "The venue's clamp is a rate that the story writes: no contract here clamps one. Without the layer the rate counts as it is told.",
    "A price of 0 is refused three times in every deployment: by the adapter, by the index, and by the mark, which has no price at all then. No call sets a funding index. Neither can be switched off, so what they prevent is shown on copies of the chain whose index, or whose ledger, is written over.",
    "The market is a year old when the story begins, and shorts have paid longs in all of it: written into the ledger before anybody holds anything. Had longs paid, a reset would take from shorts, who are levered too little here to be liquidated by it.",
    "Every call is tried with nothing, with one and with the most as arguments, and with what is set already: some hundred calls, no proof. Who names the source of prices says what funding falls due from then on, but not what has.",
    "Alone only the median is needed, for a price that is not 0 but as good as. The cap's misfire needs floor and median both away; the squeeze needs guard and band away, and with them the median or the validity ladder. The mark's speed earns nothing here.",
    "Where all guards of the price fail together, nothing liquidates: control without the median shows what an hour of that costs.",
    "Makers have stepped back. Where they go on quoting what everybody else does, liquidations find them, and the wrong price costs less.",
    "Shorts are levered at most 2.4 times. The book alone can carry the mark to its band, 1.96 %, which liquidates nobody who opened at the index; whoever has since lost a part of that margin may be liquidated inside it.",
  ],
  expectations: [
    {
      kind: "off",
      sentence: "the cap shows the asset as far below its worth as in the incident, within 1 %",
      holds: ({ figures, parameters: { low = NaN } }) => Math.abs((figures.shown ?? NaN) / low - 1) < 0.01,
    },
    {
      kind: "off",
      sentence:
        "holders are liquidated although solvent, and lose 3.7 % of what is liquidated as in the incident, within a quarter",
      holds: ({ figures }) => (figures.capped ?? 0) > 0 && Math.abs((figures.lossShare ?? NaN) / 0.037 - 1) < 0.25,
    },
    {
      kind: "off",
      sentence: "a constant index lets the book liquidate shorts that are solvent elsewhere",
      holds: ({ figures }) => (figures.squeezed ?? 0) > 0,
    },
    { kind: "off", sentence: "whoever waits at the wrong price gains", holds: ({ attackerNet }) => attackerNet > 0 },
    { kind: "on", sentence: "the attacker has no gain", holds: ({ attackerNet }) => attackerNet <= 0 },
    {
      kind: "on",
      sentence: "nobody is liquidated while a guard is inconsistent",
      holds: ({ liquidated, wrongfulLiquidations }) => liquidated === 0 && wrongfulLiquidations === 0,
    },
    {
      kind: "on",
      sentence: "a value with a time that is not its own is refused",
      holds: ({ figures }) => figures.refused === 1,
    },
    {
      kind: "off",
      sentence: "a single source that says the least that is not 0 liquidates whoever is long",
      holds: ({ figures }) => (figures.least ?? 0) > 0,
    },
    {
      kind: "on",
      sentence: "one of several that says it liquidates nobody",
      holds: ({ figures }) => figures.least === 0,
    },
    ...(["off", "on"] as const).flatMap((kind) => [
      {
        kind,
        sentence: "a price of 0 liquidates nobody, and one as small would if adapter and index passed it on",
        holds: ({ figures }: Told) => figures.zeroed === 0 && figures.passedOn === 0 && (figures.unchecked ?? 0) > 0,
      },
      {
        kind,
        sentence: "funding begun anew would liquidate, and nothing that governance sets begins it anew",
        holds: ({ figures }: Told) =>
          (figures.restarted ?? 0) > 0 && figures.reset === 0 && Math.abs(figures.fundingMoved ?? 1) < 1e-6,
      },
    ]),
    {
      kind: "on",
      sentence:
        "no call of anybody's, governance and modules among them, moves the funding index otherwise than time does",
      holds: ({ figures }) => figures.tried === null || (figures.moved === 0 && figures.liquidatable === 0),
    },
    {
      kind: "control",
      sentence: "while one feed says 0, whoever wants to open can",
      holds: ({ figures }) => figures.opened === 1,
    },
    {
      kind: "control",
      sentence: "although the cap silences its source, a true fall is liquidated no later than without the guards",
      holds: ({ figures }, { baseline }) =>
        baseline === undefined || (figures.delay ?? Infinity) <= (baseline.figures.delay ?? 0),
    },
    {
      kind: "control",
      sentence: "and costs fund and backstop nothing",
      holds: ({ figures, paidBy }) => Math.abs(figures.borne ?? Infinity) < 1 && (paidBy.unpaid ?? 0) === 0,
    },
  ],
  deployment: ({ values }) => deployment(values),
  play: async (stage, { values, honest, has }) => {
    const story = new Misfires(
      stage,
      values,
      DEFENCES.every(({ layer }) => has(layer)),
    );
    return { ...NOTHING, ...(honest ? await story.trueFall() : await story.misfires()) };
  },
});

function deployment({ floor }: Numbers): DeploymentOptions {
  const feed = { heartbeat: 7_200, deviation: 500, depth: 100_000_000 };
  return {
    base: { name: "Test Wrapped Staked Ether", symbol: "tWSTETH" },
    market: { startPrice: Misfires.PRICE },
    pool: false,
    index: {
      sources: [
        {
          kind: "redemption",
          name: "redemption",
          rate: Misfires.RATE,
          maxGrowth: 50_000,
          slack: 1_000,
          maxFall: Math.round(floor * 1e6),
          underlying: feed,
        },
        { kind: "feed", name: "one market", ...feed },
        { kind: "feed", name: "another market", ...feed },
      ],
      quorum: 2,
      exposed: "redemption",
    },
  };
}

export default guardMisfire;
