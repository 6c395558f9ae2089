/** Rows of several sources, each in order, as one in order: `isBefore` tells which of two comes first. Reads each source only as far as it is needed. */
export async function* mergeRows<T>(
  sources: readonly AsyncGenerator<T, undefined>[],
  isBefore: (one: T, other: T) => boolean,
): AsyncGenerator<T, undefined> {
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
