/**
 * docs/results.md: what came out of the scenarios that run for long, from recorded runs. What runs/ holds of them is first taken into
 * docs/results.json, so that the page can be written without running everything again. `npm run record` runs all of them.
 */
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

import { format, resolveConfig } from "prettier";

import { shown } from "../lab/report/findings.js";
import { money, percent, result } from "../lab/report/format.js";
import { type Parameters, valuesOf } from "../lab/scenario/parameters.js";
import type { Cell, Findings } from "../lab/scenario/scenario.js";
import { PARTS, ROUTES } from "../lab/scenarios/b-book/flow.js";
import bBook from "../lab/scenarios/attacks/b-book.js";
import { carry } from "../lab/scenarios/carry.js";
import { depthSpiral } from "../lab/scenarios/depth-spiral.js";
import { ethBurst } from "../lab/scenarios/eth-burst.js";
import { waves } from "../lab/scenarios/waves.js";
import { table } from "./crossfire-results.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const RECORD = `${root}docs/results.json`;
const PAGE = `${root}docs/results.md`;

/** A claim of a scenario, and whether it held. */
interface Claim {
  readonly sentence: string;
  readonly held: boolean;
}

/** What is kept of a run. */
export interface Recorded {
  /** The run's directory, which says of what code it is. */
  readonly run: string;
  readonly seed: number;
  readonly outcome?: readonly string[];
  readonly findings?: readonly Findings[];
  /** Figures of an attack's runs, by leg. */
  readonly legs?: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
  readonly claims: readonly Claim[];
}

/** The part of a run's summary.json that is looked at. */
interface Summary extends Pick<Recorded, "seed" | "outcome" | "findings"> {
  readonly parameters: Readonly<Record<string, number | string>>;
  readonly regimes?: readonly { readonly regime: string; readonly properties: Properties }[];
  readonly expectations?: readonly Claim[];
  readonly legs?: Readonly<Record<string, Leg>>;
}

interface Properties {
  readonly violation?: string;
}

interface Leg {
  readonly figures: Readonly<Record<string, number | null>>;
  readonly properties: Properties;
  readonly expectations: readonly Claim[];
}

/** A scenario on the page. */
interface Section {
  readonly id: string;
  readonly parameters: Parameters;
  /** Every policy it is run under; none of an attack. */
  readonly regimes: readonly string[];
  /** What it does, in two sentences. */
  readonly told: string;
  /** Tables of its findings that are shown, or what is made of them. */
  readonly tables: (recorded: Recorded) => readonly Findings[];
}

/** The scenarios of the page, in its order. */
export const SECTIONS: readonly Section[] = [
  {
    ...ethBurst,
    told:
      "The 50 accounts of one recorded second of deleveraging open the same shorts again on chain, and one liquidation closes 57,473 ETH of them under each policy. " +
      "Beside what the contracts closed stand the policy they stand for, computed account by account, and what the venue closed. " +
      "Where `LeverageLevel` closes less of the others than water filling by account does, 20 % instead of 40 %, it is for the width of a class: most of them is one account levered 1.43 times that counts as 1. " +
      "[limits.md](limits.md#the-width-of-buckets-and-classes) takes this and the other widths apart.",
    tables: (recorded) => [
      ...pick(recorded, "burst-summary", "burst-reference"),
      ...pick(recorded, "burst-accounts", "burst-leverage").map(largestRows),
      ...pick(recorded, "burst-widths"),
    ],
  },
  {
    ...waves,
    told:
      "Sixteen longs go bankrupt one after the other, each lacking what one recorded wave of deleveraging lacked, and every policy collects it from the same shorts. " +
      "The record is of a replay that compares equities at a wave's end, price moves of its seconds included; here taken is measured in the block of the liquidation, at one mark.",
    tables: (recorded) => pick(recorded, "waves"),
  },
  {
    ...carry,
    told:
      "Capital buys ETH, keeps it on the venue and sells the perpetual against it, level after level, until funding no longer pays 4 % a year on it. " +
      "Then the crash of 10 October 2025 comes, and what deleveraging has left of the hedges is taken apart in the seven days after it. " +
      "Leverage first and the queue close none of it in the crash either, by what these accounts happen to be: with as much spot as they are short they are levered about once, and the directional shorts, levered more, come first and suffice. " +
      "Hedge last spares the carry because it is hedged, whatever its leverage and entry; once nobody directional is left in profit, it is reached too.",
    tables: (recorded) => pick(recorded, "carry-curve", "carry-unwind", "carry-sums"),
  },
  {
    ...depthSpiral,
    told:
      "Every week levered longs come back and a crash meets them, each a tenth weaker than the one before; a maker of whose hedge deleveraging has closed too much leaves for weeks, and the others quote wider. " +
      "Nothing is claimed of the outcome: what makers put up with is assumed, and the last table changes that. " +
      "Leverage first and the queue close none of the makers' shorts, since directional shorts are levered more here and suffice; all that hedge last closes of makers is of the two in six whose spot is elsewhere, which the venue cannot see.",
    tables: (recorded) => [
      ...pick(recorded, "spiral-weeks").flatMap((weeks) => [
        byWeek(
          weeks,
          "Depth, ETH",
          "Depth of the book",
          "Within 1 % of the index, both sides together, in the calm days before each week's crash.",
        ),
        byWeek(
          weeks,
          "of it makers', ETH",
          "Closed of makers' shorts",
          "ETH that deleveraging closed in the week's crash.",
        ),
        byWeek(weeks, "Makers after the crash", "Makers who had not left", "After the week's crash."),
      ]),
      ...pick(recorded, "spiral-varied"),
    ],
  },
  {
    ...bBook,
    regimes: [],
    told:
      "One flow of traders, one of whom is ruined by a fall, is sent through the book, through the house, and to whichever is cheaper at the moment. " +
      "The house takes the other side at the index with a spread that grows with its inventory; the makers quote 5 bp either side and do not hedge. Its attack is among those in the [README](../README.md#attacks).",
    tables: flows,
  },
];

