import { type AcceptedValue, acceptTest } from "./accepted-value.ts";
import { fits, inside, type Place, refuse } from "./filter-draft.ts";
import { isObject } from "./filterable-event.ts";
import { foldCase } from "./fold-case.ts";
import { makeWildcard, parseWildcard } from "./wildcard.ts";

/** The operators that compare text; `anything-but` takes them too. */
const TEXT_OPERATORS = ["prefix", "suffix", "equals-ignore-case", "wildcard"] as const;
export type TextOperator = (typeof TEXT_OPERATORS)[number];

export function isTextOperator(name: string): name is TextOperator {
  return TEXT_OPERATORS.some((operator) => operator === name);
}

/** The operand of a text operator: a string. */
export function compileText(operator: TextOperator, operand: unknown, place: Place): AcceptedValue | null {
  if (typeof operand !== "string") return refuse(place, `Give \`${operator}\` a string.`);
  if (!fits(operand, place)) return null;
  switch (operator) {
    case "prefix":
    case "suffix":
      return acceptTest({ kind: operator, text: operand });
    case "equals-ignore-case":
      return { kind: "folded", text: foldCase(operand) };
    case "wildcard":
      return compileWildcard(operand, place);
  }
}

/** `prefix` and `suffix` outside of `anything-but`: a string, or `{"equals-ignore-case": …}`. */
export function compileEnd(
  operator: "prefix" | "suffix",
  operand: unknown,
  place: Place,
): AcceptedValue | null {
  if (!isObject(operand)) return compileText(operator, operand, place);
  const [key, ...more] = Object.keys(operand);
  if (key !== "equals-ignore-case" || more.length > 0)
    return refuse(place, `Give \`${operator}\` a string or {"equals-ignore-case": …}.`);
  const text = operand[key];
  const at = inside(place, key);
  if (typeof text !== "string") return refuse(at, "Give `equals-ignore-case` a string.");
  return fits(text, at) ? acceptTest({ kind: `folded-${operator}`, folded: foldCase(text) }) : null;
}

/** Without a star it is an exact value, with one at its end alone a prefix: both are found by the index. */
function compileWildcard(text: string, place: Place): AcceptedValue | null {
  const parsed = parseWildcard(text);
  if (parsed.outcome === "invalid") return refuse(place, parsed.detail);
  const { literals } = parsed;
  const [first, last, ...more] = literals;
  if (last === undefined) return { kind: "exact", value: String(first) };
  if (last === "" && more.length === 0) return acceptTest({ kind: "prefix", text: String(first) });
  place.draft.wildcardStars += literals.length - 1;
  return acceptTest({ kind: "wildcard", wildcard: makeWildcard(literals) });
}
