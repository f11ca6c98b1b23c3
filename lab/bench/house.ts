import { HousePool__factory } from "../../typechain-types/index.js";
import { WAD } from "../units.js";
import { done, type Rig } from "./rig.js";

const ANY_PRICE = 2n ** 255n;

/** Gas of a trade against the house pool that adds to its inventory, and of one that takes it off, in used tranches. */
export async function benchHouse(rig: Rig): Promise<void> {
  const { house } = rig.deployment.exchange;
  if (house === undefined) throw new Error("a deployment without a house pool");
  const trader = await rig.trader();
  await done(trader.clearingHouse.setOperator(trader.account, house.pool.address, true));
  const pool = HousePool__factory.connect(house.pool.address, trader.orderBook.runner);
  await rig.aside(async () => {
    await done(pool.trade(trader.account, 0, true, WAD, ANY_PRICE, false));
    await rig.pass(60);
    await rig.measure("house-open", () => pool.trade(trader.account, 0, true, WAD, ANY_PRICE, false));
    await rig.measure("house-close", () => pool.trade(trader.account, 0, false, WAD, 0n, true));
  });
}
