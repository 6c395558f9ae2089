import { type AcceptedValue, acceptTest, makeValueSet } from "./accepted-value.ts";
import { compileText, isTextOperator, type TextOperator } from "./compile-text.ts";
import { fits, inside, type Place, refuse } from "./filter-draft.ts";
import { isArray, isObject, type JsonObject } from "./filterable-event.ts";

const HOW =
  "Give `anything-but` a string, a number, a list of strings, a list of numbers, or one of `prefix`, `suffix`, `equals-ignore-case`, `wildcard` with a string or a list of strings.";

/** A value or a list of one type, or a text operator with a string or a list. */
export function compileAnythingBut(operand: unknown, place: Place): AcceptedValue | null {
  const excluded = isObject(operand) ? excludedByOperator(operand, place) : excludedValues(operand, place);
  return excluded === null ? null : acceptTest({ kind: "none-of", values: makeValueSet(excluded) });
}

function excludedValues(operand: unknown, place: Place): readonly AcceptedValue[] | null {
  const values = listOf(operand, place);
  const isText = values.every((value) => typeof value === "string");
  const isNumeric = values.every((value) => Number.isFinite(value));
  if (values.length === 0 || !(isText || isNumeric)) return refuse(place, HOW);
  const excluded = values.flatMap((value, index): AcceptedValue[] => {
    if (typeof value === "number") return [{ kind: "exact", value }];
    const text = String(value);
    const at = isArray(operand) ? inside(place, index) : place;
    return fits(text, at) ? [{ kind: "exact", value: text }] : [];
  });
  return excluded.length === values.length ? excluded : null;
}

function excludedByOperator(operand: JsonObject, place: Place): readonly AcceptedValue[] | null {
  const [operator, ...more] = Object.keys(operand);
  if (operator === undefined || more.length > 0 || !isTextOperator(operator)) return refuse(place, HOW);
  const at = inside(place, operator);
  const texts = listOf(operand[operator], at);
  if (texts.length === 0) return refuse(at, `Give \`${operator}\` a string or a list of strings.`);
  const excluded = texts.flatMap((text, index) => {
    const accepted = excludedText(operator, text, isArray(operand[operator]) ? inside(at, index) : at);
    return accepted === null ? [] : [accepted];
  });
  return excluded.length === texts.length ? excluded : null;
}

/** An empty prefix or suffix would exclude every string; EventBridge refuses it as well. */
function excludedText(operator: TextOperator, text: unknown, place: Place): AcceptedValue | null {
  place.draft.checks++;
  if (text === "" && (operator === "prefix" || operator === "suffix"))
    return refuse(place, `Give \`${operator}\` at least one character here.`);
  return compileText(operator, text, place);
}

/** The operand as a list; its entries count as values of the filter. */
function listOf(operand: unknown, { draft }: Place): readonly unknown[] {
  if (!isArray(operand)) return [operand];
  draft.values += operand.length;
  return operand;
}
