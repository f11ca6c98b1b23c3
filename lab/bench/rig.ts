import type { Contract, ContractTransactionResponse, Signer } from "ethers";
import type { NetworkHelpers } from "@nomicfoundation/hardhat-network-helpers/types";
import { Contract as EthersContract } from "ethers";

import type { Deployment } from "../deployment/deploy.js";
import type { Contracts } from "../deployment/exchange.js";
import { WAD } from "../units.js";

/** Names of the exchange's contracts in a deployment. */
export type ContractName = keyof Contracts;

/** A trader of the bench: a signer and its ledger account. */
export interface Trader {
  readonly signer: Signer;
  readonly account: bigint;
}

/** What the bench trades at to begin with, quote per base, WAD: the deployment's start price. */
export const START = 4_000n * WAD;

/** The order kinds of the book by number. */
export const KIND = { limit: 0, postOnly: 1, immediateOrCancel: 2, fillOrKill: 3, market: 4 };

/** A deployed exchange, signers with money, and gas used by single transactions. */
export class Rig {
  readonly deployment: Deployment;
  readonly governor: Signer;
  readonly gas: Record<string, number> = {};
  readonly #signers: Signer[];
  readonly #helpers: NetworkHelpers;

  constructor(deployment: Deployment, signers: readonly Signer[], helpers: NetworkHelpers) {
    const [governor, ...rest] = signers;
    if (governor === undefined) throw new Error("the bench needs signers");
    this.deployment = deployment;
    this.governor = governor;
    this.#signers = rest;
    this.#helpers = helpers;
  }

  /** A contract of the deployment, spoken to by a signer. */
  at(name: ContractName, signer: Signer = this.governor): Contract {
    const { address, interface: abi } = this.deployment.exchange.contracts[name];
    return new EthersContract(address, abi, signer);
  }

  /** A new trader with that many quote tokens in its account. */
  async trader(quote = 1_000_000n): Promise<Trader> {
    const signer = this.#signers.shift();
    if (signer === undefined) throw new Error("the bench has run out of signers");
    const address = await signer.getAddress();
    const ledger = this.at("clearingHouse", signer);
    await done(ledger.openAccount(0));
    const account = (await ledger.accountOf(address, 0)) as bigint;
    const tokens = quote * 1_000_000n;
    await done(this.at("quoteToken", signer).mint(address, 10n * tokens));
    await done(this.at("quoteToken", signer).approve(await ledger.getAddress(), 2n ** 255n));
    await done(ledger.deposit(account, tokens));
    return { signer, account };
  }

  /** Several new traders. */
  async traders(count: number, quote?: bigint): Promise<Trader[]> {
    const traders: Trader[] = [];
    for (let i = 0; i < count; i++) traders.push(await this.trader(quote));
    return traders;
  }

  /** Places an order; size in WAD. */
  async place(trader: Trader, buy: boolean, price: bigint, size: bigint, kind = KIND.limit): Promise<ContractTransactionResponse> {
    const request = { market: 0, buy, kind, reduceOnly: false, maxMakers: 0, price, size };
    return (await this.at("orderBook", trader.signer).place(trader.account, request)) as ContractTransactionResponse;
  }

  /** Reports a new outside price and lets the mark catch up with it. */
  async movePrice(price: bigint): Promise<void> {
    await done(this.at("feed").report(price / 10n ** 10n));
    await this.pass(60);
  }

  /** Lets time pass and brings the mark up to date. */
  async pass(seconds: number): Promise<void> {
    await this.#helpers.time.increase(seconds);
    await done(this.at("feed").report(await this.#answer()));
    await this.refresh();
  }

  /** Brings the mark up to date, as the first transaction of a block does. */
  async refresh(): Promise<ContractTransactionResponse> {
    return (await this.at("markPrice").priceFor(0, 1)) as ContractTransactionResponse;
  }

  /**
   * Records the gas of one transaction sent in the same second as a price refresh, so that the figure does not depend on who
   * comes first in a block; what the first pays on top is a row of its own. The state is as before afterwards.
   */
  async measure(key: string, act: () => Promise<unknown>): Promise<number> {
    const snapshot = await this.#helpers.takeSnapshot();
    await done(this.refresh());
    await this.#helpers.time.setNextBlockTimestamp(await this.#helpers.time.latest());
    const used = Number((await done(act())).gasUsed);
    this.gas[key] = used;
    await snapshot.restore();
    return used;
  }

  /** Runs something on the present state and returns to it afterwards. */
  async aside(act: () => Promise<void>): Promise<void> {
    const snapshot = await this.#helpers.takeSnapshot();
    await act();
    await snapshot.restore();
  }

  async #answer(): Promise<bigint> {
    const round = (await this.at("feed").latestRoundData()) as bigint[];
    return round[1] ?? 0n;
  }
}

/** Waits for a transaction and fails if it failed. */
export async function done(sent: Promise<unknown> | undefined): Promise<{ gasUsed: bigint }> {
  const response = (await sent) as ContractTransactionResponse;
  const receipt = await response.wait();
  if (receipt === null) throw new Error("a transaction was not mined");
  return receipt;
}
