/** What can be wrong with a source; the chain's number is the place in the list. From MALFORMED on it is nonsense, before it silence. */
export const SOURCE_STATUSES = [
  "OK",
  "STALE",
  "UNREACHABLE",
  "SHORT_HISTORY",
  "NO_DEPTH",
  "INCOMPLETE",
  "UNCONFIGURED",
  "SEQUENCER_DOWN",
  "SEQUENCER_RESTARTED",
  "RATE_TOO_HIGH",
  "RATE_TOO_LOW",
  "UNSURE",
  "OUTLIER",
  "MALFORMED",
  "NOT_POSITIVE",
  "FUTURE",
  "OUT_OF_RANGE",
] as const;
export type SourceStatus = (typeof SOURCE_STATUSES)[number];

/** A source that says something that cannot be makes an index without a quorum INVALID; one that says nothing, STALE. */
export function isNonsense(status: SourceStatus): boolean {
  return SOURCE_STATUSES.indexOf(status) >= SOURCE_STATUSES.indexOf("MALFORMED");
}
