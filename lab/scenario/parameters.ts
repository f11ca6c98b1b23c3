import { z } from "zod";

/** One number a scenario can be run with. */
export interface Parameter {
  readonly default: number;
  readonly low: number;
  readonly high: number;
  /** Only whole numbers make sense. */
  readonly whole?: boolean;
  readonly unit: string;
  /** What it is, and why this value: a source where there is one, else the reasoning. */
  readonly why: string;
}

/** Parameters by name. */
export type Parameters = Readonly<Record<string, Parameter>>;

/** The numbers of one run. */
export type Values<P extends Parameters> = { readonly [Name in keyof P]: number };

/** The bounds of parameters as a schema: unknown names and numbers out of bounds are refused, missing ones get their default. */
export function schemaOf(parameters: Parameters): z.ZodType<Record<string, number>> {
  const fields = Object.entries(parameters).map(([name, { low, high, whole, default: value }]) => {
    const number = z.coerce.number().min(low).max(high);
    return [name, (whole === true ? number.int() : number).default(value)] as const;
  });
  return z.strictObject(Object.fromEntries(fields));
}

/** A refusal of what the user typed, with the reason. */
export class UsageError extends Error {}

/** Checks `name=value` settings against parameters. */
export function valuesOf<P extends Parameters>(parameters: P, settings: Readonly<Record<string, string>>): Values<P> {
  const result = schemaOf(parameters).safeParse(settings);
  if (result.success) return result.data as Values<P>;
  throw new UsageError(z.prettifyError(result.error));
}
