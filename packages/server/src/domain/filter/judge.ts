import type { ChoiceClause, Clause, Group, LeafClause } from "./compiled-filter.ts";
import {
  isArray,
  isObject,
  type JsonScalar,
  type JsonValue,
  type ReadField,
  readOwn,
  valuesAt,
} from "./filterable-event.ts";
import { isInSet } from "./value-test.ts";

/**
 * How a clause stands to a value: it fails; it holds only because fields are absent; or some value satisfies it. The two ways to hold differ
 * for arrays of objects: what is satisfied by values needs one element, what is satisfied by absence needs the field to be in none.
 */
export type Verdict = typeof FAILED | typeof ABSENT | typeof PRESENT;
export const FAILED = 0;
export const ABSENT = 1;
export const PRESENT = 2;

/** All clauses for one object, be it the event (`readEnvelope`) or a part of it (`readOwn`). */
export function judgeGroup<Container>(
  group: Group,
  container: Container,
  read: ReadField<Container>,
): Verdict {
  let verdict: Verdict = ABSENT;
  for (const clause of group.clauses) {
    const one = judgeClause(clause, container, read);
    if (one === FAILED) return FAILED;
    if (one === PRESENT) verdict = PRESENT;
  }
  return verdict;
}

export function judgeClause<Container>(
  clause: Clause,
  container: Container,
  read: ReadField<Container>,
): Verdict {
  switch (clause.kind) {
    case "leaf":
      return judgeLeaf(clause, read(container, clause.key));
    case "group":
      return judgeValue(clause.group, read(container, clause.key));
    case "choice":
      return judgeChoice(clause, container, read);
  }
}

function judgeChoice<Container>(
  { branches }: ChoiceClause,
  container: Container,
  read: ReadField<Container>,
): Verdict {
  let verdict: Verdict = FAILED;
  for (const branch of branches) {
    const one = judgeGroup(branch, container, read);
    if (one === PRESENT) return PRESENT;
    if (one === ABSENT) verdict = ABSENT;
  }
  return verdict;
}

/** A group for a field that may be absent, a scalar, an object or an array of them. */
export function judgeValue(group: Group, value: JsonValue | undefined): Verdict {
  if (isObject(value)) return judgeGroup(group, value, readOwn);
  const isArrayValue = isArray(value);
  if (isArrayValue && someElementSatisfies(group, value)) return PRESENT;
  if (!group.acceptsAbsence) return FAILED;
  return isArrayValue && !isAbsent(group, value) ? FAILED : ABSENT;
}

/** One and the same element satisfies the whole group; arrays inside arrays are gone through as well. */
function someElementSatisfies(group: Group, elements: readonly JsonValue[]): boolean {
  for (const element of elements) {
    if (isArray(element)) {
      if (someElementSatisfies(group, element)) return true;
    } else if (isObject(element) && judgeGroup(group, element, readOwn) === PRESENT) {
      return true;
    }
  }
  return false;
}

/** The group holds with none of its fields in any of the elements. */
function isAbsent(group: Group, elements: readonly JsonValue[]): boolean {
  return group.clauses.every((clause) => isClauseAbsent(clause, elements));
}

function isClauseAbsent(clause: Clause, elements: readonly JsonValue[]): boolean {
  switch (clause.kind) {
    case "leaf":
      return clause.acceptsAbsence && scanLeaf(clause, valuesAt(elements, clause.key)) === ABSENT;
    case "group":
      return isAbsent(clause.group, valuesAt(elements, clause.key));
    case "choice":
      return clause.branches.some((branch) => isAbsent(branch, elements));
  }
}

/** A field counts as present when there is a scalar: an object or an empty array is no leaf, as in EventBridge. */
function judgeLeaf(leaf: LeafClause, value: JsonValue | undefined): Verdict {
  let found: Verdict = ABSENT;
  if (isArray(value)) found = scanLeaf(leaf, value);
  else if (value !== undefined && !isObject(value)) found = accepts(leaf, value) ? PRESENT : FAILED;
  return found === ABSENT && !leaf.acceptsAbsence ? FAILED : found;
}

/** PRESENT when some scalar is accepted, ABSENT when there is none at all. */
function scanLeaf(leaf: LeafClause, elements: readonly JsonValue[]): Verdict {
  let verdict: Verdict = ABSENT;
  for (const element of elements) {
    if (isObject(element)) continue;
    const one = isArray(element) ? scanLeaf(leaf, element) : accepts(leaf, element) ? PRESENT : FAILED;
    if (one === PRESENT) return PRESENT;
    if (one === FAILED) verdict = FAILED;
  }
  return verdict;
}

export function accepts(leaf: LeafClause, value: JsonScalar): boolean {
  return leaf.acceptsAny || isInSet(leaf.values, value);
}
