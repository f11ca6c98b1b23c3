/** A word at a height of a chart. */
export interface Label {
  readonly text: string;
  readonly colour: string;
  /** In the units of the chart's axis. */
  readonly value: number;
}

/** The room in which labels stand: the axis's domain and its length in pixels. */
export interface Room {
  readonly domain: readonly [number, number];
  readonly pixels: number;
}

/** Pixels a line of text takes. */
const LINE_HEIGHT = 12;

/** Moves labels apart until none covers another, keeping their order and staying inside the axis where they fit. */
export function separate(labels: readonly Label[], { domain: [low, high], pixels }: Room): Label[] {
  const unit = (high - low) / pixels;
  const gap = LINE_HEIGHT * unit;
  const sorted = [...labels].sort((left, right) => left.value - right.value);
  let floor = low;
  const raised = sorted.map((label) => {
    const value = Math.max(label.value, floor);
    floor = value + gap;
    return { ...label, value };
  });
  let ceiling = high;
  return raised.reverse().map((label) => {
    const value = Math.min(label.value, ceiling);
    ceiling = value - gap;
    return { ...label, value };
  });
}
