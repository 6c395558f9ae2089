import { isArray, isObject, type JsonObject, type JsonValue } from "./filterable-event.ts";

/** About how many characters of JSON a shortened value has at most. */
export const SHORT_VALUE_CHARACTERS = 1_024;

/** Enough for a number, a boolean, null, or the brackets around a value. */
const SCALAR_CHARACTERS = 8;

/** A value to show to a reader: long strings are cut and end with `…`, further elements and fields are left out. Short ones stay as they are. */
export function shortenValue(value: JsonValue): JsonValue {
  return shorten(value, { left: SHORT_VALUE_CHARACTERS });
}

function shorten(value: JsonValue, budget: { left: number }): JsonValue {
  if (typeof value === "string") return cut(value, budget);
  budget.left -= SCALAR_CHARACTERS;
  if (isArray(value)) return shortenArray(value, budget);
  return isObject(value) ? shortenObject(value, budget) : value;
}

function cut(text: string, budget: { left: number }): string {
  const kept = Math.max(budget.left, 0);
  budget.left -= text.length;
  // The cut may split a surrogate pair; half of one would not be valid JSON text for strict readers.
  return text.length <= kept ? text : `${text.slice(0, kept).toWellFormed()}…`;
}

function shortenArray(elements: readonly JsonValue[], budget: { left: number }): JsonValue {
  const kept: JsonValue[] = [];
  for (const element of elements) {
    if (budget.left <= 0) break;
    kept.push(shorten(element, budget));
  }
  return kept;
}

/** Own fields become own fields again, also one called `__proto__`. */
function shortenObject(object: JsonObject, budget: { left: number }): JsonValue {
  const kept: [string, JsonValue][] = [];
  for (const [key, value] of Object.entries(object)) {
    if (budget.left <= key.length) break;
    budget.left -= key.length;
    kept.push([key, shorten(value, budget)]);
  }
  return Object.fromEntries(kept);
}
