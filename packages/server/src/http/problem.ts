import type { FastifyReply } from "fastify";
import { ERRORS, type ErrorCode, type FieldFault, TriggersError } from "../domain/errors.ts";

/** Every code has its status; the compiler refuses a table with a hole. */
export const STATUS: { readonly [C in ErrorCode]: number } = {
  malformed_json: 400,
  duplicate_key: 400,
  invalid_utf8: 400,
  malformed_header: 400,
  malformed_request: 400,
  invalid_query: 400,
  invalid_cursor: 400,
  invalid_encoding: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  inbox_paused: 409,
  delivery_leased: 409,
  delivery_settled: 409,
  name_taken: 409,
  subscription_exists: 409,
  too_many_subscriptions: 409,
  delivery_not_dead: 409,
  not_a_webhook: 409,
  job_finished: 409,
  subscription_ended: 409,
  main_inbox: 409,
  position_expired: 410,
  payload_too_large: 413,
  unsupported_media_type: 415,
  invalid_request: 422,
  lone_surrogate: 422,
  json_too_deep: 422,
  invalid_filter: 422,
  immutable_field: 422,
  idempotency_key_reused: 422,
  rate_limited: 429,
  overloaded: 503,
  storage_unavailable: 503,
  storage_full: 503,
  shutting_down: 503,
  request_timeout: 408,
  headers_too_large: 431,
  expectation_failed: 417,
  internal: 500,
};

/** Seconds to wait where no limit of the caller says how long. A full disk takes people. */
const RETRY_SECONDS: Partial<Record<ErrorCode, number>> = {
  rate_limited: 1,
  overloaded: 1,
  storage_unavailable: 2,
  storage_full: 60,
  shutting_down: 1,
};

/** A problem document (RFC 9457). */
export interface Problem {
  /** Link to what the code means and what to do. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly request_id: string;
  /** The faulty fields; absent where no field is to blame. */
  readonly errors?: readonly FieldFault[];
}

/** The problem document of a refusal. */
export function problemOf(error: TriggersError, requestId: string): Problem {
  const { code, detail, fields } = error;
  const problem: Problem = {
    type: `/docs/errors.md#${code}`,
    title: ERRORS[code].title,
    status: STATUS[code],
    detail,
    code,
    request_id: requestId,
  };
  return fields.length === 0
    ? problem
    : { ...problem, errors: fields.map(({ pointer, detail }) => ({ pointer, detail })) };
}

/** Headers that a refusal has besides its document. */
export function problemHeaders(code: ErrorCode): Readonly<Record<string, string>> {
  const retrySeconds = RETRY_SECONDS[code];
  return {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    ...(retrySeconds === undefined ? {} : { "retry-after": String(retrySeconds) }),
    ...(STATUS[code] === 401 ? { "www-authenticate": 'Bearer realm="triggers"' } : {}),
  };
}

/** Answers with the problem document of a refusal. Headers that were set before stay. */
export function sendProblem(reply: FastifyReply, error: TriggersError): FastifyReply {
  for (const [name, value] of Object.entries(problemHeaders(error.code))) {
    if (!reply.hasHeader(name)) reply.header(name, value);
  }
  // As bytes: to a text the library would add a charset, which this media type does not have.
  return reply.code(STATUS[error.code]).send(Buffer.from(JSON.stringify(problemOf(error, reply.request.id))));
}

/** What the HTTP library throws before a handler runs, by its code. */
const LIBRARY_REFUSALS: Readonly<Record<string, TriggersError>> = {
  FST_ERR_BAD_URL: new TriggersError("malformed_request", "Percent-encode the path as UTF-8."),
  FST_ERR_MAX_PARAM_LENGTH: new TriggersError("not_found", "Check the id in the path."),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: new TriggersError(
    "unsupported_media_type",
    "Send a `Content-Type` header such as `application/json`.",
  ),
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: new TriggersError(
    "unsupported_media_type",
    "Send a `Content-Type` header such as `application/json`.",
  ),
  // The caller went away while its body was read: nobody reads this answer.
  ECONNRESET: new TriggersError("malformed_request", "Send the whole body."),
};

/** The refusal behind anything that was thrown; null: it is a bug. */
export function refusalOf(error: unknown): TriggersError | null {
  if (error instanceof TriggersError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return Object.hasOwn(LIBRARY_REFUSALS, code) ? (LIBRARY_REFUSALS[code] ?? null) : null;
}
