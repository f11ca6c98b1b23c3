/** What a word of an answer can be. */
export type Word = bigint | number | boolean | string;

const TWO_TO_256 = 1n << 256n;

/** Values as a contract answers them: 32 bytes each, without a prefix. */
export function words(...values: readonly Word[]): string {
  return values.map(word).join("");
}

function word(value: Word): string {
  if (typeof value === "string") return value.slice(2).padStart(64, "0");
  const number = BigInt(value);
  return (number < 0n ? number + TWO_TO_256 : number).toString(16).padStart(64, "0");
}

/** An answer with a list in it: of items of a few words each. */
export function list(items: readonly string[]): string {
  return words(32, items.length) + items.join("");
}

/** The data of a call of Batch.read: `(address[] targets, bytes[] questions)`. */
export function batchOf(
  selector: string,
  questions: readonly { readonly to: string; readonly data: string }[],
): string {
  const count = questions.length;
  const targets = questions.map(({ to }) => to.slice(2).padStart(64, "0")).join("");
  let offset = 32 * count;
  const offsets: string[] = [];
  const bodies: string[] = [];
  for (const { data } of questions) {
    const bytes = (data.length - 2) / 2;
    const padded = Math.ceil(bytes / 32) * 32;
    offsets.push(words(offset));
    bodies.push(words(bytes) + data.slice(2).padEnd(padded * 2, "0"));
    offset += 32 + padded;
  }
  const second = 64 + 32 + 32 * count;
  return `${selector}${words(64, second, count)}${targets}${words(count)}${offsets.join("")}${bodies.join("")}`;
}

/** The answers of Batch.read, without prefixes. */
export function answersOf(result: string): string[] {
  const text = result.slice(2);
  const at = (place: number): number => parseInt(text.slice(place * 2, place * 2 + 64), 16);
  const start = at(0) + 32;
  const count = at(start - 32);
  return Array.from({ length: count }, (_, index) => {
    const body = start + at(start + 32 * index);
    return text.slice((body + 32) * 2, (body + 32 + at(body)) * 2);
  });
}