/** Takes in what was run since, and writes the page. */
export async function writeResults(): Promise<void> {
  const known = existsSync(RECORD) ? recordedResults() : {};
  const entries = SECTIONS.flatMap((section) => {
    const found = lastRunOf(section) ?? known[section.id];
    return found === undefined ? [] : [[section.id, found] as const];
  });
  const recorded = Object.fromEntries(entries);
  const style = (await resolveConfig(RECORD)) ?? {};
  writeFileSync(RECORD, await format(JSON.stringify(recorded), { ...style, filepath: RECORD }));
  writeFileSync(PAGE, resultsPage(recorded));
}

/** What docs/results.json holds. */
export function recordedResults(): Readonly<Record<string, Recorded>> {
  return JSON.parse(readFileSync(RECORD, "utf8")) as Readonly<Record<string, Recorded>>;
}

/** The page from what was recorded. */
export function resultsPage(recorded: Readonly<Record<string, Recorded>>): string {
  const sections = SECTIONS.flatMap((section) => {
    const run = recorded[section.id];
    return run === undefined ? [] : [sectionOf(section, run)];
  });
  const head = `# Results

What came out of the scenarios that are no attack, or not only one. Written by \`npm run docs\` from [results.json](results.json), which holds what was recorded;
do not edit by hand. \`npm run record\` runs all of them, one after the other, and writes this page and the README's table; \`npm run record -- carry waves\` those named.
\`npx hardhat lab show carry\` tells what a scenario assumes and where its numbers are from, and each run writes a report with charts. The crash of
10 October 2025 itself, scenario \`crossfire\`, is in the [README](../README.md#what-comes-out).
`;
  return [head, ...sections].join("\n");
}

/** The command that runs a section's scenario. */
export function commandOf({ id, regimes }: Pick<Section, "id" | "regimes">): readonly string[] {
  return ["lab", regimes.length === 0 ? "run" : "compare", id];
}

