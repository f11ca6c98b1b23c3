import { toWad } from "../units.js";
import type { Deployer } from "./artifacts.js";
import type { Contracts, House } from "./exchange.js";

/** The role of a house in the ledger's enumeration. */
const HOUSE_MODULE = 5;

/** What the house pool is lent, and on which terms it deals. Quote in whole units, rates in parts per million, seconds. */
export interface HouseOptions {
  readonly lent: number;
  readonly spread: number;
  readonly skew: number;
  /** What the index may be off before its feeds report: no price is closer to it. */
  readonly deviation: number;
  /** Most inventory, as a part of the pool's equity and in quote. */
  readonly equityShare: number;
  readonly notional: number;
  /** Farthest the mark may be from the index while shares are dealt in. */
  readonly gap: number;
  /** Most inventory added by one trade, and while a feed may lag behind. */
  readonly single: number;
  readonly capacity: number;
  readonly window: number;
}

/** Terms for feeds like the default one: a tenth of a percent, half a percent when full, a tenth of the money a minute. */
export function houseOptions(options: Partial<HouseOptions>): HouseOptions {
  const lent = Math.floor(options.lent ?? 1_000_000);
  return {
    lent,
    spread: 1_000,
    skew: 4_000,
    deviation: 500,
    equityShare: 500_000,
    notional: Math.floor(lent / 2),
    gap: 10_000,
    single: Math.floor(lent / 20),
    capacity: Math.floor(lent / 10),
    window: 60,
    ...options,
  };
}

/** Deploys the house pool, gives it its role and its terms, and lends it the deployer's money. */
export async function deployHouse(
  deployer: Deployer,
  contracts: Contracts,
  market: number,
  options: HouseOptions,
): Promise<House> {
  const { authority, clearingHouse, markPrice, quoteToken } = contracts;
  const pool = await deployer.deploy(
    "HousePool",
    clearingHouse.address,
    markPrice.address,
    quoteToken.address,
    authority.address,
  );
  const { lent, single, capacity, window, ...terms } = options;
  const tokens = toWad(lent) / 10n ** 12n;
  await deployer.execute(clearingHouse, "setModule", pool.address, HOUSE_MODULE);
  await deployer.execute(pool, "setTerms", market, terms, single, capacity, window);
  await deployer.execute(quoteToken, "mint", deployer.sender.address, tokens);
  await deployer.execute(quoteToken, "approve", pool.address, tokens);
  if (lent > 0) await deployer.execute(pool, "deposit", tokens, deployer.sender.address);
  return { pool, account: Number(await deployer.read<bigint>(pool, "MAIN_ACCOUNT")) };
}
