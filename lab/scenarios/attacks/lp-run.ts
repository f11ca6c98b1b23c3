import { attack } from "../../attack/scenario.js";
import type { Stage } from "../../attack/stage.js";
import type { Wallet } from "../../attack/wallet.js";
import type { DeploymentOptions } from "../../deployment/options.js";
import type { Parameters, Values } from "../../scenario/parameters.js";
import { fromWad, WAD } from "../../units.js";

const PRICE = 4_000;

/** What everybody puts into the vault together, quote. */
const CAPITAL = 1_000_000;

/** What is allotted to the market; the rest is free, and all that can be redeemed at once. */
const ALLOTTED = 600_000;

/** The position the vault comes to hold, as a multiple of its capital: below five times what is allotted. */
const INHERITED = 2.5;

/** The fall that hands it over: enough for an account at the highest leverage to fall below two thirds of maintenance. */
const FIRST_FALL = 0.033;

const DAY = 86_400;

/** What the market may cost the vault: all that is allotted, at the usual leverage. */
const LIMITS = { notional: 5 * ALLOTTED, loss: ALLOTTED, window: DAY, leverage: 5_000_000 };

const shocks = {
  fall: {
    default: 0.12,
    low: 0.01,
    high: 0.25,
    unit: "share of the price",
    why: "What the vault's inventory falls by after the hand-over: BTC went from 116,830 to 102,497, 12 %, in half an hour of 10 October 2025.",
  },
  recovery: {
    default: 0.485,
    low: 0,
    high: 1,
    unit: "share of the fall",
    why: "BTC went from 102,497 to 109,450 in the next eight minutes: 48.5 % of the way back.",
  },
  delay: {
    default: 60,
    low: 12,
    high: 600,
    whole: true,
    unit: "seconds",
    why: "By how much the feed is behind the markets that provider watches.",
  },
} as const satisfies Parameters;

const assumptions = {
  share: {
    default: 0.35,
    low: 0.01,
    high: 0.39,
    unit: "share of the vault",
    why: "How much of the vault the provider who watches owns.",
  },
  standing: {
    default: 0,
    low: 0,
    high: 1,
    whole: true,
    unit: "1 for yes",
    why: "Whether it keeps a request open all the time, and the fall comes on the one day in four on which it can be redeemed.",
  },
} as const satisfies Parameters;

const parameters = { ...shocks, ...assumptions };
type Numbers = Values<typeof parameters>;

