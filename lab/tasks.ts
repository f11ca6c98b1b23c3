import { emptyTask, task } from "hardhat/config";
import { ArgumentType } from "hardhat/types/arguments";

const json = { name: "json", description: "Print JSON" } as const;
const scenario = { name: "scenario", description: "A scenario's id, as `lab list` prints it" } as const;
const seed = { name: "seed", description: "Seed of all randomness", type: ArgumentType.INT, defaultValue: 7 } as const;
const set = {
  name: "set",
  description: "Parameters to change: name=value, several separated by commas",
  type: ArgumentType.STRING,
  defaultValue: "",
} as const;
const deficit = {
  name: "deficit",
  description: "Who pays a deficit: ALL_WINNERS or TORN_UP",
  type: ArgumentType.STRING,
  defaultValue: "ALL_WINNERS",
} as const;
const policy = {
  name: "policy",
  description:
    "Which positions deleveraging reaches first, or Queue for the industry's way; without it the exchange's own, HedgeLast, where a scenario knows hedges",
  type: ArgumentType.STRING,
  defaultValue: "",
} as const;

const defences = {
  name: "defences",
  description:
    "Defences of an attack that are on: none, all, all-but-x, or some separated by commas; three legs without it",
  type: ArgumentType.STRING,
  defaultValue: "",
} as const;
const without = {
  name: "without",
  description: "Defences of an attack that are off, separated by commas; all others are on",
  type: ArgumentType.STRING,
  defaultValue: "",
} as const;
const honest = { name: "honest", description: "Honest users' flow instead of the attack" } as const;
const quick = { name: "quick", description: "Leave out an attack's frontier, or run another scenario small" } as const;

/** The lab's command line, as nested Hardhat tasks. */
export const labTasks = [
  emptyTask("lab", "Attack the exchange on a local chain and measure what it costs").build(),

  task(["lab", "list"], "List the scenarios, one line each")
    .addFlag(json)
    .setAction(() => import("./tasks/list.js"))
    .build(),

  task(["lab", "show"], "Show a scenario's actors, parameters with bounds, sources and expectations")
    .addPositionalArgument(scenario)
    .addFlag(json)
    .setAction(() => import("./tasks/show.js"))
    .build(),

  task(["lab", "run"], "Run a scenario under one policy, or an attack without and with its defences")
    .addPositionalArgument(scenario)
    .addOption(policy)
    .addOption(defences)
    .addOption(without)
    .addOption(seed)
    .addOption(set)
    .addOption(deficit)
    .addFlag(honest)
    .addFlag(quick)
    .addFlag({ name: "checkModel", description: "Follow the run in the reference model and compare it with the chain" })
    .addFlag(json)
    .setAction(() => import("./tasks/run.js"))
    .build(),

  task(["lab", "compare"], "Run a scenario under several policies, or an attack under several sets of defences")
    .addPositionalArgument(scenario)
    .addOption({
      ...defences,
      description: "Sets of an attack's defences, separated by commas; a+b for several in a set",
    })
    .addOption({
      name: "policies",
      description: "Policies separated by commas; all of the scenario's without it",
      type: ArgumentType.STRING,
      defaultValue: "",
    })
    .addOption(seed)
    .addOption(set)
    .addOption(deficit)
    .addFlag(honest)
    .addFlag(quick)
    .addFlag(json)
    .setAction(() => import("./tasks/compare.js"))
    .build(),

  task(["lab", "sweep"], "Run an attack over a grid of one parameter, and several seeds; resumes where it was stopped")
    .addPositionalArgument(scenario)
    .addOption({
      name: "grid",
      description: "Parameter and values: depth=0.02..1:8 for eight in geometric steps, or depth=0.1+0.2+0.5",
      type: ArgumentType.STRING,
      defaultValue: "",
    })
    .addOption({ ...defences, defaultValue: "none,all" })
    .addOption({ name: "seeds", description: "Seeds: 7, or 1..5", type: ArgumentType.STRING, defaultValue: "7" })
    .addOption({ name: "shard", description: "Part of the runs: 2/8", type: ArgumentType.STRING, defaultValue: "1/1" })
    .addOption(set)
    .addFlag(honest)
    .addFlag(json)
    .setAction(() => import("./tasks/sweep.js"))
    .build(),

  task(["lab", "matrix"], "Run attacks without each of their defences in turn: which of them is needed")
    .addOption({
      name: "scenarios",
      description: "Attacks separated by commas; all without it",
      type: ArgumentType.STRING,
      defaultValue: "",
    })
    .addOption(seed)
    .addFlag(json)
    .setAction(() => import("./tasks/matrix.js"))
    .build(),

  task(["lab", "part"], "Run pieces of a comparison as they are ordered; `lab run` and `lab compare` start this")
    .addPositionalArgument(scenario)
    .addOption(seed)
    .addOption(deficit)
    .addOption({
      name: "settings",
      description: "JSON file of all parameters",
      type: ArgumentType.STRING,
      defaultValue: "",
    })
    .addFlag(quick)
    .setAction(() => import("./tasks/part.js"))
    .build(),
];
