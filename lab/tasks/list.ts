import { scenarios } from "../scenarios/index.js";

export default function list({ json }: { json: boolean }): void {
  const lines = scenarios.map(({ id, title, regimes }) => ({ id, title, policies: regimes }));
  if (json) {
    console.log(JSON.stringify(lines, null, 2));
    return;
  }
  const width = Math.max(0, ...lines.map(({ id }) => id.length));
  for (const { id, title } of lines) console.log(`${id.padEnd(width)}  ${title}`);
}
