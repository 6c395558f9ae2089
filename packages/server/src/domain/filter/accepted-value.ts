import type { JsonScalar } from "./filterable-event.ts";
import type { ValueSet, ValueTest } from "./value-test.ts";

/** What one entry of a field's list accepts: one value, all that pass a test, or the field being there (or not). */
export type AcceptedValue =
  | { readonly kind: "exact"; readonly value: JsonScalar }
  | { readonly kind: "test"; readonly test: ValueTest }
  | { readonly kind: "presence"; readonly exists: boolean };

export function acceptExact(value: JsonScalar): AcceptedValue {
  return { kind: "exact", value };
}

export function acceptTest(test: ValueTest): AcceptedValue {
  return { kind: "test", test };
}

/** Shared: of thousands of filters most have no exact values, and an empty set of their own would cost memory and cache. */
const NO_VALUES: ReadonlySet<JsonScalar> = new Set();

export function makeValueSet(accepted: readonly AcceptedValue[]): ValueSet {
  const exact = accepted.flatMap((one) => (one.kind === "exact" ? [one.value] : []));
  const tests = accepted.flatMap((one) => (one.kind === "test" ? [one.test] : []));
  return { exact: exact.length === 0 ? NO_VALUES : new Set(exact), tests };
}
