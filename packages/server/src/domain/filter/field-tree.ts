import type { Clause, CompiledFilter, LeafClause } from "./compiled-filter.ts";
import type { JsonScalar } from "./filterable-event.ts";

/** A field that some filter of an index names, with the number of lists it stands in, and the filters found by it. */
export interface FieldNode {
  readonly key: string;
  readonly children: Map<string, FieldNode>;
  readonly exact: Map<JsonScalar, Posting>;
  readonly prefixes: Map<string, Posting>;
  readonly present: Posting;
}

/** How many lists contain an entry, and which filters (by number) are found by it. */
export interface Posting {
  uses: number;
  readonly filters: number[];
}

export function makeFieldNode(key: string): FieldNode {
  return { key, children: new Map(), exact: new Map(), prefixes: new Map(), present: makePosting() };
}

/** Counts every list of a filter at its field. */
export function countFilter(root: FieldNode, filter: CompiledFilter): void {
  for (const clause of filter.root.clauses) countClause(root, clause);
}

function countClause(node: FieldNode, clause: Clause): void {
  switch (clause.kind) {
    case "leaf":
      for (const posting of postingsOf(childOf(node, clause.key), clause)) posting.uses++;
      break;
    case "group":
      for (const inner of clause.group.clauses) countClause(childOf(node, clause.key), inner);
      break;
    case "choice":
      for (const branch of clause.branches) for (const inner of branch.clauses) countClause(node, inner);
  }
}
