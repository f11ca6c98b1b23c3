import type { RegimeReport } from "../report/data.js";
import type { Scenario } from "../scenario/scenario.js";
import { ACCOUNTS, DEPTH, PRICES, SHORTS } from "./crossfire/sources.js";
import { findings } from "./depth-spiral/findings.js";
import { outcome } from "./depth-spiral/outcome.js";
import { assumptions, parameters, shocks } from "./depth-spiral/parameters.js";
import { stage } from "./depth-spiral/stage.js";
import { KEEPERS } from "./keepers.js";

/** Makers whose hedge deleveraging breaks leave, the next crash meets a thinner book, and so on, week after week. */
export const depthSpiral: Scenario<typeof parameters, RegimeReport> = {
  id: "depth-spiral",
  title: "Depth spiral: makers burnt by deleveraging leave, and the next cascade meets a thinner book",
  base: "ETH",
  story:
    "Every week levered longs come back, and every week a crash meets them: that of 10 October 2025, second by second, then the same a tenth weaker each time. A maker of whose hedge deleveraging has closed more than it tolerates takes its quotes " +
    "away for weeks; those who stay quote wider. So what one crash closes decides how deep the book is in the next. Nothing is claimed of the outcome: it is reported, with other assumptions beside it.",
  actors: {
    crowd:
      "Levered longs, equally large, leverage spread evenly over the recorded quantiles; each enters early in the week as far as the book lets it, with fresh margin if it was liquidated, and leaves at the end of it.",
    "directional shorts": "Enter and leave with the longs, as on record levered.",
    "market makers":
      "Quote a ladder, buy as spot before the longs come what they mean to be short, sell what they did not need, and withdraw most of their depth in the crash. Too much of a hedge closed, and they leave: they take everything apart and stay away. " +
      "Four tenths keep their spot where the venue cannot see it.",
    ...KEEPERS,
  },
  shocks,
  assumptions,
  parameters,
  regimes: ["HedgeLast", "ProRata", "ProfitFirst", "LeverageFirst", "Queue"],
  quick: { weeks: "2", longs: "24", shorts: "6", makers: "4" },
  variations: [
    { parameter: "tolerance", values: [1.1] },
    { parameter: "scarcity", values: [4] },
    { parameter: "fading", values: [0] },
  ],
  sources: [PRICES, ACCOUNTS, SHORTS, DEPTH],
  limits: [
    "When makers leave, how long they stay away and how much wider the others quote is not on record. These are assumptions, varied below.",
    "A crash a week is far more than there is: it shows what one does to the next, not how often. That each is weaker than the one before is assumed.",
    "Open interest, directional shorts, depth, backstop and insurance stand in the proportions of the scenario crossfire, and leverage is its; of chance in so few accounts as much is taken out as can be.",
    "Longs come back every week whatever they lost, and enter at most what the book gives them within 1 %: a thinner book also makes the next cascade smaller.",
    "Insurance and backstop are not filled up between crashes but by fees.",
    "Blocks are eight hours apart in calm: funding of a block's premium counts for the whole time before it.",
    "Nobody takes the place of makers who left.",
  ],
  expectations: [],
  outcome,
  findings,
  stage,
};