/** A provider who sees the loss coming leaves at the old price of a share, and comes back at the low. */
export const lpRun = attack({
  id: "lp-run",
  title: "Leaving the backstop ahead of its loss, and coming back behind it",
  base: "ETH",
  story:
    "The backstop has taken over a long position. Prices elsewhere fall further, and the feed has not said so yet. A provider who watches redeems at the share's old " +
    "price, waits for the loss to be booked to those who stayed, and buys back in before the recovery.",
  incident: [
    {
      what: "ETH, 12 March 2025: the vault took 160,234 ETH at about 1,915",
      value: "-4 M for the vault's providers, +1.86 M for the trader",
      source: "press and post-mortems",
    },
    {
      what: "BTC index, 20:50 to 21:20 and 21:28",
      value: "116,830, 102,497, 109,450",
      source: "Binance index, 10 October 2025",
    },
  ],
  actors: {
    "early provider":
      "Watches other markets. Asks for its money back as soon as they fall, and deposits again at the bottom.",
    "patient provider": "Stays.",
    trader: "At the highest leverage; falls below two thirds of maintenance and is handed over.",
    maker: "Takes the other side once, and then quotes no more.",
    liquidator: "Liquidates what falls below maintenance.",
  },
  shocks,
  assumptions,
  parameters,
  defences: [
    {
      layer: "vault-cooldown",
      here: "shares are redeemed three days after they were asked for, at the price of that day",
    },
  ],
  grid: { parameter: "fall", values: [0.02, 0.04, 0.08, 0.12, 0.16, 0.2] },
  figures: {
    inherited: { label: "Position the vault took over", unit: "quote" },
    shareFell: { label: "A share fell by", unit: "share" },
    earlyKept: { label: "Early provider has, of what it put in", unit: "share" },
    lateKept: { label: "Patient provider has, of what it put in", unit: "share" },
    early: { label: "Early less late", unit: "share" },
    locked: { label: "From asking to being paid", unit: "seconds" },
  },
  sources: [{ what: "Redemption by request and cooldown, at the price of the redemption", where: "docs/contracts.md" }],
  limits: [
    "Whoever keeps a request open all the time can leave on the one day in four on which it may be redeemed, until the feed has reported: run with standing=1. From then on nobody leaves while mark and index are more than a percent apart.",
    "Capital allotted to a market cannot be redeemed until governance recalls it: what leaves early is at most the vault's free part.",
    "The recovery is given. Without one the early provider avoids a loss and gains nothing.",
    "The vault sells nothing of its inventory meanwhile.",
  ],
  expectations: [
    { kind: "off", sentence: "leaving early and coming back pays", holds: ({ attackerNet }) => attackerNet > 0 },
    {
      kind: "off",
      sentence: "those who stay pay for it",
      holds: ({ paidBy }) => (paidBy.providers ?? 0) > 0,
    },
    { kind: "on", sentence: "the early provider has no gain", holds: ({ attackerNet }) => attackerNet <= 0 },
    {
      kind: "on",
      sentence: "early and patient provider are paid the same for a share, to a millionth",
      holds: ({ figures }) => Math.abs(figures.early ?? 1) < 1e-6,
    },
    {
      kind: "control",
      sentence: "a provider who wants to leave has its money in three days and an hour",
      holds: ({ figures }) => (figures.locked ?? Infinity) <= 3 * DAY + 3_600,
    },
  ],
  deployment: () => deployment(),
  play: async (stage, { values, honest, has }) => {
    const patient = await stage.wallet("patient provider", { group: "providers", quote: CAPITAL * (1 - values.share) });
    const early = await stage.wallet("early provider", {
      group: honest ? "providers" : "attacker",
      quote: CAPITAL * values.share,
    });
    await stage.wait(stage.pace, { sentence: "an empty market" });
    await stage.act("both put money into the backstop", join(stage, patient), join(stage, early));
    await stage.govern(vault(stage), "allot", stage.exchange.market, BigInt(ALLOTTED) * WAD);
    await stage.govern(vault(stage), "setLimits", stage.exchange.market, LIMITS);
    return honest ? leave(stage, early) : run(stage, values, early, patient, has("vault-cooldown"));
  },
});

const NOTHING = { inherited: null, shareFell: null, earlyKept: null, lateKept: null, early: null, locked: null };

function deployment(): DeploymentOptions {
  return {
    market: { startPrice: PRICE, maturity: 0 },
    backstop: 10,
    pool: false,
  };
}

async function run(stage: Stage, values: Numbers, early: Wallet, patient: Wallet, cooldown: boolean) {
  await handOver(stage);
  const inherited = fromWad(inventory(stage) ?? 0n) * stage.view.mark;
  const before = await worth(stage, early);
  const shares = await sharesOf(stage, early);
  if (values.standing === 1) {
    await stage.act("the early provider asks for its money back, as it always does", request(stage, early, shares));
    await stage.wait(3 * DAY + 60, { pace: 3_000, sentence: "three days go by" });
  }
  stage.feeds.report({ deviation: 0.0005, heartbeat: 3_000, delay: values.delay });
  stage.reference = PRICE * (1 - FIRST_FALL) * (1 - values.fall);
  await escape(stage, values, early, shares, cooldown);
  await stage.wait(values.delay + 300, { sentence: "the feed follows, and the loss is booked" });
  const fell = 1 - (await worth(stage, patient)) / (CAPITAL * (1 - values.share));
  await comeBack(stage, early);
  stage.reference = PRICE * (1 - FIRST_FALL) * (1 - values.fall * (1 - values.recovery));
  await stage.wait(values.delay + 300, { sentence: "prices recover in part" });
  if (cooldown && values.standing === 0) await leaveAfterAll(stage, early);
  const kept = [await worth(stage, early), await worth(stage, patient)] as const;
  const [earlyKept, lateKept] = [kept[0] / before, kept[1] / ((before / values.share) * (1 - values.share))];
  return { ...NOTHING, inherited, shareFell: fell, earlyKept, lateKept, early: earlyKept - lateKept };
}

