import { expect } from "chai";
import { artifacts, network } from "hardhat";

import { judged, legOf, offIn, settingOf, type Judged } from "../../lab/attack/legs.js";
import { layersOf, switchable } from "../../lab/attack/perform.js";
import { attackIds, attackOf } from "../../lab/attack/registry.js";
import { attack, type AttackScenario } from "../../lab/attack/scenario.js";
import { Unbalanced } from "../../lab/attack/settlement.js";
import { type Stage, StoryBroken } from "../../lab/attack/stage.js";
import { summaryOf } from "../../lab/attack/summary.js";
import { isLayer, type LayerId, LAYERS, UnswitchableLayer } from "../../lab/deployment/defences.js";
import { settingsFor } from "../../lab/deployment/options.js";
import { UsageError } from "../../lab/scenario/parameters.js";
import { gridIn } from "../../lab/tasks/sweep.js";
import { toWad } from "../../lab/units.js";

type Play = (stage: Stage, told: { honest: boolean; has: (layer: LayerId) => boolean }) => Promise<void>;

/** The smallest attack there is, with a story of the test's own. */
function told(play: Play, deployment: AttackScenario["deployment"] = () => ({})): AttackScenario {
  return attack({
    id: "told",
    title: "A test's own",
    base: "ETH",
    story: "",
    incident: [],
    actors: {},
    shocks: {},
    assumptions: {},
    parameters: {},
    defences: [
      { layer: "mark-band", here: "" },
      { layer: "profit-maturity", here: "" },
    ],
    grid: { parameter: "none", values: [] },
    figures: {},
    sources: [],
    limits: [],
    expectations: [{ kind: "on", sentence: "the attacker has no gain", holds: ({ attackerNet }) => attackerNet <= 0 }],
    deployment,
    play: async (stage, { honest, has }) => {
      await play(stage, { honest, has });
      return {};
    },
  });
}

function run(scenario: AttackScenario, off: readonly LayerId[] = [], honest = false): Promise<Judged> {
  return judged({ network, artifacts }, scenario, { seed: 7, values: {}, off, honest });
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("nothing failed");
}

/** Whether a decimal number is the expected one to a millionth. */
function near(expected: number): (value: number) => boolean {
  return (value) => Math.abs(value - expected) < 1e-6;
}

describe("lab: layers of defence", () => {
  it("change a setting each, and nothing else is touched by none", () => {
    const whole = settingsFor({});
    expect(settingsFor({ off: [] })).to.deep.equal(whole);
    for (const [id, layer] of Object.entries(LAYERS)) {
      if (!isLayer(id) || layer.off === undefined) continue;
      const options = id === "insurance-limits" ? { insuranceLimits: { single: 1 } } : {};
      expect(settingsFor({ ...options, off: [id] }), id).not.to.deep.equal(settingsFor(options));
    }
  });

  it("that no contract has yet are refused, not ignored", () => {
    const missing = Object.keys(LAYERS).filter((id) => isLayer(id) && LAYERS[id].off === undefined) as LayerId[];
    for (const id of missing) {
      expect(() => settingsFor({ off: [id] })).to.throw(UnswitchableLayer);
      expect(() => {
        switchable([id]);
      }).to.throw(UsageError);
    }
  });

  it("link the lints that check nothing only where one is off", () => {
    expect(settingsFor({}).unlinted).to.equal(false);
    expect(settingsFor({ off: ["mark-band"] }).unlinted).to.equal(true);
  });

  it("keep grid and open interest in quote when the price is another", () => {
    const { market } = settingsFor({ market: { startPrice: 0.0095 } });
    expect(market.tickSize).to.equal(10n ** 10n);
    expect(market.openInterestCap).to.equal(toWad(1_000_000) * 10n ** 6n);
    expect(settingsFor({ market: { startPrice: 1_999 } }).market.tickSize).to.equal(10n ** 16n);
  });
});

