import type { HardhatPlugin } from "hardhat/types/plugins";

/** Solady alone brings a hundred warnings we can do nothing about, and ours would drown in them. */
export const quietDependencies: HardhatPlugin = {
  id: "crossfire-quiet-dependencies",
  hookHandlers: { solidity: () => import("./quiet-dependencies-hook.js") },
};
