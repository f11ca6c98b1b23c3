import { expect } from "chai";

import { MARK_CONFIG } from "../support/mark.js";
import { deployIndex, MARKET, Status, wad } from "../support/prices.js";

const GRACE = 3_600;

describe("A source guarded by the sequencer's uptime", () => {
  /** A feed behind the guard, and an uptime feed that says what it is told. */
  async function world() {
    const base = await deployIndex();
    const { ethers, networkHelpers } = base;
    const inner = await base.deployFeed({ heartbeat: 172_800n });
    const uptime = await ethers.deployContract("HostileFeed");
    const guarded = await ethers.deployContract("SequencerGuardedSource", [inner.source, uptime, GRACE]);
    const words = (...list: bigint[]) =>
      ethers.AbiCoder.defaultAbiCoder().encode(
        list.map(() => "uint256"),
        list,
      );
    /** Says 0 (up) or 1 (down) since a time. */
    const say = (answer: bigint, since: number | bigint) =>
      uptime.behave(0, words(1n, answer, BigInt(since), BigInt(since), 1n));
    await base.report(inner, 3_000);
    const status = async () => (await guarded.read(MARKET, { gasLimit: 1_000_000n })).status;
    return { ...base, inner, uptime, guarded, say, words, status, now: await networkHelpers.time.latest() };
  }

  it("says what the source says, word for word, once the chain has been up for the grace period", async () => {
    const { guarded, inner, say, now, networkHelpers } = await world();
    await say(0n, now);
    await networkHelpers.time.increaseTo(now + GRACE);
    expect([...(await guarded.read(MARKET))]).to.deep.equal([...(await inner.source.read(MARKET))]);
    expect((await guarded.read(MARKET)).price).to.equal(wad(3_000));
    expect((await guarded.read(5)).status).to.equal(Status.UNCONFIGURED);
  });

  it("is silent until the last second of the grace period", async () => {
    const { say, now, status, networkHelpers } = await world();
    await say(0n, now);
    await networkHelpers.time.increaseTo(now + GRACE - 1);
    expect(await status()).to.equal(Status.SEQUENCER_RESTARTED);
    await networkHelpers.time.increaseTo(now + GRACE);
    expect(await status()).to.equal(Status.OK);
  });

  it("is silent while the sequencer is down, however long", async () => {
    const { say, now, status } = await world();
    await say(1n, now - 1_000_000);
    expect(await status()).to.equal(Status.SEQUENCER_DOWN);
  });

  it("trusts no uptime feed that is dead, unanswered, of the future or of no meaning", async () => {
    const { say, now, status, uptime, words } = await world();
    await say(0n, 0);
    expect(await status()).to.equal(Status.INCOMPLETE);
    await say(0n, now + 1_000);
    expect(await status()).to.equal(Status.FUTURE);
    for (const answer of [2n, (1n << 256n) - 1n]) {
      await say(answer, now - GRACE);
      expect(await status()).to.equal(Status.MALFORMED);
    }
    await uptime.behave(0, words(1n, 0n, 1n, 1n));
    expect(await status()).to.equal(Status.MALFORMED);
    for (const mode of [1, 2, 4]) {
      await uptime.behave(mode, "0x");
      expect(await status()).to.equal(Status.UNREACHABLE);
    }
  });

  it("makes an index STALE rather than wrong: nobody is liquidated by the jump, and anybody may reduce", async () => {
    const { ethers, authority, oracle, use, guarded, inner, say, report, now, networkHelpers } = await world();
    await say(0n, now - GRACE);
    await use([guarded]);
    const marks = await ethers.deployContract("MarkPrice", [oracle, authority]);
    await marks.setMarket(MARKET, { ...MARK_CONFIG, speed: 1_000_000n });
    const [REDUCE, OPEN, LIQUIDATE] = [2, 3, 5];
    await marks.priceFor(MARKET, OPEN);
    await say(1n, now);
    await networkHelpers.time.increase(7_200);
    await say(0n, await networkHelpers.time.latest());
    await report(inner, 2_000);
    expect((await marks.priceFor.staticCall(MARKET, REDUCE)).mark).to.equal(wad(3_000));
    await expect(marks.priceFor(MARKET, LIQUIDATE))
      .to.be.revertedWithCustomError(marks, "PriceNotUsable")
      .withArgs(MARKET, LIQUIDATE, 2n, await guarded.getAddress(), Status.SEQUENCER_RESTARTED);
    await networkHelpers.time.increase(GRACE);
    expect((await marks.priceFor.staticCall(MARKET, LIQUIDATE)).mark).to.equal(wad(2_000));
  });

  it("refuses a grace period under a minute or over a day", async () => {
    const { ethers, inner, uptime, guarded } = await world();
    for (const grace of [59, 86_401]) {
      await expect(ethers.deployContract("SequencerGuardedSource", [inner.source, uptime, grace]))
        .to.be.revertedWithCustomError(guarded, "ParameterOutOfRange")
        .withArgs("grace", grace, 60, 86_400);
    }
  });
});
