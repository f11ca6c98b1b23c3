import type { Branch, Stage } from "../../scenario/scenario.js";
import type { PricePath } from "../../world/prices.js";
import { BELOW_DELEVERAGING, PARTING } from "./history.js";

/** Seconds from the crash's end to the lowest price of the branch that goes on falling. */
const SLIDE = 300;

/** The two ways on from the crash: up again as recorded, or farther down. */
export function branchesOf(path: PricePath, stages: readonly Stage[]): Branch[] {
  return [
    { id: "recovery", title: "ETH recovers, as recorded", stages, prices: () => path },
    {
      id: "below",
      title: "ETH goes on falling, to below the deleveraging price",
      stages,
      prices: (average) => path.divertedAt(PARTING, average * BELOW_DELEVERAGING, SLIDE),
    },
  ];
}
