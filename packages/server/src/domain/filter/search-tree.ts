import type { FieldNode, Filed, IndexedFilter, Posting } from "./field-tree.ts";
import { isArray, type JsonObject, type JsonScalar, type JsonValue, readOwn } from "./filterable-event.ts";
import { accepts } from "./judge.ts";
import { longestPrefix, makePrefixList, NO_PREFIX, type PrefixList } from "./prefix-list.ts";

/** A field by which filters are found: by its value, by what it starts with, by its presence, or by fields inside it. */
export interface SearchNode {
  readonly key: string;
  readonly exact: ReadonlyMap<JsonScalar, readonly Filed[]>;
  readonly prefixes: PrefixList<Filed>;
  readonly present: readonly Filed[];
  readonly children: readonly SearchNode[];
  readonly byKey: ReadonlyMap<string, SearchNode>;
}

/** The filters that one event leads to, each once. `round` differs for every event. */
export interface Hits {
  round: number;
  readonly filters: IndexedFilter[];
}

/** With so many children or fewer they are looked up in the object, with more the object's fields are looked up among them. */
const FEW_CHILDREN = 8;

/** Keeps of a field tree what filters are found by. */
export function makeSearchTree(node: FieldNode): SearchNode {
  const children = [...node.children.values()].map(makeSearchTree).filter(isUseful);
  return {
    key: node.key,
    exact: filedAt(node.exact),
    prefixes: makePrefixList(filedAt(node.prefixes)),
    present: node.present.filed,
    children,
    byKey: new Map(children.map((child) => [child.key, child])),
  };
}

function isUseful({ exact, prefixes, present, children }: SearchNode): boolean {
  return exact.size + prefixes.prefixes.length + present.length + children.length > 0;
}

function filedAt<Key>(postings: ReadonlyMap<Key, Posting>): Map<Key, readonly Filed[]> {
  const filed = new Map<Key, readonly Filed[]>();
  for (const [key, posting] of postings) if (posting.filed.length > 0) filed.set(key, posting.filed);
  return filed;
}

/** Adds the filters that a value of the node's field leads to. Elements of arrays count as values of the field. */
export function search(node: SearchNode, value: JsonValue | undefined, hits: Hits): void {
  if (value === undefined) return;
  if (typeof value !== "object" || value === null) searchScalar(node, value, hits);
  else if (isArray(value)) for (const element of value) search(node, element, hits);
  else searchFields(node, value, hits);
}

function searchFields({ children, byKey }: SearchNode, object: JsonObject, hits: Hits): void {
  if (children.length <= FEW_CHILDREN) {
    for (const child of children) search(child, readOwn(object, child.key), hits);
    return;
  }
  for (const key of Object.keys(object)) {
    const child = byKey.get(key);
    if (child !== undefined) search(child, object[key], hits);
  }
}

function searchScalar({ exact, prefixes, present }: SearchNode, value: JsonScalar, hits: Hits): void {
  const equal = exact.get(value);
  if (equal !== undefined) add(equal, value, hits);
  if (present.length > 0) add(present, value, hits);
  if (typeof value !== "string" || prefixes.prefixes.length === 0) return;
  let index = longestPrefix(prefixes, value);
  while (index !== NO_PREFIX) {
    add(prefixes.items[index] as readonly Filed[], value, hits);
    index = prefixes.parents[index] as number;
  }
}

function add(filed: readonly Filed[], value: JsonScalar, hits: Hits): void {
  for (const { indexed, leaf } of filed) {
    if (indexed.seenIn === hits.round || (leaf !== null && !accepts(leaf, value))) continue;
    indexed.seenIn = hits.round;
    hits.filters.push(indexed);
  }
}
