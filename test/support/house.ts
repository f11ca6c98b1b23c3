import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";

import { deployLinked, ethers, MARKET, MAX_UINT, Module, networkHelpers, NO_FUNDING, WAD, wad } from "./ledger.js";
import { type ExchangeFixture, loadExchange } from "./liquidation.js";

/** Terms of the fixture: half a percent, skewed by one percent at 25 ETH, which is half of the equity; 10 ETH a minute. */
export const TERMS = {
  spread: 5_000n,
  skew: 10_000n,
  deviation: 5_000n,
  equityShare: 500_000n,
  gap: 10_000n,
  notional: 50_000n,
};
export const ALLOWANCE = { single: 20_000n, capacity: 20_000n, window: 60n };

/** What the lender has put into the pool, whole quote. */
export const LENT = 100_000;

/** The state every test of the house pool starts from. */
export type HouseFixture = Awaited<ReturnType<typeof loadHouse>>;

/** The exchange of the liquidation tests with a house pool of 100,000; alice and bob have 100,000 each and have let the pool deal. */
export async function loadHouse() {
  const exchange = await loadExchange();
  const { house, token, prices, authority, lender, alice, bob } = exchange;
  const deployed = await deployLinked("HousePool", [house, prices, token, authority]);
  const pool = await ethers.getContractAt("HousePool", await deployed.getAddress());
  const trades = await ethers.getContractAt("TradeLogic", await house.getAddress());
  await house.setModule(pool, Module.HOUSE);
  const main = await pool.MAIN_ACCOUNT();
  await pool.setTerms(MARKET, TERMS, ALLOWANCE.single, ALLOWANCE.capacity, ALLOWANCE.window);
  await pool.connect(lender).deposit(await exchange.give(lender, LENT, await pool.getAddress()), lender);

  /** Changes some of the terms against the fixture's. */
  async function offer(terms: Partial<typeof TERMS>, allowance: Partial<typeof ALLOWANCE> = {}, market = MARKET) {
    const { single, capacity, window } = { ...ALLOWANCE, ...allowance };
    return pool.setTerms(market, { ...TERMS, ...terms }, single, capacity, window);
  }

  /** Opens an account with so much quote, and lets the pool deal with it. */
  async function trader(owner: HardhatEthersSigner, amount: number | string = 100_000, subaccount = 0) {
    const account = await exchange.open(owner, amount, subaccount);
    await house.connect(owner).setOperator(account, pool, true);
    return account;
  }

  /** A trade with the pool by the owner of the account, at any price unless a bound is given. */
  async function deal(account: bigint, buy: boolean, size: bigint, options: DealOptions = {}) {
    const owner = await ethers.getSigner((await house.accountData(account)).owner);
    const bound = options.bound ?? (buy ? MAX_UINT : 0n);
    return pool.connect(owner).trade(account, options.market ?? MARKET, buy, size, bound, options.reduceOnly ?? false);
  }

  /** Waits until the allowance is whole again. */
  const refill = () => networkHelpers.time.increase(ALLOWANCE.window);

  /** Has the market guard hold a market in a phase, or let it go with OPEN. */
  const hold = (phase: bigint, market = MARKET) => prices.setPhase(market, phase);

  /** Sets index and mark of a market apart. */
  async function setPrice(index: bigint, mark: bigint, confidence = 0n, validity = 0n, market = MARKET) {
    await prices.setPrice(market, { mark, index, premium: NO_FUNDING, confidence, validity, phase: 0n });
  }

  return {
    ...exchange,
    pool,
    trades,
    main,
    offer,
    trader,
    deal,
    refill,
    hold,
    setPrice,
    first: await trader(alice),
    second: await trader(bob),
  };
}

/** What a trade may be told beyond side and size. */
export interface DealOptions {
  bound?: bigint;
  market?: number;
  reduceOnly?: boolean;
}

/** What a trade costs per base unit with the fixture's terms at 2,000: lean in thousandths of the limit. */
export function priceAt(buy: boolean, lean: number, index = wad(2_000)): bigint {
  const rate = Math.max(5_000, 5_000 + 10 * lean);
  const away = (index * BigInt(rate)) / 1_000_000n;
  return buy ? index + away : index - away;
}

export { WAD, type ExchangeFixture };
