import { expect } from "chai";
import { readFile } from "node:fs/promises";

import { keyOf } from "../../lab/model/buckets.js";
import type { Check, Evidence } from "../../lab/probe/check.js";
import { CHECKS } from "../../lab/probe/probe.js";
import { PROPERTIES, type PropertyId } from "../../lab/probe/properties.js";
import { Rng } from "../../lab/random.js";
import { WAD } from "../../lab/units.js";
import type { ChainEvent } from "../../lab/world/events.js";
import type { AccountRow, LedgerRow, MarketRow, View } from "../../lab/world/view.js";
import type { Step, World } from "../../lab/world/world.js";

/** 1,000 quote each, one long and one short of 1 at 4,000, and one account without a position. */
function rows(change: Record<number, Partial<AccountRow>> = {}): Map<number, AccountRow> {
  const blank = {
    key: 0,
    generation: 0,
    cash: 1_000n * WAD,
    pending: 0n,
    size: 0n,
    quote: 0n,
    spot: 0n,
    waiting: 0n,
    seasonedAt: 0,
    covered: 0n,
    bids: 0n,
    asks: 0n,
  };
  const wallet = { walletQuote: 0n, walletSpot: 0n, equity: 1_000n * WAD, maintenance: 80n * WAD };
  const list: AccountRow[] = [
    { ...blank, ...wallet, account: 11, key: 5, size: WAD, quote: -4_000n * WAD },
    { ...blank, ...wallet, account: 12, key: 6, size: -WAD, quote: 4_000n * WAD },
    { ...blank, ...wallet, account: 13, maintenance: 0n },
  ];
  return new Map(list.map((row) => [row.account, { ...row, ...change[row.account] }]));
}

const MARKET: MarketRow = {
  mark: 4_000n * WAD,
  index: 4_000n * WAD,
  premium: 0n,
  confidence: 0n,
  validity: "VALID",
  longOpenInterest: WAD,
  shortOpenInterest: WAD,
  fundingIndex: 0n,
  bestBid: 0n,
  bestAsk: 0n,
  last: 0n,
  tokensHeld: 3_000n * WAD,
  socialisedLoss: 0n,
};

function view(market: Partial<MarketRow> = {}, accounts = rows(), time = 100): View {
  return { time, market: { ...MARKET, ...market }, accounts, step: 1 } as unknown as View;
}

/** What the chain says when it is asked: rows as they are, calls that succeed with zero. */
interface Answers {
  house?: boolean;
  parameters?: Record<string, unknown>;
  read?: Record<string, readonly unknown[]>;
  rows?: Map<number, LedgerRow>;
  call?: (data: string) => Promise<string>;
}

function evidence(step: Partial<Step>, answers: Answers = {}): Evidence {
  const whole: Step = {
    before: view(),
    view: view(),
    actions: [],
    events: [],
    fills: [],
    tornUp: [],
    scripted: [],
    ...step,
  };
  const read = (accounts: readonly number[]) => {
    const known: ReadonlyMap<number, LedgerRow> = answers.rows ?? whole.view.accounts;
    return Promise.resolve(accounts.flatMap((account) => known.get(account) ?? []));
  };
  const decodeFunctionResult = (name: string): readonly unknown[] => answers.read?.[name] ?? [];
  const abi = { encodeFunctionData: (name: string) => name, decodeFunctionResult };
  const contract = { address: "0x", interface: abi };
  const world = {
    exchange: {
      market: 0,
      parameters: {
        markBand: 50_000,
        markSpeed: 3_333,
        tickSize: WAD / 100n,
        spotDiscount: 25_000,
        deleveraging: "TRANCHES",
        ...answers.parameters,
      },
      contracts: {
        clearingHouse: contract,
        liquidationEngine: contract,
        orderBook: contract,
        backstopVault: { ...contract, name: "BackstopVault" },
      },
      house: answers.house === true ? { pool: { ...contract, name: "HousePool" }, account: 9 } : undefined,
    },
    chain: { call: (_to: string, data: string) => answers.call?.(data) ?? Promise.resolve("0x0") },
    lens: { accounts: read, settled: read },
    holders: [{ account: 11, address: "0xa" }],
  } as unknown as World;
  return { world, step: whole, feesAccrued: 0n, transactions: 10, rng: Rng.of(1, "test") };
}

