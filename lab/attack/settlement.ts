import type { Deployed } from "../deployment/artifacts.js";
import { abs, fromWad, toWad, WAD } from "../units.js";
import type { World } from "../world/world.js";
import type { GasPrice } from "./scenario.js";
import type { Wallet } from "./wallet.js";

/** What everything came to, in quote. */
export interface Settlement {
  /** What the attacker's wallets gained, everything counted: tokens, claims that are still locked, gas. */
  readonly attackerNet: number;
  /** What each other group paid for it; negative where it received. The sum is the attacker's net. */
  readonly paidBy: Readonly<Record<string, number>>;
  /** Gas of the attacker's transactions, quote; in its net already. */
  readonly attackerGas: number;
  /** What the sum is off by: rounding. */
  readonly residual: number;
}

/** The money does not add up: somebody holds tokens that nobody counted. */
export class Unbalanced extends Error {}

/** Tokens and claims on tokens, WAD. Claims count positions and pending settlement. */
interface Holding {
  quote: bigint;
  base: bigint;
}

/** What the rounding of a transaction may come to, quote, WAD: a smallest unit of the token. */
const DUST = 10n ** 12n;

/** One smallest unit of the quote token, WAD. */
const QUOTE_UNIT = 10n ** 12n;

/**
 * Who had what, and who has what. Base counts at one price, the reference of the end, both before and after, so that a price that
 * moves elsewhere is nobody's gain here. An account that owes more than it has is worth nothing to its owner; what it lacks
 * is `unpaid`: nobody has borne it yet.
 */
export class Accounting {
  readonly #world: World;
  readonly #wallets: readonly Wallet[];
  readonly #lenders: readonly Deployed[];
  readonly #deployer: string;
  readonly #pool: string | undefined;
  readonly #endowed = new Map<string, Holding>();
  readonly #gas = new Map<string, number>();

  /** Keeps the lists it is given: wallets and lenders that come later are seen. */
  constructor(parts: {
    readonly world: World;
    readonly wallets: readonly Wallet[];
    readonly lenders: readonly Deployed[];
    readonly deployer: string;
    readonly pool: string | undefined;
  }) {
    this.#world = parts.world;
    this.#wallets = parts.wallets;
    this.#lenders = parts.lenders;
    this.#deployer = parts.deployer;
    this.#pool = parts.pool;
  }

