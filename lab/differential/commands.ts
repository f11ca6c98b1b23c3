import fc from "fast-check";

import { DEFICIT_MODES } from "../deployment/parameters.js";
import { POLICY_NAMES } from "../model/policies.js";

/**
 * One step of a sequence, in small numbers that mean something in any state: who by place, prices in basis points off the mark,
 * sizes in hundredths of what an account could hold. A step that is not stale has prices reported first where they are not VALID.
 * The planner turns it into calls.
 */
export type Command = Readonly<{ wait: number; stale?: boolean } & Deed>;

export type Deed =
  | { readonly type: "nothing" }
  | { readonly type: "deposit"; readonly who: number; readonly to: number; readonly cents: number }
  | { readonly type: "withdraw"; readonly who: number; readonly share: number }
  | { readonly type: "transfer"; readonly back: boolean; readonly share: number }
  | { readonly type: "depositSpot"; readonly who: number; readonly to: number; readonly share: number }
  | { readonly type: "withdrawSpot"; readonly who: number; readonly share: number }
  | ({ readonly type: "place" } & OrderDeed)
  | {
      readonly type: "placeMany";
      readonly who: number;
      readonly orders: readonly OrderDeed[];
      readonly replace: boolean;
    }
  | { readonly type: "trade"; readonly maker: number; readonly taker: number; readonly order: OrderDeed }
  | { readonly type: "cancel"; readonly who: number; readonly which: number }
  | { readonly type: "cancelMany"; readonly who: number; readonly own: boolean }
  | { readonly type: "cancelAll"; readonly who: number; readonly market: number }
  | { readonly type: "prune"; readonly market: number; readonly bids: boolean; readonly most: number }
  | { readonly type: "price"; readonly market: number; readonly change: number; readonly only: number }
  | { readonly type: "round"; readonly market: number; readonly only: number; readonly fault: number }
  | { readonly type: "poke"; readonly who: number; readonly market: number }
  | {
      readonly type: "liquidate";
      readonly who: number;
      readonly caller: number;
      readonly market: number;
      readonly due: boolean;
    }
  | { readonly type: "crash"; readonly market: number; readonly change: number; readonly caller: number }
  | { readonly type: "liquidateSpot"; readonly who: number; readonly buyer: number; readonly share: number }
  | {
      readonly type: "mandate";
      readonly who: number;
      readonly caller: number;
      readonly market: number;
      /** By place; beyond the last: none any more. */
      readonly pool: number;
      readonly worst: number;
      readonly tip: number;
    }
  | {
      readonly type: "sell";
      readonly who: number;
      readonly loser: number;
      readonly pool: number;
      readonly share: number;
      /** Whether a hedge is torn up first, if no spot is freed. */
      readonly torn: boolean;
    }
  | { readonly type: "unwindHedge"; readonly who: number; readonly buyer: number; readonly share: number }
  | { readonly type: "queue"; readonly market: number; readonly caller: number; readonly shuffled: boolean }
  | {
      readonly type: "hedge";
      readonly who: number;
      readonly taker: number;
      readonly share: number;
      readonly short: number;
    }
  | {
      readonly type: "lose";
      readonly who: number;
      readonly other: number;
      readonly market: number;
      /** Whether it is lost in the other market. */
      readonly elsewhere: boolean;
      readonly taken: number;
      readonly share: number;
      readonly off: number;
    }
  | { readonly type: "closeDust"; readonly who: number; readonly other: number; readonly market: number }
  | { readonly type: "distributeFees" }
  | { readonly type: "topUp"; readonly who: number; readonly cents: number }
  | {
      readonly type: "vaultDeposit";
      readonly house: boolean;
      readonly who: number;
      readonly cents: number;
      readonly mint: boolean;
    }
  | { readonly type: "vaultRequest"; readonly house: boolean; readonly who: number; readonly share: number }
  | { readonly type: "vaultCancel"; readonly house: boolean; readonly who: number }
  | {
      readonly type: "vaultRedeem";
      readonly house: boolean;
      readonly who: number;
      readonly share: number;
      readonly withdraw: boolean;
    }
  | {
      readonly type: "vaultTransfer";
      readonly house: boolean;
      readonly who: number;
      readonly to: number;
      readonly share: number;
    }
  | { readonly type: "unwind"; readonly market: number; readonly share: number }
  | { readonly type: "sync"; readonly market: number }
  | { readonly type: "capital"; readonly market: number; readonly cents: number; readonly recall: boolean }
  | { readonly type: "operator"; readonly who: number; readonly operator: number; readonly allowed: boolean }
  | {
      readonly type: "configure";
      readonly market: number;
      readonly policy: string;
      readonly deficitMode: string;
      readonly queue: boolean;
    }
  | { readonly type: "restrict"; readonly market: number }
  | { readonly type: "open"; readonly who: number; readonly subaccount: number }
  | LayerDeed;

