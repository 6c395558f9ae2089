/** Prefixes in order; the ones that a text starts with are found by one binary search and a walk up the parents. */
export interface PrefixList<Item> {
  readonly prefixes: readonly string[];
  readonly items: readonly (readonly Item[])[];
  /** Index of the longest other prefix that this one starts with, or NO_PREFIX. */
  readonly parents: readonly number[];
}

export const NO_PREFIX = -1;

export function makePrefixList<Item>(entries: ReadonlyMap<string, readonly Item[]>): PrefixList<Item> {
  // By code units, as startsWith compares; a locale would order differently.
  const prefixes = [...entries.keys()].sort();
  const parents: number[] = [];
  for (const [index, prefix] of prefixes.entries()) {
    parents.push(climb({ prefixes, parents }, index - 1, prefix));
  }
  return { prefixes, parents, items: prefixes.map((prefix) => entries.get(prefix) as readonly Item[]) };
}

/** Index of the longest prefix of `text`, or NO_PREFIX. The others are its parents, theirs, and so on. */
export function longestPrefix<Item>(list: PrefixList<Item>, text: string): number {
  const { prefixes } = list;
  let low = 0;
  let high = prefixes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((prefixes[middle] as string) <= text) low = middle + 1;
    else high = middle;
  }
  return climb(list, low - 1, text);
}

/** Whatever `text` starts with, the last prefix not above it starts with too. */
function climb(
  { prefixes, parents }: Pick<PrefixList<never>, "prefixes" | "parents">,
  from: number,
  text: string,
): number {
  let index = from;
  while (index !== NO_PREFIX && !text.startsWith(prefixes[index] as string)) index = parents[index] as number;
  return index;
}
