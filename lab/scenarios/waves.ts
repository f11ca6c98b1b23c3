import { total } from "../numbers.js";
import type { RegimeReport, Taking } from "../report/data.js";
import { rounded } from "../scenario/figures.js";
import type { Findings, Scenario } from "../scenario/scenario.js";
import { assumptions, parameters, shocks } from "./waves/parameters.js";
import { recordedWaves } from "./waves/record.js";
import { stage } from "./waves/stage.js";

type Reports = readonly RegimeReport[];

/** USD that rounding may add to what is taken in a wave. */
const DUST = 1e-9;

const each = (reports: Reports, holds: (taking: Taking, needed: number) => boolean): boolean =>
  reports.every(({ takings = [] }) => {
    const waves = recordedWaves();
    return (
      takings.length === waves.length && takings.every((taking, index) => holds(taking, waves[index]?.needed ?? 0))
    );
  });

function findings(reports: Reports): Findings[] {
  const waves = recordedWaves();
  const cents = (value: number | undefined): number | null => (value === undefined ? null : rounded(value, 2));
  const overshoots = reports.map(({ takings = [] }) => takings.map(({ overshoot }) => overshoot));
  const staged = reports[0]?.takings ?? [];
  return [
    {
      id: "waves",
      title: "What winners gave, and what was needed",
      caption:
        "USD. Overshoot is taken less needed. The record's taken is measured at a wave's end, on the prices of its seconds; that of the policies in the block of the liquidation, at one mark.",
      columns: [
        "Wave, first fill UTC",
        "Needed, record",
        "Taken, record",
        "Overshoot, record",
        "Needed, staged",
        ...reports.map(({ regime }) => `Overshoot, ${regime}`),
      ],
      rows: [
        ...waves.map(({ wave, firstFill, needed, taken }, index) => [
          `${wave}, ${firstFill}`,
          cents(needed),
          cents(taken),
          cents(taken - needed),
          cents(staged[index]?.needed),
          ...overshoots.map((own) => own[index] ?? null),
        ]),
        [
          "All",
          cents(total(waves.map(({ needed }) => needed))),
          cents(total(waves.map(({ taken }) => taken))),
          cents(total(waves.map(({ needed, taken }) => taken - needed))),
          cents(total(staged.map(({ needed }) => needed))),
          ...overshoots.map(total),
        ],
      ],
    },
  ];
}

/** The recorded waves of deleveraging, each need of theirs met on chain. */
export const waves: Scenario<typeof parameters, RegimeReport> = {
  id: "waves",
  title: "Sixteen waves of deleveraging: what was needed, and what winners gave",
  base: "ETH",
  story:
    "On 10 October 2025 bankrupt accounts lacked $15.1 M over 16 waves of deleveraging; a replay of the record finds that winners gave up $60.1 M. Here sixteen " +
    "longs go bankrupt one after the other, each lacking what one wave lacked, opposite the same shorts, and every policy collects it.",
  actors: {
    "directional shorts": "The 50 accounts of the recorded ETH burst, as levered as there, all larger by one factor.",
    "earlier longs": "One patient long, who hands every wave its size.",
    crowd: "A long for every wave; its bankruptcy price lies the gap beyond the mark.",
    liquidators: "One: liquidates each, and where deleveraging is by queue lists the shorts by the published score.",
    reporter: "Publishes the price to the feed, every block: up for a wave's entry, down to the mark.",
  },
  shocks,
  assumptions,
  parameters,
  regimes: ["HedgeLast", "ProRata", "ProfitFirst", "LeverageFirst", "LeverageLevel", "Queue"],
  sources: [
    {
      what: "Needed and taken by wave",
      where:
        "github.com/pluriholonomic/autodeleveraging-analysis, data of arXiv 2512.01112v3, MIT licence; lab/data/adl-waves-2025-10-10.csv",
    },
    {
      what: "Entries and leverage of the shorts",
      where: "Hyperliquid public fill record; lab/data/eth-short-entries.csv",
    },
  ],
  limits: [
    "Reproduced: what each wave needed, to the funding of the minutes its long is held. Not reproduced: what the record took. It compares equities at a wave's end " +
      "with a replay without deleveraging, so it holds the price moves of the wave's seconds: in the waves of a moment taken is below needed, in the long ones several times it.",
    "The table has no prices and no accounts: waves over up to 146 coins become one long each in one market, and the gap is one share of the mark for all.",
    "Where the price falls on after a wave, whoever was closed misses that gain under every policy, ours as well; that is what the branches of the scenario crossfire show.",
  ],
  expectations: [
    {
      kind: "control",
      sentence: "every long lacks what its wave lacked, to a thousandth",
      holds: (reports) => each(reports, ({ needed }, recorded) => Math.abs(needed - recorded) <= recorded / 1_000),
    },
    {
      kind: "on",
      sentence: "in every wave and under every policy winners give what is needed, to a billionth of a dollar",
      holds: (reports) => each(reports, ({ overshoot }) => Math.abs(overshoot) <= DUST),
    },
  ],
  findings,
  stage,
};
