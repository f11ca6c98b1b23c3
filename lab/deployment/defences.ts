import type { Settings } from "./options.js";

/** One layer of defence: what it stops, and what a deployment without it looks like. */
export interface Layer {
  readonly name: string;
  /** What it stops, in a sentence. */
  readonly stops: string;
  /** What those pay for it who attack nobody. */
  readonly costs: string;
  /** What sets it, its default, and how that was come by. */
  readonly parameter: string;
  /** How it is switched off, in words. */
  readonly how: string;
  /** The settings without it; missing while no contract has the layer yet. */
  readonly off?: (settings: Settings) => Settings;
}

/** A layer was to be switched off that no contract has yet. */
export class UnswitchableLayer extends Error {}

const PPM = 1_000_000;
const MINUTE = 60;

/** More than any position of a run, base, WAD, in the widths the contracts keep. */
const BOUNDLESS = 2n ** 96n - 1n;

/** Quote, whole units, more than any run moves. */
const FORTUNE = 1_000_000_000_000;

/** Every layer that can stand between an attack and the money, in the order a price passes them. */
const TABLE = {
  "pool-average": {
    name: "Pool average",
    stops: "a price that a spot pool shows for a moment",
    costs: "the index follows an honest move of the pool over the window",
    parameter:
      "`window` of the pool source, 60 s beside a feed that outweighs it: an average is moved by the ratio of the push to the power of the part of the window it is held, so the cost of a push held for all of it grows with the window (facts of the closed form in `twap`)",
    how: "the index reads the pool's present price instead of its time-weighted average",
    off: (settings) =>
      withSources(settings, (source) =>
        source.kind === "pool-average"
          ? { kind: "pool-spot", name: source.name, maxDepth: source.maxDepth, interval: 0 }
          : source,
      ),
  },
  "book-average": {
    name: "Slow average of the own book",
    stops: "an index made by one's own trades, where the asset trades nowhere else",
    costs: "the index follows a true move of a market without any outside price over the time constant",
    parameter: "`tau` of the own-book source: a sweep of the book must be held for it before it counts",
    how: "the average is over a minute, the shortest the contract takes, instead of hours",
    off: (settings) =>
      withSources(settings, (source) =>
        source.kind === "smoothed-book"
          ? { ...source, tau: MINUTE, maxStep: Math.min(source.maxStep, MINUTE) }
          : source,
      ),
  },
  "index-median": {
    name: "Median of sources",
    stops: "a price that one source alone says",
    costs: "each source is a contract to keep fed; a quorum that is missed stops opening",
    parameter:
      "`quorum` and the depth that weighs each source: no source an attacker can move holds more than half the weight",
    how: "the index has one source",
    off: ({ index, ...settings }) => {
      const exposed = index.exposed ?? index.sources[0]?.name;
      return {
        ...settings,
        index: { ...index, sources: index.sources.filter(({ name }) => name === exposed), quorum: 1 },
      };
    },
  },
  "validity-ladder": {
    name: "Validity ladder",
    stops: "acting on a price whose sources are old, far apart or unsure of themselves",
    costs:
      "opening stops while sources disagree, liquidation while they do not say the account is under water at the better bound",
    parameter:
      "`maxDispersion` 3 %, `maxConfidence` 1 %, `heartbeat` of each feed: dispersion beyond maintenance at 25x and half as much again is a quarrel about somebody's solvency",
    how: "dispersion and confidence up to 50 % and feeds up to two days old count as valid",
    off: ({ index, ...settings }) =>
      withSources({ ...settings, index: { ...index, maxDispersion: PPM / 2, maxConfidence: PPM / 2 } }, (source) =>
        source.kind === "feed" ? { ...source, heartbeat: 172_800 } : source,
      ),
  },
  "mark-band": {
    name: "Mark band",
    stops: "a mark that the book alone carries away from the index",
    costs: "unrealised profit beyond the band does not count while the book is ahead of the index",
    parameter:
      "`markBand` 1.96 %, on chain at most (initial - maintenance) / (1 + maintenance): the book alone cannot liquidate who opened at the index",
    how: "the band around the index is 50 %, the widest the contract takes",
    off: (settings) => inMarket(settings, { markBand: PPM / 2 }),
  },
  "mark-speed": {
    name: "Mark speed",
    stops: "a mark that jumps",
    costs: "liquidations, and profit, wait while the mark catches up with a jump",
    parameter:
      "`markSpeed` 0.3334 % a second, on chain at most maintenance / 4 s: from maintenance to bankruptcy a keeper has two blocks of two seconds",
    how: "the mark may move by 100 % a second",
    off: (settings) => inMarket(settings, { markSpeed: PPM }),
  },
  "price-band": {
    name: "Price band of orders",
    stops: "trades far from the mark",
    costs: "a taker in a hurry is not filled beyond it",
    parameter:
      "`priceBand` 5 % of the mark, a quarter more than initial margin: a fill at its edge costs little more than the margin of the trade",
    how: "takers may trade up to the whole mark away from it",
    off: (settings) => inMarket(settings, { priceBand: PPM - 1 }),
  },
  guard: {
    name: "Market guard",
    stops: "trading on, and liquidating at, a price that has just left its reference band",
    costs:
      "true jumps beyond the band cost 15 s in the limit state, in all until it has stayed inside for a window, and 300 s without opening after that",
    parameter:
      "`band` twice that of the mark, which a book inside the mark's band never leaves, `window` 300 s, `limitTime` 15 s, `pauseTime` 300 s: the United States' limit-up limit-down plan; `auctionTime` 120 s: ten blocks of 12 s, which a proposer with a fifth of the slots has in a row once in four and a half years",
    how: "the mark names no guard",
    off: (settings) => ({ ...settings, guard: undefined }),
  },
  sessions: {
    name: "Sessions",
    stops: "moving a market while the one it follows is closed",
    costs: "nothing can be opened in closed hours, and the mark may move less",
    parameter:
      "`closedHours` those of the market that is followed, `closedBand` the half of maintenance that an honest night's news may move it",
    how: "the market has no closed hours",
    off: (settings) => ({
      ...settings,
      guard: settings.guard && { ...settings.guard, closedHours: [], closedBand: 0 },
    }),
  },
  "open-interest-cap": {
    name: "Open-interest cap",
    stops: "a position larger than what moving its price would cost",
    costs: "volume beyond it is refused",
    parameter: "`openInterestCap`, set by governance: the last word where no depth can be read",
    how: "the cap is beyond any position",
    off: (settings) => inMarket(settings, { openInterestCap: BOUNDLESS }),
  },
  "manipulation-cap": {
    name: "Manipulation-cost cap",
    stops: "open interest that a thin spot market could be moved for",
    costs: "volume beyond what the spot market could bear is refused; new depth counts after 30 min",
    parameter:
      "`kappa`: N_max / Q of the closed form in `spot-index` for the pool's and the venue's fees, less a tenth; Q is the least of the past 30 min, of the least liquidity anywhere within `reach` of the price, a tenth by default",
    how: "kappa is zero, which means no such cap",
    off: (settings) => ({ ...settings, caps: { ...settings.caps, kappa: 0 } }),
  },
  "vault-cap": {
    name: "Vault-bearing cap",
    stops: "open interest beyond what backstop and insurance could bear",
    costs: "volume beyond what the vaults could bear is refused",
    parameter: "`adverseMove`: the largest move of the incident's kind; cap = (backstop + insurance) / adverseMove",
    how: "the move they are to bear is zero, which means no such cap",
    off: (settings) => ({ ...settings, caps: { ...settings.caps, adverseMove: 0 } }),
  },
  "margin-by-open-interest": {
    name: "Margin that rises with open interest",
    stops: "building most of a market's open interest with the margin of a small position",
    costs: "large positions post more margin",
    parameter:
      "`openInterestLow`, `openInterestHigh`, set by governance: between them initial margin rises in a straight line to the whole notional",
    how: "initial margin begins to rise beyond any position",
    off: (settings) => inMarket(settings, { openInterestLow: BOUNDLESS, openInterestHigh: 2n * BOUNDLESS }),
  },
  "profit-maturity": {
    name: "Maturing profit",
    stops: "leaving with the profit of a price that does not last",
    costs: "winners wait for their profit; they may trade with it",
    parameter:
      "`maturity` 1 h, on chain at least 30 min (what the cap's depth is the minimum over) and an hour for each 10 % of initial margin",
    how: "realised profit can be withdrawn at once",
    off: (settings) => inMarket(settings, { maturity: 0 }),
  },
  "kept-margin": {
    name: "Kept margin",
    stops: "pulling the margin of a position that is about to be liquidated",
    costs: "a holder cannot lever up to the initial margin by withdrawing",
    parameter:
      "`keptRate` 20 % of notional (mechanism section 6; the rule a venue adopted after the JELLY attack), on chain between initial margin and 100 %",
    how: "nothing but initial margin must stay after a withdrawal",
    off: (settings) => inMarket(settings, { keptRate: 0 }),
  },
  "backstop-allotment": {
    name: "Allotted backstop capital",
    stops: "a market that takes more of the backstop than was meant for it",
    costs: "deleveraging begins when the market's own part of the vault is gone",
    parameter:
      "`allotted`, `loss`, `notional`, `leverage` of the market: loss at most what is allotted, leverage at most 1 / initial margin, both checked on chain",
    how: "all of the vault stands behind the market, at the highest leverage and without limits",
    off: ({ backstop, backstopLimits, ...settings }) => ({
      ...settings,
      backstop,
      backstopLimits: {
        ...backstopLimits,
        allotted: backstop,
        loss: FORTUNE,
        notional: FORTUNE,
        leverage: Math.floor((PPM * PPM) / settings.market.initialMarginRate),
      },
    }),
  },
  "insurance-limits": {
    name: "Insurance limits",
    stops: "one market or one burst that drains the fund",
    costs: "winners are charged sooner",
    parameter:
      "`single` and `capacity` a day, set by governance for each market; all the fund has where the lab says nothing",
    how: "all of the fund can go at once",
    off: ({ insurance, ...settings }) => ({
      ...settings,
      insurance,
      insuranceLimits: { single: insurance, capacity: insurance },
    }),
  },
  "sequencer-grace": {
    name: "Sequencer grace",
    stops: "opening and liquidating at the first price after the chain stood still",
    costs: "after an outage nobody can open or be liquidated for the grace, and the bad debt of the wait",
    parameter: "`grace` 1 h as L2 price feeds ask for: long enough to bring margin from another chain",
    how: "sources are read bare, whatever the chain's uptime feed says",
    off: ({ index, ...settings }) => ({ ...settings, index: { ...index, grace: 0 } }),
  },
  "redemption-cap": {
    name: "Growth cap of redemption rates",
    stops: "a redemption rate that jumps, or whose time and value are out of step",
    costs:
      "a true fall beyond the floor silences the source until governance names the asset again: nothing while others speak, the bad debt of the wait where it is the only one (`guard-misfire`)",
    parameter:
      "`maxGrowth` a year, above the asset's highest yield on record; `maxFall` below the snapshot, half of what lies between initial and maintenance margin in `guard-misfire`; value and time of the snapshot move together",
    how: "the rate counts as the token says it, whatever it grew or fell",
    off: (settings) =>
      withSources(settings, (source) =>
        source.kind === "redemption" ? { ...source, maxGrowth: 0, maxFall: PPM } : source,
      ),
  },
  "one-price-a-period": {
    name: "One price a period",
    stops: "choosing the best of several signed prices",
    costs: "a price is at most a period older than the newest",
    parameter: "`period`: the longest a chain takes to include what was signed",
    how: "the index takes any signed price from whoever brings it, a later or an earlier one",
    off: (settings) => withSources(settings, (source) => (source.kind === "pull" ? { ...source, period: 0 } : source)),
  },
  "house-spread": {
    name: "House spread and skew",
    stops: "dealing with the house at a price without slippage, whatever the size",
    costs: "traders pay the spread and the skew: 0.57 % a side for a feed that reports every 0.5 % (`stale`)",
    parameter:
      "`spread` at least the `deviation` at which feeds report, checked on chain: what the house does not know yet is paid for by whoever knows it",
    how: "the house deals at the index: no spread, no skew, and nothing for what its feeds have not reported",
    off: (settings) => inHouse(settings, () => ({ spread: 0, skew: 0, deviation: 0 })),
  },
  "house-allowance": {
    name: "House allowance",
    stops: "filling the house at one price",
    costs: "a large order is filled in part and waits",
    parameter:
      "`single`, `capacity`, refilled over `window` of at least 60 s, a feed's delay: nobody fills the house at one price",
    how: "all of the house's inventory can be added in one trade",
    off: (settings) => inHouse(settings, ({ notional }) => ({ single: notional, capacity: notional })),
  },
  "hedge-last": {
    name: "Enforced deleveraging, hedges last",
    stops: "being closed first for a profit that a hedge has lost, and stepping out of the queue just before it moves",
    costs: "directional winners close more than pro rata would ask of them",
    parameter: "policy `HedgeLast` over `ProRata`; a short is hedged from 95 % covered by spot held for an hour",
    how: "a keeper lists accounts by profit and leverage, and they are closed one by one at the bankruptcy price",
    off: (settings) => inMarket(settings, { deleveraging: "QUEUE" }),
  },
  "vault-cooldown": {
    name: "Cooldown of vault shares",
    stops: "leaving a vault ahead of its loss",
    costs: "providers wait to leave, at the price of when they do",
    parameter: "`cooldown` three days, a constructor argument: a loss that can be seen coming arrives sooner",
    how: "shares can be redeemed at once",
    off: (settings) => ({ ...settings, vaultCooldown: 0 }),
  },
} as const satisfies Record<string, Layer>;

