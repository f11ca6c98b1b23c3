import { expect } from "chai";

import { Quantiles } from "../../lab/data/records.js";
import { Rng } from "../../lab/random.js";
import { gini, topShare } from "../../lab/run/statistics.js";
import { UsageError, valuesOf } from "../../lab/scenario/parameters.js";
import { deficitModeOf, regimesOf, scenarioOf, settingsOf } from "../../lab/tasks/request.js";
import { fromWad, toTokens, toWad, WAD } from "../../lab/units.js";
import { OrderIndex } from "../../lab/world/orders.js";
import { PricePath } from "../../lab/world/prices.js";

describe("lab: random streams", () => {
  it("depend on seed and name, and on nothing else", () => {
    const draw = (seed: number, name: string): number => Rng.of(seed, name).uniform();
    expect(draw(1, "maker")).to.equal(draw(1, "maker"));
    expect(draw(1, "maker")).to.not.equal(draw(2, "maker"));
    expect(draw(1, "maker")).to.not.equal(draw(1, "taker"));
  });

  it("can be continued twice from the same place", () => {
    const stream = Rng.of(1, "stream");
    stream.uniform();
    const twin = stream.clone();
    expect([stream.uniform(), stream.below(100)]).to.deep.equal([twin.uniform(), twin.below(100)]);
  });

  it("shuffle without losing anything", () => {
    const items = Array.from({ length: 50 }, (_, index) => index);
    const shuffled = Rng.of(3, "cards").shuffle(items);
    expect(shuffled).to.not.deep.equal(items);
    expect([...shuffled].sort((left, right) => left - right)).to.deep.equal(items);
  });

  it("refuse to pick from nothing", () => {
    expect(() => Rng.of(1, "empty").pick([])).to.throw(RangeError);
  });
});

describe("lab: units", () => {
  it("turn decimals into fixed point and back", () => {
    expect(toWad(3_900.25)).to.equal(3_900_250_000_000_000_000_000n);
    expect(toWad(-1.5)).to.equal(-1_500_000_000_000_000_000n);
    expect(fromWad(toWad(0.000_000_001))).to.equal(0.000_000_001);
    expect(toTokens(1.234_567_9)).to.equal(1_234_567n);
  });
});

describe("lab: recorded quantiles", () => {
  const quantiles = new Quantiles([0.1, 0.5, 0.9], [1, 10, 1_000]);

  it("are met at their levels, and interpolated in the logarithm between them", () => {
    expect(quantiles.at(0.5)).to.equal(10);
    expectNear(quantiles.at(0.7), 100, 1e-9);
  });

  it("hold beyond the ends", () => {
    expect(quantiles.at(0)).to.equal(1);
    expect(quantiles.at(1)).to.equal(1_000);
  });

  it("give the level of a value", () => {
    expectNear(quantiles.levelOf(100), 0.7, 1e-9);
  });
});

describe("lab: price paths", () => {
  const path = new PricePath([
    [10, 100],
    [20, 90],
  ]);

  it("hold the last price, and the first before it", () => {
    expect([path.at(0), path.at(10), path.at(19), path.at(20), path.at(99)]).to.deep.equal([100, 100, 100, 90, 90]);
  });

  it("divert in a straight line and stay there", () => {
    const diverted = path.divertedAt(15, 50, 10);
    expect([diverted.at(15), diverted.at(20), diverted.at(25), diverted.at(60)]).to.deep.equal([100, 75, 50, 50]);
  });

  it("know their range", () => {
    expect(path.range(12, 30)).to.deep.equal({ low: 90, high: 100 });
  });
});

describe("lab: statistics", () => {
  it("call equal shares zero and a single payer nearly one", () => {
    expectNear(gini([5, 5, 5, 5]), 0, 1e-12);
    expectNear(gini([0, 0, 0, 8]), 0.75, 1e-12);
    expect(gini([])).to.equal(0);
  });

  it("add up the largest", () => {
    expectNear(topShare([1, 2, 3, 4], 2), 0.7, 1e-12);
    expect(topShare([], 2)).to.equal(0);
  });
});

