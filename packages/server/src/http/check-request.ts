import { z } from "zod";
import { TriggersError } from "../domain/errors.ts";
import { checkShape, readable } from "./faults.ts";
import { readJson } from "./json-door/json-door.ts";
import { jsonRefusal } from "./json-refusal.ts";
import { named, parseQuery } from "./parse-query.ts";
import type { BodyRule, Route } from "./route.ts";

const EMPTY = Buffer.alloc(0);
const NO_QUERY = z.strictObject({});
const NO_FIELDS = z.strictObject({});

/** The query as its schema gives it. Refused: `invalid_query`, with the first faulty parameter. */
export function checkQuery(schema: Route["query"], text: string): unknown {
  if (text === "" && schema === null) return {};
  const result = (schema ?? NO_QUERY).safeParse(parseQuery(text), { error: readable });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (issue?.code === "unrecognized_keys") {
    throw faulty(`Leave out ${named(issue.keys[0] ?? "")}: it is not known here.`);
  }
  throw faulty(`Correct ${named(String(issue?.path[0] ?? ""))}: it ${issue?.message ?? "is not valid"}.`);
}

/** The body as its rule gives it. Without a rule an empty object passes for no body. */
export function checkBody(rule: BodyRule | null, bytes: Buffer | undefined): unknown {
  if (rule?.kind === "raw") return bytes ?? EMPTY;
  const isAbsent = bytes === undefined || bytes.length === 0;
  if (rule === null) {
    if (!isAbsent) checkShape(NO_FIELDS, parse(bytes));
    return undefined;
  }
  return checkShape(rule.schema, isAbsent && rule.isOptional ? {} : parse(bytes ?? EMPTY, rule.envelopes));
}

/** The parameters of the path. One that cannot be the name of anything is refused like one that names nothing (`not_found`). */
export function checkParams(schemas: Route["params"], params: Readonly<Record<string, string>>): unknown {
  for (const name in schemas) {
    if (schemas[name]?.safeParse(params[name]).success === true) continue;
    throw new TriggersError("not_found", `Check the \`${name}\` in the path.`);
  }
  return params;
}

function parse(bytes: Buffer, envelopes = 1): unknown {
  const reading = readJson(bytes, envelopes);
  if (reading.outcome === "fault") throw jsonRefusal(reading.fault);
  return reading.value;
}

function faulty(detail: string): TriggersError {
  return new TriggersError("invalid_query", detail);
}