describe("lab: what the command line says of an attack", () => {
  const scenario = told(() => Promise.resolve());
  const parse = (names: string[]): LayerId[] => layersOf(scenario, names);

  it("is a set of defences", () => {
    expect(offIn(scenario, "all", parse)).to.deep.equal([]);
    expect(offIn(scenario, "none", parse)).to.deep.equal(["mark-band", "profit-maturity"]);
    expect(offIn(scenario, "mark-band", parse)).to.deep.equal(["profit-maturity"]);
    expect(offIn(scenario, "all-but-mark-band", parse)).to.deep.equal(["mark-band"]);
    expect(offIn(scenario, "mark-band+profit-maturity", parse, "+")).to.deep.equal([]);
    expect(() => offIn(scenario, "luck", parse)).to.throw(UsageError);
    expect(() => offIn(scenario, "guard", parse)).to.throw(UsageError);
  });

  it("is a leg where all or none of them are on", () => {
    for (const leg of ["off", "on", "control", "baseline"] as const) {
      expect(legOf(scenario, settingOf(scenario, leg))).to.equal(leg);
    }
    expect(legOf(scenario, { off: ["mark-band"], honest: false })).to.equal("partial");
  });

  it("is a grid in geometric steps, or a list", () => {
    expect(gridIn("depth=1..8:4")).to.deep.equal(["depth", [1, 2, 4, 8]]);
    expect(gridIn("depth=0.1+0.5")).to.deep.equal(["depth", [0.1, 0.5]]);
    for (const bad of ["depth", "depth=", "depth=1..0.5:3", "depth=a+b"])
      expect(() => gridIn(bad), bad).to.throw(UsageError);
  });

  it("names files of lab/scenarios/attacks", async () => {
    for (const id of attackIds()) expect((await attackOf(id))?.id).to.equal(id);
    expect(await attackOf("peace")).to.equal(undefined);
  });
});

