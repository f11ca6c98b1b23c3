import { gas } from "./charts/gas.js";
import { groups } from "./charts/groups.js";
import { makersHedges, makersResults } from "./charts/makers.js";
import { backstop, depth, insurance, makersDelta, makersEquity, openInterest } from "./charts/market.js";
import { deviations, prices } from "./charts/prices.js";
import { charged, tornUp } from "./charts/tranches.js";
import { deficits, waterfall } from "./charts/waterfall.js";
import type { RegimeReport, ReportData } from "./data.js";
import { type Chapter, page } from "./page.js";
import { type Strand, strandOf } from "./series.js";

/**
 * One self-contained HTML file on what a run showed: verdict first, then the comparison, the charts with their tables, and what
 * it all rests on. It loads nothing and runs nothing; the same data give the same bytes.
 */
export function renderReport(data: ReportData): Promise<string> {
  return Promise.resolve(page(data, groups(data.regimes), chapters(data)).text);
}

function marketMakers(regimes: readonly RegimeReport[], strands: readonly Strand[], base: string): Chapter {
  const branched = regimes.some(({ row }) => row.makersResultRecovery !== undefined);
  const figures = [makersDelta(strands, base), makersEquity(strands), makersHedges(regimes, base)];
  return { id: "makers", title: "Market makers", figures: branched ? [...figures, makersResults(regimes)] : figures };
}

function chapters({ regimes, scenario }: ReportData): Chapter[] {
  const base = scenario.base ?? "base";
  const strands = regimes.map(strandOf);
  return [
    {
      id: "market",
      title: "The market",
      figures: [prices(strands), deviations(strands), depth(strands, base), openInterest(strands, base)],
    },
    {
      id: "losses",
      title: "Liquidations and losses",
      figures: [waterfall(strands), deficits(strands), backstop(strands), insurance(strands)],
    },
    {
      id: "deleveraging",
      title: "Deleveraging",
      figures: [tornUp(regimes, base), charged(regimes), gas(regimes)],
    },
    ...(regimes.some(({ makers }) => makers.length > 0) ? [marketMakers(regimes, strands, base)] : []),
  ];
}