  /** Counts what everybody has before the story. */
  async open(): Promise<void> {
    for (const [group, held] of await this.#holdings(0n)) this.#endow(group, held.quote, held.base);
  }

  /** Counts what a group was given: decimal, quote and base. */
  endow(group: string, quote: number, base: number): void {
    this.#endow(group, toWad(quote), toWad(base));
  }

  /** Counts gas a wallet has spent. */
  spent(wallet: string, gas: number): void {
    this.#gas.set(wallet, (this.#gas.get(wallet) ?? 0) + gas);
  }

  /** What a group was given, in quote at a price. */
  endowment(group: string, price: number): number {
    const given = this.#endowed.get(group);
    return given === undefined ? 0 : fromWad(given.quote + (given.base * toWad(price)) / WAD);
  }

  /** What everybody gained or paid since the beginning, and whether it adds up. */
  async settle(price: number, gasPrice: GasPrice, transactions: number): Promise<Settlement> {
    const reference = toWad(price);
    const now = await this.#holdings(reference);
    const gains = new Map<string, bigint>();
    for (const group of new Set([...this.#endowed.keys(), ...now.keys()])) {
      const [before, after] = [this.#endowed.get(group) ?? none(), now.get(group) ?? none()];
      gains.set(group, after.quote - before.quote + ((after.base - before.base) * reference) / WAD);
    }
    const left = [...gains.values()].reduce((total, gain) => total + gain, 0n);
    const dust = DUST * BigInt(transactions + 1_000);
    if (abs(left) > dust) throw new Unbalanced(`gains of all groups come to ${fromWad(left)}: ${told(gains)}`);
    return this.#settled(gains, gasPrice, left);
  }

  #settled(gains: ReadonlyMap<string, bigint>, gasPrice: GasPrice, left: bigint): Settlement {
    const cost = gasPrice.gwei * 1e-9 * gasPrice.native;
    const gasOf = (group: string): number =>
      this.#wallets
        .filter((wallet) => wallet.group === group)
        .reduce((sum, { name }) => sum + (this.#gas.get(name) ?? 0) * cost, 0);
    const groups = [...gains.keys()].filter((group) => group !== "attacker");
    const paidBy = Object.fromEntries(
      groups
        .map((group) => [group, -fromWad(gains.get(group) ?? 0n) + gasOf(group)] as const)
        .filter(([, paid]) => Math.abs(paid) >= 5e-7),
    );
    const all = [...new Set(this.#wallets.map(({ group }) => group))].reduce((sum, group) => sum + gasOf(group), 0);
    const attackerGas = gasOf("attacker");
    return {
      attackerNet: fromWad(gains.get("attacker") ?? 0n) - attackerGas,
      paidBy: { ...paidBy, ...(all === 0 ? {} : { gas: -all }) },
      attackerGas,
      residual: fromWad(left),
    };
  }

  #endow(group: string, quote: bigint, base: bigint): void {
    const given = this.#endowed.get(group) ?? none();
    this.#endowed.set(group, { quote: given.quote + quote, base: given.base + base });
  }

  /** Everybody's tokens and claims now. */
  async #holdings(reference: bigint): Promise<Map<string, Holding>> {
    const holdings = new Map<string, Holding>();
    const add = (group: string, quote: bigint, base = 0n): void => {
      const held = holdings.get(group) ?? none();
      holdings.set(group, { quote: held.quote + quote, base: held.base + base });
    };
    const tokens = async (group: string, address: string): Promise<void> => {
      const [quote, base] = await this.#tokens(address);
      add(group, quote, base);
    };
    await this.#claims(reference, add);
    for (const wallet of this.#wallets) await tokens(wallet.group, wallet.address);
    for (const lender of this.#lenders) await tokens("lender", lender.address);
    if (this.#pool !== undefined) await tokens("pool", this.#pool);
    const { contracts, house } = this.#world.exchange;
    if (house !== undefined) await tokens("house", house.pool.address);
    await tokens("backstop", contracts.backstopVault.address);
    await tokens("insurance", contracts.insuranceFund.address);
    await tokens("deployer", this.#deployer);
    await this.#shares(holdings, "backstop", contracts.backstopVault, reference);
    if (house !== undefined) await this.#shares(holdings, "house", house.pool, reference);
    return holdings;
  }

  /** Claims on the ledger, and what the ledger has against them. */
  async #claims(reference: bigint, add: (group: string, quote: bigint, base?: bigint) => void): Promise<void> {
    const rows = await this.#world.accountsNow();
    const groups = this.#groups();
    for (const row of rows) {
      const claim = row.cash + row.pending + row.quote + (row.size * reference) / WAD;
      const worth = claim + (row.spot * reference) / WAD;
      const group = groups.get(row.account) ?? "others";
      if (worth >= 0n) add(group, claim, row.spot);
      // Its owner walks away: spot and debt together are worth less than nothing.
      else add("unpaid", worth);
    }
    add("treasury", await this.#world.feesAccrued());
    add("socialised", -(await this.#world.lens.market()).socialisedLoss);
  }

  #groups(): Map<number, string> {
    const { treasury, insuranceFund, backstopVault, backstopInventory } = this.#world.exchange.accounts;
    const { house } = this.#world.exchange;
    return new Map([
      ...(house === undefined ? [] : [[house.account, "house"] as const]),
      [treasury, "treasury"],
      [insuranceFund, "insurance"],
      [backstopVault, "backstop"],
      [backstopInventory, "backstop"],
      ...this.#wallets.map(({ account, group }) => [account, group] as const),
    ]);
  }

  /** Moves what wallets hold of a vault's shares from the vault to their groups. */
  async #shares(holdings: Map<string, Holding>, name: string, vault: Deployed, reference: bigint): Promise<void> {
    const held = holdings.get(name) ?? none();
    const value = held.quote + (held.base * reference) / WAD;
    const supply = await this.#read(vault, "totalSupply");
    if (supply === 0n || value <= 0n) return;
    for (const { address, group } of this.#wallets) {
      const share = (value * (await this.#read(vault, "balanceOf", address))) / supply;
      if (share === 0n) continue;
      held.quote -= share;
      const own = holdings.get(group) ?? none();
      holdings.set(group, { ...own, quote: own.quote + share });
    }
    holdings.set(name, held);
  }

  async #tokens(address: string): Promise<[quote: bigint, base: bigint]> {
    const { contracts, settings } = this.#world.exchange;
    const quote = await this.#read(contracts.quoteToken, "balanceOf", address);
    const base = await this.#read(contracts.spotToken, "balanceOf", address);
    return [quote * QUOTE_UNIT, base * 10n ** BigInt(18 - settings.base.decimals)];
  }

  async #read(contract: Deployed, method: string, ...args: readonly unknown[]): Promise<bigint> {
    const data = contract.interface.encodeFunctionData(method, args);
    return BigInt(await this.#world.chain.call(contract.address, data));
  }
}

function none(): Holding {
  return { quote: 0n, base: 0n };
}

function told(gains: ReadonlyMap<string, bigint>): string {
  return [...gains].map(([group, gain]) => `${group} ${fromWad(gain)}`).join(", ");
}
