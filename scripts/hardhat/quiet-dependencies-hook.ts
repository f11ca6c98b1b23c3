import type { SolidityHooks } from "hardhat/types/hooks";

/** Hardhat compiles what comes from node_modules under this prefix. */
const DEPENDENCY = "npm/";

export default function handlers(): Promise<Partial<SolidityHooks>> {
  return Promise.resolve({
    async invokeSolc(context, compiler, input, config, next) {
      const output = await next(context, compiler, input, config);
      if (output.errors === undefined) return output;
      const errors = output.errors.filter(
        ({ severity, sourceLocation }) => severity === "error" || sourceLocation?.file.startsWith(DEPENDENCY) !== true,
      );
      return { ...output, errors };
    },
  });
}
