import { chooseAnchors, countUses, fileAt } from "./choose-anchors.ts";
import type { CompiledFilter } from "./compiled-filter.ts";
import { type IndexedFilter, makeFieldNode } from "./field-tree.ts";
import { type FilterableEvent, readEnvelope } from "./filterable-event.ts";
import { matchesFilter } from "./match-filter.ts";
import { type Hits, makeSearchTree, search } from "./search-tree.ts";

/** All filters of a project, arranged so that an event is compared with few of them. */
export interface FilterIndex {
  /** False when no filter looks at `payload`: `match` does not touch it then. */
  readonly readsPayload: boolean;
  /** The same for `metadata`. */
  readonly readsMetadata: boolean;
  /**
   * The ids of the filters that match, each once, in no particular order. It reads `payload` and `metadata` of the event only when it must,
   * so both may be accessors. Not to be called again from within one.
   */
  readonly match: (event: FilterableEvent) => readonly string[];
}

export interface FilterEntry {
  readonly id: string;
  /** `null`: everything matches. */
  readonly filter: CompiledFilter | null;
}

/**
 * Each filter is filed under one of its clauses, the one that the fewest other filters share: under the values and prefixes it lists or, if
 * it lists others, under its field. An event looks up its own values, and only the filters found there are checked in full. Filters that
 * absence can satisfy have no such clause and are checked every time. An index does not change; make a new one.
 */
export function makeFilterIndex(entries: readonly FilterEntry[]): FilterIndex {
  const everyone: string[] = [];
  const indexed: IndexedFilter[] = [];
  for (const { id, filter } of entries) {
    if (filter === null || filter.root.clauses.length === 0) everyone.push(id);
    else indexed.push({ id, filter, isDecided: false, seenIn: 0 });
  }
  return {
    readsPayload: indexed.some(({ filter }) => filter.readsPayload),
    readsMetadata: indexed.some(({ filter }) => filter.readsMetadata),
    match: indexed.length === 0 ? () => everyone : makeMatch(everyone, indexed),
  };
}

function makeMatch(everyone: readonly string[], indexed: readonly IndexedFilter[]): FilterIndex["match"] {
  const { fields, unfiled } = fileFilters(indexed);
  const hits: Hits = { round: 0, filters: [] };
  return (event) => {
    hits.round++;
    hits.filters.length = 0;
    for (const field of fields) search(field, readEnvelope(event, field.key), hits);
    const ids: string[] = [];
    for (const { id, filter, isDecided } of hits.filters)
      if (isDecided || matchesFilter(filter, event)) ids.push(id);
    for (const { id, filter } of unfiled) if (matchesFilter(filter, event)) ids.push(id);
    if (ids.length === 0) return everyone;
    return everyone.length === 0 ? ids : everyone.concat(ids);
  };
}

function fileFilters(indexed: readonly IndexedFilter[]) {
  const tree = makeFieldNode("");
  for (const { filter } of indexed) countUses(tree, filter.root);
  const unfiled = indexed.filter((one) => {
    const anchors = chooseAnchors(tree, one.filter.root);
    if (anchors === null) return true;
    fileAt(anchors, one);
    one.isDecided = anchors.isDecisive;
    return false;
  });
  return { fields: makeSearchTree(tree).children, unfiled };
}
