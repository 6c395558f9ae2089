import type { JsonScalar } from "./filterable-event.ts";
import type { IpNetwork } from "./ip-network.ts";
import type { ValueSet, ValueTest } from "./value-test.ts";

/** What one entry of a field's list accepts. */
export type AcceptedValue =
  | { readonly kind: "exact"; readonly value: JsonScalar }
  /** In any case; folded. */
  | { readonly kind: "folded"; readonly text: string }
  | { readonly kind: "network"; readonly network: IpNetwork }
  | { readonly kind: "test"; readonly test: ValueTest }
  /** The field being there, or not. */
  | { readonly kind: "presence"; readonly exists: boolean };

export function acceptTest(test: ValueTest): AcceptedValue {
  return { kind: "test", test };
}

/** Shared: of thousands of filters most have no exact values, and an empty set of their own would cost memory and cache. */
const NO_VALUES: ReadonlySet<JsonScalar> = new Set();

/** Texts in any case and networks become one test each, so that a value is folded or parsed once. */
export function makeValueSet(accepted: readonly AcceptedValue[]): ValueSet {
  const exact = accepted.flatMap((one) => (one.kind === "exact" ? [one.value] : []));
  const tests = accepted.flatMap((one) => (one.kind === "test" ? [one.test] : []));
  const folded = accepted.flatMap((one) => (one.kind === "folded" ? [one.text] : []));
  const networks = accepted.flatMap((one) => (one.kind === "network" ? [one.network] : []));
  if (folded.length > 0) tests.push(makeFoldedTest(folded));
  if (networks.length > 0) tests.push({ kind: "cidr", networks });
  return { exact: exact.length === 0 ? NO_VALUES : new Set(exact), tests };
}

function makeFoldedTest(texts: readonly string[]): ValueTest {
  return { kind: "folded", texts: new Set(texts), maxLength: Math.max(...texts.map(({ length }) => length)) };
}
