import {
  type ChoiceClause,
  type Clause,
  type CompiledFilter,
  type Group,
  makeGroup,
} from "./compiled-filter.ts";
import { extendPointer } from "./filter-draft.ts";
import {
  type FilterableEvent,
  isArray,
  isObject,
  type JsonObject,
  type JsonValue,
  type ReadField,
  readEnvelope,
  readOwn,
  valuesAt,
} from "./filterable-event.ts";
import { FAILED, judgeClause, judgeValue } from "./judge.ts";
import { matchesFilter } from "./match-filter.ts";
import { shortenValue } from "./shorten-value.ts";

/** The clause that failed: where it stands in the filter, what it asks for, and what the event has there. */
export interface FailedClause {
  /** JSON pointer into the filter; "" when no single clause is to blame. */
  readonly pointer: string;
  readonly pattern: JsonValue;
  /** As seen, shortened to about 1 KiB; null when absent. */
  readonly value: JsonValue;
}

export type FilterExplanation =
  | { readonly matched: true }
  | { readonly matched: false; readonly failed: FailedClause };

/**
 * Why an event does not match: the first clause, as written, that fails. For a field it is the field's list; for an `$or` all of whose
 * branches fail, the `$or` with the fields its branches name; for an array of objects no element of which satisfies all clauses, the clauses
 * with the array. Agrees with `matchesFilter`.
 */
export function explainFilter(filter: CompiledFilter, event: FilterableEvent): FilterExplanation {
  if (matchesFilter(filter, event)) return { matched: true };
  const at: Spot = { pointer: "", pattern: filter.pattern };
  return { matched: false, failed: findInObject(filter.root, { container: event, read: readEnvelope }, at) };
}

/** A part of the pattern. */
interface Spot {
  readonly pointer: string;
  readonly pattern: JsonValue;
}

interface Seen<Container> {
  readonly container: Container;
  readonly read: ReadField<Container>;
}

function inside({ pointer, pattern }: Spot, key: string): Spot {
  return { pointer: extendPointer(pointer, key), pattern: (pattern as JsonObject)[key] as JsonValue };
}

function fail({ pointer, pattern }: Spot, value: JsonValue | undefined): FailedClause {
  return { pointer, pattern, value: shortenValue(value ?? null) };
}

function findInObject<Container>(group: Group, seen: Seen<Container>, at: Spot): FailedClause {
  const { container, read } = seen;
  const clause = group.clauses.find((one) => judgeClause(one, container, read) === FAILED);
  // Only together do they fail: an `$or` and its neighbours need the same element of an array and each finds another.
  if (clause === undefined) return fail(at, pick(group, container, read));
  if (clause.kind === "choice") return fail(inside(at, "$or"), pickBranches(clause, container, read));
  const value = read(container, clause.key);
  const spot = inside(at, clause.key);
  return clause.kind === "leaf" ? fail(spot, value) : findInValue(clause.group, value, spot);
}

/** Of a group that fails. A scalar has no fields: all are absent. */
function findInValue(group: Group, value: JsonValue | undefined, at: Spot): FailedClause {
  if (isArray(value)) return findInArray(group, value, at);
  const container = isObject(value) ? value : {};
  return findInObject(group, { container, read: readOwn }, at);
}

/** A clause that fails even if the others are left aside; otherwise it is all of them together that no element satisfies. */
function findInArray(group: Group, elements: readonly JsonValue[], at: Spot): FailedClause {
  const clause = group.clauses.find((one) => judgeValue(makeGroup([one]), elements) === FAILED);
  if (clause === undefined) return fail(at, elements);
  if (clause.kind === "choice") return fail(inside(at, "$or"), elements);
  const values = valuesAt(elements, clause.key);
  const spot = inside(at, clause.key);
  if (clause.kind === "group") return findInValue(clause.group, values, spot);
  return fail(spot, values.length === 0 ? null : values);
}

/** The fields that the clauses name, as far as they are there. */
function pick<Container>(group: Group, container: Container, read: ReadField<Container>): JsonValue {
  const fields = group.clauses.flatMap(namedFields).flatMap((key): [string, JsonValue][] => {
    const value = read(container, key);
    return value === undefined ? [] : [[key, value]];
  });
  return Object.fromEntries(fields);
}

function pickBranches<Container>(
  { branches }: ChoiceClause,
  container: Container,
  read: ReadField<Container>,
): JsonValue {
  return pick(makeGroup(branches.flatMap(({ clauses }) => clauses)), container, read);
}

function namedFields(clause: Clause): readonly string[] {
  return clause.kind === "choice"
    ? clause.branches.flatMap((branch) => branch.clauses.flatMap(namedFields))
    : [clause.key];
}
