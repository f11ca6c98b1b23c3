import { expect } from "chai";

import { ethers, MARKET, Module, networkHelpers, WAD, wad } from "../support/ledger.js";
import { DUST, isClose, Kind, loadExchange } from "../support/liquidation.js";

/** Alice is long 2 at 2,000 with 2,000 of margin, Bob short against her; Erin's bids wait below. Alice lets triggers trade for her. */
async function fixture() {
  const exchange = await loadExchange();
  const { house, book, prices, open, meet, rest, alice, bob, erin, keeper } = exchange;
  const triggers = await ethers.deployContract("TriggerOrders", [house, book, prices]);
  await house.setModule(triggers, Module.TRIGGERS);
  const [long, short, maker, tipped] = [
    await open(alice, 2_000),
    await open(bob, 20_000),
    await open(erin, 50_000),
    await open(keeper),
  ];
  await meet(long, short, 2n * WAD);
  await rest(maker, true, wad(1_890), 10n * WAD);
  await house.connect(alice).setOperator(long, triggers, true);

  /** A stop that closes the position by a market order once the mark is at or below 1,900; tip 5. */
  const stop = (change: object = {}, order: object = {}) => ({
    above: false,
    trigger: wad(1_900),
    tip: wad(5),
    expiry: 0n,
    order: {
      market: MARKET,
      buy: false,
      kind: Kind.MARKET,
      reduceOnly: true,
      maxMakers: 0,
      price: wad(1_800),
      size: 2n * WAD,
      ...order,
    },
    ...change,
  });
  const arm = async (request = stop()) => {
    await triggers.connect(alice).arm(long, request);
    return triggers.count();
  };
  const asKeeper = triggers.connect(keeper);
  return { ...exchange, triggers, asKeeper, stop, arm, long, short, maker, tipped };
}

const cashOf = async ({ house }: Awaited<ReturnType<typeof fixture>>, account: bigint) =>
  (await house.accountData(account)).cash;

