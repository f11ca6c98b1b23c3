import { mayTrade } from "./accounts.js";
import { down, min, PPM, timesDown, up, WAD } from "./arithmetic.js";
import { measure } from "./health.js";
import { hedgedRateOf } from "./markets.js";
import { priceFor } from "./mark.js";
import { refuseIf, refuseUnless } from "./refusal.js";
import { releaseAll } from "./reservations.js";
import { sellSpot } from "./spot.js";
import type { State } from "./state.js";
import { transferPosition } from "./transfers.js";
import { examine, type Found, requireLiquidatable } from "./waterfall.js";

/**
 * Unwinds a hedge: the buyer takes over part of a covered short at mark and pays for as much of the spot behind it, in one call, so
 * that neither leg is ever left naked (section 4). Of an account below maintenance for anyone who may trade for the buyer; of any
 * other for its own trader, at the index. Returns what was unwound.
 */
export function unwindHedge(
  state: State,
  caller: string,
  account: number,
  buyer: number,
  market: number,
  amount: bigint,
): bigint {
  refuseUnless(buyer !== account && mayTrade(state, buyer, caller), "InvalidBuyer", buyer, caller);
  const found = examine(state, account, market);
  const { equity } = found.health;
  // A deficit is the waterfall's to settle: whoever took the position away first would take the winners' charge with it.
  let unwound = equity > 0n ? min(amount, found.covered) : 0n;
  const asset = state.rules.get(market).spotAsset ?? 0;
  let discount = 0n;
  if (unwound !== 0n && !mayTrade(state, account, caller)) {
    requireLiquidatable(state, account, market, found);
    const terms = termsOf(state, market, asset, found);
    discount = terms.discount;
    unwound = min(unwound, terms.needed);
  }
  refuseIf(unwound === 0n, "NoHedge", account, market, found.covered, equity);
  releaseAll(state, account, market);
  transferPosition(state, account, buyer, market, -unwound, found.mark, 0n, true);
  sellSpot(state, account, buyer, asset, unwound, discount);
  const after = measure(state, buyer, "OPEN");
  refuseIf(after.equity < after.initialMargin, "BuyerUndermargined", buyer, after.equity, after.initialMargin);
  return unwound;
}

/**
 * Rule of the buyer's half: a buyer gets at most half of the equity behind what it unwinds, so the margin ratio of the rest rises
 * (P10), and at most the asset's discount. Down. What is needed brings the account to its buffer. Up.
 */
function termsOf(
  state: State,
  market: number,
  asset: number,
  { health, mark }: Found,
): { discount: bigint; needed: bigint } {
  const { equity, maintenanceMargin } = health;
  const { index } = priceFor(state, market, "LIQUIDATE");
  const margin = timesDown(mark, hedgedRateOf(state.rules.get(market)));
  const most = state.spotAssets.get(asset)?.discount ?? 0n;
  const discount = min(down(equity * margin * PPM, 2n * maintenanceMargin * index), most);
  const buffered = PPM + state.waterfall.value.buffer;
  const target = up(maintenanceMargin * buffered, PPM);
  const gain = down(margin * buffered - index * discount, PPM);
  return { discount, needed: equity >= target ? 0n : up((target - equity) * WAD, gain) };
}
