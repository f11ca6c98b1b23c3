/** Between a number and its unit, so that they stay on one line. */
const GAP = "\u00a0";
const MINUS = "\u2212";

/** Shown where there is no number to show. */
export const NOTHING = "\u2013";

/** A number as the report prints it; no number prints as a dash. */
export type Format = (value: number | null) => string;

function ofNumbers(format: (value: number) => string): Format {
  return (value) => (value === null || !Number.isFinite(value) ? NOTHING : format(value));
}

function grouped(value: number, digits: number): string {
  const [whole = "0", fraction] = Math.abs(value).toFixed(digits).split(".");
  const separated = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  const number = fraction === undefined ? separated : `${separated}.${fraction}`;
  return value < 0 && /[1-9]/.test(number) ? MINUS + number : number;
}

/** Enough decimals for about three digits that mean something. */
function digitsOf(value: number): number {
  const magnitude = Math.abs(value);
  if (magnitude === 0 || magnitude >= 100) return 0;
  return magnitude >= 10 ? 1 : 2;
}

function scaled(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 999.5e6) return `${grouped(value / 1e9, 2)}${GAP}B`;
  if (magnitude >= 999.5e3) return `${grouped(value / 1e6, 2)}${GAP}M`;
  if (magnitude >= 99.95e3) return `${grouped(value / 1e3, 0)}${GAP}k`;
  if (magnitude >= 9_995) return `${grouped(value / 1e3, 1)}${GAP}k`;
  return grouped(value, magnitude < 10 && magnitude >= 0.005 ? 2 : 0);
}

function dollars(number: string): string {
  return number.startsWith(MINUS) ? `${MINUS}$${number.slice(1)}` : `$${number}`;
}

function withSign(value: number, number: string): string {
  return value > 0 && /[1-9]/.test(number) ? `+${number}` : number;
}

/** A quote amount: $1.23 M, $45.6 k, $789. */
export const money = ofNumbers((value) => dollars(scaled(value)));

/** A quote amount that was won or lost, with its sign. */
export const result = ofNumbers((value) => withSign(value, dollars(scaled(value))));

/** A quote amount on an axis: short, and without zeros that say nothing. */
export const moneyTick = ofNumbers((value) => dollars(short(value)));

/** A number of base units, or a count, on an axis. */
export const sizeTick = ofNumbers(short);

/** A price on an axis. */
export const priceTick = ofNumbers((value) => dollars(trimmed(grouped(value, digitsOf(value)))));

/** Per cent on an axis. */
export const deviationTick = ofNumbers((value) => withSign(value, `${trimmed(grouped(value, 2))}${GAP}%`));

function short(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 1e9) return `${trimmed(grouped(value / 1e9, 2))}${GAP}B`;
  if (magnitude >= 1e6) return `${trimmed(grouped(value / 1e6, 2))}${GAP}M`;
  if (magnitude >= 1e4) return `${trimmed(grouped(value / 1e3, 1))}${GAP}k`;
  return trimmed(grouped(value, digitsOf(value)));
}

function trimmed(number: string): string {
  return number.includes(".") ? number.replace(/\.?0+$/, "") : number;
}

/** A price in quote per base. */
export const price = ofNumbers((value) => dollars(grouped(value, Math.abs(value) >= 1_000 ? 1 : 2)));

/** A number of base units. */
export const size = ofNumbers((value) => (Math.abs(value) >= 99_950 ? scaled(value) : grouped(value, digitsOf(value))));

/** A number of base units with its sign. */
export const signedSize = ofNumbers((value) => withSign(value, size(value)));

/** A count. */
export const count = ofNumbers((value) => grouped(Math.round(value), 0));

/** A fraction of one, in per cent. */
export const percent = ofNumbers((value) => `${grouped(value * 100, Math.abs(value) >= 0.9995 ? 0 : 1)}${GAP}%`);

/** A deviation in per cent with its sign. */
export const deviation = ofNumbers((value) => withSign(value, `${grouped(value, 2)}${GAP}%`));

/** A coefficient between zero and one. */
export const coefficient = ofNumbers((value) => grouped(value, 3));

/** A span of time. */
export const seconds = ofNumbers((value) => {
  if (value < 120) return `${grouped(value, Number.isInteger(value) ? 0 : 1)}${GAP}s`;
  const rest = Math.round(value) % 60;
  const minutes = `${grouped(Math.floor(Math.round(value) / 60), 0)}${GAP}min`;
  return rest === 0 ? minutes : `${minutes} ${rest}${GAP}s`;
});

/** A time of day, UTC: 21:16:04. */
export function clock(unixSeconds: number): string {
  return new Date(unixSeconds * 1_000).toISOString().slice(11, 19);
}

/** A day, UTC: 10 October 2025. */
export function day(unixSeconds: number): string {
  const date = new Date(unixSeconds * 1_000);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()] ?? ""} ${date.getUTCFullYear()}`;
}

/** A day of a year that is told elsewhere: 10 Oct. */
export function shortDay(unixSeconds: number): string {
  const date = new Date(unixSeconds * 1_000);
  return `${date.getUTCDate()} ${(MONTHS[date.getUTCMonth()] ?? "").slice(0, 3)}`;
}

/** The days from one time to another, UTC: 10 October 2025, or 10 October 2025 to 7 November 2025. */
export function days(from: number, until: number): string {
  const [first, last] = [day(from), day(until)];
  return first === last ? first : `${first} to ${last}`;
}

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** Words in a row: "a", "a and b", "a, b and c". */
export function list(items: readonly string[]): string {
  const last = items.at(-1);
  if (last === undefined) return "";
  return items.length === 1 ? last : `${items.slice(0, -1).join(", ")} and ${last}`;
}

/** A number of things: "1 maker", "2 makers". */
export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}
