import { fromWad } from "../units.js";
import type { Stage } from "./stage.js";
import type { Wallet } from "./wallet.js";

/** Follows what backstop and insurance fund lose by a story, and what is deleveraged of those who gain. Quote, decimal. */
export class Backers {
  readonly #stage: Stage;
  readonly #winners: readonly Wallet[];
  readonly #start: { readonly vault: number; readonly fund: number; readonly size: number };
  #vaultLoss = 0;
  #insured = 0;
  #lost = 0;

  /** Measures from the state after the last block. */
  constructor(stage: Stage, winners: readonly Wallet[]) {
    this.#stage = stage;
    this.#winners = winners;
    const size = winners.reduce((sum, { position }) => sum + Math.abs(position), 0);
    this.#start = { vault: this.#vault(), fund: this.#fund(), size };
  }

  /** Takes in the last block. */
  look(): void {
    const [vault, fund] = [this.#start.vault - this.#vault(), this.#start.fund - this.#fund()];
    this.#vaultLoss = Math.max(this.#vaultLoss, vault);
    this.#insured = Math.max(this.#insured, fund);
    this.#lost = Math.max(this.#lost, vault + fund);
  }

  /** Most the backstop was down. */
  get vaultLoss(): number {
    return this.#vaultLoss;
  }

  /** Most the insurance fund was down. */
  get insured(): number {
    return this.#insured;
  }

  /** Most both were down together. */
  get lost(): number {
    return this.#lost;
  }

  /** Of the winners' positions at the start, what has been deleveraged; 0 if they had none. */
  get deleveraged(): number {
    const { deleveraged } = this.#stage.view;
    const torn = this.#winners.reduce((sum, { account }) => sum + fromWad(deleveraged.get(account) ?? 0n), 0);
    return this.#start.size === 0 ? 0 : Math.abs(torn) / this.#start.size;
  }

  /** The vault's equity: an account that owes more than it has costs it what it was given. */
  #vault(): number {
    const { accounts } = this.#stage.exchange;
    return Math.max(0, this.#equity(accounts.backstopVault)) + Math.max(0, this.#equity(accounts.backstopInventory));
  }

  #fund(): number {
    return this.#equity(this.#stage.exchange.accounts.insuranceFund);
  }

  #equity(account: number): number {
    return fromWad(this.#stage.view.accounts.get(account)?.equity ?? 0n);
  }
}
