import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";

import type { ClearingHouse } from "../../typechain-types/index.js";
import { ethers, MARKET, networkHelpers } from "./ledger.js";
import type { MarketConfig } from "./ledger.js";

/** The spot asset that is the market's underlying. */
export const ETHER = 0;

/** How long spot has to be held before it covers a short, seconds. */
export const TENURE = 3_600;

/** What the fixtures of ledger and exchange have in common. */
interface Fixture {
  readonly house: ClearingHouse;
  readonly configure: (changes: Partial<MarketConfig>, market?: number) => Promise<void>;
}

/** Haircut 20 %, discount 2 %, hedged maintenance 1 %, hedges last over pro rata. */
export async function withHedges<F extends Fixture>(fixture: F) {
  const { house, configure } = fixture;
  const ether = await ethers.deployContract("HostileToken", [18]);
  const proRata = await ethers.deployContract("ProRata");
  const hedgeLast = await ethers.deployContract("HedgeLast", [proRata]);
  const spot = { token: ether, decimals: 18n, market: MARKET, haircut: 200_000n, discount: 20_000n };
  await house.listSpotAsset(ETHER, spot);

  /** The market's parameters with hedges recognised, and what a test changes. */
  async function hedging(changes: Partial<MarketConfig> = {}): Promise<void> {
    const policy = await hedgeLast.getAddress();
    await configure({ spotAsset: 1n, hedgedMaintenance: 10_000n, policy, ...changes });
  }
  await hedging();

  /** Deposits spot, which starts to wait. */
  async function stock(owner: HardhatEthersSigner, account: bigint, amount: bigint): Promise<void> {
    await ether.mint(owner, amount);
    await ether.connect(owner).approve(await house.getAddress(), amount);
    await house.connect(owner).depositSpot(account, ETHER, amount);
  }

  /** Lets all spot season. */
  async function season(): Promise<void> {
    await networkHelpers.time.increase(TENURE + 1);
  }

  return { ...fixture, ether, proRata, hedgeLast, spot, hedging, stock, season };
}

/** Whether a tranche key carries the hedged bit. */
export function isHedged(key: bigint): boolean {
  return (key & (1n << 14n)) !== 0n;
}
