import type { CompiledFilter, LeafClause } from "./compiled-filter.ts";
import type { JsonScalar } from "./filterable-event.ts";

/** A filter in an index. */
export interface IndexedFilter {
  readonly id: string;
  readonly filter: CompiledFilter;
  /** True when an event that leads to the filter surely matches it. */
  isDecided: boolean;
  /** Number of the last match that led to it, so that it is looked at once in each. */
  seenIn: number;
}

/** A filter where it is found. */
export interface Filed {
  readonly indexed: IndexedFilter;
  /** Must accept the value; null when it surely does. */
  readonly leaf: LeafClause | null;
}

/** What is found by one value, prefix or field. */
export interface Posting {
  /** In how many clauses it stands, whether or not their filters are found by it. */
  uses: number;
  readonly filed: Filed[];
}

/** A field that filters name, with all that they may be found by. */
export interface FieldNode {
  readonly key: string;
  readonly children: Map<string, FieldNode>;
  readonly exact: Map<JsonScalar, Posting>;
  readonly prefixes: Map<string, Posting>;
  readonly present: Posting;
}

export function makeFieldNode(key: string): FieldNode {
  return { key, children: new Map(), exact: new Map(), prefixes: new Map(), present: makePosting() };
}

/** The node of a field; made when it is new. */
export function fieldNodeAt(parent: FieldNode, key: string): FieldNode {
  const known = parent.children.get(key);
  if (known !== undefined) return known;
  const made = makeFieldNode(key);
  parent.children.set(key, made);
  return made;
}

/** The posting of a value or prefix; made when it is new. */
export function postingAt<Key>(postings: Map<Key, Posting>, key: Key): Posting {
  const known = postings.get(key);
  if (known !== undefined) return known;
  const made = makePosting();
  postings.set(key, made);
  return made;
}

function makePosting(): Posting {
  return { uses: 0, filed: [] };
}
