import { abs, max, positive } from "../model/arithmetic.js";
import { HOUSE_POOL } from "../model/house-pool.js";
import { BACKSTOP } from "../model/vault.js";
import { maxRedeem, requestOf, sharesOf, supplyOf, totalAssets, type Vault } from "../model/vault-shares.js";
import type { Command } from "./commands.js";
import { type Ground, part, type Step } from "./ground.js";
import { request, shares } from "./situations.js";
import { MARKETS } from "./world.js";

/** The life of vault shares, and what the backstop does of its own. */
export function* planVault(ground: Ground, command: Command): Generator<Step> {
  const vault = "house" in command && command.house ? HOUSE_POOL : BACKSTOP;
  const contract = vault === HOUSE_POOL ? "housePool" : "backstopVault";
  const own = shareholder(ground, vault, command);
  const say = (method: string, ...args: unknown[]): Step => ground.call(own, contract, method, ...args);
  switch (command.type) {
    case "vaultDeposit": {
      const assets = BigInt(command.cents) * 1_000n;
      yield command.mint ? say("mint", assets * 1_000_003n, own) : say("deposit", assets, own);
      return;
    }
    case "vaultRequest":
      yield* shares(ground, vault, contract, own);
      yield say("requestRedeem", part(sharesOf(ground.state, vault, own), command.share));
      return;
    case "vaultCancel":
      yield* request(ground, vault, contract, own);
      yield say("cancelRequest");
      return;
    case "vaultRedeem": {
      yield* request(ground, vault, contract, own);
      const { readyAt, shares } = requestOf(ground.state, vault, own);
      const missing = shares === 0n ? 0n : positive(readyAt - ground.state.now);
      // Fresh prices, or the redemption would fail for want of one.
      if (missing !== 0n) {
        for (const market of MARKETS) yield* ground.report(market, 0, -1, market === 0 ? Number(missing) : 0);
      }
      const most = maxRedeem(ground.state, vault, own);
      const wanted = part(most, command.share);
      const assets = (wanted * (totalAssets(ground.state, vault) + 1n)) / (supplyOf(ground.state, vault) + 10n ** 6n);
      yield command.withdraw ? say("withdraw", assets, own, own) : say("redeem", wanted, own, own);
      return;
    }
    case "vaultTransfer":
      yield* shares(ground, vault, contract, own);
      yield say("transfer", ground.address(command.to), part(sharesOf(ground.state, vault, own), command.share));
      return;
    case "unwind":
      yield* unwind(ground, command);
      return;
    case "sync":
      yield say("sync", command.market);
      return;
    case "capital":
      yield say(command.recall ? "recall" : "allot", command.market, BigInt(command.cents) * 10n ** 15n);
      return;
    default:
  }
}

/** Inventory of the backstop's back to the book: to somebody's order for as much, if there is any inventory. */
function* unwind(ground: Ground, { market, share }: Extract<Command, { type: "unwind" }>): Generator<Step> {
  const inventory = (of: number): bigint => ground.heldBy(ground.state.exposures.get(of).account, of).size;
  const held = inventory(market) === 0n ? (MARKETS.find((other) => inventory(other) !== 0n) ?? market) : market;
  const size = inventory(held);
  const order = { market: held, buy: size > 0n, kind: 0, reduceOnly: false, off: 0, share, makers: 0, caller: 6 };
  if (size !== 0n)
    yield ground.book(share, "place", ground.account(share), ground.request({ ...order, who: share }, share));
  yield ground.call(ground.world.admin, "backstopVault", "unwind", held, part(max(abs(size), 100n), share));
}

/** Who acts on the vault: the one named, or somebody who has what it takes. */
function shareholder(ground: Ground, vault: Vault, command: Command): string {
  const { state } = ground;
  const named = "who" in command ? ground.address(command.who) : ground.world.admin;
  const able = (wallet: string): boolean =>
    command.type === "vaultRequest" || command.type === "vaultTransfer"
      ? sharesOf(state, vault, wallet) !== 0n
      : (command.type !== "vaultRedeem" && command.type !== "vaultCancel") ||
        requestOf(state, vault, wallet).shares !== 0n;
  return able(named) ? named : (ground.world.traders.map(({ address }) => address).find(able) ?? named);
}
