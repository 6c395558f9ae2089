import type { ChoiceClause, Clause, Group, LeafClause } from "./compiled-filter.ts";
import { type FieldNode, fieldNodeAt, type IndexedFilter, type Posting, postingAt } from "./field-tree.ts";
import type { ValueTest } from "./value-test.ts";

/** Where a filter is found: it matches no event that leads to none of its anchors. */
export interface Anchors {
  readonly anchors: readonly Anchor[];
  /** How many filters an event is expected to be checked against in vain; the lower the better. */
  readonly cost: number;
  /** True when an event that leads to one of them matches. */
  readonly isDecisive: boolean;
}

interface Anchor {
  readonly postings: readonly Posting[];
  /** Set when the value found has to be accepted by it. */
  readonly leaf: LeafClause | null;
}

/** A field is in most events, one value of it in few. */
const PRESENT_COST = 8;

/** Counts how often each value, prefix and field is used, for all filters before the first choice. */
export function countUses(node: FieldNode, group: Group): void {
  for (const clause of group.clauses) {
    if (clause.kind === "choice") for (const branch of clause.branches) countUses(node, branch);
    else if (clause.kind === "group") countUses(fieldNodeAt(node, clause.key), clause.group);
    else for (const { postings } of waysToFind(node, clause)) for (const posting of postings) posting.uses++;
  }
}

export function fileAt({ anchors }: Anchors, indexed: IndexedFilter): void {
  for (const { postings, leaf } of anchors)
    for (const posting of postings) posting.filed.push({ indexed, leaf });
}

/** The cheapest clause of a group to find it by; null when absence can satisfy it, or there is no clause. */
export function chooseAnchors(node: FieldNode, group: Group): Anchors | null {
  const best = cheapest(group.clauses.map((clause) => anchorsOfClause(node, clause)));
  return best !== null && group.clauses.length > 1 ? { ...best, isDecisive: false } : best;
}

function anchorsOfClause(node: FieldNode, clause: Clause): Anchors | null {
  switch (clause.kind) {
    case "leaf":
      return cheapest(waysToFind(node, clause).map(anchorsAt));
    case "group":
      return chooseAnchors(fieldNodeAt(node, clause.key), clause.group);
    case "choice":
      return anchorsOfChoice(node, clause);
  }
}

/** Found by any of the branches, so each needs anchors. */
function anchorsOfChoice(node: FieldNode, { branches }: ChoiceClause): Anchors | null {
  const chosen = branches.map((branch) => chooseAnchors(node, branch)).filter((anchors) => anchors !== null);
  if (chosen.length < branches.length) return null;
  return {
    anchors: chosen.flatMap(({ anchors }) => anchors),
    cost: chosen.reduce((sum, { cost }) => sum + cost, 0),
    isDecisive: chosen.every(({ isDecisive }) => isDecisive),
  };
}

function cheapest(options: readonly (Anchors | null)[]): Anchors | null {
  return options.reduce(
    (best, one) => (best === null || (one !== null && one.cost < best.cost) ? one : best),
    null,
  );
}

interface WayToFind extends Anchor {
  readonly costPerUse: number;
}

function anchorsAt(way: WayToFind): Anchors {
  const uses = way.postings.reduce((sum, posting) => sum + posting.uses, 0);
  return { anchors: [way], cost: uses * way.costPerUse, isDecisive: true };
}

/** By the field being there; and by its values and prefixes, if the list has nothing else. */
function waysToFind(parent: FieldNode, leaf: LeafClause): readonly WayToFind[] {
  if (leaf.acceptsAbsence) return [];
  const node = fieldNodeAt(parent, leaf.key);
  const { exact, tests } = leaf.values;
  const byField = { postings: [node.present], leaf: leaf.acceptsAny ? null : leaf, costPerUse: PRESENT_COST };
  const prefixes = tests.map(prefixOf).filter((prefix) => prefix !== "");
  if (leaf.acceptsAny || prefixes.length < tests.length) return [byField];
  const postings = [
    ...[...exact].map((value) => postingAt(node.exact, value)),
    ...prefixes.map((prefix) => postingAt(node.prefixes, prefix)),
  ];
  const isCertain = tests.every(({ kind }) => kind === "prefix");
  return [byField, { postings, leaf: isCertain ? null : leaf, costPerUse: 1 }];
}

/** What every text that passes the test starts with; "" when that is not known. */
function prefixOf(test: ValueTest): string {
  if (test.kind === "prefix") return test.text;
  return test.kind === "wildcard" ? test.wildcard.head : "";
}
