import { OperatorError } from "../../domain/errors.ts";

/** Gives `value` with one field set by `path=value`: names and indexes with dots between; the value is JSON, or else a text. */
export function setField(value: unknown, assignment: string): unknown {
  const at = assignment.indexOf("=");
  if (at < 1)
    throw new OperatorError(
      `--set takes name=value, such as amount=5 or customer.name=Ann; this was ${assignment}.`,
    );
  return setAt(value, assignment.slice(0, at).split("."), parseValue(assignment.slice(at + 1)));
}

function setAt(value: unknown, [name = "", ...rest]: readonly string[], wanted: unknown): unknown {
  if (Array.isArray(value) && /^\d+$/.test(name)) {
    const index = Math.min(Number(name), value.length);
    return value.toSpliced(index, 1, rest.length === 0 ? wanted : setAt(value[index], rest, wanted));
  }
  const fields: readonly [string, unknown][] =
    typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  const before = fields.find(([field]) => field === name)?.[1];
  const set = rest.length === 0 ? wanted : setAt(before, rest, wanted);
  // In its place if it is there; `__proto__` is a name like others.
  const isThere = fields.some(([field]) => field === name);
  return Object.fromEntries(
    isThere
      ? fields.map(([field, present]) => [field, field === name ? set : present])
      : [...fields, [name, set]],
  );
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
