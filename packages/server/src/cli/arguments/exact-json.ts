/** What Node has and the types do not know yet (https://github.com/tc39/proposal-json-parse-with-source). */
const exact = JSON as unknown as {
  rawJSON(text: string): unknown;
  parse(
    text: string,
    revive: (name: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
};

/**
 * Reads JSON that is to be written again by `JSON.stringify`: a number that a double cannot hold, such as 9007199254740993, stands for its own text and comes out as
 * it was.
 */
export function parseExactly(text: string): unknown {
  return exact.parse(text, (_, value, { source }) =>
    typeof value === "number" && source !== undefined && String(value) !== source
      ? exact.rawJSON(source)
      : value,
  );
}

/** The same for what is to be an object; null: it is something else. Throws `SyntaxError`. */
export function parseObject(text: string): Record<string, unknown> | null {
  const value = parseExactly(text);
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : null;
}
