import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import hre from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";

import { deployExchange as deploy, type DeploymentOptions, poolOf } from "../../lab/deployment/deploy.js";
import type { Exchange } from "../../lab/deployment/exchange.js";
import { connect, type Handles } from "../../lab/deployment/handles.js";
import { providerSender } from "../../lab/deployment/sender.js";
import type { SpotPool } from "../../lab/spot/uniswap.js";

/** A trader with an open, funded account, and the contracts as it calls them. */
export interface Trader extends Handles {
  readonly signer: HardhatEthersSigner;
  /** Its ledger account. */
  readonly account: bigint;
}

/** The whole exchange on a fresh chain, as its administrator calls it. */
export interface Fixture extends Handles {
  readonly connection: NetworkConnection;
  readonly exchange: Exchange;
  readonly pool: SpotPool;
  readonly admin: HardhatEthersSigner;
  /** Opens an account for the next free signer, with `quote` (whole units) deposited. */
  trader(quote: bigint): Promise<Trader>;
  /** Reports a price (whole units of quote, decimals allowed) to the feed. */
  report(price: number): Promise<void>;
}

/** Deploys everything with its roles wired and ETH listed as market 0, spot asset 0. Blocks are mined with each transaction. */
export async function deployExchange(options: DeploymentOptions = {}): Promise<Fixture> {
  const connection = await hre.network.create();
  const [admin, ...others] = await connection.ethers.getSigners();
  if (admin === undefined) throw new Error("a chain without accounts");
  const sender = providerSender(connection.provider, admin.address);
  const deployment = await deploy(sender, hre.artifacts, options);
  const { exchange } = deployment;
  const handles = connect(exchange, admin);
  return {
    ...handles,
    connection,
    exchange,
    pool: poolOf(deployment),
    admin,
    trader: async (quote) => {
      const signer = others.shift();
      if (signer === undefined) throw new Error("no signer is left");
      const own = connect(exchange, signer);
      await own.clearingHouse.openAccount(0);
      const account = await own.clearingHouse.accountOf(signer.address, 0);
      await own.quoteToken.approve(exchange.contracts.clearingHouse.address, (1n << 256n) - 1n);
      await own.quoteToken.mint(signer.address, quote * 10n ** 6n);
      if (quote > 0n) await own.clearingHouse.deposit(account, quote * 10n ** 6n);
      return { ...own, signer, account };
    },
    report: async (price) => {
      await handles.feed.report(BigInt(Math.round(price * 1e8)));
    },
  };
}