/** What is done around the book. */
export type LayerDeed =
  | {
      readonly type: "house";
      readonly who: number;
      readonly market: number;
      readonly buy: boolean;
      readonly share: number;
      readonly off: number;
      readonly reduceOnly: boolean;
    }
  | {
      readonly type: "arm";
      readonly order: OrderDeed;
      readonly above: boolean;
      readonly off: number;
      readonly tip: number;
      readonly expiry: number;
      readonly unnamed: boolean;
    }
  | {
      readonly type: "trigger";
      readonly which: number;
      readonly who: number;
      readonly deed: "execute" | "cancel" | "clear";
      readonly tip: number;
    }
  | { readonly type: "refreshCap"; readonly market: number }
  | { readonly type: "depth"; readonly thousands: number }
  | { readonly type: "pause"; readonly market: number }
  | {
      readonly type: "squeeze";
      readonly who: number;
      readonly other: number;
      readonly market: number;
      readonly up: boolean;
      readonly off: number;
      readonly blocks: number;
    }
  | {
      readonly type: "auction";
      readonly market: number;
      readonly orders: readonly OrderDeed[];
      readonly caller: number;
      readonly most: number;
      /** After which call somebody's order is cancelled. */
      readonly cancelled: number;
    };

/** An order: basis points off the mark (positive is dearer), and hundredths of what the account could hold. */
export interface OrderDeed {
  readonly who: number;
  readonly market: number;
  readonly buy: boolean;
  readonly kind: number;
  readonly reduceOnly: boolean;
  readonly off: number;
  readonly share: number;
  readonly makers: number;
  /** Sent by somebody else. */
  readonly caller: number;
}

const who = fc.integer({ min: 0, max: 5 });
const seldom = [
  { weight: 5, arbitrary: fc.constant(false) },
  { weight: 1, arbitrary: fc.constant(true) },
];
const market = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) });
const share = fc.oneof(fc.integer({ min: 1, max: 130 }), fc.constantFrom(1, 100));
const cents = fc.oneof(fc.integer({ min: 1, max: 2_000_000 }), fc.constantFrom(0, 1));
const most = fc.integer({ min: 0, max: 6 });

const order = fc.record({
  who,
  market,
  buy: fc.boolean(),
  kind: fc.integer({ min: 0, max: 4 }),
  reduceOnly: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  off: fc.integer({ min: -300, max: 300 }),
  share,
  makers: most,
  // A seventh place is the owner, so that most orders are sent by whom they are for.
  caller: fc.oneof({ weight: 12, arbitrary: fc.constant(6) }, { weight: 1, arbitrary: who }),
});

const named = <T extends string, R extends Record<string, fc.Arbitrary<unknown>>>(
  type: T,
  members: R,
): fc.Arbitrary<{ type: T } & { [K in keyof R]: R[K] extends fc.Arbitrary<infer V> ? V : never }> =>
  fc.record({ type: fc.constant(type), ...members }) as never;

