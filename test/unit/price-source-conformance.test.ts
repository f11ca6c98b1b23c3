import { expect } from "chai";

import { ADAPTERS, PRICE } from "../support/adapters.js";
import { MARKET, Status, WAD } from "../support/prices.js";

const { NOT_POSITIVE, STALE, OK, UNCONFIGURED } = Status;
const DAY = 86_400;

for (const [name, load] of ADAPTERS) {
  describe(`As a price source, ${name}`, () => {
    it("is unconfigured in a market it does not know, up to the last one there can be", async () => {
      const { source } = await load();
      for (const market of [1, 15, 255]) expect((await source.read(market)).status).to.equal(UNCONFIGURED);
    });

    it("gives a healthy price in WAD, of a time that is not to come, with some depth", async () => {
      const { source, networkHelpers, tolerance = 0 } = await load();
      const reading = await source.read(MARKET);
      expect(reading.status).to.equal(OK);
      expect(Math.abs(Number(reading.price) / 1e18 / PRICE - 1)).to.be.at.most(tolerance);
      expect(reading.publishedAt).to.be.within(1n, BigInt(await networkHelpers.time.latest()));
      expect(reading.depth).to.be.at.least(WAD);
      expect(reading.confidence).to.be.below(reading.price);
    });

    it("never gives an old price a new time: it ages, or it is an average that ends now", async () => {
      const { source, networkHelpers, ages } = await load();
      const before = await source.read(MARKET);
      await networkHelpers.time.increase(600);
      const later = await source.read(MARKET);
      expect(later.publishedAt).to.equal(ages ? before.publishedAt : BigInt(await networkHelpers.time.latest()));
      await networkHelpers.time.increase(DAY);
      expect((await source.read(MARKET)).status).to.equal(ages ? STALE : OK);
    });

    it("takes neither zero nor less for a price, nor a price of the future, where its far end can say so", async () => {
      const { source, say, future } = await load();
      if (say !== undefined) {
        for (const price of [0n, -1n]) {
          await say(price);
          expect((await source.read(MARKET)).status).to.equal(NOT_POSITIVE);
        }
      }
      if (future !== undefined) {
        await future();
        expect((await source.read(MARKET)).status).to.equal(Status.FUTURE);
      }
    });
  });
}
