import { scenarios } from "../scenarios/index.js";

export default function list({ json }: { json: boolean }): void {
  if (json) {
    console.log(JSON.stringify(scenarios, null, 2));
    return;
  }
  const width = Math.max(0, ...scenarios.map(({ id }) => id.length));
  for (const { id, title } of scenarios) console.log(`${id.padEnd(width)}  ${title}`);
}
