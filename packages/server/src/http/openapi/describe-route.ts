import { z } from "zod";
import type { ErrorCode } from "../../domain/errors.ts";
import { STATUS } from "../problem.ts";
import type { Access, AnswerDoc, BodyRule, Route } from "../route.ts";
import { EXAMPLES } from "../schemas/all-examples.ts";
import { problemOutput } from "../schemas/problem.ts";
import type { ComponentSchemas, JsonSchema } from "./component-schemas.ts";

const BODY_CODES = [
  "malformed_json",
  "duplicate_key",
  "invalid_utf8",
  "invalid_encoding",
  "payload_too_large",
  "unsupported_media_type",
  "invalid_request",
  "lone_surrogate",
  "json_too_deep",
] as const satisfies readonly ErrorCode[];

/** A route as an operation of OpenAPI 3.1. */
export function describeRoute(route: Route, schemas: ComponentSchemas): JsonSchema {
  const { operationId, summary, description, tag, access, body } = route;
  const parameters = [
    ...Object.entries(route.params).map(([name, schema]) => pathParameter(name, schema, schemas)),
    ...queryParameters(route.query, schemas),
    ...Object.entries(route.headers ?? {}).map(([name, text]) => headerParameter(name, text)),
  ];
  return {
    operationId,
    summary,
    ...(description === undefined ? {} : { description }),
    tags: [tag],
    security: securityOf(access),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === null ? {} : { requestBody: requestBody(body, schemas) }),
    responses: { ...describeAnswers(route.answers, schemas), ...describeRefusals(route, schemas) },
  };
}

/** Schemes without flows may name roles (OpenAPI 3.1 §4.8.30): ours are the scopes. */
function securityOf(access: Access): readonly JsonSchema[] {
  if (access === "public") return [];
  if (access === "operator") return [{ operatorKey: [] }];
  const scopes = access === "key" ? [] : [access];
  return [{ bearer: scopes }, { apiKey: scopes }];
}

function pathParameter(name: string, schema: z.ZodType, schemas: ComponentSchemas): JsonSchema {
  const { description, ...rest } = schemas.add(schema, "input");
  return { name, in: "path", required: true, description, schema: rest };
}

function queryParameters(query: Route["query"], schemas: ComponentSchemas): readonly JsonSchema[] {
  if (query === null) return [];
  const { properties = {}, required = [] } = schemas.add(query, "input") as {
    properties?: Record<string, JsonSchema>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: "query",
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
  }));
}

function headerParameter(name: string, description: string): JsonSchema {
  return { name, in: "header", required: false, description, schema: { type: "string" } };
}

function requestBody(body: BodyRule, schemas: ComponentSchemas): JsonSchema {
  const byType = body.kind === "json" ? { "application/json": body.schema } : body.schemas;
  const content = Object.entries(byType).map(([type, schema]) => [type, takenMedia(schema, schemas)]);
  return {
    required: !(body.kind === "json" && body.isOptional),
    content: Object.fromEntries(content),
  };
}

function takenMedia(schema: z.ZodType, schemas: ComponentSchemas): JsonSchema {
  const valid = Object.values(EXAMPLES).find((examples) => examples.schema === schema)?.valid ?? {};
  const examples = Object.entries(valid).map(([summary, value], index) => [
    `example${index + 1}`,
    { summary, value },
  ]);
  return {
    schema: schemas.add(schema, "input"),
    ...(examples.length === 0 ? {} : { examples: Object.fromEntries(examples) }),
  };
}

function describeAnswers(answers: Route["answers"], schemas: ComponentSchemas): Record<string, JsonSchema> {
  const described = Object.entries(answers).map(([status, answer]) => [
    status,
    describeAnswer(answer, schemas),
  ]);
  return Object.fromEntries(described);
}

function describeAnswer(answer: AnswerDoc, schemas: ComponentSchemas): JsonSchema {
  const { description, schema, mediaType = "application/json", headers } = answer;
  const described = Object.entries(headers ?? {}).map(([name, text]) => [
    name,
    { description: text, schema: { type: "string" } },
  ]);
  return {
    description,
    ...(described.length === 0 ? {} : { headers: Object.fromEntries(described) }),
    ...(schema === undefined ? {} : { content: { [mediaType]: { schema: schemas.add(schema, "output") } } }),
  };
}

/** Refusals by status, each with the codes that it may have here. */
function describeRefusals(route: Route, schemas: ComponentSchemas): Record<string, JsonSchema> {
  const content = { "application/problem+json": { schema: schemas.add(problemOutput, "output") } };
  const described: Record<string, JsonSchema> = {};
  const byStatus = Map.groupBy(new Set(codesOf(route)), (code) => STATUS[code]);
  for (const [status, codes] of [...byStatus].sort(([a], [b]) => a - b)) {
    const description = codes.map((code) => `\`${code}\``).join(", ");
    described[status] = { description, ...retryHeader(status), content };
  }
  return { ...described, default: { description: "Any other refusal.", content } };
}

function retryHeader(status: number): JsonSchema {
  if (status !== 429 && status !== 503) return {};
  const schema = { type: "integer", minimum: 1 };
  return { headers: { "Retry-After": { description: "Seconds to wait.", schema } } };
}

function codesOf({ access, params, query, body, sendsEvents, refusals }: Route): readonly ErrorCode[] {
  const hasCursor = query instanceof z.ZodObject && "cursor" in query.shape;
  return [
    ...(access === "public" ? [] : (["unauthenticated", "forbidden", "rate_limited"] as const)),
    ...(access === "public" ? [] : (["storage_unavailable"] as const)),
    ...(Object.keys(params).length === 0 ? [] : (["not_found"] as const)),
    ...(query === null ? [] : (["invalid_query"] as const)),
    ...(hasCursor ? (["invalid_cursor"] as const) : []),
    ...(body === null ? [] : BODY_CODES),
    ...(sendsEvents === true ? (["overloaded", "storage_full"] as const) : []),
    ...(refusals ?? []),
  ];
}
