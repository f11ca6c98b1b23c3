import type { Progress } from "../run/regime.js";

const WIDTH = 30;

/** A bar on standard error, on a terminal only; elsewhere nothing is drawn. */
export function progressBar(title: string): Progress {
  if (!process.stderr.isTTY) return () => undefined;
  let drawn = -1;
  return (done, of) => {
    const percent = Math.floor((100 * done) / of);
    if (percent === drawn) return;
    drawn = percent;
    const filled = Math.round((WIDTH * done) / of);
    const bar = `${"=".repeat(filled)}${" ".repeat(WIDTH - filled)}`;
    process.stderr.write(`\r[${bar}] ${percent} % ${title}${done >= of ? "\n" : ""}`);
  };
}