describe("lab: an attack", function () {
  this.timeout(60_000);

  it("settles to the last unit: what the attacker gained others paid, fees and gas counted", async () => {
    const { outcome, verdict } = await run(
      told(async (stage) => {
        const maker = await stage.wallet("maker", { group: "makers", margin: 100_000 });
        const taker = await stage.wallet("taker", { group: "attacker", margin: 10_000 });
        await stage.act("a maker bids and asks", maker.bid(3_990, 5), maker.ask(4_010, 5));
        await stage.act("the attacker pays the spread", taker.buy(1));
        await stage.act("and pays it again", taker.close());
      }),
    );
    // Asks rest a tick above what they say: 20.01 of spread, and 4 bp on 4,010.01 and on 3,990. The maker pays 1 bp on both.
    expect(outcome.attackerNet + outcome.attackerGas).to.satisfy(near(-20.01 - 3.200004 - funding(4_000)));
    const gas = gasOf(outcome.paidBy.gas, outcome.attackerGas);
    expect(outcome.paidBy.makers).to.satisfy(near(-20.01 + 0.800001 + gas - funding(4_000)));
    expect(outcome.paidBy.treasury).to.satisfy(near(-4.000005));
    const paid = Object.values(outcome.paidBy).reduce((sum, amount) => sum + amount, 0);
    expect(outcome.attackerNet).to.satisfy(near(paid));
    expect(verdict).to.equal("holds");
  });

  it("is not settled when tokens went where nobody counts them", async () => {
    const scenario = told(async (stage) => {
      const wallet = await stage.wallet("wallet", { group: "attacker", quote: 100 });
      const { quoteToken } = stage.exchange.contracts;
      await stage.act("a hundred are lost", wallet.call(quoteToken, "transfer", `0x${"11".repeat(20)}`, 100_000_000n));
    });
    expect(await failure(run(scenario))).to.be.instanceOf(Unbalanced);
  });

  it("counts an account under water as nothing to its owner, and what it lacks as paid by nobody yet", async () => {
    const { outcome } = await run(
      told(async (stage) => {
        const maker = await stage.wallet("maker", { group: "makers", margin: 100_000 });
        const taker = await stage.wallet("taker", { group: "attacker", margin: 200 });
        await stage.act("a maker asks", maker.ask(4_000, 1));
        await stage.act("the attacker buys with all it has", taker.buy(1));
        stage.reference = 3_000;
        await stage.wait(12);
      }),
    );
    expect(outcome.attackerNet + outcome.attackerGas).to.satisfy(near(-200));
    // Bought at 4,000.01 with a fee of 4 bp, worth 3,000, and 200 of it were there.
    expect(outcome.paidBy.unpaid).to.satisfy(near(1_000.01 + 1.600004 + funding(3_000) - 200));
  });

  it("stops at the first broken property, and names the sentence it broke in", async () => {
    const { outcome, verdict } = await run(
      told(
        async (stage) => {
          await stage.wait(12, { sentence: "all is well" });
          const { markPrice } = stage.exchange.contracts;
          const config = (await stage.read(markPrice, "configOf", 0)) as { toObject(): Record<string, unknown> };
          await stage.govern(markPrice, "setMarket", 0, { ...config.toObject(), speed: 1_000_000 });
          stage.reference = 3_000;
          await stage.wait(12, { sentence: "the mark may jump, though nobody was told" });
          throw new Error("the story went on");
        },
        () => ({ unlinted: true }),
      ),
    );
    expect(verdict).to.equal("violated");
    expect(outcome.properties.violation).to.include("P12").and.to.include("the mark may jump");
  });

  it("fails where an action fails that must not, and tells the contract's own error with its numbers", async () => {
    const scenario = told(async (stage) => {
      const wallet = await stage.wallet("wallet", { group: "attacker", margin: 100 });
      await stage.act("it takes more than it has", wallet.withdraw(101));
    });
    const error = await failure(run(scenario));
    expect(error).to.be.instanceOf(StoryBroken);
    expect(error.message)
      .to.include("it takes more than it has")
      .and.to.match(/\w+\(account \d+/);
  });

  it("lets an action be refused with the error it names, and with no other", async () => {
    const refusals: string[] = [];
    const scenario = told(async (stage) => {
      const maker = await stage.wallet("maker", { group: "makers", margin: 1_000_000 });
      const wallet = await stage.wallet("wallet", { group: "attacker", margin: 100 });
      await stage.act("a maker asks", maker.ask(4_000, 10));
      const { name, arguments: values } = await stage.expectRevert("too much", wallet.buy(10), "InsufficientMargin");
      refusals.push(name, typeof values.account);
      const done = await stage.attempt("again", wallet.buy(10), "SomethingElse", "InsufficientMargin");
      refusals.push(String(done.ok), done.refusal?.name ?? "");
      await stage.attempt("and again", wallet.buy(10), "SomethingElse");
    });
    expect((await failure(run(scenario))).message).to.include("may fail with SomethingElse");
    expect(refusals).to.deep.equal(["InsufficientMargin", "bigint", "false", "InsufficientMargin"]);
  });

  it("has flash loans of a lender and of the pool, for several actions in one transaction", async () => {
    const { outcome } = await run(
      told(async (stage) => {
        const owner = await stage.wallet("owner", { group: "attacker" });
        const contract = await stage.contractWallet("contract", owner, { group: "attacker", quote: 1_000 });
        const lender = await stage.lender(5_000_000, 500);
        await stage.act(
          "a million is borrowed, put in and taken out again",
          contract.flash("deposit and withdraw", lender, 1_000_000, [
            contract.deposit(1_000_000),
            contract.withdraw(1_000_000),
          ]),
        );
        await stage.act("and a hundred thousand of the pool", contract.flashPool("hold", 100_000, 0, []));
        const all = [contract.deposit(10), contract.deposit(10_000_000)];
        await stage.expectRevert(
          "it cannot spend more than it borrows",
          contract.together("both", all),
          "ERC20InsufficientBalance",
        );
      }),
    );
    // 5 bp to the lender, 5 bp to the pool.
    expect(outcome.paidBy.lender).to.satisfy(near(-500));
    expect(outcome.paidBy.pool).to.satisfy(near(-50));
    expect(outcome.attackerNet + outcome.attackerGas).to.satisfy(near(-550));
  });

  it("runs without a pool, with several feeds, and with the exchange's own book as a source", async () => {
    const deployment: AttackScenario["deployment"] = () => ({
      pool: false,
      market: { startPrice: 0.5 },
      base: { name: "Dog", symbol: "DOG", decimals: 18 },
      index: {
        sources: [
          { kind: "feed", name: "one", heartbeat: 3_600, deviation: 500, depth: 1_000_000 },
          { kind: "feed", name: "two", heartbeat: 3_600, deviation: 500, depth: 1_000_000 },
          { kind: "own-book", name: "book", depth: 1_500_000 },
        ],
        quorum: 1,
      },
    });
    let index = 0;
    await run(
      told(async (stage) => {
        const maker = await stage.wallet("maker", { group: "makers", margin: 10_000 });
        stage.feeds.see(() => 0.52, "two");
        await stage.act("the book shows less", maker.bid(0.499, 1_000), maker.ask(0.501, 1_000));
        await stage.wait(24);
        index = stage.view.index;
      }, deployment),
    );
    // The middle one of 0.5, 0.52 and the book's 0.5 and half a tick.
    expect(index).to.satisfy(near(0.5));
  });

  it("arms the caps of capital and of manipulation cost once the pool has a history, or none", async () => {
    const deployment: AttackScenario["deployment"] = () => ({ caps: { kappa: 1_000 }, pool: { depth: 1_000_000 } });
    const sizes: number[] = [];
    const scenario = told(async (stage) => {
      const maker = await stage.wallet("maker", { group: "makers", margin: 100_000 });
      const taker = await stage.wallet("taker", { group: "attacker", margin: 10_000 });
      await stage.act("a maker asks", maker.ask(4_000, 2));
      // A thousandth of a million is a quarter of a base unit at 4,000.
      const refusal = await stage.expectRevert("too much", taker.buy(0.3), "OpenInterestCapExceeded");
      sizes.push(Math.round(Number(refusal.arguments.cap) / 1e15));
      await stage.act("what the cap leaves", taker.buy(0.2));
    }, deployment);
    expect((await run(scenario)).outcome.properties.violation).to.equal(undefined);
    expect(sizes).to.deep.equal([250]);
  });

  it("prices an asset at what it can be redeemed for, and refuses a rate that jumps unless the cap is off", async () => {
    const underlying = { heartbeat: 3_600, deviation: 500, depth: 1_000_000 };
    const rate = { rate: 1.25, maxGrowth: 100_000, slack: 1_000, maxFall: 10_000, underlying };
    const settings = {
      pool: false,
      index: { sources: [{ kind: "redemption", name: "rate", ...rate } as const] },
    } as const;
    const after = async (off: readonly LayerId[]): Promise<[index: number, validity: string]> => {
      let seen: [number, string] = [0, ""];
      const play: Play = async (stage) => {
        const teller = await stage.wallet("teller", { group: "traders" });
        await stage.wait(12);
        expect(stage.view.index).to.satisfy(near(4_000));
        const [source] = stage.exchange.sources;
        if (source?.rate === undefined) throw new Error("no rate");
        await stage.act("the rate doubles", teller.call(source.rate, "setRate", toWad(2.5)));
        await stage.wait(12);
        seen = [stage.view.index, stage.view.market.validity];
      };
      await run(told(play, () => ({ ...settings, off })));
      return seen;
    };
    expect(await after([])).to.deep.equal([4_000, "STALE"]);
    expect(await after(["redemption-cap"])).to.deep.equal([8_000, "VALID"]);
  });

  it("gives the same bytes for the same seed", async () => {
    const scenario = told(async (stage) => {
      const maker = await stage.wallet("maker", { group: "makers", margin: 100_000 });
      stage.maker(maker, { size: 1 });
      await stage.wait(60);
    });
    const bytes = async (): Promise<string> => {
      const one = await run(scenario);
      return JSON.stringify([summaryOf(one), one.outcome.series, one.journal]);
    };
    expect(await bytes()).to.equal(await bytes());
  });
});

/** What a long of one base pays in a block of twelve seconds at an index, without a premium: 0.01 % in eight hours. */
function funding(index: number): number {
  return (index * 0.0001 * 12) / 28_800;
}

/** Gas of everybody but the attacker. */
function gasOf(all: number | undefined, attacker: number): number {
  return -(all ?? 0) - attacker;
}