function sectionOf(section: Section, recorded: Recorded): string {
  const { id, told } = section;
  const command = ["npx hardhat", ...commandOf(section)].join(" ");
  const outcome = (recorded.outcome ?? []).map((sentence) => `- ${sentence.replace(/ -(?=\d)/g, " −")}`).join("\n");
  const tables = section.tables(recorded).flatMap(({ title, caption, columns, rows }) => [
    `### ${title}`,
    caption,
    table(
      columns,
      rows.map((row) => row.map(printed)),
    ),
  ]);
  const claims = recorded.claims.map(({ sentence, held }) => `- ${held ? "Holds" : "Does not hold"}: ${sentence}`);
  const from = `\`${command}\`, seed ${recorded.seed}; recorded in [results.json](results.json) under \`${id}\` by \`npm run record -- ${id}\`.`;
  const parts = [`## \`${id}\``, told, from, outcome, ...tables, claims.join("\n")];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

/** A cell as reports print it, with the sign that prose has, and none on what is rounded to nothing. */
function printed(cell: Cell): string {
  return shown(cell)
    .replace(/^-(?=.*[1-9])/, "−")
    .replace(/^-0$/, "0");
}

// ---- tables ------------------------------------------------------------------------------------------------------------

function pick({ findings = [] }: Recorded, ...ids: readonly string[]): readonly Findings[] {
  return ids.flatMap((id) => findings.find((one) => one.id === id) ?? []);
}

/** How many accounts of a table of accounts are shown one by one. */
const SHOWN = 10;

/** A table of accounts, largest first: the first ten, and the range of the others, all of which are in docs/results.json. */
function largestRows({ rows, caption, ...rest }: Findings): Findings {
  const others = rows.slice(SHOWN);
  const ranges = rest.columns.slice(1).map((_, index) => rangeOf(others.map((row) => row[index + 1] ?? null)));
  return {
    ...rest,
    caption: `${caption} The ${SHOWN} largest of ${rows.length}, and the range of the others, who are one by one in [results.json](results.json).`,
    rows: [...rows.slice(0, SHOWN), [`the other ${others.length}`, ...ranges]],
  };
}

/** The least and the most of some figures. */
function rangeOf(cells: readonly Cell[]): Cell {
  const figures = cells.filter((cell) => typeof cell === "number");
  const [least, most] = [Math.min(...figures), Math.max(...figures)];
  return least === most ? least : `${shown(least)} to ${shown(most)}`;
}

/** One column of a table of weeks and policies: a week a line, a policy a column. */
function byWeek({ id, columns, rows }: Findings, column: string, title: string, caption: string): Findings {
  const at = columns.indexOf(column);
  if (at < 0) throw new RangeError(`${id} has no column ${column}`);
  const [weeks, policies] = [0, 1].map((index) => [...new Set(rows.map((row) => shown(row[index])))]);
  const cell = (week: string, policy: string): Cell =>
    rows.find((row) => row[0] === week && row[1] === policy)?.[at] ?? null;
  return {
    id,
    title,
    caption,
    columns: ["Week", ...(policies ?? [])],
    rows: (weeks ?? []).map((week) => [week, ...(policies ?? []).map((policy) => cell(week, policy))]),
  };
}

/** The honest flow of b-book on its three routes. */
function flows({ legs = {} }: Recorded): readonly Findings[] {
  const { control = {}, baseline = {} } = legs;
  const lines = (Object.keys(PARTS) as (keyof typeof PARTS)[]).map((part): Cell[] => {
    const values = ROUTES.map((route) => control[`${route}${part}`] ?? null);
    const format = ["Traders", "House", "Makers", "Fees"].includes(part) ? result : money;
    return [PARTS[part], ...values.map((value) => (part === "Imbalance" ? `${shown(value)} wei` : format(value)))];
  });
  const without = ROUTES.map((route) => result(baseline[`${route}Traders`] ?? null));
  return [
    {
      id: "b-book-flow",
      title: "The same flow on three routes",
      caption:
        "Quote, with all defences; the last line without the house's spread, its allowance and the cap. Where both were open, " +
        `${percent(control.houseShare ?? null)} of orders went to the house.`,
      columns: ["", "Book", "House", "The better of both"],
      rows: [...lines, ["Traders' result, without those defences", ...without]],
    },
  ];
}

// ---- runs --------------------------------------------------------------------------------------------------------------

/** The last run of a scenario under all its policies and as it stands, if there was one. */
function lastRunOf(section: Section): Recorded | undefined {
  const [last] = globSync(`runs/${section.id}/*/summary.json`, { cwd: root })
    .sort((left, right) => statSync(root + right).mtimeMs - statSync(root + left).mtimeMs)
    .map((path) => ({ run: dirname(path), summary: JSON.parse(readFileSync(root + path, "utf8")) as Summary }))
    .filter(({ summary }) => isWhole(section, summary));
  return last === undefined ? undefined : kept(section, last.run, last.summary);
}

function isWhole({ parameters, regimes }: Section, summary: Summary): boolean {
  const usual = Object.entries(valuesOf(parameters, {})).every(([name, value]) => summary.parameters[name] === value);
  if (!usual || (summary.parameters.deficitMode ?? "ALL_WINNERS") !== "ALL_WINNERS") return false;
  if (regimes.length === 0) return summary.legs?.control !== undefined && summary.legs.baseline !== undefined;
  return regimes.every((regime) => summary.regimes?.some((row) => row.regime === regime));
}

function kept(section: Section, run: string, summary: Summary): Recorded {
  const { seed, outcome, findings, legs } = summary;
  const ran = [...(summary.regimes ?? []), ...Object.values(legs ?? {})];
  const violation = ran.find(({ properties }) => properties.violation !== undefined)?.properties.violation;
  if (violation !== undefined) throw new Error(`${run} broke a property, so it is not recorded: ${violation}`);
  if (legs !== undefined) {
    const honest = { control: legs.control?.figures ?? {}, baseline: legs.baseline?.figures ?? {} };
    return { run, seed, legs: honest, claims: legs.control?.expectations.map(bare) ?? [] };
  }
  const whole = { run, seed, claims: (summary.expectations ?? []).map(bare), findings: findings ?? [] };
  const used = new Set(section.tables(whole).map(({ id }) => id));
  const recorded = { ...whole, findings: whole.findings.filter(({ id }) => used.has(id)) };
  return outcome === undefined ? recorded : { ...recorded, outcome };
}

function bare({ sentence, held }: Claim): Claim {
  return { sentence, held };
}
