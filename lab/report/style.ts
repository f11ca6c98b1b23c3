/** Colours by role. Hues are those that the colour-blind tell apart; every text is legible on its page. */
const LIGHT = `
  --page: #ffffff; --raised: #f6f7f8; --ink: #1b2127; --muted: #626b75; --grid: #e6e9ec; --rule: #d4d9de;
  --first: #2b6cb0; --second: #b8590f; --third: #1a7f6b; --fourth: #7654a8; --fifth: #8a929b;
  --gain: #2b6cb0; --loss: #c2413b; --best: #e2eefa; --worst: #fbe9e6; --held: #1a7f6b;`;

const DARK = `
  --page: #14181c; --raised: #1c2126; --ink: #e7eaed; --muted: #9aa4ae; --grid: #272d33; --rule: #353d45;
  --first: #76aee8; --second: #e8a05c; --third: #5cc4ab; --fourth: #b69ae2; --fifth: #868f99;
  --gain: #76aee8; --loss: #ee857c; --best: #1d3145; --worst: #41262a; --held: #5cc4ab;`;

/** The style sheet of a report; also what Plot would otherwise repeat in every chart. */
export const STYLE = `
:root { color-scheme: light dark; ${LIGHT}
}
@media (prefers-color-scheme: dark) { :root { ${DARK}
} }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body {
  margin: 0 auto; padding: 40px 32px 72px; max-width: 1244px; background: var(--page); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; text-rendering: optimizeLegibility;
}
h1 { font-size: 28px; line-height: 1.2; letter-spacing: -0.01em; margin: 0 0 8px; }
h2 { font-size: 20px; line-height: 1.3; margin: 56px 0 12px; padding-top: 20px; border-top: 1px solid var(--rule); }
h3 { font-size: 15.5px; line-height: 1.35; margin: 0; }
h4 { font-size: 12.5px; font-weight: 600; margin: 0 0 2px; }
p { margin: 0 0 10px; }
a { color: var(--first); }
code { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
header .story, .prose { max-width: 88ch; }
figcaption p, .note { max-width: 120ch; }
header .story { color: var(--muted); font-size: 16px; }
.model { display: inline-block; margin: 4px 0 0; padding: 3px 10px; border: 1px solid var(--rule); border-radius: 4px; color: var(--muted); font-size: 13px; }
nav { margin-top: 18px; font-size: 13.5px; display: flex; flex-wrap: wrap; gap: 4px 18px; }
nav a { text-decoration: none; }
nav a:hover { text-decoration: underline; }
.verdict { margin-top: 28px; padding: 22px 26px 16px; background: var(--raised); border-left: 4px solid var(--first); border-radius: 3px; }
.verdict.broken { border-left-color: var(--loss); }
.verdict h2 { margin: 0 0 10px; padding: 0; border: 0; }
.verdict > p:not(.note) { font-size: 16.5px; max-width: 92ch; }
.expectations { list-style: none; margin: 14px 0 6px; padding: 12px 0 0; border-top: 1px solid var(--rule); }
.expectations li { display: flex; gap: 12px; align-items: baseline; margin: 4px 0; }
.expectations .state { flex: none; width: 84px; white-space: nowrap; font-size: 13px; font-weight: 600; }
.held { color: var(--held); }
.failed { color: var(--loss); }
.kind { color: var(--muted); font-size: 13px; }
.glance { width: 100%; margin-top: 22px; font-size: 14px; }
.glance th, .glance td { padding: 8px 0 8px 20px; text-align: right; vertical-align: top; border-top: 1px solid var(--grid); }
.glance thead th { border-top: 0; color: var(--muted); font-weight: 400; font-size: 13px; vertical-align: bottom; padding-bottom: 4px; }
.glance th:first-child { text-align: left; padding-left: 0; width: 30%; }
.glance td { white-space: nowrap; }
.glance .rule { display: block; font-weight: 400; color: var(--muted); font-size: 13px; line-height: 1.4; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.comparison { width: 100%; font-size: 14px; table-layout: fixed; min-width: calc(200px + 120px * var(--policies)); max-width: calc(340px + 260px * var(--policies)); }
.comparison thead td { width: calc(220px + 20px * var(--policies)); }
.comparison th, .comparison td { padding: 4px 12px; text-align: right; white-space: nowrap; }
.comparison th[scope=row] { text-align: left; font-weight: 400; padding-left: 0; white-space: normal; }
.comparison th[scope=rowgroup] { text-align: left; font-size: 12.5px; padding: 16px 0 4px; color: var(--muted); }
.comparison thead th { border-bottom: 1px solid var(--rule); }
.comparison thead td { border-bottom: 1px solid var(--rule); }
.comparison tbody tr + tr > * { border-top: 1px solid var(--grid); }
.best { background: var(--best); }
.worst { background: var(--worst); }
.note { font-size: 13px; color: var(--muted); margin-top: 10px; }
.note .best, .note .worst { padding: 1px 6px; color: var(--ink); }
.aloud { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
figure { margin: 30px 0 0; }
figcaption p { margin: 2px 0 8px; color: var(--muted); font-size: 13.5px; }
.panels { display: grid; gap: 18px 20px; align-items: start; }
.panels.of-2 { grid-template-columns: repeat(2, minmax(0, 1fr)); }
.panels.of-3 { grid-template-columns: repeat(3, minmax(0, 1fr)); }
.panels.of-4 { grid-template-columns: repeat(4, minmax(0, 1fr)); }
.panel { min-width: 0; }
.panel h4 { color: var(--ink); }
.key { list-style: none; display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 0 0 8px; padding: 0; font-size: 13px; }
.swatch { display: inline-block; width: 11px; height: 11px; border-radius: 2px; margin-right: 6px; vertical-align: -1px; }
.nothing { color: var(--muted); font-style: italic; }
.chart { --plot-background: var(--page); display: block; width: 100%; height: auto; overflow: visible; font-family: inherit; }
.chart text { white-space: pre; }
details { margin-top: 6px; font-size: 13px; }
summary { color: var(--muted); cursor: pointer; width: max-content; }
details .scroll { max-height: 420px; overflow: auto; margin-top: 8px; border: 1px solid var(--rule); border-radius: 3px; }
.data { font-size: 12.5px; }
.data caption { text-align: left; padding: 8px 10px; color: var(--muted); }
.data th, .data td { padding: 2px 12px; text-align: right; white-space: nowrap; }
.data th:first-child { text-align: left; font-weight: 400; }
.data thead th { position: sticky; top: 0; background: var(--raised); font-weight: 600; }
.plain { width: 100%; font-size: 14px; }
.plain th, .plain td { text-align: left; vertical-align: top; padding: 5px 16px 5px 0; border-top: 1px solid var(--grid); }
.plain th { font-weight: 600; min-width: 200px; width: 20%; }
.plain .number { width: 24%; }
.plain thead th { border-top: 0; color: var(--muted); font-weight: 400; font-size: 13px; }
.plain .number { white-space: nowrap; font-variant-numeric: tabular-nums; }
.command { display: block; padding: 10px 14px; background: var(--raised); border: 1px solid var(--rule); border-radius: 3px; overflow-x: auto; white-space: pre; }
.back h3 { margin: 26px 0 8px; }
@media (max-width: 1000px) {
  body { padding: 24px 22px 56px; }
  .panels.of-3, .panels.of-4 { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .panels.of-2 { grid-template-columns: minmax(0, 1fr); }
}
@media (max-width: 560px) { .panels.of-3, .panels.of-4 { grid-template-columns: minmax(0, 1fr); } }
@media print { details { display: none; } nav { display: none; } figure { break-inside: avoid; } }
`;
