import { clamp, max, min, PPM, towardsZero, up, WAD } from "./arithmetic.js";
import { type Action, type Price, peek, priceFor } from "./mark.js";
import type { MarketRules } from "./parameters.js";
import { Refusal } from "./refusal.js";
import type { MarketState } from "./records.js";
import type { State } from "./state.js";

/** Interest part of funding per 8 hours, how far the clamp lets it pull the premium, and the cap of 4 % an hour (section 5). */
const INTEREST = WAD / 10_000n;
const PULL = WAD / 2_000n;
const CAP = (WAD * 32n) / 100n;
const PERIOD = 8n * 3_600n;

/** Rounding of sizes may leave a side's last member with this much more than the side holds, base. */
const DUST = WAD / 1_000_000n;

/** A market as one action sees it: its prices for the action, funding as of now, and the open interest it moves. */
export interface Market {
  readonly id: number;
  readonly rules: MarketRules;
  readonly price: Price;
  readonly fundingIndex: bigint;
  readonly initialRate: bigint;
  readonly maintenanceRate: bigint;
  /** Maintenance rate of what spot covers, at most the other; 0 recognises no hedge. */
  readonly hedgedRate: bigint;
  /** Seconds over which profit matures. */
  readonly maturity: bigint;
  longDelta: bigint;
  shortDelta: bigint;
}

/** A market with its price for an action; refused as the validity ladder says. */
export function openMarket(state: State, id: number, action: Action): Market {
  return withPrice(state, id, priceFor(state, id, action));
}

/** A market at the price of now, whatever its validity. */
export function lookAtMarket(state: State, id: number): Market {
  return withPrice(state, id, peek(state, id));
}

function withPrice(state: State, id: number, price: Price): Market {
  const rules = state.rules.get(id);
  const market = state.markets.get(id);
  const maintenanceRate = maintenanceRateOf(rules);
  return {
    id,
    rules,
    price,
    fundingIndex: fundingIndexNow(market, price, state.now),
    initialRate: market.initialRate,
    maintenanceRate,
    maturity: maturityOf(state),
    hedgedRate: min(hedgedRateOf(rules), maintenanceRate),
    longDelta: 0n,
    shortDelta: 0n,
  };
}

/** Half of the base initial rate, WAD. Down, by less than a part in 10^12. */
export function maintenanceRateOf(rules: MarketRules): bigint {
  return (rules.initialMarginRate * WAD) / PPM / 2n;
}

/** Maintenance rate of what spot covers, WAD, as it is set. */
export function hedgedRateOf(rules: MarketRules): bigint {
  return (rules.hedgedMaintenance * WAD) / PPM;
}

/** Rule of the maturity: cash is one for all markets, so the longest maturity of any market holds for the profit of all. */
export function maturityOf(state: State): bigint {
  let longest = 0n;
  for (const [, { maturity }] of state.rules.entries()) longest = max(longest, maturity);
  return longest;
}

/** Writes back what an action made of funding and open interest. */
export function closeMarket(state: State, market: Market): void {
  const before = state.markets.get(market.id);
  const longOpenInterest = moved(market.id, before.longOpenInterest, market.longDelta);
  const shortOpenInterest = moved(market.id, before.shortOpenInterest, market.shortDelta);
  state.markets.set(market.id, {
    ...before,
    fundingIndex: market.fundingIndex,
    fundingAt: state.now,
    longOpenInterest,
    shortOpenInterest,
  });
  if (market.longDelta !== 0n) scaleInitialRate(state, market.id);
}

/** imf' = imf + (1 - imf) * clamp((OI - lo) / (hi - lo), 0, 1). Up, against the trader. */
export function scaleInitialRate(state: State, id: number): void {
  const { initialMarginRate, openInterestLow: low, openInterestHigh: high } = state.rules.get(id);
  const base = (initialMarginRate * WAD) / PPM;
  const reached = min(state.markets.get(id).longOpenInterest, high);
  const over = reached > low ? reached - low : 0n;
  state.markets.change(id, { initialRate: base + up((WAD - base) * over, high - low) });
}

/** The funding index: quote paid by one unit of long base since listing, accrued per second. Towards zero. */
function fundingIndexNow(market: MarketState, price: Price, now: bigint): bigint {
  const elapsed = now - market.fundingAt;
  if (elapsed === 0n || market.fundingAt === 0n) return market.fundingIndex;
  const growth = price.index * fundingRate(price.premium) * elapsed;
  return market.fundingIndex + towardsZero(growth, 10n ** 9n * PERIOD);
}

/** Funding per 8 hours: P + clamp(0.01 % - P, +-0.05 %), at most 4 % an hour. */
export function fundingRate(premium: bigint): bigint {
  return clamp(premium + clamp(INTEREST - premium, -PULL, PULL), -CAP, CAP);
}

/** Takes note of what a position's move does to open interest. */
export function moveOpenInterest(market: Market, before: bigint, after: bigint): void {
  const [long, short] = [(size: bigint) => (size > 0n ? size : 0n), (size: bigint) => (size < 0n ? -size : 0n)];
  market.longDelta += long(after) - long(before);
  market.shortDelta += short(after) - short(before);
}

/** Rule of the last one out: positions round against their holders, so it may take dust more than its side holds, which ends at zero. */
function moved(id: number, openInterest: bigint, delta: bigint): bigint {
  const after = openInterest + delta;
  if (after >= 0n) return after;
  if (after < -DUST) throw new Refusal("OpenInterestUnderflow", id, openInterest, delta);
  return 0n;
}
