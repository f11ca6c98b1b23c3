import type {
  LiquidationReport,
  MakerReport,
  RegimeReport,
  RegimeRow,
  ReportData,
  Sample,
  TrancheReport,
} from "../../lab/report/data.js";
import { Rng } from "../../lab/random.js";

/** 10 October 2025, 21:00 UTC. */
const OPENING = 1_760_130_000;
const SHOCK = OPENING + 660;
const BOTTOM = OPENING + 1_200;
const CLOSING = OPENING + 2_400;
const FIRST_DELEVERAGING = SHOCK + 300;

/** What makes a regime of the fixture differ from the others. */
interface Traits {
  readonly regime: string;
  /** Share of the makers' short that deleveraging closes. */
  readonly hedgeLost: number;
  readonly touched: number;
  readonly gini: number;
  readonly gas: number;
  readonly gasPerAccount: number;
  readonly classes: number;
}

const REGIMES: readonly Traits[] = [
  { regime: "ProRata", hedgeLost: 0.31, touched: 92, gini: 0.42, gas: 291_400, gasPerAccount: 3_167, classes: 1 },
  { regime: "ProfitFirst", hedgeLost: 0.12, touched: 41, gini: 0.71, gas: 268_900, gasPerAccount: 6_559, classes: 1 },
  { regime: "LeverageFirst", hedgeLost: 0.19, touched: 57, gini: 0.64, gas: 305_200, gasPerAccount: 5_354, classes: 3 },
  { regime: "Queue", hedgeLost: 0.58, touched: 14, gini: 0.91, gas: 1_482_000, gasPerAccount: 105_857, classes: 0 },
];

const MAKERS = 12;
const MAKERS_SHORT = 3_100;

/** A report as a run of the crash would give it, made up but plausible; the same every time. */
export function reportData(): ReportData {
  return {
    scenario: {
      id: "crossfire",
      title: "Crossfire: the crash of 10 October 2025",
      story:
        "ETH falls by a tenth in minutes through a crowd of levered longs while market makers withdraw almost all depth. Liquidations exhaust the book, the backstop and the insurance fund, and what is left is closed against those in profit: directional shorts, and makers whose short is only the hedge of spot they own.",
      base: "ETH",
    },
    seed: 7,
    parameters: { crowd: 420, shorts: 80, makers: MAKERS, depth: 0.134, backstop: 0.01, crashPace: 1 },
    regimes: REGIMES.map(regimeReport),
    expectations: [
      { kind: "off", sentence: "The queue closes more than half of the makers' hedge.", held: true },
      { kind: "on", sentence: "Pro rata leaves the makers' delta under a fifth of the queue's.", held: false },
      { kind: "control", sentence: "No property is violated in any regime.", held: true },
    ],
    actors: {
      "Levered longs":
        "420 accounts, sizes and leverage drawn from the recorded quantiles; a fifth of them stop out by themselves.",
      "Market makers":
        "12 accounts, short the perpetual and long spot; withdraw nine tenths of their depth in the crash.",
      Liquidators: "Three keepers that call for anybody below maintenance.",
    },
    assumptions: [
      {
        name: "shortShare",
        value: "0.4 of the crowd's notional",
        why: "How much of the other side is directional. Not on record.",
      },
      { name: "stopShare", value: "0.2 of the crowd", why: "Traders who close by themselves. Not on record." },
    ],
    shocks: [
      { name: "withdrawnLow", value: "0.90 of depth", why: "Makers withdrew 90 to 98 % of their depth in the crash." },
      { name: "withdrawnHigh", value: "0.98 of depth", why: "See above." },
    ],
    sources: [
      { what: "ETH/USD, second by second", where: "Gemini public trade history" },
      { what: "Quantiles of the accounts deleveraged", where: "computed from the venue's public fill record" },
    ],
    limits: [
      "One market and one collateral: contagion between markets is left out.",
      "Gas is that of a local chain without congestion.",
    ],
    command: "npx hardhat lab compare crossfire --policies ProRata,ProfitFirst,LeverageFirst,Queue --seed 7",
  };
}

