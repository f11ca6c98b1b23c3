import { abs, WAD } from "../../units.js";
import { big, small } from "../../world/events.js";
import type { Check } from "../check.js";

const PPM = 1_000_000n;

/** Positions asked to close in every step. */
const SAMPLE = 2;

/** Kind of an order that takes what it can at any price in the band. */
const MARKET_ORDER = 4;

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
    const [last, { mark, index }] = [before.market.mark, view.market];
    if (last === 0n || index === 0n) return undefined;
    const { markBand, markSpeed } = world.exchange.parameters;
    const room = (last * BigInt(markSpeed) * BigInt(view.time - before.time)) / PPM;
    const moved = abs(mark - last);
    if (moved > room + 1n) return `mark moved ${moved} from ${last} with room for ${room}`;
    const outside = abs(mark - index) - (index * BigInt(markBand)) / PPM;
    if (outside > 1n && moved + 1n < room) return `mark ${mark} is ${outside} outside its band around ${index}`;
    return undefined;
  },
};

/** P14: a sample of solvent accounts could close their position now, or as much of it as the book takes. */
export const closingIsOpen: Check = {
  property: "P14",
  find: async ({ world, step: { view }, rng }) => {
    if (view.market.validity !== "VALID") return undefined;
    const open = world.agents.filter(({ account }) => {
      const row = view.accounts.get(account);
      return row !== undefined && abs(row.size) * view.market.mark > WAD * WAD && row.equity >= row.maintenance;
    });
    for (const { account, address } of rng.shuffle(open).slice(0, SAMPLE)) {
      const size = view.accounts.get(account)?.size ?? 0n;
      const { orderBook } = world.exchange.contracts;
      const request = {
        market: world.exchange.market,
        buy: size < 0n,
        kind: MARKET_ORDER,
        reduceOnly: true,
        maxMakers: 16,
        price: size < 0n ? HIGHEST_PRICE : 0n,
        size: abs(size),
      };
      try {
        await world.chain.call(
          orderBook.address,
          orderBook.interface.encodeFunctionData("place", [account, request]),
          address,
        );
      } catch (error) {
        return `account ${account} cannot close ${size}: ${error instanceof Error ? error.message : String(error)}`;
      }
    }
    return undefined;
  },
};
