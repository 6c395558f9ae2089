import type { JsonObject } from "./filterable-event.ts";
import type { ValueSet } from "./value-test.ts";

/** A filter ready to be matched. It is made by `compileFilter` alone and keeps (does not copy) the pattern it was made from. */
export interface CompiledFilter {
  readonly pattern: JsonObject;
  readonly root: Group;
  readonly crossing: Crossing | null;
  readonly readsMetadata: boolean;
  readonly readsPayload: boolean;
}

/** Clauses that must all hold for the same object. */
export interface Group {
  readonly clauses: readonly Clause[];
  /** True when an object without any of the named fields satisfies it. */
  readonly acceptsAbsence: boolean;
}

export type Clause = LeafClause | GroupClause | ChoiceClause;

/** A field whose value (or an element of it, if an array) must be in a set, or which must not be there. */
export interface LeafClause {
  readonly kind: "leaf";
  readonly key: string;
  readonly values: ValueSet;
  /** `exists: true` is in the list. */
  readonly acceptsAny: boolean;
  /** `exists: false` is in the list. */
  readonly acceptsAbsence: boolean;
}

/** A field whose value (or one element of it, if an array) must satisfy a group. */
export interface GroupClause {
  readonly kind: "group";
  readonly key: string;
  readonly group: Group;
}

/** `$or`: one of the branches must hold for the object at hand. */
export interface ChoiceClause {
  readonly kind: "choice";
  readonly branches: readonly Group[];
}

/**
 * Set when an `$or` and its neighbours have clauses below the same field. If that field is an array, the element must be the same for all
 * of them, which the groups as written do not say; the alternatives do.
 */
export interface Crossing {
  /** The fields that the filter looks into, in whatever branch. */
  readonly shape: readonly Shape[];
  /** One group without `$or` for each combination of branches. */
  readonly alternatives: readonly Group[];
}

/** A field with the fields inside it that are looked into. */
export interface Shape {
  readonly key: string;
  readonly inner: readonly Shape[];
}

export function makeGroup(clauses: readonly Clause[]): Group {
  return { clauses, acceptsAbsence: clauses.every(clauseAcceptsAbsence) };
}

function clauseAcceptsAbsence(clause: Clause): boolean {
  switch (clause.kind) {
    case "leaf":
      return clause.acceptsAbsence;
    case "group":
      return clause.group.acceptsAbsence;
    case "choice":
      return clause.branches.some((branch) => branch.acceptsAbsence);
  }
}
