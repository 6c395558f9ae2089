import type { JsonScalar } from "./filterable-event.ts";
import { endsWithFolded, foldCase, startsWithFolded } from "./fold-case.ts";
import { type IpNetwork, isInNetworks } from "./ip-network.ts";
import { matchesWildcard, type Wildcard } from "./wildcard.ts";

/** A set of values: those listed, and those that pass a test. */
export interface ValueSet {
  /** Compared as JSON values: 1 is 1.0, "1" is not 1. */
  readonly exact: ReadonlySet<JsonScalar>;
  readonly tests: readonly ValueTest[];
}

export type ValueTest =
  | { readonly kind: "prefix" | "suffix"; readonly text: string }
  | { readonly kind: "folded"; readonly texts: ReadonlySet<string>; readonly maxLength: number }
  | { readonly kind: "folded-prefix" | "folded-suffix"; readonly folded: string }
  | { readonly kind: "wildcard"; readonly wildcard: Wildcard }
  | ({ readonly kind: "numeric" } & NumericRange)
  | { readonly kind: "cidr"; readonly networks: readonly IpNetwork[] }
  | { readonly kind: "none-of"; readonly values: ValueSet };

export interface NumericRange {
  readonly low: number;
  readonly includesLow: boolean;
  readonly high: number;
  readonly includesHigh: boolean;
}

export function isInSet(values: ValueSet, value: JsonScalar): boolean {
  if (values.exact.has(value)) return true;
  for (const test of values.tests) if (passesTest(test, value)) return true;
  return false;
}

/** `anything-but` takes every value that is not excluded, of any type, like EventBridge; all others look at one type only. */
function passesTest(test: ValueTest, value: JsonScalar): boolean {
  if (test.kind === "none-of") return !isInSet(test.values, value);
  if (test.kind === "numeric") return typeof value === "number" && isInRange(test, value);
  return typeof value === "string" && passesTextTest(test, value);
}

function isInRange({ low, includesLow, high, includesHigh }: NumericRange, value: number): boolean {
  return (includesLow ? value >= low : value > low) && (includesHigh ? value <= high : value < high);
}

type TextTest = Exclude<ValueTest, { kind: "none-of" | "numeric" }>;

function passesTextTest(test: TextTest, value: string): boolean {
  switch (test.kind) {
    case "prefix":
      return value.startsWith(test.text);
    case "suffix":
      return value.endsWith(test.text);
    case "folded":
      // Folding never shortens: a longer value cannot become one of the texts.
      return value.length <= test.maxLength && test.texts.has(foldCase(value));
    case "folded-prefix":
      return startsWithFolded(value, test.folded);
    case "folded-suffix":
      return endsWithFolded(value, test.folded);
    case "wildcard":
      return matchesWildcard(test.wildcard, value);
    case "cidr":
      return isInNetworks(test.networks, value);
  }
}
