// npm on Node 20 silently leaves out optional packages whose `engines` ask for Node 22, the EVM's native binary among
// them, and the build then fails with HHE27. They run under the Node 24 we install ourselves, so the field is dropped
// from the lock. Run it again after every change of a dependency.
import { readFileSync, writeFileSync } from "node:fs";

const path = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(path, "utf8"));
for (const entry of Object.values(lock.packages)) if (entry.optional) delete entry.engines;
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
