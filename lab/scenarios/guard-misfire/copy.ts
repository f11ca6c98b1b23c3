import { AbiCoder, keccak256, toBeHex } from "ethers";

import type { Stage } from "../../attack/stage.js";
import type { Wallet } from "../../attack/wallet.js";
import { abs, fromWad } from "../../units.js";
import type { Call } from "../../venues/venue.js";
import type { Block } from "../../world/chain.js";
import { ask, type RawLog } from "../../world/provider.js";

const BLOCK = 12;
const WORD = 66;

/** Variables of the ledger are looked for in this many slots of its storage. */
const SLOTS = 64;

/** A market's funding index is the low half of the first slot of its state. */
const INDEX_BITS = 128;

/** A copy of the chain for what the story is not to know of: nothing done to it lasts. */
export class ChainCopy {
  readonly #stage: Stage;
  readonly #keeper: Wallet;
  readonly #holders: readonly Wallet[];

  constructor(stage: Stage, keeper: Wallet, holders: readonly Wallet[]) {
    [this.#stage, this.#keeper, this.#holders] = [stage, keeper, holders];
  }

  /** Does something to a copy of the chain and then forgets it. */
  async trying<Result>(attempt: () => Promise<Result>): Promise<Result> {
    const { chain } = this.#stage.world;
    const moment = await chain.snapshot();
    try {
      return await attempt();
    } finally {
      await chain.revert(moment);
    }
  }

  /** What a keeper, who tries everybody for some blocks, liquidates of a copy that was changed; quote at the reference. */
  liquidated(change: () => Promise<void>, blocks: number): Promise<number> {
    return this.trying(async () => {
      await change();
      const attempts = this.#holders.map((holder) => this.#keeper.liquidate(holder));
      let closed = 0n;
      for (let block = 0; block < blocks; block++) {
        const { receipts } = await this.mine(this.#keeper.address, ...attempts);
        for (const { logs } of receipts) for (const log of logs) closed += this.#closed(log);
      }
      return fromWad(closed) * this.#stage.reference;
    });
  }

  /** Mines somebody's calls into the next block; they may fail. */
  async mine(from: string, ...calls: readonly Call[]): Promise<Block> {
    const { chain } = this.#stage.world;
    for (const { to, data } of calls) await chain.submit({ from, to, data });
    return chain.mine(chain.timestamp + BLOCK);
  }

  /** Base that a liquidation closed, if the log is of one; not read from the ledger, for there may be no price to read it at. */
  #closed({ address, topics, data }: RawLog): bigint {
    const { liquidationEngine } = this.#stage.exchange.contracts;
    if (address.toLowerCase() !== liquidationEngine.address.toLowerCase()) return 0n;
    const event = liquidationEngine.interface.parseLog({ topics, data });
    return event?.name === "Liquidation" ? abs(event.args.getValue("size") as bigint) : 0n;
  }
}

/** Writes another program over the index: one that passes on a number, WAD, as a VALID price, whatever it is. */
export async function passOn(stage: Stage, price: bigint): Promise<void> {
  const { provider, timestamp } = stage.world.chain;
  const { address } = stage.exchange.contracts.indexOracle;
  const { address: program } = await stage.deploy("HostileFeed");
  await ask(provider, "hardhat_setCode", address, await ask(provider, "eth_getCode", program, "latest"));
  const answer = AbiCoder.defaultAbiCoder()
    .encode(["uint256[4]"], [[price, 0n, BigInt(timestamp), 0n]])
    .slice(2);
  // Its first variable says that it answers; the second is the length of the answer, which lies elsewhere.
  await write(stage, address, 0n, 0n);
  await write(stage, address, 1n, BigInt(answer.length) + 1n);
  const place = BigInt(keccak256(toBeHex(1, 32)));
  for (let word = 0n; word < 4n; word++) {
    const at = Number(word) * (WORD - 2);
    await write(stage, address, place + word, BigInt(`0x${answer.slice(at, at + WORD - 2)}`));
  }
}

/** The market's funding index as the ledger last wrote it, quote per base, 1e-27. */
export async function fundingIndex(stage: Stage): Promise<bigint> {
  const { clearingHouse } = stage.exchange.contracts;
  const state = (await stage.read(clearingHouse, "marketState", stage.exchange.market)) as { fundingIndex: bigint };
  return state.fundingIndex;
}

/** Writes another funding index into the ledger's storage. There is no call that does. */
export async function overwriteFunding(stage: Stage, index: bigint): Promise<void> {
  const { address } = stage.exchange.contracts.clearingHouse;
  const place = await placeOfState(stage);
  const word = await read(stage, address, place);
  const rest = (word >> BigInt(INDEX_BITS)) << BigInt(INDEX_BITS);
  await write(stage, address, place, rest | BigInt.asUintN(INDEX_BITS, index));
}

/** Where the ledger keeps the market's state: the mapping whose entry says what the ledger says of it. */
async function placeOfState(stage: Stage): Promise<bigint> {
  const { contracts, market } = stage.exchange;
  const { clearingHouse } = contracts;
  const state = (await stage.read(clearingHouse, "marketState", market)) as Record<string, bigint>;
  const { fundingIndex: index = 0n, fundingAt = 0n, initialRate = 0n } = state;
  const told = BigInt.asUintN(INDEX_BITS, index) | (fundingAt << 128n) | (initialRate << 160n);
  const mask = (1n << 224n) - 1n;
  for (let slot = 0; slot < SLOTS; slot++) {
    const key = AbiCoder.defaultAbiCoder().encode(["uint8", "uint256"], [market, slot]);
    const place = BigInt(keccak256(key));
    if (((await read(stage, clearingHouse.address, place)) & mask) === told) return place;
  }
  throw new Error("the ledger keeps the market's state where nobody looked");
}

async function read(stage: Stage, address: string, place: bigint): Promise<bigint> {
  return BigInt(
    await ask<string>(stage.world.chain.provider, "eth_getStorageAt", address, toBeHex(place, 32), "latest"),
  );
}

async function write(stage: Stage, address: string, place: bigint, word: bigint): Promise<void> {
  const { provider } = stage.world.chain;
  await ask(provider, "hardhat_setStorageAt", address, toBeHex(place, 32), toBeHex(word, 32));
}
