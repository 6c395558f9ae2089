import { TriggersError } from "../domain/errors.ts";

export type QueryTexts = Readonly<Record<string, string>>;

const NONE: QueryTexts = Object.freeze(Object.create(null));

/** Reads a query string: every parameter has a name, a value, and stands there once. */
export function parseQuery(text: string): QueryTexts {
  if (text === "") return NONE;
  const query: Record<string, string> = Object.create(null);
  for (const part of text.split("&")) {
    const equals = part.indexOf("=");
    const name = decode(equals < 0 ? part : part.slice(0, equals));
    const value = decode(equals < 0 ? "" : part.slice(equals + 1));
    if (name === "") throw faulty("Leave out the query parameter that has no name.");
    if (value === "") throw faulty(`Give ${named(name)} a value, or leave it out.`);
    if (name in query) throw faulty(`Give ${named(name)} only once.`);
    query[name] = value;
  }
  return query;
}

/** How a message speaks of a parameter: names that could carry anything are not repeated. */
export function named(name: string): string {
  return /^[A-Za-z0-9_-]{1,64}$/.test(name) ? `the query parameter \`${name}\`` : "each query parameter";
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw faulty("Percent-encode the query string as UTF-8.");
  }
}

function faulty(detail: string): TriggersError {
  return new TriggersError("invalid_query", detail);
}
