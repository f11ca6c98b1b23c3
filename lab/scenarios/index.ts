import type { ReportedScenario } from "../scenario/scenario.js";
import { carry } from "./carry.js";
import { crossfire } from "./crossfire.js";
import { depthSpiral } from "./depth-spiral.js";
import { dip } from "./dip.js";
import { ethBurst } from "./eth-burst.js";
import { waves } from "./waves.js";

/** Every scenario the lab knows, in the order of the catalogue. */
export const scenarios: readonly ReportedScenario[] = [crossfire, ethBurst, waves, carry, depthSpiral, dip];
