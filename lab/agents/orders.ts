import type { OrderIntent } from "../venues/venue.js";
import type { View } from "../world/view.js";

/** An order that takes what the book has now and no farther from the index than the slippage, a fraction of it; the rest is dropped. */
export function immediate(
  { index }: View,
  slippage: number,
  order: Pick<OrderIntent, "buy" | "size" | "reduceOnly">,
): OrderIntent {
  return { ...order, price: index * (order.buy ? 1 + slippage : 1 - slippage), lifetime: "immediate" };
}
