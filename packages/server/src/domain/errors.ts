/**
 * The catalogue of refusals. Each entry: what it is (`title`) and what a caller can do about it (`help`, for docs/errors.md).
 * `http/problem.ts` gives every code its status.
 */
export const ERRORS = {
  malformed_json: {
    title: "The body is not valid JSON",
    help: "Send strict JSON (RFC 8259) in UTF-8; `detail` and `pointer` say where it breaks.",
  },
  duplicate_key: { title: "A JSON object has the same key twice", help: "Send each key of an object once." },
  invalid_utf8: {
    title: "The body is not valid UTF-8",
    help: "Encode the body in UTF-8, without a byte order mark.",
  },
  malformed_header: { title: "A header cannot be read", help: "Correct the header that `detail` names." },
  malformed_request: { title: "The request cannot be read", help: "Send well-formed HTTP/1.1." },
  invalid_query: {
    title: "A query parameter is faulty",
    help: "Correct or leave out the parameter that `detail` names; none may be empty, repeated or unknown.",
  },
  invalid_cursor: {
    title: "The cursor is not valid here",
    help: "Use `next_cursor` as it was answered, with the same key and the same query.",
  },
  invalid_encoding: {
    title: "The compressed body cannot be decoded",
    help: "Send a whole gzip stream, or none.",
  },
  unauthenticated: {
    title: "A valid credential is needed",
    help: "Send `Authorization: Bearer <key>` or `X-API-Key: <key>` with a key that is neither revoked nor expired.",
  },
  forbidden: {
    title: "The credential may not do this",
    help: "Use a key with the scope that `detail` names.",
  },
  not_found: { title: "There is no such thing here", help: "Check the id and the project of the key." },
  method_not_allowed: {
    title: "The path does not take this method",
    help: "Use one of the methods in `Allow`.",
  },
  inbox_paused: { title: "The inbox is paused", help: "Resume the subscription, then lease again." },
  delivery_leased: {
    title: "A consumer holds this delivery",
    help: "Settle it with its lease token, or wait until the lease ends.",
  },
  delivery_settled: {
    title: "The delivery is settled already",
    help: "A settle is final; redrive a dead letter to try again.",
  },
  delivery_not_dead: {
    title: "The delivery is no dead letter",
    help: "Redrive only dead deliveries; replay the event to deliver it anew.",
  },
  name_taken: { title: "The name is taken", help: "Choose another name, or change the one that has it." },
  subscription_exists: {
    title: "The subscription exists with other settings",
    help: "Change the existing one; `detail` names its id.",
  },
  not_a_webhook: {
    title: "The subscription is no webhook",
    help: "An inbox has neither secret nor endpoint; name a subscription of channel `webhook`.",
  },
  job_finished: {
    title: "The job has finished",
    help: "Only a running job can be cancelled.",
  },
  too_many_subscriptions: {
    title: "The project has as many subscriptions as it may",
    help: "Delete one that is not needed; a project has 10,000 at most.",
  },
  subscription_ended: { title: "The subscription has ended", help: "Make a new one." },
  main_inbox: { title: "The main inbox stays", help: "Set its `matches` to `none` instead of deleting it." },
  position_expired: {
    title: "The position is older than what is kept",
    help: "Start again without a position, or from a later one.",
  },
  payload_too_large: {
    title: "The body is too large",
    help: "Send less in one request; `GET /v1/me` shows the limits.",
  },
  unsupported_media_type: {
    title: "The content type is not taken here",
    help: "Use one of the content types that `detail` names.",
  },
  invalid_request: { title: "The request is not valid", help: "Correct the fields listed in `errors`." },
  lone_surrogate: {
    title: "A string holds half a surrogate pair",
    help: "Escape characters beyond U+FFFF as a pair, or send them as UTF-8.",
  },
  json_too_deep: { title: "The JSON is nested too deep", help: "Nest arrays and objects at most 64 deep." },
  invalid_filter: { title: "The filter is not valid", help: "Correct the clauses listed in `errors`." },
  immutable_field: {
    title: "A field cannot be changed",
    help: "Make a new subscription with the wanted value.",
  },
  idempotency_key_reused: {
    title: "The idempotency key belongs to another request",
    help: "Use a new key for a new event; repeat a key only with the very same body.",
  },
  rate_limited: { title: "Your rate limit is reached", help: "Wait as long as `Retry-After` says." },
  overloaded: {
    title: "The server is full",
    help: "Send the same again after `Retry-After`; nothing was stored.",
  },
  storage_unavailable: {
    title: "The storage does not answer",
    help: "Send the same again after `Retry-After`, with the same idempotency key.",
  },
  storage_full: {
    title: "The storage is full",
    help: "Nothing was stored. The operator has to make room; then send the same again.",
  },
  shutting_down: { title: "The server is stopping", help: "Send the same again after `Retry-After`." },
  request_timeout: {
    title: "The request took too long to arrive",
    help: "Send it again, faster or smaller.",
  },
  headers_too_large: { title: "The request headers are too large", help: "Send fewer or shorter headers." },
  expectation_failed: {
    title: "The expectation cannot be met",
    help: "Leave out the `Expect` header, or send `100-continue`.",
  },
  internal: { title: "Something broke on our side", help: "Report the `request_id`." },
} as const satisfies Record<string, { readonly title: string; readonly help: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** One faulty field. `pointer` is a JSON pointer (RFC 6901) into the request body. */
export interface FieldFault {
  readonly pointer: string;
  readonly detail: string;
}

/** Stops a start or a command. The message is for the operator and says what to do; no caller of the API ever sees it. */
export class OperatorError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = new.target.name;
  }
}

/** A refusal: the caller can do something about it, and `detail` says what, in one sentence without echoing content. */
export class TriggersError extends Error {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly fields: readonly FieldFault[];

  constructor(
    code: ErrorCode,
    detail: string,
    more: { fields?: readonly FieldFault[]; cause?: unknown } = {},
  ) {
    super(`${code}: ${detail}`, { cause: more.cause });
    this.name = "TriggersError";
    this.code = code;
    this.detail = detail;
    this.fields = more.fields ?? [];
  }
}
