import type { SolidityHooks } from "hardhat/types/hooks";

/** The place a message points at; Hardhat compiles what comes from node_modules under npm/. */
const IN_DEPENDENCY = /^ *--> npm\//m;

export default function handlers(): Promise<Partial<SolidityHooks>> {
  return Promise.resolve({
    async invokeSolc(context, compiler, input, config, next) {
      const output = await next(context, compiler, input, config);
      if (output.errors === undefined) return output;
      const errors = output.errors.filter(
        ({ severity, formattedMessage }) =>
          severity === "error" || formattedMessage === undefined || !IN_DEPENDENCY.test(formattedMessage),
      );
      return { ...output, errors };
    },
  });
}
