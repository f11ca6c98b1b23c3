import type { Stage } from "../../attack/stage.js";
import type { Action, Wallet } from "../../attack/wallet.js";
import type { Deployed } from "../../deployment/artifacts.js";
import { abs, toWad } from "../../units.js";

/** More than any price. */
const ANY_PRICE = 2n ** 128n - 1n;

/** The house pool of the deployment. */
export function houseOf({ exchange }: Stage): Deployed {
  if (exchange.house === undefined) throw new Error("the deployment has no house");
  return exchange.house.pool;
}

/** Lets the house settle trades of the wallet's account. */
export function trusting(stage: Stage, wallet: Wallet): Action {
  const { clearingHouse } = stage.exchange.contracts;
  return wallet.call(clearingHouse, "setOperator", wallet.account, houseOf(stage).address, true);
}

/** A trade with the house at any price, in whole lots like the book's. */
export function deal(stage: Stage, wallet: Wallet, buy: boolean, size: number): Action {
  const { lotSize } = stage.exchange.parameters;
  const lots = toWad(size) / lotSize;
  return wallet.call(houseOf(stage), "trade", wallet.account, 0, buy, lots * lotSize, buy ? ANY_PRICE : 0n, false);
}

/** Gives the house all of a position back, to the wei. */
export function leaveTo(stage: Stage, wallet: Wallet): Action {
  const { size } = wallet.row;
  const buy = size < 0n;
  return wallet.call(houseOf(stage), "trade", wallet.account, 0, buy, abs(size), buy ? ANY_PRICE : 0n, true);
}