const deeds: readonly { readonly weight: number; readonly arbitrary: fc.Arbitrary<unknown> }[] = [
  { weight: 1, arbitrary: fc.constant({ type: "nothing" }) },
  { weight: 3, arbitrary: named("deposit", { who, to: who, cents }) },
  { weight: 4, arbitrary: named("withdraw", { who, share }) },
  { weight: 3, arbitrary: named("transfer", { back: fc.boolean(), share }) },
  { weight: 3, arbitrary: named("depositSpot", { who, to: who, share }) },
  { weight: 2, arbitrary: named("withdrawSpot", { who, share }) },
  { weight: 8, arbitrary: order.map((members) => ({ type: "place", ...members })) },
  {
    weight: 6,
    arbitrary: named("placeMany", {
      who,
      orders: fc.array(order, { minLength: 1, maxLength: 4 }),
      replace: fc.boolean(),
    }),
  },
  { weight: 34, arbitrary: named("trade", { maker: who, taker: who, order }) },
  { weight: 2, arbitrary: named("cancel", { who, which: fc.integer({ min: 0, max: 20 }) }) },
  { weight: 2, arbitrary: named("cancelMany", { who, own: fc.boolean() }) },
  { weight: 2, arbitrary: named("cancelAll", { who, market }) },
  { weight: 1, arbitrary: named("prune", { market, bids: fc.boolean(), most }) },
  {
    weight: 6,
    arbitrary: named("price", {
      market,
      change: fc.integer({ min: -600, max: 600 }),
      only: fc.integer({ min: -4, max: 2 }),
    }),
  },
  {
    weight: 1,
    arbitrary: named("round", { market, only: fc.integer({ min: 0, max: 2 }), fault: fc.integer({ min: 0, max: 4 }) }),
  },
  { weight: 4, arbitrary: named("poke", { who, market }) },
  { weight: 8, arbitrary: named("liquidate", { who, caller: who, market, due: fc.boolean() }) },
  {
    weight: 12,
    arbitrary: named("crash", { market, change: fc.integer({ min: -2_500, max: 2_500 }), caller: who }),
  },
  { weight: 4, arbitrary: named("liquidateSpot", { who, buyer: who, share }) },
  {
    weight: 2,
    arbitrary: named("mandate", {
      who,
      caller: fc.oneof({ weight: 6, arbitrary: fc.constant(6) }, { weight: 1, arbitrary: who }),
      market,
      pool: fc.integer({ min: 0, max: 2 }),
      worst: fc.constantFrom(0, 15_000, 150_000, 900_000, 1_000_000),
      tip: fc.constantFrom(0, 1_000, 50_000, 1_000_000),
    }),
  },
  {
    weight: 6,
    arbitrary: named("sell", { who, loser: who, pool: fc.integer({ min: 0, max: 1 }), share, torn: fc.boolean() }),
  },
  { weight: 3, arbitrary: named("unwindHedge", { who, buyer: who, share }) },
  {
    weight: 3,
    arbitrary: named("queue", { market, caller: who, shuffled: fc.integer({ min: 0, max: 5 }).map((n) => n === 0) }),
  },
  { weight: 3, arbitrary: named("hedge", { who, taker: who, share, short: fc.integer({ min: 80, max: 110 }) }) },
  {
    weight: 4,
    arbitrary: named("lose", {
      who,
      other: who,
      market,
      elsewhere: fc.oneof(...seldom),
      taken: fc.constantFrom(0, 30, 100),
      share: fc.integer({ min: 5, max: 60 }),
      off: fc.integer({ min: -300, max: 300 }),
    }),
  },
  { weight: 4, arbitrary: named("closeDust", { who, other: who, market }) },
  { weight: 2, arbitrary: named("distributeFees", {}) },
  { weight: 2, arbitrary: named("topUp", { who, cents }) },
  { weight: 4, arbitrary: named("vaultDeposit", { house: fc.boolean(), who, cents, mint: fc.boolean() }) },
  { weight: 3, arbitrary: named("vaultRequest", { house: fc.boolean(), who, share }) },
  { weight: 3, arbitrary: named("vaultCancel", { house: fc.boolean(), who }) },
  { weight: 5, arbitrary: named("vaultRedeem", { house: fc.boolean(), who, share, withdraw: fc.boolean() }) },
  { weight: 3, arbitrary: named("vaultTransfer", { house: fc.boolean(), who, to: who, share }) },
  { weight: 5, arbitrary: named("unwind", { market, share }) },
  { weight: 1, arbitrary: named("sync", { market }) },
  { weight: 3, arbitrary: named("capital", { market, cents, recall: fc.boolean() }) },
  { weight: 1, arbitrary: named("operator", { who, operator: who, allowed: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: named("configure", {
      market,
      policy: fc.constantFrom(...POLICY_NAMES),
      deficitMode: fc.constantFrom(...DEFICIT_MODES),
      queue: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
    }),
  },
  { weight: 1, arbitrary: named("restrict", { market }) },
  { weight: 1, arbitrary: named("open", { who, subaccount: fc.integer({ min: 0, max: 2 }) }) },
];

const off = fc.integer({ min: -300, max: 300 });
const onceIn = (times: number): fc.Arbitrary<boolean> => fc.integer({ min: 1, max: times }).map((n) => n === times);

const layers: typeof deeds = [
  {
    weight: 10,
    arbitrary: named("house", { who, market, buy: fc.boolean(), share, off, reduceOnly: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: named("arm", {
      order,
      above: fc.boolean(),
      off: fc.integer({ min: -100, max: 100 }),
      tip: fc.constantFrom(0, 1, 5, 100_000),
      expiry: fc.constantFrom(0, 0, 20, 3_600),
      unnamed: onceIn(8),
    }),
  },
  {
    weight: 6,
    arbitrary: named("trigger", {
      which: fc.integer({ min: 0, max: 9 }),
      who,
      deed: fc.constantFrom("execute", "execute", "execute", "cancel", "clear"),
      tip: fc.constantFrom(0, 0, 1, 6),
    }),
  },
  { weight: 1, arbitrary: named("refreshCap", { market }) },
  { weight: 2, arbitrary: named("depth", { thousands: fc.constantFrom(0, 50, 200, 400, 1_000_000) }) },
  { weight: 1, arbitrary: named("pause", { market }) },
  {
    weight: 6,
    arbitrary: named("squeeze", {
      who,
      other: who,
      market,
      up: fc.boolean(),
      off: fc.integer({ min: 300, max: 1_800 }),
      blocks: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 10,
    arbitrary: named("auction", {
      market,
      orders: fc.array(order, { minLength: 0, maxLength: 6 }),
      caller: who,
      most: fc.constantFrom(0, 1, 2, 3, 5),
      cancelled: fc.integer({ min: 0, max: 5 }),
    }),
  },
];

/** Seconds before a step: none, a block, a while, hours, days. */
const wait = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 15 }) },
  { weight: 4, arbitrary: fc.integer({ min: 16, max: 700 }) },
  { weight: 1, arbitrary: fc.integer({ min: 701, max: 8_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(90_000, 259_200) },
);

/** Any step. */
export const command = fc
  .tuple(wait, fc.oneof(...seldom), fc.oneof({ withCrossShrink: true }, ...deeds, ...layers))
  .map(([seconds, stale, deed]): Command => ({ wait: seconds, stale, ...(deed as Deed) }));
