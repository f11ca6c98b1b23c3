import { column, readRecord } from "../../data/records.js";

/** One wave of the record. USD. */
export interface RecordedWave {
  readonly wave: number;
  readonly firstFill: string;
  readonly needed: number;
  readonly taken: number;
}

/** The 16 waves, in order of time. */
export function recordedWaves(): RecordedWave[] {
  const rows = readRecord("adl-waves-2025-10-10");
  const [waves, needed, taken] = ["wave", "needed_usd", "taken_usd"].map((name) => column(rows, name));
  return rows.map(({ first_fill_utc: firstFill }, index) => ({
    wave: waves?.[index] ?? Number.NaN,
    firstFill: firstFill ?? "",
    needed: needed?.[index] ?? Number.NaN,
    taken: taken?.[index] ?? Number.NaN,
  }));
}
