import type { RegimeReport } from "../report/data.js";
import { list } from "../report/format.js";
import { regimeTitle } from "../report/names.js";
import type { Note } from "./scenario.js";

/** What was told of every policy, those of which the same is told together: "4 ETH under Hedge last; none under Pro rata and Queue". */
export function underEach(reports: readonly RegimeReport[], told: (notes: readonly Note[]) => string): string {
  const policies = new Map<string, string[]>();
  for (const { regime, notes = [] } of reports) {
    const text = told(notes);
    policies.set(text, [...(policies.get(text) ?? []), regimeTitle(regime)]);
  }
  return [...policies].map(([text, titles]) => `${text} under ${list(titles)}`).join("; ");
}
