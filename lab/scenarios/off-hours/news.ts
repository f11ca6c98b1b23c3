import type { Stage } from "../../attack/stage.js";
import type { Wallet } from "../../attack/wallet.js";
import { fromWad } from "../../units.js";
import { CLOSE, Delays, HELD, heldSeconds, HOUR, LIQUIDATED, PRICE, REOPENING, Watch, worthAt } from "./weekend.js";

/** What fund and backstop had at the start, quote. */
export interface Funds {
  readonly insurance: number;
  readonly backstop: number;
}

/** What a weekend with news came to, by the scenario's figures. */
export interface News {
  readonly fall: number;
  readonly indexFall: number;
  readonly delay: number | null;
  readonly settled: number | null;
  readonly badDebt: number;
  readonly blocked: number;
  readonly stuck: number;
  readonly held: number;
}

/** The price falls at the weekend, everybody knows it, and the market it is made in is closed. */
export async function news(stage: Stage, gap: number, funds: Funds, longs: readonly Wallet[]): Promise<News> {
  const friday = stage.wallets.find(({ name }) => name === "Friday's makers");
  const makers = await stage.wallet("makers", { group: "makers", margin: 5 * LIQUIDATED });
  const leaver = await stage.wallet("somebody who closes", { group: "traders", margin: 100 * PRICE });
  const opener = await stage.wallet("somebody who opens", { group: "traders", margin: 100 * PRICE });
  await stage.act("somebody buys before the close", leaver.buy(60));
  if (friday !== undefined) await stage.act("Friday's makers go home", friday.quote());
  stage.maker(makers, { follows: "reference", size: LIQUIDATED / PRICE, spread: 0.0005, lifetime: "post-only" });
  const opened = stage.now;
  const watch = new Watch(stage);
  await watch.until(CLOSE, 300, "the last minutes of the week");
  stage.feeds.see(() => PRICE);
  const delays = new Delays(stage, longs);
  let [attempts, refused, stuck] = [0, 0, 0];
  while (stage.now < REOPENING - HOUR) {
    const now = stage.now + HOUR;
    await fall(stage, gap, now - 2 * stage.pace, delays);
    const before = leaver.position;
    await stage.attempt("somebody closes a part", leaver.sell(1, { reduceOnly: true }), ...HELD);
    const { ok } = await stage.attempt("somebody opens", opener.buy(1), ...HELD);
    attempts++;
    if (!ok) refused++;
    if (leaver.position === before) stuck++;
  }
  await fall(stage, gap, REOPENING, delays);
  stage.feeds.see(undefined);
  while (stage.now < REOPENING + 600) {
    await stage.wait(stage.pace, { sentence: "the futures open at the new price" });
    delays.look();
  }
  return {
    fall: 1 - stage.lowest("mark") / PRICE,
    indexFall: 1 - stage.lowest("index") / PRICE,
    delay: delays.longest,
    settled: delays.last === undefined ? null : delays.last - REOPENING,
    badDebt: borne(stage, funds),
    blocked: refused / attempts,
    stuck: stuck / attempts,
    held: (await heldSeconds(stage, opened)) / HOUR,
  };
}

/** Lets the reference fall from Sunday noon to 18:00 UTC, up to a time. */
async function fall(stage: Stage, gap: number, until: number, delays: Delays): Promise<void> {
  const [noon, evening] = [REOPENING - 11 * HOUR, REOPENING - 5 * HOUR];
  while (stage.now < until) {
    const step = Math.min(stage.now >= noon && stage.now < evening ? 300 : HOUR, until - stage.now);
    const share = Math.min(1, Math.max(0, (stage.now + step - noon) / (evening - noon)));
    stage.reference = PRICE * (1 - gap * share);
    await stage.wait(step, { pace: step, sentence: "the futures are closed, and the price falls" });
    delays.look();
  }
}

/** What fund and backstop have lost, and what nobody has paid. */
function borne(stage: Stage, { insurance, backstop }: Funds): number {
  const { insuranceFund, backstopVault, backstopInventory } = stage.exchange.accounts;
  const worth = (account: number): number => {
    const row = stage.view.accounts.get(account);
    return row === undefined ? 0 : worthAt(row, stage.reference);
  };
  const [fund, vault] = [worth(insuranceFund), worth(backstopVault) + worth(backstopInventory)];
  return Math.max(0, insurance - fund) + Math.max(0, backstop - vault) + fromWad(stage.view.market.socialisedLoss);
}
