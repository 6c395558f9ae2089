const CHUNK = 512;

/** Items in order. Insert, remove and seek cost little at any length: the items lie in chunks of at most 512. */
export interface SortedList<T> {
  insert(item: T): void;
  /** Takes out an item that stands in the list under the order it was inserted with. */
  remove(item: T): void;
  first(): T | undefined;
  /** Upwards from the first item that is not before the bound; the list must not change meanwhile. */
  ascend(isBefore?: (item: T) => boolean): IteratorObject<T, undefined>;
  /** Downwards from the last item that is before the bound. */
  descend(isBefore?: (item: T) => boolean): IteratorObject<T, undefined>;
}

type Compare<T> = (a: T, b: T) => number;

/** Makes an empty list ordered by `compare`, under which no two items of it are equal. */
export function makeSortedList<T>(compare: Compare<T>): SortedList<T> {
  const chunks: T[][] = [];
  return {
    insert: makeInsert(chunks, compare),
    remove: makeRemove(chunks, compare),
    first: () => chunks[0]?.[0],
    ascend: (isBefore) => ascend(chunks, isBefore ?? (() => false)),
    descend: (isBefore) => descend(chunks, isBefore ?? (() => true)),
  };
}

function makeInsert<T>(chunks: T[][], compare: Compare<T>): SortedList<T>["insert"] {
  return (item) => {
    const found = countBefore(chunks, (chunk) => compare(lastOf(chunk), item) < 0);
    const at = Math.min(found, chunks.length - 1);
    const chunk = chunks[at];
    if (chunk === undefined) {
      chunks.push([item]);
      return;
    }
    const place = found > at ? chunk.length : countBefore(chunk, (other) => compare(other, item) < 0);
    chunk.splice(place, 0, item);
    if (chunk.length > CHUNK) chunks.splice(at + 1, 0, chunk.splice(CHUNK / 2));
  };
}

function makeRemove<T>(chunks: T[][], compare: Compare<T>): SortedList<T>["remove"] {
  return (item) => {
    const at = countBefore(chunks, (chunk) => compare(lastOf(chunk), item) < 0);
    const chunk = chunks[at] ?? [];
    const place = countBefore(chunk, (other) => compare(other, item) < 0);
    if (chunk[place] !== item) throw new Error("The item is not in the list");
    chunk.splice(place, 1);
    if (chunk.length === 0) chunks.splice(at, 1);
  };
}

function* ascend<T>(chunks: readonly T[][], isBefore: (item: T) => boolean): IteratorObject<T, undefined> {
  let at = countBefore(chunks, (chunk) => isBefore(lastOf(chunk)));
  let place = countBefore(chunks[at] ?? [], isBefore);
  for (let chunk = chunks[at]; chunk !== undefined; chunk = chunks[++at], place = 0)
    for (; place < chunk.length; place++) yield chunk[place] as T;
}

function* descend<T>(chunks: readonly T[][], isBefore: (item: T) => boolean): IteratorObject<T, undefined> {
  let at = countBefore(chunks, (chunk) => isBefore(lastOf(chunk)));
  let place = countBefore(chunks[at] ?? [], isBefore);
  for (;;) {
    const chunk = chunks[at] ?? [];
    while (--place >= 0) yield chunk[place] as T;
    if (--at < 0) return;
    place = chunks[at]?.length ?? 0;
  }
}

/** How many items come before the bound; `isBefore` holds for a beginning of the items and for no other. */
function countBefore<T>(items: readonly T[], isBefore: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(items[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function lastOf<T>(chunk: readonly T[]): T {
  return chunk[chunk.length - 1] as T;
}