/** A trader at the highest leverage is handed over to the vault. */
async function handOver(stage: Stage): Promise<void> {
  const size = (INHERITED * CAPITAL) / PRICE;
  const maker = await stage.wallet("maker", { group: "makers", margin: INHERITED * CAPITAL });
  const trader = await stage.wallet("trader", { group: "traders", margin: INHERITED * CAPITAL * 0.0415 });
  await stage.act("a maker offers", maker.ask(PRICE, size));
  await stage.act("a trader buys at the highest leverage", trader.buy(size));
  stage.liquidator(await stage.wallet("liquidator", { group: "keepers", margin: 1_000 }));
  stage.reference = PRICE * (1 - FIRST_FALL);
  await stage.wait(120, { sentence: "the price falls, and the vault takes the position over from the empty book" });
}

/** The provider tries to be out before the feed says what has happened. */
async function escape(stage: Stage, values: Numbers, early: Wallet, shares: bigint, cooldown: boolean): Promise<void> {
  if (values.standing === 0) {
    await stage.act("prices fall elsewhere: the early provider asks for its money back", request(stage, early, shares));
  }
  const redeem = early.call(vault(stage), "redeem", shares, early.address, early.address);
  if (cooldown && values.standing === 0) {
    await stage.expectRevert("and is told to wait", redeem, "ERC4626ExceededMaxRedeem");
  } else await stage.act("and takes it at the old price of a share", redeem);
}

/** What it took out goes back in; nothing if it never got out. */
async function comeBack(stage: Stage, early: Wallet): Promise<void> {
  if (early.row.walletQuote === 0n) return;
  await stage.act("at the bottom it deposits again", join(stage, early));
}

async function leaveAfterAll(stage: Stage, early: Wallet): Promise<void> {
  await stage.wait(3 * DAY, { pace: 3_000, sentence: "three days after it asked" });
  const shares = await sharesOf(stage, early);
  await stage.act(
    "it is paid what a share is worth then",
    early.call(vault(stage), "redeem", shares, early.address, early.address),
  );
}

/** An honest provider who needs its money. */
async function leave(stage: Stage, provider: Wallet) {
  const shares = await sharesOf(stage, provider);
  await stage.act("a provider asks for its money back", request(stage, provider, shares));
  const asked = stage.now;
  const ready = async (): Promise<boolean> =>
    ((await stage.read(vault(stage), "maxRedeem", provider.address)) as bigint) === shares;
  while (!(await ready()) && stage.now - asked < 7 * DAY) await stage.wait(3_000, { pace: 3_000 });
  await stage.act("and is paid", provider.call(vault(stage), "redeem", shares, provider.address, provider.address));
  return { ...NOTHING, locked: stage.now - asked };
}

function vault(stage: Stage) {
  return stage.exchange.contracts.backstopVault;
}

function join(stage: Stage, provider: Wallet) {
  const quote = provider.row.walletQuote;
  return provider.call(vault(stage), "deposit", quote, provider.address);
}

function request(stage: Stage, provider: Wallet, shares: bigint) {
  return provider.call(vault(stage), "requestRedeem", shares);
}

async function sharesOf(stage: Stage, { address }: Wallet): Promise<bigint> {
  return (await stage.read(vault(stage), "balanceOf", address)) as bigint;
}

/** Shares at their present value and quote in the wallet. */
async function worth(stage: Stage, provider: Wallet): Promise<number> {
  const shares = await sharesOf(stage, provider);
  const value = (await stage.read(vault(stage), "convertToAssets", shares)) as bigint;
  return Number(value + provider.row.walletQuote) / 1e6;
}

function inventory(stage: Stage): bigint | undefined {
  return stage.view.accounts.get(stage.exchange.accounts.backstopInventory)?.size;
}

export default lpRun;
