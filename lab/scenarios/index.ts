/** What `lab list` prints; a scenario adds the rest of itself behind it. */
export interface ScenarioSummary {
  readonly id: string;
  readonly title: string;
}

/** Every scenario the lab knows, in the order of the catalogue. */
export const scenarios: readonly ScenarioSummary[] = [];
