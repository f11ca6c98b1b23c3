import type { Judged } from "./legs.js";

/** A run as data: what `summary.json` holds and `--json` prints. The scenario's own figures stand in `figures` and beside it. */
export function summaryOf({ outcome, leg, verdict, claims }: Judged): Record<string, unknown> {
  const { series, timeline, wrongful, figures, ...rest } = outcome;
  const own = Object.fromEntries(Object.entries(figures).filter(([name]) => !(name in rest)));
  const { scenario, seed, defences, off, honest, attackerNet, paidBy, wrongfulLiquidations, properties, ...others } =
    rest;
  return {
    scenario,
    seed,
    leg,
    honest,
    defences,
    off,
    verdict,
    attackerNet,
    paidBy,
    wrongfulLiquidations,
    properties,
    figures,
    ...own,
    ...others,
    wrongful,
    expectations: claims,
    blocks: series.length,
    refusals: timeline.flatMap(({ sentence, refusal }) => (refusal === undefined ? [] : [{ sentence, refusal }])),
  };
}