describe("A triggered order", () => {
  it("is placed by anyone once the mark is there, and pays its tip inside the ledger", async () => {
    const world = await fixture();
    const { asKeeper, arm, setMark, sizeOf, long, tipped } = world;
    const id = await arm();
    await setMark(wad(1_900));
    await expect(asKeeper.execute(id, tipped, wad(5))).to.emit(asKeeper, "TriggerExecuted");
    expect(await sizeOf(long)).to.equal(0n);
    expect(await cashOf(world, tipped)).to.equal(wad(5));
    await expect(asKeeper.execute(id, tipped, 0n)).to.be.revertedWithCustomError(asKeeper, "TriggerNotFound");
  });

  it("takes profit above as well as it stops below", async () => {
    const { asKeeper, arm, stop, setMark, sizeOf, long, maker, tipped, rest } = await fixture();
    await rest(maker, true, wad(1_999), 2n * WAD);
    const id = await arm(stop({ above: true, trigger: wad(2_100) }));
    await setMark(wad(2_099));
    await expect(asKeeper.execute(id, tipped, 0n))
      .to.be.revertedWithCustomError(asKeeper, "NotTriggered")
      .withArgs(id, wad(2_099), wad(2_100));
    await setMark(wad(2_100));
    await asKeeper.execute(id, tipped, 0n);
    expect(await sizeOf(long)).to.equal(0n);
  });

  it("waits while the mark is a wei away", async () => {
    const { asKeeper, arm, setMark, tipped } = await fixture();
    const id = await arm();
    await setMark(wad(1_900) + 1n);
    await expect(asKeeper.execute(id, tipped, 0n)).to.be.revertedWithCustomError(asKeeper, "NotTriggered");
  });

  it("is not triggered by the mark of the block it was armed in", async () => {
    const { triggers, alice, asKeeper, stop, setMark, long, tipped } = await fixture();
    await setMark(wad(1_900));
    const { provider } = ethers;
    await provider.send("evm_setAutomine", [false]);
    await triggers.connect(alice).arm(long, stop(), { gasLimit: 1_000_000n });
    const early = await asKeeper.execute(1n, tipped, 0n, { gasLimit: 2_000_000n });
    await networkHelpers.mine();
    await provider.send("evm_setAutomine", [true]);
    expect((await provider.getTransactionReceipt(early.hash))!.status).to.equal(0);
    await asKeeper.execute(1n, tipped, 0n);
  });

  it("needs a VALID price", async () => {
    const { asKeeper, arm, setMark, prices, tipped } = await fixture();
    const id = await arm();
    for (const validity of [1n, 2n, 3n]) {
      await setMark(wad(1_850), MARKET, validity);
      await expect(asKeeper.execute(id, tipped, 0n)).to.be.revertedWithCustomError(prices, "PriceNotUsable");
    }
  });

  it("goes on waiting when the book has nothing for it or refuses it", async () => {
    const { asKeeper, arm, stop, setMark, house, long, alice, tipped, triggers } = await fixture();
    const nothing = await arm(stop({}, { price: wad(1_895) }));
    await setMark(wad(1_900));
    await expect(asKeeper.execute(nothing, tipped, 0n))
      .to.be.revertedWithCustomError(asKeeper, "NothingTraded")
      .withArgs(nothing);
    const id = await arm();
    await house.connect(alice).setOperator(long, triggers, false);
    await expect(asKeeper.execute(id, tipped, 0n)).to.revert(ethers);
    await house.connect(alice).setOperator(long, triggers, true);
    await asKeeper.execute(id, tipped, 0n);
  });

  it("goes on waiting with what a wall of dust has not filled, and pays the part of its tip that was earned", async () => {
    const world = await fixture();
    const { triggers, asKeeper, arm, stop, setMark, sizeOf, rest, book, erin, maker, long, tipped } = world;
    const lot = WAD / 1_000n;
    // A crumb at the best price, and behind it orders that are void and still count towards the most makers the stop meets.
    await book.connect(erin).cancelAll(maker, MARKET);
    for (let i = 0; i < 3; ++i) await rest(maker, true, wad(1_895), lot);
    await book.connect(erin).cancelAll(maker, MARKET);
    await rest(maker, true, wad(1_896), lot);
    await rest(maker, true, wad(1_890), 10n * WAD);
    const id = await arm(stop({}, { maxMakers: 4 }));
    await setMark(wad(1_900));
    await asKeeper.execute(id, tipped, 0n);
    expect(await sizeOf(long)).to.equal(2n * WAD - lot);
    // 5 times 0.001 of 2.
    expect(await cashOf(world, tipped)).to.equal(wad("0.0025"));
    const waiting = (await triggers.triggerOrder(id)).request;
    expect([waiting.order.size, waiting.tip]).to.deep.equal([2n * WAD - lot, wad("4.9975")]);
    await asKeeper.execute(id, tipped, wad("4.9975"));
    expect(await sizeOf(long)).to.equal(0n);
    expect(await cashOf(world, tipped)).to.equal(wad(5));
    await expect(asKeeper.execute(id, tipped, 0n)).to.be.revertedWithCustomError(asKeeper, "TriggerNotFound");
  });

  it("is done once nothing is left to reduce, however much larger it was", async () => {
    const world = await fixture();
    const { asKeeper, arm, stop, setMark, sizeOf, long, tipped } = world;
    const id = await arm(stop({}, { size: 9n * WAD }));
    await setMark(wad(1_900));
    await asKeeper.execute(id, tipped, wad(5));
    expect(await sizeOf(long)).to.equal(0n);
    expect(await cashOf(world, tipped)).to.equal(wad(5));
    await expect(asKeeper.clear(id)).to.be.revertedWithCustomError(asKeeper, "TriggerNotFound");
  });

  it("opens too, within margin, and rests if it is told to", async () => {
    const { asKeeper, arm, stop, setMark, book, long, tipped, sizeOf } = await fixture();
    const order = { kind: Kind.LIMIT, reduceOnly: false, buy: true, price: wad(1_850), size: WAD };
    const id = await arm(stop({}, order));
    await setMark(wad(1_900));
    await asKeeper.execute(id, tipped, 0n);
    expect(await sizeOf(long)).to.equal(2n * WAD);
    const levels = await book.depth(MARKET, true, 5);
    expect(levels.map(({ price }) => price)).to.include(wad(1_850));
    const large = await arm(stop({}, { ...order, size: 1_000n * WAD }));
    await expect(asKeeper.execute(large, tipped, 0n)).to.revert(ethers);
    expect((await asKeeper.triggerOrder(large)).account).to.equal(long);
  });

  it("pays no more of its tip than the account could withdraw, and lets the executor decline", async () => {
    const world = await fixture();
    const { asKeeper, arm, stop, setMark, house, long, tipped } = world;
    const order = { kind: Kind.LIMIT, reduceOnly: false, buy: true, price: wad(1_850), size: WAD };
    const id = await arm(stop({ tip: wad(5_000) }, order));
    await setMark(wad(1_900));
    await expect(asKeeper.execute(id, tipped, wad(5_000))).to.be.revertedWithCustomError(asKeeper, "TipTooSmall");
    await asKeeper.execute(id, tipped, 0n);
    const { equity, initialMargin } = await house.health(long);
    expect(equity >= initialMargin - DUST).to.equal(true);
    expect(isClose(await house.withdrawable(long), 0n, DUST)).to.equal(true);
    expect((await cashOf(world, tipped)) > 0n).to.equal(true);
  });

  it("closes what is left of a position that was torn up or reduced meanwhile", async () => {
    const { asKeeper, arm, setMark, rest, long, maker, tipped, sizeOf } = await fixture();
    const id = await arm();
    await rest(maker, true, wad(1_999), WAD);
    await rest(long, false, wad(1_999), WAD);
    await setMark(wad(1_900));
    await asKeeper.execute(id, tipped, 0n);
    expect(await sizeOf(long)).to.equal(0n);
  });

  it("is void once there is nothing left to reduce, the account has voided its orders, or its time is over", async () => {
    const { asKeeper, arm, stop, setMark, book, alice, long, maker, rest, tipped } = await fixture();
    const at = BigInt(await networkHelpers.time.latest());
    const expired = await arm(stop({ expiry: at + 100n }));
    const other = await arm();
    await expect(asKeeper.clear(expired)).to.be.revertedWithCustomError(asKeeper, "TriggerStands");
    await networkHelpers.time.increase(200);
    await setMark(wad(1_900));
    await expect(asKeeper.execute(expired, tipped, 0n))
      .to.be.revertedWithCustomError(asKeeper, "TriggerVoid")
      .withArgs(expired);
    await expect(asKeeper.clear(expired)).to.emit(asKeeper, "TriggerCancelled").withArgs(expired, true);
    await book.connect(alice).cancelAll(long, MARKET);
    expect(await asKeeper.isVoid(other)).to.equal(true);
    const third = await arm();
    expect(await asKeeper.isVoid(third)).to.equal(false);
    await rest(maker, true, wad(1_899), 2n * WAD);
    await rest(long, false, wad(1_899), 2n * WAD);
    expect(await asKeeper.isVoid(third)).to.equal(true);
    await asKeeper.clear(third);
  });

  it("belongs to the account's owner and operators", async () => {
    const { triggers, asKeeper, arm, stop, alice, bob, stranger, long, short } = await fixture();
    await expect(triggers.connect(stranger).arm(long, stop()))
      .to.be.revertedWithCustomError(triggers, "NotAllowed")
      .withArgs(long, stranger.address);
    await expect(triggers.connect(bob).arm(short, stop()))
      .to.be.revertedWithCustomError(triggers, "NotOperator")
      .withArgs(short);
    const id = await arm();
    await expect(asKeeper.cancel(id)).to.be.revertedWithCustomError(triggers, "NotAllowed");
    await expect(triggers.connect(alice).cancel(id)).to.emit(triggers, "TriggerCancelled").withArgs(id, false);
    await expect(triggers.connect(alice).cancel(id)).to.be.revertedWithCustomError(triggers, "TriggerNotFound");
  });

  it("is refused with a trigger of zero or a time that has passed", async () => {
    const { triggers, arm, stop } = await fixture();
    for (const request of [stop({ trigger: 0n }), stop({ expiry: 1n })]) {
      await expect(arm(request)).to.be.revertedWithCustomError(triggers, "InvalidTrigger");
    }
  });

  it("is the only one whom the ledger lets pay tips", async () => {
    const { house, stranger, long, tipped } = await fixture();
    await expect(house.connect(stranger).payTip(long, tipped, 1n)).to.be.revertedWithCustomError(house, "NotModule");
  });
});
