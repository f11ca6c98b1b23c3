import type { SpotPool } from "./market.js";

/** The spot market of a deployment without one: it has no price, and nothing can be traded in it. */
export class NoPool implements SpotPool {
  buyExact(): never {
    throw new Error("the deployment has no spot pool");
  }

  sellExact(): never {
    throw new Error("the deployment has no spot pool");
  }

  moveTo(): never {
    throw new Error("the deployment has no spot pool");
  }

  price(): Promise<number> {
    return Promise.resolve(Number.NaN);
  }

  approvals(): readonly never[] {
    return [];
  }
}
