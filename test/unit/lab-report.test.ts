import { expect } from "chai";

import { measuresOf, standings } from "../../lab/report/comparison.js";
import type { RegimeReport, ReportData } from "../../lab/report/data.js";
import { clock, day, list, money, percent, result, seconds, signedSize } from "../../lab/report/format.js";
import { escape, html, Markup } from "../../lab/report/html.js";
import { renderReport } from "../../lab/report/report.js";
import { extent, type Point, spread, strandOf, thin } from "../../lab/report/series.js";
import { terminalReport, terminalTable } from "../../lab/report/terminal.js";
import { verdict } from "../../lab/report/verdict.js";
import { reportData } from "../support/report-data.js";

const MEGABYTE = 1_000_000;

/** The fixture with every regime changed. */
function changed(change: (regime: RegimeReport) => RegimeReport, count = Infinity): ReportData {
  const data = reportData();
  return { ...data, regimes: data.regimes.slice(0, count).map(change) };
}

describe("lab: report", () => {
  let page: string;

  before(async () => {
    page = await renderReport(reportData());
  });

  it("gives the same bytes for the same data", async () => {
    expect(await renderReport(reportData())).to.equal(page);
  });

  it("loads nothing and runs nothing", () => {
    expect(page).to.not.match(/<script|<link|<iframe|<img|@import|src=|url\((?!#)/);
    expect(page.replaceAll("http://www.w3.org/", "")).to.not.match(/https?:\/\//);
  });

  it("stays below three megabytes", () => {
    expect(Buffer.byteLength(page)).to.be.lessThan(3 * MEGABYTE);
  });

  it("says the verdict before anything else, and that it is a model's", () => {
    const [verdictAt, table, chart] = ["Verdict</h2>", '<table class="comparison"', "<svg"].map((part) =>
      page.indexOf(part),
    );
    expect(verdictAt).to.be.greaterThan(0).and.lessThan(table!);
    expect(table).to.be.lessThan(chart!);
    expect(page).to.match(/Output of a model/);
  });

  it("shows which expectations held and which did not", () => {
    expect(page.match(/✓ held/g)).to.have.lengthOf(2);
    expect(page.match(/✗ not held/g)).to.have.lengthOf(1);
  });

  it("draws every figure for every regime and puts a table behind it", () => {
    const figures = page.split("<figure").slice(1);
    expect(figures).to.have.lengthOf(16);
    for (const figure of figures) expect(figure).to.include("<svg").and.to.include("<details>");
    for (const regime of ["Pro rata", "Profit first", "Leverage first", "Queue"])
      expect(page).to.include(`Price: ${regime}`);
  });

  it("leaves out the days before, in which the world is built up", () => {
    const { samples } = strandOf(reportData().regimes[0]!);
    expect(samples.some(({ stage }) => stage === "history")).to.be.false;
    expect(samples.length).to.be.greaterThan(700);
  });

  it("names assumptions, shocks, sources, limits and the command", () => {
    const { assumptions, shocks, sources, limits, command } = reportData();
    for (const { why } of [...assumptions, ...shocks]) expect(page).to.include(escape(why));
    for (const { where } of sources) expect(page).to.include(escape(where));
    for (const limit of limits) expect(page).to.include(limit);
    expect(page).to.include(command);
  });

  it("escapes whatever it is given", async () => {
    const hostile = `<script>alert("1")</script>&'`;
    const data = changed(
      (regime) => ({
        ...regime,
        regime: hostile,
        row: { ...regime.row, regime: hostile },
        makers: regime.makers.map((maker) => ({ ...maker, name: hostile })),
        groups: { [hostile]: -1, other: 1 },
        properties: { checked: [hostile], steps: 3, violation: hostile },
      }),
      2,
    );
    const claims = [{ kind: hostile, sentence: hostile, held: false }];
    const named = [{ name: hostile, value: hostile, why: hostile }];
    const text = await renderReport({
      ...data,
      scenario: { id: hostile, title: hostile, story: hostile, base: hostile },
      parameters: { [hostile]: hostile },
      expectations: claims,
      actors: { [hostile]: hostile },
      assumptions: named,
      shocks: named,
      sources: [{ what: hostile, where: hostile }],
      limits: [hostile],
      command: hostile,
    });
    expect(text).to.not.include("<script");
    expect(text).to.include("&lt;script&gt;");
  });

  it("draws a single regime", async () => {
    const text = await renderReport(changed((regime) => regime, 1));
    expect(text).to.include("The outcome</h2>").and.to.include('class="panels of-1"');
    expect(text).to.not.include(" (best)");
  });

  it("survives empty series, no liquidations, no tranches, no makers and no groups", async () => {
    const bare = changed((regime) => ({
      ...regime,
      series: [],
      liquidations: [],
      tranches: [],
      makers: [],
      groups: {},
    }));
    const text = await renderReport({ ...bare, expectations: [], actors: {}, sources: [], limits: [], parameters: {} });
    expect(text).to.include("Nothing to draw.");
    expect(text).to.not.match(/NaN|undefined|Infinity/);
  });

  it("survives a report without regimes", async () => {
    expect(await renderReport({ ...reportData(), regimes: [] })).to.include("No regime was run");
  });

  it("prints a dash where there was no deleveraging", async () => {
    const none = changed((regime) => ({
      ...regime,
      liquidations: [],
      row: {
        ...regime.row,
        secondsToDeleveraging: null,
        averageDeleveragingPrice: null,
        gasPerDeleveraging: null,
        gasPerAccount: null,
      },
    }));
    const text = await renderReport(none);
    expect(text).to.match(/Average deleveraging price<\/th>\s*<td class="between">–/);
    expect(text).to.not.match(/NaN|undefined|Infinity|>null</);
  });

  it("draws flat series, single samples and unbounded tranches", async () => {
    const flat = changed((regime) => ({
      ...regime,
      series: regime.series.slice(-1),
      tranches: [{ side: "long", class: 0, from: 0, to: Infinity, tornUp: 1, charged: 0 }],
      makers: [{ name: "maker", custody: "account", deltaBefore: 0, deltaAfter: 0, resultRecovery: 0, resultBelow: 0 }],
      groups: { crowd: 0 },
    }));
    expect(await renderReport(flat)).to.not.match(/NaN|undefined/);
  });
});

describe("lab: verdict of a report", () => {
  it("tells who lost, whose hedge broke, who paid and what was checked", () => {
    const sentences = verdict(reportData());
    expect(sentences).to.have.lengthOf(5);
    expect(sentences[0]).to.match(/^On the exchange, levered longs lost most: \$1\.64.M each time\./);
    expect(sentences[1])
      .to.match(/lost their hedge under every policy/)
      .and.to.include("(Queue)");
    expect(sentences[3]).to.match(/bad debt of between .* insurance paid .* winners were charged/);
    expect(sentences[4]).to.equal("2 properties of the exchange were checked after each of 3,484 steps; all held.");
  });

  it("says where a hedge was kept", () => {
    const kept = changed((regime) =>
      regime.regime === "Queue"
        ? regime
        : { ...regime, row: { ...regime.row, makersDeltaAfter: regime.row.makersDeltaBefore } },
    );
    expect(verdict(kept)[1]).to.match(
      /under Queue: .*; under Pro rata, Profit first and Leverage first they kept it\.$/,
    );
    const all = { ...kept, regimes: kept.regimes.slice(0, 3) };
    expect(verdict(all)[1]).to.match(/^Market makers kept their hedge under every policy/);
  });

  it("names the violation of a property, and the regime", () => {
    const broken = changed(
      (regime) => ({ ...regime, properties: { checked: ["P1"], steps: 9, violation: "P1 at step 9" } }),
      1,
    );
    expect(verdict(broken).at(-1)).to.equal("A property of the exchange was violated: under Pro rata, P1 at step 9.");
  });

  it("does not claim checks that were not made", () => {
    const unchecked = changed((regime) => ({ ...regime, properties: { checked: [], steps: 0 } }));
    expect(verdict(unchecked).at(-1)).to.equal("No property of the exchange was checked.");
  });

  it("says so when there was no bad debt", () => {
    const sound = changed((regime) => ({ ...regime, row: { ...regime.row, badDebt: 0 } }));
    expect(verdict(sound)).to.include("No account left bad debt.");
  });
});

describe("lab: a run on a terminal", () => {
  const table = {
    id: "weeks",
    title: "Week by week",
    caption: "The book before each crash.",
    columns: ["Week", "Policy", "Depth within one per cent, ETH"],
    rows: [...Array.from({ length: 40 }, (_, week) => [`${week + 1}`, "Queue", week / 2]), ["last", "Queue", null]],
  };
  const lines = terminalReport({ ...reportData(), findings: [table] }).split("\n");

  it("begins with the title, and the outcome in sentences that fit a line", () => {
    expect(lines[0]).to.equal(reportData().scenario.title);
    const prose = lines.slice(0, lines.indexOf("How far it went")).filter((line) => !line.includes("ProRata"));
    for (const line of prose) expect(line.length).to.be.at.most(110);
    expect(lines.join(" ")).to.include("properties of the exchange").and.to.not.include("\u2060");
  });

  it("shows the scenario's own tables, words to the left and numbers to the right, as far as they fit", () => {
    const at = lines.indexOf("Week by week");
    expect(lines[at + 1]).to.equal(table.caption);
    const rows = lines.slice(at).filter((line) => line.includes("Queue"));
    expect(rows).to.have.lengthOf(36);
    expect(rows[0]).to.match(/^1 +Queue +0$/);
    expect(new Set(rows.map(({ length }) => length)).size).to.equal(1);
    expect(lines).to.include("5 more rows in the report");
  });

  it("ends with what was claimed, and whether it holds", () => {
    expect(lines.filter((line) => line.startsWith("holds: "))).to.have.lengthOf(2);
    expect(lines.filter((line) => line.startsWith("does not hold: "))).to.have.lengthOf(1);
  });
});

describe("lab: comparison of regimes", () => {
  it("is an aligned table on a terminal", () => {
    const lines = terminalTable(
      reportData().regimes.map(({ row }) => row),
      { base: "ETH" },
    ).split("\n");
    expect(lines[0]).to.match(/^\s+ProRata\s+ProfitFirst\s+LeverageFirst\s+Queue$/);
    const figures = lines.slice(1).filter((line) => line.startsWith("  "));
    expect(figures).to.have.lengthOf(30);
    for (const line of figures) expect(line).to.have.lengthOf(lines[0]!.length);
  });

  it("leaves out what no regime has, and groups in which nothing happened", () => {
    const whole = measuresOf(
      reportData().regimes.map(({ row }) => row),
      { base: "ETH" },
    );
    const none = { makersDeltaBefore: 0, makersDeltaAfter: 0, coveredMakersDeltaAfter: 0, otherMakersDeltaAfter: 0 };
    const plain = reportData().regimes.map(({ row }) => {
      const { makersResultRecovery, makersResultBelow, depthLaterRecovery, depthLaterBelow, ...rest } = row;
      expect([makersResultRecovery, makersResultBelow, depthLaterRecovery, depthLaterBelow]).to.not.include(undefined);
      return { ...rest, ...none };
    });
    const left = measuresOf(plain, { base: "ETH" });
    const lost = ({ length }: readonly unknown[]): number => whole.length - length;
    expect(lost(left)).to.equal(1);
    expect(left.map(({ title }) => title)).to.not.include("Market makers");
    const depth = left.find(({ title }) => title.startsWith("Depth"));
    expect(depth?.measures.map(({ field }) => field)).to.deep.equal(["depthBefore"]);
  });

  it("says how long after the crash its branches end", () => {
    const rows = reportData().regimes.map(({ row }) => row);
    expect(terminalTable(rows, {})).to.include("Two hours later, if spot recovers");
    expect(terminalTable(rows, { ends: "Seven days later" })).to.include("Seven days later, if spot falls below");
  });

  it("marks the best and the worst by what is good for those concerned", () => {
    expect(standings([1, 3, 2], "low")).to.deep.equal(["best", "worst", "between"]);
    expect(standings([1, 3, 2], "high")).to.deep.equal(["worst", "best", "between"]);
    expect(standings([-5, 1, 3], "zero")).to.deep.equal(["worst", "best", "between"]);
    expect(standings([2, null, 1], "low")).to.deep.equal(["worst", "between", "best"]);
  });

  it("marks nothing where regimes do not differ, or where no end is better", () => {
    const between = ["between", "between"];
    expect(standings([100, 100.5], "low")).to.deep.equal(between);
    expect(standings([0, 0], "low")).to.deep.equal(between);
    expect(standings([1, 2], undefined)).to.deep.equal(between);
    expect(standings([null, 2], "low")).to.deep.equal(between);
  });
});

describe("lab: numbers in a report", () => {
  it("prints amounts with unit and sign", () => {
    const text = [0, 0.004, 3.5, 9_994, 12_345, 999_600, 2_345_678, 1.2e9, -61_200, Number.NaN, null].map(money);
    expect(text.map((one) => one.replaceAll("\u00a0", " "))).to.deep.equal([
      "$0",
      "$0",
      "$3.50",
      "$9,994",
      "$12.3 k",
      "$1.00 M",
      "$2.35 M",
      "$1.20 B",
      "−$61.2 k",
      "–",
      "–",
    ]);
    expect([5, -5, 0].map(result)).to.deep.equal(["+$5.00", "−$5.00", "$0"]);
    expect([997.2, -0.31, 0, -0.0001].map(signedSize)).to.deep.equal(["+997", "−0.31", "0", "0.00"]);
  });

  it("prints shares, spans, times and lists", () => {
    expect([0.163, 1].map(percent)).to.deep.equal(["16.3\u00a0%", "100\u00a0%"]);
    expect([61.7, 90, 260, 180].map(seconds).map((one) => one.replaceAll("\u00a0", " "))).to.deep.equal([
      "61.7 s",
      "90 s",
      "4 min 20 s",
      "3 min",
    ]);
    expect([clock(1_760_130_964), day(1_760_130_964)]).to.deep.equal(["21:16:04", "10 October 2025"]);
    expect([list([]), list(["a"]), list(["a", "b", "c"])]).to.deep.equal(["", "a", "a, b and c"]);
  });

  it("escapes values in templates, and nothing that is markup already", () => {
    expect(html`<b title="${'"'}">${"<"}${new Markup("<i>")}${[1, null, false, "&"]}</b>`.text).to.equal(
      '<b title="&quot;">&lt;<i>1&amp;</b>',
    );
  });

  it("thins a line without losing its ends or its spikes", () => {
    const points = Array.from({ length: 5_000 }, (_, x): Point => ({ x, y: x === 2_345 ? 900 : Math.sin(x) }));
    const thinned = thin(points, 200);
    expect(thinned).to.have.lengthOf(200);
    expect(thinned).to.include(points[0]).and.to.include(points[4_999]).and.to.include(points[2_345]);
    expect(thin(points.slice(0, 150), 200)).to.have.lengthOf(150);
  });

  it("spreads a table's rows evenly from the first to the last", () => {
    expect(spread([0, 1, 2, 3, 4, 5, 6, 7, 8], 3)).to.deep.equal([0, 4, 8]);
    expect(spread([1, 2], 3)).to.deep.equal([1, 2]);
  });

  it("ignores what is no number when it measures a range", () => {
    expect(extent([Number.NaN, 3, Infinity, -1])).to.deep.equal([-1, 3]);
    expect(extent([])).to.deep.equal([0, 1]);
  });
});
