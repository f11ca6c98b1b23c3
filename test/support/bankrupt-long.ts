import type { LedgerFixture } from "./ledger.js";
import { loadLedger, MARKET, START, WAD } from "./ledger.js";

type Signer = LedgerFixture["alice"];

/**
 * Bob, with 250, is about to go bankrupt on a long of 1 @ 2,000, which `enter` gives him and `leave` takes away. Alice, rich, is the
 * other long. Shorts are added by `short`.
 */
export async function bankruptLong() {
  const fixture = await loadLedger();
  const { house, engine, open, meet, setPrice, alice, bob } = fixture;
  const victim = await open(bob, 250);
  const rich = await open(alice, 1_000_000);

  /** A short of `size` sold to the rich long at `price`; the mark stays there. */
  async function short(owner: Signer, size: bigint, price = START, margin = 10_000, subaccount = 0): Promise<bigint> {
    const account = await open(owner, margin, subaccount);
    await setPrice({ mark: price });
    await meet(rich, account, size, price);
    return account;
  }
  /** The victim takes its long from the rich one's, so that open interest stays balanced. */
  async function enter(): Promise<void> {
    await setPrice({});
    await meet(victim, rich, WAD);
  }
  const deleverage = (price: bigint, deficit = 0n, size = WAD, tranches = 32n) =>
    house.connect(engine).deleverage(victim, MARKET, size, price, deficit, tranches);
  const preview = (price: bigint, deficit = 0n, size = WAD, tranches = 32n) =>
    house.connect(engine).deleverage.staticCall(victim, MARKET, size, price, deficit, tranches);
  /** Somebody else takes the victim's position over, so that only a deficit is left. */
  const leave = () => house.connect(engine).transferPosition(victim, rich, MARKET, WAD, START, 0n, false);
  return { ...fixture, victim, rich, short, enter, leave, deleverage, preview };
}
