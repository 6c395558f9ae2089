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

export function makeValueSet(accepted: readonly AcceptedValue[]): ValueSet {
  const exact = new Set<JsonScalar>();
  const tests: ValueTest[] = [];
  for (const one of accepted) {
    if (one.kind === "exact") exact.add(one.value);
    if (one.kind === "test") tests.push(one.test);
  }
  return { exact, tests };
}