describe("lab: the book rebuilt from events", () => {
  const event = (name: string, values: Record<string, unknown>) => ({
    contract: "OrderBook",
    name,
    arguments: values,
    transaction: 0,
  });
  const placed = (orderId: bigint, account: bigint, buy: boolean, price: bigint) =>
    event("OrderPlaced", { orderId, account, buy, price: price * WAD, size: 10n * WAD });

  it("counts depth on one side within a distance", () => {
    const orders = new OrderIndex();
    orders.apply([placed(1n, 7n, true, 99n), placed(2n, 7n, true, 90n), placed(3n, 8n, false, 101n)]);
    expect(orders.depth(true, 100n * WAD, 0.02)).to.equal(10n * WAD);
    expect(orders.depth(true, 100n * WAD, 0.2)).to.equal(20n * WAD);
    expect(orders.depth(false, 100n * WAD, 0.02)).to.equal(10n * WAD);
  });

  it("tells whose order was filled, and forgets it when nothing is left", () => {
    const orders = new OrderIndex();
    orders.apply([placed(1n, 7n, true, 99n)]);
    const part = orders.apply([event("OrderFilled", { orderId: 1n, size: 4n * WAD })]);
    expect(part).to.deep.equal([{ account: 7, buy: true, size: 4n * WAD }]);
    orders.apply([event("OrderFilled", { orderId: 1n, size: 6n * WAD })]);
    expect(orders.of(7)).to.deep.equal([]);
  });

  it("drops voided orders, and can be rewound", () => {
    const orders = new OrderIndex();
    orders.apply([placed(1n, 7n, true, 99n), placed(2n, 8n, true, 99n)]);
    const moment = orders.copy();
    orders.apply([event("OrdersVoided", { account: 7n, market: 0n })]);
    expect(orders.of(7)).to.deep.equal([]);
    expect(orders.of(8)).to.deep.equal([2n]);
    orders.restore(moment);
    expect(orders.of(7)).to.deep.equal([1n]);
  });
});

describe("lab: what the command line accepts", () => {
  const crossfire = scenarioOf("crossfire");

  it("takes settings within their bounds", () => {
    expect(settingsOf(crossfire, "depth=0.5,crowd=30")).to.include({ depth: 0.5, crowd: 30 });
    expect(settingsOf(crossfire, "").crowd).to.equal(420);
  });

  it("refuses unknown names, numbers out of bounds, fractions of people, and nonsense", () => {
    for (const bad of ["nothing=1", "depth=99", "crowd=30.5", "depth", "depth=much"]) {
      expect(() => settingsOf(crossfire, bad), bad).to.throw(UsageError);
    }
  });

  it("refuses unknown scenarios, policies and deficit settings", () => {
    expect(() => scenarioOf("peace")).to.throw(UsageError);
    expect(() => regimesOf(crossfire, "ProRata,Luck")).to.throw(UsageError);
    expect(() => deficitModeOf("NOBODY")).to.throw(UsageError);
  });

  it("takes all of a scenario's policies when none is named, and none twice", () => {
    expect(regimesOf(crossfire, "")).to.deep.equal(["HedgeLast", "ProRata", "ProfitFirst", "LeverageFirst", "Queue"]);
    expect(regimesOf(crossfire, "Queue,Queue")).to.deep.equal(["Queue"]);
  });

  it("fills in defaults", () => {
    expect(valuesOf({ a: { default: 2, low: 1, high: 3, unit: "", why: "" } }, {})).to.deep.equal({ a: 2 });
  });
});

/** Chai's closeTo is replaced by one for whole numbers once Hardhat's matchers are loaded. */
function expectNear(value: number, expected: number, tolerance: number): void {
  expect(Math.abs(value - expected) <= tolerance, `${value} is not within ${tolerance} of ${expected}`).to.equal(true);
}
