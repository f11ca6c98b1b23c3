import { attacks } from "../attack/registry.js";
import { scenarios } from "../scenarios/index.js";

export default async function list({ json }: { json: boolean }): Promise<void> {
  const known = await attacks();
  const lines = [
    ...scenarios.map(({ id, title, regimes }) => ({ id, title, policies: regimes })),
    ...known.map(({ id, title, defences }) => ({ id, title, defences: defences.map(({ layer }) => layer) })),
  ];
  if (json) {
    console.log(JSON.stringify(lines, null, 2));
    return;
  }
  const width = Math.max(0, ...lines.map(({ id }) => id.length));
  for (const { id, title } of lines) console.log(`${id.padEnd(width)}  ${title}`);
}
