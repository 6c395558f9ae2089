import { type KeyedItem, textOf } from "./item.ts";

export interface MergeOrder {
  /** The sort key that the sources are ordered by: of the table, or of the `work` index. */
  readonly by: "sk" | "ws";
  readonly isBackward?: boolean;
}

/** Rows of several sources, each in order, as one in order. Reads each source only as far as it is needed. */
export async function* mergeRows(
  sources: readonly AsyncGenerator<KeyedItem, undefined>[],
  { by, isBackward = false }: MergeOrder,
): AsyncGenerator<KeyedItem, undefined> {
  const isBefore = (one: KeyedItem, other: KeyedItem) => {
    const [own, others] = [textOf(one, by) ?? "", textOf(other, by) ?? ""];
    return isBackward ? own > others : own < others;
  };
  const heads = await Promise.all(sources.map((source) => source.next()));
  for (;;) {
    let first = -1;
    for (const [index, head] of heads.entries()) {
      if (head.done) continue;
      const best = heads[first];
      if (best === undefined || best.done || isBefore(head.value, best.value)) first = index;
    }
    const next = heads[first];
    const source = sources[first];
    if (next === undefined || next.done || source === undefined) return;
    yield next.value;
    heads[first] = await source.next();
  }
}
