import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

import { ModelCheck, type ModelSummary } from "../differential/model-check.js";
import { compare, finish } from "../run/compare.js";
import { type Part, type Piece, piecesOf, runPiece } from "../run/pieces.js";
import { UsageError } from "../scenario/parameters.js";
import type { Host } from "../scenario/scenario.js";
import { type AttackArguments, runAttack } from "./attack.js";
import { announce } from "./compare.js";
import type { World } from "../world/world.js";
import { progressBar } from "./progress.js";
import { answering, anyOf, deficitModeOf, PROPERTY_FAILED, regimesOf, settingsOf } from "./request.js";

interface Arguments extends AttackArguments {
  readonly scenario: string;
  readonly policy: string;
  readonly without: string;
  readonly deficit: string;
  readonly checkModel: boolean;
}

/** A host whose every world is followed in the model. */
function watched({ network, artifacts }: HardhatRuntimeEnvironment, checks: ModelCheck[]): Host {
  const watch = async (world: World): Promise<void> => {
    const check = await ModelCheck.of(world.chain, world.exchange, artifacts);
    world.watcher = check;
    checks.push(check);
  };
  return { network, artifacts, watch };
}

function announceModels(run: string, checks: readonly ModelCheck[]): void {
  for (const { summary } of checks) announceModel(run, summary);
}

/** Says how the model fared, on standard error, where the result is not. A disagreement is a failed property. */
function announceModel(regime: string, summary: ModelSummary): void {
  const { blocks, calls, others, chainTime, modelTime, disagreement } = summary;
  const ratio = modelTime === 0 ? 0 : chainTime / modelTime;
  console.error(
    `model, ${regime}: ${calls} calls in ${blocks} blocks (${others} transactions were not the exchange's); ` +
      `chain ${(chainTime / 1_000).toFixed(1)} s, model ${(modelTime / 1_000).toFixed(2)} s, ${ratio.toFixed(0)} times as fast`,
  );
  console.error(disagreement === undefined ? "model and chain agree" : `model and chain disagree\n${disagreement}`);
  if (disagreement !== undefined) process.exitCode = PROPERTY_FAILED;
}

function titleOf({ regime, changed }: Piece): string {
  return changed === undefined ? regime : `${regime}, ${changed.parameter} ${changed.value}`;
}

export default function run(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  return answering(async () => {
    const found = await anyOf(args.scenario);
    const checks: ModelCheck[] = [];
    const host = args.checkModel ? watched(hre, checks) : hre;
    if (found.attack !== undefined) {
      await hre.tasks.getTask("build").run({ quiet: true });
      await runAttack(host, found.attack, args);
      announceModels(found.attack.id, checks);
      return;
    }
    const { scenario } = found;
    if (args.defences !== "" || args.without !== "" || args.honest) {
      throw new UsageError(`${scenario.id} is no attack: it has no defences to switch`);
    }
    // A scenario names the exchange's own policy first.
    const regimes = args.policy === "" ? scenario.regimes.slice(0, 1) : regimesOf(scenario, args.policy);
    const { seed, quick } = args;
    const values = settingsOf(scenario, args.set, quick);
    const comparison = { seed, regimes, deficitMode: deficitModeOf(args.deficit), values, quick };
    await hre.tasks.getTask("build").run({ quiet: true });
    if (!args.checkModel) {
      const bar = progressBar(`${scenario.id}, ${regimes.join(", ")}`);
      announce(await compare(hre, scenario, comparison, bar), args.json);
      return;
    }
    // The model follows a run in the process it is made in.
    const pieces = piecesOf(scenario, comparison);
    const parts: Part[] = [];
    for (const piece of pieces) {
      const title = titleOf(piece);
      parts.push(await runPiece(host, scenario, comparison, piece, progressBar(`${scenario.id}, ${title}`)));
      announceModels(title, checks.splice(0));
    }
    announce(await finish(scenario, comparison, pieces, parts), args.json);
  });
}