function regimeReport(traits: Traits): RegimeReport {
  const rng = Rng.of(7, traits.regime);
  const liquidations = crash(rng);
  const makers = Array.from({ length: MAKERS }, (_, index) => maker(index, traits.hedgeLost, rng));
  const total = (pick: (one: LiquidationReport) => number): number =>
    liquidations.reduce((all, one) => all + pick(one), 0);
  const row: RegimeRow = {
    regime: traits.regime,
    liquidatedNotional: total(({ book, backstop, deleveraged }) => book + backstop + deleveraged),
    deleveragedNotional: total(({ deleveraged }) => deleveraged),
    deleveragedShare:
      total(({ deleveraged }) => deleveraged) /
      total(({ book, backstop, deleveraged }) => book + backstop + deleveraged),
    secondsToDeleveraging: FIRST_DELEVERAGING - SHOCK - 40,
    averageDeleveragingPrice: 3_512.4 + 20 * rng.uniform(),
    badDebt: total(({ insured, charged, socialised }) => insured + charged + socialised),
    paidByInsurance: total(({ insured }) => insured),
    paidByWinners: total(({ charged }) => charged),
    socialised: 0,
    backstopResult: -61_200 * rng.between(0.8, 1.2),
    hedgedClosed: 300 * traits.hedgeLost,
    directionalClosed: 900,
    directionalResult: 41_000,
    directionalCost: 0,
    accountsTouched: traits.touched,
    gini: traits.gini,
    topTenShare: 0.35 + traits.gini / 2,
    makersDeltaBefore: 3.2,
    makersDeltaAfter: makers.reduce((all, { deltaAfter }) => all + deltaAfter, 0),
    coveredMakersDeltaAfter: after(makers, "account"),
    otherMakersDeltaAfter: after(makers, "wallet"),
    makersResultRecovery: makers.reduce((all, { resultRecovery = 0 }) => all + resultRecovery, 0),
    makersResultBelow: makers.reduce((all, { resultBelow = 0 }) => all + resultBelow, 0),
    depthBefore: 380,
    depthLaterRecovery: 240,
    depthLaterBelow: 200 - 90 * traits.hedgeLost,
    gasPerDeleveraging: traits.gas,
    gasPerAccount: traits.gasPerAccount,
    actions: 9_412,
    accounts: 517,
  };
  return {
    regime: traits.regime,
    row,
    series: samples(traits, rng),
    liquidations,
    tranches: tranches(traits, rng),
    makers,
    groups: groups(row),
    properties: { checked: PROPERTIES, steps: 871 },
  };
}

function after(makers: readonly MakerReport[], custody: MakerReport["custody"]): number {
  return makers.reduce((all, maker) => (maker.custody === custody ? all + maker.deltaAfter : all), 0);
}

const PROPERTIES = [
  "P1: tokens held cover all positive account claims less the recorded socialised loss",
  "P2: long open interest equals short open interest in every market, up to dust",
];

function reference(time: number): number {
  const fall = Math.min(1, Math.max(0, (time - SHOCK) / (BOTTOM - SHOCK)));
  const rise = Math.min(1, Math.max(0, (time - BOTTOM) / (CLOSING - BOTTOM)));
  return 3_885 - 435 * fall ** 1.6 + 310 * rise ** 0.5 + 6 * Math.sin(time / 37) + 3 * Math.sin(time / 5);
}

function samples({ hedgeLost }: Traits, rng: Rng): Sample[] {
  const series: Sample[] = [];
  for (let time = OPENING - 90_000; time < OPENING; time += 900) series.push(sample(time, "history", hedgeLost, rng));
  for (let time = OPENING; time < SHOCK; time += 5) series.push(sample(time, "build-up", hedgeLost, rng));
  for (let time = SHOCK; time < BOTTOM; time += 1) series.push(sample(time, "crash", hedgeLost, rng));
  for (let time = BOTTOM; time <= CLOSING; time += 20) series.push(sample(time, "aftermath", hedgeLost, rng));
  return series;
}

