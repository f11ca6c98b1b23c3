import type { Deployed } from "../deployment/artifacts.js";
import { encode } from "../deployment/encode.js";
import { Agent, type Identity, type Intent } from "./agent.js";

/** Has a slow average of the book recorded in every block; anyone may. */
export class BookRecorder extends Agent {
  readonly role = "reporter" as const;
  readonly #record: { readonly to: string; readonly data: string };

  /** @param source a `SmoothedBookSource` */
  constructor(identity: Identity, source: Deployed, market: number) {
    super(identity);
    this.#record = { to: source.address, data: encode(source.interface, "record", [market]) };
  }

  act(): readonly Intent[] {
    return [this.say("record the book", this.#record)];
  }
}
