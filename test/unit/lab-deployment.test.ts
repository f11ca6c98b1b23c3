import { expect } from "chai";

import { HousePool__factory } from "../../typechain-types/index.js";
import { interfaceOf } from "../../lab/deployment/artifacts.js";
import { deployExchange } from "../support/exchange.js";

const WAD = 10n ** 18n;

describe("lab: deployment", () => {
  it("reads a library with functions of storage structs and says nothing on standard output, where results go", () => {
    const said: unknown[] = [];
    const { log } = console;
    console.log = (...words: unknown[]) => void said.push(words);
    const input = { name: "config", type: "MarketConfig storage", internalType: "struct MarketConfig" };
    const known = interfaceOf({
      abi: [
        { type: "function", name: "market", inputs: [input], outputs: [], stateMutability: "view" },
        {
          type: "function",
          name: "phase",
          inputs: [{ name: "", type: "Phase" }],
          outputs: [],
          stateMutability: "pure",
        },
        {
          type: "function",
          name: "mark",
          inputs: [{ name: "", type: "uint256" }],
          outputs: [],
          stateMutability: "pure",
        },
        { type: "error", name: "UnsafeParameter", inputs: [{ name: "rule", type: "string" }] },
      ],
    });
    console.log = log;
    expect(said).to.deep.equal([]);
    expect(known.fragments.map((fragment) => fragment.type)).to.deep.equal(["function", "error"]);
  });

  it("lists a market that prices, with fund and backstop funded", async () => {
    const fixture = await deployExchange({ insurance: 5_000, backstop: 7_000, market: { startPrice: 3_900 } });
    const price = await fixture.markPrice.peek(0);
    expect(price.index).to.equal(3_900n * WAD);
    expect(price.validity).to.equal(0n);
    const { insuranceFund, backstopVault } = fixture.exchange.accounts;
    expect((await fixture.clearingHouse.accountData(insuranceFund)).cash).to.equal(5_000n * WAD);
    expect((await fixture.clearingHouse.accountData(backstopVault)).cash).to.equal(0n);
    expect((await fixture.backstopVault.marketView(0)).equity).to.equal(7_000n * WAD);
  });

  it("lets two traders trade with each other", async () => {
    const fixture = await deployExchange();
    const maker = await fixture.trader(10_000n);
    const taker = await fixture.trader(10_000n);
    const order = { market: 0, reduceOnly: false, maxMakers: 0, price: 4_000n * WAD, size: WAD };
    await maker.orderBook.place(maker.account, { ...order, buy: false, kind: 0 });
    await taker.orderBook.place(taker.account, { ...order, buy: true, kind: 2 });
    expect((await fixture.clearingHouse.positionOf(taker.account, 0)).size).to.equal(WAD);
    expect((await fixture.clearingHouse.positionOf(maker.account, 0)).size).to.equal(-WAD);
  });

  it("deals with traders through a house pool where one is asked for", async () => {
    const fixture = await deployExchange({ house: { lent: 50_000 } });
    const { house } = fixture.exchange;
    if (house === undefined) throw new Error("no house pool");
    const trader = await fixture.trader(10_000n);
    await trader.clearingHouse.setOperator(trader.account, house.pool.address, true);
    const pool = HousePool__factory.connect(house.pool.address, trader.clearingHouse.runner);
    await pool.trade(trader.account, 0, true, WAD / 2n, 2n ** 255n, false);
    expect((await fixture.clearingHouse.positionOf(house.account, 0)).size).to.equal(-WAD / 2n);
    expect((await deployExchange()).exchange.house).to.equal(undefined);
  });

  it("links every external library of the ledger, and knows its errors", async () => {
    const { exchange } = await deployExchange();
    expect(exchange.libraries.length).to.be.greaterThan(3);
    expect(exchange.contracts.clearingHouse.interface.getError("InsufficientMargin")).to.not.equal(null);
    expect(exchange.contracts.clearingHouse.interface.getEvent("PositionChanged")).to.not.equal(null);
  });
});
