import { abs, WAD } from "../../units.js";
import { big, small } from "../../world/events.js";
import type { World } from "../../world/world.js";
import type { Check } from "../check.js";

const PPM = 1_000_000n;

/** Positions asked to close in every step. */
const SAMPLE = 1;

/** Kinds of an order that takes what it can at any price in the band, and of one that rests. */
const MARKET_ORDER = 4;
const LIMIT_ORDER = 0;

const HIGHEST_PRICE = (1n << 128n) - 1n;

/** P11: after a withdrawal the account's cash still covers every bit of profit that has not matured. */
export const onlyMaturedLeaves: Check = {
  property: "P11",
  find: async ({ world, step }) => {
    const { address, interface: abi } = world.exchange.contracts.clearingHouse;
    for (const event of step.events) {
      if (event.name !== "Withdrawn") continue;
      const account = small(event, "account");
      const maturing = BigInt(await world.chain.call(address, abi.encodeFunctionData("maturing", [account])));
      const cash = step.view.accounts.get(account)?.cash ?? 0n;
      if (cash < maturing)
        return `account ${account} withdrew ${big(event, "amount")}: cash ${cash}, maturing ${maturing}`;
    }
    return undefined;
  },
};

/** P12: the mark moved no faster than its limit, and is in its band or on its way there as fast as it may. */
export const markKeepsItsLimits: Check = {
  property: "P12",
  find: ({ world, step: { before, view } }) => {
    const [last, { mark, index, validity }] = [before.market.mark, view.market];
    if (last === 0n || index === 0n) return undefined;
    const { markBand, markSpeed } = world.exchange.parameters;
    const room = (last * BigInt(markSpeed) * BigInt(view.time - before.time)) / PPM;
    const moved = abs(mark - last);
    if (moved > room + 1n) return `mark moved ${moved} from ${last} with room for ${room}`;
    // Without a usable index the mark is held, wherever it was on its way to.
    if (validity === "STALE" || validity === "INVALID") return undefined;
    const outside = abs(mark - index) - (index * BigInt(markBand)) / PPM;
    if (outside > 1n && moved + 1n < room) return `mark ${mark} is ${outside} outside its band around ${index}`;
    return undefined;
  },
};

/**
 * P14: a sample of solvent accounts could close their position now. Where the book is so thin that selling into it would leave
 * a worse margin ratio, which the ledger refuses, or collects for an auction, an order to close at the mark is taken instead.
 */
export const closingIsOpen: Check = {
  property: "P14",
  find: async ({ world, step: { view }, rng }) => {
    if (view.market.validity !== "VALID") return undefined;
    const open = world.holders.filter(({ account }) => {
      const row = view.accounts.get(account);
      return row !== undefined && abs(row.size) * view.market.mark > WAD * WAD && row.equity >= row.maintenance;
    });
    for (const { account, address } of rng.shuffle(open).slice(0, SAMPLE)) {
      const size = view.accounts.get(account)?.size ?? 0n;
      const atOnce = await refusal(world, account, address, size, {
        kind: MARKET_ORDER,
        price: size < 0n ? HIGHEST_PRICE : 0n,
      });
      if (atOnce === undefined) continue;
      const { tickSize } = world.exchange.parameters;
      const ticks = view.market.mark / tickSize + (size > 0n ? 1n : 0n);
      const atMark = await refusal(world, account, address, size, { kind: LIMIT_ORDER, price: ticks * tickSize });
      if (atMark !== undefined) return `account ${account} cannot close ${size}: ${atOnce}; at mark: ${atMark}`;
    }
    return undefined;
  },
};

/** Why an order to close the whole position would be refused; undefined if it would not. */
async function refusal(
  world: World,
  account: number,
  owner: string,
  size: bigint,
  terms: { readonly kind: number; readonly price: bigint },
): Promise<string | undefined> {
  const { orderBook } = world.exchange.contracts;
  const { market } = world.exchange;
  const request = { market, buy: size < 0n, reduceOnly: true, maxMakers: 16, size: abs(size), ...terms };
  try {
    await world.chain.call(
      orderBook.address,
      orderBook.interface.encodeFunctionData("place", [account, request]),
      owner,
    );
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
