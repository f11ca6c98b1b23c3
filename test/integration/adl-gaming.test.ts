import { expect } from "chai";

import { ETHER, withHedges } from "../support/hedges.js";
import { ethers, MARKET, networkHelpers, usdc, WAD, wad } from "../support/ledger.js";
import { DeficitMode, Kind, loadExchange, loadUnlintedExchange } from "../support/liquidation.js";

const MARK = 1_800;

/** Maker and taker fee, parts per million. */
const FEES = { maker: 100n, taker: 400n };

/** Seconds over which profit matures where it does. */
const MATURITY = 3_600;

/** A thousandth of a quote unit: rounding of a few dozen touches, and of sizes to lots. */
const DUST = WAD / 1_000n;

type PolicyName = "HedgeLast" | "ProRata" | "ProfitFirst" | "LeverageFirst" | "LeverageLevel";

type Game = Awaited<ReturnType<typeof deal>>;

/**
 * Lou and Max are long 20 each at 2,010 against Gina and Hal, who are short 20 each. At 1,800 Lou lacks about 916, which the two
 * winners are charged in equal parts while half of each short, or what the policy says, is torn up. Gina has a second account, and ether
 * in her wallet.
 */
async function deal(policyName: PolicyName, maturity = MATURITY, deficitMode: bigint = DeficitMode.ALL_WINNERS) {
  const unsafe = deficitMode === DeficitMode.TORN_UP && policyName.startsWith("Leverage");
  const fixture = await withHedges(await (unsafe ? loadUnlintedExchange() : loadExchange()));
  const { house, open, meet, hedging, hedgeLast, setMark, ether, alice: lou, bob: gina, carol: hal } = fixture;
  const { dave: max } = fixture;
  const policy = policyName === "HedgeLast" ? hedgeLast : await ethers.deployContract(policyName);
  await hedging({
    initialMarginRate: 50_000n,
    makerFee: FEES.maker,
    takerFee: FEES.taker,
    policy: await policy.getAddress(),
    deficitMode,
    maturity: BigInt(maturity),
  });
  const bankrupt = await open(lou, 3_300);
  const first = await open(gina, 5_000);
  const second = await open(gina, 3_000, 1);
  const honest = await open(hal, 5_000);
  const solvent = await open(max, 100_000);
  await ether.mint(gina, wad(10));
  await ether.connect(gina).approve(await house.getAddress(), wad(10));
  await setMark(wad(2_010));
  return { ...fixture, gina, bankrupt, solvent, first, second, honest, meet };
}

/** What Gina and Hal have after the liquidation, at mark, and how much of her short is left; `trick` is hers to do at 1,800, just before. */
async function play(
  trick: (game: Game) => Promise<unknown> = () => Promise.resolve(),
  policy: PolicyName = "HedgeLast",
  parts: readonly [number, number] = [20, 0],
  maturity = MATURITY,
  deficitMode: bigint = DeficitMode.ALL_WINNERS,
) {
  const game = await deal(policy, maturity, deficitMode);
  const { house, engine, meet, setMark, bankrupt, solvent, first, second, honest } = game;
  for (const long of [bankrupt, solvent]) {
    await meet(long, honest, wad(10), wad(2_010));
    if (parts[0] !== 0) await meet(long, first, wad(parts[0]) / 2n, wad(2_010));
    if (parts[1] !== 0) await meet(long, second, wad(parts[1]) / 2n, wad(2_010));
  }
  await setMark(wad(MARK));
  const fees = await house.feesAccrued();
  await trick(game);
  const paid = (await house.feesAccrued()) - fees;
  await engine.liquidate(bankrupt, MARKET);
  let [worth, short] = [0n, 0n];
  for (const account of [first, second]) {
    await house.poke(account, MARKET);
    worth += (await house.health(account)).equity;
    short -= (await house.positionOf(account, MARKET)).size;
  }
  return { worth, short, paid, neighbour: (await house.health(honest)).equity };
}

/** Whether a trick earns no more than its fees and dust: what it leaves, and the fees it has cost, against what honesty leaves. */
function earnsNothing(tricked: { worth: bigint; paid: bigint }, honest: { worth: bigint }): boolean {
  return tricked.worth <= honest.worth + DUST;
}

