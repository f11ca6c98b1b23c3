import type { Identity, Intent } from "../agents/agent.js";
import { deployExchange, type DeploymentOptions, poolOf } from "../deployment/deploy.js";
import { PoolMarket } from "../spot/pool.js";
import { toTokens, toWad } from "../units.js";
import type { Call } from "../venues/venue.js";
import { CrossfireVenue } from "../venues/crossfire.js";
import { Chain } from "../world/chain.js";
import { OrderIndex } from "../world/orders.js";
import { World } from "../world/world.js";
import type { Host } from "./scenario.js";

/** Somebody who is to take part, and the money it brings. All quote and spot amounts are decimal numbers. */
export interface Participant {
  readonly name: string;
  /** Deposited on the venue. */
  readonly margin: number;
  /** Kept in the wallet, for spot and for vaults. */
  readonly walletQuote?: number;
  readonly walletSpot?: number;
  /** Trades in the spot pool. */
  readonly trades?: "spot";
}

/** A world with everybody's account open and funded, and nobody acting yet. */
export interface Assembly {
  readonly world: World;
  /** A participant by name. */
  readonly of: (name: string) => Identity;
}

/** A set-up transaction and whom it is for. */
type Preparation = Intent & { readonly agent: string };

/** Deployment and set-up take less than this, seconds: a chain begins so long before the first price of its story. */
export const LEAD = 3_000;

/** How many set-up transactions go into one block. */
const BATCH = 400;

/** Seconds the spot pool is left alone before anything else, so that its average has a history. */
const SETTLING = 120;

/** Builds a chain with the exchange on it and opens and funds everybody's account. */
export async function assemble(
  host: Host,
  seed: number,
  participants: readonly Participant[],
  deployment: DeploymentOptions,
  start: number,
): Promise<Assembly> {
  const chain = await Chain.create(host.network, seed, participants.length + 1, start);
  const [deployerAddress, ...wallets] = chain.addresses;
  if (deployerAddress === undefined) throw new Error("a chain without accounts");
  const deployed = await deployExchange(chain.sender(deployerAddress), host.artifacts, deployment);
  const { exchange } = deployed;
  const orders = new OrderIndex();
  const venue = new CrossfireVenue(exchange, orders);
  const spot = await PoolMarket.of(chain, poolOf(deployed));
  const world = new World({ chain, exchange, venue, spot, seed, orders });
  await host.watch?.(world);

  const intents: Preparation[] = [];
  participants.forEach((participant, index) => {
    const wallet = wallets[index] ?? "";
    const say = (from: string, what: string, call: Call): void => {
      intents.push({ ...call, agent: participant.name, from, what });
    };
    const { quoteToken, spotToken } = exchange.contracts;
    const quote = toTokens(participant.margin) + toTokens(participant.walletQuote ?? 0);
    const mint = (token: typeof quoteToken, amount: bigint): Call => ({
      to: token.address,
      data: token.interface.encodeFunctionData("mint", [wallet, amount]),
    });
    say(deployerAddress, "mint", mint(quoteToken, quote));
    if (participant.walletSpot !== undefined) {
      say(deployerAddress, "mint", mint(spotToken, toWad(participant.walletSpot)));
    }
    say(wallet, "open account", venue.openAccount());
    if (participant.margin > 0) say(wallet, "approve", venue.approveQuote());
    if (participant.trades === "spot") {
      say(wallet, "approve", venue.approveSpot());
      for (const approval of spot.approvals()) say(wallet, "approve", approval);
    }
  });
  await send(world, intents);
  const accounts = await accountsOf(world, wallets);
  const deposits = participants.flatMap(({ name, margin }, index): Preparation[] => {
    const wallet = wallets[index] ?? "";
    const account = accounts[index] ?? 0;
    return margin > 0 ? [{ ...venue.deposit(account, margin), agent: name, from: wallet, what: "deposit" }] : [];
  });
  await send(world, deposits);
  await chain.mine(chain.timestamp + SETTLING);
  const identities = participants.map(
    ({ name }, index) => [name, { name, address: wallets[index] ?? "", account: accounts[index] ?? 0 }] as const,
  );
  return { world, of: finder(new Map(identities)) };
}

function finder(identities: ReadonlyMap<string, Identity>): Assembly["of"] {
  return (name) => {
    const identity = identities.get(name);
    if (identity === undefined) throw new RangeError(`${name} does not take part`);
    return identity;
  };
}

async function send(world: World, intents: readonly Preparation[]): Promise<void> {
  for (let from = 0; from < intents.length; from += BATCH) await world.prepare(intents.slice(from, from + BATCH));
}

async function accountsOf(world: World, wallets: readonly string[]): Promise<number[]> {
  const { address, interface: abi } = world.exchange.contracts.clearingHouse;
  const accounts: number[] = [];
  for (const wallet of wallets) {
    const answer = await world.chain.call(address, abi.encodeFunctionData("accountOf", [wallet, 0]));
    accounts.push(Number(answer));
  }
  return accounts;
}
