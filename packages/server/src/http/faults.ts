import type { z } from "zod";
import { ERRORS, type ErrorCode, type FieldFault, TriggersError } from "../domain/errors.ts";

type RawIssue = Parameters<z.core.$ZodErrorMap>[0];

const KINDS: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "an array",
  object: "an object",
  record: "an object",
  null: "null",
};

/**
 * Checks a value against a schema and gives what the schema makes of it. Refused with every faulty field: `invalid_request`, or the code that an
 * issue names in its `params.code`. Messages say what a field must be and never repeat what it is.
 */
export function checkShape<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value, { error: readable });
  if (result.success && !hasPrototypeField(value)) return result.data;
  const issues: readonly z.core.$ZodIssue[] = result.error?.issues ?? [PROTOTYPE_FIELD];
  throw new TriggersError(codeOf(issues), "Correct the fields listed in `errors`.", {
    fields: issues.flatMap(faultsOfIssue),
  });
}

/** zod passes it over; to us it is a field that is not known, like any other. */
function hasPrototypeField(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, "__proto__");
}

const PROTOTYPE_FIELD: z.core.$ZodIssue = {
  code: "unrecognized_keys",
  keys: ["__proto__"],
  path: [],
  message: "is not a field here",
};

/** One message for each kind of fault; a message that a schema has of its own goes before. */
export function readable(issue: RawIssue): string {
  if (issue.input === undefined && issue.code === "invalid_type") return "is required";
  switch (issue.code) {
    case "invalid_type":
      return `must be ${KINDS[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return issue.values.length === 1
        ? `must be ${JSON.stringify(issue.values[0])}`
        : `must be one of ${issue.values.map((one) => JSON.stringify(one)).join(", ")}`;
    case "too_big":
      return `must ${sizeText(issue.origin, "at most", Number(issue.maximum))}`;
    case "too_small":
      return issue.minimum === 1 && issue.origin !== "number" && issue.origin !== "int"
        ? "must not be empty"
        : `must ${sizeText(issue.origin, "at least", Number(issue.minimum))}`;
    case "unrecognized_keys":
      return "is not a field here";
    case "invalid_union":
      return "has none of the forms that are taken here";
    default:
      return "is not valid";
  }
}

function sizeText(origin: string, bound: string, size: number): string {
  if (origin === "string") return `be ${bound} ${size} characters long`;
  if (origin === "array") return `have ${bound} ${size} items`;
  return `be ${bound} ${size}`;
}

function faultsOfIssue(issue: z.core.$ZodIssue): FieldFault[] {
  const pointer = pointerOf(issue.path);
  if (issue.code !== "unrecognized_keys") return [{ pointer, detail: issue.message }];
  return issue.keys.map((key) => ({ pointer: pointer + pointerOf([key]), detail: issue.message }));
}

/** JSON pointer (RFC 6901). */
export function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function codeOf(issues: readonly z.core.$ZodIssue[]): ErrorCode {
  for (const issue of issues) {
    const code: unknown = issue.code === "custom" ? issue.params?.code : undefined;
    if (typeof code === "string" && Object.hasOwn(ERRORS, code)) return code as ErrorCode;
  }
  return "invalid_request";
}