describe("Gaming a deleveraging", () => {
  it("by splitting a position over accounts changes neither charge nor size", async () => {
    const whole = await play();
    const split = await play(undefined, "HedgeLast", [10, 10]);
    // 5,000 + 3,000 + 4,200 of profit less 4 of fees and half of about 916.
    expect(whole.worth).to.equal(wad("11737.94"));
    expect(earnsNothing(split, whole)).to.equal(true);
    expect(split.short <= whole.short + DUST && split.short >= whole.short - DUST).to.equal(true);
  });

  it("by shrinking the position by one lot moves it in no order", async () => {
    const honest = await play();
    const lot = WAD / 1_000n;
    const shrunk = await play(async ({ rest, book, gina, first, honest: hal }) => {
      await rest(hal, false, wad(MARK), lot);
      const request = { market: MARKET, buy: true, kind: Kind.IMMEDIATE_OR_CANCEL, reduceOnly: true, maxMakers: 0 };
      await book.connect(gina).place(first, { ...request, price: wad(MARK), size: lot });
    });
    expect(shrunk.paid > 0n).to.equal(true);
    // A lot's part of the charge, a 20,000th of 458, went to Hal, who sold it; the fee was 0.0009.
    expect(shrunk.worth - honest.worth < wad("0.0229")).to.equal(true);
  });

  it("by depositing spot at the last moment makes no hedge", async () => {
    const honest = await play();
    const flashed = await play(async ({ house, gina, first }) => {
      await house.connect(gina).depositSpot(first, ETHER, wad(10));
      await house.poke(first, MARKET);
      await house.connect(gina).withdrawSpot(first, ETHER, wad(10), gina);
    });
    const kept = await play(async ({ house, gina, first }) => {
      await house.connect(gina).depositSpot(first, ETHER, wad(10));
      await house.poke(first, MARKET);
    });
    expect(earnsNothing(flashed, honest)).to.equal(true);
    expect(flashed.short).to.equal(honest.short);
    expect(kept.short).to.equal(honest.short);
  });

  it("by changing leverage at the last moment changes nothing by default, and no charge where it changes the order", async () => {
    const deposit = async ({ house, give, gina, first }: Game) => {
      await house.connect(gina).deposit(first, await give(gina, 50_000, await house.getAddress()));
      await house.poke(first, MARKET);
    };
    const honest = await play();
    const lowered = await play(deposit);
    expect(lowered.worth - wad(50_000) <= honest.worth + DUST).to.equal(true);
    expect(lowered.short).to.equal(honest.short);
    const levered = await play(undefined, "LeverageFirst");
    const dodged = await play(deposit, "LeverageFirst");
    expect(dodged.worth - wad(50_000) <= levered.worth + DUST).to.equal(true);
    // What it buys there is the place in the order: a short kept whole at mark, where it is worth what closing it pays.
    expect(levered.short - wad(10) < DUST && dodged.short === wad(20)).to.equal(true);
  });

  describe("by what costs nothing: splitting, depositing or borrowing spot, a margin for the moment", () => {
    const flash = async ({ house, gina, first }: Game) => {
      await house.connect(gina).depositSpot(first, ETHER, wad(10));
      await house.poke(first, MARKET);
      await house.connect(gina).withdrawSpot(first, ETHER, wad(10), gina);
    };
    const topUp = async ({ house, give, gina, first }: Game) => {
      await house.connect(gina).deposit(first, await give(gina, 50_000, await house.getAddress()));
      await house.poke(first, MARKET);
    };

    /** What each of them brings beside what honesty leaves. */
    async function gains(policy: PolicyName, mode: bigint) {
      const of = (trick?: (game: Game) => Promise<unknown>, parts: readonly [number, number] = [20, 0]) =>
        play(trick, policy, parts, MATURITY, mode);
      const { worth } = await of();
      return {
        split: (await of(undefined, [10, 10])).worth - worth,
        flash: (await of(flash)).worth - worth,
        topUp: (await of(topUp)).worth - wad(50_000) - worth,
      };
    }

    for (const policy of ["ProRata", "ProfitFirst", "LeverageFirst", "LeverageLevel"] as const) {
      it(`gains nothing under ${policy} where all winners are charged`, async () => {
        const { split, flash: borrowed, topUp: lowered } = await gains(policy, DeficitMode.ALL_WINNERS);
        expect([split, borrowed, lowered].every((gain) => gain <= DUST)).to.equal(true);
      });
    }

    it("gains nothing where those torn up pay and leverage says nothing of who they are", async () => {
      for (const policy of ["HedgeLast", "ProRata", "ProfitFirst"] as const) {
        const { split, flash: borrowed, topUp: lowered } = await gains(policy, DeficitMode.TORN_UP);
        expect([split, borrowed, lowered].every((gain) => gain <= DUST)).to.equal(true);
      }
    });

    it("finds no market where those torn up pay and leverage says who they are", async () => {
      const { hedging, house } = await withHedges(await loadExchange());
      const lints = await ethers.getContractAt("ParameterLints", await house.getAddress());
      for (const name of ["LeverageFirst", "LeverageLevel"] as const) {
        const inner = await (await ethers.deployContract(name)).getAddress();
        const outer = await (await ethers.deployContract("HedgeLast", [inner])).getAddress();
        for (const policy of [inner, outer]) {
          await expect(hedging({ policy, deficitMode: DeficitMode.TORN_UP }))
            .to.be.revertedWithCustomError(lints, "UnsafeParameter")
            .withArgs("those torn up pay only where leverage gives no class", 7n, 0n);
        }
      }
    });

    it("would save up to the whole own charge there, were it not for that rule", async () => {
      // In whole quote: of 458, which is the own half of what is missing.
      const whole = ({ split, flash: borrowed, topUp: lowered }: Awaited<ReturnType<typeof gains>>) =>
        [split, borrowed, lowered].map((gain) => gain / WAD);
      expect(whole(await gains("LeverageFirst", DeficitMode.TORN_UP))).to.deep.equal([152n, 458n, 458n]);
      expect(whole(await gains("LeverageLevel", DeficitMode.TORN_UP))).to.deep.equal([65n, 114n, 374n]);
    });
  });

  it("by trading with oneself gains less than the fees of the trade: profit that has not matured is still charged", async () => {
    const honest = await play();
    const refreshed = await play(async ({ meet, first, second }) => meet(first, second, wad(20), wad(MARK)));
    // Both fees on 36,000.
    expect(refreshed.paid).to.equal((wad(36_000) * (FEES.maker + FEES.taker)) / 1_000_000n);
    expect(earnsNothing(refreshed, honest)).to.equal(true);
    // Her profit weighs less by the fee she paid to realise it: a part of 458 that is far below the fee itself.
    const avoided = refreshed.worth + refreshed.paid - honest.worth;
    expect(avoided >= -DUST && avoided < refreshed.paid / 10n).to.equal(true);
    expect(refreshed.short).to.equal(wad(20));
  });

  it("by unwinding to oneself a short that its spot covers too little of to be a hedge leaves nothing to others", async () => {
    const covered = async ({ house, give, stock, season, gina, first, second }: Game) => {
      await house.connect(gina).deposit(second, await give(gina, 50_000, await house.getAddress()));
      await stock(gina, first, wad(18));
      await season();
    };
    const honest = await play(covered);
    const unwound = await play(async (game) => {
      await covered(game);
      const { engine, house, gina, first, second } = game;
      await engine.connect(gina).unwindHedge(first, second, MARKET, wad(18));
      // 18 at 210 each, and the fee she once paid for all 20 is the position's.
      expect((await house.closedProfit(first, MARKET, true))[1]).to.equal(wad(3_780));
    });
    expect(unwound.short + DUST >= honest.short).to.equal(true);
    expect(unwound.neighbour + DUST >= honest.neighbour).to.equal(true);
  });

  it("by trading with oneself leaves the charge to others where nothing matures", async () => {
    const honest = await play(undefined, "HedgeLast", [20, 0], 0);
    const refreshed = await play(
      async ({ meet, first, second }) => meet(first, second, wad(20), wad(MARK)),
      "HedgeLast",
      [20, 0],
      0,
    );
    const avoided = refreshed.worth + refreshed.paid - honest.worth;
    // Her half of the charge, no more: Hal is charged within his own profit.
    expect(avoided).to.equal(wad("458.04"));
    expect(refreshed.short).to.equal(wad(20));
  });

  it("by trading with oneself leaves the loss to others where those torn up pay, as on venues that close winners at a worse price", async () => {
    const tornUp = (trick?: (game: Game) => Promise<unknown>) =>
      play(trick, "HedgeLast", [20, 0], MATURITY, DeficitMode.TORN_UP);
    const honest = await tornUp();
    const refreshed = await tornUp(async ({ meet, first, second }) => meet(first, second, wad(20), wad(MARK)));
    const avoided = refreshed.worth + refreshed.paid - honest.worth;
    // Her half, again. As on those venues, who holds no position when it comes bears nothing of it.
    expect(avoided).to.equal(wad("458.04"));
  });

  it("by trading with oneself as the only winner leaves nothing to everybody", async () => {
    const { house, engine, meet, setMark, bankrupt, first, second } = await deal("HedgeLast");
    await meet(bankrupt, first, wad(20), wad(2_010));
    await setMark(wad(MARK));
    await meet(first, second, wad(20), wad(MARK));
    const missing = -(await house.health(bankrupt)).equity;
    const before = (await house.health(first)).equity;
    await engine.liquidate(bankrupt, MARKET);
    expect(await house.socialisedLoss()).to.equal(0n);
    const paid = before - (await house.health(first)).equity;
    expect(missing > wad(900) && paid >= missing && paid - missing < DUST).to.equal(true);
    expect((await house.health(bankrupt)).equity >= 0n).to.equal(true);
  });

  describe("by losing the profit to oneself again, in trades off the mark", () => {
    const off = (wad(MARK) * 981n) / 1_000n;

    /** What was won as a short is lost, and won by the second account as a long, of whom no charge of shorts asks anything. */
    const launder = async ({ meet, first, second }: Game) => {
      for (let round = 0; round < 3; round++) {
        await meet(second, first, wad(40), off);
        await meet(first, second, wad(40), wad(MARK));
      }
    };

    it("costs the fees and saves nothing after the position was closed: whoever wins such profit has it within reach", async () => {
      const honest = await play();
      const laundered = await play(async (game) => {
        await game.meet(game.first, game.solvent, wad(20), wad(MARK));
        await launder(game);
        const [, moved] = await game.house.closedProfit(game.second, MARKET, true);
        // Three times 1.9 % of 72,000, less three times its own fees on 70,632 and on 72,000.
        expect(moved).to.equal(wad(4_104) - wad("106.3584"));
      });
      expect(laundered.paid).to.equal(wad("231.948"));
      expect(earnsNothing(laundered, honest)).to.equal(true);
      // Hal's profit is the larger one by the fees, of which the charge is a ninth.
      const avoided = laundered.worth + laundered.paid - honest.worth;
      expect(avoided >= -DUST && avoided < laundered.paid / 9n).to.equal(true);
    });

    it("saves nothing by closing the position itself off the mark, or by adding to it there", async () => {
      const honest = await play();
      const closed = await play(({ meet, first, second }) =>
        meet(first, second, wad(20), (wad(MARK) * 1_019n) / 1_000n),
      );
      const added = await play(async ({ meet, first, second }) => meet(second, first, wad(20), off));
      for (const tricked of [closed, added]) {
        expect(earnsNothing(tricked, honest)).to.equal(true);
        const avoided = tricked.worth + tricked.paid - honest.worth;
        expect(avoided >= -DUST && avoided < tricked.paid / 9n).to.equal(true);
      }
    });

    it("is worth no more than its fees as far off the mark as they reach, where nothing is handed over", async () => {
      const honest = await play();
      const near = wad("1799.2");
      const tricked = await play(async ({ meet, first, second, solvent, house }) => {
        await meet(first, solvent, wad(20), wad(MARK));
        for (let round = 0; round < 3; round++) {
          await meet(second, first, wad(30), near);
          await meet(first, second, wad(30), wad(MARK));
        }
        expect(await house.closedProfit(second, MARKET, true)).to.deep.equal([0n, 0n]);
      });
      expect(earnsNothing(tricked, honest)).to.equal(true);
    });

    it("leaves who made an honest price for it with what it won, less its part of a charge", async () => {
      const { house, engine, rest, meet, setMark, bankrupt, solvent, first, honest } = await deal("HedgeLast");
      await meet(bankrupt, first, wad(20), wad(2_010));
      await setMark(wad(MARK));
      await meet(first, solvent, wad(20), wad(MARK));
      await rest(honest, true, off, wad(30));
      const before = (await house.health(honest)).equity;
      await rest(first, false, off, wad(30));
      const won = wad(30 * MARK) - 30n * off;
      const fee = (30n * off * FEES.maker) / 1_000_000n;
      expect((await house.health(honest)).equity).to.equal(before + won - fee);
      expect(await house.closedProfit(honest, MARKET, true)).to.deep.equal([0n, won - fee]);
      await engine.liquidate(bankrupt, MARKET);
      const [, left] = await house.closedProfit(honest, MARKET, true);
      expect(left > 0n && left < won).to.equal(true);
      expect((await house.health(honest)).equity > before - fee).to.equal(true);
    });

    it("hides what a bounce of the mark moves between two positions of one's own that cancel out, for a part of that in fees", async () => {
      const bounce = wad(1_836);
      const price = async ({ setMark }: Game) => {
        await setMark(bounce);
        await setMark(wad(MARK));
      };
      const sold = ({ meet, first, solvent }: Game) => meet(first, solvent, wad(20), wad(MARK));
      const honest = await play(async (game) => {
        await sold(game);
        await price(game);
      });
      const straddled = await play(async (game) => {
        const { meet, setMark, first, second } = game;
        await sold(game);
        await meet(second, first, wad(20), wad(MARK));
        await setMark(bounce);
        await meet(first, second, wad(20), bounce);
        await setMark(wad(MARK));
      });
      const avoided = straddled.worth + straddled.paid - honest.worth;
      // Of her profit 720 and the fees of the pair are gone, of 4,200: of what is missing Hal pays so much more.
      expect(avoided > wad("62.2") && avoided < wad("62.4")).to.equal(true);
      // Both fees on 36,000 and on 36,720.
      expect(straddled.paid - honest.paid).to.equal(wad("36.36"));
    });

    it("sells to whoever quotes in between first", async () => {
      const { house, rest, meet, setMark, bankrupt, solvent, first, second, honest } = await deal("HedgeLast");
      await meet(bankrupt, first, wad(20), wad(2_010));
      await setMark(wad(MARK));
      await meet(first, solvent, wad(20), wad(MARK));
      await rest(honest, true, wad(MARK - 1), wad(30));
      await meet(second, first, wad(30), off);
      expect((await house.positionOf(honest, MARKET)).size).to.equal(wad(30));
      expect((await house.positionOf(second, MARKET)).size).to.equal(0n);
    });
  });

  it("leaves profit taken a maturity ahead of the loss to whoever took it", async () => {
    const { house, engine, meet, setMark, bankrupt, solvent, first, gina, honest } = await deal("HedgeLast");
    await meet(bankrupt, honest, wad(20), wad(2_010));
    await meet(solvent, first, wad(20), wad(2_010));
    await setMark(wad(1_900));
    await meet(first, solvent, wad(20), wad(1_900));
    expect(await house.withdrawable(first)).to.be.lessThan(wad(5_000));
    await networkHelpers.time.increase(MATURITY);
    await setMark(wad(MARK));
    await engine.liquidate(bankrupt, MARKET);
    expect((await house.health(honest)).equity).to.be.lessThan(wad(9_200) - wad(900));
    // 5,000 and 20 times 110, less a maker's fee on 40,200 and a taker's on 38,000.
    const due = wad(7_200) - wad("4.02") - wad("15.2");
    expect(await house.withdrawable(first)).to.equal(due);
    await house.connect(gina).withdraw(first, (due / WAD) * usdc(1), gina);
  });
});
