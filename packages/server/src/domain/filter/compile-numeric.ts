import { type AcceptedValue, acceptTest } from "./accepted-value.ts";
import { type Place, refuse } from "./filter-draft.ts";
import { isArray } from "./filterable-event.ts";
import type { NumericRange } from "./value-test.ts";

interface Bound {
  readonly value: number;
  readonly isIncluded: boolean;
}

const NO_LOW: Bound = { value: -Infinity, isIncluded: true };
const NO_HIGH: Bound = { value: Infinity, isIncluded: true };
const HOW =
  'Give `numeric` a list such as ["=", 5], [">", 0] or [">=", 0, "<", 10]: an operator and a number, the lower bound first.';

/** `["=", n]`, one bound, or a lower and then an upper bound. Numbers are 64-bit doubles here as in events. */
export function compileNumeric(operand: unknown, place: Place): AcceptedValue | null {
  if (!isArray(operand) || operand.length % 2 !== 0 || operand.length > 4) return refuse(place, HOW);
  const [operator, value, ...upper] = operand;
  if (operator === "=" && isNumber(value) && upper.length === 0) return { kind: "exact", value };
  const low = readBound(">", operator, value);
  const high = low === null ? readBound("<", operator, value) : readUpper(upper);
  if (high === null || (low === null && upper.length > 0)) return refuse(place, HOW);
  const range = makeRange(low ?? NO_LOW, high);
  if (isEmpty(range)) return refuse(place, "Raise the upper bound: no number lies between the two.");
  return acceptTest({ kind: "numeric", ...range });
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

function readUpper(terms: readonly unknown[]): Bound | null {
  return terms.length === 0 ? NO_HIGH : readBound("<", terms[0], terms[1]);
}

function readBound(direction: "<" | ">", operator: unknown, value: unknown): Bound | null {
  const isIncluded = operator === `${direction}=`;
  return (isIncluded || operator === direction) && isNumber(value) ? { value, isIncluded } : null;
}

function makeRange(low: Bound, high: Bound): NumericRange {
  return {
    low: low.value,
    includesLow: low.isIncluded,
    high: high.value,
    includesHigh: high.isIncluded,
  };
}

function isEmpty({ low, includesLow, high, includesHigh }: NumericRange): boolean {
  return low > high || (low === high && !(includesLow && includesHigh));
}
