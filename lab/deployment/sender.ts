import { setTimeout as sleep } from "node:timers/promises";
import { ask, type Provider, type RawReceipt } from "../world/provider.js";

/** Who deploys: one address, and a way to get its transactions into the chain. */
export interface Sender {
  readonly address: string;
  readonly provider: Provider;
  /** Sends and waits for the receipt; the receipt may be that of a failure. */
  send(transaction: { to?: string; data: string }): Promise<RawReceipt>;
}

/** A sender over any node that can sign for `address`: a local chain, or a network whose keys Hardhat holds. */
export function providerSender(provider: Provider, address: string): Sender {
  return {
    address,
    provider,
    send: async ({ to, data }) => {
      const call = { from: address, data, ...(to === undefined ? {} : { to }) };
      const gas = await ask<string>(provider, "eth_estimateGas", call);
      const hash = await ask<string>(provider, "eth_sendTransaction", { ...call, gas });
      for (;;) {
        const receipt = await ask<RawReceipt | null>(provider, "eth_getTransactionReceipt", hash);
        if (receipt !== null) return receipt;
        await sleep(250);
      }
    },
  };
}
