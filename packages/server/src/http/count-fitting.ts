import { ANSWER_BYTES } from "./render-event.ts";

/** Room for the cursor and what stands around the items. */
const FRAME_BYTES = 8 * 1024;

/** How many items, from the first one, an answer has room for; at least one. */
export function countFitting(items: readonly unknown[]): number {
  let bytes = FRAME_BYTES;
  for (const [index, item] of items.entries()) {
    bytes += Buffer.byteLength(JSON.stringify(item)) + 1;
    if (bytes > ANSWER_BYTES) return Math.max(1, index);
  }
  return items.length;
}
