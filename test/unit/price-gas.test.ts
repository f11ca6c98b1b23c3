import { expect } from "chai";

import { UniswapV3 } from "../../lab/spot/uniswap.js";
import { MARK_CONFIG } from "../support/mark.js";
import { deployIndex, MARKET, TOLERANT, wad, WAD } from "../support/prices.js";

const WINDOW = 1_800;
const OPEN = 3;

describe("A price's gas", () => {
  /** One Chainlink feed, one real pool with a long history, a book of a few slots. */
  async function world() {
    const index = await deployIndex();
    const { ethers, admin, networkHelpers, authority, oracle, report } = index;
    const feed = await index.deployFeed({ heartbeat: 86_400n, depth: 5_000_000n });
    const uniswap = await UniswapV3.deploy(admin);
    const tokens = [];
    for (const decimals of [18, 6]) {
      const token = await ethers.deployContract("TestToken", ["Token", "TKN", decimals]);
      await token.mint(admin, 10n ** 30n);
      tokens.push({ address: await token.getAddress(), decimals });
    }
    const [base, quote] = [tokens[0]!, tokens[1]!];
    await uniswap.approve(admin, base, quote);
    const pool = await uniswap.createPool({ base, quote, fee: 500, price: 3_000n * WAD });
    await pool.addLiquidity(admin, { depth: 5_000_000n * WAD });
    await pool.growCardinality(200);
    const source = await ethers.deployContract("UniswapV3TwapSource", [authority]);
    await source.setPool(MARKET, pool.address, base.address, WINDOW);
    const entries = [feed.source, source].map((adapter, i) => ({
      source: adapter,
      gasLimit: 100_000n,
      maxDepth: 10n ** 9n,
      interval: [0n, 30n][i]!,
    }));
    await oracle.setSources(MARKET, entries, { ...TOLERANT, quorum: 2n });
    const marks = await ethers.deployContract("MarkPrice", [oracle, authority]);
    const quotes = await ethers.deployContract("TestQuotes");
    await marks.setMarket(MARKET, MARK_CONFIG);
    await marks.setOrderBook(quotes);
    await networkHelpers.time.increase(WINDOW);
    for (let i = 0; i < 150; ++i) {
      await networkHelpers.time.setNextBlockTimestamp((await networkHelpers.time.latest()) + 12);
      await pool.swap(admin, i % 2 === 0 ? "quote" : "base", i % 2 === 0 ? 3_000_000_000n : WAD);
    }
    await report(feed, 3_000);
    await quotes.show({
      bid: wad(3_000),
      ask: wad(3_002),
      last: wad(3_001),
      impactBid: wad(2_999),
      impactAsk: wad(3_003),
    });
    await marks.priceFor(MARKET, OPEN);
    return { ...index, marks };
  }

  /** Gas of a call beyond what any transaction with its data pays. */
  async function spent(transaction: Promise<{ data: string; wait(): Promise<{ gasUsed: bigint } | null> }>) {
    const { data, wait } = await transaction.then((sent) => ({ data: sent.data, wait: () => sent.wait() }));
    const bytes = Buffer.from(data.slice(2), "hex");
    const intrinsic = bytes.reduce((sum, byte) => sum + (byte === 0 ? 4 : 16), 21_000);
    return Number((await wait())!.gasUsed) - intrinsic;
  }

  it("is bounded for the first of a block, whether the pool's average is kept or asked for, and small for the rest", async () => {
    const { marks, provider, networkHelpers } = await world();
    await spent(marks.priceFor(MARKET, OPEN));
    const kept = await spent(marks.priceFor(MARKET, OPEN));
    await networkHelpers.time.increase(59);
    await spent(marks.priceFor(MARKET, OPEN));
    await networkHelpers.time.increase(59);
    const asked = await spent(marks.priceFor(MARKET, OPEN));

    await provider.request({ method: "evm_setAutomine", params: [false] });
    const pending = [];
    for (let i = 0; i < 2; ++i) pending.push(await marks.priceFor(MARKET, OPEN, { gasLimit: 1_000_000n }));
    await networkHelpers.mine();
    await provider.request({ method: "evm_setAutomine", params: [true] });
    const later = await spent(Promise.resolve(pending[1]!));
    expect(kept).to.be.below(90_000);
    // The pool searches what it has recorded, and setPool makes it record as much as the window needs.
    expect(asked).to.be.below(175_000);
    expect(later).to.be.below(5_000);
  });
});
