import { emptyTask, task } from "hardhat/config";

/** The lab's command line, as nested Hardhat tasks. */
export const labTasks = [
  emptyTask("lab", "Attack the exchange on a local chain and measure what it costs").build(),

  task(["lab", "list"], "List the scenarios, one line each")
    .addFlag({ name: "json", description: "Print JSON" })
    .setAction(() => import("./tasks/list.js"))
    .build(),
];