function event(name: string, args: Record<string, bigint | boolean>, contract = "LiquidationEngine"): ChainEvent {
  return { contract, name, arguments: args, transaction: 0 };
}

function check(property: PropertyId): Check {
  const found = CHECKS.find((candidate) => candidate.property === property);
  if (found === undefined) throw new Error(`no check of ${property}`);
  return found;
}

async function findings(property: PropertyId, step: Partial<Step>, answers?: Answers): Promise<string | undefined> {
  return check(property).find(evidence(step, answers));
}

/** Answers what shares are worth, and how many there are. */
function worthOf(assets: bigint, supply: bigint) {
  return (data: string): Promise<string> =>
    Promise.resolve(`0x${(data === "convertToAssets" ? assets : supply).toString(16)}`);
}

const TORN = { key: 5n, generation: 0n, price: 4_100n * WAD, tornUp: WAD, charged: 0n };
const LIQUIDATED = {
  account: 12n,
  equityBefore: -100n * WAD,
  maintenanceBefore: 80n * WAD,
  equityAfter: 0n,
  maintenanceAfter: 0n,
};

describe("The probe", () => {
  it("says the same sentences as the Solidity suite", async () => {
    const source = await readFile("test/support/Properties.sol", "utf8");
    for (const [id, sentence] of Object.entries(PROPERTIES)) expect(source).to.contain(`"${id}: ${sentence}"`);
  });

  it("finds nothing wrong with an orderly block", async () => {
    for (const { find, property } of CHECKS) expect(await find(evidence({})), property).to.equal(undefined);
  });

  it("P1: sees a token missing from the ledger", async () => {
    expect(await findings("P1", { view: view({ tokensHeld: 2_999n * WAD }) })).to.contain("tokens");
  });

  it("P2: sees a position the open interest does not know, and sides that differ", async () => {
    expect(await findings("P2", { view: view({}, rows({ 11: { size: 2n * WAD } })) })).to.contain("positions");
    expect(await findings("P2", { view: view({ shortOpenInterest: 2n * WAD }) })).to.contain("short");
  });

  it("P3: sees money minted for an account, and money left over beyond dust", async () => {
    expect(await findings("P3", { view: view({}, rows({ 13: { cash: 1_000n * WAD + 1_000n } })) })).to.contain(
      "surplus",
    );
    expect(await findings("P3", { view: view({ tokensHeld: 3_000n * WAD + 10n ** 13n }) })).to.contain("surplus");
  });

  it("P4: sees cash taken from an account that did nothing", async () => {
    const found = await findings("P4", {}, { rows: rows({ 13: { cash: 999n * WAD } }) });
    expect(found).to.contain("account 13");
    const pending = { cash: 400n * WAD, pending: 600n * WAD };
    expect(await findings("P4", { before: view({}, rows({ 13: pending })) }, { rows: rows({ 13: pending }) })).to.equal(
      undefined,
    );
  });

  it("P4: lets a charge take what an account owes of profit that matures, and not a wei more or without a charge", async () => {
    const events = [event("ClosedProfitCharged", { charged: 40n * WAD }, "ClearingHouse")];
    const owing = (cash: bigint) => ({
      rows: rows({ 13: { cash } }),
      // 20 owed on either side: two words each time, the first of which is the debt.
      call: () => Promise.resolve(`0x${(20n * WAD).toString(16).padStart(64, "0")}${"0".repeat(64)}`),
    });
    expect(await findings("P4", { events }, owing(960n * WAD))).to.equal(undefined);
    expect(await findings("P4", { events }, owing(960n * WAD - 1n))).to.contain("account 13");
    expect(await findings("P4", {}, owing(960n * WAD))).to.contain("account 13");
  });

  it("P5: sees a loser torn up, and lets the last step close it at mark", async () => {
    const losing = event("TrancheDeleveraged", { ...TORN, price: 3_900n * WAD }, "ClearingHouse");
    expect(await findings("P5", { events: [losing] })).to.contain("account 11");
    const last = event("LossSocialised", { size: WAD, loss: 0n });
    expect(await findings("P5", { events: [losing, last] })).to.equal(undefined);
    const charged = event("TrancheDeleveraged", { ...TORN, price: 3_900n * WAD, charged: 1n }, "ClearingHouse");
    expect(await findings("P5", { events: [charged, last] })).to.contain("account 11");
    expect(await findings("P5", { events: [event("TrancheDeleveraged", TORN, "ClearingHouse")] })).to.equal(undefined);
  });

  it("P5: does not take the rounding of what is left of a position, less than a wei each of size and quote, for a loss", async () => {
    const torn = event("TrancheDeleveraged", { ...TORN, price: 4_000n * WAD }, "ClearingHouse");
    const left = (quote: bigint) =>
      findings("P5", { events: [torn], before: view({}, rows({ 11: { size: 5n, quote } })) });
    expect(await left(-24_000n)).to.equal(undefined);
    expect(await left(-24_001n)).to.contain("account 11");
  });

  it("P6: sees more charged and insured than was lacking, and a charge beyond a tranche's profit", async () => {
    const liquidation = event("Liquidation", LIQUIDATED);
    const insured = event("DeficitInsured", { account: 12n, paid: 60n * WAD });
    const given = (amount: bigint, account = 12n) => event("PositionDeleveraged", { account, charged: amount * WAD });
    const pool = (amount: bigint) => event("ClosedProfitCharged", { charged: amount * WAD }, "ClearingHouse");
    expect(await findings("P6", { events: [liquidation, insured, pool(40n), given(40n)] })).to.equal(undefined);
    expect(await findings("P6", { events: [liquidation, insured, pool(41n), given(41n)] })).to.contain("lacked");
    const both = [pool(40n), given(40n), pool(41n), given(41n, 11n)];
    expect(await findings("P6", { events: [liquidation, insured, ...both] })).to.equal(undefined);
    const tranche = (amount: bigint) =>
      event("TrancheDeleveraged", { ...TORN, charged: amount * WAD }, "ClearingHouse");
    expect(await findings("P6", { events: [tranche(100n), given(100n)] })).to.equal(undefined);
    expect(await findings("P6", { events: [tranche(101n), given(101n)] })).to.contain("had gained");
  });

  it("P6: sees that what tranches and pools of closed profit were charged is not what the account was given", async () => {
    const tranche = event("TrancheDeleveraged", { ...TORN, charged: 60n * WAD }, "ClearingHouse");
    const pool = event("ClosedProfitCharged", { charged: 40n * WAD }, "ClearingHouse");
    const given = (amount: bigint) => event("PositionDeleveraged", { account: 12n, charged: amount });
    expect(await findings("P6", { events: [tranche, pool, given(100n * WAD)] })).to.equal(undefined);
    expect(await findings("P6", { events: [tranche, pool, given(100n * WAD + 1n)] })).to.contain("were given");
    expect(await findings("P6", { events: [tranche, given(100n * WAD)] })).to.contain("were charged");
  });

  it("P5: sees a counterparty the queue closed at a loss, by what an earlier transaction of the block has left of it", async () => {
    const closed = (price: bigint) =>
      event("CounterpartyDeleveraged", { counterparty: 11n, price }, "QueueDeleverager");
    expect(await findings("P5", { events: [closed(4_000n * WAD)] })).to.equal(undefined);
    expect(await findings("P5", { events: [closed(3_999n * WAD)] })).to.contain("closed by the queue");
    const bought = event("PositionChanged", { account: 11n, size: 2n * WAD, quote: -8_100n * WAD }, "ClearingHouse");
    const later = { ...closed(4_000n * WAD), transaction: 1 };
    expect(await findings("P5", { events: [bought, later] })).to.contain("closed by the queue");
  });

  it("P6: sees that a queue has given an account more than it lacked", async () => {
    const closed = event(
      "CounterpartyDeleveraged",
      { account: 12n, counterparty: 11n, size: -WAD, price: 3_900n * WAD },
      "QueueDeleverager",
    );
    const queue = event("QueueDeleveraged", { account: 12n, insured: 60n * WAD }, "QueueDeleverager");
    const left = (cash: bigint) => view({}, rows({ 12: { cash, size: 0n, quote: 0n } }));
    expect(await findings("P6", { events: [closed, queue], view: left(0n) })).to.equal(undefined);
    expect(await findings("P6", { events: [closed, queue], view: left(WAD) })).to.contain("given 160");
    const brought = event("Deposited", { account: 12n, amount: WAD }, "ClearingHouse");
    expect(await findings("P6", { events: [brought, closed, queue], view: left(WAD) })).to.equal(undefined);
    // 0.1 of spot sells for 4,000 * 0.1 less 2.5 %: 390.
    const holds = (cash: bigint) => view({}, rows({ 12: { cash, size: 0n, quote: 0n, spot: WAD / 10n } }));
    expect(await findings("P6", { events: [closed, queue], view: holds(-390n * WAD) })).to.equal(undefined);
    expect(await findings("P6", { events: [closed, queue], view: holds(-389n * WAD) })).to.contain("given 160");
  });

  describe("P6, where a loss was left to everybody", () => {
    // A long liquidated; account 12 is short 1 at 4,000 in the bucket from 3,934.34 to 4,013.03, whose edge has gained 34.34 at 3,900.
    const key = keyOf(true, 0, 4_000n * WAD);
    const long = { key: keyOf(false, 0, 4_000n * WAD) };
    const short = (change: Partial<AccountRow> = {}) =>
      view({ mark: 3_900n * WAD }, rows({ 11: long, 12: { key, ...change } }));
    const liquidation = event("Liquidation", { ...LIQUIDATED, account: 21n, size: WAD });
    const loss = event("LossSocialised", { account: 21n, size: 0n, loss: 50n * WAD });
    const tranche = { sizePerShare: 10n ** 27n, charged: 0n };
    const closedPools = [
      [1n, 2n],
      [0n, 0n],
    ];
    const read = { tranche: [tranche], closedPools };
    const look = (step: Partial<Step>, answers: Answers = { read }) =>
      findings("P6", { before: short(), view: short(), events: [liquidation, loss], ...step }, answers);

    it("sees profit of a tranche that was not charged, as far as the bucket's edge", async () => {
      expect(await look({})).to.contain("spared");
      const charged = 34n * 10n ** 27n;
      expect(await look({}, { read: { ...read, tranche: [{ ...tranche, charged }] } })).to.contain("spared");
      const all = { ...tranche, charged: 35n * 10n ** 27n };
      expect(await look({}, { read: { ...read, tranche: [all] } })).to.equal(undefined);
    });

    it("passes over the losing side, who came or traded in the block, and losses that are dust", async () => {
      const opposite = event("Liquidation", { ...LIQUIDATED, account: 21n, size: -WAD });
      expect(await look({ events: [opposite, loss] })).to.equal(undefined);
      expect(await look({ before: short({ size: 0n, key: 0 }) })).to.equal(undefined);
      const traded = event("PositionChanged", { account: 12n, size: -WAD }, "ClearingHouse");
      expect(await look({ events: [liquidation, loss, traded] })).to.equal(undefined);
      expect(await look({ events: [liquidation, event("LossSocialised", { account: 21n, loss: 1n })] })).to.equal(
        undefined,
      );
    });

    it("passes over debts without a position, a doubtful price and a queue, and not over a call that reached many tranches", async () => {
      const flat = event("Liquidation", { ...LIQUIDATED, account: 21n, size: 0n });
      expect(await look({ events: [flat, loss] })).to.equal(undefined);
      const doubtful = view({ mark: 3_900n * WAD, validity: "UNCERTAIN" }, rows({ 12: { key } }));
      expect(await look({ view: doubtful })).to.equal(undefined);
      expect(await look({}, { read, parameters: { deleveraging: "QUEUE" } })).to.equal(undefined);
      const reached = event("PositionDeleveraged", { account: 21n, charged: 0n, tranches: 64n });
      expect(await look({ events: [reached, liquidation, loss] })).to.contain("spared");
    });

    it("sees closed profit that was not charged, and no more than the pools have", async () => {
      const before = short({ size: 0n, key: 0 });
      const pools = (amount: bigint, reachable: bigint) => ({
        read: {
          ...read,
          closedPools: [
            [1n, 2n],
            [amount, 0n],
          ],
          closedProfit: [0n, reachable],
        },
      });
      expect(await look({ before }, pools(WAD, WAD))).to.contain("closed profit");
      expect(await look({ before }, pools(0n, WAD))).to.equal(undefined);
      expect(await look({ before }, pools(WAD, 0n))).to.equal(undefined);
    });
  });

  it("P7: sees gas that the tranches and orders do not explain", async () => {
    const events = [event("Liquidation", LIQUIDATED), event("TrancheDeleveraged", TORN, "ClearingHouse")];
    const action = { agent: "", role: "", what: "", ok: true, gas: 5_000_000 };
    expect(await findings("P7", { events, actions: [action] })).to.contain("gas");
    expect(await findings("P7", { events, actions: [{ ...action, gas: 600_000 }] })).to.equal(undefined);
  });

  it("P8: sees an account that settles to other than its row promises", async () => {
    expect(await findings("P8", {}, { rows: rows({ 12: { cash: 1_001n * WAD } }) })).to.contain("account 12");
    expect(await findings("P8", {}, { rows: rows({ 11: { size: WAD - 10n ** 6n } }) })).to.contain("account 11");
  });

  it("P9: sees a hedge torn up while a directional position of the side is in profit", async () => {
    const hedged = 5n + (1n << 14n) + (1n << 15n);
    const events = [event("TrancheDeleveraged", { ...TORN, key: hedged }, "ClearingHouse")];
    const cheap = { market: { ...MARKET, mark: 3_900n * WAD } };
    const short = (change: Partial<AccountRow>) => ({
      ...view(cheap.market, rows({ 12: { key: 6 + (1 << 15), ...change } })),
    });
    // Sold at 4,000: 2.5 % in profit, 1 % in profit, and hedged itself.
    const before = short({});
    expect(await findings("P9", { events, before, view: short({}) })).to.contain("account 12");
    const little = short({ quote: 3_939n * WAD });
    expect(await findings("P9", { events, before, view: little })).to.equal(undefined);
    const own = short({ key: 6 + (1 << 15) + (1 << 14) });
    expect(await findings("P9", { events, before: own, view: own })).to.equal(undefined);
    const other = [event("TrancheDeleveraged", { ...TORN, key: 6n + (1n << 15n) }, "ClearingHouse")];
    expect(await findings("P9", { events: other, before, view: short({}) })).to.equal(undefined);
  });

  it("P10: sees a margin ratio that fell", async () => {
    const worse = { ...LIQUIDATED, equityBefore: 40n * WAD, equityAfter: 10n * WAD, maintenanceAfter: 40n * WAD };
    expect(await findings("P10", { events: [event("Liquidation", worse)] })).to.contain("account 12");
    const better = { ...worse, equityAfter: 30n * WAD };
    expect(await findings("P10", { events: [event("Liquidation", better)] })).to.equal(undefined);
  });

  it("P10: sees a bankrupt account made poorer, and lets half of it be closed at mark", async () => {
    const closed = { ...LIQUIDATED, equityAfter: -100n * WAD, maintenanceAfter: 40n * WAD };
    expect(await findings("P10", { events: [event("Liquidation", closed)] })).to.equal(undefined);
    const poorer = { ...closed, equityAfter: -101n * WAD };
    expect(await findings("P10", { events: [event("Liquidation", poorer)] })).to.contain("account 12");
  });

  it("P10: counts the spot of a bankrupt account at what it sells for, so that a covered short may be closed alone", async () => {
    // 0.5 of spot covered as much of the short and counted in full; then a tenth of 2,000 is taken off: 200.
    const held = { spot: WAD / 2n, seasonedAt: 50 };
    const closed = (equityAfter: bigint, change: Partial<AccountRow> = held) =>
      findings(
        "P10",
        {
          events: [event("Liquidation", { ...LIQUIDATED, equityAfter })],
          before: view({}, rows({ 12: change })),
          view: view({}, rows({ 12: { ...change, size: 0n, quote: 0n } })),
        },
        { parameters: { hedgedMaintenance: 10_000, spotHaircut: 100_000 } },
      );
    expect(await closed(-300n * WAD)).to.equal(undefined);
    expect(await closed(-301n * WAD)).to.contain("account 12");
    expect(await closed(-101n * WAD, { ...held, seasonedAt: 200, waiting: WAD / 2n })).to.contain("account 12");
  });

  it("P11: sees maturing profit leave", async () => {
    const withdrawn = event("Withdrawn", { account: 13n, amount: WAD }, "ClearingHouse");
    const maturing = (amount: bigint) => ({ call: () => Promise.resolve(`0x${(amount * WAD).toString(16)}`) });
    expect(await findings("P11", { events: [withdrawn] }, maturing(1_001n))).to.contain("maturing");
    expect(await findings("P11", { events: [withdrawn] }, maturing(1_000n))).to.equal(undefined);
  });

  it("P12: sees a mark too fast, and one that stays outside its band without hurrying back", async () => {
    const fast = view({ mark: 4_200n * WAD, index: 4_200n * WAD }, rows(), 103);
    expect(await findings("P12", { before: view(), view: fast })).to.contain("moved");
    const idle = view({ mark: 4_000n * WAD, index: 5_000n * WAD }, rows(), 103);
    expect(await findings("P12", { before: view(), view: idle })).to.contain("outside");
  });

  it("P13: sees what a price that is not VALID does not allow, and lets reductions be", async () => {
    const doubtful = view({ validity: "UNCERTAIN" });
    const order = (reduceOnly: boolean) => event("OrderPlaced", { account: 11n, reduceOnly }, "OrderBook");
    expect(await findings("P13", { events: [order(false)] })).to.equal(undefined);
    expect(await findings("P13", { view: doubtful, events: [order(false)] })).to.contain("OrderPlaced");
    expect(await findings("P13", { view: doubtful, events: [order(true)] })).to.equal(undefined);
    const taken = event("Traded", { taker: 11n, liquidation: false }, "OrderBook");
    const grown = rows({ 11: { size: 2n * WAD } });
    expect(await findings("P13", { view: view({ validity: "STALE" }, grown), events: [taken] })).to.contain("grew");
    expect(await findings("P13", { view: view({ validity: "STALE" }), events: [taken] })).to.equal(undefined);
    const torn = event("TrancheDeleveraged", TORN, "ClearingHouse");
    expect(await findings("P13", { view: doubtful, events: [torn] })).to.contain("assigned");
    const written = (size: bigint) => event("LossSocialised", { account: 11n, market: 0n, size, loss: WAD });
    expect(await findings("P13", { view: doubtful, events: [written(WAD)] })).to.contain("assigned");
    expect(await findings("P13", { view: doubtful, events: [written(0n)] })).to.equal(undefined);
  });

  it("P13: sees a liquidation and a withdrawal beside a position at a price of long ago, and goes by the block's price", async () => {
    const stale = event("PriceUpdated", { market: 0n, validity: 2n }, "MarkPrice");
    const liquidated = event("PositionLiquidated", { account: 12n, market: 0n });
    expect(await findings("P13", { events: [stale, liquidated] })).to.contain("liquidated");
    expect(await findings("P13", { view: view({ validity: "UNCERTAIN" }), events: [liquidated] })).to.equal(undefined);
    const withdrawn = (account: bigint) => event("Withdrawn", { account, amount: WAD }, "ClearingHouse");
    expect(await findings("P13", { events: [stale, withdrawn(11n)] })).to.contain("cash left");
    expect(await findings("P13", { events: [stale, withdrawn(13n)] })).to.equal(undefined);
    const minted = event("Deposit", { assets: WAD, shares: WAD }, "BackstopVault");
    expect(await findings("P13", { events: [stale, minted] })).to.contain("shares");
  });

  it("P13: sees shares of the house pool minted, a position opened by a deal with it, and any deal at a price of long ago", async () => {
    const [doubtful, stale] = [view({ validity: "UNCERTAIN" }), view({ validity: "STALE" })];
    const minted = event("Deposit", { assets: WAD, shares: WAD }, "HousePool");
    expect(await findings("P13", { view: doubtful, events: [minted] })).to.contain("shares");
    const dealt = event("Dealt", { market: 0n, account: 11n, size: WAD }, "HousePool");
    const grown = view({ validity: "UNCERTAIN" }, rows({ 11: { size: 2n * WAD } }));
    expect(await findings("P13", { view: grown, events: [dealt] })).to.contain("grew by a deal");
    expect(await findings("P13", { view: doubtful, events: [dealt] })).to.equal(undefined);
    expect(await findings("P13", { view: stale, events: [dealt] })).to.contain("the house dealt");
  });

  it("P14: sees a close refused to a solvent account while the price is valid", async () => {
    const refuse = { call: () => Promise.reject(new Error("refused")) };
    expect(await findings("P14", {}, refuse)).to.contain("refused");
    expect(await findings("P14", { view: view({ validity: "STALE" }) }, refuse)).to.equal(undefined);
  });

  it("P15: sees a share redeemed for other than it is worth to those who stay", async () => {
    const redeemed = event("Withdraw", { assets: 1_000n, shares: WAD }, "BackstopVault");
    expect(await findings("P15", { events: [redeemed] }, { call: worthOf(1_000n, 10n ** 24n) })).to.equal(undefined);
    expect(await findings("P15", { events: [redeemed] }, { call: worthOf(900n, 10n ** 24n) })).to.contain("stayed");
    const unwound = event("InventoryUnwound", { size: 1n }, "BackstopVault");
    expect(await findings("P15", { events: [redeemed, unwound] }, { call: worthOf(900n, 10n ** 24n) })).to.equal(
      undefined,
    );
  });

  it("P15: sees the same of the house pool, unless it has dealt in the block", async () => {
    const redeemed = event("Withdraw", { assets: 1_000n, shares: WAD }, "HousePool");
    const answers = (worth: bigint) => ({ house: true, call: worthOf(worth, 10n ** 24n) });
    expect(await findings("P15", { events: [redeemed] }, answers(1_000n))).to.equal(undefined);
    expect(await findings("P15", { events: [redeemed] }, answers(900n))).to.contain("HousePool");
    const dealt = event("Dealt", { size: WAD }, "HousePool");
    expect(await findings("P15", { events: [redeemed, dealt] }, answers(900n))).to.equal(undefined);
  });
});
