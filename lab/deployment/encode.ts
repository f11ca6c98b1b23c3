import { AbiCoder, type Interface, type ParamType } from "ethers";

const coder = AbiCoder.defaultAbiCoder();
const known = new WeakMap<Interface, Map<string, Entry>>();

interface Entry {
  readonly selector: string;
  readonly inputs: readonly ParamType[];
}

/** The data of a call. As Interface.encodeFunctionData, but looks a function up and hashes its signature only once. */
export function encode(abi: Interface, method: string, args: readonly unknown[]): string {
  let methods = known.get(abi);
  if (methods === undefined) known.set(abi, (methods = new Map<string, Entry>()));
  let entry = methods.get(method);
  if (entry === undefined) {
    const fragment = abi.getFunction(method);
    if (fragment === null) throw new RangeError(`no function ${method}`);
    entry = { selector: fragment.selector, inputs: fragment.inputs };
    methods.set(method, entry);
  }
  return entry.selector + coder.encode(entry.inputs, args).slice(2);
}