/** A layer's name on the command line. */
export type LayerId = keyof typeof TABLE;

/** The layers by id. */
export const LAYERS: Readonly<Record<LayerId, Layer>> = TABLE;

/** Whether a text names a layer. */
export function isLayer(name: string): name is LayerId {
  return Object.hasOwn(TABLE, name);
}

/** Settings without some of the layers. A layer that no contract has yet cannot be left out silently. */
export function withoutLayers(settings: Settings, off: readonly LayerId[]): Settings {
  return off.reduce((left, id) => {
    const layer = LAYERS[id];
    if (layer.off === undefined) throw new UnswitchableLayer(`no contract has the layer ${id} (${layer.name}) yet`);
    return layer.off(left);
  }, settings);
}

function inMarket(settings: Settings, changed: Partial<Settings["market"]>): Settings {
  return { ...settings, market: { ...settings.market, ...changed } };
}

function inHouse(
  settings: Settings,
  change: (house: NonNullable<Settings["house"]>) => Partial<NonNullable<Settings["house"]>>,
): Settings {
  return settings.house === undefined
    ? settings
    : { ...settings, house: { ...settings.house, ...change(settings.house) } };
}

function withSources(
  settings: Settings,
  change: (source: Settings["index"]["sources"][number]) => Settings["index"]["sources"][number],
): Settings {
  return { ...settings, index: { ...settings.index, sources: settings.index.sources.map(change) } };
}
