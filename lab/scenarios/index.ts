import type { ReportedScenario } from "../scenario/scenario.js";
import { crossfire } from "./crossfire.js";
import { dip } from "./dip.js";

/** Every scenario the lab knows, in the order of the catalogue. */
export const scenarios: readonly ReportedScenario[] = [crossfire, dip];