function sample(time: number, stage: string, hedgeLost: number, rng: Rng): Sample {
  const outside = reference(time);
  const index = reference(time - 4);
  const done = Math.min(1, Math.max(0, (time - FIRST_DELEVERAGING) / 240));
  const depth = time < SHOCK ? 190 : time < BOTTOM ? 9 : 9 + ((time - BOTTOM) / (CLOSING - BOTTOM)) * 120;
  const used = Math.min(1, Math.max(0, (time - SHOCK) / (FIRST_DELEVERAGING - SHOCK)));
  return {
    time,
    stage,
    reference: outside,
    pool: outside * (1 + 0.001 * rng.normal()),
    index,
    mark: index * (1 - 0.006 * used * (1 - done) + 0.0004 * rng.normal()),
    bidDepth: depth * rng.between(0.5, 1.1),
    askDepth: depth * rng.between(0.6, 1.2),
    openInterest: 6_200 - 1_300 * used - 1_500 * done,
    insurance: 7_100 * (1 - used),
    backstop: 238_000 * (1 - 0.9 * used ** 2),
    makersDelta: 3.2 + hedgeLost * MAKERS_SHORT * done,
    makersEquity: 4_400_000 + hedgeLost * MAKERS_SHORT * done * (outside - 3_500),
  };
}

function crash(rng: Rng): LiquidationReport[] {
  const calls: LiquidationReport[] = [];
  for (let time = SHOCK + 40; time < BOTTOM; time += Math.ceil(rng.exponential(2.4))) {
    const notional = Math.exp(9 + 1.3 * rng.normal());
    const progress = (time - SHOCK) / (BOTTOM - SHOCK);
    const deleverages = time >= FIRST_DELEVERAGING && rng.chance(0.7);
    const missing = notional * rng.between(0, 0.05);
    calls.push({
      time: time === SHOCK + 40 ? time : Math.max(time, SHOCK + 41),
      account: 20 + rng.below(420),
      book: deleverages ? notional * 0.1 : notional * (1 - progress / 2),
      backstop: deleverages ? 0 : (notional * progress) / 2,
      deleveraged: deleverages ? notional * 0.9 : 0,
      closedAtMark: 0,
      insured: deleverages ? 0 : missing / 12,
      charged: deleverages ? missing : 0,
      socialised: 0,
      gas: Math.round(rng.between(240_000, 420_000)),
    });
  }
  return calls;
}

function tranches({ classes }: Traits, rng: Rng): TrancheReport[] {
  return Array.from({ length: classes * 11 }, (_, index) => {
    const from = 3_520 * 1.02 ** (index % 11);
    const tornUp = Math.round(rng.exponential(70 / classes) * 10) / 10;
    return {
      side: "short",
      class: Math.floor(index / 11),
      from,
      to: from * 1.02,
      tornUp,
      charged: tornUp * rng.between(2, 9),
    };
  });
}

function maker(index: number, hedgeLost: number, rng: Rng): MakerReport {
  const closed = hedgeLost * (MAKERS_SHORT / MAKERS) * rng.between(0.4, 1.6);
  return {
    name: `maker-${index + 1}`,
    custody: index % 2 === 0 ? "account" : "wallet",
    deltaBefore: 0.3 * rng.normal(),
    deltaAfter: closed,
    resultRecovery: closed * 240 + 900 * rng.normal(),
    resultBelow: -closed * 140 + 900 * rng.normal(),
  };
}

function groups({ makersResultRecovery = 0, backstopResult, paidByInsurance }: RegimeRow): Record<string, number> {
  const crowd = -1_640_000;
  const fees = 61_000;
  const liquidators = 38_500;
  const others = crowd + makersResultRecovery + backstopResult - paidByInsurance + fees + liquidators;
  return {
    crowd,
    shorts: -others,
    makers: makersResultRecovery,
    backstop: backstopResult,
    insurance: -paidByInsurance,
    fees,
    liquidators,
  };
}
